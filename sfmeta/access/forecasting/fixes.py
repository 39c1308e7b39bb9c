"""What would let somebody in, in the words of the policy where it can say it."""

from __future__ import annotations

from sfmeta.access.grants import wants_allow_set
from sfmeta.access.rules.judge import fix_of
from sfmeta.model.forecast import Decision
from sfmeta.model.inventory import App, User
from sfmeta.model.policy import App as PolicyApp
from sfmeta.model.policy import AssignedBy

_WANTS_GRANT = ("admin-approved-only", "self-authorised-under-box", "jwt-never-authorised")


def fix_for(
    decision: Decision,
    user: User,
    app: App | None,
    policy_app: PolicyApp | None,
    *,
    is_excepted: bool = False,
    as_is: bool = False,
) -> str:
    """One sentence.

    Args:
        decision: refused or unknown.
        user: who.
        app: with what.
        policy_app: the app in the policy, where it stands there.
        is_excepted: the policy lists the user under ``any_api_client``.
        as_is: what the policy grants does not count as done.
    """
    rule = decision.rule.id
    if rule == "no-app-under-box" and is_excepted:
        return "Move the client to an app with OAuth: any_api_client may not carry it over"
    if rule == "no-app-under-box":
        return f"Move the client to an app with OAuth, or list {user.username} under any_api_client for a while"
    if app is None or rule not in _WANTS_GRANT:
        return fix_of(rule)
    if policy_app is None:
        return (
            f"Write {app.label} into the policy, as allowed for admin-approved users, and grant it to {user.username}"
        )
    if wants_allow_set(policy_app):
        return _by_allow_set(user, policy_app, as_is=as_is)
    return f"Write permitted_users: admin_approved for '{policy_app.key}' and grant it to {user.username}"


def _by_allow_set(user: User, app: PolicyApp, *, as_is: bool) -> str:
    listed = (
        [one for one in app.grants.users if one.username.text.lower() == user.username.lower()] if app.grants else []
    )
    if app.grants is not None and app.grants.assigned_by is AssignedBy.EXTERNAL:
        return f"Let the identity provider assign the permission set of '{app.key}' to {user.username}"
    if listed and as_is:
        return f"Assign the permission set of '{app.key}' to {user.username} first, as sfmeta generate lists it"
    if listed and listed[0].until is not None:
        return f"Move the end of {user.username} in grants.users of '{app.key}' ({listed[0].until})"
    if listed:
        return (
            f"See that the permission set of '{app.key}' counts for {user.username} (no session activation, not muted)"
        )
    return f"Add {user.username} to grants.users of '{app.key}'"
