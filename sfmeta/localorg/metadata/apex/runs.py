"""A test run: the tests of a level counted, judged as the org was told, and shown as RunTestsResult."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sfmeta.localorg.metadata.apex.sources import CLASS, TRIGGER, ApexSource, sources_of
from sfmeta.localorg.metadata.apex.told import Told, told
from sfmeta.localorg.metadata.deploy_options import NO_TESTS, RELEVANT, SPECIFIED
from sfmeta.localorg.metadata.envelope import NIL, Fields
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.state import State

_ENOUGH = 75.0
NO_RUN: Fields = (("numFailures", 0), ("numTestsRun", 0), ("totalTime", 0.0))
"""RunTestsResult where no test ran, as in captures from real orgs (IlluminatedCloud#2753)."""


@dataclass(frozen=True, slots=True)
class TestRun:
    """What came of a deployment's tests.

    Attributes:
        total: test methods, missing classes included.
        errors: those that failed.
        covered: nothing is covered too little.
        result: RunTestsResult, in the WSDL's order.
    """

    __test__ = False  # no class of tests, whatever pytest thinks of its name

    total: int = 0
    errors: int = 0
    covered: bool = True
    result: Fields = NO_RUN

    @property
    def passed(self) -> bool:
        """Whether the deployment may stand."""
        return self.covered and not self.errors


def run_tests(state: State, level: str, named: Sequence[str], package: Iterable[tuple[str, str]]) -> TestRun:
    """Runs a level's tests on the org as the deployment left it.

    Args:
        state: the org.
        level: one of the test levels.
        named: the test classes of ``RunSpecifiedTests``.
        package: type and full name of the classes and triggers that were deployed.
    """
    if level == NO_TESTS:
        return TestRun()
    sources = list(sources_of(state))
    deployed = {(type_name, name.lower()) for type_name, name in package}
    own = [one for one in sources if (one.type, one.name.lower()) in deployed]
    chosen = _chosen(level, named, sources, own)
    known = told(state)
    successes: list[tuple[str, Fields]] = []
    failures = [("failures", _missing(name)) for name in _not_there(level, named, sources)]
    for source in chosen:
        for method in source.tests:
            why = known.failure(source.name, method)
            if why is None:
                successes.append(("successes", _success(source, method)))
            else:
                failures.append(("failures", _failure(source, method, why)))
    ran = len(successes) + len(failures)
    single = level in (SPECIFIED, RELEVANT)
    measured = [_Coverage(one, known, bool(ran)) for one in (own if single else sources) if not one.is_test]
    measured = [one for one in measured if one.locations]
    warnings = _single_warnings(measured, _ENOUGH) if single else _whole_warnings(measured)
    result: Fields = (
        *(("codeCoverage", one.fields()) for one in measured),
        *(("codeCoverageWarnings", one) for one in warnings),
        *failures,
        ("numFailures", len(failures)),
        ("numTestsRun", ran),
        *successes,
        ("totalTime", 0.0),
    )
    return TestRun(ran, len(failures), not warnings, result)


def _chosen(
    level: str, named: Sequence[str], sources: Sequence[ApexSource], own: Sequence[ApexSource]
) -> list[ApexSource]:
    tests = [one for one in sources if one.type == CLASS and one.is_test]
    if level == SPECIFIED:
        wanted = {_plain(name) for name in named}
        return [one for one in tests if one.name.lower() in wanted]
    if level == RELEVANT:
        names = {one.name.lower() for one in own}
        return [one for one in tests if one.name.lower() in names or names & one.words]
    return tests  # all tests are local ones: this org has no managed packages


def _plain(name: str) -> str:
    """A class without a namespace before it: this org has none."""
    return name.rpartition(".")[2].lower()


def _not_there(level: str, named: Sequence[str], sources: Sequence[ApexSource]) -> list[str]:
    there = {one.name.lower() for one in sources if one.type == CLASS}
    return [name for name in named if _plain(name) not in there] if level == SPECIFIED else []


def _missing(name: str) -> Fields:
    return (
        ("id", ""),
        ("message", say("test-class-missing", name=name)),
        ("methodName", NIL),
        ("name", name),
        ("namespace", NIL),
        ("packageName", name),
        ("stackTrace", NIL),
        ("time", 0.0),
        ("type", "Class"),
    )


def _failure(source: ApexSource, method: str, why: str) -> Fields:
    return (
        ("id", source.id),
        ("message", why),
        ("methodName", method),
        ("name", source.name),
        ("namespace", NIL),
        ("packageName", source.name),
        ("stackTrace", f"Class.{source.name}.{method}: line 1, column 1"),
        ("time", 0.0),
        ("type", "Class"),
    )


def _success(source: ApexSource, method: str) -> Fields:
    return (
        ("id", source.id),
        ("methodName", method),
        ("name", source.name),
        ("namespace", NIL),
        ("time", 0.0),
    )


class _Coverage:
    """How much of a class or trigger was covered."""

    def __init__(self, source: ApexSource, known: Told, ran: bool) -> None:
        self.source = source
        self.percent = known.covered(source.name) if ran else 0.0
        self.locations = source.locations
        uncovered = round(len(self.locations) * (100 - self.percent) / 100)
        self.uncovered = self.locations[len(self.locations) - uncovered :]

    @property
    def kind(self) -> str:
        return "Trigger" if self.source.type == TRIGGER else "Class"

    def fields(self) -> Fields:
        """CodeCoverageResult, in the WSDL's order."""
        missed: list[tuple[str, Fields]] = [
            ("locationsNotCovered", (("column", 0), ("line", line), ("numExecutions", 0), ("time", -1.0)))
            for line in self.uncovered
        ]
        return (
            ("id", self.source.id),
            *missed,
            ("name", self.source.name),
            ("namespace", NIL),
            ("numLocations", len(self.locations)),
            ("numLocationsNotCovered", len(self.uncovered)),
            ("type", self.kind),
        )

    def warning(self, message: str) -> Fields:
        return (("id", self.source.id), ("message", message), ("name", self.source.name), ("namespace", NIL))


def _single_warnings(measured: Sequence[_Coverage], enough: float) -> list[Fields]:
    return [
        one.warning(say("coverage-of-a-component", kind=one.kind, percent=_percent(one.percent)))
        for one in measured
        if one.percent < enough
    ]


def _whole_warnings(measured: Sequence[_Coverage]) -> list[Fields]:
    found = [
        one.warning(say("coverage-of-a-trigger", percent=_percent(one.percent)))
        for one in measured
        if one.kind == "Trigger" and one.percent < 1
    ]
    lines = sum(len(one.locations) for one in measured)
    covered = sum(len(one.locations) * one.percent for one in measured) / lines if lines else 100.0
    if covered < _ENOUGH:
        message = say("coverage-of-the-org", percent=int(covered))
        found.append((("id", ""), ("message", message), ("name", NIL), ("namespace", NIL)))
    return found


def _percent(value: float) -> str:
    """As real orgs print it: ``65.979``, ``0``."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
