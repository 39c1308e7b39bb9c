"""Which process this is, and whether another one still lives: also when its number was given to somebody else."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_START_FIELD = 22
"""Of ``/proc/PID/stat``, counted from 1 (proc_pid_stat(5)): when the process began, since the machine did."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process, so that another one can look for it.

    Attributes:
        host: the machine's name, for people.
        machine: where its number means something: this boot of this machine, this container; "" where not known.
        pid: its number.
        began: when it began, as the system says it; "" where it does not say.
    """

    host: str
    machine: str
    pid: int
    began: str

    @property
    def has_ended(self) -> bool:
        """It is known not to run any more. What cannot be known counts as running."""
        if not self.machine or self.machine != _machine():
            return False
        if not _runs(self.pid):
            return True
        now = _began(self.pid)
        return bool(self.began and now and self.began != now)

    @property
    def mark(self) -> str:
        """The process in a few letters, for a name: see ``mark_has_ended``."""
        return f"{self.pid}-{_short(self.machine)}-{_short(self.began)}"


def mark_has_ended(mark: str) -> bool:
    """Whether the process of a ``Process.mark`` is known not to run any more; of any other text nothing is known."""
    pid, _, rest = mark.partition("-")
    machine, _, began = rest.partition("-")
    if not (pid.isascii() and pid.isdigit() and machine) or machine != _short(_machine()):
        return False
    if not _runs(int(pid)):
        return True
    now = _began(int(pid))
    return bool(began and now and began != _short(now))


def this_process() -> Process:
    """The process that asks."""
    pid = os.getpid()
    return Process(platform.node(), _machine(), pid, _began(pid))


@cache
def _machine() -> str:
    """This boot of this machine, and the namespace that numbers belong to."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        # no Linux: one namespace for all, and a name that is as good as nothing where it is everybody's
        name = platform.node()
        return "" if name.partition(".")[0] in ("", "localhost") else name


def _short(text: str) -> str:
    """A few letters that stand for a text; none for none."""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _began(pid: int) -> str:
    try:
        # the name in parentheses may hold anything
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return fields[_START_FIELD - 3].decode()
    except (OSError, IndexError):
        pass
    try:
        asked = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return " ".join(asked.stdout.split())
