"""A tiny HTTP server on loopback that gives recorded answers, and the WSDL that simple-salesforce ships."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import files
from pathlib import Path

import pytest

from sfmeta.codec.wsdl import prune_wsdl, wsdl_version
from sfmeta.model.secret import Secret
from sfmeta.org.auth import AccessToken
from sfmeta.org.client import OrgClient
from sfmeta.org.http import Http, HttpSettings
from sfmeta.org.soap import Wsdl

ORG_ID = "00D000000000001EAA"
USER_ID = "005000000000001AAA"
TOKEN = "00D000000000001!CANARY.access.token"
JOB = "0Af000000000001AAA"
RETRIEVE_JOB = "09S000000000001AAA"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def operation(self) -> str:
        """The local name of the first child of a SOAP body."""
        _, _, after = self.body.partition(b"Body>")
        return after.lstrip(b"<").split(b" ")[0].split(b">")[0].rpartition(b":")[2].decode()


@dataclass
class Reply:
    body: bytes | str = b""
    status: int = 200
    content_type: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None  # a wrong Content-Length, for answers that are cut off
    raw: bytes | None = None  # sent as it is, in place of everything
    wait: threading.Event | None = None  # held back until then


ORGANIZATION = Reply(
    '{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Organization","url":"/x"},'
    f'"Id":"{ORG_ID}","Name":"Acme","IsSandbox":true,"OrganizationType":"Enterprise Edition",'
    '"TrialExpirationDate":null}]}'
)

Handler = Callable[[Request], "Reply | None"]


class FakeOrg:
    """Answers by handlers, the newest first; remembers every request."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.handlers: list[Handler] = []
        fake = self

        class Connection(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                while fake._answer_one(self):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # the client hung up, as some tests want it to

        self._server = Server(("127.0.0.1", 0), Connection)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def on(self, start: str, *replies: Reply | Callable[[Request], Reply], method: str = "") -> None:
        """Answers paths that begin so; several replies are given one after the other, the last one for ever."""
        left = list(replies)

        def handle(request: Request) -> Reply | None:
            if not request.path.startswith(start) or (method and request.method != method):
                return None
            reply = left.pop(0) if len(left) > 1 else left[0]
            return reply if isinstance(reply, Reply) else reply(request)

        self.handlers.insert(0, handle)

    def soap(self, operation: str, *replies: Reply) -> None:
        """Answers one SOAP operation."""
        left = list(replies)

        def handle(request: Request) -> Reply | None:
            if "/services/Soap/" not in request.path or request.operation != operation:
                return None
            return left.pop(0) if len(left) > 1 else left[0]

        self.handlers.insert(0, handle)

    def sent(self, operation: str) -> list[Request]:
        return [request for request in self.requests if request.operation == operation]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer_one(self, connection: socketserver.StreamRequestHandler) -> bool:
        line = connection.rfile.readline().decode("latin-1").split()
        if len(line) < 3:
            return False
        headers: dict[str, str] = {}
        while (header := connection.rfile.readline().decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = connection.rfile.read(int(headers.get("content-length", "0")))
        request = Request(line[0], line[1], headers, body)
        self.requests.append(request)
        answers = (handler(request) for handler in self.handlers)
        reply = next((answer for answer in answers if answer is not None), Reply("[]", 404))
        if reply.wait is not None:
            reply.wait.wait(5)
        if reply.raw is not None:
            connection.wfile.write(reply.raw)
            return False
        data = reply.body.encode() if isinstance(reply.body, str) else reply.body
        head = {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(data) if reply.length is None else reply.length),
            **reply.headers,
        }
        text = f"HTTP/1.1 {reply.status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()) + "\r\n"
        connection.wfile.write(text.encode("latin-1") + data)
        connection.wfile.flush()
        return reply.length is None


def envelope(operation: str, result: str, *, header: str = "") -> Reply:
    """An answer in the recorded shape: prefixed envelope, payload in the default namespace."""
    return Reply(
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="http://soap.sforce.com/2006/04/metadata" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{header}<soapenv:Body><{operation}Response>{result}</{operation}Response></soapenv:Body></soapenv:Envelope>",
        content_type="text/xml;charset=UTF-8",
    )


def fault(code: str, message: str, namespace: str = "http://soap.sforce.com/2006/04/metadata") -> Reply:
    return Reply(
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        f'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="{namespace}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>",
        status=500,
        content_type="text/xml;charset=UTF-8",
    )


NO_TESTS = (
    "<runTestResult><numFailures>0</numFailures><numTestsRun>0</numTestsRun><totalTime>0.0</totalTime></runTestResult>"
)


def deploy_result(status: str = "Succeeded", done: bool = True, details: str = "", **changed: str) -> str:
    """A ``DeployResult`` in the WSDL's order."""
    fields = {
        "checkOnly": "false",
        "completedDate": "2026-11-23T10:00:01.000Z" if done else None,
        "createdBy": USER_ID,
        "createdByName": "Ada Admin",
        "createdDate": "2026-11-23T10:00:00.000Z",
        "details": details if "<runTestResult>" in details else details + NO_TESTS,
        "done": str(done).lower(),
        "errorMessage": None,
        "errorStatusCode": None,
        "id": JOB,
        "ignoreWarnings": "false",
        "lastModifiedDate": "2026-11-23T10:00:01.000Z",
        "numberComponentErrors": "0",
        "numberComponentsDeployed": "2",
        "numberComponentsTotal": "2",
        "numberTestErrors": "0",
        "numberTestsCompleted": "0",
        "numberTestsTotal": "0",
        "rollbackOnError": "true",
        "runTestsEnabled": "false",
        "startDate": "2026-11-23T10:00:00.000Z",
        "stateDetail": None,
        "status": status,
        "success": str(status == "Succeeded").lower(),
        **changed,
    }
    return (
        "<result>"
        + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value is not None)
        + "</result>"
    )


@cache
def pruned() -> bytes:
    listed = files("simple-salesforce") or []
    path = next(Path(str(entry.locate())) for entry in listed if entry.name == "metadata.wsdl")
    return prune_wsdl(path.read_bytes())


def wsdl() -> Wsdl:
    return Wsdl(wsdl_version(pruned()), pruned)


@pytest.fixture
def fake() -> Iterator[FakeOrg]:
    org = FakeOrg()
    org.on("/services/data", Reply('[{"label":"Winter","url":"/services/data/v65.0","version":"65.0"}]'))
    org.on(
        "/services/data/v63.0/query",
        ORGANIZATION,
    )
    org.on(
        "/services/oauth2/userinfo",
        Reply(f'{{"user_id":"{USER_ID}","organization_id":"{ORG_ID}","preferred_username":"ada@example.com"}}'),
    )
    yield org
    org.close()


@pytest.fixture
def http() -> Iterator[Http]:
    door = quick_http()
    yield door
    door.close()


def quick_http(**changed: float | int) -> Http:
    limits = {"connect_timeout_s": 2.0, "read_timeout_s": 2.0, "total_timeout_s": 5.0, **changed}
    return Http(HttpSettings(**limits, retry_waits_s=(0.0, 0.0)), sleep=lambda _: None)  # type: ignore[arg-type]


@pytest.fixture
def client(fake: FakeOrg, http: Http) -> OrgClient:
    return OrgClient.connect(AccessToken(fake.url, Secret(TOKEN)), wsdl(), http=http)


@pytest.fixture
def dead_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def private_key() -> str:
    """A fresh RSA key in PEM form."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
