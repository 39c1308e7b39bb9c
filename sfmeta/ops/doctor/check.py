"""What a check is, and what it may say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sfmeta.model.diagnosis import Finding, Level
from sfmeta.ops.doctor.examination import Examination


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says; see ``model.diagnosis.Finding``."""

    level: Level
    found: str
    fix: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        id: stable, for scripts.
        title: what is looked at, a few words.
        look: looks and judges.
        source: where what it believes of Salesforce comes from.
        grade: how sure that is.
    """

    id: str
    title: str
    look: Callable[[Examination], Verdict]
    source: str
    grade: str

    def finding(self, verdict: Verdict) -> Finding:
        """A verdict of this check."""
        return Finding(
            self.id, self.title, verdict.level, verdict.found, verdict.fix, verdict.text, self.source, self.grade
        )


def ok(found: str) -> Verdict:
    """Nothing to do."""
    return Verdict(Level.OK, found)


def warning(found: str, fix: str = "") -> Verdict:
    """Somebody should know."""
    return Verdict(Level.WARNING, found, fix)


def problem(found: str, fix: str, text: str = "") -> Verdict:
    """It will fail or hurt."""
    return Verdict(Level.PROBLEM, found, fix, text)


def unknown(found: str, fix: str = "") -> Verdict:
    """It could not be looked at."""
    return Verdict(Level.UNKNOWN, found, fix)
