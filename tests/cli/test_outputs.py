"""Files that audit, forecast and report write never take the place of what they read, or of the project's own files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sfmeta.cli.main import main
from sfmeta.codec.inventory_json import begins_inventory, inventory_bytes
from tests.cli.conftest import Ran
from tests.draft.builder import app, inventory, person, use

Run = Callable[..., Ran]

CLASSES = "force-app/main/default/classes"
SEEN = ["--inventory", "seen.json"]
COMMANDS = {
    "audit": ["audit", "-f"],
    "csv": ["forecast", *SEEN, "--csv"],
    "sarif": ["forecast", *SEEN, "--csv", "fine.csv", "--sarif"],
    "html": ["forecast", *SEEN, "--html"],
    "report": ["report", *SEEN, "-f"],
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands in a new project with an inventory in ``seen.json``; no org is known."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    assert main(["init"]) == 0
    ann, tool = person("ann"), app("Tool")
    Path("seen.json").write_bytes(inventory_bytes(inventory([tool], [use(ann, tool)], [ann])))
    for folder in (".git", "templates", CLASSES, "out"):
        Path(folder).mkdir(exist_ok=True, parents=True)
    Path(CLASSES, "A.cls").write_text("class A {}")
    Path("way").symlink_to(CLASSES)
    Path("our.yml").symlink_to("policy.yml")
    Path("elsewhere.csv").write_text("old")
    Path(CLASSES, "link.csv").symlink_to(project / "elsewhere.csv")

    def run(*words: str) -> Ran:
        capsys.readouterr()
        code = main(list(words))
        return Ran(code, *capsys.readouterr())

    return run


def tree() -> dict[str, bytes | Path]:
    """Every file and link here, and what it holds."""
    return {
        str(path): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in Path().rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("policy.yml", "would take the place of the project's policy.yml"),
        ("out/../policy.yml", "would take the place of the project's policy.yml"),
        ("our.yml", "would take the place of the project's policy.yml"),
        ("findings.json", "would take the place of the project's findings.json"),
        ("sfdx-project.json", "would take the place of the project's sfdx-project.json"),
        (".forceignore", "would take the place of the project's .forceignore"),
        (".gitignore", "would take the place of the project's .gitignore"),
        (f"{CLASSES}/A.cls", "lies in the project's force-app/main"),
        ("way/new.csv", "lies in the project's force-app/main"),
        (f"{CLASSES}/link.csv", "lies in the project's force-app/main"),
        ("force-app/enforcement/x", "lies in the project's force-app"),
        ("templates/x.j2", "lies in the project's templates"),
        (".git/config", "lies in git's own folder"),
        ("out", "is a folder"),
        ("/dev/null", "is no regular file"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_must_stay_is_refused_and_nothing_is_written(run: Run, command: str, file: str, problem: str) -> None:
    before = tree()
    ran = run(*COMMANDS[command], file)
    assert (ran.code, ran.out) == (2, "")
    option = f"--{command}" if COMMANDS[command][0] == "forecast" else "--file"
    assert ran.err == f"Error: {option} {Path(file)} {problem}. Name another file\n"
    assert tree() == before


@pytest.mark.parametrize("command", ["csv", "sarif", "html", "report"])
def test_what_is_read_is_never_written(run: Run, tmp_path: Path, command: str) -> None:
    other = tmp_path / "other.yml"
    other.write_bytes(Path("policy.yml").read_bytes())
    before = (tree(), other.read_bytes())
    words = [*COMMANDS[command][:1], "--policy", str(other), *COMMANDS[command][1:]]
    for file, what in ((str(Path("seen.json").resolve()), "the inventory of --inventory"), (str(other), "the policy")):
        ran = run(*words, file)
        assert ran.code == 2
        assert f"{file} would take the place of {what}. Name another file" in ran.err
    assert (tree(), other.read_bytes()) == before


def test_beside_a_policy_that_stands_alone_the_findings_are_kept(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    Path("policy.yml").rename(alone / "policy.yml")
    Path("seen.json").rename(tmp_path / "seen.json")
    monkeypatch.chdir(tmp_path)
    words = ["report", "--policy", "alone/policy.yml", *SEEN, "-f"]
    assert "would take the place of the project's findings.json" in run(*words, "alone/findings.json").err
    assert run(*words, "findings.json").code == 0
    assert run("forecast", "--policy", "alone/policy.yml", *SEEN, "--csv", "alone/policy.yml").code == 2


@pytest.mark.parametrize("command", ["csv", "sarif", "html", "report"])
def test_an_older_report_is_replaced_and_nothing_else(run: Run, command: str) -> None:
    Path("empty").touch()
    Path("round").symlink_to("round")
    for file in ("out/new", "empty", "round"):
        assert run(*COMMANDS[command], file).code in (0, 3)
        first = Path(file).read_bytes()
        assert first
        assert run(*COMMANDS[command], file).code in (0, 3)
    Path("sfmeta.key").write_text("-----BEGIN PRIVATE KEY-----")
    before = tree()
    ran = run(*COMMANDS[command], "sfmeta.key")
    assert (ran.code, tree()) == (2, before)
    assert "sfmeta.key exists and is no " in ran.err


def test_a_package_directory_that_is_the_whole_project_leaves_room(run: Run) -> None:
    Path("sfdx-project.json").write_text('{"packageDirectories": [{"path": "."}]}')
    assert run(*COMMANDS["report"], "who.html").code == 0
    assert "lies in the project's force-app" in run(*COMMANDS["report"], f"{CLASSES}/who.html").err


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("", True),
        ('{\n"sfmeta_inventory": 1,\n', True),
        (' {"sfmeta_inventory":2}', True),
        ("version: 1\n", False),
        ('{"name": "sfmeta_inventory"}', False),
        ("\n", False),
    ],
)
def test_an_audit_replaces_an_inventory_or_nothing(run: Run, text: str, is_taken: bool) -> None:
    Path("who.json").write_text(text)
    ran = run("audit", "-f", "who.json")
    assert ran.code == 2
    refusal = "--file who.json exists and is no inventory. Name another file"
    # no org is known here: what is asked next
    assert ("no org was named" if is_taken else refusal) in ran.err
    assert Path("who.json").read_text() == text


def test_an_inventory_is_known_by_how_it_begins(run: Run) -> None:
    assert begins_inventory(Path("seen.json").read_bytes()[:200])
