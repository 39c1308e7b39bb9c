"""Bad input gets one clear line, the right exit code, no traceback, and leaves nothing half-written."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ran, Shop

PERMISSION_SETS = "force-app/main/default/permissionsets"
BAD = f"{PERMISSION_SETS}/Bad.permissionset-meta.xml"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
ENTITY = f'{HEAD}<!DOCTYPE x [<!ENTITY a "b">]>\n<PermissionSet {NS}><label>&a;</label></PermissionSet>'
EXTERNAL = f'{HEAD}<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<PermissionSet {NS}><label>x</label></PermissionSet>'
BILLION = (
    f'{HEAD}<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{"&a;" * 10}">' for n in range(9))
    + f"]>\n<PermissionSet {NS}><label>&a8;</label></PermissionSet>"
)
DEEP = f"{HEAD}<PermissionSet {NS}>" + "<a>" * 100_000 + "</a>" * 100_000 + "</PermissionSet>"

FILES = {
    "malformed": (f"{HEAD}<PermissionSet {NS}>\n<label>x</lable>\n</PermissionSet>", "3"),
    "entity": (ENTITY, "2"),
    "external": (EXTERNAL, "2"),
    "billion": (BILLION, "2"),
    "empty": ("", ""),
    "deep": (DEEP, ""),
    "wrong root": (f"{HEAD}<Profile {NS}></Profile>", "2"),
    "no xml": ("PK\x03\x04", ""),
    "unknown element": (f"{HEAD}<PermissionSet {NS}>\n<lable>x</lable><label>x</label></PermissionSet>", "3"),
}


def is_one_clear_error(ran: Ran, code: int, *parts: str) -> None:
    assert ran.code == code, ran
    assert "Traceback" not in ran.err + ran.out
    last = ran.err.strip().splitlines()[-1]
    assert last.startswith("Error: "), ran.err
    assert len(last) < 600, "a line, not a page"
    for part in parts:
        assert part in ran.err, (part, ran.err)


@pytest.mark.parametrize("name", list(FILES))
def test_a_bad_file_is_refused_by_validate_with_its_place(shop: Shop, name: str) -> None:
    text, line = FILES[name]
    shop.write(BAD, text)
    ran = shop.run("validate")
    assert ran.code == 2
    assert "Traceback" not in ran.err
    [found] = [row for row in ran.err.splitlines() if row.startswith("error") and BAD in row][:1]
    if line:
        assert f"{BAD}:{line}" in found
    assert "passwd" not in ran.out + ran.err or name == "external"
    assert "root:" not in ran.out + ran.err


@pytest.mark.parametrize("name", ["malformed", "entity", "empty", "deep", "no xml"])
def test_a_bad_file_stops_a_deployment_before_anything_is_sent(generated: Shop, name: str) -> None:
    generated.write(BAD, FILES[name][0])
    is_one_clear_error(generated.run("deploy", "--skip-forecast"), 2, BAD)
    assert generated.result("history")["deployments"] == []


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for path, data in members.items():
            made.writestr(path, data)
    return file.getvalue()


def bomb() -> bytes:
    """Small on disk, and more than the 600 MB that the Metadata API takes."""
    return archive(**{f"permissionsets/{n}.permissionset": b"\0" * 160_000_000 for n in range(4)})


ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "climbing": (lambda: archive(**{"../evil.permissionset": b"x"}), "../evil"),
    "absolute": (lambda: archive(**{"/etc/evil.permissionset": b"x"}), "/etc/evil"),
    "bomb": (bomb, ""),
    "empty": (lambda: b"", ""),
    "damaged": (lambda: archive(a=b"x" * 1000)[:60], ""),
}


@pytest.mark.parametrize("name", list(ZIPS))
def test_a_bad_zip_is_refused(shop: Shop, name: str) -> None:
    make, part = ZIPS[name]
    file = shop.root / "bad.zip"
    file.write_bytes(make())
    is_one_clear_error(shop.run("validate", str(file)), 2, "bad.zip", part)
    assert not (shop.root.parent / "evil.permissionset").exists()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("- a\n- b\n", "policy.yml:1"),
        ("", "policy.yml"),
        ("version: 1\napps:\n\tx: 1\n", "policy.yml:3"),
        ("version: 1\napps: {x: {decison: allow, match: {label: X}}}\n", "decision"),
        ("version: 1\nversion: 1\n", "policy.yml:2"),
        ("version: 9\n", "policy.yml:1"),
        ("version: 1\napps: {x: {match: {label: X}, grants: {users: [{username: u@x.y, until: soon}]}}}\n", "soon"),
        ("\xff\xfe", "policy.yml"),
    ],
)
def test_a_bad_policy_is_refused_and_nothing_is_written(shop: Shop, text: str, part: str) -> None:
    (shop.root / "policy.yml").write_bytes(text.encode("latin-1"))
    for words in (("policy", "check"), ("generate",)):
        is_one_clear_error(shop.run(*words), 2, part)
    assert list((shop.root / "force-app").rglob("*.xml")) == []


def test_all_problems_of_a_policy_come_at_once(shop: Shop) -> None:
    shop.write("policy.yml", "version: 1\nappps: {}\napps: {x: {decision: perhaps, match: {label: X}}}\n")
    document = shop.run("policy", "check", "--json").document
    problems = document["result"]["problems"]
    assert {problem["line"] for problem in problems} == {2, 3}
    assert any("apps" in problem["hint"] + problem["message"] for problem in problems)


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port where nobody answers: taken, and never listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_orgs_that_do_not_answer_or_do_not_want_us(shop: Shop, dead_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "00D000000000001!CANARY.TOKEN")
    is_one_clear_error(shop.run("retrieve", "-o", "nope", "-m", "Profile"), 2, "nope")
    token = ["--access-token-env", "TOKEN"]
    dead = shop.run("org", "add", "dead", *token, "-r", f"http://127.0.0.1:{dead_port}")
    is_one_clear_error(dead, 6, f"127.0.0.1:{dead_port}")
    wrong = shop.run("org", "add", "wrong", *token, "-r", shop.org.url)
    is_one_clear_error(wrong, 6)
    is_one_clear_error(shop.run("org", "add", "plain", *token, "-r", "http://example.com"), 2, "http")
    is_one_clear_error(
        shop.run("org", "add", "none", "--access-token-env", "UNSET_X", "-r", shop.org.url), 2, "UNSET_X"
    )
    assert [org["alias"] for org in shop.result("org", "list")["orgs"]] == ["sandbox"]
    for ran in (dead, wrong):
        assert "CANARY" not in ran.out + ran.err


def test_no_org_chosen_and_no_project(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.ok("generate")
    shop.ok("org", "remove", "sandbox")
    is_one_clear_error(shop.run("verify"), 2, "org")
    monkeypatch.chdir(tmp_path)
    is_one_clear_error(shop.run("generate"), 2, "sfmeta init")
    is_one_clear_error(shop.run("validate", "nowhere"), 2, "nowhere")


def test_a_deployment_outside_a_repository_is_refused(shop: Shop) -> None:
    shop.ok("generate")
    (shop.root / ".git").rename(shop.root / "git-is-gone")
    is_one_clear_error(shop.run("deploy", "--skip-forecast"), 2, "git init")
    assert shop.run("deploy", "--check-only").code == 0, "a check leaves nothing behind, so it needs no ledger"


def test_a_deployment_in_a_repository_without_a_commit(shop: Shop) -> None:
    shop.ok("generate")
    deployed = shop.result("deploy", "--skip-forecast", "--yes")
    assert deployed["job"]["success"]
    [entry] = shop.result("history")["deployments"]
    assert entry["source_revision"] is None
    assert entry["source_dirty"]
    assert entry["author"] is None
    is_one_clear_error(shop.run("rollback", "--to", "HEAD"), 2, "no commit yet")


@contextlib.contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """A folder that this process may not write to; root gives up its rights for a moment."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_folder_without_write_permission(shop: Shop, tmp_path: Path) -> None:
    shop.ok("generate")
    shop.ok("retrieve", "-m", "Profile:Integration User", "--target", "warm")
    locked = tmp_path / "locked"
    locked.mkdir()
    for parent in (shop.root, *shop.root.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o555)
    with unwritable(locked):
        ran = shop.run("init", str(locked))
    is_one_clear_error(ran, 1, "locked")
    assert list(locked.iterdir()) == []


def test_generate_writes_nothing_where_one_template_is_wrong(shop: Shop) -> None:
    shop.write("templates/PermissionSet.xml.j2", "<PermissionSet><label>{{ lable }}</label></PermissionSet>")
    ran = shop.run("generate")
    assert ran.code == 2
    assert "lable" in ran.err
    assert list((shop.root / "force-app").rglob("*.xml")) == []
