"""Who gets a generated permission set, before the app is restricted or the boxes are ticked: steps for a person."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.access.assigning import ANY_API_CLIENT
from sfmeta.access.grants import ANY_API_CLIENT_LABEL, AllowSet
from sfmeta.access.names import api_name_of
from sfmeta.access.wanted import ManualStep, Work
from sfmeta.model.policy import AnyApiClient, App, AssignedBy, EnvText, Policy, Until, UserGrant


def allow_assignments(app: App, label: str, allow: AllowSet | None) -> list[ManualStep]:
    """Who gets an app's "Allow" set, as the policy lists them; nothing where it lists nobody.

    Args:
        app: its policy.
        label: how Setup shows it.
        allow: its generated permission set.
    """
    if allow is None or app.grants is None or not app.grants.users:
        return []
    before = f"Before {label or app.match} is restricted: whoever has no assignment then loses access"
    is_external = app.grants.assigned_by is AssignedBy.EXTERNAL
    return [_step(app.key, allow, before, app.grants.users, is_external=is_external)]


def any_api_client_assignments(policy: Policy) -> list[ManualStep]:
    """Who gets "Use Any API Client"; nothing where nobody does."""
    if not policy.any_api_client:
        return []
    allow = AllowSet(ANY_API_CLIENT_LABEL, api_name_of(ANY_API_CLIENT_LABEL))
    before = "Before a box of Setup > API Access Control is ticked: whoever has no assignment then loses access"
    return [_step("", allow, before, policy.any_api_client)]


def _step(
    key: str, allow: AllowSet, before: str, users: Iterable[UserGrant | AnyApiClient], *, is_external: bool = False
) -> ManualStep:
    actions = [before, f"If the org has no such permission set yet: sfmeta deploy -m PermissionSet:{allow.name}"]
    if is_external:
        actions.append("The identity provider assigns it (assigned_by: external); see that these users have it")
    else:
        actions.append(f"sfmeta grant sync --app {key or ANY_API_CLIENT} does the rest; by hand:")
    verb = "See" if is_external else "Add"
    actions += [f"{verb} {_user(user.username, user.until, user.reason)}" for user in users]
    if not is_external and any(user.until for user in users):
        # UserManagementSettings.psaExpirationUIEnabled, off by default, is what makes Setup offer it
        actions.append("If the page offers no expiry: enable it in Setup > User Management Settings")
    # for a person to paste; nothing here sends it
    verify = (
        "SELECT Assignee.Username, ExpirationDate FROM PermissionSetAssignment "  # noqa: S608 (shown to a person, never run)
        f"WHERE PermissionSet.Name = '{allow.name}'"
    )
    where = f"Setup > Permission Sets > {allow.label} > Manage Assignments"
    kind = Work.SEE_ASSIGNED if is_external else Work.ASSIGN
    return ManualStep(key, f"Assign {allow.label}", where, tuple(actions), (verify,), kind)


def _user(username: EnvText, until: Until | None, reason: str) -> str:
    """One user: a reference to the environment stays one."""
    end = f", expiring {until.at:%Y-%m-%d %H:%M} UTC" if until else ""
    return f"{username}{end}{f' ({reason})' if reason else ''}"
