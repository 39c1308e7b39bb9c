"""Making a plan: what a stage of the policy still has to do in one org. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sfmeta.access.forecasting.pending import pending_of_app
from sfmeta.access.forecasting.stages import Staging
from sfmeta.access.forecasting.state import as_it_is
from sfmeta.access.listing import some
from sfmeta.access.matching import Matches, match_apps
from sfmeta.access.stage_table import BY_RECORD, BY_WORK, is_due
from sfmeta.access.wanted import ManualStep, Work
from sfmeta.access.written import Written
from sfmeta.change.documents import root_of
from sfmeta.change.fingerprint import fingerprint
from sfmeta.change.guards import Ourselves
from sfmeta.errors import UsageError
from sfmeta.model.change import ChangeSet, ComponentChange
from sfmeta.model.component import Entry, Holdings, Package
from sfmeta.model.forecast import Answer, Forecast, Harm, Stage
from sfmeta.model.inventory import Inventory
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.plan import AppGrants, Foreseen, Held, Loser, Plan, PlanStep, StepKind
from sfmeta.model.policy import Policy
from sfmeta.model.records import RecordChange, RecordKind
from sfmeta.ops import deploy
from sfmeta.ops.deployment import Provenance
from sfmeta.ops.foresight import Sending, foresee_in
from sfmeta.ops.generate import GenerateResult
from sfmeta.ops.plan.shown_grants import missing_grants
from sfmeta.ops.plan.units import Unit, units
from sfmeta.ops.plan.unsettled import Unsettled, unsettled
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import Snapshot, by_component, take_snapshot
from sfmeta.ops.undo import foreseen_undo
from sfmeta.report.changes import changes_text
from sfmeta.report.package_forecast import headline
from sfmeta.report.words import counted
from sfmeta.source.derivation import Derived
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import new_deployment_id


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is to be planned, and from what.

    Attributes:
        stage: which; not ``enforce``, which is a command of its own.
        wave: of ``restrict``, up to and with which wave; None for all.
        policy: its usernames resolved, as they are called in the org.
        policy_digest: sha256 of the policy's bytes.
        generated: the policy compared with the files; they must hold what it asks for.
        entries: the project's files, in either format.
        api_version: the project's.
        derived: sets the values of the org's environment in a package.
        elsewhere: paths of elements whose value the environment sets, by component.
        provenance: of the files.
        writes: records of grants that the stage writes, worked out by ``ops.granting``.
        left_outside: keys of the apps of which an identity provider has not assigned what it should have.
        answers: what probes found out about the org.
    """

    stage: Stage
    wave: int | None
    policy: Policy
    policy_digest: str
    generated: GenerateResult
    entries: tuple[Entry, ...]
    api_version: ApiVersion
    derived: Callable[[Package], Derived]
    provenance: Provenance
    elsewhere: Mapping[ComponentId, frozenset[str]] = field(default_factory=dict)
    writes: tuple[RecordChange, ...] = ()
    left_outside: frozenset[str] = frozenset()
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """A plan with the packages that it speaks of.

    Attributes:
        plan: the plan.
        packages: by the number of the step.
        undo: the package that would take a step back, by its number; only where something has to be sent.
        bases: the files of a step's package before the environment's values were set, where they differ.
        unsettled: what stands against it: values that neither the policy nor the org has. No plan is written with one.
        files: the project's files of what is unsettled.
    """

    plan: Plan
    packages: Mapping[int, Package] = field(default_factory=dict)
    undo: Mapping[int, Package] = field(default_factory=dict)
    bases: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)
    unsettled: tuple[Unsettled, ...] = ()
    files: Holdings = field(default_factory=dict)


def make(org: Org, request: PlanRequest, inventory: Inventory, foreseen: Forecast, tools: Tools) -> Made:
    """Work out what is left to do.

    Args:
        org: the target.
        request: see there.
        inventory: one audit of the org, taken now.
        foreseen: the forecast of that stage alone, on the org as it is.
        tools: the clock, progress and scratch space.

    Raises:
        GuardRefused: a package would tick a box, create a profile, carry a secret or another org's key.
        OperationFailed: the org would not give a component.
    """
    making = _Making(org, request, tools)
    matches = match_apps(request.policy, inventory)
    steps = [*_manual(request, inventory, matches), *making.metadata(), *_records(request)]
    numbered = [replace(step, number=number) for number, step in enumerate(_in_order(steps, request.stage), 1)]
    sent = making.sending(numbered)
    forecasts = [foreseen]
    if sent.files or sent.records:
        forecasts.append(foresee_in(inventory, sent, request.policy, request.answers, tools.now))
    plan = Plan(
        id=new_deployment_id(tools.clock.now()),
        made_at=tools.now,
        made_by=request.provenance.author,
        stage=request.stage,
        wave=request.wave,
        org_id=org.info.id,
        org_name=org.info.name,
        username=org.info.username,
        policy_digest=request.policy_digest,
        revision=request.provenance.revision,
        dirty=request.provenance.dirty,
        api_version=request.api_version,
        foreseen=what_is_foreseen(*forecasts),
        steps=tuple(numbered),
        notes=(*_notes(matches), *making.cautions, *making.hollow(matches)),
    )
    by_digest = {step.digest: step.number for step in numbered if step.digest}
    return Made(
        plan,
        {by_digest[digest]: package for digest, package in making.packages.items()},
        {by_digest[digest]: package for digest, package in making.undo.items()},
        {by_digest[digest]: base for digest, base in making.bases.items()},
        tuple(making.unsettled),
        making.files,
    )


