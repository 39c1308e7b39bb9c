"""What the org was told about Apex tests: which fail, and what is covered. Otherwise all pass and cover everything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sfmeta.localorg.backdoor.control import ControlRefused, Table
from sfmeta.localorg.state import State

_FACT = "apex_tests"
_TEST = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)?", re.ASCII)
_SOURCE = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of tests.

    Attributes:
        failures: the message of a failure by ``Class`` (every method of it) or ``Class.method``, in small letters.
        coverage: percent by class or trigger, in small letters.
    """

    failures: Mapping[str, str] = field(default_factory=dict)
    coverage: Mapping[str, float] = field(default_factory=dict)

    def failure(self, class_name: str, method: str) -> str | None:
        """Why a test method fails, None where it passes."""
        whole = class_name.lower()
        return self.failures.get(f"{whole}.{method.lower()}", self.failures.get(whole))

    def covered(self, name: str) -> float:
        """How much of a class or trigger the tests cover, in percent."""
        return self.coverage.get(name.lower(), 100.0)


def told(state: State) -> Told:
    """What the org was told."""
    kept = state.fact(_FACT, {})
    return Told(kept.get("failures", {}), kept.get("coverage", {}))


def tell(state: State, failures: Mapping[str, str], coverage: Mapping[str, float]) -> Told:
    """Tells the org how Apex tests go from now on; what was told before is forgotten.

    Args:
        state: the org.
        failures: a message by ``Class`` or ``Class.method``.
        coverage: 0 to 100 by class or trigger.

    Raises:
        ValueError: a name is none of Apex, or a percentage is out of range; nothing changed.
    """
    for known, pattern, form in ((failures, _TEST, "Class or Class.method"), (coverage, _SOURCE, "Class")):
        wrong_name = next((name for name in known if not pattern.fullmatch(name)), None)
        if wrong_name is not None:
            raise ValueError(f"'{wrong_name}' is not of the form {form}")
    wrong = next((name for name, percent in coverage.items() if not 0 <= percent <= 100), None)
    if wrong is not None:
        raise ValueError(f"the coverage of {wrong} is no percentage: {coverage[wrong]}")
    said = {
        "failures": {name.lower(): message for name, message in failures.items()},
        "coverage": {name.lower(): float(percent) for name, percent in coverage.items()},
    }
    state.set_fact(_FACT, said)
    return told(state)


def _told(state: State, _: Mapping[str, Any]) -> Mapping[str, Any]:
    found = told(state)
    return {"failures": dict(found.failures), "coverage": dict(found.coverage)}


def _tell(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the body says, and nothing else from now on; an empty body lets all pass again."""
    failures, coverage = _read(content)
    return _telling(state, failures, coverage)


def _tell_more(state: State, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the body says, besides what was told before."""
    failures, coverage = _read(content)
    with state.transaction():
        before = told(state)
        # of a name that is there in small letters, the last word counts
        return _telling(state, {**before.failures, **failures}, {**before.coverage, **coverage})


def _telling(state: State, failures: Mapping[str, str], coverage: Mapping[str, float]) -> Mapping[str, Any]:
    try:
        tell(state, failures, coverage)
    except ValueError as error:
        raise ControlRefused(str(error)) from error
    return _told(state, {})


def _read(content: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, float]]:
    unknown = sorted(content.keys() - {"failures", "coverage"})
    if unknown:
        known = "failures (a message by Class or Class.method) and coverage (a percentage by Class)"
        raise ControlRefused(f"unknown: {', '.join(unknown)}; what can be told is {known}")
    failures, coverage = content.get("failures", {}), content.get("coverage", {})
    if not isinstance(failures, dict) or not all(isinstance(text, str) for text in failures.values()):
        raise ControlRefused('failures is an object with a message by class or method: {"Class.method": "why"}')
    numbers = isinstance(coverage, dict) and all(
        isinstance(percent, int | float) and not isinstance(percent, bool) for percent in coverage.values()
    )
    if not numbers:
        raise ControlRefused('coverage is an object with a percentage by class or trigger: {"Class": 50}')
    return failures, coverage


APEX_CONTROL = Table(reads={"apex-tests": _told}, actions={"apex-tests": _tell, "apex-tests/add": _tell_more})
"""What the back door knows of Apex tests."""
