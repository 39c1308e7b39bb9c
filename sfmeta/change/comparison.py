"""Two states compared: what changed between them, and what one asserts that the other does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sfmeta.change.documents import root_of
from sfmeta.codec import compare
from sfmeta.model import registry
from sfmeta.model.change import ChangeSet, ComponentChange, FieldChange, Kind
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.names import ComponentId, TypeName

STREAMED_BYTES = 1_000_000
"""From this size on two files are compared as streams, whose memory does not grow with the number of elements."""

_FieldsOf = Callable[[TypeName, Entry, Entry], tuple[FieldChange, ...]]


def differences(old: Holdings, new: Holdings) -> ChangeSet:
    """What happened between two states. Order and formatting never show.

    Raises:
        SourceError: a file that must be read is no well-formed XML.
    """
    return _changes(old, new, sorted({*old, *new}), _semantic)


def unmet(asserted: Holdings, actual: Holdings, aliases: compare.Aliases) -> ChangeSet:
    """What a deployment of ``asserted`` would change: what its files say and the org does not hold.

    Args:
        asserted: the files, e.g. of a package.
        actual: what the org holds, also of other components; those are left out of account.
        aliases: names that mean the same in this org: it may give a permission set's label or its API name back.

    Returns:
        Changes from the actual to the asserted state.

    Raises:
        SourceError: a file that must be read is no well-formed XML.
    """

    def fields(type_name: TypeName, old: Entry, new: Entry) -> tuple[FieldChange, ...]:
        files = (new.path, old.path)
        if _is_big(old, new):
            return compare.unmet_files(type_name, new.read(), old.read(), aliases, files=files)
        return compare.unmet(type_name, root_of(new), root_of(old), aliases)

    return _changes(actual, asserted, sorted(asserted), fields)


def _semantic(type_name: TypeName, old: Entry, new: Entry) -> tuple[FieldChange, ...]:
    if _is_big(old, new):
        return compare.compare_files(type_name, old.read(), new.read(), files=(old.path, new.path))
    return compare.compare(type_name, root_of(old), root_of(new))


def _is_big(old: Entry, new: Entry) -> bool:
    return max(old.size_bytes, new.size_bytes) >= STREAMED_BYTES


def _changes(old: Holdings, new: Holdings, ids: Iterable[ComponentId], fields_of: _FieldsOf) -> ChangeSet:
    found = []
    for component in ids:
        before, after = old.get(component), new.get(component)
        if before is None or after is None:
            if before is not after:
                found.append(ComponentChange(component, Kind.ADDED if before is None else Kind.REMOVED))
            continue
        change = _component_change(component, before, after, fields_of)
        if change is not None:
            found.append(change)
    return ChangeSet(tuple(found))


def _component_change(
    component: ComponentId, old: tuple[Entry, ...], new: tuple[Entry, ...], fields_of: _FieldsOf
) -> ComponentChange | None:
    kind = registry.types().get(component.type)
    directory = kind.directory if kind else ""
    # one document in the Metadata API's format, also where source format has many files
    one_file = len(old) == len(new) == 1
    documents = (registry.Shape.FILE, registry.Shape.DECOMPOSED)
    single = kind is not None and one_file and kind.shape in documents
    before = {"" if single else _inner_path(entry.path, directory): entry for entry in old}
    after = {"" if single else _inner_path(entry.path, directory): entry for entry in new}
    fields: list[FieldChange] = []
    differs = before.keys() != after.keys()
    for path in before.keys() & after.keys():
        if before[path].sha256 == after[path].sha256:
            continue
        if single or path.endswith("-meta.xml"):
            fields += fields_of(component.type, before[path], after[path])
        else:
            differs = True
    if not fields and not differs:
        return None
    return ComponentChange(component, Kind.CHANGED, tuple(fields))


def _inner_path(path: str, directory: str) -> str:
    """The path below the type's folder, the same in source format and in Metadata API format."""
    return f"/{path}".rpartition(f"/{directory}/")[2]
