"""The operations of the service, each a function of a call, in a table by the name in the request's Body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.metadata import answers, crud
from sfmeta.localorg.metadata.deploy_options import DeployOptions
from sfmeta.localorg.metadata.envelope import Request, Value, response, zip_response
from sfmeta.localorg.metadata.jobs import DEPLOY, RETRIEVE, Jobs
from sfmeta.localorg.metadata.listing import describe_metadata, list_metadata
from sfmeta.localorg.metadata.manifest import major_version
from sfmeta.localorg.metadata.queue import ask
from sfmeta.localorg.metadata.retrieve import retrieve_request
from sfmeta.localorg.metadata.submit import cancel, quick_deploy, submit_deploy, submit_retrieve
from sfmeta.localorg.metadata.value_types import describe_value_type
from sfmeta.localorg.metadata.xml import Node, many_nodes
from sfmeta.localorg.state import State

Answer: TypeAlias = "bytes | Iterator[bytes]"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation.

    Attributes:
        state: the org.
        caller: who calls.
        api_version: from the URL.
        request: the body.
    """

    state: State
    caller: Caller
    api_version: int
    request: Request

    @property
    def arguments(self) -> Node:
        """The operation's element."""
        return self.request.arguments

    @property
    def jobs(self) -> Jobs:
        """The org's jobs."""
        return Jobs(self.state)

    def answer(self, *results: Value) -> bytes:
        """The response with these results."""
        return response(self.request.operation, results)


def _deploy(call: Call) -> Answer:
    options = DeployOptions.of_soap(call.arguments.first("DeployOptions") or Node.of("DeployOptions"))
    job = submit_deploy(call.caller, call.request.zip_bytes(), options, call.api_version)
    return call.answer(answers.async_result(job, just_made=True))


def _check_deploy_status(call: Call) -> Answer:
    details = call.arguments.flag("includeDetails")
    with many_nodes():
        with call.state.lock:
            job = ask(call.state, call.arguments.value("asyncProcessId"), DEPLOY)
            fields = answers.deploy_result(call.state, job, details=details, api_version=call.api_version)
        return call.answer(fields)


def _cancel_deploy(call: Call) -> Answer:
    # the WSDL says String, jsforce says id
    job_id = call.arguments.value("String") or call.arguments.value("id")
    return call.answer(answers.cancel_result(cancel(call.caller, job_id, call.api_version)))


def _deploy_recent_validation(call: Call) -> Answer:
    return call.answer(quick_deploy(call.caller, call.arguments.value("validationId")).id)


def _retrieve(call: Call) -> Answer:
    # the WSDL says retrieveRequest, jsforce says request
    asked = call.arguments.first("retrieveRequest") or call.arguments.first("request") or Node.of("request")
    job = submit_retrieve(call.caller, retrieve_request(asked, call.api_version))
    return call.answer(answers.async_result(job, just_made=True))


def _check_retrieve_status(call: Call) -> Answer:
    asked = call.arguments.first("includeZip")
    # jsforce and CumulusCI leave includeZip out and expect the zip
    wanted = asked is None or asked.text.strip().lower() not in ("false", "0")
    with call.state.lock:
        job = ask(call.state, call.arguments.value("asyncProcessId"), RETRIEVE)
        content = call.jobs.zip_of(job) if job.status == "Succeeded" and wanted else None
        if content is not None:
            call.jobs.set_zip(job, None)  # the rule retrieve-zip-once
    fields = answers.retrieve_result(call.state, job, zip_follows=content is not None)
    if content is None:
        return call.answer(fields)
    return zip_response(call.request.operation, fields, "zipFile", content)


def _check_status(call: Call) -> Answer:
    """Gone from newer WSDLs, but CumulusCI still calls it."""
    job_id = call.arguments.value("asyncProcessId")
    job = ask(call.state, job_id, call.jobs.kind_of(job_id))
    return call.answer(answers.async_result(job))


def _list_metadata(call: Call) -> Answer:
    queries = [(query.value("type"), query.value("folder")) for query in call.arguments.all("queries")]
    version = major_version(call.arguments.value("asOfVersion"), call.api_version)
    return call.answer(*list_metadata(call.state, queries, version))


def _describe_metadata(call: Call) -> Answer:
    version = major_version(call.arguments.value("asOfVersion"), call.api_version)
    return call.answer(describe_metadata(version))


def _describe_value_type(call: Call) -> Answer:
    return call.answer(describe_value_type(call.arguments.value("type")))


def _synchronous(call: Call) -> Answer:
    return crud.answer(call.state, call.caller.user_id, call.api_version, call.request)


OPERATIONS: Mapping[str, Callable[[Call], Answer]] = MappingProxyType(
    {
        "cancelDeploy": _cancel_deploy,
        "checkDeployStatus": _check_deploy_status,
        "checkRetrieveStatus": _check_retrieve_status,
        "checkStatus": _check_status,
        "deploy": _deploy,
        "deployRecentValidation": _deploy_recent_validation,
        "describeMetadata": _describe_metadata,
        "describeValueType": _describe_value_type,
        "listMetadata": _list_metadata,
        "retrieve": _retrieve,
        **dict.fromkeys(crud.OPERATIONS, _synchronous),
    }
)
"""Every operation by the name in the request's Body."""
