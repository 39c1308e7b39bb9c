"""Edit Policies: what an administrator decides about an app, whoever made it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sfmeta.localorg.apps import App, Kind
from sfmeta.localorg.doors.tokens import became_admin_approved
from sfmeta.localorg.metadata import grants, references
from sfmeta.localorg.records import Record
from sfmeta.localorg.setup import trail
from sfmeta.localorg.setup.app_actions import known_app
from sfmeta.localorg.setup.documents import write_connected_app, write_external_app
from sfmeta.localorg.setup.policies import (
    ADMIN_APPROVED,
    EVERYONE,
    IP_RELAXATION,
    PERMITTED_USERS,
    SESSION_ACTIONS,
    TIMEOUT_MINUTES,
    Policy,
    refresh_words,
)
from sfmeta.localorg.setup.refused import GRANT_APPS, MANAGE_APPS, SetupRefused, existing, require
from sfmeta.localorg.state import State

_REFRESH = re.compile(r"infinite|zero|specific_(lifetime|inactivity):[1-9]\d{0,4}:(HOURS|DAYS|MONTHS)")


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What to change of an app's ``Policy``; None leaves a field as it is.

    Attributes:
        permitted_users: as in ``Policy``, and so are the others.
        refresh_token: likewise.
        ip_relaxation: likewise.
        session_action: likewise.
        session_timeout: likewise; 0 goes back to the org's.
        enabled: likewise.
        permission_sets: likewise.
        profiles: likewise.
    """

    permitted_users: str | None = None
    refresh_token: str | None = None
    ip_relaxation: str | None = None
    session_action: str | None = None
    session_timeout: int | None = None
    enabled: bool | None = None
    permission_sets: tuple[str, ...] | None = None
    profiles: tuple[str, ...] | None = None


def policy_of(state: State, app: App) -> Policy:
    """The policies of an app as they are."""
    permission_sets, profiles = _attached(state, app)
    policy = app.policy or app.record
    action = policy.text("PolicyAction") if app.policy else app.record.text("SessionPolicyAction")
    return Policy(
        ADMIN_APPROVED if app.admin_approved_only else EVERYONE,
        app.refresh_policy,
        app.ip_relaxation,
        action,
        app.timeout_minutes,
        app.record["IsEnabled"] is not False,
        tuple(sorted(permission_sets)),
        tuple(sorted(profiles)),
    )


def has_policies(app: App) -> bool:
    """Whether there is something to edit: an app of another org has policies once it is installed."""
    return app.kind is Kind.CONNECTED or app.policy is not None


def set_policy(state: State, app_id: str, change: PolicyChange, by: str) -> None:
    """Edits the policies of an app.

    Args:
        state: the org.
        app_id: of a ConnectedApplication or an ExternalClientApplication.
        change: what to change.
        by: the id of the user who does it, "" for the org itself.

    Raises:
        SetupRefused: the user may not, the app has no policies, or a value is none; nothing was changed.
    """
    with state.transaction():
        app = known_app(state, app_id)
        if not has_policies(app):
            raise SetupRefused("setup-policy-none", app=app.label)
        before = policy_of(state, app)
        after = _merged(before, change)
        if replace(after, permission_sets=before.permission_sets, profiles=before.profiles) != before:
            require(state, by, "setup-manage-apps", MANAGE_APPS)
        if (after.permission_sets, after.profiles) != (before.permission_sets, before.profiles):
            require(state, by, "setup-grant-apps", GRANT_APPS)
        if after == before:
            require(state, by, "setup-manage-apps", MANAGE_APPS)
            return
        _check(state, app, before, after)
        _write(state, app, before, after, by)
        _tell(state, by, app, before, after)


def _merged(before: Policy, change: PolicyChange) -> Policy:
    said = {name: value for name in PolicyChange.__slots__ if (value := getattr(change, name)) is not None}
    if said.get("session_timeout") == 0:
        said["session_timeout"] = None
    for name in ("permission_sets", "profiles"):
        if name in said:
            said[name] = tuple(sorted(set(said[name])))
    return replace(before, **said)


