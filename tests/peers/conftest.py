"""The Salesforce CLI as ``scripts/peers`` installs it, with a home of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import Shop
from tests.conftest import GitFolder
from tests.peers import project
from tests.peers.installed import NODE_OPTIONS, folders, node_binaries, path_with

_SETTINGS = {
    "SF_DISABLE_TELEMETRY": "true",
    "SF_DISABLE_AUTOUPDATE": "true",
    "SF_SKIP_NEW_VERSION_CHECK": "true",
    "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
    "SF_DISABLE_LOG_FILE": "true",
}
_DEADLINE_S = 120


@dataclass(frozen=True)
class Said:
    """What an sf command answered.

    Attributes:
        code: its exit code.
        document: its JSON.
    """

    code: int
    document: dict[str, Any]

    @property
    def result(self) -> Any:
        """The ``result`` of the document."""
        return self.document["result"]


@dataclass(frozen=True)
class Sf:
    """The Salesforce CLI.

    Attributes:
        environ: all of its environment.
    """

    environ: dict[str, str]

    def run(self, *words: str, cwd: Path, **more: str) -> Said:
        """One command with ``--json``; ``more`` are variables for it."""
        command = ["sf", *words, "--json"]
        env = {**self.environ, **more}
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=_DEADLINE_S)
        assert done.stdout, done.stderr
        return Said(done.returncode, json.loads(done.stdout))

    def ok(self, *words: str, cwd: Path, code: int = 0, **more: str) -> Any:
        """The same, which must end with that exit code; its result."""
        said = self.run(*words, cwd=cwd, **more)
        assert said.code == code, said
        return said.result


@pytest.fixture(scope="module")
def sf(tmp_path_factory: pytest.TempPathFactory) -> Sf:
    """The CLI with an empty home, for the tests of a module."""
    [packages] = folders("sf")
    # every command is a process of its own; what it compiled is kept for the next one
    compiled = str(packages.parent / "compiled")
    path = path_with(node_binaries(), packages / "node_modules/.bin")
    home = str(tmp_path_factory.mktemp("sf"))
    return Sf({**_SETTINGS, "NODE_OPTIONS": NODE_OPTIONS, "NODE_COMPILE_CACHE": compiled, "PATH": path, "HOME": home})


@pytest.fixture(scope="module")
def acme() -> Iterator[LocalOrg]:
    """The story's org, for the tests of a module."""
    with LocalOrg.start("acme") as org:
        yield org


@pytest.fixture(scope="module")
def alias(sf: Sf, acme: LocalOrg, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The org's name in sf, logged in by JWT."""
    admin = acme.admin
    login = ["--client-id", admin.client_id, "--username", admin.username, "--jwt-key-file", admin.private_key_file]
    here = tmp_path_factory.mktemp("login")
    sf.ok("org", "login", "jwt", *map(str, login), "--instance-url", acme.url, "--alias", "acme", cwd=here)
    return "acme"


@pytest.fixture
def bare(tmp_path: Path) -> project.Project:
    """A new project in which only sf works."""
    return project.Project.create(tmp_path)


@pytest.fixture
def shop(
    git_folder: GitFolder,
    acme: LocalOrg,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shop:
    """A new project in which both tools work; sfmeta's default org is the same org."""
    monkeypatch.chdir(git_folder.root)
    made = Shop(git_folder, acme, capsys)
    made.ok("init")
    made.add_org("sandbox", acme)
    made.ok("org", "use", "sandbox")
    return made


@pytest.fixture
def permission_set(shop: Shop) -> Callable[..., Path]:
    """Writes a permission set into the project."""

    def write(name: str, description: str = "one", permission: str = "ApiEnabled") -> Path:
        text = project.permission_set(name, description=description, permission=permission)
        return shop.write(f"force-app/main/default/permissionsets/{name}.permissionset-meta.xml", text)

    return write
