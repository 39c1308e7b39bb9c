"""The grants that an org holds as records: who has a permission set, and which apps it opens. Read and written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sfmeta.errors import OrgRefused
from sfmeta.model.change import Kind
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind
from sfmeta.ops.ports import Org, Tools
from sfmeta.org.soql import field_of, lists, quoted

SETS_PER_QUERY = 200
"""So many names fit into a query's text."""
_APP_LABELS = {"ConnectedApplication": "Name", "ExternalClientApplication": "MasterLabel"}


def permission_sets(components: Iterable[ComponentId]) -> tuple[str, ...]:
    """API names of the permission sets among components, sorted."""
    return tuple(sorted({item.full_name for item in components if item.type == "PermissionSet"}))


def subject_of(label: str, kind: str = "ConnectedApplication") -> str:
    """How a record of access names an app: by its kind and its label, or its id where no label may be read."""
    return f"{kind}/{label}"


def read_grants(org: Org, names: Sequence[str]) -> tuple[Record, ...]:
    """Who holds these permission sets, and which apps they open, sorted.

    Args:
        org: logged in.
        names: API names of permission sets without a namespace.

    Raises:
        OrgRefused: the org does not show assignments to our user.
    """
    found: list[Record] = []
    for some in lists(names, SETS_PER_QUERY):
        found += _assignments(org, some)
        found += _app_access(org, some)
    return tuple(sorted(set(found)))


def grants_on(
    org: Org, touched: Iterable[ComponentId], writes: Iterable[RecordChange] = ()
) -> tuple[Record, ...] | None:
    """The grants on the permission sets among components, and on those whose grants are written.

    Args:
        org: logged in.
        touched: any components.
        writes: changes of grants.

    Returns:
        None where the org does not show them to our user.
    """
    sets = {*permission_sets(touched), *(change.id.parent for change in writes)}
    try:
        return read_grants(org, sorted(sets))
    except OrgRefused:
        return None


def _assignments(org: Org, names: str) -> Iterator[Record]:
    # an assignment by a group is the group's, not ours
    rows = org.query(
        "SELECT PermissionSet.Name, Assignee.Username, ExpirationDate FROM PermissionSetAssignment "  # noqa: S608 (quoted)
        f"WHERE PermissionSet.Name IN ({names}) AND PermissionSetGroupId = null"
    )
    for row in rows:
        record = RecordId(
            RecordKind.ASSIGNMENT, str(field_of(row, "PermissionSet.Name")), str(field_of(row, "Assignee.Username"))
        )
        yield Record(record, str(row.get("ExpirationDate") or ""))


def _app_access(org: Org, names: str) -> Iterator[Record]:
    rows = list(
        org.query(
            "SELECT Parent.Name, SetupEntityId, SetupEntityType FROM SetupEntityAccess "  # noqa: S608 (quoted)
            f"WHERE Parent.Name IN ({names})"
        )
    )
    kinds = {str(row["SetupEntityType"]) for row in rows} & _APP_LABELS.keys()
    labels = {kind: _labels(org, kind) for kind in kinds}
    for row in rows:
        kind = str(row["SetupEntityType"])
        if kind in labels:
            app = str(row["SetupEntityId"])
            # an app without a name that we may read keeps its id: it is the same app as long as it is there
            subject = subject_of(labels[kind].get(app, app), kind)
            yield Record(RecordId(RecordKind.APP_ACCESS, str(field_of(row, "Parent.Name")), subject))


def _labels(org: Org, kind: str) -> dict[str, str]:
    try:
        rows = list(org.query(f"SELECT Id, {_APP_LABELS[kind]} FROM {kind}"))  # noqa: S608 (our own names)
    except OrgRefused:
        return {}
    return {str(row["Id"]): str(row[_APP_LABELS[kind]]) for row in rows}


def missing_sets(org: Org, names: Collection[str]) -> frozenset[str]:
    """The permission sets among these names that the org does not have.

    Args:
        org: logged in.
        names: API names without a namespace.
    """
    there: set[str] = set()
    for some in lists(sorted(names), SETS_PER_QUERY):
        there |= {str(row["Name"]) for row in org.query(f"SELECT Name FROM PermissionSet WHERE Name IN ({some})")}  # noqa: S608 (quoted)
    return frozenset(names) - there


