"""A job done: what it does to the org and its result become visible together, so a kill leaves nothing half."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sfmeta.localorg.metadata.deploy import deploy
from sfmeta.localorg.metadata.deploy_options import DeployOptions
from sfmeta.localorg.metadata.envelope import Fields
from sfmeta.localorg.metadata.faults import SoapFault
from sfmeta.localorg.metadata.jobs import DEPLOY, Job, Jobs
from sfmeta.localorg.metadata.listing import file_properties, soap_time, user_name
from sfmeta.localorg.metadata.manifest import Manifest
from sfmeta.localorg.metadata.messages import Outcome
from sfmeta.localorg.metadata.retrieve import RetrievedFile, retrieve
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.setup_lock import SETUP_LOCKED
from sfmeta.localorg.metadata.xml import many_nodes
from sfmeta.localorg.metadata.zipfiles import Archive, limits_of
from sfmeta.localorg.state import State

_log = logging.getLogger(__name__)


def run(state: State, job: Job, at: str = "") -> Job:
    """Does a job to its end. Whatever goes wrong on the way is its result: a queue never stops at one job.

    Args:
        state: the org.
        job: one whose time has come.
        at: the moment it ends; now where it is not given.
    """
    try:
        with many_nodes():
            return _deploy(state, job, at) if job.kind == DEPLOY else _retrieve(state, job, at)
    except SoapFault as fault:
        code, message = fault.code, fault.message
    except Exception:
        _log.exception("the local org failed at job %s", job.id)
        code, message = "UNKNOWN_EXCEPTION", "An unexpected error occurred in the local org"
    Jobs(state).set_zip(job, None)
    return Jobs(state).move(job, "Failed", result=_error(code, message), at=at)


def _error(code: str, message: str) -> Mapping[str, Any]:
    # the code stands in both fields: captures of failed retrieves (MavensMate#946)
    code = "UNKNOWN_EXCEPTION" if code == "Client" else code
    return {"error_code": code, "error_message": f"{code}: {message}"}


def _deploy(state: State, job: Job, at: str) -> Job:
    jobs = Jobs(state)
    if job.request.get("setup_locked"):
        jobs.set_zip(job, None)
        locked = {"error_code": "ALREADY_IN_PROCESS", "error_message": SETUP_LOCKED.message}
        return jobs.move(job, "Failed", result=locked, at=at)
    options = DeployOptions.of_record(job.request)
    with state.transaction():
        outcome = deploy(state, Archive(jobs.zip_of(job) or b""), options, job.author, job.request["level"])
        # what rolls back is not SucceededPartial; a check-only run reports what would have been
        status = outcome.status(options.rollback_on_error)
        if not (options.check_only and status == "Succeeded"):
            jobs.set_zip(job, None)
        return jobs.move(job, status, result=_numbers(outcome), detail=_deploy_detail(state, outcome), at=at)


def _numbers(outcome: Outcome) -> Mapping[str, Any]:
    tests = outcome.tests
    return {
        "counts": {"errors": outcome.errors, "deployed": outcome.deployed, "total": outcome.total},
        "tests": {"total": tests.total, "errors": tests.errors, "passed": tests.passed},
    }


def _deploy_detail(state: State, outcome: Outcome) -> Mapping[str, Any]:
    return {
        "when": soap_time(state.clock.stamp()),
        "messages": [message.row() for message in outcome.messages],
        "tests": outcome.tests.result,
    }


def _retrieve(state: State, job: Job, at: str) -> Job:
    jobs = Jobs(state)
    request = job.request
    if request["package_names"]:
        message = say("no-such-package", name=request["package_names"][0])
        # the code of the text is not that of the field (rule no-such-package)
        failed = {"error_message": f"INVALID_CROSS_REFERENCE_KEY: {message}", "error_code": "UNKNOWN_EXCEPTION"}
        return jobs.move(job, "Failed", result=failed, at=at)
    members = {name: tuple(names) for name, names in request["members"].items()}
    manifest = Manifest(members, request["version"])
    with state.transaction():
        found = retrieve(
            state,
            manifest,
            request["single_package"],
            limits=limits_of(state.org, request["api_version"]),
            only=tuple(request["specific_files"]),
        )
        files = [_properties(state, file, job) for file in found.files]
        jobs.set_zip(job, found.archive)
        return jobs.move(job, "Succeeded", detail={"files": files, "messages": found.messages}, at=at)


def _properties(state: State, file: RetrievedFile, job: Job) -> Fields:
    if file.stored is not None:
        return file_properties(state, file.stored, file.path)
    name, when = user_name(state, job.author), soap_time(job.created)
    return (
        ("createdById", job.author),
        ("createdByName", name),
        ("createdDate", when),
        ("fileName", file.path),
        ("fullName", file.path),
        ("id", ""),
        ("lastModifiedById", job.author),
        ("lastModifiedByName", name),
        ("lastModifiedDate", when),
        ("manageableState", "unmanaged"),
        ("type", file.type),
    )
