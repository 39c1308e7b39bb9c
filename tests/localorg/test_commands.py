"""``sfmeta localorg`` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sfmeta.cli.main import main
from sfmeta.localorg.doors.rules import RULES
from sfmeta.localorg.server import LocalOrg


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
    ready.write_text("{}")
    assert run(capsys, "status", "--ready-file", str(ready))[0] == 2


def test_rules_show_what_is_only_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "rules")
    assert code == 0
    assert all(rule.id in out and rule.source in out for rule in RULES)
    assert "self_authorize_survives_first_box = true" in out
    found = json.loads(run(capsys, "rules", "--json")[1])["result"]
    assert len(found["rules"]) == len(RULES)
    assert {rule["grade"] for rule in found["rules"]} == {"A", "assumption"}


def test_the_seed_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert "properties" in json.loads(run(capsys, "seed-schema")[1])


@pytest.mark.parametrize("library", ["starlette", "trustme"])
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


@pytest.mark.parametrize("command", [(), ("start",), ("status",), ("stop",), ("setup", "access"), ("rules",)])
def test_help_has_an_example(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *command, "--help")
    assert code == 0
    assert not command or "Example: sfmeta localorg" in " ".join(out.split())
