"""Who holds what matters, by which way, and until when.

Counts the profile, permission sets, permission set groups less what they mute, session activation and expiry. Users who
are not active hold nothing.

Source: Object Reference, PermissionSetAssignment, PermissionSetGroup, MutingPermissionSet,
PermissionSet.HasActivationRequired.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sfmeta.model.inventory import (
    POWERFUL_PERMISSIONS,
    SELF_GRANTING,
    Assignment,
    Inventory,
    PermissionSet,
    User,
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A user who holds a permission.

    Attributes:
        user: who.
        permission: what.
        through: by what, for people: ``profile System Administrator``, ``permission set Allow X``, ``group Admins``.
        until: when the last of these ends; None: never.
        by_activation: only in a session that activated a permission set.
    """

    user: User
    permission: str
    through: tuple[str, ...]
    until: datetime | None = None
    by_activation: bool = False


@dataclass(frozen=True, slots=True)
class EndingGrant:
    """An assignment that ends.

    Attributes:
        user: whose.
        what: the permission set or group, for people.
        at: when.
        apps: labels of the apps that it gives.
    """

    user: User
    what: str
    at: datetime
    apps: tuple[str, ...]


def powerful_by_permission(inventory: Inventory) -> dict[str, list[Holder]]:
    """The same by permission; one that nobody holds is left out."""
    found: dict[str, list[Holder]] = {}
    for holder in powerful_holders(inventory):
        found.setdefault(holder.permission, []).append(holder)
    return found


def powerful_holders(inventory: Inventory, at: datetime | None = None) -> tuple[Holder, ...]:
    """Holders of the powerful permissions, in their order and by name.

    Args:
        inventory: of an org.
        at: the moment; the audit's own unless given.
    """
    return _holders(inventory, POWERFUL_PERMISSIONS, at or inventory.taken_at)


def self_granting_holders(inventory: Inventory) -> tuple[Holder, ...]:
    """Who could assign an "Allow" permission set to themselves; see ``SELF_GRANTING``."""
    return _holders(inventory, SELF_GRANTING, inventory.taken_at)


def self_granting_users(inventory: Inventory) -> tuple[Holder, ...]:
    """The same, each user once."""
    return tuple({one.user.id: one for one in self_granting_holders(inventory)}.values())


def ending_grants(inventory: Inventory, until: datetime | None = None) -> tuple[EndingGrant, ...]:
    """Assignments of active users that end after the audit, the first one first.

    Args:
        inventory: of an org.
        until: those that end later are left out.
    """
    found = [
        EndingGrant(user, _title(inventory, one.permission_set_id), ends, _apps(inventory, one.permission_set_id))
        for one in inventory.assignments
        if (ends := one.expires) and ends > inventory.taken_at and (until is None or ends <= until)
        if (user := inventory.users.get(one.user_id)) and user.is_active
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.user.username, one.what)))


@dataclass(frozen=True, slots=True)
class _Way:
    """One way by which a user holds permissions."""

    what: str
    permissions: frozenset[str]
    until: datetime | None = None
    needs_activation: bool = False


def _holders(inventory: Inventory, permissions: Sequence[str], at: datetime) -> tuple[Holder, ...]:
    assigned: dict[str, list[Assignment]] = {}
    for one in inventory.assignments:
        if one.expires is None or one.expires > at:
            assigned.setdefault(one.user_id, []).append(one)
    known: dict[str, _Way | None] = {}
    found = [
        holder
        for user in inventory.users.values()
        if user.is_active
        for holder in _of_user(user, list(_ways(inventory, user, assigned.get(user.id, ()), known)), permissions)
    ]
    order = {name: place for place, name in enumerate(permissions)}
    return tuple(sorted(found, key=lambda one: (order[one.permission], one.user.username)))


def _of_user(user: User, ways: Sequence[_Way], permissions: Iterable[str]) -> Iterator[Holder]:
    for name in permissions:
        giving = [way for way in ways if name in way.permissions]
        # what a session has to activate counts only where nothing else gives it
        lasting = [way for way in giving if not way.needs_activation] or giving
        if lasting:
            ends = [way.until for way in lasting]
            until = None if None in ends else max(one for one in ends if one)
            through = tuple(sorted(way.what for way in lasting))
            yield Holder(user, name, through, until, all(way.needs_activation for way in lasting))


def _ways(
    inventory: Inventory, user: User, assigned: Iterable[Assignment], known: dict[str, _Way | None]
) -> Iterator[_Way]:
    profile = inventory.profiles.get(user.profile_id)
    if profile is not None:
        if profile.id not in known:
            owned = inventory.permission_sets.get(profile.permission_set_id)
            known[profile.id] = _Way(f"profile {profile.name}", owned.permissions) if owned else None
        way = known[profile.id]
        if way is not None:
            yield way
    for one in assigned:
        if one.permission_set_id not in known:
            known[one.permission_set_id] = _way(inventory, inventory.permission_sets.get(one.permission_set_id))
        way = known[one.permission_set_id]
        if way is not None:
            yield _Way(way.what, way.permissions, one.expires, way.needs_activation)


def _way(inventory: Inventory, permission_set: PermissionSet | None) -> _Way | None:
    if permission_set is None or permission_set.profile_id:
        return None
    what = _title(inventory, permission_set.id)
    group = inventory.groups.get(permission_set.group_id)
    if group is None:
        return _Way(what, permission_set.permissions, needs_activation=permission_set.needs_activation)
    members = (inventory.permission_sets.get(one) for one in group.members)
    given = frozenset(name for one in members if one for name in one.permissions)
    return _Way(what, given - group.muted, needs_activation=group.needs_activation)


def _title(inventory: Inventory, id_: str) -> str:
    permission_set = inventory.permission_sets.get(id_)
    if permission_set is None:
        return f"permission set {id_}"
    group = inventory.groups.get(permission_set.group_id)
    if group is not None:
        return f"group {group.label or group.name}"
    return f"permission set {permission_set.label or permission_set.name}"


def _apps(inventory: Inventory, id_: str) -> tuple[str, ...]:
    """Labels of the apps that a permission set gives, through the members of its group too."""
    giving = inventory.comes_with(id_)
    return tuple(sorted(app.label for app in inventory.apps.values() if app.grants & giving))
