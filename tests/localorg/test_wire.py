"""The org's own HTTP: whatever arrives on the socket, the org answers or ends the connection, and lives."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sfmeta.localorg.http import reading
from sfmeta.localorg.http.wire import Patience, Wire
from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.visitor import Visitor

SOAP = "POST /services/Soap/m/63.0 HTTP/1.1"
REST = "GET /services/data/v63.0/limits HTTP/1.1"
LENIENT = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
BREAKDOWN = b"An unexpected error occurred in the local org"


def port_of(org: LocalOrg) -> int:
    return int(org.url.rpartition(":")[2])


def connect(org: LocalOrg) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port_of(org)), timeout=30)


def exchange(org: LocalOrg, request: bytes) -> bytes:
    """What comes back until the org ends the connection."""
    with closing(connect(org)) as sock:
        received = b""
        try:
            sock.sendall(request)
            while piece := sock.recv(65536):
                received += piece
        except ConnectionError:
            pass  # ended from the other side while there was more to send
        return received


def rest(org: LocalOrg, path: str = "/services/data/v63.0/limits") -> int:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {org.admin.access_token}"}
        return session.get(org.url + path, headers=headers, timeout=30).status_code


def fingerprint(org: LocalOrg) -> str:
    """All that the org keeps, but when sessions were last used and how many requests were counted."""
    digest = hashlib.sha256()
    with org.state.lock:
        for row in org.state.connection.execute(
            "SELECT id, sobject, fields FROM record WHERE sobject <> 'AuthSession' ORDER BY number"
        ):
            digest.update(repr(row).encode())
        for row in org.state.connection.execute("SELECT name, value FROM fact ORDER BY name"):
            digest.update(repr(row).encode())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def org() -> Iterator[LocalOrg]:
    with LocalOrg.start("acme") as one:
        yield one


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("nonsense\r\n\r\n", 400),
        ("GET /x HTTP/9.9\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        ("GET /services/data HTTP/1.1\r\n\r\n", 400),
        ("GET /services/data HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (f"{REST}\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (f"{REST}\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (f"{SOAP}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (f"{SOAP}\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (f"{REST}\r\nHost: x\r\nA: b\x00c\r\n\r\n", 400),
        (f"{REST}\r\nHost: x\r\n" + "".join(f"H{n}: {'v' * 1000}\r\n" for n in range(300)) + "\r\n", 431),
        ("GET http://other.example/services/data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        ("GET //services/data HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n", 200),
        ('GET /services/data HTTP/1.1\r\nHost: "><script>\r\nConnection: close\r\n\r\n', 200),
        ("GET /services/data HTTP/1.0\r\nConnection: close\r\n\r\n", 200),
        ("TRACE /services/data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        ("CONNECT other.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (f"TRACE{REST.removeprefix('GET')}\r\nHost: x\r\nConnection: close\r\n\r\n", 401),
        ("GET /%00%ff%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        ("GET /services/data/v63.0%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        ("GET /services/data?q=%ff%fe&&=&%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        ("GET /services/data HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n", 200),
        ("GET /_local/status HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xe4\r\nConnection: close\r\n\r\n", 403),
    ],
)
def test_requests_that_nobody_should_write(org: LocalOrg, request_text: str, status: int) -> None:
    before = fingerprint(org)
    answer = exchange(org, request_text.encode("latin-1"))
    assert int(answer.split(b" ", 2)[1]) == status
    assert BREAKDOWN not in answer
    assert b"Set-Cookie" not in answer.partition(b"\r\n\r\n")[0]
    assert rest(org) == 200
    assert fingerprint(org) == before


def test_head_is_get_without_the_body(org: LocalOrg) -> None:
    answer = exchange(org, b"HEAD /services/data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"200 OK" in head
    assert body == b""


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/services/data/v63.0/query?q=", b'[{"message":'),
        ("/services/oauth2/token?q=", b'{"error":'),
        ("/services/Soap/m/63.0/", b"<faultcode>sf:URI_TOO_LONG</faultcode>"),
        ("/services/Soap/u/63.0/", b"<sf:exceptionCode>URI_TOO_LONG</sf:exceptionCode>"),
        ("/_local/", b'{"error":'),
    ],
)
def test_a_uri_that_is_too_long(org: LocalOrg, path: str, shape: bytes) -> None:
    request = f"POST {path}{'x' * 17_000} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    answer = exchange(org, request.encode())
    assert answer.startswith(b"HTTP/1.1 414 ")
    assert shape in answer
    assert b"exceeds the 16,384 byte limit" in answer


def test_headers_that_are_too_large(org: LocalOrg) -> None:
    answer = exchange(org, f"{REST}\r\nHost: x\r\nCookie: {'x' * 17_000}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"REQUEST_HEADER_FIELDS_TOO_LARGE" in answer


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/services/Soap/m/63.0", b"<faultcode>sf:REQUEST_TOO_LARGE</faultcode>"),
        ("/services/data/v63.0/composite", b'"errorCode":"REQUEST_TOO_LARGE"'),
        ("/services/oauth2/token", b'"error":"request_too_large"'),
        ("/_local/clock", b'"error":'),
    ],
)
def test_a_body_that_is_too_large(
    org: LocalOrg, monkeypatch: pytest.MonkeyPatch, path: str, shape: bytes, declared: bool
) -> None:
    monkeypatch.setattr(reading, "body_limit", lambda _: 1000)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    body = b"x" * 3000
    if declared:
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    else:
        request = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    answer = exchange(org, request)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert shape in answer


def test_a_body_without_end_is_not_kept(org: LocalOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "body_limit", lambda _: 1000)
    request = (
        f"{SOAP}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + b"400\r\n%s\r\n" % (b"x" * 1024) * 64
    )
    assert exchange(org, request)[:13] in (b"HTTP/1.1 413 ", b"")
    assert rest(org) == 200


def test_the_limits_of_the_doors() -> None:
    soap, deploy = reading.body_limit("services/Soap/m/63.0/x"), "services/data/v63.0/metadata/deployRequest"
    assert soap > 50 * reading.MEGABYTE
    assert reading.body_limit(deploy) > 600 * reading.MEGABYTE
    assert reading.body_limit("services/data/v63.0/query") < soap
    assert reading.body_limit("services/oauth2/token") == reading.body_limit("_local/clock") < soap


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /services/da",
        f"{REST}\r\nHost: x\r\nA: ".encode(),
        f"{SOAP}\r\nHost: x\r\nContent-Length: 100\r\n\r\n<a>".encode(),
        f"{SOAP}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n<a>".encode(),
        f"{REST}\r\nHost: x\r\n\r\nGET /services".encode(),
    ],
)
def test_a_request_that_never_becomes_whole(monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    monkeypatch.setattr(Wire, "patience", Patience(request_s=0.2, idle_s=0.2))
    with LocalOrg.start("empty") as org, closing(connect(org)) as sock:
        sock.sendall(beginning)
        try:
            while sock.recv(65536):
                pass  # an answer to the part that was whole
        except ConnectionResetError:
            pass
        assert rest(org) == 200


def test_a_client_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "patience", Patience(request_s=0.3, bytes_per_s=1000))
    with LocalOrg.start("empty") as org, closing(connect(org)) as sock:
        sock.sendall(f"{REST}\r\nHost: x\r\n".encode())
        sock.settimeout(0.05)
        ended = False
        for number in range(400):
            try:
                sock.sendall(f"H{number}: x\r\n".encode())
                ended = sock.recv(10) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                ended = True
            if ended:
                break
        assert ended
        assert rest(org) == 200


def test_a_client_that_never_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "patience", Patience(request_s=0.2, answer_s=0.2))
    with LocalOrg.start("empty") as org, closing(connect(org)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ask = b"GET /services/data HTTP/1.1\r\nHost: x\r\n\r\n"
        sock.settimeout(1)
        try:
            while True:
                sock.sendall(ask * 100)
        except OSError:
            pass  # nothing moves any more
        sock.settimeout(30)
        try:
            while sock.recv(65536):
                pass
        except ConnectionError:
            pass
        assert rest(org) == 200


def test_very_many_connections(org: LocalOrg) -> None:
    socks = [connect(org) for _ in range(300)]
    try:
        assert rest(org) == 200
        for sock in socks[::50]:
            sock.sendall(b"GET /services/data HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sock.recv(12) == b"HTTP/1.1 200"
    finally:
        for sock in socks:
            sock.close()
    assert rest(org) == 200


def test_many_requests_in_one_go(org: LocalOrg) -> None:
    ask = b"GET /services/data HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /services/data HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert exchange(org, ask * 50 + last).count(b"HTTP/1.1 200 OK") == 51


def test_stopped_while_clients_are_at_it() -> None:
    org = LocalOrg.start("empty")
    started, seen = threading.Barrier(9), []

    def client() -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{org.url}/services/data", timeout=30)
            started.wait()
            try:
                while True:
                    seen.append(session.get(f"{org.url}/services/data", timeout=30).status_code)
            except requests.ConnectionError:
                return

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    started.wait()
    org.stop()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert set(seen) <= {200}


def envelope(inside: str) -> bytes:
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<e:Header/><e:Body>{inside}</e:Body></e:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xfe<",
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a>" * 100_000,
        b"<a " + b" ".join(b'a%d="x"' % number for number in range(50_000)) + b"/>",
        envelope("<deploy><ZipFile>!!!</ZipFile></deploy>"),
        envelope("<login/>" * 3),
        envelope("<login>" + "<username>" * 50),
        "ä".encode("utf-16"),
    ],
)
@pytest.mark.parametrize("path", ["/services/Soap/m/63.0", "/services/Soap/u/63.0", "/services/Soap/c/63.0"])
def test_envelopes_that_nobody_should_write(org: LocalOrg, path: str, body: bytes) -> None:
    with Visitor(org) as visitor:
        answer = visitor.call("POST", path, "", data=body, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 500
    assert "<faultstring>" in answer.text
    assert BREAKDOWN not in answer.content
    assert "root:" not in answer.text
    assert rest(org) == 200


WORDS = (
    *("services", "data", "v63.0", "v31.0", "v99.0", "query", "queryAll", "sobjects", "User", "tooling", "composite"),
    *("limits", "metadata", "deployRequest", "oauth2", "token", "authorize", "revoke", "introspect", "userinfo", "id"),
    *("Soap", "m", "u", "c", "63.0", "setup", "_local", "status", "%2e%2e", "%00", "%ff"),
)
METHODS = st.sampled_from(["GET", "POST", "PATCH", "DELETE", "HEAD", "PUT", "OPTIONS", "TRACE", "X"])
SEGMENTS = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=" ?#"), max_size=12),
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Authorization", "Content-Type", "Sforce-Query-Options", "Cookie", "X", "SOAPAction"]),
        st.one_of(
            st.sampled_from(
                ["Bearer x", "OAuth", "multipart/form-data", "multipart/form-data; boundary=x", "text/xml"]
            ),
            st.binary(max_size=20).map(lambda raw: raw.decode("latin-1")),
        ),
    ),
    max_size=4,
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"{}", b"[]", b"null", b"grant_type=password", b"--x\r\n\r\n--x--", envelope("<deploy/>")]),
)


@LENIENT
@given(
    METHODS,
    st.lists(SEGMENTS, max_size=7),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    HEADERS,
    BODIES,
    st.booleans(),
)
@example("POST", ["services", "data", "v63.0", "metadata", "deployRequest"], "", [], b"{}", True)
def test_any_request(
    org: LocalOrg,
    method: str,
    segments: list[str],
    query: str,
    headers: list[tuple[str, str]],
    body: bytes,
    known: bool,
) -> None:
    """A stranger's, or an administrator's that only looks: nothing changes."""
    before = fingerprint(org)
    lines = [f"{method} /{'/'.join(segments)}?{query} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if known and method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        lines.append(f"Authorization: Bearer {org.admin.access_token}")
    lines += ["Connection: close", "", ""]
    answer = exchange(org, "\r\n".join(lines).encode("latin-1") + body)
    status = int(answer.split(b" ", 2)[1]) if answer else 0
    assert 200 <= status < 600
    assert BREAKDOWN not in answer
    assert b"Traceback" not in answer
    if status >= 500:
        assert b"<faultstring>" in answer or status in (501, 503)
    assert rest(org) == 200
    assert fingerprint(org) == before
