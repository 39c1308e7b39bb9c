"""Jobs as the results that the API shows, in the WSDL's order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.metadata.apex.runs import NO_RUN
from sfmeta.localorg.metadata.deploy_options import NO_TESTS
from sfmeta.localorg.metadata.envelope import NIL, Fields
from sfmeta.localorg.metadata.jobs import CANCELED, FINALIZING, IN_PROGRESS, PENDING, Job, Jobs
from sfmeta.localorg.metadata.listing import soap_time, user_name
from sfmeta.localorg.metadata.messages import told
from sfmeta.localorg.metadata.queue import standing
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.state import State

_FINALIZING_SINCE = 65


def async_result(job: Job, *, just_made: bool = False) -> Fields:
    """AsyncResult. The call that makes a job answers ``Queued``, also where the job is done already."""
    if just_made:
        return (("done", False), ("id", job.id), ("state", "Queued"))
    states = {PENDING: "Queued", "Failed": "Error"}
    state = "Completed" if job.is_final else "InProgress"
    return (("done", job.is_final), ("id", job.id), ("state", states.get(job.status, state)))


def deploy_result(state: State, job: Job, *, details: bool, api_version: int) -> Fields:
    """DeployResult. ``details`` is always there, empty where nobody asked for it.

    The WSDL requires it, zeep 4.3.3 insists on it (observed), and so a real org answered
    (source-deploy-retrieve#84).

    Args:
        state: the org.
        job: a deployment.
        details: with what became of each component.
        api_version: of the request: older ones do not know every status.
    """
    request, result = job.request, job.result
    counts, tests = result.get("counts", {}), result.get("tests", {})
    total, done, detail = _progress(state, job)
    return (
        ("canceledBy", job.cancelled_by or None),
        ("canceledByName", user_name(state, job.cancelled_by) if job.cancelled_by else None),
        ("checkOnly", bool(request["check_only"])),
        ("completedDate", soap_time(job.completed) if job.completed else None),
        ("createdBy", job.author),
        ("createdByName", user_name(state, job.author)),
        ("createdDate", soap_time(job.created)),
        ("details", _details(Jobs(state).detail(job)) if details else ()),
        ("done", job.is_final),
        ("errorMessage", result.get("error_message")),
        ("errorStatusCode", result.get("error_code")),
        ("id", job.id),
        ("ignoreWarnings", bool(request["ignore_warnings"])),
        ("lastModifiedDate", soap_time(job.completed or job.started or job.created)),
        ("numberComponentErrors", int(counts.get("errors", 0))),
        ("numberComponentsDeployed", int(counts.get("deployed", done))),
        ("numberComponentsTotal", int(counts.get("total", total))),
        ("numberTestErrors", int(tests.get("errors", 0))),
        ("numberTestsCompleted", int(tests.get("total", 0)) - int(tests.get("errors", 0))),
        ("numberTestsTotal", int(tests.get("total", 0))),
        ("rollbackOnError", bool(request["rollback_on_error"])),
        ("runTestsEnabled", request["level"] != NO_TESTS),
        ("startDate", soap_time(job.started) if job.started else None),
        ("stateDetail", detail),
        ("status", _shown_status(state, job, api_version)),
        ("success", job.status in ("Succeeded", "SucceededPartial")),
    )


def _shown_status(state: State, job: Job, api_version: int) -> str:
    if job.status != FINALIZING:
        return job.status
    if api_version < _FINALIZING_SINCE:
        return IN_PROGRESS
    return "Finalizing" if assumed(state.org, "finalizing_has_the_clis_name") else FINALIZING


def _progress(state: State, job: Job) -> tuple[int, int, str | None]:
    """Components in all, those that are done, and which type is next, while a deployment is on its way."""
    kinds: list[list[Any]] = job.request.get("outline", [])
    total = sum(count for _, count in kinds)
    if job.is_final or job.status == PENDING:
        return (0 if job.is_final else total), 0, None
    done = int(total * standing(state, job).progress)
    before = 0
    for kind, count in kinds:
        before += count
        if done < before:
            return total, done, say("state-detail", type=kind)
    return total, done, None


def component_messages(detail: Mapping[str, Any]) -> Iterator[Fields]:
    """The DeployMessages of a deployment, in the order of its work; none before its end.

    Args:
        detail: what ``Jobs.detail`` keeps of it.
    """
    return (told(row, detail["when"]) for row in detail.get("messages", ()))


def _details(detail: Mapping[str, Any]) -> Fields:
    """DeployDetails; before the end it is what captures of running deployments show: no tests yet."""
    failures: list[tuple[str, Fields]] = []
    successes: list[tuple[str, Fields]] = []
    for message in component_messages(detail):
        if message[-1][1]:
            successes.append(("componentSuccesses", message))
        else:
            failures.append(("componentFailures", message))
    return (*failures, *successes, ("runTestResult", _pairs(detail["tests"]) if detail else NO_RUN))


def _pairs(pairs: list[list[Any]]) -> Fields:
    return [(name, value) for name, value in pairs]


def cancel_result(job: Job) -> Fields:
    """CancelDeployResult."""
    return (("done", job.status == CANCELED), ("id", job.id))


def retrieve_result(state: State, job: Job, *, zip_follows: bool) -> Fields:
    """RetrieveResult without the zip itself, which is the last field and comes nil or streamed."""
    result, detail = job.result, Jobs(state).detail(job)
    files: list[tuple[str, Fields]] = [("fileProperties", _pairs(one)) for one in detail.get("files", ())]
    messages: list[tuple[str, Fields]] = [
        ("messages", (("fileName", name), ("problem", text))) for name, text in detail.get("messages", ())
    ]
    fields: Fields = (
        ("done", job.is_final),
        ("errorMessage", result.get("error_message")),
        ("errorStatusCode", result.get("error_code")),
        *files,
        ("id", job.id),
        *messages,
        ("status", job.status if job.is_final else IN_PROGRESS if job.started else PENDING),
        ("success", job.status == "Succeeded"),
    )
    return fields if zip_follows else (*fields, ("zipFile", NIL))
