"""Two histories of one org that grew apart: both are kept whole, or nothing is done."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfmeta.errors import GuardRefused, OperationFailed
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import JobId, OrgId
from sfmeta.workspace.joining import Meeting, take_in
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from sfmeta.workspace.sharing import sync
from tests.conftest import GitFolder
from tests.workspace.test_ledger import ORG, deployment, entry

OTHER_ORG = OrgId.parse("00D000000000002")


class Two:
    """Two clones of one bare repository, each with the ledger of one org."""

    def __init__(self, folder: Path) -> None:
        bare = GitFolder(folder / "bare")
        bare.root.mkdir(parents=True)
        bare.git("init", "--quiet", "--bare")
        self.bare = bare
        self.folders = (self._clone("ada"), self._clone("bob"))
        self.ledgers = tuple(Ledger(find_repository(one.root), ORG) for one in self.folders)

    def _clone(self, name: str) -> GitFolder:
        clone = GitFolder(self.bare.root.parent / name)
        clone.root.mkdir()
        clone.git("init", "--quiet")
        clone.git("remote", "add", "origin", str(self.bare.root))
        return clone

    def hand_over(self, giver: int, taker: int) -> str:
        """What a plain fetch beside ours does; their newest commit."""
        self.folders[taker].git(
            "fetch", "--quiet", str(self.folders[giver].root), f"+{self.ledgers[giver].ref}:refs/theirs"
        )
        return self.folders[taker].git("rev-parse", "refs/theirs")


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def deploy(ledger: Ledger, number: int, *, upto: Stage = Stage.FINISHED) -> Deployment:
    made = deployment(id=f"20261123T1500{number:02}Z-{number:06}", package_digest=f"{number:064}")
    commit = ledger.prepare(made, [], [entry()], tip=ledger.tip())
    for stage in (Stage.SENT, Stage.FINISHED)[: list(Stage).index(upto)]:
        made = replace(made, stage=stage, job_id=JobId(f"0Af{number:012}AAA"))
        commit = ledger.advance(made, commit)
    return made


def told(ledger: Ledger) -> list[tuple[str, str]]:
    return [(made.id, str(made.stage)) for _, made in ledger.deployments()]


def test_both_sides_are_kept_and_the_order_is_the_same_on_both(two: Two) -> None:
    ada, bob = two.ledgers
    ours, theirs = deploy(ada, 1), deploy(bob, 2)
    before = (ada.tip(), bob.tip())

    assert take_in(bob, two.hand_over(0, 1)) is Meeting.JOINED
    assert sorted(told(bob)) == [(ours.id, "finished"), (theirs.id, "finished")]
    assert take_in(ada, two.hand_over(1, 0)) is Meeting.FORWARD
    assert told(ada) == told(bob)
    assert take_in(ada, bob.tip()) is Meeting.SAME
    assert take_in(ada, before[1]) is Meeting.BEHIND
    for commit in before:
        assert two.folders[0].git("merge-base", "--is-ancestor", commit, ada.ref) == ""


def test_who_joins_the_same_two_makes_the_same_commit(two: Two) -> None:
    ada, bob = two.ledgers
    deploy(ada, 1)
    deploy(bob, 2)
    ours, theirs = two.hand_over(0, 1), two.hand_over(1, 0)
    two.folders[0].git("config", "user.name", "Ada")
    two.folders[0].git("config", "user.email", "ada@example.com")
    assert take_in(bob, ours) is take_in(ada, theirs) is Meeting.JOINED
    assert ada.tip() == bob.tip()


def test_the_furthest_stage_of_a_deployment_counts_wherever_it_was_written(two: Two) -> None:
    ada, bob = two.ledgers
    made = deploy(ada, 1, upto=Stage.SENT)
    take_in(bob, two.hand_over(0, 1))
    [(commit, _)] = bob.deployments()
    bob.advance(replace(made, stage=Stage.FINISHED, status="Succeeded", success=True), commit)
    deploy(ada, 2)
    take_in(ada, two.hand_over(1, 0))
    assert sorted(told(ada)) == [(made.id, "finished"), ("20261123T150002Z-000002", "finished")]
    assert {made.id: made.success for _, made in ada.deployments()}[made.id]


def test_after_a_join_deployments_go_on(two: Two) -> None:
    ada, bob = two.ledgers
    deploy(ada, 1)
    deploy(bob, 2)
    take_in(ada, two.hand_over(1, 0))
    deploy(ada, 3)
    assert told(ada)[0][0] == "20261123T150003Z-000003"
    assert [item.path for item in ada.package(ada.tip())] == ["permissionsets/Allow_X.permissionset"]


def foreign(two: Two) -> str:
    return two.folders[0].commit("deploy x: finished")


def of_another_org(two: Two) -> str:
    other = Ledger(two.ledgers[0].repository, OTHER_ORG)
    other.prepare(deployment(org_id=OTHER_ORG), [], [], tip="")
    return other.tip()


def said_otherwise(two: Two) -> str:
    known = deploy(two.ledgers[0], 1)
    theirs = two.ledgers[1]
    theirs.prepare(deployment(id=known.id, package_digest="f" * 64), [], [], tip="")
    return two.hand_over(1, 0)


def lies_about_itself(two: Two) -> str:
    folder = two.folders[0]
    (folder.root / "deployment.json").write_text("{}")
    return folder.commit("deploy 20261123T150001Z-000001: finished")


def no_join(two: Two) -> str:
    return two.folders[0].commit("join")


@pytest.mark.parametrize("make", [foreign, of_another_org, said_otherwise, lies_about_itself, no_join])
def test_what_is_no_ledger_of_this_org_is_refused_and_ours_stays(two: Two, make: object) -> None:
    ada = two.ledgers[0]
    theirs = make(two)  # type: ignore[operator]
    for _ in range(2):
        before = ada.tip()
        with pytest.raises(GuardRefused, match="was not taken over"):
            take_in(ada, theirs)
        assert ada.tip() == before
        # the same where there is something of ours to join with
        deploy(ada, 9 if not ada.tip() else 10)


def test_a_history_that_is_written_to_meanwhile_is_not_overwritten(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = two.ledgers
    deploy(ada, 1)
    deploy(bob, 2)
    theirs = two.hand_over(1, 0)
    stale = ada.tip()
    deploy(ada, 3)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "tip", lambda _: stale)
        with pytest.raises(OperationFailed, match="at the same time"):
            take_in(ada, theirs)
    assert {made for made, _ in told(ada)} == {"20261123T150001Z-000001", "20261123T150003Z-000003"}


STEPS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["prepare", "advance", "sync"])), min_size=1, max_size=10)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_whatever_two_people_do_in_turn_nothing_is_lost(steps: list[tuple[int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        two = Two(Path(folder))
        furthest: dict[str, Stage] = {}
        numbers = itertools.count(1)
        for who, step in (*steps, (0, "sync"), (1, "sync"), (0, "sync")):
            ledger = two.ledgers[who]
            if step == "sync":
                sync(ledger.repository, "origin")
            elif step == "prepare":
                made = deploy(ledger, next(numbers), upto=Stage.PREPARED)
                furthest[made.id] = Stage.PREPARED
            else:
                still_open = [(c, made) for c, made in ledger.deployments() if made.stage is not Stage.FINISHED]
                for commit, made in still_open[:1]:
                    stage = list(Stage)[list(Stage).index(made.stage) + 1]
                    ledger.advance(replace(made, stage=stage), commit)
                    furthest[made.id] = max(furthest[made.id], stage, key=list(Stage).index)
        first, second = (told(ledger) for ledger in two.ledgers)
        assert first == second
        assert dict(first) == {name: str(stage) for name, stage in furthest.items()}
        assert len(first) == len(furthest)
        assert two.bare.git("for-each-ref", "--format=%(refname)") in ("", f"refs/sfmeta/orgs/{ORG}")
