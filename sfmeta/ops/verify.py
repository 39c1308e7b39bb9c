"""Whether an org holds what files or a revision say; and what differs between revisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sfmeta.change.comparison import differences, unmet
from sfmeta.errors import UsageError
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.names import ComponentId
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import by_component, labels_of_permission_sets, take_snapshot
from sfmeta.report.words import counted


@dataclass(frozen=True, slots=True)
class Verification:
    """What a comparison of files with an org found.

    Attributes:
        compared: how many components were looked at.
        changes: from the org to the files; empty when the org holds what the files say.
        unreadable: what the org would not give; nothing is known about these.
    """

    compared: int
    changes: ChangeSet
    unreadable: Mapping[ComponentId, str]

    @property
    def is_clean(self) -> bool:
        """Everything was read, and nothing differs."""
        return not self.changes and not self.unreadable


def verify(org: Org, entries: Collection[Entry], tools: Tools, *, only: Collection[ComponentId] = ()) -> Verification:
    """Compare an org with files, on what the files assert.

    Args:
        org: logged in.
        entries: the files, in either format.
        tools: the clock, progress and scratch space.
        only: these components; all where empty.

    Raises:
        UsageError: there is nothing to compare, or something asked for has no file.
    """
    files = chosen(by_component(entries), only)
    if not files:
        raise UsageError("There is no metadata here to compare", "See: sfmeta generate, sfmeta retrieve")
    tools.progress.step(f"Reading {counted(len(files), 'component')} from {org.info.title}")
    read = [entry for found in files.values() for entry in found]
    snapshot = take_snapshot(org, set(files), tools, reading=read)
    known = {component: found for component, found in files.items() if component not in snapshot.unreadable}
    aliases = labels_of_permission_sets(files, snapshot.holdings)
    return Verification(len(files), unmet(known, snapshot.holdings, aliases), snapshot.unreadable)


def compare_revisions(
    old: Collection[Entry], new: Collection[Entry], *, only: Collection[ComponentId] = ()
) -> ChangeSet:
    """What happened between two sets of files; order and formatting never show."""
    before, after = by_component(old), by_component(new)
    wanted = {*chosen({**before, **after}, only)}
    return differences(
        {component: entries for component, entries in before.items() if component in wanted},
        {component: entries for component, entries in after.items() if component in wanted},
    )


def chosen(files: Holdings, only: Collection[ComponentId]) -> Holdings:
    """The components that were asked for; ``*`` stands for all of a type, and nothing asked for stands for all.

    Raises:
        UsageError: something asked for has no file: comparing less than was asked for would look like agreement.
    """
    if not only:
        return files
    types = {component.type for component in files}
    missing = [str(item) for item in only if item not in files and not (item.full_name == "*" and item.type in types)]
    if missing:
        raise UsageError(f"No file holds {', '.join(sorted(missing))}", "Names are case-sensitive")
    whole = {item.type for item in only if item.full_name == "*"}
    return {component: entries for component, entries in files.items() if component in only or component.type in whole}
