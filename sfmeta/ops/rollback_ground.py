"""What both ways back are worked out from, and what either comes to."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import MappingProxyType

from sfmeta.change.conflicts import Conflict
from sfmeta.change.inverse import Inverse
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Holdings
from sfmeta.model.names import ComponentId
from sfmeta.ops.deploy import keys_beside
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.recorded import LastKnown
from sfmeta.ops.rollback_grants import GrantsBack
from sfmeta.ops.snapshot import Snapshot, take_snapshot
from sfmeta.ops.undone import Entries
from sfmeta.report.words import counted
from sfmeta.workspace.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Ground:
    """What a way back starts from.

    Attributes:
        org: logged in.
        ledger: of that org.
        known: what the org held when we last touched each component.
        tools: the clock, progress and scratch space.
        accept_unreadable: components whose state now may stay unknown.
    """

    org: Org
    ledger: Ledger
    known: LastKnown
    tools: Tools
    accept_unreadable: Collection[ComponentId] = ()

    def read(self, wanted: Collection[ComponentId], *reading: Holdings) -> Snapshot:
        """What the org holds now.

        Args:
            wanted: which components.
            reading: states that it will be compared with (see ``ops.snapshot.take_snapshot``).

        Raises:
            OperationFailed: the org would not give one of them.
        """
        self.tools.progress.step(f"Reading {counted(len(wanted), 'component')} from {self.org.info.title}")
        entries = [entry for state in reading for files in state.values() for entry in files]
        now = take_snapshot(self.org, {*wanted, *keys_beside(wanted)}, self.tools, reading=entries)
        now.only(wanted).require_readable("the way back", accepted=self.accept_unreadable)
        return now

    def since(
        self, components: Collection[ComponentId], now: Snapshot, left: Holdings = MappingProxyType({})
    ) -> tuple[Holdings, Holdings]:
        """What the org held when we last touched these components, and now; of those about which both are known.

        Args:
            components: which.
            now: what the org holds.
            left: what a later deployment left of components that it did not touch itself.
        """
        known = self.known
        of = (known.touched_by.keys() & set(components)) - known.unread - now.unreadable.keys()
        return (
            {component: entries for component, entries in {**known.holdings, **left}.items() if component in of},
            {component: entries for component, entries in now.holdings.items() if component in of},
        )


@dataclass(frozen=True, slots=True)
class Way:
    """A way back before conflicts are settled, and what it rests on.

    Attributes:
        inverse: what it does.
        target: the files that the org must hold afterwards; none where deployments are undone.
        undone: the deployments that are taken back, newest first.
        now: what the org holds.
        drift: what somebody changed between the deployments or since.
        grants: what becomes of grants.
        base: the revision that it starts from.
        recorded: the ledger has an entry to go back from.
        unseen: what the org would not give after a deployment: whether somebody changed it since is not known.
        giving_way: the way back that leaves conflicts alone.
    """

    inverse: Inverse
    target: Holdings
    undone: Entries
    now: Snapshot
    drift: ChangeSet
    grants: GrantsBack
    base: str
    recorded: bool
    unseen: frozenset[ComponentId]
    giving_way: Callable[[Collection[Conflict]], Inverse]
