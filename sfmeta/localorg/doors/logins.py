"""LoginHistory: every attempt of a user that the org knows, let in or not."""

from __future__ import annotations

from sfmeta.localorg.apps import App
from sfmeta.localorg.caller import Door
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

# LoginHistory.LoginType as people read it (Object Reference, LoginHistory; "Remote Access 2.0" also in Help 000383352);
# which of the kinds a door is, is remembered, not verified
_LOGIN_TYPES = {Door.SOAP_LOGIN: "Other Apex API", Door.UI: "Application"}
_LOGIN_SUBTYPES = {
    Door.OAUTH_AUTHORIZE: "OauthWebServer",
    Door.OAUTH_CODE: "OauthWebServer",
    Door.OAUTH_CLIENT_CREDENTIALS: "OauthClientCredentials",
    Door.OAUTH_PASSWORD: "OauthUsernamePassword",
    Door.OAUTH_REFRESH: "OauthRefreshToken",
    Door.OAUTH_USER_AGENT: "OauthUserAgent",
    Door.UI: "UsernamePasswordUiLogin",
}


def login_type(door: Door) -> str:
    """``LoginHistory.LoginType`` of a door."""
    return _LOGIN_TYPES.get(door, "Remote Access 2.0")


def login_subtype(door: Door) -> str | None:
    """``LoginHistory.LoginSubType`` of a door, None where no value is documented for it.

    Source: Object Reference, LoginHistory.LoginSubType. It has no value for JWT bearer and the device flow, and says of
    those of SOAP login() that they are for internal use only.
    """
    return _LOGIN_SUBTYPES.get(door)


def record_login(
    state: State, user: Record, door: Door, status: str, *, app: App | None, source_ip: str, api_version: int = 0
) -> str:
    """Adds a row to LoginHistory.

    Args:
        state: the org.
        user: who tried.
        door: where.
        status: what came of it.
        app: with what, None without one.
        source_ip: where from.
        api_version: on the SOAP login door, else 0.

    Returns:
        The row's id.
    """
    soap = door is Door.SOAP_LOGIN
    return state.records.insert(
        "LoginHistory",
        {
            "UserId": user.id,
            "LoginTime": state.clock.stamp(),
            "LoginType": login_type(door),
            "LoginSubType": login_subtype(door),
            "Status": status,
            "SourceIp": source_ip,
            "LoginUrl": "127.0.0.1",
            "Application": app.label if app else ("Browser" if door is Door.UI else "N/A"),
            "ApiType": "SOAP Partner" if soap else "N/A",
            "ApiVersion": f"{api_version}.0" if soap else "N/A",
            "Browser": "Unknown",
            "Platform": "Unknown",
            "ClientVersion": "N/A",
        },
    )
