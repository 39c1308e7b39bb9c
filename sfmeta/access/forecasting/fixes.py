"""What would let somebody in, in the words of the policy where it can say it."""

from __future__ import annotations

from sfmeta.access.grants import wants_allow_set
from sfmeta.access.rules.judge import fix_of
from sfmeta.model.forecast import Decision
from sfmeta.model.inventory import App, User
from sfmeta.model.policy import App as PolicyApp

_WANTS_GRANT = ("admin-approved-only", "self-authorised-under-box", "jwt-never-authorised")


def fix_for(
    decision: Decision, user: User, app: App | None, policy_app: PolicyApp | None, *, is_excepted: bool = False
) -> str:
    """One sentence.

    Args:
        decision: refused or unknown.
        user: who.
        app: with what.
        policy_app: the app in the policy, where it stands there.
        is_excepted: the policy lists the user under ``any_api_client``.
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
        return f"Add {user.username} to grants.users of '{policy_app.key}'"
    return f"Write permitted_users: admin_approved for '{policy_app.key}' and grant it to {user.username}"
