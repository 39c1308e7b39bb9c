"""SOAP faults of the Metadata API: HTTP 500, no detail, as public captures and fixtures have them.

The words, and where they were seen, stand in ``rules.catalog``.
"""

from __future__ import annotations

from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.xml import METADATA_NS, escape_text


class SoapFault(Exception):
    """The call is refused. The code goes into ``faultcode`` and, with a colon, before the text."""

    def __init__(self, code: str, message: str, prefix: str = "sf") -> None:
        super().__init__(message)
        self.code, self.message, self.prefix = code, message, prefix


def insufficient_access() -> SoapFault:
    """The user may not use the Metadata API."""
    return SoapFault("INSUFFICIENT_ACCESS", say("metadata-access"))


def unsupported_version() -> SoapFault:
    """The version in the URL is outside of what the org knows."""
    return SoapFault("UNSUPPORTED_API_VERSION", say("api-version"))


def unknown_job() -> SoapFault:
    """No job of that id, or another org's."""
    return SoapFault("INVALID_CROSS_REFERENCE_KEY", say("job-unknown"))


def malformed_id(text: str) -> SoapFault:
    """A job id that is no id at all."""
    return SoapFault("MALFORMED_ID", say("job-id-malformed", id=text[:40]))


def unknown_type(name: str) -> SoapFault:
    """A type that no Metadata API knows."""
    return SoapFault("INVALID_TYPE", say("list-unknown-type", name=name))


def invalid_operation(message: str) -> SoapFault:
    """The call makes no sense in this org or state."""
    return SoapFault("INVALID_OPERATION", message)


def client_fault(message: str) -> SoapFault:
    """The envelope itself is wrong."""
    return SoapFault("Client", message, "soapenv")


def render(fault: SoapFault) -> bytes:
    """The fault as a response body."""
    code = f"{fault.prefix}:{fault.code}"
    text = fault.message if fault.prefix == "soapenv" else f"{fault.code}: {fault.message}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:sf="{METADATA_NS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>{escape_text(code)}</faultcode><faultstring>{escape_text(text)}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    ).encode()
