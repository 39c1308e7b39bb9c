"""The stage of these lives: Acme's org and, beside it, the sandbox that promotions come from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sfmeta.localorg.running.server import LocalOrg
from tests.faultmatrix.nursery import Nursery
from tests.faultmatrix.scenes import begin_with_uat
from tests.faultmatrix.stage import Scene, Stage


@contextmanager
def theatre(folder: Path) -> Iterator[tuple[Stage, Scene]]:
    """A stage and how every life on it begins: nothing is deployed yet.

    Args:
        folder: for everything; empty.
    """
    with Nursery() as nursery, LocalOrg("acme") as org:
        stage = Stage(folder, org, nursery)
        try:
            begin_with_uat(stage)
            yield stage, stage.scene("begin", ())
        finally:
            stage.close()
