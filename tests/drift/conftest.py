"""What the tests of drift share."""

from __future__ import annotations

import pytest

from tests.conftest import GitFolder
from tests.drift.scene import Scene


@pytest.fixture
def scene(git_folder: GitFolder) -> Scene:
    """A project with one commit, an empty org, no deployment."""
    return Scene(git_folder)
