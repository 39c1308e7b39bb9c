"""One org, logged in: everything the verbs ask of it.

Importing this module loads requests, but neither zeep nor simple-salesforce: they cost 130 ms and are loaded by the
first SOAP call, so that a command that only queries does not pay for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO

from sfmeta.errors import GuardRefused, LoginRefused, SessionExpired, SfmetaError, UsageError
from sfmeta.model.names import ApiVersion, ComponentId, JobId, OrgId, TypeName
from sfmeta.model.outcome import DeployOptions, DeployOutcome, OrgInfo, RetrieveOutcome
from sfmeta.model.registry import types as metadata_types
from sfmeta.org.answers import component_of, deploy_outcome, retrieve_outcome
from sfmeta.org.auth import Door
from sfmeta.org.faults import no_salesforce
from sfmeta.org.http import Http, HttpSettings
from sfmeta.org.rest import Rest
from sfmeta.org.session import LoginFlow, Session
from sfmeta.org.soap import MetadataSoap, Wsdl
from sfmeta.org.trial import Trial, server_time
from sfmeta.source.paths import encode_name

_OUTCOME = ("id", "status", "done", "success")  # what an outcome cannot do without

_QUERIES_PER_CALL = 3  # listMetadata takes at most three (Metadata API guide, listMetadata)

# The type whose list names the folders (Metadata API guide, listMetadata: "folder" is required for these).
_FOLDER_TYPES = {"EmailTemplate": "EmailFolder"}


@dataclass(frozen=True, slots=True)
class MetadataKind:
    """A metadata type that an org has (``describeMetadata``)."""

    name: TypeName
    directory: str
    suffix: str
    in_folder: bool
    children: tuple[TypeName, ...]


class OrgClient:
    """The real ``ops.ports.Org``. Make one with ``OrgClient.connect``."""

    def __init__(self, http: Http, door: Door, rest: Rest, soap: MetadataSoap, info: OrgInfo) -> None:
        self._http = http
        self._door = door
        self._rest = rest
        self._soap = soap
        self._info = info

    @classmethod
    def connect(
        cls,
        flow: LoginFlow,
        wsdl: Wsdl,
        *,
        settings: HttpSettings | None = None,
        expected: OrgId | None = None,
        now: Callable[[], float] = time.time,
        on_login: Callable[[Session], None] | None = None,
        http: Http | None = None,
    ) -> OrgClient:
        """Logs in and asks the org who and where we are.

        Args:
            flow: the way in.
            wsdl: what to speak by.
            settings: how to reach the org.
            expected: the org that must answer; a refreshed sandbox is another org under the same URL.
            now: seconds since the epoch.
            on_login: told of every new session.
            http: in place of one made from ``settings``.

        Raises:
            LoginRefused, OrgUnreachable, OrgRefused: no way in.
            GuardRefused: another org answered than the expected one.
        """
        http = http or Http(settings)
        try:
            door = Door(flow, http, now, on_login)
            rest = Rest(http, door, wsdl.version)
            # the newest version that both speak
            rest.version = min(wsdl.version, rest.versions()[-1])
            info = replace(_who_and_where(rest, door), client_id=str(getattr(flow, "client_id", "")))
            if expected is not None and info.id != expected:
                raise GuardRefused(
                    f"another org answers: {info.id}, but {expected} was recorded under this alias",
                    "A refreshed sandbox is a new org: remove the alias and add it again (sfmeta org remove, org add)",
                    "ORG_CHANGED",
                )
        except SessionExpired as exc:
            http.close()
            raise LoginRefused(
                "the org does not accept this session: it has ended, or the token is wrong",
                "Get a new token, or add the org with a login that renews itself (JWT)",
                exc.code,
            ) from exc
        except SfmetaError:
            http.close()
            raise
        return cls(http, door, rest, MetadataSoap(http, wsdl, rest.version), info)

    @property
    def info(self) -> OrgInfo:
        """Who and where we are."""
        return self._info

    def start_deploy(self, archive: BinaryIO, options: DeployOptions) -> JobId:
        """Send a zip (single package, at its current position) and return the id of the job.

        Never sent again by itself, except after the org has refused an ended session.
        """
        wanted = {
            "allowMissingFiles": False,
            "autoUpdatePackage": False,
            "checkOnly": options.check_only,
            "ignoreWarnings": options.ignore_warnings,
            "performRetrieve": False,
            "purgeOnDelete": options.purge_on_delete,
            "rollbackOnError": options.rollback_on_error,
            "runTests": list(options.run_tests),
            "singlePackage": True,
            # required by the WSDL, left out by every client that leaves the choice to the org
            "testLevel": str(options.test_level) if options.test_level else self._soap.skip(),
        }
        start = archive.tell()

        def send(session: Session) -> JobId:
            archive.seek(start)
            result = self._soap.call(session, "deploy", archive=archive, DeployOptions=wanted)
            return self._job(self._given(result, "id").id)

        return self._door.through(send)

    def deploy_status(self, job: JobId) -> DeployOutcome:
        """The state of a deploy job, with all its messages."""
        # this operation has an output header in the WSDL, so zeep gives header and body
        answer = self._call("checkDeployStatus", asyncProcessId=job, includeDetails=True)
        return deploy_outcome(self._given(answer.body.result, *_OUTCOME))

    def cancel_deploy(self, job: JobId) -> None:
        """Ask for a running deploy to stop; poll ``deploy_status`` for what became of it."""
        self._call("cancelDeploy", String=job)

    def quick_deploy(self, validation: JobId) -> JobId:
        """Deploy what a check-only job has proven, without running its tests again; the id of the new job."""
        return self._job(self._call("deployRecentValidation", validationId=validation))

    def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
        """Ask for components (``*`` as a full name means all of the type); the id of the job.

        The zip has no ``unpackaged/`` folder: files lie at its root.
        """
        members: dict[TypeName, set[str]] = {}
        for component in components:
            members.setdefault(component.type, set()).add(wire_name(component))
        version = str(self._info.api_version)
        listed = [{"members": sorted(names), "name": type_name} for type_name, names in sorted(members.items())]
        request = {
            "apiVersion": float(version),
            "singlePackage": True,
            "unpackaged": {"types": listed, "version": version},
        }
        # one that the org took, and whose answer was lost, costs nothing but its time
        return self._job(self._given(self._ask("retrieve", retrieveRequest=request), "id").id)

    def retrieve_status(self, job: JobId, sink: BinaryIO) -> RetrieveOutcome:
        """The state of a retrieve job; when done, its zip is written to ``sink``."""
        start = sink.tell()

        def ask(session: Session) -> RetrieveOutcome:
            sink.seek(start)
            result = self._soap.call(session, "checkRetrieveStatus", asyncProcessId=job, includeZip=True, sink=sink)
            return retrieve_outcome(self._given(result, *_OUTCOME), self._soap.zip_bytes)

        return self._door.through(ask)

    def list_metadata(self, types: Sequence[TypeName]) -> tuple[ComponentId, ...]:
        """What the org has of these types, sorted; types that live in folders are listed folder by folder."""
        queries: list[dict[str, str]] = []
        folders: list[tuple[TypeName, TypeName]] = []
        for name in dict.fromkeys(types):
            if _in_folder(name):
                folders.append((name, TypeName(_FOLDER_TYPES.get(name, f"{name}Folder"))))
            else:
                queries.append({"type": name})
        for name, folder_type in folders:
            found = self._list([{"type": folder_type}])
            queries += [{"type": name, "folder": folder.full_name} for folder in found]
        return self._list(queries)

    def describe_metadata(self) -> tuple[MetadataKind, ...]:
        """The metadata types that this org has and this user may see, sorted."""
        result = self._given(self._ask("describeMetadata", asOfVersion=float(str(self._info.api_version))))
        kinds = [
            MetadataKind(
                TypeName(entry.xmlName),
                entry.directoryName or "",
                entry.suffix or "",
                bool(entry.inFolder),
                tuple(TypeName(child) for child in entry.childXmlNames or ()),
            )
            for entry in result.metadataObjects or ()
        ]
        return tuple(sorted(kinds, key=lambda kind: kind.name))

    def query(self, soql: str) -> Iterator[Mapping[str, object]]:
        """The rows of a SOQL query, page by page, without their ``attributes``."""
        return self._rest.query(soql)

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        """The rows of a SOQL query in pages as the org cuts them; each page is one call. Threads may share it."""
        return self._rest.pages(soql, tooling=tooling)

    def count(self, soql: str) -> int:
        """How many rows there are: the answer to ``SELECT COUNT() FROM ...``. Threads may share it."""
        return self._rest.count(soql)

    def create_record(self, sobject: str, fields: Mapping[str, object]) -> str:
        """Creates a record; its id."""
        return self._rest.create(sobject, fields)

    def update_record(self, sobject: str, record_id: str, fields: Mapping[str, object]) -> None:
        """Changes fields of a record."""
        self._rest.update(sobject, record_id, fields)

    def delete_record(self, sobject: str, record_id: str) -> None:
        """Deletes a record."""
        self._rest.delete(sobject, record_id)

    def limits(self) -> Mapping[str, object]:
        """What is left of the org's limits."""
        return self._rest.limits()

    @property
    def login_kind(self) -> str:
        """How we logged in: ``jwt``, ``password``, ..."""
        return self._door.kind

    def versions(self) -> tuple[ApiVersion, ...]:
        """The API versions that the org speaks, ascending."""
        return self._rest.versions()

    def field_names(self, sobject: str) -> frozenset[str]:
        """The fields that an sobject has in this org; ``OrgRefused`` where there is no such sobject."""
        return self._rest.field_names(sobject)

    def server_time(self) -> datetime | None:
        """What the org's web server takes the time to be, to the second; None where it does not say."""
        return server_time(self._http, self._info.instance_url)

    def trial(self) -> Trial:
        """Logs in as other apps do, to see what the org says; the session of this client is not touched."""
        return Trial(self._http, self._soap, self._rest.version)

    def close(self) -> None:
        """Closes the connections. The session itself goes on: it may not be ours alone."""
        self._http.close()

    def _call(self, operation: str, **named: Any) -> Any:
        return self._door.through(lambda session: self._soap.call(session, operation, **named))

    def _ask(self, operation: str, **named: Any) -> Any:
        """The same for what changes nothing in the org: asked again where the answer was lost."""
        return self._door.through(
            lambda session: self._http.repeated(lambda: self._soap.call(session, operation, **named))
        )

    def _list(self, queries: Sequence[Mapping[str, str]]) -> tuple[ComponentId, ...]:
        found: set[ComponentId] = set()
        as_of = float(str(self._info.api_version))
        for start in range(0, len(queries), _QUERIES_PER_CALL):
            batch = list(queries[start : start + _QUERIES_PER_CALL])
            entries = self._ask("listMetadata", queries=batch, asOfVersion=as_of) or ()
            found.update(component_of(entry) for entry in entries)
        return tuple(sorted(found))

    def _given(self, result: Any, *required: str) -> Any:
        """A result with these elements. zeep reports an unknown element, but not that a required one is missing."""
        if result is None or any(getattr(result, name) is None for name in required):
            raise no_salesforce(self._info.instance_url, "its answer lacks what the WSDL calls required")
        return result

    def _job(self, job: object) -> JobId:
        if not isinstance(job, str) or not job:
            raise no_salesforce(self._info.instance_url, "its answer names no job")
        return JobId(job)


