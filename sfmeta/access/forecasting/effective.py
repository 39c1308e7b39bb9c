"""What a user holds at a moment: permissions, and the permission sets by which an app may be granted.

Counts the profile, permission sets, permission set groups with what they mute, session activation (what needs it gives
nothing to an API client), and expiry.

Source: Object Reference, PermissionSetAssignment, PermissionSetGroup, MutingPermissionSet,
PermissionSet.HasActivationRequired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sfmeta.model.inventory import WATCHED_PERMISSIONS, Assignment, Inventory, PermissionSet, PermissionSetGroup, User


class Effective(NamedTuple):
    """What somebody holds. A tuple, as there may be hundreds of thousands.

    Attributes:
        permissions: of ``WATCHED_PERMISSIONS``, those in effect.
        holders: ids of permission sets that are assigned directly: by profile, alone, or as a group's aggregate.
        by_group: ids of permission sets that come only as members of groups.
    """

    permissions: frozenset[str] = frozenset()
    holders: frozenset[str] = frozenset()
    by_group: frozenset[str] = frozenset()


@dataclass(slots=True)
class Holdings:
    """Answers for all users of an inventory at one moment.

    Attributes:
        inventory: whose users.
        at: the moment: an assignment that has ended by then does not count.
        more: assignments that a stage makes; they take the place of those of the same user and permission set.
        sets: permission sets that a stage adds, by id.
        profile_changes: what a stage changes of profiles: id -> permission -> on.
        known: permissions that the org has; others give nothing.
        base: the same org before: what did not change for somebody is taken from there. A base of another inventory
            (a package changes permission sets and assignments themselves) says nothing.
    """

    inventory: Inventory
    at: datetime
    more: tuple[Assignment, ...] = ()
    sets: Mapping[str, PermissionSet] = field(default_factory=dict)
    profile_changes: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    base: Holdings | None = None
    _by_user: dict[str, list[Assignment]] = field(default_factory=dict)
    _changed: dict[str, list[Assignment]] = field(default_factory=dict)
    _alike: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    _cache: dict[tuple[str, tuple[str, ...]], Effective] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.base is not None and self.base.inventory is not self.inventory:
            self.base = None
        if self.base is None:
            for assignment in self.inventory.assignments:
                self._by_user.setdefault(assignment.user_id, []).append(assignment)
        else:
            self._by_user = self.base._by_user
        for one in self.more:
            self._changed.setdefault(one.user_id, []).append(one)
        for user_id, made in self._changed.items():
            replaced = {one.permission_set_id for one in made}
            made[:0] = [one for one in self._by_user.get(user_id, ()) if one.permission_set_id not in replaced]

    def _assignments(self, user_id: str) -> Sequence[Assignment]:
        return self._changed.get(user_id) or self._by_user.get(user_id) or ()

    def of(self, user: User, at: datetime | None = None) -> Effective:
        """What a user holds, at another moment where one is given."""
        moment = at or self.at
        assigned = self._assignments(user.id)
        live: tuple[str, ...] = ()
        if assigned:
            live = tuple(
                sorted({one.permission_set_id for one in assigned if one.expires is None or one.expires > moment})
            )
        key = (user.profile_id, live)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._unchanged(key) or self._effective(user.profile_id, live)
        return found

    def _unchanged(self, key: tuple[str, tuple[str, ...]]) -> Effective | None:
        profile_id, live = key
        base = self.base
        if base is None or base.known != self.known or profile_id in self.profile_changes:
            return None
        if self.sets and any(not self.sets.keys().isdisjoint(self.inventory.comes_with(id_)) for id_ in live):
            return None
        return base._cache.get(key)

    def ends_of(self, user_id: str, holders: Iterable[str]) -> datetime | None:
        """When the last of some permission sets that a user holds by assignment ends; None where one never does.

        Args:
            user_id: whose.
            holders: permission sets; members of groups count through their group.
        """
        wanted = frozenset(holders)
        last: datetime | None = None
        for one in self._assignments(user_id):
            given = self.inventory.comes_with(one.permission_set_id)
            if (one.expires is not None and one.expires <= self.at) or wanted.isdisjoint(given):
                continue
            if one.expires is None:
                return None
            last = one.expires if last is None else max(last, one.expires)
        return last

    def has_ended(self, user_id: str, holders: Iterable[str]) -> bool:
        """Whether a user had one of some permission sets until a date that has passed."""
        wanted = frozenset(holders)
        return any(
            one.expires is not None
            and one.expires <= self.at
            and not wanted.isdisjoint(self.inventory.comes_with(one.permission_set_id))
            for one in self._assignments(user_id)
        )

    def _set(self, id_: str) -> PermissionSet | None:
        return self.sets.get(id_) or self.inventory.permission_sets.get(id_)

    def _effective(self, profile_id: str, live: tuple[str, ...]) -> Effective:
        permissions, holders = self._of_profile(profile_id)
        by_group: set[str] = set()
        for id_ in live:
            permission_set = self._set(id_)
            if permission_set is None or permission_set.profile_id:
                # what a profile owns is the profile's, whoever else is said to have it
                continue
            group = self.inventory.groups.get(permission_set.group_id) if permission_set.group_id else None
            if (group or permission_set).needs_activation:
                continue
            holders.add(id_)
            if group is None:
                permissions |= permission_set.permissions
            else:
                by_group |= group.members
                permissions |= self._of_group(group)
        held = frozenset(permissions & self.known)
        return Effective(self._alike.setdefault(held, held), frozenset(holders), frozenset(by_group - holders))

    def _of_profile(self, profile_id: str) -> tuple[set[str], set[str]]:
        profile = self.inventory.profiles.get(profile_id)
        owned = self._set(profile.permission_set_id) if profile else None
        permissions = set(owned.permissions) if owned else set()
        for name, is_on in self.profile_changes.get(profile_id, {}).items():
            if is_on:
                permissions.add(name)
            else:
                permissions.discard(name)
        return permissions, {owned.id} if owned else set()

    def _of_group(self, group: PermissionSetGroup) -> frozenset[str]:
        given: set[str] = set()
        for member in group.members:
            permission_set = self._set(member)
            if permission_set is not None:
                given |= permission_set.permissions
        return frozenset(given - group.muted)


def as_audited(inventory: Inventory) -> Holdings:
    """What everybody held when the audit was read; an audit that does not say which permissions the org has: all."""
    known = inventory.settings.known_permissions or WATCHED_PERMISSIONS
    return Holdings(inventory, inventory.taken_at, known=known)
