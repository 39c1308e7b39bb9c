"""The ledger under a kill at any moment of writing: whole, append-only, and with everything that was acknowledged."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sfmeta.workspace.chain import links
from sfmeta.workspace.commits import NewCommit, forget_unfinished, write_commit
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.lock import Locks
from sfmeta.workspace.processes import Process, mark_has_ended, this_process
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

# is killed when a commit is written and no ref of ours points at it yet
KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository, find_repository
from tests.workspace.test_ledger import ORG, deployment, entry
run = Repository.run
def killed(self, *arguments, **options):
    if "update-ref" in arguments:
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, *arguments, **options)
Repository.run = killed
Ledger(find_repository(Path(sys.argv[1])), ORG).prepare(deployment(), [entry()], [entry()], tip="")
"""
HELD = Process("", "elsewhere", 1, "once").mark


def temporary(folder: GitFolder) -> list[str]:
    return folder.git("for-each-ref", "--format=%(refname)", "refs/sfmeta-tmp").split()


def test_what_a_killed_process_left_half_written_goes_with_the_next_operation(git_folder: GitFolder) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(git_folder.root), str(ROOT)], check=False)
    assert ended.returncode == -signal.SIGKILL
    [left] = temporary(git_folder)
    assert "deployment.json" in git_folder.git("ls-tree", "--name-only", left), "it holds a whole stage"
    repository = find_repository(git_folder.root)
    with Locks(repository, ORG).held("sfmeta deploy", time.time()):
        assert temporary(git_folder) == []
    assert list(Ledger(repository, ORG).deployments()) == []


@pytest.mark.parametrize(
    "owner",
    [f"{this_process().mark}/1", f"{HELD}/1", "0123456789abcdef", "x-/1", "1-/1"],
    ids=["ours", "held", "of no process", "no number", "no machine"],
)
def test_what_may_still_be_written_stays_for_a_day(git_folder: GitFolder, owner: str) -> None:
    repository = find_repository(git_folder.root)
    commit = write_commit(repository, "refs/x", NewCommit("x", [("a", b"a")], at=1_000_000), expected="")
    ref = f"refs/sfmeta-tmp/{owner}"
    git_folder.git("update-ref", ref, commit)
    forget_unfinished(repository, 1_000_000 + 86_400)
    assert temporary(git_folder) == [ref]
    forget_unfinished(repository, 1_000_000 + 86_401)
    assert temporary(git_folder) == []
    assert git_folder.git("for-each-ref", "refs/x") != ""


def test_a_process_with_the_number_of_one_that_ended_is_another_one() -> None:
    mine = this_process()
    assert not mark_has_ended(mine.mark)
    assert mark_has_ended(replace(mine, began="before").mark)
    assert not mark_has_ended(replace(mine, machine="").mark)


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
