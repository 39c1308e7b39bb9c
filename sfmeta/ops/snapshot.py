"""Reading what an org holds: one retrieve job, its zip on disk, its components by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from zipfile import is_zipfile

from sfmeta.change.companions import companions
from sfmeta.codec import xml
from sfmeta.errors import OperationFailed, OrgRefused, OrgUnreachable, StillRunning
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import RetrieveOutcome
from sfmeta.model.registry import CHILD_TYPES
from sfmeta.ops.ports import Clock, Org, Retrieving, Tools
from sfmeta.org.polling import wait_for
from sfmeta.source.archive import read_zip
from sfmeta.source.paths import component_at

# forcedotcom/cli#7 and source-deploy-retrieve 12.37.2: the one message that means "there is no such component"
_ABSENT = re.compile(r"Entity of type '(?P<type>[^']+)' named '(?P<name>.+)' cannot be found")
# Solenopsis#266, forcedotcom/cli#634 and sfdx-hardis#2070: it is there, and cannot be read
_UNREADABLE = re.compile(r"for metadata of type:(?P<type>\S+) and file name:(?P<name>.+)")

_HANDED_OVER = 3
"""How often components are asked for whose zip does not arrive whole."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an org holds of the components it was asked for.

    Attributes:
        holdings: what it gave, companions left out.
        absent: what it said it does not have.
        unreadable: what it could not or would not give, and its words. Never to be taken for absent.
    """

    holdings: Holdings
    absent: frozenset[ComponentId]
    unreadable: Mapping[ComponentId, str]

    @property
    def unread(self) -> frozenset[ComponentId]:
        """Of which nobody knows whether it has them."""
        return frozenset(self.unreadable.keys() - self.absent)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All files, sorted by path."""
        found = (entry for entries in self.holdings.values() for entry in entries)
        return tuple(sorted(found, key=lambda entry: entry.path))

    @property
    def documents(self) -> Mapping[ComponentId, Element]:
        """What it gave, read; for types whose components are one document."""
        return {component: xml.parse(files[0].read(), files[0].path) for component, files in self.holdings.items()}

    def only(self, components: Collection[ComponentId]) -> Snapshot:
        """The part of it about these components."""
        wanted = {*components, *(_whole(component) for component in components)}
        return Snapshot(
            {component: entries for component, entries in self.holdings.items() if component in wanted},
            frozenset(self.absent & wanted),
            {component: words for component, words in self.unreadable.items() if component in wanted},
        )

    def require_readable(self, what_for: str, accepted: Collection[ComponentId] = ()) -> None:
        """Refuse to go on as if an unreadable component were absent.

        Args:
            what_for: what would be a guess.
            accepted: components for which somebody agreed to that.

        Raises:
            OperationFailed: naming every other one.
        """
        unknown = {
            component: words for component, words in sorted(self.unreadable.items()) if component not in accepted
        }
        if unknown:
            names = "; ".join(f"{component} ({words})" for component, words in unknown.items())
            agree = " ".join(f"--accept-unreadable {component}" for component in unknown)
            hint = f"Without it {what_for} would be a guess; to go on and never get it back: {agree}"
            raise OperationFailed(f"The org would not give {names}", hint)


def take_snapshot(
    org: Org, wanted: Collection[ComponentId], tools: Tools, *, reading: Iterable[Entry] = ()
) -> Snapshot:
    """Retrieve components.

    Args:
        org: where from.
        wanted: which; ``*`` as a full name means all of the type.
        tools: the clock, progress and scratch space.
        reading: the files that will be compared with the answer: a profile's sections are given only for
            components that stand in the same manifest.

    Returns:
        The snapshot; its entries read from scratch space, so it lives as long as that does.

    Raises:
        OrgRefused: the retrieve job failed.
        OrgUnreachable: the deadline passed.
    """
    if not wanted:
        return Snapshot({}, frozenset(), {})
    beside: set[ComponentId] = set()
    for entry in reading:
        component = component_at(entry.path)
        if component is not None and component.type == "Profile":
            beside |= companions(component.type, xml.parse(entry.read(), entry.path))
    sink = tools.scratch()
    outcome = retrieve(org, sorted({*wanted, *beside}), tools, sink)
    holdings = by_component(read_zip(sink, "the org's zip")) if outcome.zip_bytes else {}
    absent, unreadable = read_messages(outcome, wanted)
    wholes = {_whole(component) for component in wanted}
    everything = {component.type for component in wanted if component.full_name == "*"}
    kept = {
        component: entries
        for component, entries in holdings.items()
        if component in wanted or component.type in everything or component in wholes
    }
    answered = {*kept, *absent, *unreadable}
    for component in wanted:
        if component.full_name != "*" and component not in answered and _whole(component) not in holdings:
            unreadable[component] = "the org said nothing about it"
    return Snapshot(kept, frozenset(absent), unreadable)


