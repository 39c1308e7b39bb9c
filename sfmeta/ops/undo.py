"""The package that takes a deployment back: what it cannot put back is said before, and the org validates it after.

Source of the wish: a rollback that is needed has no time to fail; no open tool validates one beforehand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from sfmeta.change.comparison import STREAMED_BYTES
from sfmeta.change.inverse import Inverse, Known, Loss, Origin
from sfmeta.change.restoration import WHOLE
from sfmeta.change.reversal import Past, Step, reverse
from sfmeta.codec import compare, xml
from sfmeta.errors import OperationFailed, OrgRefused, OrgUnreachable, SourceError, StillRunning
from sfmeta.model import registry
from sfmeta.model.change import ComponentChange
from sfmeta.model.component import Entry, Package
from sfmeta.model.deployment import Undo, UndoState
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOutcome
from sfmeta.model.records import Record, RecordKind
from sfmeta.ops.deployment import DeployPlan, DeployReport
from sfmeta.ops.packing import run_unrecorded
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.queueing import BUSY
from sfmeta.ops.snapshot import Snapshot, by_component, labels_of_permission_sets
from sfmeta.source.package import build_package

PROBLEMS_KEPT = 20
"""So many of the org's words about a refused undo are kept."""


def foreseen_losses(plan: DeployPlan, tools: Tools) -> tuple[Loss, ...]:
    """What a rollback of a deployment will not be able to put back, known before anything is sent."""
    unreadable = (Loss(item, "is not known as it was: the org would not give it") for item in plan.before.unreadable)
    return (*_foreseen(plan, tools, whole=False).losses, *unreadable)


def foreseen_undo(plan: DeployPlan, tools: Tools) -> Package:
    """The package that would take a deployment back if the org took it as it is; empty where nothing has to be sent."""
    return way_back(_foreseen(plan, tools, whole=True), plan.package.api_version)


def _foreseen(plan: DeployPlan, tools: Tools, *, whole: bool) -> Inverse:
    """The way back from what a deployment will leave.

    Args:
        plan: of the deployment.
        tools: for the order of elements.
        whole: also of components with which nothing can be lost.
    """
    files = by_component(plan.package.entries)
    # a file of these types takes everything back, so nothing can be lost with one
    changes = [change for change in plan.changes if whole or change.id.type not in WHOLE]
    expected = {change.id: held for change in changes if (held := plan.before.holdings.get(change.id))}
    for change in changes:
        entries = files[change.id]
        if sum(entry.size_bytes for entry in entries) < STREAMED_BYTES:
            expected[change.id] = _afterwards(change, entries, plan.before.holdings.get(change.id))
    changed = {*(change.id for change in changes), *plan.deletions}
    return _inverse(plan, Snapshot(expected, frozenset(), {}), tools, changed)


def _afterwards(
    change: ComponentChange, entries: tuple[Entry, ...], held: tuple[Entry, ...] | None
) -> tuple[Entry, ...]:
    if held is None or not registry.is_document(change.id.type):
        return entries
    root = compare.apply(change.id.type, change.fields, xml.parse(held[0].read(), held[0].path))
    return (Entry.of(held[0].path, xml.write(root)),)


def proven(org: Org, report: DeployReport, tools: Tools) -> Undo:
    """Let the org validate the way back from a deployment that it has just taken.

    Args:
        org: where it went.
        report: of the deployment, read back.
        tools: the clock, progress and scratch space.
    """
    if report.after is None:
        return Undo()
    plan = report.plan
    changed = {*(change.id for change in (*plan.changes, *report.beside)), *plan.deletions}
    inverse = _inverse(plan, report.after, tools, changed)
    losses = tuple(str(loss) for loss in inverse.losses)
    package = way_back(inverse, plan.package.api_version)
    if package.is_empty:
        return Undo(UndoState.NONE, losses=losses)
    undo = Undo(UndoState.UNTESTED, package.digest, losses=losses)
    held = sorted({str(item) for item in inverse.deletions if _is_held(item, report.grants or ())})
    if held:
        # a rollback takes it from its users first, which a validation cannot
        return replace(undo, problems=(f"an org deletes no permission set that is assigned: {', '.join(held)}",))
    tools.progress.step("Validating the way back")
    try:
        options = replace(plan.options, check_only=True, test_level=None, run_tests=())
        outcome = run_unrecorded(org, package, options, tools)
    except (OrgRefused, OrgUnreachable, OperationFailed, StillRunning, SourceError) as error:
        # the deployment itself is done and recorded; what is not known is only whether its undo would be taken
        return replace(undo, problems=(error.message,))
    if outcome.error_code in BUSY:
        # another change had locked the org: that says nothing about the package
        return replace(undo, problems=_words(outcome))
    if outcome.success:
        return replace(undo, state=UndoState.WORKS, job_id=outcome.job)
    return replace(undo, state=UndoState.REFUSED, job_id=outcome.job, problems=_words(outcome))


def _is_held(component: ComponentId, grants: Iterable[Record]) -> bool:
    return component.type == "PermissionSet" and any(
        record.id.kind is RecordKind.ASSIGNMENT and record.id.parent == component.full_name for record in grants
    )


def way_back(inverse: Inverse, api_version: ApiVersion) -> Package:
    """The package of a way back; deletions come after the rest."""
    entries = [entry for found in inverse.files.values() for entry in found]
    return build_package(entries, api_version, delete_after=inverse.deletions)


def _inverse(plan: DeployPlan, after: Snapshot, tools: Tools, changed: Collection[ComponentId]) -> Inverse:
    before = plan.before
    held = {component: entries for component, entries in after.holdings.items() if component in changed}
    steps = {
        component: (
            Step(
                Origin(Known.HELD, before.holdings[component])
                if component in before.holdings
                else Origin(Known.ABSENT),
                held.get(component, ()),
            ),
        )
        for component in changed
        if component not in before.unreadable
    }
    aliases = labels_of_permission_sets(before.holdings, held)
    return reverse(Past(steps, held, after.unread), aliases, tools.in_order)


def _words(outcome: DeployOutcome) -> tuple[str, ...]:
    said = [f"{message.type}:{message.full_name}: {message.problem}" for message in outcome.failures if message.problem]
    said += [f"{failure.class_name}.{failure.method}: {failure.message}" for failure in outcome.test_failures]
    return tuple([*([outcome.error] if outcome.error else []), *said][:PROBLEMS_KEPT])
