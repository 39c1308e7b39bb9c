"""What a rollback takes from people without giving it back: grants that go with permission sets. Said before."""

from __future__ import annotations

from sfmeta.change.inverse import Inverse, Loss
from sfmeta.model.names import ComponentId
from sfmeta.model.records import RecordChange, RecordKind
from sfmeta.ops.deployment import DeployPlan
from sfmeta.ops.grants import taken_first
from sfmeta.ops.rollback_grants import GrantsBack
from sfmeta.ops.rollback_ground import Way


def parent_of(change: RecordChange) -> ComponentId:
    """The permission set that a grant is on."""
    return ComponentId.of("PermissionSet", change.id.parent)


def goes_with_its_set(change: RecordChange, settled: Inverse, grants: GrantsBack) -> bool:
    """A grant on a permission set that is deleted goes with it; on one that is gone and stays so, there is none."""
    parent = parent_of(change)
    return parent in settled.deletions or (change.id.parent in grants.gone and parent not in settled.files)


def taken(plan: DeployPlan) -> list[Loss]:
    """Deleting a permission set takes it from its users."""
    holders: dict[str, list[str]] = {}
    for change in taken_first(plan.writes, plan.deletions):
        holders.setdefault(change.id.parent, []).append(change.id.subject)
    return [
        Loss(
            ComponentId.of("PermissionSet", name),
            f"is assigned to {', '.join(users)}, who lose it with the permission set",
        )
        for name, users in sorted(holders.items())
    ]


def closed(plan: DeployPlan, grants: GrantsBack) -> list[Loss]:
    """Deleting a permission set closes the apps that it opens, also those that somebody else opened with it."""
    ours = {change.id for change in grants.writes}
    apps: dict[str, list[str]] = {}
    for record in plan.grants or ():
        gone = ComponentId.of("PermissionSet", record.id.parent) in plan.deletions
        if gone and record.id.kind is RecordKind.APP_ACCESS and record.id not in ours:
            apps.setdefault(record.id.parent, []).append(record.id.subject.partition("/")[2])
    return [
        Loss(ComponentId.of("PermissionSet", name), f"opens {', '.join(found)}, and no longer once it is gone")
        for name, found in sorted(apps.items())
    ]


def homeless(way: Way, settled: Inverse) -> list[Loss]:
    """Grants on a permission set that somebody deleted: it does not come back, or goes again if it was made since."""
    missing: dict[ComponentId, list[str]] = {}
    for change in way.grants.all:
        if change.new is not None and goes_with_its_set(change, settled, way.grants):
            missing.setdefault(parent_of(change), []).append(change.id.subject)
    said = ("is gone, and so are its grants", "goes, and the grants that it had do not come back")
    return [
        Loss(parent, f"{said[parent in settled.deletions]}: {', '.join(subjects)}")
        for parent, subjects in sorted(missing.items())
    ]
