"""An org in memory with an administrator, and a client that speaks raw SOAP to the door in process."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sfmeta.localorg.caller import Door
from sfmeta.localorg.doors.sessions import open_session
from sfmeta.localorg.metadata import effects, references, soap
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.state import State

NS = "http://soap.sforce.com/2006/04/metadata"
ADMIN = (
    "ApiEnabled",
    "CustomizeApplication",
    "ManageProfilesPermissionsets",
    "ModifyAllData",
    "ModifyMetadata",
    "UseAnyApiClient",
)


def enabled(*names: str) -> list[Node]:
    return [Node.of("userPermissions", Node.of("enabled", text="true"), Node.of("name", text=name)) for name in names]


def xml(root: str, inner: str) -> str:
    """A metadata file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NS}">{inner}</{root}>'


def package_xml(members: Mapping[str, tuple[str, ...] | str], version: str = "63.0") -> str:
    types = "".join(
        "<types>"
        + "".join(f"<members>{one}</members>" for one in ((names,) if isinstance(names, str) else names))
        + f"<name>{name}</name></types>"
        for name, names in members.items()
    )
    return xml("Package", types + (f"<version>{version}</version>" if version else ""))


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def tree(element: ElementTree.Element) -> Any:
    """An answer as nested dicts; every child is a list."""
    if not len(element):
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(local(child.tag), []).append(tree(child))
    return found


@dataclass
class Outcome:
    """What checkDeployStatus said."""

    raw: Mapping[str, Any]

    def __getitem__(self, name: str) -> str:
        return str(self.raw[name][0])

    @property
    def details(self) -> Mapping[str, Any]:
        found = self.raw["details"][0]
        return found if isinstance(found, dict) else {}

    @property
    def failures(self) -> list[Mapping[str, Any]]:
        return list(self.details.get("componentFailures", []))

    @property
    def successes(self) -> list[Mapping[str, Any]]:
        return list(self.details.get("componentSuccesses", []))

    @property
    def problems(self) -> list[str]:
        return [one["problem"][0] for one in self.failures]

    def success(self, full_name: str) -> Mapping[str, str]:
        found = next(one for one in self.successes if one["fullName"][0] == full_name)
        return {name: values[0] for name, values in found.items()}


@dataclass
class Fault(Exception):
    code: str
    text: str


@dataclass
class Api:
    """A raw SOAP client of one org and one user."""

    state: State
    session: str
    version: int = 63
    user_id: str = ""
    sent: list[bytes] = field(default_factory=list)

    def raw(self, body: str | bytes) -> tuple[int, bytes]:
        data = body.encode() if isinstance(body, str) else body
        status, answer = soap.handle(self.state, self.version, data)
        return status, answer if isinstance(answer, bytes) else b"".join(answer)

    def envelope(self, operation: str, inner: str) -> str:
        return (
            '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
            f'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{NS}"><soapenv:Header><SessionHeader>'
            f"<sessionId>{self.session}</sessionId></SessionHeader></soapenv:Header><soapenv:Body>"
            f"<{operation}>{inner}</{operation}></soapenv:Body></soapenv:Envelope>"
        )

    def call(self, operation: str, inner: str = "") -> list[Any]:
        """The results of an operation.

        Raises:
            Fault: the org said no.
        """
        status, answer = self.raw(self.envelope(operation, inner))
        root = ElementTree.fromstring(answer)
        payload = root[0][0]
        if status != 200:
            found = {local(child.tag): child.text or "" for child in payload}
            raise Fault(found["faultcode"], found["faultstring"])
        assert local(payload.tag) == f"{operation}Response"
        return [tree(child) for child in payload]

    def start_deploy(self, files: Mapping[str, str | bytes] | bytes, **options: object) -> str:
        content = files if isinstance(files, bytes) else zipped(files)
        chosen = {"rollbackOnError": True, "singlePackage": True, **options}
        asked = "".join(
            f"<{name}>{str(value).lower() if isinstance(value, bool) else value}</{name}>"
            for name, value in chosen.items()
        )
        packed = base64.b64encode(content).decode()
        [result] = self.call("deploy", f"<ZipFile>{packed}</ZipFile><DeployOptions>{asked}</DeployOptions>")
        return str(result["id"][0])

    def deploy_status(self, job_id: str) -> Outcome:
        asked = f"<asyncProcessId>{job_id}</asyncProcessId><includeDetails>true</includeDetails>"
        return Outcome(self.call("checkDeployStatus", asked)[0])

    def deploy(self, files: Mapping[str, str | bytes] | bytes, **options: object) -> Outcome:
        return self.deploy_status(self.start_deploy(files, **options))

    def deploy_one(
        self, type_name: str, name: str, path: str, content: str, version: str = "63.0", **options: object
    ) -> Outcome:
        files = {"package.xml": package_xml({type_name: name}, version), path: content}
        return self.deploy(files, **options)

    def delete(self, type_name: str, *names: str, **options: object) -> Outcome:
        files = {"package.xml": package_xml({}), "destructiveChanges.xml": package_xml({type_name: names}, "")}
        return self.deploy(files, **options)

    def retrieve_result(
        self, members: Mapping[str, tuple[str, ...] | str], version: str = "63.0", extra: str = ""
    ) -> Any:
        manifest = re.sub(r"^.*?<Package[^>]*>|</Package>$", "", package_xml(members, version), flags=re.DOTALL)
        request = f"<apiVersion>{version}</apiVersion>{extra}<unpackaged>{manifest}</unpackaged>"
        [result] = self.call("retrieve", f"<retrieveRequest>{request}</retrieveRequest>")
        [status] = self.call("checkRetrieveStatus", f"<asyncProcessId>{result['id'][0]}</asyncProcessId>")
        return status

    def retrieve(
        self, members: Mapping[str, tuple[str, ...] | str], version: str = "63.0", extra: str = ""
    ) -> dict[str, str]:
        """File contents by path in the zip."""
        content = base64.b64decode(self.retrieve_result(members, version, extra)["zipFile"][0])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}


def make_user(state: State, username: str, profile: str) -> str:
    owner = references.profile(state, profile)
    assert owner is not None
    fields = {"Username": username, "ProfileId": owner.id, "IsActive": True, "UserType": "Standard"}
    return state.records.insert("User", {**fields, "FirstName": "Ada", "LastName": username.partition("@")[0]})


def make_org(path: Path | None = None) -> State:
    state = State.open(path, id_seed="tests")
    state.change_org(
        id="00D000000000001EAA", name="Acme", features=("ApiAccessControl", "ConnectedAppCreation"), is_sandbox=True
    )
    admin = Node.of("Profile", Node.of("custom", text="false"), *enabled(*ADMIN))
    effects.put(state, "Profile", "Admin", admin)
    effects.put(
        state, "Profile", "Standard", Node.of("Profile", Node.of("custom", text="false"), *enabled("ApiEnabled"))
    )
    make_user(state, "admin@acme.test", "Admin")
    make_user(state, "reader@acme.test", "Standard")
    return state


def client_for(state: State, username: str = "admin@acme.test") -> Api:
    user = state.records.first("User", Username=username)
    assert user is not None
    return Api(state, open_session(state, user, None, Door.SOAP_LOGIN), user_id=user.id)


@pytest.fixture
def state() -> Iterator[State]:
    org = make_org()
    yield org
    org.close()


@pytest.fixture
def api(state: State) -> Api:
    return client_for(state)


@pytest.fixture
def open_org() -> Callable[[Path | None], State]:
    return make_org


@pytest.fixture
def log_in() -> Callable[..., Api]:
    return client_for
