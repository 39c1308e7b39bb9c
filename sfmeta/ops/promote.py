"""Promoting: the very package that was proven in the environment before goes to the next one, after its gates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from sfmeta.errors import GuardRefused, UsageError
from sfmeta.model.component import Entry
from sfmeta.model.deployment import NO_JOB, Purpose
from sfmeta.model.environment import Approval, Environment, Environments
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops import deploy, gates
from sfmeta.ops.candidate import Candidate, commit_of, find_candidate
from sfmeta.ops.deployment import DeployPlan, Provenance
from sfmeta.ops.gates import Foresight, Gate, Verdict
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import by_component
from sfmeta.ops.validation import Demand, of_promotion, proof, required, unmet, unnamed
from sfmeta.source.derivation import Derived, derive
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository
from sfmeta.workspace.validations import Validations

POLICY_FILE = "policy.yml"


@dataclass(frozen=True, slots=True)
class Route:
    """From where to where.

    Attributes:
        source: the environment that must have had the package.
        target: the one that gets it.
        file: where both are written.
    """

    source: Environment
    target: Environment
    file: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be promoted.

    Attributes:
        route: from where to where.
        deployment: what names the deployment to repeat (see ``ops.naming``); "" for the last one there.
        check_only: let the target validate it, and save nothing.
        directories: the package directories of the project.
        known: what the project holds, so that a value of a part that is not promoted is no mistake.
        kept: leaves out the files that are no part of a deployment (``.forceignore``, the switches).
        begin_history: begin a history there though the org shows deployments of our user.
        validation: the check-only job that is deployed in place of the package's bytes; "" sends the package.
    """

    route: Route
    deployment: str = ""
    check_only: bool = False
    directories: tuple[str, ...] = ()
    known: Collection[ComponentId] = ()
    kept: Callable[[Iterable[Entry]], Iterable[Entry]] = tuple
    begin_history: bool = False
    validation: JobId = NO_JOB

    @property
    def demand(self) -> Demand:
        """What a validation must be."""
        return of_promotion(self.route.target, self.deployment)


@dataclass(frozen=True, slots=True)
class Ends:
    """Both orgs, logged in, their ledgers, and what was validated in the target."""

    source: Org
    target: Org
    source_ledger: Ledger
    target_ledger: Ledger
    validations: Validations


@dataclass(frozen=True, slots=True)
class _Outside:
    """What the gates look at."""

    ends: Ends
    repository: Repository
    foresight: Foresight | None
    tools: Tools


@dataclass(frozen=True, slots=True)
class Promotion:
    """What was found before anything changes.

    Attributes:
        request: what was asked.
        gates: every gate, in the order in which they are shown.
        candidate: the deployment to repeat; None where the gates show that there is none.
        made: its package with the target's values; None likewise.
        commit: that holds the package; "" where none is known.
    """

    request: Request
    gates: tuple[Gate, ...]
    candidate: Candidate | None = None
    made: Derived | None = None
    commit: str = ""

    @property
    def is_open(self) -> bool:
        """Every gate is passed."""
        return all(gate.verdict is Verdict.PASSED for gate in self.gates)


def route_to(environments: Environments, name: str) -> Route:
    """The way to an environment.

    Raises:
        UsageError: there is none of that name.
        GuardRefused: it does not say which environment comes before it.
    """
    target = environments.chain.get(name)
    file = environments.file
    if target is None:
        near = get_close_matches(name, environments.chain, 1)
        known = f"Known: {', '.join(environments.chain)}" if environments.chain else f"Write them into {file}"
        raise UsageError(f"There is no environment {name}", f"Did you mean {near[0]}?" if near else known)
    if not target.gates.after:
        earlier = [one.name for one in environments][: list(environments.chain).index(name)]
        example = earlier[-1] if earlier else "uat"
        raise GuardRefused(
            f"{file} does not say after which environment {name} comes",
            f"Write there: gates: {{after: {example}, soak: 24 hours, approval: second_person}}",
            "no-environment-before",
        )
    return Route(environments.chain[target.gates.after], target, file)