def write_grants(org: Org, changes: Collection[RecordChange]) -> tuple[str, ...]:
    """Make the org hold these grants; what it holds already is left alone, so that it can be done again.

    Args:
        org: logged in.
        changes: what to write; each ends in its ``new``.

    Returns:
        What could not be written, one line each with the org's words.
    """
    if not changes:
        return ()
    sets = sorted({change.id.parent for change in changes})
    held = {record.id: record for record in read_grants(org, sets)}
    open_changes = [change for change in changes if held.get(change.id) != change.new]
    if not open_changes:
        return ()
    desk = _Writing(org, open_changes)
    return tuple(line for change in open_changes if (line := desk.write(change, held.get(change.id))))


def taken_first(writes: Iterable[RecordChange], deletions: Collection[ComponentId]) -> tuple[RecordChange, ...]:
    """The grants that go before a package: an org deletes no permission set that somebody holds.

    Args:
        writes: all grants that a deployment writes.
        deletions: what its package deletes.
    """
    return tuple(
        change
        for change in writes
        if change.kind is Kind.REMOVED and ComponentId.of("PermissionSet", change.id.parent) in deletions
    )


def give_back(org: Org, taken: Collection[RecordChange], tools: Tools) -> None:
    """What was taken for a deletion that did not come about; what cannot be given back is said."""
    for line in write_grants(org, [change.inverse() for change in taken]):
        tools.progress.step(f"Could not be given back: {line}")


class _Writing:
    """The ids behind the names, asked for once."""

    def __init__(self, org: Org, changes: Sequence[RecordChange]) -> None:
        self._org = org
        parents = sorted({change.id.parent for change in changes})
        people = sorted({change.id.subject for change in changes if change.id.kind is RecordKind.ASSIGNMENT})
        apps = {change.id.subject for change in changes if change.id.kind is RecordKind.APP_ACCESS}
        self._sets = self._ids("PermissionSet", "Name", parents)
        self._users = {name.lower(): id_ for name, id_ in self._ids("User", "Username", people).items()}
        self._apps = {
            subject_of(label, kind): id_
            for kind in _APP_LABELS
            if any(app.startswith(f"{kind}/") for app in apps)
            for id_, label in _labels(org, kind).items()
        }

    def write(self, change: RecordChange, held: Record | None) -> str:
        """Writes one; "" or why it could not be."""
        try:
            problem = self._write(change, held)
        except OrgRefused as error:
            problem = error.message
        return f"{change.id}: {problem}" if problem else ""

    def _write(self, change: RecordChange, held: Record | None) -> str:
        if change.kind is Kind.REMOVED:
            for record in self._records(change.id):
                self._org.delete_record(change.id.kind, record)
            return ""
        wanted = change.new
        if wanted is None:
            return ""
        if held is not None:
            for record in self._records(change.id):
                self._org.update_record(change.id.kind, record, {"ExpirationDate": wanted.expires_at or None})
            return ""
        parent = self._sets.get(change.id.parent)
        if parent is None:
            return "the org has no such permission set"
        if change.id.kind is RecordKind.APP_ACCESS:
            app = self._apps.get(change.id.subject)
            if app is None:
                return "the org shows no such app"
            self._org.create_record(change.id.kind, {"ParentId": parent, "SetupEntityId": app})
            return ""
        user = self._users.get(change.id.subject.lower())
        if user is None:
            return "the org has no such user"
        fields = {"PermissionSetId": parent, "AssigneeId": user}
        if wanted.expires_at:
            fields["ExpirationDate"] = wanted.expires_at
        self._org.create_record(change.id.kind, fields)
        return ""

    def _records(self, record: RecordId) -> list[str]:
        if record.kind is RecordKind.ASSIGNMENT:
            where = f"Assignee.Username = {quoted(record.subject)} AND PermissionSetGroupId = null"
            fields, parent = "Id, PermissionSet.Name, Assignee.Username", "PermissionSet.Name"
        else:
            where = f"SetupEntityId = {quoted(self._apps.get(record.subject, record.subject.partition('/')[2]))}"
            fields, parent = "Id, Parent.Name", "Parent.Name"
        rows = self._org.query(
            f"SELECT {fields} FROM {record.kind} WHERE {parent} = {quoted(record.parent)} AND {where}"  # noqa: S608 (quoted)
        )
        return [str(row["Id"]) for row in rows]

    def _ids(self, sobject: str, field: str, names: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for some in lists(names, SETS_PER_QUERY):
            rows = self._org.query(f"SELECT Id, {field} FROM {sobject} WHERE {field} IN ({some})")  # noqa: S608 (quoted)
            found |= {str(row[field]): str(row["Id"]) for row in rows}
        return found
