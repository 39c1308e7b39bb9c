"""From a request to a job, and what may be done with a job: the same for SOAP and REST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.metadata.deploy_options import NO_TESTS, DeployOptions, refuse, test_level
from sfmeta.localorg.metadata.faults import SoapFault, insufficient_access, invalid_operation
from sfmeta.localorg.metadata.jobs import (
    CANCELED,
    CANCELING,
    DEPLOY,
    FINALIZING,
    PENDING,
    RETRIEVE,
    Job,
    Jobs,
    meets_lock,
)
from sfmeta.localorg.metadata.package import outline
from sfmeta.localorg.metadata.queue import settle
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.running import run
from sfmeta.localorg.metadata.zipfiles import Archive, limits_of

VALIDATION_LASTS = timedelta(days=10)
_FINALIZING_SINCE = 65


def require_access(caller: Caller) -> None:
    """Who may use the Metadata API at all.

    Raises:
        SoapFault: the user holds neither of the two permissions.
    """
    if not (caller.has("ModifyMetadata") or caller.has("ModifyAllData")):
        raise insufficient_access()


def submit_deploy(
    caller: Caller, content: bytes, options: DeployOptions, api_version: int, *, rest: bool = False
) -> Job:
    """Takes a deployment; in an org that waits for nothing it is done at once.

    Args:
        caller: who deploys.
        content: the zip.
        options: what was asked for.
        api_version: of the request.
        rest: it comes over REST.

    Raises:
        SoapFault: what can be refused without running is refused here, and makes no job.
    """
    state = caller.state
    refused = refuse(options, state.org, api_version)
    if refused is not None:
        raise refused
    archive = Archive(content, limits_of(state.org, api_version, rest=rest))
    holds_apex = any(path.endswith((".cls", ".trigger")) for path in archive.sizes)
    request = {
        **asdict(options),
        "api_version": api_version,
        "level": test_level(options, state.org, api_version, holds_apex=holds_apex),
        # only who has to wait for it sees how far it is
        "outline": [] if Jobs(state).mode.kind == "immediate" else outline(archive, options.single_package),
    }
    return _added(caller, DEPLOY, request, content)


def submit_retrieve(caller: Caller, request: Mapping[str, Any]) -> Job:
    """Takes a retrieve."""
    return _added(caller, RETRIEVE, request)


def _added(caller: Caller, kind: str, request: Mapping[str, Any], content: bytes | None = None) -> Job:
    state = caller.state
    with state.lock:
        if kind == DEPLOY and meets_lock(state):
            request = {**request, "setup_locked": True}
        job = Jobs(state).add(kind, caller.user_id, request, content)
        if Jobs(state).mode.kind == "immediate":
            if kind == DEPLOY:
                settle(state)
            else:
                run(state, job)
    return job


def cancel(caller: Caller, job_id: str, api_version: int) -> Job:
    """Asks for a deployment to stop: at once while it is pending, at its next status call later.

    Raises:
        SoapFault: there is no such job, or it is too late.
    """
    jobs = Jobs(caller.state)
    with caller.state.lock:
        job = jobs.get(job_id, DEPLOY)
        if job.is_final:
            raise SoapFault("INVALID_ID_FIELD", say("cancel-finished"))
        if job.status == FINALIZING and api_version >= _FINALIZING_SINCE:
            raise invalid_operation(say("cancel-finalizing"))
        if job.status == CANCELING:
            return job
        job = jobs.move(job, CANCELED if job.status == PENDING else CANCELING, by=caller.user_id)
        jobs.set_zip(job, None)
    return job


def quick_deploy(caller: Caller, validation_id: str) -> Job:
    """Deploys what a validation has proven, without its tests.

    Raises:
        SoapFault: there is no such validation, or it does not qualify.
    """
    state = caller.state
    with state.lock:
        jobs = Jobs(state)
        validation = jobs.get(validation_id, DEPLOY)
        content = jobs.zip_of(validation)
        reason = _unfit(jobs, validation, content)
        if reason or content is None:
            raise invalid_operation(say("quick-deploy", name=validation.id, reason=reason))
        request = {**validation.request, "check_only": False, "level": NO_TESTS, "validation": validation.id}
        job = _added(caller, DEPLOY, request, content)
        jobs.set_zip(validation, None)
    return job


def _unfit(jobs: Jobs, validation: Job, content: bytes | None) -> str:
    """Why a validation does not qualify, "" where it does."""
    if validation.status != "Succeeded" or not validation.request["check_only"]:
        return "it is no successful validation"
    age = jobs.now() - from_stamp(validation.completed)
    if age > VALIDATION_LASTS:
        return "it is older than 10 days"
    if validation.request["level"] == NO_TESTS:
        return "it ran no Apex tests"
    if content is None or jobs.deployed_since(validation):
        return "something was deployed since"
    return ""