def _whole(component: ComponentId) -> ComponentId:
    """The component whose file holds it: a custom field comes in its object's."""
    parent = CHILD_TYPES.get(component.type)
    return ComponentId.of(parent[0], component.full_name.partition(".")[0]) if parent else component


def retrieve(org: Org, components: list[ComponentId], tools: Tools, sink: BinaryIO) -> RetrieveOutcome:
    """Run one retrieve job to its end; its zip is in ``sink`` then, rewound.

    Raises:
        OrgRefused: the job failed.
        OrgUnreachable: the deadline passed.
    """
    outcome = ended_retrieve(org, components, tools.clock, tools.deadline_s, sink)
    if not outcome.success:
        raise OrgRefused(f"The retrieve failed: {outcome.error or outcome.status}", job_id=outcome.job)
    sink.seek(0)
    return outcome


def ended_retrieve(
    org: Retrieving,
    components: Sequence[ComponentId],
    clock: Clock,
    deadline_s: float,
    sink: BinaryIO,
    *,
    before_poll: Callable[[], None] = lambda: None,
) -> RetrieveOutcome:
    """One retrieve job at its end, whichever that is; its zip is in ``sink``.

    Where the answer with the zip was lost, or came without its end, the components are asked for anew: an org hands a
    zip over once and deletes it.

    Raises:
        OrgUnreachable: the deadline passed, or every answer was lost.

    Source: Metadata API guide, checkRetrieveStatus: the zip is deleted once it was handed over.
    """
    for _ in range(_HANDED_OVER):
        outcome = _awaited_retrieve(org, org.start_retrieve(components), clock, deadline_s, sink, before_poll)
        if not outcome.success or (outcome.zip_bytes and is_zipfile(sink)):
            return outcome
    hint = "Run this again; if it stays so, look at what stands between this machine and the org"
    raise OrgUnreachable(f"The org's answer with the files was lost on its way, {_HANDED_OVER} times", hint)


def _awaited_retrieve(
    org: Retrieving, job: JobId, clock: Clock, deadline_s: float, sink: BinaryIO, before_poll: Callable[[], None]
) -> RetrieveOutcome:
    def poll() -> RetrieveOutcome:
        before_poll()
        sink.seek(0)
        sink.truncate()
        return org.retrieve_status(job, sink)

    try:
        return wait_for(job, poll, clock, deadline_s)
    except StillRunning as error:
        # nothing goes on that anybody could wait for: the zip would be thrown away
        hint = "Give it more time with --wait"
        raise OrgUnreachable(f"The org did not finish reading in {deadline_s:g} seconds", hint) from error


def by_component(entries: Iterable[Entry]) -> dict[ComponentId, tuple[Entry, ...]]:
    """Files by the component that they belong to; manifests and unknown files are left out."""
    found: dict[ComponentId, list[Entry]] = {}
    for entry in entries:
        component = component_at(entry.path)
        if component is not None:
            found.setdefault(component, []).append(entry)
    return {component: tuple(files) for component, files in sorted(found.items())}


_NAMING = frozenset({"ConnectedApp", "ExtlClntAppOauthConfigurablePolicies"})
"""Types whose components name permission sets by label or API name."""


def labels_of_permission_sets(*states: Holdings) -> dict[str, dict[str, str]]:
    """Labels and API names of permission sets, by the elements of apps that name one (see ``codec.compare.Aliases``).

    An org may name an app's permission set by either: the Metadata API guide says name, trailheadapps/ready-to-fly
    deploys the label, and which of them a retrieve gives is not established.
    """
    if not any(component.type in _NAMING for state in states for component in state):
        return {}  # nothing here names a permission set
    found: dict[str, set[str]] = {}
    api_names: set[str] = set()
    for state in states:
        for component, entries in state.items():
            if component.type == "PermissionSet":
                api_names.add(component.full_name)
                label = xml.parse(entries[0].read(), entries[0].path).value("label")
                if label:
                    found.setdefault(label, set()).add(component.full_name)
    # a label of two permission sets, or one that is another's API name, says nothing
    names = {
        label: min(named)
        for label, named in found.items()
        if len(named) == 1 and (label not in api_names or label in named)
    }
    return {"permissionSetName": names, "commaSeparatedPermissionSet": names}


def read_messages(
    outcome: RetrieveOutcome, wanted: Collection[ComponentId]
) -> tuple[set[ComponentId], dict[ComponentId, str]]:
    """What the messages of a retrieve say about the components that were wanted."""
    absent: set[ComponentId] = set()
    unreadable: dict[ComponentId, str] = {}
    for message in outcome.messages:
        match = _ABSENT.search(message.problem)
        if match:
            absent |= {ComponentId.of(match["type"], match["name"])} & set(wanted)
            continue
        match = _UNREADABLE.search(message.problem)
        named = {ComponentId.of(match["type"], match["name"].strip())} if match else set()
        for component in named & set(wanted) or {item for item in wanted if f"'{item.type}'" in message.problem}:
            unreadable[component] = message.problem
    return absent, unreadable
