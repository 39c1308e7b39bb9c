"""What would let somebody in, in the words of the policy where it can say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sfmeta.access.grants import wants_allow_set
from sfmeta.access.rules.judge import fix_of
from sfmeta.model.forecast import Decision
from sfmeta.model.inventory import App, User
from sfmeta.model.policy import AnyApiClient, AssignedBy, UserGrant
from sfmeta.model.policy import App as PolicyApp
from sfmeta.model.policy import Decision as PolicyDecision

_WANTS_GRANT = ("admin-approved-only", "self-authorised-under-box", "jwt-never-authorised")
_BLOCKED = ("app-on-block-list", "app-blocked-by-policy")


@dataclass(frozen=True, slots=True)
class Situation:
    """What a fix depends on.

    Attributes:
        user: who.
        app: with what.
        at: the moment that is looked at.
        policy_app: the app in the policy, where it stands there.
        exception: the user's entry under ``any_api_client``.
        as_is: what the policy asks for does not count as done.
        holds_allow_set: the user has the app's "Allow" set today, as far as assignments say.
    """

    user: User
    app: App | None
    at: datetime
    policy_app: PolicyApp | None = None
    exception: AnyApiClient | None = None
    as_is: bool = False
    holds_allow_set: bool = False


def fix_for(decision: Decision, case: Situation) -> str:
    """One sentence.

    Args:
        decision: refused or unknown.
        case: whom it concerns.
    """
    rule = decision.rule.id
    if rule == "no-app-under-box":
        return _without_app(case)
    decided = case.policy_app
    if decided is not None and decided.decision is PolicyDecision.BLOCK and rule in (*_BLOCKED, *_WANTS_GRANT):
        return f"The policy blocks it: accept the loss by name, or change the decision about '{decided.key}'"
    if case.app is None or rule not in _WANTS_GRANT:
        return fix_of(rule)
    to_grant = f"for admin-approved users, and grant it to {case.user.username}"
    if decided is None:
        return f"Write {case.app.label} into the policy, as allowed {to_grant}"
    if decided.decision is PolicyDecision.UNDECIDED:
        return f"Decide about '{decided.key}': allow it {to_grant}, or block it"
    if wants_allow_set(decided):
        return _by_allow_set(case, decided, is_closed=rule == "admin-approved-only")
    return f"Write permitted_users: admin_approved for '{decided.key}' and grant it to {case.user.username}"


def _without_app(case: Situation) -> str:
    """Whether the exception counts for login() or a browser's session is an open question: it is no sure way out."""
    moved = "Move the client to an app with OAuth"
    if case.exception is not None:
        return (
            f"{moved}, or accept the loss by name: any_api_client (until {case.exception.until}) may not carry it over"
        )
    excepted = f"list {case.user.username} under any_api_client, which may carry it over for a while"
    return f"{moved}, {excepted}, or accept the loss by name"


def _by_allow_set(case: Situation, app: PolicyApp, *, is_closed: bool) -> str:
    username = case.user.username
    listed = _listed(case.user, app)
    if app.grants is not None and app.grants.assigned_by is AssignedBy.EXTERNAL:
        return f"Let the identity provider assign the permission set of '{app.key}' to {username}"
    is_open_yet = case.as_is and not is_closed
    if listed is None and not (is_open_yet and app.grants and app.grants.profiles):
        return f"Add {username} to grants.users of '{app.key}'"
    if is_open_yet:
        return f"Restrict '{app.key}' first, as the policy has it: until then no grant of it counts"
    if listed is not None and listed.until is not None and (listed.until.at <= case.at or not case.as_is):
        return f"Move the end of {username} in grants.users of '{app.key}' ({listed.until})"
    if case.as_is and not case.holds_allow_set:
        return f"Assign the permission set of '{app.key}' to {username} first, as sfmeta generate lists it"
    return (
        f"See that the permission set of '{app.key}' counts for {username}: attached to the app, without session "
        "activation, not muted"
    )


def _listed(user: User, app: PolicyApp) -> UserGrant | None:
    users = app.grants.users if app.grants else ()
    return next((one for one in users if one.username.text.lower() == user.username.lower()), None)
