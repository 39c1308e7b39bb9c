"""The history of an org: a table of deployments, and one of them in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sfmeta.model.change import ChangeSet
from sfmeta.model.deployment import UNKNOWN, Deployment, Purpose, Stage
from sfmeta.model.names import ComponentId
from sfmeta.model.records import RecordChange
from sfmeta.report.changes import Style, changes_json, changes_text, summary
from sfmeta.report.columns import columns
from sfmeta.report.conflicts import grant_json, grant_text
from sfmeta.report.deployment import deployment_json, undo_lines
from sfmeta.report.words import counted

_HEAD = ("started", "came to", "kind", "revision", "deployment", "what", "by")


def history_text(found: Sequence[Deployment], style: Style, width: int) -> str:
    """A table, newest first, and under it what to run for deployments that are open.

    Args:
        found: in their last stage.
        style: colours a text.
        width: of the terminal.
    """
    rows = [
        (entry.started_at, _came_to(entry), entry.kind, _revision(entry), entry.id, _size(entry), _by(entry))
        for entry in found
    ]
    head, *lines = columns(_HEAD, rows, width, flexible=len(_HEAD) - 1)
    colored = [_colored(line, entry, style) for line, entry in zip(lines, found, strict=True)]
    return "\n".join([head, *colored, *next_steps(found, style)])


def next_steps(found: Iterable[Deployment], style: Style) -> list[str]:
    """What to run for each deployment that is open."""
    lines = []
    for entry in found:
        if entry.stage is Stage.SENT:
            lines.append(f"{entry.id} is open. Go on with: sfmeta job resume {entry.job_id} -o ORG")
        elif entry.stage is Stage.PREPARED:
            what = "was prepared, and whether the org took it is not recorded"
            lines.append(f"{entry.id} {what}. The next deploy or rollback finds it out first")
    return [style(line, "yellow") for line in lines]


def told_text(
    entry: Deployment,
    changes: ChangeSet | None,
    records: tuple[RecordChange, ...] | None,
    unknown: tuple[ComponentId, ...],
    style: Style,
) -> str:
    """One deployment in full.

    Args:
        entry: in its last stage.
        changes: of metadata; None where not known yet.
        records: of grants; None where the ledger does not say.
        unknown: components that the org did not give.
        style: colours a text.
    """
    lines = [f"Deployment {entry.id}: {entry.kind}, {_came_to(entry)}", *_facts(entry)]
    if changes is None:
        lines.append("What it changed is not known yet.")
    else:
        lines.append(f"Changed: {summary(changes)}")
        lines += [changes_text(changes, style)] if changes else []
    if records is None:
        lines.append("What became of grants is not recorded.")
    else:
        lines += map(grant_text, records)
    lines += [f"{component}: the org did not give it, before or after" for component in unknown]
    lines += [style(f"Not as sent: {line}", "red") for line in entry.differences]
    lines += undo_lines(entry, style)
    lines += [f"A rollback cannot put back: {loss}" for loss in entry.undo.losses]
    return "\n".join([*lines, *next_steps([entry], style)])


def told_json(
    entry: Deployment,
    commit: str,
    changes: ChangeSet | None,
    records: tuple[RecordChange, ...] | None,
    writes: tuple[RecordChange, ...],
    unknown: tuple[ComponentId, ...],
) -> dict[str, Any]:
    """The same, with exact values."""
    return {
        **deployment_json(entry),
        "commit": commit,
        "changes": None if changes is None else changes_json(changes),
        "grants": None if records is None else [grant_json(change) for change in records],
        "writes": [grant_json(change) for change in writes],
        "unknown": [str(component) for component in unknown],
    }


def _facts(entry: Deployment) -> Iterator[str]:
    revision = _revision(entry)
    derived = entry.derivation
    finished = f", finished {entry.finished_at}" if entry.finished_at else ""
    yield f"  when        {entry.started_at}{finished}"
    yield f"  who         {entry.author or 'unknown here'}, in the org {entry.username}"
    yield f"  revision    {entry.source_revision or '-'}{' and files that differ from it' if '+' in revision else ''}"
    yield f"  package     sha256 {entry.package_digest}, {_size(entry)}"
    if derived.environment or derived.values_digest:
        values = f", with values sha256 {derived.values_digest}" if derived.values_digest else ""
        yield f"  derived     for {derived.environment or '-'} from sha256 {derived.base_digest}{values}"
    if entry.source:
        yield f"  promoted    from deployment {entry.source}"
    if entry.plan:
        yield f"  plan        {entry.plan}"
    if entry.validation:
        yield f"  validated   by job {entry.validation}"
    yield f"  job         {entry.job_id or '-'}{f' ({entry.status})' if entry.status else ''}"
    if entry.late_of:
        yield f"  late        the request of {entry.late_of}, which was closed as never taken"
    if entry.unanswered:
        yield "  doubted     no answer came, and the org listed no such job; for a day, the next change looks again"
    if entry.unrecoverable:
        yield f"  not kept    {', '.join(map(str, entry.unrecoverable))}: the org would not give the state before"


def _came_to(entry: Deployment) -> str:
    if entry.stage is not Stage.FINISHED:
        return str(entry.stage)
    if entry.status == UNKNOWN:
        return "unknown"
    return "ok" if entry.success else "failed"


def _colored(line: str, entry: Deployment, style: Style) -> str:
    word = _came_to(entry)
    color = {"ok": "green", "failed": "red"}.get(word, "yellow")
    return line.replace(f"  {word} ", f"  {style(word, color)} ", 1)


def _revision(entry: Deployment) -> str:
    return entry.source_revision[:10] + ("+" if entry.source_dirty and entry.source_revision else "") or "-"


def _size(entry: Deployment) -> str:
    if entry.kind == Purpose.GRANT or (entry.kind == Purpose.APPLY and not entry.components):
        return "grants"
    size = counted(len(entry.components), "component")
    return size + (f", {counted(len(entry.deletions), 'deletion')}" if entry.deletions else "")


def _by(entry: Deployment) -> str:
    return entry.author or entry.username
