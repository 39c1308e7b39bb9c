"""The org's rows: one table of records, each an sobject name, an id and its fields.

Field values are text, numbers, booleans or None; a moment is text as ``clock.to_stamp`` writes it. Fields that the
real sobject does not have (an app's consumer key, a user's password) are kept in the same rows and never shown: what
REST and SOQL may see of a record is said in ``data/tables.py``. What the doors read and a deployment writes:

=========================  ==========================================================================================
sobject                    fields (those of the object reference; ``*`` marks what only the org itself knows)
=========================  ==========================================================================================
User                       Username, ProfileId, IsActive, Email, FirstName, LastName, UserType, Password*,
                           SecurityToken* (where set, it is needed outside trusted ranges)
UserLogin                  UserId, IsFrozen, IsPasswordLocked; one for each User
Profile                    Name (as the UI shows it), FullName* (``Admin`` for ``System Administrator``), UserType
PermissionSet              Name, Label, IsOwnedByProfile, ProfileId, IsCustom, Permissions<Name> = True for
                           what it gives. Every Profile has one with IsOwnedByProfile = True: its permissions are there
PermissionSetGroup         DeveloperName, MasterLabel, Description, HasActivationRequired, Status. Each has a
                           PermissionSet of Type ``Group`` with its PermissionSetGroupId; what that gives is worked
                           out, not kept
PermissionSetGroupComp...  (PermissionSetGroupComponent) PermissionSetGroupId, PermissionSetId (of a PermissionSet or a
                           MutingPermissionSet)
MutingPermissionSet        DeveloperName, MasterLabel, Permissions<Name> = True for what it mutes
PermissionSetAssignment    AssigneeId, PermissionSetId, PermissionSetGroupId, ExpirationDate
SetupEntityAccess          ParentId (a PermissionSet, for a profile the one it owns), SetupEntityId, SetupEntityType
                           (``ConnectedApplication`` or ``ExternalClientApplication``)
ConnectedApplication       owned or installed apps: Name (the label), DeveloperName*, Ownership* (owned or installed),
                           ConsumerKey*, ConsumerSecret*, Certificate* (PEM), OptionsAllowAdminApprovedUsersOnly,
                           SessionPolicyAction* (``Block``, ``RaiseSessionLevel`` or None), RefreshTokenPolicy* (as in
                           ConnectedApp metadata), IsClientCredentialEnabled*, ClientCredentialUser* (a username),
                           SessionTimeout* (minutes), IpRelaxation*, and ``apps.CLIENT_FIELDS``*
ForeignApp                 * an app that another org defined and that is not installed here: Name, ConsumerKey,
                           ConsumerSecret, Certificate, ``apps.CLIENT_FIELDS``, UninstalledDate (since when it is not
                           installed any more). Installing it makes it a ConnectedApplication
ExternalClientApplication  MasterLabel, DeveloperName, DistributionState, IsEnabled*, ConsumerKey*, ConsumerSecret*,
                           Certificate*, IsClientCredentialEnabled*, ClientCredentialUser*, IsOauthEnabled*, and
                           ``apps.CLIENT_FIELDS``*
ExtlClntAppOauthPlcyCnfg   ExternalClientApplicationId, PermittedUsersPolicyType, RefreshTokenPolicyType,
                           RefreshTokenValidityPeriod, RefreshTokenValidityUnit, PolicyAction*,
                           IpRelaxationPolicyType*, RequiredSessionLevel*
OauthToken                 one for what a user gave an app: UserId, AppId*, AppName, UseCount, LastUsedDate,
                           DeleteToken, Token* (its refresh token's hash), Flow* (a door), Scopes*, IssuedPolicy*
AuthSession                UsersId, LoginType, SessionType, SourceIp, NumSecondsValid, LoginHistoryId, Token* (the
                           session id's hash), AppId*, Door* (where it was opened), Scopes*, LastUsedDate*
BlacklistedConsumer        * ConsumerKey, ConsumerName, MasterLabel, BlockedByApiWhitelisting
SetupAuditTrail            Action, Section, Display, CreatedById, CreatedDate; written by ``audit.py``
ApiTotalUsageEventLog      what its page names; written by ``data/api_events.py``, the latest only
ApprovalTicket and others  * what waits on the way to a token: ``doors/approvals.py``
=========================  ==========================================================================================
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from sfmeta.localorg.changes import Changes
from sfmeta.localorg.ids import Ids, is_id, to_18
from sfmeta.localorg.sql_functions import teach

Value: TypeAlias = str | int | float | bool | None

# Fields that the gate looks records up by on every call, a deployment for every component, and a query often. Rows
# that lack the field are not in its index: a hundred thousand tokens would be written to all of them otherwise.
_INDEXED = (
    "AppId",
    "AssigneeId",
    "ConsumerKey",
    "DeveloperName",
    "Name",
    "ParentId",
    "PermissionSetGroupId",
    "PermissionSetId",
    "ProfileId",
    "SetupEntityId",
    "Token",
    "UserId",
    "Username",
    "UsersId",
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sobject TEXT NOT NULL,
    fields TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS record_sobject ON record (sobject);
""" + "\n".join(
    f"CREATE INDEX IF NOT EXISTS record_by_{name} ON record (sobject, json_extract(fields, '$.{name}')) "
    f"WHERE json_extract(fields, '$.{name}') IS NOT NULL;"
    for name in _INDEXED
)


