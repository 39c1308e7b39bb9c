"""The command line is a contract: names, options, exit codes, one JSON document."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import typer

from sfmeta import __version__
from sfmeta.cli.main import main
from sfmeta.cli.table import COMMANDS
from tests.cli.conftest import Shop

# what is promised to scripts; a name or letter that is taken away breaks somebody's script
OPTIONS = {
    "deploy": {
        "--target-org", "-o", "--source-dir", "-d", "--manifest", "-x", "--metadata", "-m", "--check-only", "--dry-run",
        "--test-level", "-l", "--wait", "-w", "--async", "--yes",
    },
    "plan": {"--target-org", "-o", "--stage", "--wave", "--file", "-f", "--take-org", "--detailed-exitcode"},
    "apply": {"--target-org", "-o", "--undo", "--done", "--test-level", "-l", "--accept-loss", "--wait", "-w", "--yes"},
    "show": set(),
    "evidence": {"--target-org", "-o", "--file", "-f", "--html"},
    "retrieve": {"--target-org", "-o", "--source-dir", "-d", "--manifest", "-x", "--metadata", "-m", "--zip"},
    "diff": {"--target-org", "-o", "--from", "--to"},
    "forecast": {
        "--target-org", "-o", "--stage", "--wave", "--at", "--days", "--inventory", "--policy", "--csv",
        "--sarif", "--html",
    },
    "report": {"--target-org", "-o", "--file", "-f", "--stage", "--wave", "--at", "--days", "--inventory", "--policy"},
    "verify": {"--target-org", "-o", "--rev"},
    "drift": {"--target-org", "-o", "--since", "--watch", "--accept", "--junit", "--sarif", "--yes"},
    "rollback": {"--target-org", "-o", "--to", "--accept-loss", "--yes"},
    "grant list": {"--target-org", "-o", "--app"},
    "grant sync": {"--target-org", "-o", "--app", "--prune", "--skip-forecast", "--accept-loss", "--yes"},
    "grant add": {"--target-org", "-o", "--app", "--user", "--until", "--reason", "--yes"},
    "grant revoke": {"--target-org", "-o", "--app", "--user", "--skip-forecast", "--accept-loss", "--yes"},
    "enforce on": {"--target-org", "-o", "--users", "--confirm-within", "--setup-open", "--skip-canary", "--yes"},
    "enforce off": {"--target-org", "-o", "--users", "--yes"},
    "enforce status": {"--target-org", "-o"},
    "enforce confirm": {"--target-org", "-o"},
    "enforce watch": {"--target-org", "-o", "--days", "--since", "--once", "--every", "--html"},
    "generate": {"--check"},
    "validate": {"--manifest", "--wsdl"},
    "history": {"--target-org", "-o", "--limit", "-n"},
    "ledger sync": {"--target-org", "-o", "--remote", "--always"},
    "ledger unlock": {"--target-org", "-o", "--yes"},
    "demo": {"--keep"},
    "audit": {"--target-org", "-o", "--days", "--file", "-f", "--parallel"},
    "doctor": {"--target-org", "-o", "--probe", "--yes"},
    "policy draft": {
        "--target-org", "-o", "--inventory", "--days", "--users-days", "--policy", "--dry-run", "--check",
    },
    "job report": {"--target-org", "-o"},
    "job resume": {"--target-org", "-o"},
    "job cancel": {"--target-org", "-o"},
    "job close": {"--target-org", "-o", "--yes"},
    "org add": {"--access-token-env", "--jwt-key-file", "--client-id", "--username", "--sfdx-url-file", "--login-url"},
    "localorg start": {"--port", "--data", "--ready-file", "--seed", "--production"},
    "localorg setup access": {"--internal", "--external", "--by"},
    "localorg apex-tests": {"--fail", "--coverage", "--clear"},
    "localorg app policy": {
        "--permitted-users", "--refresh-token", "--ip-relaxation", "--session", "--session-timeout", "--status",
        "--permission-set", "--remove-permission-set", "--profile", "--remove-profile", "--by",
    },
    "localorg user add": {"--profile", "--type", "--password", "--first-name", "--last-name", "--by"},
    "localorg user assign": {"--permission-set", "--days", "--until", "--by"},
    "localorg login": {"--app", "--flow", "--source-ip", "--show-token"},
}  # fmt: skip
GROUPS = {
    "org": ("add", "list", "show", "remove", "use"),
    "policy": ("check", "draft", "schema"),
    "job": ("report", "resume", "cancel", "close"),
    "grant": ("list", "sync", "add", "revoke"),
    "ledger": ("sync", "unlock"),
    "enforce": ("on", "off", "status", "confirm", "watch"),
    "localorg": ("start", "stop", "status", "rules", "setup"),
}


def words() -> Iterator[str]:
    for name in COMMANDS:
        if name not in GROUPS:
            yield name
        for verb in GROUPS.get(name, ()):
            yield f"{name} {verb}" if verb != "setup" else f"{name} setup access"


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([*command.split(), "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", list(words()))
def test_every_command_has_help_with_an_example_and_the_common_options(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = help_of(command, capsys)
    assert re.search(rf"Example: sfmeta {command}", text), text
    for option in ("--json", "--quiet", "--verbose"):
        assert option in text


@pytest.mark.parametrize("command", list(OPTIONS))
def test_promised_options_are_there(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", help_of(command, capsys)))
    assert OPTIONS[command] - found == set()


def test_the_list_of_commands_is_complete_and_says_what_each_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for name, entry in COMMANDS.items():
        assert re.search(rf"^  {name}\s+{re.escape(entry.help[:40])}", text, re.MULTILINE), name


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--version"], ["-V"]):
        assert main(words) == 0
        assert capsys.readouterr().out == f"sfmeta {__version__}\n"


@pytest.mark.parametrize(
    "words",
    [
        ["nope"],
        ["deploy", "--nope"],
        ["deploy", "--wait", "x"],
        ["rollback"],
        ["org", "add"],
        ["job", "report"],
        ["-x"],
    ],
)
def test_wrong_usage_is_exit_2_and_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("deploy --nope", "See: sfmeta deploy --help"),
        ("localorg nope", "See: sfmeta localorg --help"),
        ("localorg faults add cut --nth x", "See: sfmeta localorg faults add --help"),
        ("localorg clock --forward", "See: sfmeta localorg clock --help"),
        ("nope", "See: sfmeta --help"),
        ("depoy", "Did you mean deploy"),
    ],
)
def test_a_hint_names_the_help_of_the_command_that_did_not_understand(
    words: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 2
    assert capsys.readouterr().err.rstrip().endswith(f". {hint}")


def test_usage_errors_are_json_too(shop: Shop) -> None:
    document = shop.run("deploy", "--nope", "--json").document
    assert document["status"] == 2
    assert document["error"]["code"] == "UsageError"


def test_the_json_document_has_one_shape(shop: Shop) -> None:
    keys = ["command", "status", "result", "warnings", "error"]
    good = shop.run("org", "list", "--json").document
    assert list(good) == keys
    assert (good["command"], good["status"], good["error"]) == ("org list", 0, None)
    bad = shop.run("deploy", "-o", "nope", "--json").document
    assert list(bad) == keys
    assert bad["command"] == "deploy"
    assert set(bad["error"]) == {"code", "message", "file", "line", "job_id"}


def test_quiet_says_nothing_where_all_is_well(generated: Shop) -> None:
    ran = generated.ok("deploy", "--skip-forecast", "--quiet")
    assert (ran.out, ran.err) == ("", "")


def test_no_args_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Usage: sfmeta" in capsys.readouterr().out


def test_a_mistake_of_ours_is_one_line_without_values(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from sfmeta.cli import org

    def broken(*_: object) -> None:
        raise ZeroDivisionError("CANARY")

    monkeypatch.setattr(org.op, "list_orgs", broken)
    ran = shop.run("org", "list")
    assert ran.code == 1
    assert "ZeroDivisionError at test_contract.py" in ran.err
    assert "CANARY" not in ran.out + ran.err
    with pytest.raises(ZeroDivisionError):
        shop.run("org", "list", "--verbose")


def test_consent_is_asked_on_a_terminal_only(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from sfmeta.cli.ui import Ui

    asked: list[str] = []
    monkeypatch.setattr(Ui, "interactive", property(lambda _: True))
    monkeypatch.setattr(typer, "confirm", lambda text, **_: asked.append(text) or False)
    with pytest.raises(Exception, match="Stopped by the user"):
        Ui("deploy", {}).consent("This changes production", yes=False)
    assert asked == ["This changes production. Go on?"]
    Ui("deploy", {}).consent("This changes production", yes=True)
    assert len(asked) == 1
