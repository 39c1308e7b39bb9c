"""What the tests of drift share."""

from __future__ import annotations

import pytest

from tests.cli.conftest import acme_data, generated, shop, start_org
from tests.conftest import GitFolder
from tests.drift.scene import Scene

__all__ = ["acme_data", "generated", "shop", "start_org"]


@pytest.fixture
def scene(git_folder: GitFolder) -> Scene:
    """A project with one commit, an empty org, no deployment."""
    return Scene(git_folder)
