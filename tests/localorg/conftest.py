"""Running orgs for the tests of their doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfmeta.localorg.server import LocalOrg
from tests.localorg.visitor import Visitor


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalOrg]:
    """The story's org, new."""
    with LocalOrg.start("acme") as org:
        yield org


@pytest.fixture
def visitor(acme: LocalOrg) -> Iterator[Visitor]:
    """Somebody with the administrator's session and every app's credentials."""
    with Visitor(acme) as one:
        yield one


@pytest.fixture(scope="module")
def shared() -> Iterator[Visitor]:
    """An org that the tests of a module only look at."""
    with LocalOrg.start("acme") as org, Visitor(org) as one:
        yield one


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    """Where a test writes a seed."""
    return tmp_path / "seed.yml"
