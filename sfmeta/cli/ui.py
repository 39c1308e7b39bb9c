"""What a command shows: text for people or one JSON document for machines, never both.

Results go to stdout. Progress, warnings and errors go to stderr, so that stdout can be piped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import typer

from sfmeta.cli.progress import Bar, Lines, Silent
from sfmeta.errors import GuardRefused, Problem, Severity, SfmetaError, SourceError

if TYPE_CHECKING:
    from sfmeta.model.names import JobId
    from sfmeta.ops.ports import OnInterrupt, Progress

PROBLEMS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found or did.

    Attributes:
        result: JSON-able; the ``result`` of the JSON document.
        text: the same for people, without a trailing newline; "" shows nothing.
        exit_code: see the README; 0 means done and nothing outstanding.
        error: what went wrong, for the JSON document, where the text says it to people.
    """

    result: Mapping[str, Any]
    text: str = ""
    exit_code: int = 0
    error: SfmetaError | None = None


@dataclass
class Ui:
    """The terminal of one run.

    Attributes:
        command: as typed, e.g. ``org add``.
        as_json: one JSON document on stdout, nothing else there.
        quiet: no progress, no text; errors still show.
        verbose: more words in progress.
        target_org: the alias in use, once there is one; it stands for ORG in commands that messages advise.
        environ: the process environment, read nowhere else.
    """

    command: str
    environ: Mapping[str, str]
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    target_org: str = ""
    warnings: list[str] = field(default_factory=list)
    progress: Progress = field(init=False)

    def __post_init__(self) -> None:
        if self.quiet:
            self.progress = Silent()
        elif sys.stderr.isatty() and not self.as_json:
            self.progress = Bar(color=self.color)
        else:
            self.progress = Lines()

    @property
    def color(self) -> bool:
        """Whether text may be coloured (https://no-color.org)."""
        return not self.environ.get("NO_COLOR") and not self.as_json and sys.stdout.isatty()

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.as_json

    def warn(self, text: str) -> None:
        """Something the user should know that stops nothing. Said once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def style(self, text: str, color: str = "", *, bold: bool = False, dim: bool = False) -> str:
        """The text in colour where the terminal wants it."""
        return typer.style(text, fg=color or None, bold=bold, dim=dim) if self.color else text

    def consent(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be taken back lightly.

        Raises:
            GuardRefused: no, or nobody is there to ask and ``--yes`` was not given.
        """
        if yes:
            return
        if not self.interactive:
            raise GuardRefused(f"{question}. That needs consent, and there is no terminal to ask on", "Add --yes")
        self.finish_progress()
        if not typer.confirm(f"{question}. Go on?", err=True):
            raise GuardRefused("Stopped by the user; nothing was changed")

    def interrupted(self, job: JobId) -> OnInterrupt:
        """Ask what to do with a running job after Ctrl-C; another Ctrl-C leaves it alone, and so does nobody there."""
        from sfmeta.ops.ports import OnInterrupt

        self.finish_progress()
        if not self.interactive:
            return OnInterrupt.DETACH
        question = f"\nJob {job} is running. Leave it alone (d), stop it (c), or go on waiting (w)?"
        try:
            said = typer.prompt(question, default="d", err=True).strip().lower()
        except typer.Abort:
            return OnInterrupt.DETACH
        chosen = [one for one in OnInterrupt if said and one.value.startswith(said)]
        return chosen[0] if chosen else OnInterrupt.WAIT

    def tell(self, text: str) -> None:
        """What will happen, for people, on stderr, before anything is asked or done."""
        if not (self.quiet or self.as_json):
            self.finish_progress()
            typer.echo(text, err=True)

    def finish_progress(self) -> None:
        """Close a live bar, so that other text can follow."""
        if isinstance(self.progress, Bar):
            self.progress.close()

    def show(self, answer: Answer) -> int:
        """Print the outcome of a command; the exit code."""
        self.finish_progress()
        answer = replace(answer, text=self._named(answer.text))
        if self.as_json:
            self._document(answer.exit_code, answer.result, answer.error)
        else:
            if answer.text and not self.quiet:
                typer.echo(answer.text)
            self._print_warnings()
        return answer.exit_code

    def show_error(self, error: SfmetaError) -> int:
        """Print an error; its exit code."""
        self.finish_progress()
        error.hint = self._named(error.hint)
        problems = error.problems if isinstance(error, SourceError) else ()
        if self.as_json:
            self._document(error.exit_code, {"problems": [problem_json(item) for item in problems]}, error)
            return error.exit_code
        if len(problems) > 1:
            for problem in problems[:PROBLEMS_SHOWN]:
                self.say_problem(problem)
            if len(problems) > PROBLEMS_SHOWN:
                typer.echo(f"... and {len(problems) - PROBLEMS_SHOWN} more (--json lists them all)", err=True)
            typer.echo(f"Error: {error.message}", err=True)
        else:
            job = f" (job {error.job_id})" if error.job_id and error.job_id not in str(error) else ""
            typer.echo(f"Error: {error}{job}", err=True)
        self._print_warnings()
        return error.exit_code

    def say_problem(self, problem: Problem) -> None:
        """One problem of a file, on stderr."""
        color = "red" if problem.severity is Severity.ERROR else "yellow"
        word = self.style(str(problem.severity), color)
        typer.echo(f"{word}: {problem}", err=True)

    def _named(self, text: str) -> str:
        return text.replace("-o ORG", f"-o {self.target_org}") if self.target_org else text

    def _print_warnings(self) -> None:
        for text in self.warnings:
            typer.echo(f"{self.style('Warning', 'yellow')}: {text}", err=True)

    def _document(self, status: int, result: Mapping[str, Any], error: SfmetaError | None) -> None:
        document = {
            "command": self.command,
            "status": status,
            "result": result,
            "warnings": self.warnings,
            "error": None
            if error is None
            else {
                "code": error.code,
                "message": error.sentences,
                "file": error.file or None,
                "line": error.line or None,
                "job_id": error.job_id or None,
            },
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as it stands in a JSON document."""
    return {
        "severity": str(problem.severity),
        "rule": problem.rule,
        "message": problem.message,
        "hint": problem.hint,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
    }
