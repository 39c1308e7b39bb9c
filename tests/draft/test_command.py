"""``sfmeta policy draft`` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sfmeta.cli.main import main
from sfmeta.codec.inventory_json import inventory_document
from sfmeta.config.policy import read_policy
from tests.cli.conftest import Ran, Shop
from tests.draft.builder import app, inventory, person, use

Run = Callable[..., Ran]

ANN = person("ann")
TOOL = app("Tool")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``policy draft`` in an empty folder, from an inventory file; no org is there."""
    monkeypatch.chdir(tmp_path)
    Path("seen.json").write_text(json.dumps(inventory_document(inventory([TOOL], [use(ANN, TOOL)], [ANN]))))

    def run(*words: str) -> Ran:
        capsys.readouterr()
        code = main(["policy", "draft", "--inventory", "seen.json", *words])
        return Ran(code, *capsys.readouterr())

    return run


def test_it_writes_a_policy_that_passes_the_check(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run()
    assert (ran.code, ran.err) == (0, "")
    assert "tool: allow, wave 1" in ran.out
    assert main(["policy", "check"]) == 0
    assert "1 allow" in capsys.readouterr().out
    again = run()
    assert "mentions every app" in again.out


def test_it_shows_the_difference_and_writes_nothing(run: Run) -> None:
    ran = run("--dry-run")
    assert ran.code == 0
    assert ran.out.startswith("--- /dev/null\n+++ policy.yml\n")
    assert "+    match: {label: Tool}\n" in ran.out
    assert "would add tool" in ran.out
    assert not Path("policy.yml").exists()


def test_the_difference_is_in_the_document_too(run: Run) -> None:
    assert "+  tool:\n" in run("--dry-run", "--json").document["result"]["difference"]


def test_check_says_by_its_exit_code_whether_there_is_something_to_add(run: Run) -> None:
    assert run("--check").code == 3
    assert not Path("policy.yml").exists()
    assert run().code == 0
    assert run("--check").code == 0


def test_an_existing_file_keeps_its_bytes_and_its_mode(run: Run) -> None:
    file = Path("our.yml")
    file.write_bytes(b"\xef\xbb\xbfversion: 1 # ours\r\napps:\r\n  'a' : {match: {label: a}}\t# \xf0\x9f\x9a\x80")
    file.chmod(0o600)
    before = file.read_bytes()
    assert run("--policy", "our.yml").code == 0
    assert file.read_bytes().startswith(before)
    assert list(read_policy(file.read_bytes()).apps) == ["a", "tool"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in Path().iterdir()) == ["our.yml", "seen.json"], "no temporary file is left"


def test_the_json_document(run: Run) -> None:
    result = run("--json").document["result"]
    assert (result["written"], result["differs"], result["left_out"]) == (True, True, [])
    (added,) = result["added"]
    assert added["key"] == "tool"
    assert added["match"] == {"label": "Tool"}
    assert added["users"] == ["ann@acme.example"]
    assert added["last_used"] == "2026-11-25T12:00:00+00:00"


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("version: 2\n", "not 1, the only version"),
        ("version: 1\napps: ~\n", "no app can be added to 'apps'"),
        ("", "the policy is empty"),
    ],
)
def test_a_wrong_policy_is_left_as_it_is(run: Run, policy: str, message: str) -> None:
    Path("policy.yml").write_text(policy)
    ran = run()
    assert ran.code == 2
    assert message in ran.err
    assert Path("policy.yml").read_text() == policy


def test_an_inventory_that_is_not_there(run: Run) -> None:
    Path("seen.json").unlink()
    ran = run()
    assert (ran.code, "No inventory at seen.json" in ran.err) == (2, True)


def test_from_an_org(shop: Shop) -> None:
    (shop.root / "policy.yml").unlink()
    ran = shop.ok("policy", "draft")
    assert "rogue_exporter: undecided" in ran.out
    found = read_policy((shop.root / "policy.yml").read_bytes())
    assert found.apps["billing_sync"].wave == 4
    assert found.apps["sfmeta"].wave == 4, "its own way in"
    shop.ok("policy", "check")
    shop.ok("policy", "draft", "--check")


def test_acmes_own_policy_lacks_nothing_but_sfmeta(shop: Shop) -> None:
    result = shop.result("policy", "draft", "--dry-run")
    assert [one["label"] for one in result["added"]] == ["sfmeta"]
