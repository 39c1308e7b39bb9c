"""``sfmeta localorg`` on the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from sfmeta.cli.localorg import Room
from sfmeta.cli.localorg_faults import Kind as ShownKind
from sfmeta.cli.localorg_tools import Client, span
from sfmeta.cli.main import main
from sfmeta.errors import UsageError
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.doors.rules import RULES
from sfmeta.localorg.faults.fault import Kind
from sfmeta.localorg.rulebook import ROOMS
from sfmeta.localorg.running.environment import CLIENTS
from sfmeta.localorg.running.server import LocalOrg


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["localorg", *arguments])
    out, error = capsys.readouterr()
    return code, out, error


@pytest.fixture
def org(tmp_path: Path) -> LocalOrg:
    return LocalOrg.start("acme", tmp_path / "data", ready_file=tmp_path / "ready.json")


def test_status_access_and_stop(
    org: LocalOrg, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with org:
        code, out, _ = run(capsys, "status", "--data", str(tmp_path / "data"))
        assert code == 0
        assert f"Acme (sandbox, {org.org_id}) runs at {org.url}" in out
        assert org.control_token not in out
        monkeypatch.setenv("SFMETA_LOCALORG", str(tmp_path / "ready.json"))
        code, out, _ = run(capsys, "setup", "access", "--internal", "on", "--json")
        assert code == 0
        assert json.loads(out)["result"]["access"] == {"internal": True, "external": False}
        code, out, _ = run(capsys, "setup", "access", "--internal", "off", "--external", "on")
        assert "internal users: off" in out
        assert "customers and partners: on" in out
        assert run(capsys, "stop")[0] == 0
        assert org.stopping.is_set()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("status",), 2, "Which local org?"),
        (("status", "--data", "nowhere"), 2, "is no ready file|No local org runs here"),
        (("setup", "access", "--data", "x"), 2, "Nothing to tick"),
        (("setup", "access", "--internal", "maybe"), 2, "maybe"),
        (("start", "--seed", "nothing"), 2, "there is no seed nothing"),
        (("start", "--data", "/dev/null/x"), 1, "cannot be used"),
        (("start", "--port", "99999"), 2, "65535"),
    ],
)
def test_one_clear_line(
    arguments: tuple[str, ...],
    code: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SFMETA_LOCALORG", raising=False)
    got, out, error = run(capsys, *arguments)
    assert got == code
    assert out == ""
    assert any(part in error for part in message.split("|"))
    assert len(error.strip().splitlines()) == 1


def test_an_org_that_is_gone_and_a_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ready = tmp_path / "ready.json"
    with LocalOrg.start("empty") as org:
        ready.write_text(json.dumps(org.ready()))
    code, _, error = run(capsys, "status", "--ready-file", str(ready))
    assert code == 6
    assert "No local org answers at" in error
    code, out, error = run(capsys, "env", "--ready-file", str(ready))
    assert (code, out) == (6, "")
    assert "No local org answers at" in error
    ready.write_text("{}")
    assert run(capsys, "status", "--ready-file", str(ready))[0] == 2


def test_a_question_is_not_followed_by_a_full_stop(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SFMETA_LOCALORG", raising=False)
    assert "Which local org? Give --ready-file" in run(capsys, "status")[2]
    assert "Which local org? Give --ready-file" in json.loads(run(capsys, "status", "--json")[1])["error"]["message"]


def test_who_ticks_a_box(org: LocalOrg, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--data", str(tmp_path / "data"))
    with org:
        ids = {user.text("Username"): user.id for user in org.state.records.find("User")}
        helper = "second.admin@acme.example"
        profile = ("--profile", "System Administrator")
        assert run(capsys, "user", "add", helper, *profile, *where)[0] == 0
        ids[helper] = next(user.id for user in org.state.records.find("User", Username=helper))
        assert run(capsys, "setup", "access", "--internal", "on", *where)[0] == 0
        assert run(capsys, "setup", "access", "--internal", "off", "--by", helper, *where)[0] == 0
        org.tick(external=True)
        rows = org.state.records.find("SetupAuditTrail", Action="changedApiAccessControl")
        assert [row["CreatedById"] for row in rows] == [ids[org.admin.username], ids[helper], ids[org.admin.username]]
        code, _, error = run(capsys, "setup", "access", "--internal", "on", "--by", "super.user@acme.example", *where)
        assert (code, "Insufficient Privileges" in error) == (1, True)
        assert run(capsys, "setup", "access", "--internal", "on", "--by", "nobody@acme.example", *where)[0] == 1
        assert org.status()["access"] == {"internal": False, "external": True}


def test_apex_tests(org: LocalOrg, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--data", str(tmp_path / "data"))
    with org:
        assert run(capsys, "apex-tests", *where)[1] == "All tests pass; everything is covered\n"
        given = ("--fail", "BillingTest.sums=Expected: 1, Actual: 0=0", "--coverage", "Billing=50%")
        assert run(capsys, "apex-tests", *given, *where)[0] == 0
        code, out, _ = run(capsys, "apex-tests", "--fail", "OtherTest", "--coverage", "billing=40", *where)
        assert (code, out.splitlines()) == (
            0,
            [
                "billingtest.sums fails: Expected: 1, Actual: 0=0",
                "othertest fails: The local org was told to let this test fail",
                "billing is covered to 40%",
                "All other tests pass; all else is covered",
            ],
        )
        for wrong in (
            ("--fail", "A.b.c"),
            ("--fail", "=why"),
            ("--coverage", "Billing"),
            ("--coverage", "Billing=half"),
            ("--coverage", "Billing=101"),
            ("--coverage", "Billing=nan"),
        ):
            code, _, error = run(capsys, "apex-tests", *wrong, *where)
            assert (code, len(error.splitlines())) == (2, 1), wrong
        assert run(capsys, "apex-tests", *where)[1] == out
        found = json.loads(run(capsys, "apex-tests", "--clear", "--fail", "X", "--json", *where)[1])["result"]
        assert (list(found["failures"]), found["coverage"]) == (["x"], {})
        assert run(capsys, "apex-tests", "--clear", *where)[1] == "All tests pass; everything is covered\n"


def test_rules_show_what_is_only_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "rules")
    assert code == 0
    assert all(rule.id in out and rule.source in out for rule in RULES)
    assert "self_authorize_survives_first_box = true" in out
    found = json.loads(run(capsys, "rules", "--json")[1])["result"]["rules"]
    assert {entry["room"] for entry in found} == set(ROOMS)
    assert {entry["kind"] for entry in found} == {"rule", "text", "operation", "object", "question"}
    assert {entry["grade"] for entry in found} == {"A", "B", "C", "emulator", "assumption"}
    assert all(entry["id"] and entry["sentence"] and entry["source"] for entry in found)
    names = [(entry["room"], entry["kind"], entry["id"]) for entry in found]
    assert len(names) == len(set(names))
    known = {entry["id"] for entry in found if entry["kind"] == "question"}
    assert {entry["assumption"] for entry in found} - {""} <= known
    assert {"deploy", "readMetadata", "describeValueType"} <= {entry["id"] for entry in found}
    assert {"OauthToken", "SetupEntityAccess"} <= {entry["id"] for entry in found}


def test_rules_of_a_room_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "rules", "--room", "server", "--room", "assumptions", "--format", "markdown")
    assert code == 0
    assert out.count("\n## ") == 1
    assert "| `request_limit` | B |" in out
    rows = [line for line in out.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    assert "user-inactive" not in out


def test_every_room_can_be_asked_for() -> None:
    assert [room.value for room in Room] == list(ROOMS)


def test_the_seed_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert "properties" in json.loads(run(capsys, "seed-schema")[1])


@pytest.mark.parametrize("library", ["uvicorn", "lark"])
def test_without_the_extra(library: str) -> None:
    code = (
        f"import sys; sys.modules[{library!r}] = None; from sfmeta.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "localorg", "start", "--seed", "empty"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"needs the library {library}" in done.stderr
    assert "pip install 'sfmeta[localorg]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("start",),
        ("status",),
        ("stop",),
        ("setup", "access"),
        ("rules",),
        ("clock",),
        ("env",),
        ("faults", "list"),
        ("faults", "add"),
        ("faults", "clear"),
        ("faults", "jobs"),
        ("faults", "api-limit"),
        ("apex-tests",),
    ],
)
def test_help_has_an_example(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *command, "--help")
    assert code == 0
    assert not command or "Example: sfmeta localorg" in " ".join(out.split())


def test_faults(org: LocalOrg, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--data", str(tmp_path / "data"))
    with org:
        assert run(capsys, "faults", "list", *where)[1] == "No faults\n"
        options = ("--operation", "deploy", "--nth", "2", "--share", "0.25")
        code, out, _ = run(capsys, "faults", "add", "cut", *options, *where)
        assert code == 0
        assert out == "Added F1\nF1  cut  operation=deploy after=1 times=1 share=0.25  hit 0 of 0\n"
        code, out, _ = run(capsys, "faults", "add", "delay", "--delay", "0", "--probability", "0.5", "--json", *where)
        assert json.loads(out)["result"]["id"] == "F2"
        code, _, error = run(capsys, "faults", "add", "cut", "--nth", "1", "--times", "2", *where)
        assert (code, "give nth, or after, every and times" in error) == (2, True)
        code, _, error = run(capsys, "faults", "add", "drop-after", "--operation", "Deploy", *where)
        assert (code, "there is no SOAP operation Deploy: did you mean deploy" in error) == (2, True)
        assert run(capsys, "faults", "add", "explode", *where)[0] == 2
        assert "Deployments and retrieves take polls:3" in run(capsys, "faults", "jobs", "polls:3", *where)[1]
        for wrong in ("slowly", "polls:x", "polls:-1"):
            code, _, error = run(capsys, "faults", "jobs", wrong, *where)
            assert (code, f"{wrong!r} is none of immediate, polls:N and seconds:N" in error) == (2, True)
        assert "API requests: 0 of 10 used" in run(capsys, "faults", "api-limit", "10", *where)[1]
        assert run(capsys, "faults", "api-limit", "many", *where)[0] == 2
        assert "F1" not in run(capsys, "faults", "clear", "F1", *where)[1].splitlines()[1:]
        assert run(capsys, "faults", "clear", "F1", *where)[0] == 1
        assert run(capsys, "faults", "clear", *where)[1] == "Took away all faults\n"
        assert run(capsys, "faults", "list", *where)[1] == "No faults\n"


def test_every_kind_of_fault_is_on_the_command_line() -> None:
    assert [kind.value for kind in ShownKind] == [kind.value for kind in Kind]
    assert {client.value for client in Client} == set(CLIENTS)


def test_the_clock(org: LocalOrg, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--data", str(tmp_path / "data"))
    with org:
        first = json.loads(run(capsys, "clock", "--json", *where)[1])["result"]["time"]
        later = json.loads(run(capsys, "clock", "--forward", "1d12h", "--json", *where)[1])["result"]["time"]
        assert from_stamp(later) - from_stamp(first) >= timedelta(hours=36)
        assert run(capsys, "clock", "--set", "2031-02-03T04:05:06Z", *where)[1].startswith(
            "The org's time: 2031-02-03T04"
        )
        back = json.loads(run(capsys, "clock", "--reset", "--json", *where)[1])["result"]["time"]
        assert back < later
        for wrong in (("--forward", "soon"), ("--forward", "1d", "--reset")):
            assert run(capsys, "clock", *wrong, *where)[0] == 2
        for refused in (("--set", "tomorrow"), ("--forward", "9999w")):
            code, _, error = run(capsys, "clock", *refused, *where)
            assert (code, len(error.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("-1h", -3600), ("1d12h", 129600), ("1.5m", 90), ("2w", 1209600)]
)
def test_spans(text: str, seconds: float) -> None:
    assert span(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "d", "3y", "1d-1h", "9" * 400 + "d"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(UsageError):
        span(text)


def test_what_clients_need(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ready_file = tmp_path / "it's ready.json"
    with LocalOrg.start("acme", tls=True, ready_file=ready_file) as org:
        where = ("--ready-file", str(ready_file))
        code, out, _ = run(capsys, "env", *where)
        assert code == 0
        assert org.admin.access_token not in out
        assert org.admin.password not in out
        assert "--secrets prints them" in out
        for client in CLIENTS:
            assert f"# {client}:" in out
        out = run(capsys, "env", "--client", "sf", "--client", "simple-salesforce", "--secrets", *where)[1]
        assert "# curl:" not in out
        shell = subprocess.run(
            ["bash", "-c", f"{out}\nenv -0"],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"]},
        )
        known = dict(pair.partition("=")[::2] for pair in shell.stdout.split("\0"))
        assert known["SF_ACCESS_TOKEN"] == org.admin.access_token
        assert known["SF_AUDIENCE_URL"] == org.url
        assert known["SF_DISABLE_AUTOUPDATE"] == "true"
        assert known["NODE_EXTRA_CA_CERTS"] == org.ca_file
        assert known["REQUESTS_CA_BUNDLE"] == known["SSL_CERT_FILE"]
        assert "made up" in out
        out = run(capsys, "env", "--shell", "json", *where)[1]
        assert json.loads(out)["SFMETA_LOCALORG"] == str(ready_file)
        found = json.loads(run(capsys, "env", "--client", "sf", "--json", *where)[1])["result"]
        assert found["clients"]["sf"][0].startswith("sf org login jwt ")
    with LocalOrg.start("empty", ready_file=ready_file):
        out = run(capsys, "env", *where)[1]
        assert "NODE_EXTRA_CA_CERTS" not in out
        assert "needs https" in out


def test_listening_to_others_is_warned_of(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready.json"
    command = [sys.executable, "-m", "sfmeta", "localorg", "start", "--seed", "empty", "--ready-file", str(ready_file)]
    with subprocess.Popen([*command, "--listen", "0.0.0.0"], stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            assert "Warning: the org listens at 0.0.0.0: others can reach it" in running.stderr.readline()
        finally:
            running.terminate()
    assert running.returncode in (0, -15)
    done = subprocess.run([*command, "--listen", "everywhere"], capture_output=True, text=True)
    assert (done.returncode, "everywhere is no IP address" in done.stderr) == (2, True)


def test_what_clients_trust_beside_the_org(tmp_path: Path) -> None:
    with LocalOrg("empty", tmp_path, tls=True) as org:
        authority = Path(org.ca_file).read_text()
        for name, value in org.variables().items():
            if name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
                trusted = Path(value).read_text()
                assert authority in trusted
                assert trusted.count("BEGIN CERTIFICATE") > 10, name
        assert org.variables()["NODE_EXTRA_CA_CERTS"] == org.ca_file


def test_env_has_a_session_that_lives(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with LocalOrg("acme", tmp_path) as org:
        first = org.ready()["admin"]["access_token"]
        org.advance_clock(timedelta(days=11))
        out = run(capsys, "env", "--client", "sf", "--secrets", "--data", str(tmp_path))[1]
        assert first not in out
        assert org.admin.access_token in out
