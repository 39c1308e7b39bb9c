"""Rows that nobody stores: made of the org's facts, apps, components and jobs whenever they are asked for."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from sfmeta.localorg.apps import Kind, all_apps
from sfmeta.localorg.caller import Caller
from sfmeta.localorg.metadata.answers import deploy_result
from sfmeta.localorg.metadata.deploy_options import DeployOptions
from sfmeta.localorg.metadata.jobs import DEPLOY, Jobs
from sfmeta.localorg.metadata.queue import settle
from sfmeta.localorg.metadata.store import Components, Stored
from sfmeta.localorg.metadata.xml import Node, XmlError, parse
from sfmeta.localorg.sql_functions import menu_item_id
from sfmeta.localorg.versions import MAXIMUM

Row: TypeAlias = tuple[str, Mapping[str, Any]]


def _organization(caller: Caller) -> Iterable[Row]:
    org = caller.state.org
    yield (
        org.id,
        {
            "Name": org.name,
            "InstanceName": "LOCAL",
            "IsSandbox": org.is_sandbox,
            "OrganizationType": org.organization_type,
        },
    )


def _menu_items(caller: Caller) -> Iterable[Row]:
    for place, app in enumerate(all_apps(caller.state), 1):
        yield (
            menu_item_id(app.id) or "",
            {
                "ApplicationId": app.id,
                "Label": app.label,
                "Name": app.record.text("DeveloperName") or app.label,
                "IsUsingAdminAuthorization": app.admin_approved_only,
                "SortOrder": place,
                "StartUrl": app.record["StartUrl"],
                "Type": "ConnectedApplication" if app.kind is Kind.CONNECTED else "ExternalClientApplication",
            },
        )


def _components(type_name: str, tell: Callable[[str, Mapping[str, bytes]], Mapping[str, Any]]) -> Callable[..., Any]:
    def rows(caller: Caller) -> Iterable[Row]:
        store = Components(caller.state)
        for one in store.list(type_name):
            yield one.id, {**_audit(one), **tell(one.full_name, store.files(type_name, one.full_name))}

    return rows


def _audit(one: Stored) -> Mapping[str, Any]:
    return {
        "CreatedDate": one.created,
        "CreatedById": one.created_by or None,
        "LastModifiedDate": one.modified,
        "LastModifiedById": one.modified_by or None,
    }


def _document(files: Mapping[str, bytes]) -> Node:
    for path, content in files.items():
        if path.endswith("-meta.xml") or len(files) == 1:
            try:
                return parse(content)
            except XmlError:
                break
    return Node.of("none")


def _text(files: Mapping[str, bytes]) -> str:
    return next((text.decode("utf-8", "replace") for path, text in files.items() if not path.endswith(".xml")), "")


def _version(document: Node) -> float | None:
    text = document.value("apiVersion")
    return float(text) if text.replace(".", "", 1).isdigit() else None


def _apex_class(name: str, files: Mapping[str, bytes]) -> Mapping[str, Any]:
    document, body = _document(files), _text(files)
    return {
        "Name": name.rpartition("__")[2],
        "NamespacePrefix": name.rpartition("__")[0] or None,
        "ApiVersion": _version(document),
        "Status": document.value("status") or None,
        "Body": body,
        "BodyCrc": float(zlib.crc32(body.encode())),
        # comments are counted in: taking them out means reading Apex
        "LengthWithoutComments": len(body),
    }


def _apex_page(name: str, files: Mapping[str, bytes]) -> Mapping[str, Any]:
    document = _document(files)
    return {
        "Name": name.rpartition("__")[2],
        "NamespacePrefix": name.rpartition("__")[0] or None,
        "ApiVersion": _version(document),
        "MasterLabel": document.value("label") or name,
        "Description": document.value("description") or None,
        "IsAvailableInTouch": document.flag("availableInTouch"),
        "IsConfirmationTokenRequired": document.flag("confirmationTokenRequired"),
        "Markup": _text(files),
    }


def _custom_permission(name: str, files: Mapping[str, bytes]) -> Mapping[str, Any]:
    document = _document(files)
    return {
        "DeveloperName": name.rpartition("__")[2],
        "NamespacePrefix": name.rpartition("__")[0] or None,
        "MasterLabel": document.value("label") or name,
        "Description": document.value("description") or None,
        "IsProtected": document.flag("isProtected"),
    }


def _deploy_requests(caller: Caller) -> Iterable[Row]:
    state = caller.state
    settle(state)
    for job in reversed(Jobs(state).all(DEPLOY)):
        told = dict(deploy_result(state, job, details=False, api_version=MAXIMUM))
        asked = DeployOptions.of_record(job.request)
        yield (
            job.id,
            {
                **{name[0].upper() + name[1:]: told[name] for name in _DEPLOY_FIELDS},
                "AllowMissingFiles": asked.allow_missing_files,
                "AutoUpdatePackage": asked.auto_update_package,
                "PurgeOnDelete": asked.purge_on_delete,
                "SinglePackage": asked.single_package,
                "TestLevel": job.request["level"],
                "StartDate": job.started or None,
                "CompletedDate": job.completed or None,
                "CanceledById": job.cancelled_by or None,
                "AbortRequested": bool(job.cancelled_by),
                "CreatedDate": job.created,
                "CreatedById": job.author or None,
                "LastModifiedById": job.author or None,
                "LastModifiedDate": job.completed or job.started or job.created,
            },
        )


# of DeployResult, by the same names in DeployRequest
_DEPLOY_FIELDS = (
    "checkOnly",
    "errorMessage",
    "errorStatusCode",
    "ignoreWarnings",
    "numberComponentErrors",
    "numberComponentsDeployed",
    "numberComponentsTotal",
    "numberTestErrors",
    "numberTestsCompleted",
    "numberTestsTotal",
    "rollbackOnError",
    "runTestsEnabled",
    "stateDetail",
    "status",
)


def _standard_value_sets(caller: Caller) -> Iterable[Row]:
    store = Components(caller.state)
    for one in store.list("StandardValueSet"):
        document = _document(store.files("StandardValueSet", one.full_name))
        names = {"FullName": one.full_name, "MasterLabel": one.full_name, "DurableId": one.full_name}
        values = [
            {
                "default": value.flag("default"),
                "label": value.value("label") or value.value("fullName"),
                "valueName": value.value("fullName"),
            }
            for value in document.all("standardValue")
        ]
        yield one.id, {**names, "Metadata": {"sorted": document.flag("sorted"), "standardValue": values}}


MADE: Mapping[str, Callable[[Caller], Iterable[Row]]] = MappingProxyType(
    {
        "ApexClass": _components("ApexClass", _apex_class),
        "ApexPage": _components("ApexPage", _apex_page),
        "AppMenuItem": _menu_items,
        "CustomPermission": _components("CustomPermission", _custom_permission),
        "DeployRequest": _deploy_requests,
        "Organization": _organization,
        "StandardValueSet": _standard_value_sets,
    }
)
"""The tables whose rows are made, each with its maker."""
