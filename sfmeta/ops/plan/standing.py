"""How far an org is with a plan: each step is done, is still to do, or somebody changed what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from sfmeta.access.forecasting.pending import pending_of_app
from sfmeta.access.forecasting.stages import Staging
from sfmeta.access.forecasting.state import as_it_is
from sfmeta.access.matching import match_apps
from sfmeta.change.comparison import differences, unmet
from sfmeta.change.fingerprint import fingerprint
from sfmeta.model.change import ChangeSet
from sfmeta.model.component import Entry, Holdings, Package
from sfmeta.model.forecast import Stage
from sfmeta.model.inventory import Inventory
from sfmeta.model.plan import Plan, PlanStep, StepKind
from sfmeta.model.policy import Policy
from sfmeta.model.records import same_grant
from sfmeta.ops.deploy import keys_beside
from sfmeta.ops.grants import read_grants
from sfmeta.ops.plan.shown_grants import missing_grants
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import by_component, labels_of_permission_sets, take_snapshot
from sfmeta.report.words import counted

NOT_WHAT_WAS_SENT = "the org does not hold what was sent"


class State(StrEnum):
    """How one step stands."""

    DONE = "done"
    """The org holds what it says."""
    TO_DO = "to do"
    """The org holds what it held when the plan was made."""
    NOT_DONE = "not done"
    """A person has not done it, as the org shows."""
    UNSEEN = "unseen"
    """No API tells whether a person has done it all."""
    CHANGED = "changed"
    """The org holds something else by now."""
    HOLLOW = "hollow"
    """The org took the package, and does not hold it, or shows no grant: a deployment that was not what it said."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One step of a plan in its org.

    Attributes:
        step: which.
        state: see ``State``.
        why: what was found, one line each.
    """

    step: PlanStep
    state: State
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ground:
    """What standings are judged by.

    Attributes:
        plan: the plan.
        packages: its packages, by the number of the step.
        policy: its usernames resolved, as they are called in the org.
        inventory: one audit of the org, taken now.
        left_outside: who lacks what an identity provider should have assigned, by app.
        left: what the org held right after the plan's own deployment of a step, by the step's number; of those only
            that nothing on record has touched since.
        bases: the files of a package before the environment's values were set, where they differ.
    """

    plan: Plan
    packages: Mapping[int, Package]
    policy: Policy
    inventory: Inventory
    left_outside: Mapping[str, Sequence[str]] = field(default_factory=dict)
    left: Mapping[int, Holdings] = field(default_factory=dict)
    bases: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)

    @cached_property
    def known(self) -> dict[int, str]:
        """By the number of a step the id of its app, where the org shows it."""
        apps = match_apps(self.policy, self.inventory).apps
        return {step.number: apps[step.app].id for step in self.plan.steps if step.app in apps}


def standings(org: Org, ground: Ground, tools: Tools) -> tuple[Standing, ...]:
    """How each step stands, in their order; nothing is changed.

    Args:
        org: the plan's.
        ground: see there.
        tools: the clock, progress and scratch space.

    Raises:
        OperationFailed: the org would not give a component.
        OrgRefused: the org does not show its grants to our user.
    """
    by_kind: Mapping[StepKind, Callable[[Org, Ground, Tools], Iterable[Standing]]] = {
        StepKind.MANUAL: _manual,
        StepKind.METADATA: _metadata,
        StepKind.RECORDS: _records,
    }
    kinds = dict.fromkeys(step.kind for step in ground.plan.steps)
    found = [one for kind in kinds for one in by_kind[kind](org, ground, tools)]
    return tuple(sorted(found, key=lambda one: one.step.number))


def of_kind(plan: Plan, kind: StepKind) -> list[PlanStep]:
    """The steps of one kind, in their order."""
    return [step for step in plan.steps if step.kind is kind]


def has_moved(step: PlanStep, held: Holdings, package: Package) -> tuple[str, ...]:
    """The components of a step that are neither as they were when it was planned nor as it leaves them.

    Args:
        step: of metadata.
        held: what the org holds.
        package: of the step.
    """
    open_ones = {change.id for change in left_open(package, held)}
    return tuple(
        str(was.component)
        for was in step.baseline
        if was.component in open_ones and fingerprint(was.component, held.get(was.component, ())) != was.fingerprint
    )


def _metadata(org: Org, ground: Ground, tools: Tools) -> Iterator[Standing]:
    steps = of_kind(ground.plan, StepKind.METADATA)
    touched = {component for step in steps for component in step.components}
    entries = [entry for package in ground.packages.values() for entry in package.entries]
    tools.progress.step(f"Comparing {counted(len(touched), 'component')} of {org.info.title} with the plan")
    held = take_snapshot(org, {*touched, *keys_beside(touched)}, tools, reading=entries)
    held.only(touched).require_readable("the state that the plan rests on")
    there = [step for step in steps if not left_open(ground.packages[step.number], held.holdings)]
    hollow = missing_grants(org, {step.number: step.grants for step in there if step.grants}, ground.known)
    for step in steps:
        if step in there:
            why = step.grants.not_granted_to(hollow.get(step.number, ())) if step.grants else ()
            yield Standing(step, State.HOLLOW if why else State.DONE, why)
        elif _is_as_we_left_it(step, held.holdings, ground):
            yield Standing(step, State.HOLLOW, (NOT_WHAT_WAS_SENT,))
        elif moved := has_moved(step, held.holdings, ground.packages[step.number]):
            why = tuple(f"{component} is not as it was when the plan was made" for component in moved)
            yield Standing(step, State.CHANGED, why)
        else:
            yield Standing(step, State.TO_DO)


def _is_as_we_left_it(step: PlanStep, held: Holdings, ground: Ground) -> bool:
    """Whether this plan sent a step, and the org has held something else ever since: the run ended before it was seen.

    Where the org took nothing of it at all, the step is only still to do.
    """
    left = ground.left.get(step.number)
    if left is None or not has_moved(step, held, ground.packages[step.number]):
        return False
    return not differences(left, {one: held[one] for one in step.components if one in held})


def left_open(package: Package, held: Holdings) -> ChangeSet:
    """What a package says and an org does not hold."""
    files = by_component(package.entries)
    return unmet(files, held, labels_of_permission_sets(files, held))


def _records(org: Org, ground: Ground, _: Tools) -> Iterator[Standing]:
    for step in of_kind(ground.plan, StepKind.RECORDS):
        sets = sorted({change.id.parent for change in step.records})
        held = {record.id: record for record in read_grants(org, sets)}
        moved: list[str] = []
        is_done = True
        for change in step.records:
            there = held.get(change.id)
            if same_grant(there, change.new):
                continue
            is_done = False
            if not same_grant(there, change.old):
                moved.append(f"{change.id.subject} with {change.id.parent} is not as it was when the plan was made")
        yield Standing(step, State.CHANGED if moved else State.DONE if is_done else State.TO_DO, tuple(moved))


def _manual(_org: Org, ground: Ground, _tools: Tools) -> Iterator[Standing]:
    policy, plan = ground.policy, ground.plan
    matches = match_apps(policy, ground.inventory)
    staging = Staging(policy, matches, as_it_is(ground.inventory))
    then = staging.after(plan.stage, plan.wave, alone=True)
    for step in of_kind(plan, StepKind.MANUAL):
        if lacking := ground.left_outside.get(step.app):
            yield Standing(step, State.NOT_DONE, tuple(lacking))
            continue
        if step.app not in matches.apps:
            # who is assigned was looked at above; an app that nobody sees may be shut, or called otherwise by now
            is_done = plan.stage is Stage.PREPARE
            yield (
                Standing(step, State.DONE) if is_done else Standing(step, State.UNSEEN, (_not_seen(policy, step.app),))
            )
            continue
        left = tuple(pending_of_app(staging, then, step.app))
        seen = tuple(one.what for one in left if one.is_visible)
        unseen = tuple(one.what for one in left if not one.is_visible)
        state = State.NOT_DONE if seen else State.UNSEEN if unseen else State.DONE
        yield Standing(step, state, seen or unseen)


def _not_seen(policy: Policy, key: str) -> str:
    app = policy.apps.get(key)
    name = str(app.match) if app else f"'{key}'"
    return f"the org shows no app {name} by now, or several that fit"
