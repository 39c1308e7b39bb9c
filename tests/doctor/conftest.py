"""A doctor's practice: local orgs behind real HTTP, and a client of ours that is logged in to one."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli.clock import SystemClock
from sfmeta.cli.main import main
from sfmeta.cli.progress import Silent
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.model.diagnosis import Diagnosis, Finding
from sfmeta.model.secret import Secret
from sfmeta.ops.doctor.examination import Circumstances
from sfmeta.ops.doctor.examine import examine
from sfmeta.ops.ports import Tools
from sfmeta.org.auth import JwtBearer
from sfmeta.org.client import OrgClient
from sfmeta.org.http import Http, HttpSettings
from sfmeta.org.session import LoginFlow
from tests.cli.conftest import Ran, acme_data, login_words, start_org
from tests.org.conftest import wsdl

__all__ = ["acme_data", "start_org"]


class QuickClock(SystemClock):
    """The machine's clock; its sleeps are short."""

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.02))


def tools() -> Tools:
    return Tools(QuickClock(), Silent(), io.BytesIO, 60.0)


def http() -> Http:
    return Http(HttpSettings(connect_timeout_s=2, read_timeout_s=20, retry_waits_s=(0.01,)))


def key_of(file: Path | str | None) -> Secret:
    assert file is not None
    return Secret(Path(file).read_text())


class Practice:
    """One local org and our client in it."""

    def __init__(self, org: LocalOrg, data: Path) -> None:
        self.org = org
        self.data = data
        self.state = org.state
        self._clients: list[OrgClient] = []

    def flow(self, app: str = "") -> JwtBearer:
        """As the admin, by JWT, through the app of that label (sfmeta's own unless given)."""
        admin = self.org.admin
        if app:
            known = self.org.app(app)
            return JwtBearer(known.client_id, admin.username, key_of(known.private_key_file), self.org.url)
        return JwtBearer(admin.client_id, admin.username, key_of(admin.private_key_file), self.org.url)

    def connect(self, flow: LoginFlow | None = None) -> OrgClient:
        client = OrgClient.connect(flow or self.flow(), wsdl(), http=http())
        self._clients.append(client)
        return client

    def look(self, org: Any = None, known: Circumstances | None = None, tools_: Tools | None = None) -> Diagnosis:
        return examine(org or self.connect(), known or Circumstances(), tools_ or tools())

    def finding(self, check: str, org: Any = None, known: Circumstances | None = None) -> Finding:
        found = {finding.check: finding for finding in self.look(org, known).findings}
        return found[check]

    def admin_profile(self, **permissions: bool) -> None:
        """Gives the administrators' profile permissions, or takes them away."""
        [profile] = self.state.records.find("Profile", Name="System Administrator")
        [owned] = self.state.records.find("PermissionSet", ProfileId=profile.id)
        changes: dict[str, Any] = {f"Permissions{name}": value or None for name, value in permissions.items()}
        self.state.records.update(owned.id, **changes)

    def user(self, username: str) -> str:
        [record] = self.state.records.find("User", Username=username)
        return record.id

    def close(self) -> None:
        for client in self._clients:
            client.close()


class Answering:
    """An org in which some things are as a test says; everything else is asked of the real client."""

    def __init__(self, org: OrgClient, queries: Mapping[str, Any] | None = None, **methods: Any) -> None:
        self._org = org
        self._queries = queries or {}
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._org, name)

    def query(self, soql: str) -> Iterator[Mapping[str, object]]:
        for words, rows in self._queries.items():
            if words in soql:
                return iter(rows)
        return self._org.query(soql)

    def with_info(self, **changes: Any) -> Answering:
        self._methods["info"] = replace(self._org.info, **changes)
        return self


@pytest.fixture
def acme(start_org: Callable[..., LocalOrg], tmp_path: Path) -> Iterator[Practice]:
    """Acme's org."""
    practice = Practice(start_org(), tmp_path / "sandbox")
    yield practice
    practice.close()


Run = Callable[..., Ran]


@pytest.fixture
def run(acme: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command outside any project, with Acme's org as the default org."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert main(["org", "add", "uat", *login_words(acme.org), "--set-default"]) == 0

    def run(*words: str) -> Ran:
        capsys.readouterr()
        code = main(list(words))
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run
