"""LoginHistory of the window: who came in how, from where, and who was refused.

Source: Object Reference, LoginHistory: which fields can be grouped (Application and Status among them, which cannot be
filtered), and the values of LoginType and LoginSubType; it names no sub-type for JWT bearer and the device flow. Orgs
that people quote give ``Remote Access 2.0`` as a LoginType, the page writes ``Oauth2`` beside it: both are taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from sfmeta.errors import OrgRefused
from sfmeta.model.inventory import Gap, Proof, Way
from sfmeta.ops.audit.groups import Log, read_groups
from sfmeta.ops.audit.reading import Reader, is_no_table
from sfmeta.ops.audit.rows import Row, number, record_id, text
from sfmeta.ops.audit.window import Window
from sfmeta.org.soql import moment_of

LOG = Log(
    "LoginHistory",
    "LoginTime",
    ("UserId", "Application", "LoginType", "Status", "SourceIp"),
    ("LoginSubType",),
)
SUCCESS = "Success"
"""The status of a login that was let in; all others are refusals, in the org's words."""
_OAUTH = frozenset({"Oauth", "Remote Access Client", "Oauth2", "Remote Access 2.0"})
_SOAP = frozenset(
    {"OtherApi", "Other Apex API", "Partner", "Partner Product", "NetworksPortalApiOnly", "Networks Portal API Only"}
    | {"IeOfflineClient", "Offline Client"}
)
WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "OauthClientCredentials": Way.CLIENT_CREDENTIALS,
        "OauthHybridRefreshToken": Way.REFRESH_TOKEN,
        "OauthHybridUserAgent": Way.USER_AGENT,
        "OauthHybridWebServer": Way.WEB,
        "OauthRefreshToken": Way.REFRESH_TOKEN,
        "OauthUserAgent": Way.USER_AGENT,
        "OauthUserAgentIdToken": Way.USER_AGENT,
        "OauthUsernamePassword": Way.OAUTH_PASSWORD,
        "OauthWebServer": Way.WEB,
    }
)
"""Which flow a LoginSubType is. The token exchanges and the one-time password have no way of their own here."""


class Door(Enum):
    """Where somebody came in."""

    OAUTH = "oauth"
    SOAP = "soap"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Login:
    """Logins of one user that are alike.

    Attributes:
        user_id: who.
        door: where.
        application: the app or program, as the org names it.
        way: the flow, None where the org does not tell it.
        is_success: let in.
        address: where from.
        count: how many.
        latest: the last one.
    """

    user_id: str
    door: Door
    application: str
    way: Way | None
    is_success: bool
    address: str
    count: int
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Logins:
    """The logins of the window.

    Attributes:
        all: as they were grouped.
        is_read: there is a LoginHistory for us.
        tells_flow: it has LoginSubType.
        proof: that they are all.
        gaps: where they are not.
    """

    all: tuple[Login, ...] = ()
    is_read: bool = True
    tells_flow: bool = True
    proof: Proof | None = None
    gaps: tuple[Gap, ...] = ()


def read_logins(reader: Reader, window: Window) -> Logins:
    """Reads them."""
    try:
        groups = read_groups(reader, LOG, window)
    except OrgRefused as refusal:
        if not is_no_table(refusal):
            raise
        return Logins(is_read=False, gaps=(Gap("logins", "The org does not show us LoginHistory"),))
    found = tuple(_login(row) for row in groups.rows)
    return Logins(found, True, "LoginSubType" not in groups.missing, groups.proof, groups.gaps)


def door_of(login_type: str) -> Door:
    """Where somebody came in, by ``LoginHistory.LoginType``."""
    return Door.OAUTH if login_type in _OAUTH else Door.SOAP if login_type in _SOAP else Door.BROWSER


def _login(row: Row) -> Login:
    kind, sub_type = text(row, "LoginType"), text(row, "LoginSubType")
    return Login(
        record_id(row, "UserId"),
        door_of(kind),
        text(row, "Application"),
        WAYS.get(sub_type),
        text(row, "Status") == SUCCESS,
        text(row, "SourceIp"),
        number(row, "n"),
        moment_of(row, "latest"),
    )
