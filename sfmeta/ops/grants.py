"""The grants that an org holds as records: who has a permission set, and which apps it opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sfmeta.errors import OrgRefused
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordId, RecordKind
from sfmeta.ops.ports import Org
from sfmeta.org.soql import field_of, quoted

SETS_PER_QUERY = 200
"""So many names fit into a query's text."""
_APP_LABELS = {"ConnectedApplication": "Name", "ExternalClientApplication": "MasterLabel"}


def permission_sets(components: Iterable[ComponentId]) -> tuple[str, ...]:
    """API names of the permission sets among components, sorted."""
    return tuple(sorted({item.full_name for item in components if item.type == "PermissionSet"}))


def read_grants(org: Org, names: Sequence[str]) -> tuple[Record, ...]:
    """Who holds these permission sets, and which apps they open, sorted.

    Args:
        org: logged in.
        names: API names of permission sets without a namespace.

    Raises:
        OrgRefused: the org does not show assignments to our user.
    """
    found: list[Record] = []
    for start in range(0, len(names), SETS_PER_QUERY):
        some = names[start : start + SETS_PER_QUERY]
        found += _assignments(org, some)
        found += _app_access(org, some)
    return tuple(sorted(set(found)))


def _assignments(org: Org, names: Sequence[str]) -> Iterator[Record]:
    # an assignment by a group is the group's, not ours
    rows = org.query(
        "SELECT PermissionSet.Name, Assignee.Username, ExpirationDate FROM PermissionSetAssignment "  # noqa: S608 (quoted)
        f"WHERE PermissionSet.Name IN ({_listed(names)}) AND PermissionSetGroupId = null"
    )
    for row in rows:
        record = RecordId(
            RecordKind.ASSIGNMENT, str(field_of(row, "PermissionSet.Name")), str(field_of(row, "Assignee.Username"))
        )
        yield Record(record, str(row.get("ExpirationDate") or ""))


def _app_access(org: Org, names: Sequence[str]) -> Iterator[Record]:
    rows = list(
        org.query(
            "SELECT Parent.Name, SetupEntityId, SetupEntityType FROM SetupEntityAccess "  # noqa: S608 (quoted)
            f"WHERE Parent.Name IN ({_listed(names)})"
        )
    )
    kinds = {str(row["SetupEntityType"]) for row in rows} & _APP_LABELS.keys()
    labels = {kind: _labels(org, kind) for kind in kinds}
    for row in rows:
        kind = str(row["SetupEntityType"])
        if kind in labels:
            app = str(row["SetupEntityId"])
            # an app without a name that we may read keeps its id: it is the same app as long as it is there
            subject = f"{kind}/{labels[kind].get(app, app)}"
            yield Record(RecordId(RecordKind.APP_ACCESS, str(field_of(row, "Parent.Name")), subject))


def _labels(org: Org, kind: str) -> dict[str, str]:
    try:
        rows = list(org.query(f"SELECT Id, {_APP_LABELS[kind]} FROM {kind}"))  # noqa: S608 (our own names)
    except OrgRefused:
        return {}
    return {str(row["Id"]): str(row[_APP_LABELS[kind]]) for row in rows}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))
