"""sfmeta as a user runs it: a project under git, a local org behind real HTTP, the command line in this process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli.main import main
from sfmeta.localorg.running.server import LocalOrg
from tests.conftest import GitFolder

FAR_AWAY = "2036-12-20T18:00Z"
SOON = datetime.now(UTC) + timedelta(days=30)
APP_TYPES = (
    "ConnectedApp:Billing_Sync",
    "ExternalClientApplication",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
)


@dataclass(frozen=True)
class Ran:
    """A command that has run."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def acme_policy() -> str:
    """Acme's worked example, its exception ending soon: the far date of the file is one that no org is given."""
    text = files("sfmeta.cli").joinpath("acme.policy.yml").read_text(encoding="utf-8")
    assert FAR_AWAY in text
    return text.replace(FAR_AWAY, f"{SOON:%Y-%m-%d}T18:00Z")


def login_words(org: LocalOrg) -> list[str]:
    """The options of ``org add`` for its admin, by JWT."""
    admin = org.admin
    login = ["-i", admin.client_id, "-u", admin.username, "-f", str(admin.private_key_file)]
    return [*login, "--login-url", org.url]


class Shop:
    """One user in one project.

    Attributes:
        folder: the project, a git repository.
        org: the local org that the alias ``sandbox`` stands for.
    """

    def __init__(self, folder: GitFolder, org: LocalOrg, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.root = folder.root
        self.org = org
        self._capture = capture

    def run(self, *words: str) -> Ran:
        """In this process: fast."""
        self._capture.readouterr()
        code = main([str(word) for word in words])
        out, err = self._capture.readouterr()
        return Ran(code, out, err)

    def ok(self, *words: str) -> Ran:
        ran = self.run(*words)
        assert ran.code == 0, ran
        return ran

    def result(self, *words: str, code: int = 0) -> dict[str, Any]:
        ran = self.run(*words, "--json")
        assert ran.code == code, ran
        assert ran.document["status"] == code
        result: dict[str, Any] = ran.document["result"]
        return result

    def learn(self, answers: dict[str, bool]) -> None:
        """What a probe would have found out about the org."""
        found = [
            {
                "name": name,
                "answer": answer,
                "learned_at": "2026-11-23T12:00:00Z",
                "org_id": self.org.org_id,
                "org_name": "Acme",
                "how": "said by the test",
            }
            for name, answer in sorted(answers.items())
        ]
        self.write("findings.json", json.dumps({"sfmeta_findings": 1, "answers": found}))

    def process(self, *words: str) -> subprocess.Popen[str]:
        """In a process of its own: can be killed."""
        command = [sys.executable, "-m", "sfmeta", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.root, env=dict(os.environ), stdout=pipe, stderr=pipe, text=True)

    def add_org(self, alias: str, org: LocalOrg) -> Ran:
        return self.ok("org", "add", alias, *login_words(org))

    def retrieve_apps(self) -> None:
        """What the README says to do before a policy is written: fetch the apps, without the keys of that org."""
        self.ok("retrieve", *(word for name in APP_TYPES for word in ("-m", name)))
        for file in (self.root / "force-app").rglob("*-meta.xml"):
            lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
            file.write_text("".join(line for line in lines if "<consumerKey>" not in line), encoding="utf-8")

    def write(self, path: str, text: str) -> Path:
        self.folder.write(path, text)
        return self.root / path

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.folder.write(path, text.replace(old, new))


@pytest.fixture(scope="session")
def acme_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Acme's org, seeded once: making its keys takes a moment."""
    data = tmp_path_factory.mktemp("seed") / "data"
    LocalOrg.start("acme", data).stop()
    return data


@pytest.fixture
def start_org(acme_data: Path, tmp_path: Path) -> Iterator[Callable[..., LocalOrg]]:
    """Starts orgs that are stopped after the test."""
    running: list[LocalOrg] = []

    def start(name: str = "sandbox", *, production: bool = False) -> LocalOrg:
        data = tmp_path / name
        if not production and not data.exists():
            shutil.copytree(acme_data, data)
        running.append(LocalOrg.start("acme", data, production))
        return running[-1]

    yield start
    for org in running:
        org.stop()


@pytest.fixture
def shop(
    git_folder: GitFolder,
    start_org: Callable[..., LocalOrg],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shop:
    """A new project with Acme's policy and the alias ``sandbox`` as the default org; nothing is committed."""
    monkeypatch.chdir(git_folder.root)
    made = Shop(git_folder, start_org(), capsys)
    made.ok("init")
    made.write("policy.yml", acme_policy())
    made.add_org("sandbox", made.org)
    made.ok("org", "use", "sandbox")
    return made


@pytest.fixture
def generated(shop: Shop) -> Shop:
    """The same with the org's own apps retrieved, files generated and committed."""
    shop.retrieve_apps()
    shop.ok("generate")
    shop.folder.commit("first")
    return shop
