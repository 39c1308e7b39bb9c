"""Whether a plan still is what policy, values and packages give: its file is old by then, or somebody edited it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sfmeta.access.listing import some
from sfmeta.errors import GuardRefused, Problem, SourceError, UsageError
from sfmeta.model.component import Package
from sfmeta.model.deployment import Derivation
from sfmeta.model.plan import Plan, PlanStep, StepKind
from sfmeta.model.records import Record, RecordId, same_grant
from sfmeta.ops.plan.making import grants_of
from sfmeta.source.derivation import Derived


def require_whole(plan: Plan, packages: Mapping[int, Package], file: str) -> None:
    """Refuse a plan that leaves out what its packages ask to be looked at.

    Args:
        plan: as read.
        packages: its packages, by the number of the step.
        file: where it stands, for messages.

    Raises:
        SourceError: naming each step.
    """
    wrong = [Problem(text, "plan-edited", file, hint="Make the plan anew") for text in _not_whole(plan, packages)]
    if wrong:
        raise SourceError.of(wrong, "plan")


def require_by_hand(plan: Plan, confirmed: Iterable[int]) -> None:
    """Refuse a word that a step is done which nobody does by hand.

    Raises:
        UsageError: naming each.
    """
    by_hand = {step.number for step in plan.steps if step.kind is StepKind.MANUAL}
    others = [str(number) for number in confirmed if number not in by_hand]
    if others:
        there = f"It has these: {some(list(map(str, sorted(by_hand))), 12)}" if by_hand else "It has none"
        raise UsageError(f"--done {' --done '.join(others)}: the plan has no such step by hand", there)


def _not_whole(plan: Plan, packages: Mapping[int, Package]) -> Iterator[str]:
    for step in plan.steps:
        if step.kind is not StepKind.METADATA:
            continue
        if {one.component for one in step.baseline} != set(step.components):
            yield f"step {step.name} does not say what the org held of each component"
        if step.grants != grants_of(packages[step.number]):
            yield f"step {step.name} does not name those whom its package lets in"


def require_values(plan: Plan, steps: Iterable[PlanStep], derived: Callable[[PlanStep], Derived]) -> None:
    """Refuse packages that were made with other values than the org's environment has by now.

    Args:
        plan: the plan.
        steps: its steps that are still to do.
        derived: the package of a step with the values of now.

    Raises:
        GuardRefused: it has others, or is another environment.
        SourceError: a value matches nothing any more.
    """
    for step in steps:
        if step.kind is not StepKind.METADATA:
            continue
        made = derived(step)
        said = Derivation(step.environment, step.base_digest, step.values_digest)
        if (made.derivation, made.package.digest) != (said, step.digest):
            raise stale(plan, "environments.yml has other values for this org than when the plan was made")


def require_said(plan: Plan, steps: Sequence[PlanStep], held: Iterable[Record], said: Iterable[Record]) -> None:
    """Refuse to write grants that the policy does not say, under the names that its users have in the org now.

    Args:
        plan: the plan.
        steps: its steps that are still to do.
        held: what the org holds of them: what is there already is not asked about.
        said: all that the policy says.

    Raises:
        GuardRefused: naming them.
    """
    there, asked = _by_id(held), _by_id(said)
    wrong = [
        str(change.id)
        for step in steps
        for change in step.records
        if change.new is None or not any(same_grant(held.get(_key(change.id)), change.new) for held in (there, asked))
    ]
    if wrong:
        raise stale(plan, f"The policy does not say, or no more, what the plan would write: {some(wrong)}")


def _by_id(records: Iterable[Record]) -> dict[tuple[str, str, str], Record]:
    return {_key(one.id): one for one in records}


def _key(record: RecordId) -> tuple[str, str, str]:
    """Orgs tell names apart by more than case."""
    return record.kind, record.parent.lower(), record.subject.lower()


def stale(plan: Plan, what: str) -> GuardRefused:
    """The refusal of a plan that something has overtaken.

    Args:
        plan: the plan.
        what: what has, a sentence without its full stop.
    """
    return GuardRefused(what, f"Look at it anew: sfmeta plan {plan.options} -o ORG", "plan-stale")
