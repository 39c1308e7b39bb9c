"""The error tree, branched by what the caller can do about it. Every error knows its exit code.

::

    SfmetaError                     (never raised itself)
    ├── UsageError             2    arguments or settings are wrong: change the command line
    │   └── UnknownOrg         2    no such org alias, or no default org
    ├── SourceError            2    a policy, template, metadata file or archive is wrong: edit the file
    ├── GuardRefused           4    the work is possible but would hurt: consent, or do something else first
    ├── OrgRefused             1    the org answered no: read its message
    │   └── SessionExpired     1    the session ended (renewed once before this is raised)
    ├── OperationFailed        1    something outside the org failed: git, disk, an inconsistency
    ├── StillRunning           5    the deadline passed, the job goes on: ``sfmeta job resume``
    ├── OrgUnreachable         6    no answer, or no understandable one: check URL and network
    │   ├── LoginRefused       6    the org did not let us in: check credentials, app policy, permissions
    │   └── NotSent            6    no connection: the org knows nothing of the call
    └── Interrupted          130    Ctrl-C

A *failed deployment* is not in the tree: it is a value (``model.outcome.DeployOutcome``). An error is a broken
conversation. Messages say what, where and what to do; they carry job ids, never tokens or request bodies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class Severity(StrEnum):
    """How bad a problem in a file is. Only ``ERROR`` stops anything."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place of one file. Collected, sorted and shown together.

    Attributes:
        message: one sentence: what is wrong.
        rule: a stable id such as ``policy-unknown-key``, for filters and SARIF.
        file: the path as the user knows it, or "" where there is none.
        line: 1-based, 0 where unknown.
        column: 1-based, 0 where unknown.
        hint: what to do about it, or "".
    """

    message: str
    rule: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Orders problems the way a person reads files."""
        return (self.file, self.line, self.column, self.message)


@dataclass(eq=False)
class SfmetaError(Exception):
    """The root of the tree. ``str(error)`` is the one line that a person sees.

    Attributes:
        message: what went wrong, one sentence without a trailing full stop.
        hint: what to do now, or "".
        code: a stable word for machines; the class name unless given (an org's own code for ``OrgRefused``).
        file: the file the error is about, or "".
        line: 1-based line in ``file``, 0 where unknown.
        column: 1-based column in ``file``, 0 where unknown.
        job_id: the id of the Metadata API job this is about, or "".
    """

    exit_code: ClassVar[int] = 1

    message: str
    hint: str = ""
    code: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    job_id: str = ""

    def __post_init__(self) -> None:
        self.code = self.code or type(self).__name__
        super().__init__(self.message)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place}: {self.sentences}" if place else self.sentences

    @property
    def sentences(self) -> str:
        """The message and the hint; a question needs no full stop between them."""
        stop = "" if self.message.endswith("?") else "."
        return f"{self.message}{stop} {self.hint}" if self.hint else self.message


@dataclass(eq=False)
class UsageError(SfmetaError):
    """The command line or the settings ask for something that cannot be."""

    exit_code: ClassVar[int] = 2


@dataclass(eq=False)
class UnknownOrg(UsageError):
    """No org of that alias is known, or none was named and there is no default."""


@dataclass(eq=False)
class SourceError(SfmetaError):
    """One or more files are wrong. ``problems`` holds every one of them, in reading order."""

    exit_code: ClassVar[int] = 2

    problems: tuple[Problem, ...] = field(default=())

    @classmethod
    def of(cls, problems: Sequence[Problem], what: str = "") -> SourceError:
        """One error for all problems of a run.

        Args:
            problems: at least one; warnings among them are kept.
            what: what was being read, for the summary line ("policy", "template").

        Returns:
            The error; its message is the only problem, or their number.
        """
        ordered = tuple(sorted(problems, key=lambda problem: problem.sort_key))
        first = ordered[0]
        if len(ordered) == 1:
            return cls(first.message, first.hint, "", first.file, first.line, first.column, problems=ordered)
        subject = f" in the {what}" if what else ""
        error = cls(f"{len(ordered)} problems{subject}", file=first.file, problems=ordered)
        # who meets the error in a traceback and not on our command line reads them, too
        for problem in ordered:
            error.add_note(str(problem))
        return error

    @classmethod
    def at(cls, message: str, file: str, line: int = 0, column: int = 0, hint: str = "") -> SourceError:
        """One error for one place."""
        return cls.of([Problem(message, file=file, line=line, column=column, hint=hint)])


@dataclass(eq=False)
class GuardRefused(SfmetaError):
    """A guard stopped the run before anything changed. The message says what would satisfy it."""

    exit_code: ClassVar[int] = 4


@dataclass(eq=False)
class OrgRefused(SfmetaError):
    """The org understood and said no. ``code`` is the org's own (``INSUFFICIENT_ACCESS``)."""


@dataclass(eq=False)
class SessionExpired(OrgRefused):
    """The session ended and could not be renewed."""


@dataclass(eq=False)
class OperationFailed(SfmetaError):
    """Something other than the org failed: git, the disk, the keyring, the local org process."""


@dataclass(eq=False)
class StillRunning(SfmetaError):
    """The deadline passed while the job was running. A time-out is not a failure: the job goes on."""

    exit_code: ClassVar[int] = 5


@dataclass(eq=False)
class OrgUnreachable(SfmetaError):
    """No connection, no answer in time, or an answer that no Salesforce org would give."""

    exit_code: ClassVar[int] = 6


@dataclass(eq=False)
class LoginRefused(OrgUnreachable):
    """The org did not let us in. ``code`` is the org's own (``invalid_grant``, ``INVALID_LOGIN``)."""


@dataclass(eq=False)
class NotSent(OrgUnreachable):
    """No connection came about, so the org knows nothing of the call. A lost answer is something else."""


@dataclass(eq=False)
class Interrupted(SfmetaError):
    """Ctrl-C. What goes on in the org is named by ``job_id``."""

    exit_code: ClassVar[int] = 130
