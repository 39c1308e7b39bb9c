"""A deploy job and its messages, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sfmeta.model.deployment import Deployment, Undo, UndoState
from sfmeta.model.outcome import ComponentMessage, DeployOutcome
from sfmeta.report.changes import Style

Files = Mapping[str, str]
"""Where components lie in the project: path by ``Type:FullName``."""


def outcome_text(outcome: DeployOutcome, style: Style, files: Files = MappingProxyType({})) -> str:
    """The verdict in one line, then every failure: file, line, column and the org's words. None is dropped.

    Args:
        outcome: of the job.
        style: colours a text.
        files: so that a message can name the file that people edit; without it the one in the package.
    """
    return "\n".join(_lines(outcome, style, files))


def outcome_json(outcome: DeployOutcome) -> dict[str, Any]:
    """Everything the org said."""
    return {
        "job_id": outcome.job,
        "status": str(outcome.status),
        "done": outcome.done,
        "success": outcome.success,
        "check_only": outcome.check_only,
        "components": {
            "total": outcome.components_total,
            "deployed": outcome.components_deployed,
            "errors": outcome.component_errors,
        },
        "tests": {
            "total": outcome.tests_total,
            "completed": outcome.tests_completed,
            "errors": outcome.test_errors,
        },
        "error": outcome.error or None,
        "messages": [_message_json(message) for message in outcome.messages],
        "test_failures": [
            {"class": failure.class_name, "method": failure.method, "message": failure.message}
            for failure in outcome.test_failures
        ],
    }


def deployment_json(deployment: Deployment) -> dict[str, Any]:
    """A ledger entry."""
    return {
        "id": deployment.id,
        "org_id": str(deployment.org_id),
        "stage": str(deployment.stage),
        "kind": deployment.kind,
        "started_at": deployment.started_at,
        "finished_at": deployment.finished_at or None,
        "username": deployment.username,
        "author": deployment.author or None,
        "source_revision": deployment.source_revision or None,
        "source_dirty": deployment.source_dirty,
        "package_digest": deployment.package_digest,
        "components": [str(item) for item in deployment.components],
        "deletions": [str(item) for item in deployment.deletions],
        "job_id": deployment.job_id or None,
        "status": deployment.status or None,
        "success": deployment.success,
        "differences": list(deployment.differences),
        "unrecoverable": [str(item) for item in deployment.unrecoverable],
        "unread_after": [str(item) for item in deployment.unread_after],
        "environment": deployment.derivation.environment or None,
        "base_digest": deployment.derivation.base_digest or None,
        "values_digest": deployment.derivation.values_digest or None,
        "promoted_from": deployment.source or None,
        "plan": deployment.plan or None,
        "validation": deployment.validation or None,
        "late_of": deployment.late_of or None,
        "confirmed_at": deployment.confirmed_at or None,
        "confirmed_by": deployment.confirmed_by or None,
        "undo": undo_json(deployment.undo),
    }


def undo_json(undo: Undo) -> dict[str, Any]:
    """The package that takes a deployment back."""
    return {
        "state": str(undo.state),
        "package_digest": undo.digest or None,
        "job_id": undo.job_id or None,
        "losses": list(undo.losses),
        "problems": list(undo.problems),
    }


def undo_lines(entry: Deployment, style: Style) -> list[str]:
    """What is known of the way back from a deployment, for people; nothing where nothing was changed."""
    undo = entry.undo
    words = "; ".join(undo.problems)
    match undo.state:
        case UndoState.WORKS:
            return [f"The way back is validated: sfmeta rollback -o ORG --deployment {entry.id}"]
        case UndoState.REFUSED:
            return [style(f"The org refused the package that would take this back: {words}", "red")]
        case UndoState.UNTESTED:
            return [style(f"The way back is not validated: {words or 'the run ended before'}", "yellow")]
        case UndoState.NONE:
            return []


def _lines(outcome: DeployOutcome, style: Style, files: Files) -> Iterator[str]:
    verb = "check" if outcome.check_only else "deploy"
    color = "green" if outcome.success else "red" if outcome.done else "yellow"
    yield style(f"{outcome.status}", color) + f": {verb} job {outcome.job}, " + _numbers(outcome)
    if outcome.error:
        yield f"  {outcome.error}"
    for message in outcome.messages:
        if message.problem:
            word = message.problem_type or ("Error" if not message.success else "Info")
            word = style(word, "yellow" if message.success else "red")
            yield f"  {word} {_place(message, files)}: {message.problem}"
    for failure in outcome.test_failures:
        yield f"  {style('Test', 'red')} {failure.class_name}.{failure.method}: {failure.message}"


def _numbers(outcome: DeployOutcome) -> str:
    text = f"{outcome.components_deployed} of {outcome.components_total} components"
    if outcome.component_errors:
        text += f", {outcome.component_errors} with errors"
    if outcome.tests_total:
        text += f", {outcome.tests_completed} of {outcome.tests_total} tests"
    return text


def _place(message: ComponentMessage, files: Files) -> str:
    name = f"{message.type}:{message.full_name}" if message.type else message.full_name
    file = files.get(name, message.file)
    place = ":".join(str(part) for part in (file, message.line, message.column) if part)
    return f"{place} ({name})" if place and place != name else name


def _message_json(message: ComponentMessage) -> dict[str, Any]:
    return {
        "component": f"{message.type}:{message.full_name}" if message.type else message.full_name,
        "file": message.file,
        "line": message.line or None,
        "column": message.column or None,
        "problem": message.problem or None,
        "problem_type": message.problem_type or None,
        "changed": message.changed,
        "created": message.created,
        "deleted": message.deleted,
        "success": message.success,
    }
