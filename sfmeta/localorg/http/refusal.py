"""A refusal in the shape of the door it stands at: SOAP fault, REST's array, the token endpoint's object."""

from __future__ import annotations

from sfmeta.localorg.http.peek import soap_api
from sfmeta.localorg.http.reply import XML, Reply, as_json, oauth_error, rest_error


def refuse(path: str, code: str, message: str, status: int, soap_status: int = 500) -> Reply:
    """The refusal.

    Args:
        path: of the request, without leading slashes.
        code: as REST and SOAP spell it; the token endpoint has it in lower case.
        message: without the code.
        status: of HTTP.
        soap_status: of HTTP where SOAP is spoken: public captures have 500 for every SOAP fault.
    """
    # imported where they are needed: the server starts without either
    api = soap_api(path)
    if api == "m":
        from sfmeta.localorg.metadata.faults import SoapFault, render

        return Reply(soap_status, render(SoapFault(code, message)), XML)
    if api:
        from sfmeta.localorg.caller import Fault
        from sfmeta.localorg.doors.soap_login import fault_reply

        # the type as a public capture of REQUEST_LIMIT_EXCEEDED has it (gist ndabAP/2ae90f3b871403d822ec2de0bcffb5b0)
        return fault_reply(Fault(code, message, soap_status), "UnexpectedErrorFault")
    if path.startswith("services/oauth2/"):
        return oauth_error(code.lower(), message, status)
    if path.startswith("_local"):
        return as_json({"error": message}, status)
    return rest_error(code, message, status)