def look(request: Request, ends: Ends, repository: Repository, foresight: Foresight | None, tools: Tools) -> Promotion:
    """Look at every gate, and change nothing.

    Args:
        request: what is to be promoted.
        ends: both orgs.
        repository: of the project.
        foresight: audits the target and forecasts; None without a policy.
        tools: the clock, progress and scratch space.

    Raises:
        UsageError: there is no such deployment, or several begin so.
        SourceError: values of the target match nothing in the package.
    """
    route = request.route
    pairs = ((route.source, ends.source.info), (route.target, ends.target.info))
    orgs = gates.org_gate(pairs, route.file)
    try:
        candidate = find_candidate(ends.source_ledger, request.deployment, route.source.org)
    except GuardRefused as error:
        nothing = gates.refused("deployed", error.message, error.hint)
        return Promotion(request, (nothing, orgs, *_not_judged(request, "deployed")))
    known = {*request.known, *candidate.base.components}
    made = derive(candidate.base, route.target, known=known, file=route.file)
    commit = commit_of(candidate, repository, request.directories, request.kept)
    found = Promotion(request, (gates.deployed_gate(candidate, route.source), orgs), candidate, made, commit)
    if orgs.verdict is not Verdict.PASSED:
        return replace(found, gates=(*found.gates, *_not_judged(request, "org")))
    return replace(
        found, gates=(*found.gates, *_judged(found, candidate, made, _Outside(ends, repository, foresight, tools)))
    )


def prepare(promotion: Promotion, ends: Ends, author: str, tools: Tools) -> DeployPlan:
    """What the deployment to the target will do.

    Raises:
        GuardRefused: a gate is not passed, or as for any deployment.
    """
    candidate, made, route = promotion.candidate, promotion.made, promotion.request.route
    if candidate is None or made is None or not promotion.is_open:
        raise refusal(promotion)
    check_only = promotion.request.check_only
    provenance = Provenance(
        kind=Purpose.PROMOTE,
        revision=promotion.commit,
        author=author,
        derivation=made.derivation,
        base=made.base,
        source=candidate.record.id,
    )
    options = DeployOptions(check_only=check_only, test_level=route.target.tests_to_run)
    ledger = None if check_only else ends.target_ledger
    begin = promotion.request.begin_history
    plan = deploy.prepare(ends.target, made.package, options, provenance, ledger, tools, begin_history=begin)
    return required(plan, promotion.request.validation, ends.validations, tools, promotion.request.demand)


def refusal(promotion: Promotion) -> GuardRefused:
    """The error that says which gates are in the way, and what would satisfy the first."""
    shut = [gate for gate in promotion.gates if gate.verdict is Verdict.REFUSED]
    names = ", ".join(gate.name for gate in shut)
    first = shut[0]
    message = f"Not promoted to {promotion.request.route.target.name}; refused by: {names}"
    return GuardRefused(f"{message}. {first.name}: {first.what}", first.satisfy, "gate-refused")


def _names(request: Request) -> Iterator[str]:
    """The gates that look at a package."""
    route = request.route
    if route.target.gates.soak:
        yield "soak"
    yield from ("verify", "clean-source", "forecast")
    if route.target.gates.approval is Approval.SECOND_PERSON:
        yield "approval"
    if request.validation or (route.target.gates.validated and not request.check_only):
        yield "validated"


def _not_judged(request: Request, other: str) -> tuple[Gate, ...]:
    return tuple(gates.open_until(name, other) for name in _names(request))


def _validated_gate(request: Request, digest: str, kept: Validations, tools: Tools) -> Gate:
    """Whether a check has proven this package with the tests that are asked for; ``prepare`` looks at the org."""
    job, demand = request.validation, request.demand
    wrong = unmet(job, kept, digest, tools, demand) if job else unnamed(demand)
    found = kept.find(job) if job and not wrong else None
    if found is None:
        return gates.refused("validated", wrong, demand.way)
    return gates.passed("validated", proof(found))


def _judged(found: Promotion, candidate: Candidate, made: Derived, outside: _Outside) -> tuple[Gate, ...]:
    route, ends, commit = found.request.route, outside.ends, found.commit
    files, deletions = by_component(made.package.entries), made.package.deletions
    # values, gates and accepted losses are read from the files: they too must be there for others to see
    uncommitted = [file for file in (route.file, POLICY_FILE) if outside.repository.is_dirty([file])]

    def approval() -> Gate:
        if not commit:
            return gates.open_until("approval", "clean-source")
        return gates.approval_gate(outside.repository, found.request.directories, candidate, commit, ends.target_ledger)

    judges: Mapping[str, Callable[[], Gate]] = {
        "soak": lambda: gates.soak_gate(candidate.record, route.target, outside.tools.clock.now()),
        "verify": lambda: gates.verify_gate(ends.source, candidate, route.source, outside.tools),
        "clean-source": lambda: gates.source_gate(commit, uncommitted),
        "forecast": lambda: gates.forecast_gate(outside.foresight, files, deletions, route.target),
        "approval": approval,
        "validated": lambda: _validated_gate(found.request, made.package.digest, ends.validations, outside.tools),
    }
    return tuple(judges[name]() for name in _names(found.request))
