"""The gates of an environment before a plan is carried out there, after those of a promotion.

What a promotion asks besides is left out: whether the environment before holds the package at this moment, and that
blind spots are accepted.

A package is known by its digest before an environment's values were set, so that the very package that was proven in
one environment is found again in a plan for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from sfmeta.access.listing import some
from sfmeta.errors import GuardRefused
from sfmeta.model.deployment import Deployment, Purpose, seconds_of, stamp
from sfmeta.model.environment import Approval, Environment
from sfmeta.model.names import ComponentId
from sfmeta.model.plan import Plan, PlanStep, StepKind
from sfmeta.ops.gates import Gate, Verdict, passed, refused, source_gate
from sfmeta.source.derivation import Derived
from sfmeta.workspace.approvals import PACKAGE_TRAILER, paths_of, review
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository


@dataclass(frozen=True, slots=True)
class Around:
    """What the gates look at.

    Attributes:
        repository: around the project.
        directories: its package directories.
        policy_file: the policy in it.
        before: the ledger of the environment that comes before; None where none does.
        before_org: its alias on this machine.
        uncommitted: files with values, gates or accepted losses that differ from HEAD.
        now: seconds since the epoch.
        at_revision: the package of a step as the plan's commit and the environment's values give it.
    """

    repository: Repository
    directories: Sequence[str]
    policy_file: str
    before: Ledger | None
    before_org: str
    uncommitted: Sequence[str]
    now: float
    at_revision: Callable[[PlanStep], Derived]


def gates_of(plan: Plan, steps: Sequence[PlanStep], environment: Environment, around: Around) -> tuple[Gate, ...]:
    """Every gate that an environment has, looked at.

    Args:
        plan: to be carried out there.
        steps: its steps that are still to do.
        environment: with its gates.
        around: see there.
    """
    sent = [step for step in steps if step.kind is StepKind.METADATA]
    written = [step for step in steps if step.kind is StepKind.RECORDS]
    if not (sent or written):
        return ()
    return tuple(_judged(plan, sent, written, environment, around))


def require_open(gates: Sequence[Gate], environment: Environment) -> None:
    """Refuse while a gate is shut.

    Raises:
        GuardRefused: naming each with what would satisfy it.
    """
    shut = [gate for gate in gates if gate.verdict is not Verdict.PASSED]
    if shut:
        told = "; ".join(f"{gate.name}: {gate.what}" for gate in shut)
        ways = ". ".join(dict.fromkeys(gate.satisfy for gate in shut))
        raise GuardRefused(f"Not applied to {environment.name}; {told}", ways, "gate-refused")


def _judged(
    plan: Plan, sent: Sequence[PlanStep], written: Sequence[PlanStep], environment: Environment, around: Around
) -> Iterator[Gate]:
    asked = environment.gates
    if sent and asked.after and around.before is not None:
        yield _proven_gate(plan, sent, environment, around)
    if not (asked.after or asked.approval):
        return
    # grants come from the policy's text alone: users differ from org to org, so that no environment proves them
    is_clean = bool(plan.revision) and not (sent and plan.dirty)
    yield source_gate(plan.revision if is_clean else "", around.uncommitted)
    if not is_clean:
        return
    if sent:
        yield _package_gate(plan, sent, around)
    if asked.approval is Approval.SECOND_PERSON:
        if sent:
            yield _approval_gate(plan, sent, around)
        if written:
            yield _policy_gate(plan, around)


def _policy_gate(plan: Plan, around: Around) -> Gate:
    """Whether a second person agreed to the policy, which says who is granted what."""
    path = f"{around.repository.prefix}{around.policy_file}"
    agreed = review(around.repository, [path], plan.revision, "", plan.policy_digest).approval
    if agreed is not None:
        return passed("policy-approval", f"{agreed.by} {agreed.how} ({agreed.commit[:12]})")
    line = f"git commit --allow-empty -m 'Approve the policy' --trailer '{PACKAGE_TRAILER}: {plan.policy_digest}'"
    what = f"nobody but its authors has agreed to {around.policy_file}, which says who is granted what"
    return refused("policy-approval", what, f"Let somebody else review it and run: {line}")


def _package_gate(plan: Plan, steps: Sequence[PlanStep], around: Around) -> Gate:
    """Whether each package is the one that is known by its digest: what the plan's file says of it proves nothing."""
    other: list[str] = []
    for step in steps:
        made = around.at_revision(step)
        if (made.package.digest, made.derivation.base_digest) != (step.digest, step.base_digest):
            other.append(f"step {step.name}, {step.title}")
    if other:
        what = f"commit {plan.revision[:12]} does not give the package of {some(other)}"
        satisfy = "Make the plan anew; where git turns line ends on checkout, let it leave them (core.autocrlf)"
        return refused("package", what, satisfy, other)
    return passed("package", f"commit {plan.revision[:12]} gives every package")


