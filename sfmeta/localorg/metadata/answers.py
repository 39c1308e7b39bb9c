"""Jobs as the results that the API shows, in the WSDL's order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sfmeta.localorg.metadata.envelope import NIL, Fields
from sfmeta.localorg.metadata.jobs import CANCELED, IN_PROGRESS, PENDING, Job
from sfmeta.localorg.metadata.listing import soap_time, user_name
from sfmeta.localorg.state import State

_EMPTY_TESTS: Fields = (("numFailures", 0), ("numTestsRun", 0), ("totalTime", "0.0"))


def async_result(job: Job, *, just_made: bool = False) -> Fields:
    """AsyncResult. The call that makes a job answers ``Queued``, also where the job is done already."""
    if just_made:
        return (("done", False), ("id", job.id), ("state", "Queued"))
    states = {PENDING: "Queued", "Failed": "Error"}
    state = "Completed" if job.is_final else "InProgress"
    return (("done", job.is_final), ("id", job.id), ("state", states.get(job.status, state)))


def deploy_result(state: State, job: Job, *, details: bool) -> Fields:
    """DeployResult. ``details`` is always there, empty where nobody asked for it.

    The WSDL requires it and zeep 4.3.3 insists on it (observed); whether real orgs leave it out is not established.
    """
    request, result = job.request, job.result
    counts = result.get("counts", {})
    return (
        ("canceledBy", job.cancelled_by or None),
        ("canceledByName", user_name(state, job.cancelled_by) if job.cancelled_by else None),
        ("checkOnly", bool(request.get("check_only"))),
        ("completedDate", soap_time(job.completed) if job.completed else None),
        ("createdBy", job.author),
        ("createdByName", user_name(state, job.author)),
        ("createdDate", soap_time(job.created)),
        ("details", _details(result) if details and job.is_final else ()),
        ("done", job.is_final),
        ("id", job.id),
        ("ignoreWarnings", bool(request.get("ignore_warnings"))),
        ("lastModifiedDate", soap_time(job.completed or job.started or job.created)),
        ("numberComponentErrors", int(counts.get("errors", 0))),
        ("numberComponentsDeployed", int(counts.get("deployed", 0))),
        ("numberComponentsTotal", int(counts.get("total", 0))),
        ("numberTestErrors", 0),
        ("numberTestsCompleted", 0),
        ("numberTestsTotal", 0),
        ("rollbackOnError", bool(request.get("rollback_on_error"))),
        ("runTestsEnabled", bool(request.get("runs_tests"))),
        ("startDate", soap_time(job.started) if job.started else None),
        ("stateDetail", None),
        ("status", job.status),
        ("success", job.status in ("Succeeded", "SucceededPartial")),
    )


def _details(result: Mapping[str, Any]) -> Fields:
    failures: list[tuple[str, Fields]] = [("componentFailures", _pairs(one)) for one in result.get("failures", ())]
    successes: list[tuple[str, Fields]] = [("componentSuccesses", _pairs(one)) for one in result.get("successes", ())]
    return (*failures, *successes, ("runTestResult", _EMPTY_TESTS))


def _pairs(pairs: list[list[Any]]) -> Fields:
    return [(name, value) for name, value in pairs]


def cancel_result(job: Job) -> Fields:
    """CancelDeployResult."""
    return (("done", job.status == CANCELED), ("id", job.id))


def retrieve_result(job: Job, *, zip_follows: bool) -> Fields:
    """RetrieveResult without the zip itself, which is the last field and comes nil or streamed."""
    result = job.result
    files: list[tuple[str, Fields]] = [("fileProperties", _pairs(one)) for one in result.get("files", ())]
    messages: list[tuple[str, Fields]] = [
        ("messages", (("fileName", name), ("problem", text))) for name, text in result.get("messages", ())
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
