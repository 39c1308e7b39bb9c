"""Running a process and saying what it cost; results and how they are judged."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class MeasuredProcessError(Exception):
    """A measured process did not do what it was started for."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one process cost.

    Attributes:
        seconds: wall time from start to end.
        cpu_seconds: of the process and of those it started and waited for.
        peak_bytes: the largest resident memory of the process, or of one of those it started and waited for.
        output: stdout.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


def run(
    command: Sequence[object],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0,),
) -> Ran:
    """Run a process to its end.

    Raises:
        MeasuredProcessError: it ended with another exit code than the accepted ones.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
        if process.returncode not in accepted:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace") + text
            raise MeasuredProcessError(f"{' '.join(words)}: exit {process.returncode}\n{said[-2000:]}")
    return Ran(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text)


def interleaved(runs: int, **actions: Callable[[], Ran]) -> dict[str, list[Ran]]:
    """Run actions in turn, so that what else the machine does falls on all of them alike.

    Each one runs once more before, unmeasured: caches of the machine and of the tool are warm.
    """
    for action in actions.values():
        action()
    results: dict[str, list[Ran]] = {name: [] for name in actions}
    for _ in range(runs):
        for name, action in actions.items():
            results[name].append(action())
    return results


def seconds_of(results: Sequence[Ran]) -> float:
    """The median of their wall times."""
    return statistics.median(result.seconds for result in results)


def cpu_seconds_of(results: Sequence[Ran]) -> float:
    """The least of their times on the processor: what else the machine does only ever adds to it."""
    return min(result.cpu_seconds for result in results)


def peak_of(results: Sequence[Ran]) -> int:
    """The largest of their peaks."""
    return max(result.peak_bytes for result in results)


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table.

    Attributes:
        name: of the row.
        what: what was measured, in words.
        value: the figure; None where the row was skipped.
        target: the largest figure that passes.
        unit: of both: ``x`` for a ratio, else ``s``.
        reason: why it was skipped, or what else was wrong; "" where nothing was.
        details: the figures behind it.
    """

    name: str
    what: str
    value: float | None
    target: float
    unit: str
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` or ``skipped``."""
        if self.value is None:
            return "skipped"
        return "met" if self.value <= self.target and not self.reason else "missed"
