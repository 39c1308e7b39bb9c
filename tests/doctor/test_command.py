"""``sfmeta doctor`` as a user runs it: text, JSON, exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.doctor.conftest import Practice, Run

GOLDEN = Path(__file__).parent / "golden"


def test_the_text_is_as_it_was_looked_at(acme: Practice, run: Run) -> None:
    ran = run("doctor", "-o", "uat")
    text = ran.out.replace(acme.org.org_id, "<org id>").replace(acme.org.url, "<url>")
    text = re.sub(r"at\s+<url>", "at <url>", text)  # its length decides where the line breaks
    text = re.sub(r"(?m)^\w+ +(Clock|Limits) .*$", r"<\1>", text)
    assert text == (GOLDEN / "acme" / "expected.txt").read_text(encoding="utf-8")
    assert ran.code == 0


def test_warnings_alone_are_no_failure_and_problems_are_exit_3(acme: Practice, run: Run) -> None:
    assert run("doctor").code == 0
    acme.state.change_org(features=("SoapLogin",))
    ran = run("doctor")
    assert ran.code == 3
    assert "| Subject: Please enable API Access Control" in ran.out
    assert ran.out.rstrip().endswith("8 ok, 1 warning, 1 problem, 1 unknown.")


def test_the_document_says_the_same(acme: Practice, run: Run) -> None:
    document = run("doctor", "--json").document
    assert (document["command"], document["status"], document["error"]) == ("doctor", 0, None)
    assert document["result"]["org_id"] == acme.org.org_id
    levels = {check["id"]: check["level"] for check in document["result"]["checks"]}
    assert levels["soap-login"] == "warning"
    assert levels["feature"] == "ok"


def test_an_org_that_is_not_there_is_one_clear_line(acme: Practice, run: Run) -> None:
    acme.org.stop()
    ran = run("doctor")
    assert ran.code == 6
    assert len(ran.err.strip().splitlines()) == 1
    assert "cannot reach" in ran.err


def test_an_app_that_is_blocked_is_exit_6(acme: Practice, run: Run) -> None:
    acme.org.ask("POST", "app/block", {"app": "sfmeta"})
    ran = run("doctor")
    assert ran.code == 6
    assert "unblock it in Setup" in ran.err


def test_the_policy_of_a_project_names_the_break_glass_admin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("init").code == 0
    Path("policy.yml").write_text("version: 1\nbreak_glass: {username: '${env:BREAK_GLASS}'}\n", encoding="utf-8")
    monkeypatch.setenv("BREAK_GLASS", "nobody@acme.example")
    ran = run("doctor")
    assert ran.code == 3
    assert "There is no user nobody@acme.example" in ran.out


def test_a_policy_that_cannot_be_read_is_an_error_of_its_own(run: Run) -> None:
    assert run("init").code == 0
    Path("policy.yml").write_text("version: 1\nbreak_glas: {}\n", encoding="utf-8")
    ran = run("doctor")
    assert ran.code == 2
    assert "policy.yml:2" in ran.err
