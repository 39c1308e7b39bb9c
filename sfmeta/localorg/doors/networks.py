"""Where and when a user may log in: a profile's IP ranges and hours, the org's trusted ranges, an app's relaxation.

Profiles and SecuritySettings are metadata; what counts here is read from them. Hours are minutes of the org's day; a
local org lives in GMT.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from sfmeta.localorg.apps import App
from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Door
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

SECURITY = "security_settings"
"""The fact of the org under which ``Settings:Security`` is kept for the doors."""

EVERY_REQUEST = "enforceIpRangesEveryRequest"
"""The switch of ``sessionSettings`` by which login IP ranges count for every request."""

DEFAULT_SESSION_MINUTES = 120
"""An org's session timeout where nobody set it (Help, Modify Session Security Settings)."""

_TIMEOUTS = {
    "FifteenMinutes": 15,
    "ThirtyMinutes": 30,
    "SixtyMinutes": 60,
    "NinetyMinutes": 90,
    "TwoHours": 120,
    "FourHours": 240,
    "EightHours": 480,
    "TwelveHours": 720,
    "TwentyFourHours": 1440,
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# the approval page counts as identity confirmation: who sees it has just given name and password
_CONFIRMED = frozenset({Door.OAUTH_AUTHORIZE, Door.OAUTH_CODE, Door.OAUTH_USER_AGENT})


@dataclass(frozen=True, slots=True)
class Ranges:
    """IP address ranges, ends included. Without any, nothing is said: ``is_empty``."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Ranges:
        """From ``start-end,start-end``; a single address is a range of one."""
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return cls(tuple((part.partition("-")[0].strip(), part.rpartition("-")[2].strip()) for part in parts))

    @property
    def is_empty(self) -> bool:
        """Whether there is no range."""
        return not self.pairs

    @property
    def is_sound(self) -> bool:
        """Whether there is one, and each runs from an address up to another of its kind."""
        return bool(self.pairs) and all(_between(start, start, end) for start, end in self.pairs)

    def hold(self, address: str) -> bool:
        """Whether an address lies in one of them; what is no address lies in none."""
        return any(_between(start, address, end) for start, end in self.pairs)

    def __str__(self) -> str:
        return ",".join(f"{start}-{end}" for start, end in self.pairs)


def _between(start: str, address: str, end: str) -> bool:
    try:
        low, given, high = (ipaddress.ip_address(one) for one in (start, address, end))
    except ValueError:
        return False
    if not low.version == given.version == high.version:
        return False
    return int(low) <= int(given) <= int(high)


@dataclass(frozen=True, slots=True)
class Security:
    """What the doors need of ``Settings:Security``.

    Attributes:
        trusted: ``networkAccess.ipRanges``: from there nobody needs a security token.
        every_request: ``sessionSettings.enforceIpRangesEveryRequest``.
        session_minutes: ``sessionSettings.sessionTimeout``.
    """

    trusted: Ranges = Ranges()
    every_request: bool = False
    session_minutes: int = DEFAULT_SESSION_MINUTES


def security_of(state: State) -> Security:
    """The org's security settings as they are now."""
    kept = state.fact(SECURITY)
    return Security() if kept is None else Security(Ranges.parse(kept["trusted"]), kept["every"], kept["minutes"])


def timeout_word(minutes: int) -> str:
    """A session timeout as ``sessionSettings.sessionTimeout`` spells it."""
    return next(word for word, value in _TIMEOUTS.items() if value == minutes)


def keep_security(state: State, document: Node) -> None:
    """Takes over a deployed ``SecuritySettings``; a section that is not in it stays as it was."""
    before = security_of(state)
    network, session = document.first("networkAccess"), document.first("sessionSettings")
    trusted = before.trusted if network is None else _ranges_in(network, "ipRanges", "start", "end")
    every, minutes = before.every_request, before.session_minutes
    if session is not None:
        if session.first(EVERY_REQUEST) is not None:
            every = session.flag(EVERY_REQUEST)
        minutes = _TIMEOUTS.get(session.value("sessionTimeout"), minutes)
    state.set_fact(SECURITY, {"trusted": str(trusted), "every": every, "minutes": minutes})


def _ranges_in(node: Node, element: str, start: str, end: str) -> Ranges:
    found = [child for child in node.children if child.name == element]
    return Ranges(tuple((one.value(start).strip(), one.value(end).strip()) for one in found))


def ranges_of_app(document: Node) -> Ranges:
    """The ``ipRanges`` of a ConnectedApp."""
    return _ranges_in(document, "ipRanges", "start", "end")


def _profile(state: State, user: Record) -> Node | None:
    profile = state.records.get(user.text("ProfileId"))
    if profile is None:
        return None
    store = Components(state)
    for name in dict.fromkeys((profile.text("FullName"), profile.text("Name"))):
        document = store.document("Profile", name) if name else None
        if document is not None:
            return document
    return None


def address_is_allowed(state: State, user: Record, app: App | None, door: Door, address: str) -> bool:
    """Whether the profile's login IP ranges let an address in, or the app's policy lets it pass without them.

    Source: Help connected_app_continuous_ip: restrictions exist only where the user's profile has ranges; JWT bearer
    always keeps them whatever the app's policy; the web server flow of an app with own ranges may come from those;
    whether a second factor lasts for the refresh tokens of that flow is open.
    """
    profile = _profile(state, user)
    ranges = Ranges() if profile is None else _ranges_in(profile, "loginIpRanges", "startAddress", "endAddress")
    if ranges.is_empty or ranges.hold(address):
        return True
    if app is None or door is Door.OAUTH_JWT:
        return False
    match app.ip_relaxation:
        case "BYPASS":
            return True
        case "ENFORCE_RELAXREFRESH":
            return door is Door.OAUTH_REFRESH
        case "BYPASS_2FACTOR":
            own = Ranges.parse(app.ip_ranges)
            return _is_confirmed(state, door) and (own.is_empty or own.hold(address))
        case _:
            return False


def _is_confirmed(state: State, door: Door) -> bool:
    """Whether a person confirmed who they are at this door, or once did and that is assumed to last."""
    lasting = door is Door.OAUTH_REFRESH and assumed(state.org, "second_factor_covers_refresh")
    return door in _CONFIRMED or lasting


def is_trusted(state: State, user: Record, address: str) -> bool:
    """Whether nobody needs a security token from an address: it lies in the org's or the profile's ranges.

    Source: Help, user_security_token (the org's trusted ranges; a profile's ranges hold off all others anyway).
    """
    profile = _profile(state, user)
    own = Ranges() if profile is None else _ranges_in(profile, "loginIpRanges", "startAddress", "endAddress")
    return security_of(state).trusted.hold(address) or own.hold(address)


def hour_is_allowed(state: State, user: Record) -> bool:
    """Whether the profile's login hours let the user in at this moment of the org's clock.

    Source: Metadata API guide, ProfileLoginHours: minutes from midnight; a day that is not given is not restricted.
    """
    profile = _profile(state, user)
    hours = None if profile is None else profile.first("loginHours")
    if hours is None:
        return True
    now = state.clock.now()
    day = _DAYS[now.weekday()]
    start, end = hours.value(f"{day}Start"), hours.value(f"{day}End")
    if not (start.isdigit() and end.isdigit()):
        return True
    return int(start) <= now.hour * 60 + now.minute < int(end)
