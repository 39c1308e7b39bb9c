"""The server: loopback only, what survives a restart and a kill, the ready file, TLS."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from sfmeta.errors import OperationFailed, SourceError, UsageError
from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.visitor import Visitor

SFMETA = [sys.executable, "-c", "from sfmeta.cli.main import entry; entry()", "localorg"]


@contextmanager
def process(*arguments: str, ready_file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A local org in a process of its own, ready."""
    command = [*SFMETA, "start", "--ready-file", str(ready_file), *arguments]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 30
        while not ready_file.exists():
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield running
    finally:
        running.kill()
        running.communicate()


def get(ready: dict[str, object], path: str, token: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {token}"}
        return session.get(f"{ready['url']}{path}", headers=headers, timeout=30)


def test_a_killed_org_comes_back_as_it_was(tmp_path: Path) -> None:
    ready_file, data = tmp_path / "ready.json", tmp_path / "data"
    with process("--data", str(data), "--seed", "acme", ready_file=ready_file) as running:
        ready = json.loads(ready_file.read_text())
        assert set(ready) == {"url", "listen", "org_id", "pid", "ca_file", "control_token", "admin"}
        assert set(ready["admin"]) == {"username", "password", "access_token", "client_id", "private_key_file"}
        assert ready_file.stat().st_mode & 0o777 == 0o600
        assert Path(ready["admin"]["private_key_file"]).stat().st_mode & 0o777 == 0o600
        assert ready["pid"] == running.pid
        access = subprocess.run(
            [*SFMETA, "setup", "access", "--internal", "on", "--data", str(data)], capture_output=True, check=True
        )
        assert b"internal users: on" in access.stdout
        running.send_signal(signal.SIGKILL)
        running.wait(30)
    ready_file.unlink()
    with process("--data", str(data), "--seed", "empty", ready_file=ready_file) as running:
        again = json.loads(ready_file.read_text())
        assert again["org_id"] == ready["org_id"]
        assert again["admin"] == ready["admin"]
        token = ready["admin"]["access_token"]
        assert get(again, "/services/data/v63.0/limits", token).status_code == 200
        status = get(again, "/_local/status", again["control_token"]).json()
        assert status["access"] == {"internal": True, "external": False}
        running.send_signal(signal.SIGTERM)
        out, error = running.communicate(timeout=30)
        assert running.returncode == 0, error
        assert b"Acme (sandbox" in out
        assert error.splitlines() == [
            f"Warning: {data} holds an org already, which stays as it is: --seed empty is not used".encode()
        ]
    assert not ready_file.exists()


def test_a_stopped_org_comes_back_as_it_was(tmp_path: Path) -> None:
    with LocalOrg.start("acme", tmp_path) as org, Visitor(org) as visitor:
        before = visitor.query("SELECT Id, Username FROM User")
        session = visitor.soap_login("soapui.dev@acme.example").text.partition("<sessionId>")[2].partition("</")[0]
        admin, token = org.admin, org.control_token
        assert (tmp_path / "ready.json").exists()
    assert not (tmp_path / "ready.json").exists()
    with LocalOrg.start("acme", tmp_path) as org, Visitor(org) as visitor:
        assert (org.admin, org.control_token) == (admin, token)
        assert visitor.query("SELECT Id, Username FROM User") == before
        assert visitor.rest("/limits", session).status_code == 200
        visitor.call("POST", "/services/oauth2/revoke", data={"token": admin.access_token})
    with LocalOrg.start("acme", tmp_path) as org, Visitor(org) as visitor:
        assert org.admin.access_token != admin.access_token
        assert visitor.rest("/limits").status_code == 200


def test_two_orgs_share_nothing() -> None:
    with LocalOrg.start("empty") as one, LocalOrg.start("empty", production=True) as other:
        assert one.org_id != other.org_id
        with Visitor(other) as visitor:
            assert visitor.rest("/limits", one.admin.access_token).status_code == 401


def test_it_listens_on_loopback_only(shared: Visitor) -> None:
    port = int(shared.org.url.rpartition(":")[2])
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    mine = [
        line.split()[1] for line in listening if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    ]
    assert mine == [f"0100007F:{port:04X}"]


def test_many_requests_at_once(shared: Visitor) -> None:
    def ask(_: int) -> int:
        return get(
            shared.org.ready(), "/services/data/v63.0/query?q=SELECT+Id+FROM+User", shared.org.admin.access_token
        ).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, range(100))) == {200}


