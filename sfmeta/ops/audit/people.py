"""Users, profiles, permission sets, groups and who has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sfmeta.model.inventory import (
    WATCHED_PERMISSIONS,
    Assignment,
    Gap,
    PermissionSet,
    PermissionSetGroup,
    Profile,
    User,
)
from sfmeta.ops.audit.reading import Reader, Table
from sfmeta.ops.audit.rows import Row, record_id, text
from sfmeta.org.soql import field_of, moment_of

_COLUMNS = {f"Permissions{name}": name for name in sorted(WATCHED_PERMISSIONS)}


@dataclass(frozen=True, slots=True)
class Access:
    """Permission sets in all their forms.

    Attributes:
        profiles: by id, without what only metadata tells.
        permission_sets: by id.
        groups: by id.
        known_permissions: of the watched ones, those that the org has.
        gaps: what could not be read.
    """

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    permission_sets: Mapping[str, PermissionSet] = field(default_factory=dict)
    groups: Mapping[str, PermissionSetGroup] = field(default_factory=dict)
    known_permissions: frozenset[str] = frozenset()
    gaps: tuple[Gap, ...] = ()


def read_users(reader: Reader) -> dict[str, User]:
    """Every user by id, the one who logged in last first: see ``tokens``."""
    table = reader.table(
        "User",
        ["Id", "Username", "Name", "UserType", "IsActive", "ProfileId"],
        rest=" ORDER BY LastLoginDate DESC NULLS LAST",
    )
    return {user.id: user for user in map(_user, table.rows)}


def read_frozen(reader: Reader) -> tuple[frozenset[str], tuple[Gap, ...]]:
    """Ids of the users who are frozen. Source: Object Reference, UserLogin."""
    table = reader.table_if_any("UserLogin", ["UserId"], where="IsFrozen = true")
    if table is None:
        said = "The org does not show us UserLogin: frozen users look like users who can log in"
        return frozenset(), (Gap("frozen-users", said, "Audit as a user with Manage Users"),)
    return frozenset(record_id(row, "UserId") for row in table.rows), ()


def read_access(reader: Reader) -> Access:
    """Permission sets, and the profiles and groups that own some of them."""
    table = reader.table(
        "PermissionSet",
        ["Id", "Name", "Label", "ProfileId", "Profile.Name", "HasActivationRequired"],
        optional=[
            "PermissionSetGroupId",
            "PermissionSetGroup.DeveloperName",
            "PermissionSetGroup.MasterLabel",
            "PermissionSetGroup.HasActivationRequired",
            *_COLUMNS,
        ],
    )
    groups, gaps = _groups(reader, table)
    return Access(
        {one.id: one for row in table.rows if (one := _profile(row))},
        {one.id: one for one in map(_permission_set, table.rows)},
        groups,
        frozenset(name for column, name in _COLUMNS.items() if column not in table.missing),
        gaps,
    )


def read_assignments(reader: Reader) -> Sequence[Row]:
    """Who has which permission set or group; a profile's own is left out, as the profile says it."""
    return reader.table(
        "PermissionSetAssignment",
        ["AssigneeId", "PermissionSetId", "PermissionSetGroupId"],
        optional=["ExpirationDate"],
        where="PermissionSet.IsOwnedByProfile = false OR PermissionSetGroupId != null",
    ).rows


def assignments(rows: Sequence[Row], access: Access) -> tuple[Assignment, ...]:
    """Assignments; one that names a group and no permission set is of the group's own, which sums it up."""
    of_groups = {one.group_id: one.id for one in access.permission_sets.values() if one.group_id}
    return tuple(
        Assignment(
            record_id(row, "AssigneeId"),
            record_id(row, "PermissionSetId") or of_groups.get(record_id(row, "PermissionSetGroupId"), ""),
            moment_of(row, "ExpirationDate"),
        )
        for row in rows
    )


def _user(row: Row) -> User:
    return User(
        record_id(row, "Id"),
        text(row, "Username").lower(),
        text(row, "UserType") or "Standard",
        field_of(row, "IsActive") is not False,
        profile_id=record_id(row, "ProfileId"),
        name=text(row, "Name"),
    )


def _profile(row: Row) -> Profile | None:
    id_ = record_id(row, "ProfileId")
    return Profile(id_, text(row, "Profile.Name"), record_id(row, "Id")) if id_ else None


def _permission_set(row: Row) -> PermissionSet:
    return PermissionSet(
        record_id(row, "Id"),
        text(row, "Name"),
        text(row, "Label"),
        _permissions(row),
        record_id(row, "ProfileId"),
        record_id(row, "PermissionSetGroupId"),
        field_of(row, "HasActivationRequired") is True,
    )


def _permissions(row: Row) -> frozenset[str]:
    return frozenset(name for column, name in _COLUMNS.items() if row.get(column) is True)


def _groups(reader: Reader, sets: Table) -> tuple[dict[str, PermissionSetGroup], tuple[Gap, ...]]:
    """The groups: each has a permission set that sums up its members (Object Reference, PermissionSet.Type)."""
    of_groups = [row for row in sets.rows if record_id(row, "PermissionSetGroupId")]
    if not of_groups:
        return {}, ()
    members: dict[str, list[str]] = {}
    for row in reader.table("PermissionSetGroupComponent", ["PermissionSetGroupId", "PermissionSetId"]).rows:
        members.setdefault(record_id(row, "PermissionSetGroupId"), []).append(record_id(row, "PermissionSetId"))
    muting, gaps = _muting(reader)
    groups = (_group(row, members.get(record_id(row, "PermissionSetGroupId"), ()), muting) for row in of_groups)
    return {one.id: one for one in groups}, gaps


def _group(row: Row, members: Sequence[str], muting: Mapping[str, frozenset[str]]) -> PermissionSetGroup:
    id_ = record_id(row, "PermissionSetGroupId")
    return PermissionSetGroup(
        id_,
        text(row, "PermissionSetGroup.DeveloperName"),
        text(row, "PermissionSetGroup.MasterLabel"),
        frozenset(one for one in members if one not in muting),
        frozenset(name for one in members for name in muting.get(one, ())),
        field_of(row, "PermissionSetGroup.HasActivationRequired") is True,
    )


def _muting(reader: Reader) -> tuple[dict[str, frozenset[str]], tuple[Gap, ...]]:
    """What each muting permission set takes away, by id."""
    table = reader.table_if_any("MutingPermissionSet", ["Id"], optional=list(_COLUMNS))
    if table is None:
        said = "The org does not show us MutingPermissionSet: what groups mute is only seen in what they sum up to"
        return {}, (Gap("muting", said),)
    return {record_id(row, "Id"): _permissions(row) for row in table.rows}, ()
