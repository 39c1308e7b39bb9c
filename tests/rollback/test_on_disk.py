"""Some lives with a real repository: nothing in the law depends on the ledger that keeps its commits in memory."""

from __future__ import annotations

import subprocess
from itertools import pairwise

import pytest

from sfmeta.workspace.ledger import Ledger
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO
from tests.rollback.model_org import CANARY
from tests.rollback.on_disk import GitProject
from tests.rollback.recipe import Recipe
from tests.rollback.steps import Back, Deploy, Step
from tests.rollback.test_found import FOUND, allow, app

LIVES = dict(list(FOUND.items())[::3])


@pytest.mark.parametrize("name", LIVES)
def test_a_life_on_disk(git_folder: GitFolder, name: str) -> None:
    project = GitProject(git_folder)
    LIVES[name].live((project, Ledger(project.repository, INFO.id)))


def test_the_ledger_only_grows_and_keeps_no_secret(git_folder: GitFolder) -> None:
    project = GitProject(git_folder)
    ledger = Ledger(project.repository, INFO.id)
    life = Recipe((allow("B"), app(("oauthPolicy/ipRelaxation", "ENFORCE"))), (), leaky=True).live((project, ledger))
    tips: list[str] = []
    steps: tuple[Step, ...] = (Deploy((app(("oauthPolicy/ipRelaxation", "BYPASS")),)), Back(), Back())
    for step in steps:
        life.live(step)
        tips.append(ledger.tip())
    for older, newer in pairwise(tips):
        assert older != newer
        assert project.is_ancestor(older, newer)
    words = ["git", "-C", str(git_folder.root), "cat-file", "--batch-all-objects", "--batch"]
    everything = subprocess.run(words, check=True, capture_output=True).stdout
    assert b"<ipRelaxation>BYPASS</ipRelaxation>" in everything
    assert CANARY.encode() not in everything
