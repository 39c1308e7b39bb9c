"""Trying doors: a login that is given up at once, what a session opens, what the server's clock says."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sfmeta.errors import LoginRefused, SessionExpired
from sfmeta.model.names import ApiVersion
from sfmeta.org.http import Http
from sfmeta.org.session import LoginFlow, Session
from sfmeta.org.soap import MetadataSoap


class Trial:
    """Sessions beside the client's own. Every session that is opened here should be ended here."""

    def __init__(self, http: Http, soap: MetadataSoap, version: ApiVersion) -> None:
        """Args:
        http: the connections.
        soap: the Metadata API.
        version: of the API.
        """
        self._http = http
        self._soap = soap
        self._version = version

    def log_in(self, flow: LoginFlow) -> Session:
        """A session by another way in.

        Raises:
            LoginRefused: the org said no.
            OrgUnreachable: it said nothing.
        """
        return flow.log_in(self._http, time.time)

    def opens_rest(self, session: Session) -> bool:
        """Whether a session is good for the REST API."""
        headers = {"Authorization": f"Bearer {session.access_token.reveal()}", "Accept": "application/json"}
        url = f"{session.instance_url}/services/data/v{self._version}/limits"
        return self._http.call("GET", url, headers=headers, idempotent=True).status < 400

    def opens_soap(self, session: Session) -> bool:
        """Whether a session is good for the Metadata API over SOAP.

        Raises:
            OrgRefused: the org took the session, and refused for another reason.
        """
        try:
            self._soap.call(
                session, "listMetadata", queries=[{"type": "Profile"}], asOfVersion=float(str(self._version))
            )
        except (SessionExpired, LoginRefused):
            return False
        return True

    def end(self, session: Session) -> None:
        """Ends a session (Help remoteaccess_revoke_token); one that is over already is no matter."""
        url = f"{session.instance_url}/services/oauth2/revoke"
        self._http.call("POST", url, data={"token": session.access_token.reveal()})


def server_time(http: Http, instance_url: str) -> datetime | None:
    """The time that a web server puts into its answers (RFC 9110, Date), to the second; None where it puts none."""
    answer = http.call("GET", f"{instance_url}/services/data", idempotent=True)
    try:
        moment = parsedate_to_datetime(answer.date)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
