"""A fault as a value: what goes wrong, for which requests, at which of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from sfmeta.localorg.faults.operations import unknown_operation

MOST_SECONDS = 3600.0


class Kind(StrEnum):
    """What goes wrong."""

    DROP_BEFORE = "drop-before"
    """The connection ends before the request was taken: nothing was done."""
    DROP_AFTER = "drop-after"
    """The connection ends after it: the work is done, the answer is lost."""
    CUT = "cut"
    """The connection ends in the middle of the answer."""
    DELAY = "delay"
    """The request waits before it is taken."""
    BAD_GATEWAY = "bad-gateway"
    """HTTP 502, an HTML page."""
    UNAVAILABLE = "unavailable"
    """HTTP 503, the maintenance page."""
    REQUEST_LIMIT = "request-limit"
    """REQUEST_LIMIT_EXCEEDED: the requests of 24 hours."""
    CONCURRENT_LIMIT = "concurrent-limit"
    """REQUEST_LIMIT_EXCEEDED: too many long requests at a time."""
    EXPIRE_SESSION = "expire-session"
    """The request's session ends, for good, just before the request is taken."""
    ORG_LOCKED = "org-locked"
    """ORG_LOCKED."""
    ORG_IN_MAINTENANCE = "org-in-maintenance"
    """ORG_IN_MAINTENANCE."""
    SETUP_LOCKED = "setup-locked"
    """The deployment is taken, and its job fails: another change has locked the administration setup."""
    TRUNCATED_ZIP = "truncated-zip"
    """The zip of a retrieve arrives with its end missing, in an answer that is whole."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fault looks at in a request.

    Attributes:
        method: of HTTP, in capitals.
        path: with one leading slash, without the query.
        operation: of SOAP: the local name of the Body's first child; "" for anything else.
    """

    method: str
    path: str
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests; "" stands for all.

    Attributes:
        method: of HTTP, in capitals.
        path: a pattern with ``*`` and ``?``: ``/services/data/*/query``.
        operation: of SOAP, exactly: ``checkDeployStatus``; one that the org has (``operations.py``).
    """

    method: str = ""
    path: str = ""
    operation: str = ""

    def takes(self, asked: Asked) -> bool:
        """Whether the request is one of them."""
        return (
            self.method in ("", asked.method)
            and self.operation in ("", asked.operation)
            and (not self.path or fnmatchcase(asked.path, self.path))
        )


@dataclass(frozen=True, slots=True)
class When:
    """At which of the requests that match, in the order they arrive. All conditions hold together.

    Attributes:
        after: so many pass unharmed first.
        every: then each so-manieth is meant, the first of them included.
        times: it falls at most so often; 0 is without end.
        probability: how likely one that is meant is hit.
        seed: makes that chance repeatable: the same seed hits the same requests.
    """

    after: int = 0
    every: int = 1
    times: int = 0
    probability: float = 1.0
    seed: int = 0

    def falls(self, number: int, hits: int) -> bool:
        """Whether the fault falls.

        Args:
            number: which of the matching requests it is, from 1.
            hits: how often the fault fell before.
        """
        if number <= self.after or (number - self.after - 1) % self.every or (self.times and hits >= self.times):
            return False
        # a number of its own for each request: the chance does not hang on what was asked before
        return self.probability >= 1 or random.Random(f"{self.seed}/{number}").random() < self.probability  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        kind: what goes wrong.
        match: for which requests.
        when: at which of them.
        delay_s: of ``delay``: how long the request waits.
        share: of ``cut`` and ``truncated-zip``: how much of the body or zip arrives, from 0 to 1.
    """

    kind: Kind
    match: Match = field(default_factory=Match)
    when: When = field(default_factory=When)
    delay_s: float = 1.0
    share: float = 0.5

    def shown(self) -> dict[str, Any]:
        """As ``fault_from`` reads it, without what is not set."""
        content: dict[str, Any] = {"kind": self.kind.value}
        for part, default in ((self.match, Match()), (self.when, When())):
            usual = asdict(default)
            content |= {name: value for name, value in asdict(part).items() if value != usual[name]}
        if self.kind is Kind.DELAY:
            content["delay_s"] = self.delay_s
        if self.kind in (Kind.CUT, Kind.TRUNCATED_ZIP):
            content["share"] = self.share
        return content


_NUMBERS: Mapping[str, tuple[type, float, float]] = {
    "nth": (int, 1, 1e9),
    "after": (int, 0, 1e9),
    "every": (int, 1, 1e9),
    "times": (int, 0, 1e9),
    "seed": (int, -(2**63), 2**63),
    "probability": (float, 0, 1),
    "delay_s": (float, 0, MOST_SECONDS),
    "share": (float, 0, 1),
}
_TEXTS = ("method", "path", "operation")


def fault_from(content: Mapping[str, Any]) -> Fault:
    """A fault from plain values: those of ``Match``, ``When`` and ``Fault`` by name, and ``kind``.

    ``nth`` is short for ``after`` one less and ``times`` 1: the nth request only.

    Raises:
        ValueError: something is wrong with it; the message names everything.
    """
    known = {"kind", *_TEXTS, *_NUMBERS}
    problems = [f"unknown: {name}" for name in content if name not in known]
    kinds = [kind.value for kind in Kind]
    if content.get("kind") not in kinds:
        problems.append(f"kind is one of {', '.join(kinds)}")
    problems += [f"{name} is a text" for name in _TEXTS if not isinstance(content.get(name, ""), str)]
    for name, (kind, least, most) in _NUMBERS.items():
        value = content.get(name, least)
        right = isinstance(value, int | float if kind is float else int) and not isinstance(value, bool)
        if not right or not least <= value <= most:
            problems.append(f"{name} is a{' whole' if kind is int else ''} number from {least:g} to {most:g}")
    if "operation" in content and isinstance(content["operation"], str):
        problems += unknown_operation(content["operation"])
    if "nth" in content and {"after", "times", "every"} & content.keys():
        problems.append("give nth, or after, every and times")
    if problems:
        raise ValueError("; ".join(problems))
    given = dict(content)
    if "nth" in given:
        given |= {"after": given.pop("nth") - 1, "times": 1}
    if "method" in given:
        given["method"] = given["method"].upper()
    match = Match(**{one.name: given[one.name] for one in fields(Match) if one.name in given})
    when = When(**{one.name: given[one.name] for one in fields(When) if one.name in given})
    rest = {name: float(given[name]) for name in ("delay_s", "share") if name in given}
    return Fault(Kind(given["kind"]), match, when, **rest)
