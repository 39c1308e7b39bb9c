"""The SOAP library's result objects as values of the model. No message of an org is dropped here."""

from __future__ import annotations

from typing import Any

from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import (
    ComponentMessage,
    DeployOutcome,
    JobStatus,
    RetrieveMessage,
    RetrieveOutcome,
    TestFailure,
)
from sfmeta.source.paths import decode_name


def deploy_outcome(result: Any) -> DeployOutcome:
    """From a ``DeployResult``."""
    details = result.details
    failures = [_message(message) for message in _many(details, "componentFailures")]
    successes = [_message(message) for message in _many(details, "componentSuccesses")]
    tests = getattr(details, "runTestResult", None)
    status, detail = _status(result)
    return DeployOutcome(
        job=JobId(_text(result.id)),
        status=status,
        done=bool(result.done),
        success=bool(result.success),
        check_only=bool(result.checkOnly),
        components_total=_number(result.numberComponentsTotal),
        components_deployed=_number(result.numberComponentsDeployed),
        component_errors=_number(result.numberComponentErrors),
        tests_total=_number(result.numberTestsTotal),
        tests_completed=_number(result.numberTestsCompleted),
        test_errors=_number(result.numberTestErrors),
        messages=(*failures, *successes),
        test_failures=tuple(_test_failure(failure) for failure in _many(tests, "failures")),
        error=_error(result),
        error_code=_text(result.errorStatusCode),
        state_detail=_text(result.stateDetail) or detail,
        canceled_by=_text(result.canceledByName) or _text(result.canceledBy),
        completed_at=_time(result.completedDate),
    )


def retrieve_outcome(result: Any, zip_bytes: int) -> RetrieveOutcome:
    """From a ``RetrieveResult`` whose zip went elsewhere.

    Args:
        result: zeep's object.
        zip_bytes: how large that zip was.
    """
    status, _ = _status(result)
    return RetrieveOutcome(
        job=JobId(_text(result.id)),
        status=status,
        done=bool(result.done),
        success=bool(result.success),
        messages=tuple(
            RetrieveMessage(_text(message.fileName), _text(message.problem)) for message in _many(result, "messages")
        ),
        components=tuple(component_of(entry) for entry in _many(result, "fileProperties")),
        error=_error(result),
        zip_bytes=zip_bytes,
        ids={component_of(entry): _text(entry.id) for entry in _many(result, "fileProperties")},
    )


def component_of(properties: Any) -> ComponentId:
    """From a ``FileProperties``; the org percent-encodes full names there, as in file names."""
    return ComponentId.of(_text(properties.type), decode_name(_text(properties.fullName)))


def _message(message: Any) -> ComponentMessage:
    return ComponentMessage(
        type=_text(message.componentType),
        full_name=_text(message.fullName),
        file=_text(message.fileName),
        problem=_text(message.problem),
        problem_type=_text(message.problemType),
        line=_number(message.lineNumber),
        column=_number(message.columnNumber),
        changed=bool(message.changed),
        created=bool(message.created),
        deleted=bool(message.deleted),
        success=bool(message.success),
    )


def _test_failure(failure: Any) -> TestFailure:
    namespace = _text(failure.namespace)
    name = _text(failure.name)
    return TestFailure(
        class_name=f"{namespace}.{name}" if namespace else name,
        method=_text(failure.methodName),
        message=_text(failure.message),
        stack_trace=_text(failure.stackTrace),
    )


# the guide's words for API 65 are the long ones, Salesforce's own client knows only these (source-deploy-retrieve)
_SHORT_WORDS = {
    "Finalizing": JobStatus.FINALIZING_DEPLOY,
    "FinalizingFailed": JobStatus.FINALIZING_DEPLOY_FAILED,
}


def _status(result: Any) -> tuple[JobStatus, str]:
    """The job's status; a word that a newer API has added is read by what the org says beside it."""
    word = _text(result.status)
    try:
        return _SHORT_WORDS.get(word) or JobStatus(word), ""
    except ValueError:
        if not result.done:
            return JobStatus.IN_PROGRESS, word
        return (JobStatus.SUCCEEDED if result.success else JobStatus.FAILED), word


def _error(result: Any) -> str:
    code, message = _text(result.errorStatusCode), _text(result.errorMessage)
    return message if not code or message.startswith(code) else f"{code}: {message}".removesuffix(": ")


def _many(holder: Any, name: str) -> list[Any]:
    return list(getattr(holder, name, None) or ())


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _time(value: Any) -> str:
    return "" if value is None else str(value.isoformat())
