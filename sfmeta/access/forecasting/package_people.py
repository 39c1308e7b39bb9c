"""What a package makes of what people hold: permission sets, groups, profiles, and who has which.

Source: Metadata API guide, PermissionSet (from API 40 the file is the whole truth), Profile (it adds),
PermissionSetGroup; Object Reference, PermissionSetAssignment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sfmeta.access.app_elements import ip_ranges
from sfmeta.access.forecasting.package_names import Names
from sfmeta.access.forecasting.package_notes import Notes
from sfmeta.access.profile_elements import login_hours
from sfmeta.model.element import Element
from sfmeta.model.inventory import WATCHED_PERMISSIONS, Assignment, Inventory, PermissionSet
from sfmeta.model.names import ComponentId
from sfmeta.model.records import RecordChange


class People:
    """What people hold, while a package changes it.

    Args:
        inventory: the org as it is.
        names: of the org; permission sets that are made are added.
        notes: what is open is said here.
    """

    def __init__(self, inventory: Inventory, names: Names, notes: Notes) -> None:
        self._inventory, self._names, self._notes = inventory, names, notes
        self._sets = dict(inventory.permission_sets)
        self._profiles = dict(inventory.profiles)
        self._groups = dict(inventory.groups)
        self._assignments = {(one.user_id, one.permission_set_id): one for one in inventory.assignments}
        self._muting: dict[str, frozenset[str]] = {}
        self.gone: set[str] = set()

    def inventory(self) -> Inventory:
        """The org afterwards; the very same value where nothing of it is another."""
        was = self._inventory
        assignments = tuple(self._assignments.values())
        if (
            self._sets == was.permission_sets
            and self._profiles == was.profiles
            and self._groups == was.groups
            and set(assignments) == set(was.assignments)
        ):
            return was
        return replace(
            was,
            permission_sets=self._sets,
            # the same value where they are the same: who asks whether login IP ranges move need not compare
            profiles=was.profiles if self._profiles == was.profiles else self._profiles,
            groups=self._groups,
            assignments=assignments,
        )

    def permission_set(self, full_name: str, root: Element) -> None:
        """Deploys a permission set: what its file does not give is gone."""
        id_ = self._names.set_named(full_name) or f"new:{full_name}"
        made = PermissionSet(
            id_,
            full_name,
            root.value("label") or "",
            frozenset(name for name, is_on in _permissions(root).items() if is_on),
            needs_activation=root.value("hasActivationRequired") == "true",
        )
        known = self._sets.get(id_)
        self._sets[id_] = made if known is None else replace(made, name=known.name)
        self._names.add_set(self._sets[id_])

    def muting(self, full_name: str, root: Element) -> None:
        """Deploys a muting permission set; it counts through the groups that name it."""
        self._muting[full_name.casefold()] = frozenset(name for name, is_on in _permissions(root).items() if is_on)

    def group(self, full_name: str, root: Element) -> None:
        """Deploys a permission set group; a new one is nobody's."""
        id_ = self._names.group(full_name)
        if not id_:
            return
        known = self._groups[id_]
        listed = [one.text.strip() for one in root.all("permissionSets")]
        muting = [one.text.strip().casefold() for one in root.all("mutingPermissionSets")]
        members = known.members
        if listed:
            found = [self._names.set_named(name) for name in listed]
            if "" in found:
                self._notes.open(f"the group {full_name} has permission sets that this org does not show")
            members = frozenset(found) - {""}
        elif known.members:
            self._notes.open(
                f"the file of the group {full_name} lists no permission sets: whether its own stay is not established"
            )
        muted = known.muted
        if muting and all(name in self._muting for name in muting):
            muted = frozenset().union(*(self._muting[name] for name in muting))
        elif muting or muted:
            self._notes.open(f"what the group {full_name} mutes then cannot be told: no audit names what it mutes by")
        needs = root.value("hasActivationRequired") == "true"
        self._groups[id_] = replace(known, members=members, muted=muted, needs_activation=needs)

    def unplaced_muting(self, groups: set[str]) -> None:
        """Says what is open where a muting permission set comes without the group that names it.

        Args:
            groups: full names of the groups that the package deploys, in lower case.
        """
        others = [group for group in self._groups.values() if group.name.casefold() not in groups]
        if self._muting and others:
            self._notes.open("which groups a muting permission set counts for cannot be told: deploy the group with it")

    def profile(self, full_name: str, root: Element) -> None:
        """Deploys a profile: only what it writes changes; one that the org does not have is nobody's."""
        profile = self._names.profile(full_name)
        if profile is None:
            self._notes.warn(f"the org shows no profile {full_name}; deploying one that is not there makes it")
            return
        owned = self._sets.get(profile.permission_set_id)
        if owned is not None:
            written = _permissions(root)
            permissions = set(owned.permissions) | {name for name, is_on in written.items() if is_on}
            permissions -= {name for name, is_on in written.items() if not is_on}
            self._sets[owned.id] = replace(owned, permissions=frozenset(permissions))
        if root.first("loginIpRanges") is not None:
            ranges = ip_ranges(root, "loginIpRanges", "startAddress", "endAddress")
            profile = replace(profile, ip_ranges=tuple(one for one in ranges if one.start))
        if root.first("loginHours") is not None:
            profile = replace(profile, hours=login_hours(root))
        self._profiles[profile.id] = profile

    def delete_set(self, full_name: str) -> None:
        """Deletes a permission set, with its assignments, its grants and its place in groups."""
        id_ = self._names.set_named(full_name)
        if not id_:
            return
        self.gone.add(id_)
        self._sets[id_] = replace(self._sets[id_], permissions=frozenset())
        self._assignments = {key: one for key, one in self._assignments.items() if one.permission_set_id != id_}
        for group in self._groups.values():
            if id_ in group.members:
                self._groups[group.id] = replace(group, members=group.members - {id_})

    def delete_group(self, full_name: str) -> None:
        """Deletes a group, with its assignments."""
        id_ = self._names.group(full_name)
        if not id_:
            return
        self._groups[id_] = replace(self._groups[id_], members=frozenset())
        sums = {one.id for one in self._sets.values() if one.group_id == id_}
        self.gone |= sums
        self._assignments = {key: one for key, one in self._assignments.items() if one.permission_set_id not in sums}

    def delete_unknown(self, component: ComponentId) -> None:
        """Says what is open: a profile or a muting permission set that goes."""
        if component.type == "MutingPermissionSet" and not any(group.muted for group in self._groups.values()):
            return
        self._notes.open(f"{component} is deleted: whom that hits cannot be told")

    def assign(self, change: RecordChange) -> None:
        """Makes an assignment, takes it away, or gives it another expiry."""
        record = change.id
        set_id = self._names.set_named(record.parent)
        if not set_id:
            if change.new is not None:
                self._notes.open(f"the permission set {record.parent} of an assignment is not in this org")
            return
        user_id = self._names.user(record.subject)
        if not user_id:
            # an audit reads every user it may see; of others it knows no use that could be lost
            if change.new is not None:
                self._notes.warn(f"{record.subject}, who gets {record.parent}, is no user whom the audit holds")
            return
        if change.new is None:
            self._assignments.pop((user_id, set_id), None)
            return
        self._assignments[user_id, set_id] = Assignment(user_id, set_id, _moment(change.new.expires_at))


def _permissions(root: Element) -> Mapping[str, bool]:
    """The watched permissions that a file writes."""
    return {
        name: one.value("enabled") == "true"
        for one in root.all("userPermissions")
        if (name := one.value("name") or "") in WATCHED_PERMISSIONS
    }


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    # Python 3.11 reads "+00:00" and "Z"; an org writes "+0000"
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