def test_tls_with_an_authority_that_stays(tmp_path: Path) -> None:
    authorities = []
    for _ in range(2):
        with LocalOrg.start("empty", tmp_path, tls=True) as org, requests.Session() as session:
            session.trust_env = False
            headers = {"Authorization": f"Bearer {org.admin.access_token}"}
            assert org.url.startswith("https://127.0.0.1:")
            assert org.ready()["ca_file"] == org.ca_file
            for host in ("127.0.0.1", "localhost"):
                url = org.url.replace("127.0.0.1", host)
                answer = session.get(f"{url}/services/oauth2/userinfo", headers=headers, verify=org.ca_file, timeout=30)
                assert answer.json()["urls"]["custom_domain"] == url
            authorities.append(Path(org.ca_file).read_bytes())
    assert authorities[0] == authorities[1]


def test_a_mistake_of_ours_is_a_500_and_a_line_in_the_log(
    shared: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sfmeta.localorg.data.rest.handle", break_down)
    answer = shared.rest("/limits")
    assert answer.status_code == 500
    assert answer.json()[0]["errorCode"] == "UNKNOWN_EXCEPTION"
    assert "ZeroDivisionError" in caplog.text
    assert shared.org.admin.access_token not in caplog.text


def test_the_back_door_needs_its_token(shared: Visitor) -> None:
    for token in ("", "wrong", shared.org.admin.access_token):
        assert shared.call("GET", "/_local/status", token).status_code == 403
        assert shared.call("POST", "/_local/stop", token).status_code == 403
    good = shared.org.control_token
    assert shared.call("GET", "/_local/nothing", good).status_code == 404
    assert shared.call("POST", "/_local/access", good, data=b"[").status_code == 400
    assert shared.call("POST", "/_local/access", good, json={"internal": "yes"}).status_code == 400
    assert shared.call("POST", "/_local/access", good, json={}).status_code == 400
    assert shared.call("POST", "/_local/clock", good, json={"advance_s": True}).status_code == 400
    before = shared.call("GET", "/_local/status", good).json()["time"]
    assert shared.call("POST", "/_local/clock", good, json={"advance_s": 1}).json()["time"] > before


def test_the_boxes_are_not_there_without_the_feature(visitor: Visitor) -> None:
    visitor.org.state.change_org(features=())
    answer = visitor.call("POST", "/_local/access", visitor.org.control_token, json={"internal": True})
    assert answer.status_code == 409
    assert "Support enables it" in answer.json()["error"]


def test_a_directory_serves_one_org_at_a_time(tmp_path: Path) -> None:
    with LocalOrg.start("empty", tmp_path), pytest.raises(OperationFailed, match="another local org uses"):
        LocalOrg.start("empty", tmp_path)


def test_what_cannot_be_started(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperationFailed, match="cannot be used"):
        LocalOrg.start("empty", tmp_path / "file" / "data")
    with pytest.raises(UsageError, match="there is no seed"):
        LocalOrg.start("nothing", tmp_path / "a")
    (tmp_path / "bad.yml").write_text("x: 1")
    with pytest.raises(SourceError, match="unknown key x"):
        LocalOrg.start(str(tmp_path / "bad.yml"), tmp_path / "b")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "org.db").write_text("no database at all, but a text that is long enough to be taken for one")
    with pytest.raises(OperationFailed, match="no local org's database"):
        LocalOrg.start("empty", tmp_path / "c")
    with pytest.raises(OperationFailed, match="ready file"):
        LocalOrg.start("empty", tmp_path / "d", ready_file=tmp_path / "file" / "ready.json")
    with LocalOrg.start("empty", tmp_path / "d") as org:
        port = int(org.url.rpartition(":")[2])
        with pytest.raises(OperationFailed, match=f"port {port} cannot be used"):
            LocalOrg.start("empty", port=port)
    with pytest.raises(UsageError, match="holds a sandbox"):
        LocalOrg.start("empty", tmp_path / "d", production=True)


def test_nothing_is_left_of_an_org_in_memory() -> None:
    org = LocalOrg.start("empty")
    key = Path(org.admin.private_key_file)
    assert key.exists()
    org.stop()
    org.stop()
    assert not key.parent.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(org.url.rpartition(":")[2]))) != 0
