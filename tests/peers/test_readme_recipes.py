"""What the README tells people to paste into a shell, beside a local org, works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfmeta.localorg import LocalOrg
from tests.peers.conftest import Sf
from tests.peers.installed import NODE_OPTIONS, folders, node_binaries, path_with
from tests.peers.project import Project

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## The local org\n")[2].partition("\n## ")[0]
_FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def fence(language: str, word: str) -> str:
    """The one block of a language that holds a word."""
    [found] = [text for kind, text in _FENCE.findall(SECTION) if kind == language and word in text]
    return str(found)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reader's folder."""
    return tmp_path_factory.mktemp("reader")


@pytest.fixture(scope="module", autouse=True)
def org(here: Path) -> Iterator[LocalOrg]:
    """The org that the README starts first, with ``--tls`` as the recipes ask for."""
    with LocalOrg.start("acme", here / "sandbox", tls=True) as running:
        yield running


def shell(here: Path, script: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": path_with(Path(sys.executable).parent), "HOME": str(here), **more}
    return subprocess.run(
        ["bash", "-c", f"set -e\n{script}"], cwd=here, env=env, capture_output=True, text=True, timeout=120
    )


def pasted(here: Path, script: str, **more: str) -> str:
    """What a script prints after the block that says where the org is; it must succeed."""
    where, _, _ = fence("sh", "localorg env").partition("curl ")
    done = shell(here, where + script, **more)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_setup_by_command(here: Path, org: LocalOrg) -> None:
    before, login, after = re.split(r"^(sfmeta localorg login .*\n)", fence("sh", "localorg app"), flags=re.MULTILINE)
    done = shell(here, before)
    assert done.returncode == 0, done.stderr
    refused = shell(here, f"export SFMETA_LOCALORG=./sandbox\n{login}")
    assert refused.returncode == 1
    assert "admin-approved-only" in refused.stdout + refused.stderr
    done = shell(here, f"export SFMETA_LOCALORG=./sandbox\n{after}")
    assert done.returncode == 0, done.stderr
    assert org.state.records.first("User", Username="new.colleague@acme.example")
    undone = "export SFMETA_LOCALORG=./sandbox\nsfmeta localorg faults clear\nsfmeta localorg clock --reset\n"
    assert shell(here, undone + "sfmeta localorg setup access --internal off").returncode == 0


def test_curl(here: Path) -> None:
    assert '"Name":"Acme"' in pasted(here, "curl -s " + fence("sh", "curl").partition("curl ")[2])


@pytest.mark.npm
def test_the_salesforce_cli(here: Path, sf: Sf) -> None:
    Project.create(here)
    environ = {**sf.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), sf.environ["PATH"]])}
    told = pasted(here, fence("sh", "sf project"), **{**environ, "HOME": str(here)})
    assert "Billing_Sync" in told
    assert "Succeeded" in told
    assert (here / "app/main/default/connectedApps/Billing_Sync.connectedApp-meta.xml").exists()


@pytest.mark.npm
def test_jsforce(here: Path) -> None:
    [packages] = folders("jsforce")
    (here / "recipe.cjs").write_text(fence("js", "jsforce"), encoding="utf-8")
    path = path_with(Path(sys.executable).parent, node_binaries())
    told = pasted(here, "node recipe.cjs", PATH=path, NODE_PATH=f"{packages}/node_modules", NODE_OPTIONS=NODE_OPTIONS)
    assert "Billing_Sync" in told


@pytest.mark.parametrize("client", ["simple_salesforce import Salesforce", "zeep.Client"])
def test_python(here: Path, client: str) -> None:
    (here / "recipe.py").write_text(fence("python", client), encoding="utf-8")
    assert "Billing_Sync" in pasted(here, f"{sys.executable} recipe.py")


def test_without_pytest(here: Path) -> None:
    (here / "recipe.py").write_text(fence("python", "org.faults.add"), encoding="utf-8")
    assert "admin@acme.example" in shell(here, f"{sys.executable} recipe.py").stdout


def test_sfmeta_itself(here: Path, org: LocalOrg) -> None:
    line = fence("sh", "sfmeta org add uat")
    assert org.org_id in pasted(here, f"export SFMETA_HOME={here}/settings\n{line}sfmeta org show\n")
