"""One rule, and how it asks an open question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sfmeta.access.rules.case import Case
from sfmeta.model.forecast import RuleInfo, Verdict


class StillOpen(Exception):
    """A rule asked a question that nobody has answered; ``judge`` then tries both answers.

    Attributes:
        name: the question.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(slots=True)
class Answers:
    """Answers to open questions, and which of them were asked for.

    Attributes:
        given: by name.
        asked: the names that decided so far.
    """

    given: Mapping[str, bool]
    asked: set[str]

    def __call__(self, name: str) -> bool:
        """The answer to a question.

        Raises:
            StillOpen: there is none.
        """
        if name not in self.given:
            raise StillOpen(name)
        self.asked.add(name)
        return self.given[name]


Ask: TypeAlias = Answers


class RestsOn(StrEnum):
    """What a refusal rests on: what it is worth against a login of the last days that it would have refused."""

    UNSEEN = "unseen"
    """On something that an audit may not see, as an authorisation: the login counts more."""
    APP = "app"
    """On what somebody switches for one app from one minute to the next: it may be younger than the login."""
    ORG = "org"
    """On what somebody switches for many at once: likewise."""
    USER = "user"
    """On a user's own state: no login says otherwise."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        info: as people read it.
        verdict: what it says where it applies.
        applies: whether it decides a case.
        fix: what would let the person in, one sentence; "" where it lets in.
        rests_on: of a rule that shuts.
    """

    info: RuleInfo
    verdict: Verdict
    applies: Callable[[Case, Ask], bool]
    fix: str = ""
    rests_on: RestsOn = RestsOn.UNSEEN


def lets_in(id_: str, sentence: str, source: str, grade: str, applies: Callable[[Case, Ask], bool]) -> Rule:
    """A rule that opens."""
    return Rule(RuleInfo(id_, sentence, source, grade), Verdict.WORKS, applies)


def refuses(
    id_: str,
    sentence: str,
    source: str,
    grade: str,
    applies: Callable[[Case, Ask], bool],
    fix: str,
    rests_on: RestsOn = RestsOn.UNSEEN,
) -> Rule:
    """A rule that shuts."""
    return Rule(RuleInfo(id_, sentence, source, grade), Verdict.REFUSED, applies, fix, rests_on)
