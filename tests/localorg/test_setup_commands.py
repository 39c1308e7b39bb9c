"""``sfmeta localorg app``, ``user`` and ``login`` against a running org, and the same through the back door."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli.main import main
from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.visitor import Visitor

ADMIN, SUPER, FORMER = "admin@acme.example", "super.user@acme.example", "former.tool.user@acme.example"
SOAP, BILLING = "soapui.dev@acme.example", "billing.integration@acme.example"
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(acme: LocalOrg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command on the story's org: exit code and JSON document."""
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps(acme.ready()))
    monkeypatch.setenv("SFMETA_LOCALORG", str(ready))

    def one(*words: str) -> tuple[int, dict[str, Any]]:
        code = main(["localorg", *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return one


@pytest.fixture
def says(run: Run, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What the same commands tell a person."""

    def one(*words: str) -> str:
        main(["localorg", *words])
        return capsys.readouterr().out

    return one


def exporters(org: LocalOrg) -> str:
    return org.state.records.insert(
        "PermissionSet", {"Name": "Exporters", "Label": "Data Exporters", "IsOwnedByProfile": False}
    )


def test_a_rollout_from_the_command_line(run: Run, acme: LocalOrg) -> None:
    exporters(acme)
    assert run("login", "as", FORMER, "with", "Rogue", "Exporter")[1]["result"]["let_in"] is True
    assert run("setup", "access", "--internal", "on")[0] == 0
    code, document = run("login", "as", FORMER, "with", "Rogue", "Exporter")
    assert code == 1
    assert document["result"]["rule"]["id"] == "uninstalled-under-box"
    assert document["error"]["message"] == "app_blocked: this app is blocked by admin"
    code, document = run("app", "install", "Rogue Exporter")
    assert (code, document["result"]["kind"]) == (0, "installed")
    code, document = run(
        "app", "policy", "rogue exporter", "--permitted-users", "admin_approved", "--permission-set", "Exporters"
    )
    assert document["result"]["policy"]["permission_sets"] == ["Exporters"]
    code, document = run("login", FORMER, "--app", "Rogue Exporter")
    assert (code, document["result"]["rule"]["id"]) == (1, "admin-approved-only")
    code, document = run("user", "assign", FORMER, "--permission-set", "Data Exporters", "--days", "7")
    assert code == 0
    assert document["result"]["until"] is not None
    code, document = run("login", FORMER, "--app", "Rogue Exporter")
    assert (code, document["result"]["rule"]["id"]) == (0, "granted")
    assert document["result"]["opens"] == {"REST API": None, "Metadata API": None}
    acme.state.move_clock(timedelta(days=8))
    assert run("login", FORMER, "--app", "Rogue Exporter")[0] == 1
    trail = {(row["Action"], row["CreatedById"]) for row in acme.state.records.find("SetupAuditTrail")}
    admin = acme.state.records.first("User", Username=ADMIN)
    assert admin is not None
    assert ("insertConnectedApplication", admin.id) in trail
    assert ("PermSetAssign_HasExpiration", admin.id) in trail


def test_every_try_is_a_login_like_any_other(run: Run, acme: LocalOrg, visitor: Visitor) -> None:
    before = len(acme.state.records.find("LoginHistory"))
    assert run("login", SUPER, "--app", "Dataloader.io")[0] == 0
    assert len(acme.state.records.find("LoginHistory")) == before + 1
    # the client's own refresh token still works
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-super").status_code == 200


@pytest.mark.parametrize(
    ("words", "flow"),
    [
        ((SUPER, "--app", "Dataloader.io"), "refresh"),
        ((SOAP, "--app", "Dataloader.io"), "password"),
        ((SOAP,), "soap"),
        ((BILLING, "--app", "Billing_Sync"), "jwt"),
        ((SUPER, "--app", "Dataloader.io", "--flow", "password"), "password"),
    ],
)
def test_the_flow_is_the_one_that_there_are_credentials_for(run: Run, words: tuple[str, ...], flow: str) -> None:
    code, document = run("login", *words)
    assert code == 0, document
    assert document["result"]["flow"] == flow


def test_the_execution_user_of_an_app(run: Run, acme: LocalOrg) -> None:
    app = acme.state.records.first("ConnectedApplication", Name="Billing Sync")
    assert app is not None
    acme.state.records.update(app.id, IsClientCredentialEnabled=True, ClientCredentialUser=BILLING)
    code, document = run("login", BILLING, "--app", "Billing Sync", "--flow", "client-credentials")
    assert code == 0, document
    code, document = run("login", SUPER, "--app", "Billing Sync", "--flow", "client-credentials")
    assert code == 1
    assert "runs its client credentials flow as" in document["error"]["message"]


def test_a_rotating_app_keeps_its_clients_token(run: Run, acme: LocalOrg, visitor: Visitor) -> None:
    app = acme.state.records.first("ConnectedApplication", Name="Dataloader.io")
    assert app is not None
    acme.state.records.update(app.id, IsRefreshTokenRotationEnabled=True)
    assert run("login", SUPER, "--app", "Dataloader.io")[0] == 0
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-super").status_code == 200


def test_a_token_is_shown_only_when_asked_for(run: Run, says: Callable[..., str], visitor: Visitor) -> None:
    assert run("login", SUPER, "--app", "Dataloader.io")[1]["result"]["token"] is None
    assert "token" not in says("login", SUPER, "--app", "Dataloader.io")
    token = run("login", SUPER, "--app", "Dataloader.io", "--show-token")[1]["result"]["token"]
    assert visitor.rest("/limits", token).status_code == 200
    assert "!AQ" in says("login", SUPER, "--app", "Dataloader.io", "--show-token")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("login", "nobody@acme.example"), "there is no user nobody@acme.example"),
        (("login", SUPER, "--app", "Nothing"), "there is no app Nothing"),
        (("login", SOAP, "--app", "Rogue Exporter", "--flow", "refresh"), "has given Rogue Exporter no refresh token"),
        (("login", SOAP, "--app", "Dataloader.io", "--flow", "jwt"), "Dataloader.io has no private key here"),
        (("login", SOAP, "--flow", "jwt"), "the flow jwt needs an app"),
        (("app", "install", "Dataloader.io"), "is not on the page"),
        (("app", "uninstall", "Billing Sync"), "not installed from another org"),
        (("app", "unblock", "Dataloader.io"), "is not blocked"),
        (("app", "block", "Dataloader.io", "--by", SUPER), "Insufficient Privileges"),
        (("app", "policy", "Dataloader.io", "--permission-set", "Nothing"), "there is no permission set Nothing"),
        (("app", "policy", "Rogue Exporter", "--session", "Block"), "has no policies here"),
        (("user", "add", SUPER, "--profile", "Admin"), "Duplicate Username"),
        (("user", "add", "new@acme.example", "--profile", "Nothing"), "there is no profile Nothing"),
        (("user", "assign", SUPER, "--permission-set", "Nothing"), "there is no permission set Nothing"),
    ],
)
def test_what_is_refused_exits_with_1_and_the_reason(run: Run, words: tuple[str, ...], reason: str) -> None:
    code, document = run(*words)
    assert code == 1
    assert reason in document["error"]["message"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("app", "policy", "Dataloader.io", "--refresh-token", "soon"), "soon is not a value of this policy"),
        (("app", "policy", "Dataloader.io", "--status", "disabled"), "is not a value of this policy"),
        (("app", "policy", "Dataloader.io", "--session-timeout", "7"), "choose 15, 30, 60, 120, 240, 480, 720, 1440"),
        (("app", "policy", "Dataloader.io", "--session-timeout", "-5"), "-5 minutes are not offered"),
        (("login", SUPER, "--app", "Dataloader.io", "--source-ip", "300.1.1.1"), "'300.1.1.1' is no IP address"),
        (("login", SUPER, "--app", "Dataloader.io", "--source-ip", ""), "'' is no IP address"),
    ],
)
def test_a_wrong_value_exits_with_2_and_the_reason(
    run: Run, acme: LocalOrg, words: tuple[str, ...], reason: str
) -> None:
    before = len(acme.state.records.find("LoginHistory"))
    code, document = run(*words)
    assert code == 2
    assert reason in document["error"]["message"]
    assert len(acme.state.records.find("LoginHistory")) == before


def test_a_timeout_that_setup_does_not_offer_stays_until_it_is_changed(run: Run, acme: LocalOrg) -> None:
    app = acme.state.records.first("ConnectedApplication", Name="Dataloader.io")
    assert app is not None
    acme.state.records.update(app.id, SessionTimeout=45)
    code, document = run("app", "policy", "Dataloader.io", "--ip-relaxation", "BYPASS")
    assert (code, document["result"]["policy"]["session_timeout"]) == (0, 45)


@pytest.mark.parametrize(
    "words",
    [
        ("login", "as", SUPER, "and", "Dataloader.io"),
        ("login", "as", SUPER, "with"),
        ("login", "as", SUPER, "with", "Dataloader.io", "--app", "Dataloader.io"),
        ("app", "policy", "Dataloader.io"),
        ("user", "assign", SUPER, "--permission-set", "X", "--days", "1", "--until", "2030-01-01"),
        ("login", SUPER, "--flow", "device"),
    ],
)
def test_wrong_use_exits_with_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words)[0] == 2


def test_apps_and_users_are_listed(run: Run, says: Callable[..., str]) -> None:
    apps = {app["label"]: app for app in run("app", "list")[1]["result"]["apps"]}
    assert (apps["Rogue Exporter"]["kind"], apps["Rogue Exporter"]["policy"]) == ("not installed", None)
    assert apps["sfmeta"]["policy"]["profiles"] == ["System Administrator"]
    assert "Partner Portal: external client app; 1 user;" in says("app", "list")
    users = {user["username"]: user for user in run("user", "list")[1]["result"]["users"]}
    assert users[BILLING] == {**users[BILLING], "profile": "Integration User", "type": "Standard", "active": True}
    assert SUPER in says("user", "list")


def test_policies_are_attached_and_taken_off(run: Run, acme: LocalOrg) -> None:
    exporters(acme)
    attached = run("app", "policy", "Partner Portal", "--permission-set", "Exporters", "--profile", "Admin")[1][
        "result"
    ]
    assert attached["policy"]["permission_sets"] == ["Exporters"]
    assert attached["policy"]["profiles"] == ["System Administrator"]
    taken = run("app", "policy", "Partner Portal", "--remove-profile", "Admin", "--status", "disabled")[1]["result"]
    assert taken["policy"]["permission_sets"] == ["Exporters"]
    assert taken["policy"]["profiles"] == []
    assert taken["blocked"] is True
    session = ("--session", "RaiseSessionLevel", "--session-timeout", "30", "--ip-relaxation", "BYPASS")
    assert run("app", "policy", "Billing Sync", *session)[1]["result"]["policy"]["session_timeout"] == 30
    back = run("app", "policy", "Billing Sync", "--session", "none", "--session-timeout", "0")[1]["result"]["policy"]
    assert (back["session_action"], back["session_timeout"], back["ip_relaxation"]) == (None, None, "BYPASS")


def test_block_and_unblock(run: Run, says: Callable[..., str]) -> None:
    assert run("app", "block", "Dataloader.io")[1]["result"]["blocked"] is True
    assert run("login", SUPER, "--app", "Dataloader.io")[1]["result"]["rule"]["id"] == "app-on-block-list"
    assert "installed; 2 users; permitted: everyone" in says("app", "unblock", "localorg.dataloader.io")


def test_a_user_added_with_a_password_may_log_in(run: Run) -> None:
    made = ("new.one@acme.example", "--profile", "Standard User", "--password", "made-up-1", "--type", "PowerPartner")
    assert run("user", "add", *made)[0] == 0
    assert run("login", "new.one@acme.example")[0] == 0


def test_two_apps_of_one_name_need_a_key(run: Run, acme: LocalOrg) -> None:
    acme.state.records.insert("ForeignApp", {"Name": "dataloader.IO", "ConsumerKey": "localorg.twin"})
    code, document = run("app", "block", "Dataloader.io")
    assert (code, "2 apps are named Dataloader.io" in document["error"]["message"]) == (1, True)
    assert run("app", "block", "localorg.twin")[0] == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("app/install", {}),
        ("app/install", {"app": 5}),
        ("app/policy", {"app": "Dataloader.io", "session_timeout": "30"}),
        ("app/policy", {"app": "Dataloader.io", "session_timeout": True}),
        ("app/policy", {"app": "Dataloader.io", "permission_sets": "Exporters"}),
        ("app/policy", {"app": "Dataloader.io", "remove_profiles": [5]}),
        ("user/add", {"username": "x@acme.example"}),
        ("user/assign", {"username": SUPER, "permission_set": "Exporters", "days": "1"}),
        ("user/assign", {"username": SUPER, "permission_set": "Exporters", "days": 1e300}),
        ("user/assign", {"username": SUPER, "permission_set": "Exporters", "until": "tomorrow"}),
        ("login", {"username": SUPER, "flow": "device"}),
        ("login", {"username": SUPER, "app": ["Dataloader.io"]}),
    ],
)
def test_the_back_door_takes_no_nonsense(visitor: Visitor, acme: LocalOrg, name: str, content: dict[str, Any]) -> None:
    exporters(acme)
    answer = visitor.call("POST", f"/_local/{name}", acme.control_token, json=content)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert acme.state.records.find("SetupAuditTrail") == []


COMMANDS = "app list, app install, app uninstall, app block, app unblock, app policy, user list, user add, user assign"


@pytest.mark.parametrize("command", [*COMMANDS.split(", "), "login"])
def test_help_has_an_example_and_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["localorg", *command.split(), "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"Example: sfmeta localorg {command}" in text
    assert "Exit codes: 0 " in text
