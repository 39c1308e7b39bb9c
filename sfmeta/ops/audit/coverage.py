"""Class by class, whether an audit sees it; the names are what ``accepted_blind_spots`` in a policy names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfmeta.model.inventory import Coverage, Gap, Source, Use, User, Visibility, Way
from sfmeta.ops.audit.calls import Calls
from sfmeta.ops.audit.code import Code
from sfmeta.ops.audit.guard import Rights
from sfmeta.ops.audit.logins import Logins
from sfmeta.ops.audit.uses import Tally
from sfmeta.report.words import counted

_SEEN, _PARTLY, _NOT = Visibility.SEEN, Visibility.PARTLY, Visibility.NOT_VISIBLE
_LOGIN_RIGHTS = "Give the user Monitor Login History or Manage Users, and audit again"
_EVENTS = "License event monitoring and give the user View Event Log Object Data: then each call is seen"
_SHOWN = 10
# Object Reference, User.UserType: Salesforce's own processes, and guests, who stand in a line of their own
_NO_PEOPLE = frozenset({"AutomatedProcess", "CloudIntegrationUser", "Guest"})


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a coverage table is told from.

    Attributes:
        days: the window.
        users: all of them.
        uses: what was joined.
        tally: what was counted beside.
        rights: what our user may see.
        logins: of the window.
        calls: of the window.
        code: what the search found.
        callbacks: endpoints that lead back into the org.
        token_gaps: what of OauthToken was not read, or belongs to nobody who was.
    """

    days: int
    users: Sequence[User]
    uses: Sequence[Use]
    tally: Tally
    rights: Rights
    logins: Logins
    calls: Calls
    code: Code
    callbacks: tuple[str, ...]
    token_gaps: tuple[Gap, ...]

    def by(self, *ways: Way) -> int:
        """How many uses there are by these ways."""
        return sum(1 for use in self.uses if use.way in ways)


def coverage(seen: Seen) -> tuple[Coverage, ...]:
    """The table."""
    return (
        _oauth_tokens(seen),
        _oauth_password(seen),
        _soap_login(seen),
        _browser_session(seen),
        _visualforce_and_packages(seen),
        _jwt_and_client_credentials(seen),
        _external_users(seen),
        _guests(seen),
        _rare_jobs(seen),
    )


def _oauth_tokens(seen: Seen) -> Coverage:
    found = sum(1 for use in seen.uses if Source.OAUTH_TOKEN in use.sources)
    if seen.token_gaps:
        why = "OauthToken could not be read whole, or not joined to users: see the gaps"
        return Coverage("oauth_tokens", "OAuth with tokens", _PARTLY, why, seen.token_gaps[0].remedy, found)
    why = "every row of OauthToken was read, as many as the org counts"
    return Coverage("oauth_tokens", "OAuth with tokens", _SEEN, why, found=found)


def _oauth_password(seen: Seen) -> Coverage:
    """Source: Help remoteaccess_oauth_username_password_flow: its sessions leave no token."""
    title, found = "OAuth username-password sessions", seen.by(Way.OAUTH_PASSWORD)
    blind = _blind_to_logins(seen, "oauth_password", title, found)
    if blind:
        return blind
    leaves = f"they leave no token; each begins with a row of LoginHistory, read for {seen.days} days"
    if not seen.logins.tells_flow:
        why = f"{leaves}, but this org does not tell the flow of a login"
        return Coverage("oauth_password", title, _PARTLY, why, "Ask those who run the apps which flow they use", found)
    if seen.tally.guessed:
        why = f"{leaves}; {counted(seen.tally.guessed, 'login')} without a flow and a token were taken for it"
        return Coverage("oauth_password", title, _PARTLY, why, "Ask those who run the apps which flow they use", found)
    return Coverage("oauth_password", title, _SEEN, leaves, found=found)


def _soap_login(seen: Seen) -> Coverage:
    title, found = "SOAP login()", seen.by(Way.SOAP_LOGIN)
    blind = _blind_to_logins(seen, "soap_login", title, found)
    if blind:
        return blind
    why = f"each login() is a row of LoginHistory, read for {seen.days} days"
    programs = tuple(f"calls itself {name}" for name in sorted(seen.tally.programs))
    return Coverage("soap_login", title, _SEEN, why, found=found, evidence=programs)


