"""Drift: what differs in an org from what our last deployments left there, and who may have done it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field

from sfmeta.model.change import ComponentChange
from sfmeta.model.names import ComponentId, OrgId
from sfmeta.model.records import RecordChange


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that speaks for somebody: a row of the org's audit trail, or a deployment of our own.

    Attributes:
        username: who; "" where the org names nobody.
        at: when, UTC, ISO 8601.
        what: the sentence of the audit trail, or what the deployment was.
        action: the trail's name of the change (``PermSetAssign``), "" for a deployment.
        section: of Setup, "" where the trail has none and for a deployment.
        delegate: the user who was logged in as ``username``, "" where nobody was.
        deployment: the id of our deployment, "" for a row of the trail.
    """

    username: str
    at: str
    what: str
    action: str = ""
    section: str = ""
    delegate: str = ""
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who changed something, as far as it can be known.

    Attributes:
        candidates: newest first; more than one where several could have done it.
        why: why nobody can be named, "" where somebody can.
    """

    candidates: tuple[Trace, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class DriftedComponent:
    """A component that differs.

    Attributes:
        change: from what we left to what is there.
        who: see ``Who``.
        since: the deployment that left it.
    """

    change: ComponentChange
    who: Who
    since: str


@dataclass(frozen=True, slots=True)
class DriftedRecord:
    """A grant that differs; likewise."""

    change: RecordChange
    who: Who
    since: str


@dataclass(frozen=True, slots=True)
class Drift:
    """What one look at an org found.

    Attributes:
        org_id: the org.
        org_title: its name for people.
        checked_at: when, UTC, ISO 8601.
        since: the deployment that it was measured from; "" where it was the last one of each component.
        compared: the components that were looked at, with the deployment that recorded each.
        components: those that differ, sorted.
        records: the grants that differ, sorted.
        unreadable: components of which nothing is known, and why. Never to be taken for absent.
        unread_records: why the grants could not be read, "" where they were.
        sets: the permission sets whose grants are part of the comparison.
        notes: what the reader should know.
    """

    org_id: OrgId
    org_title: str
    checked_at: str
    since: str
    compared: Mapping[ComponentId, str]
    components: tuple[DriftedComponent, ...] = ()
    records: tuple[DriftedRecord, ...] = ()
    unreadable: Mapping[ComponentId, str] = field(default_factory=dict)
    unread_records: str = ""
    sets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Something is not as we left it."""
        return bool(self.components or self.records)

    @property
    def is_clean(self) -> bool:
        """Everything was read, and nothing differs."""
        return not (self.differs or self.unreadable or self.unread_records)

    @property
    def state(self) -> Hashable:
        """Equal for two looks that found the same, whenever they were."""
        return (
            tuple(one.change for one in self.components),
            tuple(one.change for one in self.records),
            tuple(sorted(self.unreadable.items())),
            self.unread_records,
        )

    def records_of(self, component: ComponentId) -> Iterator[DriftedRecord]:
        """The grants of a permission set that differ."""
        if component.type == "PermissionSet":
            yield from (one for one in self.records if one.change.id.parent == component.full_name)