def _proven_gate(plan: Plan, steps: Sequence[PlanStep], environment: Environment, around: Around) -> Gate:
    """Whether the environment before had each package, for long enough, and still has it as far as is recorded."""
    asked, now = environment.gates, around.now
    standing = _standing(around.before) if around.before is not None else {}
    missing: list[str] = []
    early: list[str] = []
    for step in steps:
        record = standing.get(step.base_digest)
        if record is None:
            missing.append(f"step {step.name}, {step.title}")
        elif now < (until := seconds_of(record.finished_at) + asked.soak_s):
            early.append(f"step {step.name} until {stamp(until)}")
    if missing:
        what = f"{asked.after} did not have the package of {some(missing)}, or has it no more"
        return refused("deployed", what, _way(plan, around), missing)
    if early:
        soak = f"{asked.soak.amount} {asked.soak.unit.lower()}" if asked.soak else ""
        return refused("soak", f"{soak} in {asked.after} are asked for: {some(early)}", "Wait that long", early)
    return passed("deployed", f"{asked.after} has every package")


def _way(plan: Plan, around: Around) -> str:
    """What to do where the environment before has not had a package."""
    org = around.before_org
    return (
        f"Apply the same stage there first: sfmeta plan -o {org} {plan.options}. Where nothing is left to "
        "do there, a file has changed since: apply --undo the plan there, and plan anew"
    )


def _standing(ledger: Ledger) -> dict[str, Deployment]:
    """By its digest before values were set, the deployment of each package that nobody has taken back since."""
    touched: set[ComponentId] = set()
    found: dict[str, Deployment] = {}
    for _, entry in ledger.deployments():
        if not entry.was_taken:
            continue
        mine = {*entry.components, *entry.deletions}
        is_proof = entry.success and entry.kind in (Purpose.APPLY, Purpose.DEPLOY, Purpose.PROMOTE)
        if is_proof and not mine & touched:
            found.setdefault(entry.derivation.base_digest or entry.package_digest, entry)
        touched |= mine
    return found


def _approval_gate(plan: Plan, steps: Sequence[PlanStep], around: Around) -> Gate:
    """Whether a second person agreed to every file of the plan; git's names are claims, see ``workspace.approvals``."""
    components: Collection[ComponentId] = {component for step in steps for component in step.components}
    found = paths_of(around.repository, plan.revision, around.directories, components)
    paths = [path for held in found.values() for path in held]
    lacking = [step for step in steps if not _approved(plan, step, paths, around)]
    if not lacking:
        return passed("approval", "somebody who wrote none of it has agreed")
    lines = "; ".join(
        f"git commit --allow-empty -m 'Approve {step.title}' --trailer '{PACKAGE_TRAILER}: {step.base_digest}'"
        for step in lacking
    )
    what = f"nobody but its authors has agreed to {some([step.title for step in lacking])}"
    return refused("approval", what, f"Let somebody else review it and run: {lines}")


def _approved(plan: Plan, step: PlanStep, paths: Sequence[str], around: Around) -> bool:
    seen = review(around.repository, paths, plan.revision, "", step.base_digest)
    return seen.approval is not None
