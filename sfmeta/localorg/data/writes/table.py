"""Creating, changing and deleting one record of whichever sobject, by its writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.schema import SObject, View
from sfmeta.localorg.data.writes import access, assignments, permission_sets, sessions, users
from sfmeta.localorg.data.writes.checks import Fields, spelled
from sfmeta.localorg.data.writes.refused import Refused, no_such_id, not_found, refuse
from sfmeta.localorg.ids import is_id
from sfmeta.localorg.records import Record

Create: TypeAlias = Callable[[Caller, Fields], str]
Update: TypeAlias = Callable[[Caller, Record, Fields], None]
Delete: TypeAlias = Callable[[Caller, Record], None]


@dataclass(frozen=True, slots=True)
class Writer:
    """What can be done to the records of an sobject; None for what cannot."""

    create: Create | None = None
    update: Update | None = None
    delete: Delete | None = None


WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "AuthSession": Writer(delete=sessions.delete),
        "PermissionSet": Writer(permission_sets.create_set, permission_sets.update_set, permission_sets.delete_set),
        "PermissionSetAssignment": Writer(assignments.create, assignments.update, assignments.delete),
        "PermissionSetGroup": Writer(
            permission_sets.create_group, permission_sets.update_group, permission_sets.delete_group
        ),
        "PermissionSetGroupComponent": Writer(permission_sets.create_part, None, permission_sets.delete_part),
        "SetupEntityAccess": Writer(access.create, None, access.delete),
        "User": Writer(users.create, users.update),
        "UserLogin": Writer(update=users.update_login),
    }
)
"""The writer of each sobject that has one. What its table says it can, its writer does."""


def create(caller: Caller, table: SObject, content: Fields, view: View) -> str:
    """Makes a record; all or nothing.

    Returns:
        Its id.

    Raises:
        Refused: the org does not take it.
    """
    writer = WRITERS.get(table.name, Writer()).create
    if writer is None:
        raise _cannot(table, "insert")
    with caller.state.transaction():
        return writer(caller, spelled(table, content, view, new=True))


def update(caller: Caller, table: SObject, id_: str, content: Fields, view: View) -> None:
    """Changes a record; all or nothing.

    Raises:
        Refused: the org does not take it, or there is no such record.
    """
    writer = WRITERS.get(table.name, Writer()).update
    if writer is None:
        raise _cannot(table, "update")
    with caller.state.transaction():
        writer(caller, existing(caller, table, id_), spelled(table, content, view, new=False))


def remove(caller: Caller, table: SObject, id_: str) -> None:
    """Deletes a record; all or nothing.

    Raises:
        Refused: the org does not let it go, or there is no such record.
    """
    writer = WRITERS.get(table.name, Writer()).delete
    if writer is None:
        raise _cannot(table, "delete")
    with caller.state.transaction():
        writer(caller, existing(caller, table, id_))


def existing(caller: Caller, table: SObject, id_: str) -> Record:
    """A record by its id.

    Raises:
        Refused: there is none.
    """
    if not is_id(id_) or id_[:3] != (table.key_prefix or id_[:3]):
        raise no_such_id(id_)
    record = caller.state.records.get(id_)
    if record is None or record.sobject != table.name:
        raise not_found()
    return record


def _cannot(table: SObject, done: str) -> Refused:
    return refuse("rest-verb", sobject=table.name, verb=done)
