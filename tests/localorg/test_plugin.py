"""The pytest plugin, as another project uses it, and the two ways to run an org from Python."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from sfmeta.errors import OperationFailed, OrgUnreachable, SourceError, UsageError
from sfmeta.localorg import LocalOrg, LocalOrgProcess
from sfmeta.localorg.running.environment import recipes
from sfmeta.localorg.running.handle import Handle
from sfmeta.localorg.running.home import NOBODY

pytest_plugins = ["pytester"]

RECIPE = """
def test_somebody_is_there(local_org):
    assert local_org.query("SELECT Username FROM User")
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with strict settings that knows nothing of sfmeta."""
    pytester.makeini("[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\n")
    return pytester


def test_the_two_lines_of_the_readme(project: pytest.Pytester) -> None:
    assert RECIPE.strip() in (ROOT / "README.md").read_text()
    project.makepyfile(RECIPE)
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_pytest_finds_it_by_itself() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    installed = {one.name: one.value for one in entry_points(group="pytest11")}
    assert declared == {"sfmeta-localorg": "sfmeta.localorg.pytest_plugin"}
    assert declared.items() <= installed.items()


def test_who_does_not_use_it_pays_nothing(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_light():
            loaded = {name for name in sys.modules if name.startswith("sfmeta")}
            assert loaded <= {"sfmeta", "sfmeta.localorg", "sfmeta.localorg.pytest_plugin"}
            assert not {"uvicorn", "cryptography", "lark"} & sys.modules.keys()
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_markers_options_and_the_factory(project: pytest.Pytester) -> None:
    project.makeini(
        "[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\nlocal_org_seed = acme\n"
    )
    project.makepyfile(
        """
        import pytest

        from sfmeta.localorg import LocalOrg, LocalOrgProcess

        def test_the_seed_of_the_ini_file(local_org):
            assert local_org.admin.username == "admin@acme.example"
            local_org.tick(internal=True)

        def test_each_test_has_its_own(local_org):
            assert local_org.status()["access"]["internal"] is False

        @pytest.mark.local_org("empty", production=True, tls=True)
        def test_the_marker_wins(local_org):
            assert isinstance(local_org, LocalOrg)
            assert local_org.status()["production"]
            assert local_org.url.startswith("https://")
            assert local_org.query("SELECT Id FROM Organization")[0]["Id"] == local_org.org_id

        def test_several_at_once(local_org_factory):
            one, other = local_org_factory("empty"), local_org_factory(subprocess=True)
            assert isinstance(other, LocalOrgProcess)
            assert one.org_id != other.org_id
            assert one.pid != other.pid

        def test_one_for_all(shared_local_org):
            assert shared_local_org.query("SELECT Id FROM User")

        def test_one_for_all_again(shared_local_org, request):
            assert request.getfixturevalue("shared_local_org") is shared_local_org
        """
    )
    project.runpytest_subprocess("-v").assert_outcomes(passed=6)


def test_a_seed_file_is_meant_from_the_folder_of_the_ini_file(project: pytest.Pytester) -> None:
    seed = (ROOT / "sfmeta/localorg/seed/empty.yml").read_text()
    (project.mkdir("seeds") / "own.yml").write_text(seed)
    tests = project.mkdir("tests")
    (tests / "pytest.ini").write_text("[pytest]\nlocal_org_seed = ../seeds/own.yml\n")
    (tests / "test_own.py").write_text(RECIPE)
    for folder, file in ((project.path, "tests/test_own.py"), (tests, "test_own.py")):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", file]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout


def test_an_option_that_no_org_has(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        @pytest.mark.local_org(sead="acme")
        def test_marker(local_org):
            pass

        @pytest.mark.local_org("acme", "empty")
        def test_two(local_org):
            pass

        def test_factory(local_org_factory):
            with pytest.raises(pytest.UsageError, match="no option colour"):
                local_org_factory(colour="red", subprocess=True)
        """
    )
    result = project.runpytest_subprocess()
    result.assert_outcomes(errors=2, passed=1)
    result.stdout.fnmatch_lines(["*UsageError: a local org has no option sead; it has seed, data, production, *"])
    result.stdout.fnmatch_lines(["*UsageError: the marker local_org takes one seed: 'acme', 'empty'*"])


