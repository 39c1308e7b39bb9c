"""What is broken where: one fault at one call, or SIGKILL at one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from sfmeta.localorg.faults.fault import Kind

LATE = "late"
"""A delay that is longer than a command waits for its answer: the request is taken while it looks for the job."""
LATER = "later"
"""The request is taken only after the command has stopped looking for the job, and ended."""
KINDS: tuple[str, ...] = (*(kind.value for kind in Kind), LATE, LATER)

DELAY_S = 0.02
LATE_S = 10.0
PATIENCE_S = 0.25


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at a call.

    Attributes:
        kind: one of ``KINDS``.
        operation: the call's name.
        nth: which call of the command, from 1.
        lasting: that one and all after it, not only that one.
    """

    kind: str
    operation: str
    nth: int
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.kind} at call {self.nth}, {self.operation}{' and all after it' if self.lasting else ''}"


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL at a step.

    Attributes:
        step: its name.
        nth: which moment of the command, from 1.
    """

    step: str
    nth: int

    def __str__(self) -> str:
        return f"SIGKILL at moment {self.nth}, {self.step}"


def phased(calls: Sequence[str]) -> list[str]:
    """The calls of a run with the part they belong to: before the package is sent, after it, the check of its undo."""
    sent, named = 0, []
    for call in calls:
        sent += call == "deploy"
        if sent > 1 and call in ("deploy", "checkDeployStatus"):
            named.append(f"{call} (of the undo)")
        elif sent and call not in ("deploy", "checkDeployStatus"):
            named.append(f"{call} (after)")
        else:
            named.append(call)
    return named


def faults(calls: Sequence[str], kinds: Iterable[str] = KINDS, *, lasting: bool = False) -> Iterator[Fault]:
    """Every kind at every call."""
    for (number, call), kind in product(enumerate(phased(calls), 1), kinds):
        if kind in (LATE, LATER) and (lasting or call != "deploy"):
            continue  # only there does the org do anything that lasts
        yield Fault(kind, call, number, lasting)


def first_of_each(found: Iterable[Fault]) -> list[Fault]:
    """One fault of each kind for each operation: at its first call."""
    return list({(one.operation, one.kind): one for one in reversed(list(found))}.values())[::-1]


def of_classes(found: Iterable[Fault]) -> list[Fault]:
    """One operation of those that are made and answered alike, the last of them: the package is out by then."""
    chosen: dict[tuple[str, str], Fault] = {}
    for one in found:
        if not one.operation.endswith("(of the undo)"):
            name = one.operation.removesuffix(" (after)")
            kind_of_call = "reading" if name.startswith(("GET ", "query ", "userinfo")) else name
            chosen[kind_of_call, one.kind] = one
    return list(chosen.values())


def kills(steps: Sequence[str]) -> list[Kill]:
    """At every moment."""
    return [Kill(step, number) for number, step in enumerate(steps, 1)]
