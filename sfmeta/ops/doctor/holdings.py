"""What a user may do: counted through the profile, permission sets and permission set groups.

Source: object reference, PermissionSetAssignment: a user is assigned to the permission set that the profile owns, too,
and to the one that a group adds up to (its muting taken off).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sfmeta.org.soql import field_of, moment_of, quoted

Rows = Callable[[str], Sequence[Mapping[str, object]]]
NEEDED = {
    "ApiEnabled": ("API Enabled", "for every call"),
    "ModifyMetadata": ("Modify Metadata Through Metadata API Functions", "to deploy and retrieve"),
    "CustomizeApplication": ("Customize Application", "to see everybody's tokens and to change grants on apps"),
    "ModifyAllData": ("Modify All Data", "to change grants on apps"),
    "ManageProfilesPermissionsets": ("Manage Profiles and Permission Sets", "to change grants on apps"),
    "ViewSetup": ("View Setup and Configuration", "to read grants and settings"),
}
"""By API name: as Setup shows it, and what it is for (README, "The deployment user needs")."""
FOR_USERS = ("ManageUsers", "AssignPermissionSets")
"""What our user is helped by: to see the logins of others, and to assign permission sets."""


@dataclass(frozen=True, slots=True)
class Holder:
    """What a user holds.

    Attributes:
        via: by permission, where it comes from ("the profile System Administrator").
        ends: by permission, when the last of what gives it ends; a permission without an end is not in here.
        permission_sets: ids that the user is assigned to now, without those that need a session to be activated.
        through_groups: ids of permission sets that come with a group.
    """

    via: Mapping[str, tuple[str, ...]]
    ends: Mapping[str, datetime]
    permission_sets: Mapping[str, datetime | None]
    through_groups: frozenset[str]

    def has(self, permission: str) -> bool:
        """Whether the user holds a permission now."""
        return bool(self.via.get(permission))


def holders_of(rows: Rows, user_id: str, permissions: Sequence[str], now: datetime) -> Holder:
    """What a user holds now.

    Args:
        rows: asks the org.
        user_id: whose.
        permissions: API names, all of them known to the org.
        now: by which assignments have lapsed.
    """
    flags = "".join(f", PermissionSet.Permissions{name}" for name in permissions)
    found = rows(
        "SELECT PermissionSetId, PermissionSetGroupId, PermissionSetGroup.DeveloperName, ExpirationDate, "  # noqa: S608
        "PermissionSet.Name, PermissionSet.IsOwnedByProfile, PermissionSet.Profile.Name, "
        f"PermissionSet.HasActivationRequired{flags} FROM PermissionSetAssignment WHERE AssigneeId = {quoted(user_id)}"
    )
    counted = [
        (row, moment_of(row, "ExpirationDate"))
        for row in found
        if field_of(row, "PermissionSet.HasActivationRequired") is not True
    ]
    valid = [(row, end) for row, end in counted if end is None or end > now]
    via: dict[str, tuple[str, ...]] = {}
    ends: dict[str, datetime] = {}
    for name in permissions:
        giving = [(row, end) for row, end in valid if field_of(row, f"PermissionSet.Permissions{name}") is True]
        via[name] = tuple(sorted({_words(row) for row, _ in giving}))
        dated = [end for _, end in giving if end is not None]
        if giving and len(dated) == len(giving):
            ends[name] = max(dated)
    groups = {str(group) for row, _ in valid if (group := row.get("PermissionSetGroupId"))}
    return Holder(via, ends, {str(row.get("PermissionSetId")): end for row, end in valid}, _members(rows, groups))


def _members(rows: Rows, groups: set[str]) -> frozenset[str]:
    if not groups:
        return frozenset()
    listed = ", ".join(quoted(group) for group in sorted(groups))
    found = rows(f"SELECT PermissionSetId FROM PermissionSetGroupComponent WHERE PermissionSetGroupId IN ({listed})")  # noqa: S608
    return frozenset(str(row.get("PermissionSetId")) for row in found)


def _words(row: Mapping[str, object]) -> str:
    if field_of(row, "PermissionSet.IsOwnedByProfile") is True:
        return f"the profile {field_of(row, 'PermissionSet.Profile.Name')}"
    if row.get("PermissionSetGroupId"):
        return f"the group {field_of(row, 'PermissionSetGroup.DeveloperName')}"
    return f"the permission set {field_of(row, 'PermissionSet.Name')}"