def wire_name(component: ComponentId) -> str:
    """A full name as a retrieve has to spell it.

    Source: forcedotcom/cli#2869: asked for a layout by its plain name, an org answers "cannot be found"; it gives the
        layout when asked by the name that its file has (``Account-%28old%29``).
    """
    return component.full_name if component.full_name == "*" else encode_name(component)


def _in_folder(name: TypeName) -> bool:
    entry = metadata_types().get(name)
    return entry is not None and entry.in_folder


def _who_and_where(rest: Rest, door: Door) -> OrgInfo:
    """The org's own words about itself; the login's where the session may not ask ``userinfo``."""
    session = door.session
    identity = rest.identity()
    organization = next(
        iter(rest.query("SELECT Id, Name, IsSandbox, OrganizationType, TrialExpirationDate FROM Organization")), None
    )
    if organization is None:
        raise no_salesforce(session.instance_url, "it holds no Organization record")
    try:
        org_id = OrgId.parse(str(organization.get("Id") or ""))
    except UsageError:
        raise no_salesforce(session.instance_url, "its Organization record has no org id") from None
    username = identity.username if identity else session.username
    user_id = identity.user_id if identity else session.user_id
    if user_id.isalnum() and not username:
        users = rest.query(f"SELECT Username FROM User WHERE Id = '{user_id}'")  # noqa: S608 (letters and digits only)
        username = next((str(user.get("Username") or "") for user in users), "")
    return OrgInfo(
        id=org_id,
        name=str(organization.get("Name") or ""),
        instance_url=session.instance_url,
        username=username,
        user_id=user_id,
        is_sandbox=organization.get("IsSandbox") is True,
        organization_type=str(organization.get("OrganizationType") or ""),
        is_trial=organization.get("TrialExpirationDate") is not None,
        api_version=rest.version,
    )
