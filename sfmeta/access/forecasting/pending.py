"""What a forecast counts as done and is not: an org as it is, beside the org that the stages before would have made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sfmeta.access.forecasting.stages import Staging, stage_before
from sfmeta.access.forecasting.state import OrgState
from sfmeta.access.listing import some
from sfmeta.model.forecast import Pending, Stage
from sfmeta.model.inventory import (
    WATCHED_PERMISSIONS,
    App,
    Assignment,
    Inventory,
    PermissionSet,
    Standing,
)
from sfmeta.model.policy import Decision

_NEVER = datetime.max.replace(tzinfo=UTC)


def pending(staging: Staging, stage: Stage, wave: int | None) -> tuple[Pending, ...]:
    """What the stages before one still have to do, in their order.

    Args:
        staging: of a policy and an org.
        stage: that is asked for.
        wave: of ``restrict``, up to and with which wave; None for all.
    """
    earlier = stage_before(stage, wave)
    if earlier is None:
        return ()
    then = staging.after(*earlier)
    inventory = staging.before.inventory
    return (*_prepared(inventory, then), *_apps(staging, then), *_profiles(inventory, then))


def _prepared(inventory: Inventory, then: OrgState) -> Iterator[Pending]:
    """Permission sets that are missing, and who does not have them."""
    sets = {**inventory.permission_sets, **then.permission_sets}
    said: dict[str, list[str]] = {id_: [] for id_ in then.permission_sets}
    for id_, one in then.permission_sets.items():
        known = inventory.permission_sets.get(id_)
        if known is None:
            said[id_].append("the org has no such permission set")
        elif more := sorted(one.permissions - known.permissions):
            said[id_].append(f"it does not give {', '.join(more)}")
    for id_, names in _unassigned(inventory, then).items():
        said.setdefault(id_, []).append(f"it is not assigned to {some(sorted(names))}")
    for id_, words in said.items():
        if words:
            yield Pending(Stage.PREPARE, f"{_label(sets[id_])}: {'; '.join(words)}")


def _unassigned(inventory: Inventory, then: OrgState) -> dict[str, set[str]]:
    """Users who do not have a permission set directly: whether a group's counts for an app is an open question."""
    held: dict[tuple[str, str], datetime] = {}
    for one in inventory.assignments:
        key = (one.user_id, one.permission_set_id)
        held[key] = max(held.get(key, _end(one)), _end(one))
    missing: dict[str, set[str]] = {}
    for one in then.assignments:
        ends = held.get((one.user_id, one.permission_set_id))
        if ends is None or ends < _end(one):
            early = "" if ends is None else f" (that ends on {ends:%Y-%m-%d}, before the policy's grant)"
            missing.setdefault(one.permission_set_id, set()).add(f"{inventory.users[one.user_id].username}{early}")
    return missing


def _end(assignment: Assignment) -> datetime:
    return assignment.expires or _NEVER


def _apps(staging: Staging, then: OrgState) -> Iterator[Pending]:
    for key in staging.matches.apps:
        yield from pending_of_app(staging, then, key)


def pending_of_app(staging: Staging, then: OrgState, key: str) -> Iterator[Pending]:
    """What one app still has to become.

    Args:
        staging: of a policy and an org.
        then: the org as it is to be.
        key: the policy's, of an app that was found in the org.
    """
    now = staging.matches.apps[key]
    later = then.apps[now.key]
    if later == now:
        return
    if staging.policy.apps[key].decision is Decision.BLOCK:
        yield Pending(Stage.BLOCK, f"{now.label} is not blocked")
        return
    if now.standing is Standing.USED_ONLY and later.standing is not Standing.USED_ONLY:
        shut = ", and it is blocked" if now.blocked is not later.blocked else ""
        what = f"{now.label} is not installed, and so has no policies and grants yet{shut}"
        yield Pending(Stage.RESTRICT, what)
        return
    if seen := list(_differences(staging.before.inventory, now, later, then)):
        yield Pending(Stage.RESTRICT, f"{now.label}: {'; '.join(seen)}")
    if now.standing is not Standing.OWNED and (unseen := list(_unset(now, later))):
        yield Pending(Stage.RESTRICT, f"{now.label}: {_and(unseen)} as the policy writes it", is_visible=False)


def _differences(inventory: Inventory, now: App, later: App, then: OrgState) -> Iterator[str]:
    """What the audit saw to be otherwise."""
    if now.blocked is not later.blocked:
        yield "it is blocked"
    if now.admin_approved is not None and now.admin_approved is not later.admin_approved:
        yield f"its Permitted Users are {'admin-approved users' if now.admin_approved else 'all users'}"
    sets = {**inventory.permission_sets, **then.permission_sets}
    if added := later.grants - now.grants:
        yield f"it is not granted to {some(_holders(inventory, sets, added))}"
    if removed := now.grants - later.grants:
        yield f"it is granted to {some(_holders(inventory, sets, removed))}, too"
    if now.refresh_policy and now.refresh_policy != later.refresh_policy:
        yield f"its refresh token policy is {now.refresh_policy}"
    if now.ip_relaxation and now.ip_relaxation != later.ip_relaxation:
        yield f"its IP relaxation is {now.ip_relaxation}"
    if now.session_minutes is not None and now.session_minutes != later.session_minutes:
        yield f"its sessions last {now.session_minutes} minutes"
    if now.standing is Standing.OWNED and (unset := list(_unset(now, later))):
        yield f"{_and(unset)} {'is' if len(unset) == 1 else 'are'} not set"


def _unset(now: App, later: App) -> Iterator[str]:
    """What the audit shows nothing of, and the policy writes: of an owned app it is not set, else no API tells."""
    if now.admin_approved is None and later.admin_approved is not None:
        yield "Permitted Users"
    if not now.refresh_policy and later.refresh_policy:
        yield "the refresh token policy"
    if not now.ip_relaxation and later.ip_relaxation:
        yield "the IP relaxation"
    if now.session_minutes is None and later.session_minutes is not None:
        yield "the session timeout"


def _profiles(inventory: Inventory, then: OrgState) -> Iterator[Pending]:
    for profile_id, changes in then.profile_changes.items():
        profile = inventory.profiles[profile_id]
        own = inventory.permission_sets.get(profile.permission_set_id)
        held = own.permissions if own else frozenset()
        watched = changes.keys() & WATCHED_PERMISSIONS
        wrong = sorted(name for name in watched if changes[name] is not (name in held))
        if wrong:
            words = ", ".join(f"{name} is {'on' if name in held else 'off'}" for name in wrong)
            yield Pending(Stage.RESTRICT, f"the profile {profile.name}: {words}")
        if unseen := sorted(changes.keys() - WATCHED_PERMISSIONS):
            what = f"the profile {profile.name}: {', '.join(unseen)} as the policy writes it"
            yield Pending(Stage.RESTRICT, what, is_visible=False)


def _holders(inventory: Inventory, sets: dict[str, PermissionSet], ids: frozenset[str]) -> list[str]:
    return sorted(
        f"the profile {inventory.profiles[one.profile_id].name}"
        if (one := sets.get(id_)) and one.profile_id in inventory.profiles
        else _label(one)
        if one
        else id_
        for id_ in ids
    )


def _label(one: PermissionSet) -> str:
    return one.label or one.name


def _and(words: Sequence[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last
