"""Every test runs in an empty home, with a scrubbed environment and no network beyond loopback."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from sfmeta.codec.schema import Schema, compile_table
from sfmeta.workspace.cache import shipped_wsdl

settings.register_profile("sfmeta", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("sfmeta")

KEPT = {"PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "CI", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER"}


@pytest.fixture(autouse=True)
def hermetic(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home; nothing of the machine's environment, git settings or keyring."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name not in KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SFMETA_HOME", str(home / "sfmeta"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("COLUMNS", "120")

    real_connect = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host and host not in ("localhost", "::1") and not str(host).startswith("127."):
            pytest.fail(f"a test tried to reach {host}")
        real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


class GitFolder:
    """A folder under git, driven by the real git."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, message: str = "a change") -> str:
        self.git("add", "--all")
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        self.git(*identity, "commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def git_folder(tmp_path: Path) -> GitFolder:
    """An empty repository without a commit and without an identity."""
    root = tmp_path / "repo"
    root.mkdir()
    folder = GitFolder(root)
    folder.git("init", "--quiet", "--initial-branch", "main")
    return folder


@pytest.fixture(scope="session")
def wsdl() -> bytes:
    """Salesforce's WSDL as simple-salesforce ships it."""
    return shipped_wsdl().read_bytes()


@pytest.fixture(scope="session")
def table(wsdl: bytes) -> bytes:
    """The schema table, compiled once."""
    return compile_table(wsdl)


@pytest.fixture(scope="session")
def schema(table: bytes) -> Schema:
    """The schema."""
    return Schema.load(table)