def _check(state: State, app: App, before: Policy, wanted: Policy) -> None:
    minutes = wanted.session_timeout
    if minutes not in (None, before.session_timeout, *TIMEOUT_MINUTES):
        offered = ", ".join(str(one) for one in TIMEOUT_MINUTES)
        raise SetupRefused("setup-policy-timeout", value=minutes, offered=offered)
    wrong = {
        "Permitted Users": (wanted.permitted_users, wanted.permitted_users in PERMITTED_USERS),
        "IP Relaxation": (wanted.ip_relaxation, wanted.ip_relaxation in IP_RELAXATION),
        "Refresh Token Policy": (wanted.refresh_token, bool(_REFRESH.fullmatch(wanted.refresh_token))),
        "Session Policy": (wanted.session_action, wanted.session_action in SESSION_ACTIONS),
        "Enabled": (wanted.enabled, wanted.enabled or app.kind is Kind.EXTERNAL),
    }
    for field, (value, right) in wrong.items():
        if not right:
            raise SetupRefused("setup-policy-value", field=field, value=value)
    for parent_id in wanted.permission_sets:
        found = existing(state, parent_id, "PermissionSet", kind="permission set")
        if found.flag("IsOwnedByProfile"):
            raise SetupRefused("setup-assign-own", name=found.text("Label"))
    for profile_id in wanted.profiles:
        existing(state, profile_id, "Profile", kind="profile")


def _write(state: State, app: App, before: Policy, after: Policy, by: str) -> None:
    """Makes the org say ``after``: through the component where there is one, so that its history is right."""
    if app.kind is Kind.EXTERNAL:
        write_external_app(state, app, before, after, by)
    elif _is_component(state, app):
        write_connected_app(state, app, after, by)
    else:
        state.records.update(
            app.id,
            OptionsAllowAdminApprovedUsersOnly=after.permitted_users == ADMIN_APPROVED,
            RefreshTokenPolicy=after.refresh_token,
            IpRelaxation=after.ip_relaxation,
            SessionPolicyAction=after.session_action or None,
            SessionTimeout=after.session_timeout,
        )
        if before.permitted_users != after.permitted_users == ADMIN_APPROVED:
            became_admin_approved(state, app.id)
    if (after.permission_sets, after.profiles) != (before.permission_sets, before.profiles):
        grants.set_grants(state, app.record, after.permission_sets, of_profiles=False)
        profiles = [existing(state, profile_id, "Profile", kind="profile") for profile_id in after.profiles]
        owned = [references.profile_permissions(state, profile).id for profile in profiles]
        grants.set_grants(state, app.record, owned, of_profiles=True)


def _is_component(state: State, app: App) -> bool:
    """Whether the app is a ConnectedApp in metadata: an own one, and by assumption an installed one."""
    return any(record.id == app.id for record in references.app_components(state))


def _owned(state: State, profile_id: str) -> Record | None:
    return state.records.first("PermissionSet", ProfileId=profile_id)


def _attached(state: State, app: App) -> tuple[set[str], set[str]]:
    permission_sets, profiles = set(), set()
    for row in state.records.find("SetupEntityAccess", SetupEntityId=app.id):
        parent = state.records.get(row.text("ParentId"))
        if parent is not None and parent.flag("IsOwnedByProfile"):
            profiles.add(parent.text("ProfileId"))
        elif parent is not None:
            permission_sets.add(parent.id)
    return permission_sets, profiles


def _tell(state: State, by: str, app: App, before: Policy, after: Policy) -> None:
    changes = (
        ("Permitted Users", PERMITTED_USERS[before.permitted_users], PERMITTED_USERS[after.permitted_users]),
        (
            "IP Relaxation",
            IP_RELAXATION.get(before.ip_relaxation, before.ip_relaxation),
            IP_RELAXATION[after.ip_relaxation],
        ),
        ("Refresh Token Policy", refresh_words(before.refresh_token), refresh_words(after.refresh_token)),
    )
    tell = (trail.permitted_users, trail.ip_relaxation, trail.refresh_token)
    for (name, old, new), line in zip(changes, tell, strict=True):
        if line is trail.permitted_users and app.kind is Kind.CONNECTED and _is_component(state, app):
            continue  # a component tells this itself
        if old != new and app.kind is Kind.EXTERNAL:
            trail.external_policy(state, by, app.label, name, old, new)
        elif old != new:
            line(state, by, app.label, old, new)
    session = (before.session_action, before.session_timeout)
    if session != (after.session_action, after.session_timeout):
        new_policy = session == ("", None)
        trail.session_policy(state, by, app.record, after.session_timeout, new=new_policy)
    if before.enabled != after.enabled:
        words = ("Enabled", "Disabled")
        trail.external_policy(state, by, app.label, "App Status", words[not before.enabled], words[not after.enabled])
    for ids, old_ids in ((after.permission_sets, before.permission_sets), (after.profiles, before.profiles)):
        for parent_id in sorted(set(ids) ^ set(old_ids)):
            record = state.records.get(parent_id)
            parent = _owned(state, parent_id) if record is not None and record.sobject == "Profile" else record
            if parent is not None:
                trail.access(state, by, app.label, parent, given=parent_id in ids)
