"""What a flip might change by itself: the whole access family, kept before and compared after.

Whether ticking a box rewrites apps or writes blocks is not established (facts: NOT FOUND), so nothing is believed here:
what differs is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sfmeta.change.comparison import differences
from sfmeta.codec import xml
from sfmeta.errors import OrgRefused
from sfmeta.model import registry
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.names import ComponentId
from sfmeta.ops.enforce.boxes import SETTINGS
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import take_snapshot

_TYPES = (
    "BlacklistedConsumer",
    "ConnectedApp",
    "ExternalClientApplication",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
)
_SETTINGS = ("OauthOidc", "Security")
_RECORDS = {
    # installed apps give no file (facts: NOT FOUND), so their policies are looked at as records, too
    "ConnectedApplication": "SELECT Name, OptionsAllowAdminApprovedUsersOnly FROM ConnectedApplication",
    "ExternalClientApplication": (
        "SELECT ExternalClientApplicationId, PermittedUsersPolicyType FROM ExtlClntAppOauthPlcyCnfg"
    ),
    "SetupEntityAccess": (
        "SELECT Parent.Name, SetupEntityId, SetupEntityType FROM SetupEntityAccess "
        "WHERE SetupEntityType IN ('ConnectedApplication', 'ExternalClientApplication')"
    ),
}
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Family:
    """The access family at one moment, elements that hold secrets taken out.

    Attributes:
        files: by component; the boxes themselves are left out.
        records: of each table, one line per row, sorted; a table that the org does not show is not in here.
        unread: components and tables that the org did not give: nothing can be said of them.
    """

    files: Holdings
    records: Mapping[str, tuple[str, ...]]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs between two moments.

    Attributes:
        files: of components.
        appeared: rows of records that were not there before, ``Table: row``.
        gone: rows that are not there any more.
        unread: what could not be compared.
    """

    files: ChangeSet
    appeared: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing that could be compared differs."""
        return not (self.files or self.appeared or self.gone)


def read_family(org: Org, tools: Tools) -> Family:
    """The family now.

    Raises:
        OrgRefused: the retrieve failed.
        OrgUnreachable: no answer.
    """
    tools.progress.step("Reading the access family: apps, policies, blocks, grants")
    wanted = [ComponentId.of(name, "*") for name in _TYPES]
    wanted += [ComponentId.of("Settings", name) for name in _SETTINGS]
    snapshot = take_snapshot(org, wanted, tools)
    files = {
        component: tuple(map(_without_secrets, entries, [component] * len(entries)))
        for component, entries in snapshot.holdings.items()
        if component != SETTINGS
    }
    records, hidden = {}, []
    for table, soql in _RECORDS.items():
        try:
            records[table] = tuple(sorted(_line(row) for row in org.query(soql)))
        except OrgRefused:
            hidden.append(table)
    unread = (*(str(item) for item in sorted(snapshot.unread)), *hidden)
    return Family(files, records, unread)


def compare(before: Family, after: Family) -> Changed:
    """What differs; what one of the two could not read is left out and named."""
    unread = tuple(sorted({*before.unread, *after.unread}))
    blind = {name for name in unread if ":" in name}
    types = {name.partition(":")[0] for name in blind if name.endswith(":*")}

    def seen(files: Holdings) -> Holdings:
        return {
            component: entries
            for component, entries in files.items()
            if str(component) not in blind and component.type not in types
        }

    both = before.records.keys() & after.records.keys()
    return Changed(
        differences(seen(before.files), seen(after.files)),
        tuple(_apart(both, after.records, before.records)),
        tuple(_apart(both, before.records, after.records)),
        unread,
    )


def to_json(family: Family) -> bytes:
    """A family as it is kept."""
    document = {
        "version": _VERSION,
        "files": [
            {"path": entry.path, "text": entry.read().decode()}
            for entries in family.files.values()
            for entry in entries
        ],
        "records": {table: list(rows) for table, rows in family.records.items()},
        "unread": list(family.unread),
        "components": [str(component) for component, entries in family.files.items() for _ in entries],
    }
    return json.dumps(document, indent=1).encode()


def from_json(data: bytes) -> Family | None:
    """A family that was kept; None where it was not, or cannot be read."""
    try:
        document = json.loads(data)
        if document["version"] != _VERSION:
            return None
        files: dict[ComponentId, tuple[Entry, ...]] = {}
        for name, file in zip(document["components"], document["files"], strict=True):
            component = ComponentId.parse(name)
            files[component] = (*files.get(component, ()), Entry.of(file["path"], file["text"].encode()))
        records = {str(table): tuple(map(str, rows)) for table, rows in document["records"].items()}
        return Family(files, records, tuple(map(str, document["unread"])))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _without_secrets(entry: Entry, component: ComponentId) -> Entry:
    root = xml.parse(entry.read(), entry.path)
    for path in registry.types()[component.type].secret_paths:
        root = root.without(path)
    return Entry.of(entry.path, xml.write(root))


def _line(row: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {_text(value)}" for name, value in sorted(row.items()))


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(_text(inner) for name, inner in value.items() if name != "attributes")
    return str(value)


def _apart(
    tables: Iterable[str], some: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]]
) -> Iterable[str]:
    for table in sorted(tables):
        there = set(others[table])
        yield from (f"{table}: {row}" for row in some[table] if row not in there)