@dataclass(frozen=True, slots=True)
class Record:
    """One row.

    Attributes:
        id: 18 characters.
        sobject: as Salesforce spells it.
        fields: what is set; ``record["X"]`` is None for a field that is not.
    """

    id: str
    sobject: str
    fields: Mapping[str, Value]

    def __getitem__(self, name: str) -> Value:
        return self.id if name == "Id" else self.fields.get(name)

    def text(self, name: str) -> str:
        """A field as text, "" where it is not set."""
        value = self[name]
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """A field as a boolean, False where it is not set."""
        return bool(self[name])


class Records:
    """All rows of an org. Every call is atomic; several belong into ``State.transaction``."""

    def __init__(self, connection: sqlite3.Connection, lock: threading.RLock, ids: Ids, changes: Changes) -> None:
        self._connection = connection
        self._lock = lock
        self._ids = ids
        self._changes = changes
        connection.executescript(_SCHEMA)
        teach(connection)

    def insert(self, sobject: str, fields: Mapping[str, Value], id: str | None = None) -> str:  # noqa: A002
        """Adds a record.

        Args:
            sobject: as Salesforce spells it.
            fields: what to set.
            id: given only where it must be a certain one.

        Returns:
            Its id, 18 characters.
        """
        with self._lock:
            new_id = to_18(id) if id else self._ids.new(sobject)
            self._changes.note(sobject)
            self._connection.execute(
                "INSERT INTO record (id, sobject, fields) VALUES (?, ?, ?)", (new_id, sobject, _dump(fields))
            )
            return new_id

    def insert_many(self, sobject: str, rows: Iterable[Mapping[str, Value]]) -> list[str]:
        """Adds many records at once: 200,000 in a few seconds.

        Args:
            sobject: as Salesforce spells it.
            rows: the fields of each.

        Returns:
            Their ids in the same order.
        """
        dumped = [_dump(fields) for fields in rows]
        if not dumped:
            return []
        with self._lock:
            ids = self._ids.block(sobject, len(dumped))
            self._changes.note(sobject)
            inside = self._connection.in_transaction
            if not inside:
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT INTO record (id, sobject, fields) VALUES (?, ?, ?)",
                    ((id_, sobject, fields) for id_, fields in zip(ids, dumped, strict=True)),
                )
            except BaseException:
                if not inside:
                    self._connection.execute("ROLLBACK")
                raise
            if not inside:
                self._connection.execute("COMMIT")
        return ids

    def get(self, id: str) -> Record | None:  # noqa: A002
        """The record with that id (15 or 18 characters), or None."""
        if not is_id(id):
            return None
        with self._lock:
            row = self._connection.execute(
                "SELECT id, sobject, fields FROM record WHERE id = ?", (to_18(id),)
            ).fetchone()
        return None if row is None else _record(row)

    def find(self, sobject: str, **equals: Value) -> list[Record]:
        """All records of an sobject whose fields equal what is given (None: not set), oldest first."""
        return self._select("ORDER BY number", sobject, equals)

    def first(self, sobject: str, **equals: Value) -> Record | None:
        """The oldest record that ``find`` would give, or None."""
        return next(iter(self._select("ORDER BY number LIMIT 1", sobject, equals)), None)

    def latest(self, sobject: str, by: str, most: int, **equals: Value) -> list[Record]:
        """The last of the records that ``find`` would give, the latest first.

        Args:
            sobject: as Salesforce spells it.
            by: the field with the moment; of two at one moment the younger record comes first.
            most: how many.
            **equals: as for ``find``.
        """
        order = f"ORDER BY {_column(by)} DESC, number DESC LIMIT {most:d}"
        return self._select(order, sobject, equals)

    def count(self, sobject: str, distinct: str = "", **equals: Value) -> int:
        """How many records ``find`` would give, or how many values of a field they have."""
        where, values = _where(sobject, equals)
        what = f"DISTINCT {_column(distinct)}" if distinct else "*"
        with self._lock:
            row = self._connection.execute(f"SELECT COUNT({what}) FROM record WHERE {where}", values).fetchone()  # noqa: S608
        return int(row[0])

    def _select(self, order: str, sobject: str, equals: Mapping[str, Value]) -> list[Record]:
        where, values = _where(sobject, equals)
        with self._lock:
            query = f"SELECT id, sobject, fields FROM record WHERE {where} {order}"  # noqa: S608
            rows = self._connection.execute(query, values).fetchall()
        return [_record(row) for row in rows]

    def update(self, id: str, **fields: Value) -> None:  # noqa: A002
        """Sets some fields of a record, leaving the others; None takes a field away.

        Raises:
            KeyError: there is no such record.
        """
        with self._lock:
            record = self.get(id)
            if record is None:
                raise KeyError(id)
            merged = {**record.fields, **fields}
            self._changes.note(record.sobject)
            self._connection.execute("UPDATE record SET fields = ? WHERE id = ?", (_dump(merged), record.id))

    def delete(self, id: str) -> bool:  # noqa: A002
        """Removes a record; False where there was none."""
        with self._lock:
            if not is_id(id):
                return False
            gone = self._connection.execute("DELETE FROM record WHERE id = ? RETURNING sobject", (to_18(id),))
            rows = gone.fetchall()
            for (sobject,) in rows:
                self._changes.note(sobject)
            return bool(rows)

    def delete_all(self, records: Iterable[Record]) -> None:
        """Removes several records."""
        with self._lock:
            gone = list(records)
            for sobject in {record.sobject for record in gone}:
                self._changes.note(sobject)
            self._connection.executemany("DELETE FROM record WHERE id = ?", [(record.id,) for record in gone])


def _where(sobject: str, equals: Mapping[str, Value]) -> tuple[str, list[Value]]:
    where = "sobject = ?"
    values: list[Value] = [sobject]
    for name, value in equals.items():
        # "IS ?" would not find the index, which holds no row that lacks the field
        where += f" AND {_column(name)} IS NULL" if value is None else f" AND {_column(name)} = ?"
        values += [] if value is None else [value]
    return where, values


def _column(name: str) -> str:
    """A field in SQL: its name cannot be a parameter, or the index would not be used."""
    if not name.isidentifier():
        raise ValueError(f"no field name: {name}")
    return "id" if name == "Id" else f"json_extract(fields, '$.{name}')"


def _dump(fields: Mapping[str, Value]) -> str:
    return json.dumps({name: value for name, value in fields.items() if value is not None and name != "Id"})


def _record(row: tuple[str, str, str]) -> Record:
    return Record(row[0], row[1], MappingProxyType(json.loads(row[2])))