def _browser_session(seen: Seen) -> Coverage:
    title, found = "Tools that reuse a browser session", seen.by(Way.BROWSER_SESSION)
    if not seen.calls.is_read:
        why = (
            "they log in nowhere and leave no token; only ApiTotalUsageEventLog shows their calls, and it is not there"
        )
        return Coverage("browser_session", title, _NOT, why, _EVENTS, found)
    clients = sorted({call.client for call in seen.calls.all if not call.app_id and call.client})
    why = (
        "calls without an app in ApiTotalUsageEventLog; whether they come from a tool or from Salesforce's own pages, "
        "and how far back the log goes, it does not say"
    )
    evidence = tuple(f"calls itself {name}" for name in clients[:_SHOWN])
    remedy = "Ask the users who are listed" if found else ""
    return Coverage("browser_session", title, _PARTLY, why, remedy, found, evidence)


def _visualforce_and_packages(seen: Seen) -> Coverage:
    """The page has a box "Allow Visualforce pages to access APIs" that no metadata field shows."""
    evidence = (*seen.code.evidence, *seen.callbacks)
    why = f"{counted(seen.code.searched, 'piece')} of Apex and Visualforce searched for session ids"
    if seen.code.hidden:
        why += f"; {seen.code.hidden:,} of managed packages are hidden"
    if seen.code.unseen:
        why += f"; not searched: {', '.join(seen.code.unseen)}"
    why += "; code may build a session or an address that no search finds"
    remedy = "Ask the vendors of packages; try the boxes in a sandbox with the same packages first"
    title = "Visualforce, Apex, packages"
    return Coverage("visualforce_and_packages", title, _PARTLY, why, remedy, len(evidence), evidence)


def _jwt_and_client_credentials(seen: Seen) -> Coverage:
    """Whether these show in OauthToken is an open question: one source (C) says that they may not."""
    title, found = "JWT bearer and client credentials", seen.by(Way.JWT_BEARER, Way.CLIENT_CREDENTIALS)
    blind = _blind_to_logins(seen, "jwt_and_client_credentials", title, found)
    if blind:
        return blind
    why = (
        "whether OauthToken lists them is not established; their logins stand in LoginHistory, which has no sub-type "
        "for JWT bearer, and execution users are named by the apps' files"
    )
    remedy = "Ask those who run apps with a certificate as whom they log in"
    return Coverage("jwt_and_client_credentials", title, _PARTLY, why, remedy, found)


def _external_users(seen: Seen) -> Coverage:
    external = {user.id for user in seen.users if user.is_external and user.user_type not in _NO_PEOPLE}
    if not external:
        return Coverage("external_users", "Customers and partners", _SEEN, "the org has none among its users")
    found = len({use.user_id for use in seen.uses} & external)
    why = f"their tokens and logins are read like everybody's; the org has {counted(len(external), 'such user')}"
    return Coverage("external_users", "Customers and partners", _SEEN, why, found=found)


def _guests(seen: Seen) -> Coverage:
    guests = [user for user in seen.users if user.user_type == "Guest" and user.is_active]
    if not guests:
        return Coverage("guests", "Guest users of sites", _SEEN, "the org has no active guest user")
    names = tuple(user.username for user in guests[:_SHOWN])
    why = f"{counted(len(guests), 'active guest user')}: they have no login and no token, so no use of theirs is seen"
    remedy = "Look whether pages of the sites call the API"
    return Coverage("guests", "Guest users of sites", _NOT, why, remedy, len(guests), names)


def _rare_jobs(seen: Seen) -> Coverage:
    why = f"what runs more rarely than every {seen.days} days and leaves no token was not seen"
    remedy = "Audit more days (--days; an org keeps about six months of logins), and ask about yearly jobs"
    return Coverage("rare_jobs", "Jobs rarer than the window", _PARTLY, why, remedy)


def _blind_to_logins(seen: Seen, name: str, title: str, found: int) -> Coverage | None:
    if not seen.rights.sees_logins:
        why = "without Manage Users or Monitor Login History an org shows only our own logins"
        return Coverage(name, title, Visibility.NOT_PERMITTED, why, _LOGIN_RIGHTS, found)
    if not seen.logins.is_read:
        return Coverage(name, title, _NOT, "the org does not show us LoginHistory", _LOGIN_RIGHTS, found)
    if seen.logins.gaps:
        return Coverage(name, title, _PARTLY, seen.logins.gaps[0].message, seen.logins.gaps[0].remedy, found)
    return None