def test_an_org_ends_with_its_test_even_when_that_fails(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import os
        import pytest

        seen = []

        @pytest.mark.parametrize("subprocess", [True, False])
        def test_fails(local_org_factory, subprocess):
            seen.append(local_org_factory("empty", subprocess=subprocess))
            raise ValueError("the test's own")

        def test_gone():
            for org in seen:
                with pytest.raises(Exception, match="No local org answers"):
                    org.status()
            with pytest.raises(ProcessLookupError):
                os.kill(seen[0].pid, 0)
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1, failed=2)


def works(org: Handle) -> None:
    """What both kinds of org can do."""
    before = org.time
    assert abs(before - datetime.now(UTC)) < timedelta(minutes=5)
    assert org.advance_clock(timedelta(days=3)) - before >= timedelta(days=3)
    moment = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
    assert timedelta(0) <= org.set_clock(moment) - moment < timedelta(minutes=5)
    org.ask("POST", "clock", {"reset": True})
    assert abs(org.time - datetime.now(UTC)) < timedelta(minutes=5)
    assert org.app("Billing Sync").client_id
    assert org.app("sfmeta").private_key_file is not None
    with pytest.raises(LookupError):
        org.app("nothing")
    name = org.faults.add("unavailable", path="*/query*", nth=1)
    with pytest.raises(OperationFailed):
        org.query("SELECT Id FROM User")
    assert [one["hits"] for one in org.faults.listed()] == [1]
    assert len(org.query("SELECT Id FROM User")) > 3
    org.faults.remove(name)
    org.faults.slow_jobs("polls:2")
    org.faults.api_requests_left(0)
    with pytest.raises(OperationFailed, match="TotalRequests"):
        org.query("SELECT Id FROM User")
    org.faults.clear()
    org.tick(internal=True)
    assert org.status()["access"]["internal"] is True
    with pytest.raises(OperationFailed, match="kind is one of"):
        org.faults.add("nonsense")
    assert org.ready()["url"] == org.url
    assert org.variables("sf")["SF_ACCESS_TOKEN"] == org.admin.access_token
    assert "SF_ACCESS_TOKEN" not in org.variables("curl")


def test_in_this_process(tmp_path: Path) -> None:
    org = LocalOrg(seed="acme", ready_file=tmp_path / "ready.json")
    with org:
        works(org)
        assert json.loads((tmp_path / "ready.json").read_text())["url"] == org.url
        url, ids = org.url, org.query("SELECT Id FROM User")
        org.restart()
        assert (org.url, org.query("SELECT Id FROM User")) == (url, ids)
    assert not (tmp_path / "ready.json").exists()
    with pytest.raises(OrgUnreachable):
        org.status()


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    with LocalOrgProcess(seed="acme", data=tmp_path / "data", ready_file=tmp_path / "ready.json") as org:
        works(org)
        assert json.loads((tmp_path / "ready.json").read_text())["pid"] == org.pid
        url, pid = org.url, org.pid
        org.restart()
        assert org.url == url
        assert org.pid != pid
        assert org.status()["access"]["internal"] is True
        org.kill()
        with pytest.raises(OrgUnreachable):
            org.status()
    org.stop()
    assert not (tmp_path / "ready.json").exists()


def test_a_process_that_does_not_start_says_why() -> None:
    with pytest.raises(OperationFailed, match="there is no seed nowhere"):
        LocalOrgProcess.start("nowhere")
    with LocalOrgProcess("empty") as org, pytest.raises(OperationFailed, match="in memory"):
        org.restart()


def test_an_address_of_ones_own() -> None:
    with LocalOrg("empty", listen="127.0.0.2", tls=True) as org:
        assert org.url.startswith("https://127.0.0.2:")
        assert org.query("SELECT Id FROM User")
        assert org.ready()["listen"] == "127.0.0.2"
    with pytest.raises(UsageError, match="nowhere is no IP address"):
        LocalOrg.start("empty", listen="nowhere")


def test_the_package_shows_what_there_is_without_importing_it() -> None:
    shown = "'sfmeta.localorg.running.server' in sys.modules, sorted(one.__all__)"
    code = f"import sys, sfmeta.localorg as one\nprint({shown})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False ['LocalOrg', 'LocalOrgProcess']"


