"""The two boxes: which are meant, what the org has, and the package that turns them and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sfmeta.change.guards import SWITCHES, is_true
from sfmeta.codec import xml
from sfmeta.errors import OrgRefused
from sfmeta.model.component import Entry, Package
from sfmeta.model.deployment import Purpose
from sfmeta.model.element import Element
from sfmeta.model.enforcement import Users
from sfmeta.model.names import ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops.deploy import prepare
from sfmeta.ops.deployment import DeployPlan, Provenance
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import Snapshot, take_snapshot
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger

SETTINGS = ComponentId.of("Settings", "ConnectedApp")
"""What holds the boxes."""
INTERNAL, EXTERNAL = SWITCHES
"""Their fields."""
PLACE = "Setup > API Access Control (type that into Quick Find)"
"""Where a person turns them by hand."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes as the org holds them.

    Attributes:
        entry: the file that holds them.
        root: the same, read.
        snapshot: that they were read with.
    """

    entry: Entry
    root: Element
    snapshot: Snapshot

    @property
    def state(self) -> Mapping[str, bool]:
        """Each box that the org has, and whether it is ticked."""
        found = {name: self.root.value(name) for name in SWITCHES}
        return {name: is_true(text) for name, text in found.items() if text is not None}

    @property
    def ticked(self) -> tuple[str, ...]:
        """Those that are ticked."""
        return tuple(name for name, value in self.state.items() if value)


def boxes_of(users: Users) -> tuple[str, ...]:
    """The boxes that bind these users."""
    return {Users.INTERNAL: (INTERNAL,), Users.EXTERNAL: (EXTERNAL,), Users.ALL: (INTERNAL, EXTERNAL)}[users]


def named(boxes: tuple[str, ...]) -> str:
    """Boxes in people's words: "internal users and customers and partners"."""
    return " and ".join(f"{SWITCHES[name]} ({name})" for name in boxes)


def read_boxes(org: Org, tools: Tools) -> Boxes:
    """The boxes now.

    Raises:
        OperationFailed: the org would not give them.
        OrgRefused: it says that it has no such settings.
    """
    snapshot = take_snapshot(org, [SETTINGS], tools)
    snapshot.require_readable("which boxes are ticked")
    held = snapshot.holdings.get(SETTINGS)
    if not held:
        raise OrgRefused(f"The org has no {SETTINGS}", "Only Salesforce Support can enable API Access Control")
    return Boxes(held[0], xml.parse(held[0].read(), held[0].path), snapshot)


def plan_to_turn(
    org: Org,
    wanted: Mapping[str, bool],
    ledger: Ledger | None,
    tools: Tools,
    provenance: Provenance,
    *,
    begin_history: bool = False,
) -> DeployPlan:
    """What turning boxes would do: all else in the settings is sent as the org holds it.

    Args:
        org: logged in.
        wanted: each box to turn, and to what.
        ledger: of the org; None where nothing shall be recorded.
        tools: the clock, progress and scratch space.
        provenance: who runs it, by which revision of the policy, for the ledger.
        begin_history: see ``ops.deploy.prepare``.

    Raises:
        OrgRefused: the org lacks one of them.
        GuardRefused, OperationFailed: as ``ops.deploy.prepare`` says.
    """
    held = read_boxes(org, tools)
    turned = {name: value for name, value in wanted.items() if held.state.get(name) is not value}
    children = tuple(
        replace(child, text=str(turned[child.name]).lower()) if child.name in turned else child
        for child in held.root.children
    )
    absent = tuple(name for name in turned if name not in held.state)
    if absent:
        raise OrgRefused(
            f"The org has no box for {named(absent)}", "Only Salesforce Support can enable it: sfmeta doctor"
        )
    root = held.root.with_children(children)
    package: Package = build_package([Entry.of(held.entry.path, xml.write(root))], org.info.api_version)
    return prepare(
        org,
        package,
        DeployOptions(),
        replace(provenance, kind=Purpose.ENFORCE),
        ledger,
        tools,
        begin_history=begin_history,
        read=held.snapshot,
        flips=wanted,
    )
