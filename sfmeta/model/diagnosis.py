"""What ``doctor`` found, check by check, and what a probe tried."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sfmeta.model.forecast import Answer
from sfmeta.model.outcome import OrgInfo


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    """Nothing stops, but somebody should know."""
    PROBLEM = "problem"
    """The roll-out will fail or hurt until it is settled."""
    UNKNOWN = "unknown"
    """It could not be looked at; the reason is in ``found``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one check came out.

    Attributes:
        check: its stable id.
        title: what was looked at, a few words.
        level: see ``Level``.
        found: one or more sentences.
        fix: what to do; "" where there is nothing to do.
        text: to hand on as it is (a Support case), "".
        source: where what we believe of Salesforce comes from.
        grade: how sure that is: A, B, C, or "judgement".
    """

    check: str
    title: str
    level: Level
    found: str
    fix: str = ""
    text: str = ""
    source: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that a doctor found in one org.

    Attributes:
        info: the org, and who looked.
        findings: in the order of the checks.
    """

    info: OrgInfo
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> int:
        """How many findings are problems."""
        return sum(1 for finding in self.findings if finding.level is Level.PROBLEM)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a probe says of one open question.

    Attributes:
        name: the question, as ``localorg.assumptions`` and ``access.questions`` name it.
        answer: what was found out; None where it was not tested, or the org's behaviour settles nothing.
        reason: why there is no answer, one sentence; "" where there is one.
        text: the question itself; "" for one that no probe can ask.
    """

    name: str
    answer: Answer | None = None
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Probing:
    """What came of a whole probe.

    Attributes:
        info: the org.
        tried: by question, sorted.
        cleaned: what an earlier probe had left and this one took away.
        left: what could not be taken away, with the org's words; the journal is kept for the next run.
    """

    info: OrgInfo
    tried: tuple[Tried, ...]
    cleaned: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What was found out."""
        return tuple(one.answer for one in self.tried if one.answer is not None)
