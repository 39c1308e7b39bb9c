"""The ledger under a kill at any moment of writing: whole, append-only, and with everything that was acknowledged."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sfmeta.workspace.chain import links
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.workspace.test_ledger import ORG

ROOT = Path(__file__).parents[2]
# writes deployments for ever, and says each stage once it is written
WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from sfmeta.model.deployment import Stage
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.workspace.test_ledger import ORG, deployment, entry
ledger = Ledger(find_repository(Path(sys.argv[1])), ORG)
number = len(list(ledger.deployments()))
while True:
    number += 1
    made = deployment(id=f"20261123T150000Z-{number:06}")
    commit = ledger.prepare(made, [entry()], [entry()], tip=ledger.tip())
    print(made.id, made.stage, commit, flush=True)
    for stage in (Stage.SENT, Stage.FINISHED):
        made = replace(made, stage=stage)
        commit = ledger.advance(made, commit, [entry()] if stage is Stage.FINISHED else [])
        print(made.id, made.stage, commit, flush=True)
"""


@pytest.mark.parametrize("seed", range(5))
def test_what_was_acknowledged_is_there_after_a_kill(git_folder: GitFolder, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged: list[str] = []
    for _ in range(2):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(git_folder.root), str(ROOT)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(chance.randint(1, 6)):
            acknowledged.append(writer.stdout.readline().strip())
        try:
            # somewhere in the middle of the next ones: the time-out is the moment of the kill
            writer.wait(chance.random() * 0.2)
        except subprocess.TimeoutExpired:
            writer.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL

    ledger = Ledger(find_repository(git_folder.root), ORG)
    written = [f"{link.deployment} {link.stage} {link.commit}" for link in links(ledger.repository, ledger.tip())]
    assert "" not in acknowledged
    assert [line for line in reversed(written) if line in set(acknowledged)] == acknowledged
    assert git_folder.git("fsck", "--strict", "--no-dangling") == ""
    assert {made.id for _, made in ledger.deployments()} >= {line.split()[0] for line in acknowledged}