def require_generated(generated: GenerateResult) -> None:
    """Refuse to plan from files that are not what the policy says; asked before an org is.

    Raises:
        UsageError: naming the first few.
    """
    if generated.differs:
        changed = some([*generated.created, *generated.changed])
        raise UsageError(
            f"The files do not hold what policy.yml asks for: {changed}",
            "Run: sfmeta generate, and look at what it changes (git diff)",
        )


def what_is_foreseen(*forecasts: Forecast) -> Foreseen:
    """Forecasts as a plan keeps them: of the stage, and of what is sent, which tells more where a file leaves out much.

    Args:
        forecasts: at least one; where the later ones know nobody more, it is the first that is put into words.
    """
    losers = [frozenset(_losers(forecast)) for forecast in forecasts]
    worst = max(range(len(forecasts)), key=lambda number: len(losers[number]))
    unresolved = dict.fromkeys(what for forecast in forecasts for what in forecast.unresolved)
    return Foreseen(
        headline(forecasts[worst]),
        all(forecast.is_clean for forecast in forecasts),
        tuple(sorted(frozenset().union(*losers), key=str)),
        tuple(unresolved),
    )


def _losers(forecast: Forecast) -> Iterator[Loser]:
    for row in forecast.outstanding:
        if row.harm is not Harm.NONE:
            yield Loser(row.user.username, row.app.label if row.app else "", str(row.way), row.harm)


def _in_order(steps: Sequence[PlanStep], stage: Stage) -> Sequence[PlanStep]:
    """Permission sets, then who gets them; a visit to Setup before what it needs not wait for."""
    order = {StepKind.METADATA: 0, StepKind.RECORDS: 1, StepKind.MANUAL: 2 if stage is Stage.PREPARE else -1}
    return sorted(steps, key=lambda step: order[step.kind])


def _records(request: PlanRequest) -> Iterator[PlanStep]:
    mine = tuple(change for change in request.writes if BY_RECORD[change.id.kind] is request.stage)
    assigned = [one for one in mine if one.id.kind is RecordKind.ASSIGNMENT]
    people = len({change.id.subject.lower() for change in assigned})
    opened = len(mine) - len(assigned)
    said = [f"assign {counted(people, 'user')}"] if assigned else []
    said += [f"attach {counted(opened, 'permission set')} to installed apps"] if opened else []
    if mine:
        title = " and ".join(said)
        yield PlanStep(0, StepKind.RECORDS, f"{title[0].upper()}{title[1:]}", records=mine)


def _manual(request: PlanRequest, inventory: Inventory, matches: Matches) -> Iterator[PlanStep]:
    """The visits to Setup that are not seen to be done."""
    staging = Staging(request.policy, matches, as_it_is(inventory))
    then = staging.after(request.stage, request.wave, alone=True)
    for step in due_visits(request.generated.manual_steps, request.policy, request.stage, request.wave):
        if step.kind is Work.SEE_ASSIGNED:
            is_left = step.app in request.left_outside
        else:
            is_left = step.app in matches.apps and any(pending_of_app(staging, then, step.app))
        if is_left:
            yield _visit(step)


def due_visits(found: Iterable[ManualStep], policy: Policy, stage: Stage, wave: int | None) -> Iterator[ManualStep]:
    """What a person does in Setup in one stage; what sfmeta assigns itself is left out.

    Args:
        found: all that the policy asks for.
        policy: knows the waves.
        stage: which.
        wave: of ``restrict``, up to and with which wave; None for all.
    """
    for step in found:
        if BY_WORK[step.kind] is stage and step.kind is not Work.ASSIGN and is_due(step.app, policy, wave):
            yield step


def _visit(step: ManualStep) -> PlanStep:
    return PlanStep(
        0, StepKind.MANUAL, step.title, step.app, where=step.where, actions=step.actions, verify=step.verify
    )


def _notes(matches: Matches) -> Iterator[str]:
    for app in matches.absent:
        yield f"the org shows no app {app.match} ('{app.key}')"
    yield from map(str, matches.problems)


