"""The REST resource ``deployRequest``: the same deployments as over SOAP, asked for in another language.

Source: Metadata API guide, meta_rest_deploy and the pages below it; jsforce-node 3.12.0 for the names of parts and for
the quick deploy that posts to the resource itself (observed).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import NOT_FOUND, Reply, as_json, rest_error
from sfmeta.localorg.metadata import answers
from sfmeta.localorg.metadata.deploy_options import DeployOptions
from sfmeta.localorg.metadata.faults import SoapFault
from sfmeta.localorg.metadata.jobs import DEPLOY, Job
from sfmeta.localorg.metadata.json_fields import to_json
from sfmeta.localorg.metadata.multipart import MultipartError, Part, read_parts
from sfmeta.localorg.metadata.queue import ask, settle
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.submit import cancel, quick_deploy, require_access, submit_deploy
from sfmeta.localorg.state import State

_QUICK = "validatedDeployRequestId"
_FILE = "file"
# the name in the guide's samples, and jsforce's
_OPTIONS = ("json", "entity_content")
_MOST_OPTIONS_BYTES = 1 << 20
_STATUS = {"INSUFFICIENT_ACCESS": 403, "INVALID_CROSS_REFERENCE_KEY": 404, "MALFORMED_ID": 404}


class _BadRequestError(Exception):
    """What was sent is not what the resource takes."""


def handle(state: State, caller: Caller, call: Call, version: int, parts: tuple[str, ...]) -> Reply:
    """Answers a request to ``/services/data/vXX.0/metadata/deployRequest``.

    Args:
        state: the org.
        caller: whom the REST gate let in.
        call: the request.
        version: of the path.
        parts: of the path behind ``deployRequest``.
    """
    try:
        require_access(caller)
        settle(state)
        return _Resource(state, caller, call, version).answer(parts)
    except _BadRequestError as error:
        return rest_error("BAD_REQUEST", say("rest-body", problem=error))
    except SoapFault as fault:
        # a fault of the envelope has no place in JSON: here it is the request that is bad
        code = "BAD_REQUEST" if fault.code == "Client" else fault.code
        return rest_error(code, fault.message, _STATUS.get(fault.code, 400))


class _Resource:
    def __init__(self, state: State, caller: Caller, call: Call, version: int) -> None:
        self._state, self._caller, self._call, self._version = state, caller, call, version

    def answer(self, parts: tuple[str, ...]) -> Reply:
        method = self._call.method
        match parts:
            case () if method == "POST":
                return self._quick() if self._media_type == "application/json" else self._deploy()
            case (name,) if name == _QUICK and method == "POST":
                return self._quick()
            case () | ("validatedDeployRequestId",):
                return _not_allowed(method, "POST")
            case (job_id,) if method in ("GET", "HEAD"):
                return self._status(job_id)
            case (job_id,) if method == "PATCH":
                return self._cancel(job_id)
            case (_,):
                return _not_allowed(method, "GET,HEAD,PATCH")
            case _:
                return NOT_FOUND

    @property
    def _media_type(self) -> str:
        return self._call.headers.get("content-type", "").partition(";")[0].strip().lower()

    def _deploy(self) -> Reply:
        try:
            parts = read_parts(self._call.headers.get("content-type", ""), self._call.body)
        except MultipartError as error:
            raise _BadRequestError(str(error)) from error
        archive = _the_zip(parts)
        given = _object(_the_options(parts)).get("deployOptions")
        if not isinstance(given, dict):
            raise _BadRequestError("deployOptions is missing")
        options = DeployOptions.of_rest(given)
        job = submit_deploy(self._caller, archive.content, options, self._version, rest=True)
        return as_json(self._shown(job, details=False), 201)

    def _quick(self) -> Reply:
        validation = _object(self._call.body).get(_QUICK)
        if not isinstance(validation, str):
            raise _BadRequestError(f"{_QUICK} is missing")
        try:
            job = quick_deploy(self._caller, validation)
        except SoapFault as fault:
            # nothing that meets the requirements: 404 (guide, meta_rest_deploy_recentvalidation)
            return rest_error("NOT_FOUND", fault.message, 404)
        shown = self._shown(job, details=False)
        return as_json({_QUICK: validation, **{key: shown[key] for key in ("id", "url", "deployOptions")}}, 201)

    def _status(self, job_id: str) -> Reply:
        details = self._call.query.get("includeDetails", "").lower() == "true"
        with self._state.lock:
            return as_json(self._shown(ask(self._state, job_id, DEPLOY), details=details))

    def _cancel(self, job_id: str) -> Reply:
        wanted = _object(self._call.body).get("deployResult")
        if not isinstance(wanted, dict) or wanted.get("status") != "Canceling":
            raise _BadRequestError("the deployResult's status can only be set to Canceling")
        with self._state.lock:
            job = cancel(self._caller, job_id, self._version)
            return as_json(self._shown(job, details=False), 202)

    def _shown(self, job: Job, *, details: bool) -> dict[str, Any]:
        fields = answers.deploy_result(self._state, job, details=details, api_version=self._version)
        result = to_json(fields)
        if details:
            result["details"]["retrieveResult"] = None
        else:
            result["details"] = None
        options = DeployOptions.of_record(job.request)
        url = f"{self._call.base_url}/services/data/v{self._version}.0/metadata/deployRequest/{job.id}"
        return {
            _QUICK: job.request.get("validation"),
            "id": job.id,
            "url": url + ("?includeDetails=true" if details else ""),
            "deployResult": result,
            "deployOptions": {**to_json(options.shown()), "runTests": list(options.run_tests) or None},
        }


def _the_zip(parts: list[Part]) -> Part:
    found = next((part for part in parts if part.name == _FILE), None)
    found = found or next((part for part in parts if part.media_type == "application/zip"), None)
    if found is None:
        raise _BadRequestError(f"there is no part named {_FILE}")
    return found


def _the_options(parts: list[Part]) -> bytes:
    by_name = {part.name: part for part in parts}
    found = next((by_name[name] for name in _OPTIONS if name in by_name), None)
    found = found or next((part for part in parts if part.media_type == "application/json"), None)
    if found is None:
        raise _BadRequestError(f"there is no part named {_OPTIONS[0]}")
    if len(found.content) > _MOST_OPTIONS_BYTES:
        raise _BadRequestError(f"the part {found.name} is too large")
    return found.content


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _BadRequestError("what should be JSON is none") from error
    if not isinstance(found, dict):
        raise _BadRequestError("what should be a JSON object is none")
    return found


def _not_allowed(method: str, allowed: str) -> Reply:
    return rest_error("METHOD_NOT_ALLOWED", say("rest-method", method=method, allowed=allowed), 405)
