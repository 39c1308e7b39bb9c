"""How far a package may take access away: from nobody where it only gives, whoever the audit does not see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sfmeta.access.forecasting.losses import Reach
from sfmeta.access.forecasting.state import OrgState
from sfmeta.access.rules.case import Org
from sfmeta.model.inventory import App, Blocked, Inventory, PermissionSet, PermissionSetGroup


def reach_of(before: OrgState, after: OrgState) -> Reach:
    """How far.

    Args:
        before: the org as it is.
        after: the org then. Whatever differs in another way than by giving more counts as taking away.
    """
    if not _gives_people(before.inventory, after.inventory) or not _opens_org(before.org, after.org):
        return Reach.EVERYBODY
    changed = (key for key, app in after.apps.items() if app != before.apps[key] or key in after.worlds)
    if after.deleted or any(not _opens_app(before.apps[key], after, key) for key in changed):
        return Reach.APPS
    return Reach.NOBODY


def _opens_org(was: Org, then: Org) -> bool:
    """Nothing is ticked or blocked that was not; whether a switch is off that nobody could see does not matter."""
    switches = ("internal_box", "external_box", "password_flow_blocked", "user_agent_flow_blocked")
    return not any(getattr(then, name) and not getattr(was, name) for name in switches)


def _opens_app(was: App, after: OrgState, key: str) -> bool:
    worlds = after.worlds.get(key)
    possible = worlds.apps.values() if worlds else (after.apps[key],)
    return all(
        replace(then, grants=was.grants, blocked=was.blocked) == was
        and then.grants >= was.grants
        and then.blocked in (Blocked.NO, was.blocked)
        for then in possible
    )


def _gives_people(was: Inventory, then: Inventory) -> bool:
    if then is was:
        return True
    if then.settings != was.settings or then.profiles != was.profiles:
        return False
    sets = all(_gives(one, then.permission_sets.get(id_)) for id_, one in was.permission_sets.items())
    groups = all(_gives_members(one, then.groups.get(id_)) for id_, one in was.groups.items())
    return sets and groups and _keeps_assignments(was, then)


def _gives(was: PermissionSet, then: PermissionSet | None) -> bool:
    if then is None or (then.needs_activation and not was.needs_activation):
        return False
    gained = then.permissions - was.permissions
    # API Only User takes the browser away
    return then.permissions >= was.permissions and "ApiUserOnly" not in gained


def _gives_members(was: PermissionSetGroup, then: PermissionSetGroup | None) -> bool:
    if then is None or (then.needs_activation and not was.needs_activation):
        return False
    # what a group mutes no more may be API Only User
    return then.members >= was.members and then.muted == was.muted


def _keeps_assignments(was: Inventory, then: Inventory) -> bool:
    """All that there were, none of them ending earlier; one that comes may give API Only User."""
    if then.assignments == was.assignments:
        return True
    ends = {(one.user_id, one.permission_set_id): one.expires for one in then.assignments}
    kept = all(
        (key := (one.user_id, one.permission_set_id)) in ends and _not_earlier(one.expires, ends[key])
        for one in was.assignments
    )
    present = {(one.user_id, one.permission_set_id) for one in was.assignments}
    come = {set_id for user_id, set_id in ends if (user_id, set_id) not in present}
    return kept and not any("ApiUserOnly" in then.permission_sets[id_].permissions for id_ in come)


def _not_earlier(was: datetime | None, then: datetime | None) -> bool:
    return then is None or (was is not None and then >= was)