class _Making:
    """The packages of one plan."""

    def __init__(self, org: Org, request: PlanRequest, tools: Tools) -> None:
        self._org, self._request, self._tools = org, request, tools
        self.packages: dict[str, Package] = {}
        self.undo: dict[str, Package] = {}
        self.bases: dict[str, tuple[Entry, ...]] = {}
        self.unsettled: list[Unsettled] = []
        self.cautions: list[str] = []
        self._there: list[tuple[str, AppGrants]] = []
        self.files: dict[ComponentId, tuple[Entry, ...]] = {}
        self._written: dict[ComponentId, Written] = {}
        self._held: Holdings = {}

    def metadata(self) -> list[PlanStep]:
        """A step for each package that would change something."""
        request = self._request
        found = units(request.policy, request.generated.wanted, request.stage, request.wave)
        if not found:
            return []
        project = by_component(request.entries)
        made = {unit: request.derived(self._package(unit)) for unit in found}
        entries = [entry for one in made.values() for entry in one.package.entries]
        touched = {component for unit in found for component in unit.components}
        self._tools.progress.step(f"Reading {counted(len(touched), 'component')} from {self._org.info.title}")
        wanted = {*touched, *deploy.keys_beside(touched)}
        read = take_snapshot(self._org, wanted, self._tools, reading=entries)
        self._held = read.only(touched).holdings
        self._written = dict(self._what_is_written(touched))
        us = deploy.who_we_are(self._org)
        steps = [self._step(unit, made[unit], read, us) for unit in found]
        self.files = {one.component: project[one.component] for one in self.unsettled}
        return [step for step in steps if step is not None]

    def hollow(self, matches: Matches) -> Iterator[str]:
        """Apps of which the org holds the file and shows no grant: no step comes of that, and nobody gets in by it."""
        if not self._there:
            return
        apps = matches.apps
        known = {number: apps[key].id for number, (key, _) in enumerate(self._there) if key in apps}
        asked = {number: granted for number, (_, granted) in enumerate(self._there)}
        for number, lacking in missing_grants(self._org, asked, known).items():
            label = asked[number].label
            yield (
                f"{label} is as its file says, and the org shows no grant of it to {some(lacking)}: attach that in "
                "Setup (the app's page), or take the restriction back (sfmeta history, sfmeta rollback --deployment ID)"
            )

    def sending(self, steps: Iterable[PlanStep]) -> Sending:
        """All that the steps send and write, together."""
        files = by_component(entry for package in self.packages.values() for entry in package.entries)
        records = tuple(change for step in steps for change in step.records)
        return Sending(files, (), records, self._held, "this plan")

    def _package(self, unit: Unit) -> Package:
        return build_package(self._request.entries, self._request.api_version, only=unit.components)

    def _what_is_written(self, touched: Collection[ComponentId]) -> Iterator[tuple[ComponentId, Written]]:
        request = self._request
        sets = {one.app: one for one in request.generated.wanted if one.id.type == "PermissionSet" and one.app}
        for one in request.generated.wanted:
            if one.id not in touched:
                continue
            allow = sets.get(one.app)
            names = {allow.id.full_name, str(allow.values["label"])} if allow else set()
            places = request.elsewhere.get(one.id, frozenset())
            yield one.id, Written(one, request.generated.rendered[one.id], request.policy, frozenset(names), places)

    def _step(self, unit: Unit, made: Derived, read: Snapshot, us: Ourselves) -> PlanStep | None:
        package = made.package
        provenance = replace(self._request.provenance, derivation=made.derivation, base=made.base)
        # the same guards, cautions and losses as of any deployment; nothing is recorded
        plan = deploy.prepare(
            self._org, package, DeployOptions(), provenance, None, self._tools, read=read, ourselves=us
        )
        if plan.changes_nothing:
            granted = grants_of(package)
            self._there += [(unit.app, granted)] if granted else []
            return None
        self.unsettled += unsettled(plan.changes, self._written)
        self.cautions += [f"{one.component} {one.message}" for one in plan.cautions if one.needs_consent]
        self.packages[package.digest] = package
        self.bases[package.digest] = made.base
        undo = foreseen_undo(plan, self._tools)
        if not undo.is_empty:
            self.undo[package.digest] = undo
        return PlanStep(
            0,
            StepKind.METADATA,
            unit.title,
            unit.app,
            digest=package.digest,
            components=package.components,
            baseline=tuple(baseline(package.components, plan.before.holdings)),
            changes=tuple(_lines(plan.changes)),
            grants=grants_of(package),
            environment=made.derivation.environment,
            base_digest=made.derivation.base_digest,
            values_digest=made.derivation.values_digest,
            undo_digest="" if undo.is_empty else undo.digest,
            losses=tuple(map(str, plan.losses)),
        )


def baseline(components: Iterable[ComponentId], held: Holdings) -> Iterator[Held]:
    """What an org holds of components, as fingerprints."""
    return (Held(component, fingerprint(component, held.get(component, ()))) for component in components)


def _lines(changes: Iterable[ComponentChange]) -> list[str]:
    return changes_text(ChangeSet(tuple(changes)), lambda text, _: text).splitlines()


def grants_of(package: Package) -> AppGrants | None:
    """Whom a package lets in to a connected app; None where to nobody."""
    for component, entries in by_component(package.entries).items():
        if component.type != "ConnectedApp":
            continue
        root = root_of(entries[0])
        sets, profiles = (
            tuple(text for one in root.all(name) if (text := one.text.strip()))
            for name in ("permissionSetName", "profileName")
        )
        if sets or profiles:
            return AppGrants(root.value("label") or component.full_name, sets, profiles)
    return None
