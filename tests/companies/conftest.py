"""A company's org, running, and an empty project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import Shop, acme_data, generated, shop, start_org
from tests.companies.company import Company
from tests.companies.story import Story, org_of
from tests.conftest import GitFolder

__all__ = ["acme_data", "begin", "generated", "shop", "start_org"]

Begin = Callable[[Company], Story]


@pytest.fixture
def begin(
    git_folder: GitFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Begin]:
    """The story of a company, begun."""
    running: list[LocalOrg] = []

    def begin(company: Company) -> Story:
        monkeypatch.chdir(git_folder.root)
        running.append(org_of(company, tmp_path))
        story = Story(Shop(git_folder, running[0], capsys), company)
        story.begin()
        return story

    yield begin
    for org in running:
        org.stop()
