"""Running orgs for the tests of their doors."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from sfmeta.localorg.running import preparing
from sfmeta.localorg.running.keys import make_key_pairs
from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.browser import Browser
from tests.localorg.visitor import Visitor


@pytest.fixture(scope="session")
def key_pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Key pairs made once: an org would make its own, which takes a while."""
    directory = tmp_path_factory.mktemp("keys")
    return directory, make_key_pairs(directory, ["sfmeta", "Billing_Sync", "Partner_Portal"])


@pytest.fixture
def ready_keys(monkeypatch: pytest.MonkeyPatch, key_pairs: tuple[Path, dict[str, str]]) -> None:
    """New orgs take the key pairs that are there."""
    made, certificates = key_pairs

    def copy(directory: Path, names: Iterable[str]) -> dict[str, str]:
        shutil.copytree(made, directory, dirs_exist_ok=True)
        return {name: certificates[name] for name in names}

    monkeypatch.setattr(preparing, "make_key_pairs", copy)


@pytest.fixture
def acme(ready_keys: None) -> Iterator[LocalOrg]:
    """The story's org, new."""
    with LocalOrg.start("acme") as org:
        yield org


@pytest.fixture
def visitor(acme: LocalOrg) -> Iterator[Visitor]:
    """Somebody with the administrator's session and every app's credentials."""
    with Visitor(acme) as one:
        yield one


@pytest.fixture
def doors(ready_keys: None) -> Iterator[LocalOrg]:
    """The org of ``doors.yml``, new: one app for each way through a door."""
    with LocalOrg.start(str(Path(__file__).with_name("doors.yml"))) as org:
        yield org


@pytest.fixture
def client(doors: LocalOrg) -> Iterator[Visitor]:
    """A client before that org."""
    with Visitor(doors) as one:
        yield one


@pytest.fixture
def browser(doors: LocalOrg) -> Iterator[Browser]:
    """A person before that org."""
    one = Browser(doors)
    yield one
    one.session.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Visitor]:
    """An org that the tests of a module only look at."""
    with LocalOrg.start("acme") as org, Visitor(org) as one:
        yield one


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    """Where a test writes a seed."""
    return tmp_path / "seed.yml"