@pytest.mark.parametrize("kind", [LocalOrg, LocalOrgProcess])
def test_the_administrator_always_has_a_session_that_lives(kind: type[LocalOrg] | type[LocalOrgProcess]) -> None:
    with kind(seed="acme") as org:
        first = org.admin.access_token
        assert org.admin.access_token == first
        org.advance_clock(timedelta(hours=3))
        assert org.query("SELECT Username FROM User")
        second = org.admin.access_token
        assert second != first
        assert org.variables("sf")["SF_ACCESS_TOKEN"] == second
        org.faults.add("expire-session", path="/services/data/*", nth=1)
        with pytest.raises(OperationFailed, match="expired"):
            org.query("SELECT Username FROM User")
        assert org.query("SELECT Username FROM User")


def test_a_new_session_stands_in_the_ready_file(tmp_path: Path) -> None:
    with LocalOrg(seed="acme", ready_file=tmp_path / "ready.json") as org:
        org.advance_clock(timedelta(hours=3))
        token = org.admin.access_token
        assert (
            json.loads((tmp_path / "ready.json").read_text())["admin"]["access_token"]
            == token
            == org.ready()["admin"]["access_token"]
        )


def test_who_can_log_in(acme: LocalOrg) -> None:
    user = "former.tool.user@acme.example"
    before = acme.login(user, "Rogue Exporter")
    assert (before.let_in, before.rule, before.opens["REST API"]) == (True, "uninstalled-before", "")
    assert before.token
    assert before.token not in repr(before)
    acme.tick(internal=True)
    after = acme.login(user, "Rogue Exporter")
    assert (after.let_in, after.code, after.rule, after.token) == (False, "app_blocked", "uninstalled-under-box", "")
    assert acme.login("soapui.dev@acme.example").rule == "no-app"
    with pytest.raises(OperationFailed, match="nobody"):
        acme.login("nobody@acme.example")


def test_the_seed_of_the_readme(tmp_path: Path) -> None:
    [text] = re.findall(r"```yaml\n(org:.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    seed = tmp_path / "team.yml"
    seed.write_text(text)
    with LocalOrg(seed=str(seed)) as org:
        org.tick(internal=True)
        assert org.login("loader@team.example", "Loader").rule == "granted"
        assert org.login("admin@team.example", "Loader").rule == "admin-approved-only"


def test_what_the_readme_lists_of_an_org_is_there() -> None:
    table = (ROOT / "README.md").read_text().partition("| on an org | |")[2].partition("\n\n")[0]
    names = [name for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)", cell)]
    assert {"admin", "login", "tick", "faults"} <= set(names)
    for name in names:
        assert hasattr(LocalOrgProcess, name) or name in Handle.__annotations__, name


def test_a_wrong_seed_tells_all_its_problems_in_a_traceback(tmp_path: Path) -> None:
    seed = tmp_path / "wrong.yml"
    seed.write_text("org: {nam: x}\nusers: [{username: a}]\n")
    with pytest.raises(SourceError) as caught:
        LocalOrg.start(seed=str(seed))
    notes = caught.value.__notes__
    assert len(notes) == 3
    assert notes[0] == f"{seed}:1:7: unknown key nam in the seed (org.nam) (Did you mean name?)"


def test_an_org_without_an_admin_says_so(tmp_path: Path) -> None:
    seed = tmp_path / "nobody.yml"
    seed.write_text("profiles: [{name: Standard User}]\nusers: [{username: a@b.example, profile: Standard User}]\n")
    with LocalOrg(seed=str(seed)) as org:
        with pytest.raises(UsageError, match="no admin is named"):
            org.query("SELECT Id FROM User")
        assert {line for one in recipes(org.ready(), "") for line in one.lines} == {NOBODY}


def test_a_seed_meant_for_an_org_that_is_there_is_not_used_in_silence(tmp_path: Path) -> None:
    where = ["--data", str(tmp_path / "org"), "--ready-file", str(tmp_path / "ready.json")]
    for seed, warned in (([], False), ([], False), (["--seed", "empty"], True)):
        command = [sys.executable, "-m", "sfmeta", "localorg", "start", *where, *seed]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        while "Ctrl-C" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert ("--seed empty is not used" in process.communicate(timeout=60)[1]) is warned


def test_an_unknown_feature_is_told_with_those_there_are(tmp_path: Path) -> None:
    seed = tmp_path / "wrong.yml"
    seed.write_text("org: {features: [zzz]}\n")
    with pytest.raises(SourceError, match="ApiAccessControl, ConnectedAppCreation"):
        LocalOrg.start(seed=str(seed))
