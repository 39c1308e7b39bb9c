"""What can happen to an org, as values: a list of them is a life that can be lived again."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from sfmeta.model.records import RecordId, RecordKind
from sfmeta.ops.rollback import Side
from tests.rollback.documents import File
from tests.rollback.model_org import USERS
from tests.rollback.places import COMPONENTS, SETS, Edit, edits, files, files_of


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with a deployment: at most one thing.

    Attributes:
        kind: "", fails, records (cannot be written), swallows, unreadable, killed, interrupted.
        component: which is swallowed, or cannot be read.
        calls: to the org and the ledger, until the run is killed or interrupted.
    """

    kind: str = ""
    component: str = COMPONENTS[0]
    calls: int = 0


NO_TROUBLE = Trouble()


@dataclass(frozen=True)
class Deploy:
    """Files are edited in git and deployed: those, or all that git has."""

    files: tuple[File, ...]
    everything: bool = False
    trouble: Trouble = NO_TROUBLE


@dataclass(frozen=True)
class Delete:
    """A deployment deletes a permission set."""

    component: str
    trouble: Trouble = NO_TROUBLE


@dataclass(frozen=True)
class Grant:
    """A grant is given, given another end, or taken: by a deployment or by hand."""

    grant: RecordId
    expires: str | None
    by_hand: bool = True
    trouble: Trouble = NO_TROUBLE


@dataclass(frozen=True)
class Drift:
    """Somebody changes one value in the org."""

    edit: Edit


@dataclass(frozen=True)
class DriftOnOurs:
    """Somebody changes a value that a deployment has changed.

    Attributes:
        back: which deployment, from the last one on.
        place: which of its places.
        value: which of those that may stand there.
    """

    back: int
    place: int
    value: int


@dataclass(frozen=True)
class Make:
    """Somebody makes a permission set."""

    file: File


@dataclass(frozen=True)
class Drop:
    """Somebody deletes a permission set, after everybody lost it."""

    component: str


@dataclass(frozen=True)
class Back:
    """A rollback before one of the last deployments; 0 is the last."""

    back: int = 0
    side: Side | None = None
    trouble: Trouble = NO_TROUBLE


@dataclass(frozen=True)
class BackTo:
    """A rollback to what git held at one of the last deployments."""

    back: int = 0
    side: Side | None = None
    trouble: Trouble = NO_TROUBLE


Step = Deploy | Delete | Grant | Drift | DriftOnOurs | Make | Drop | Back | BackTo

troubles = st.one_of(
    st.just(NO_TROUBLE),
    st.just(NO_TROUBLE),
    st.sampled_from([Trouble("fails"), Trouble("records")]),
    st.builds(Trouble, st.sampled_from(["swallows", "unreadable"]), st.sampled_from(COMPONENTS)),
    st.builds(Trouble, st.sampled_from(["killed", "interrupted"]), st.just(COMPONENTS[0]), st.integers(0, 40)),
)
sides = st.sampled_from([None, Side.OURS, Side.THEIRS])
_NAMES = [name.partition(":")[2] for name in SETS]
_grants = st.builds(
    RecordId, st.just(RecordKind.ASSIGNMENT), st.sampled_from(_NAMES), st.sampled_from(USERS)
) | st.builds(
    RecordId, st.just(RecordKind.APP_ACCESS), st.sampled_from(_NAMES), st.just("ConnectedApplication/Foreign")
)
_ends = st.sampled_from([None, "", "2030-01-01T00:00:00.000+0000", "2031-01-01T00:00:00.000+0000"])
_some = st.lists(files, min_size=1, max_size=3, unique_by=lambda file: file.component).map(tuple)

deployments: st.SearchStrategy[Step] = st.one_of(
    st.builds(Deploy, _some, st.booleans(), troubles),
    st.builds(Deploy, _some, st.booleans(), troubles),
    st.builds(Delete, st.sampled_from(SETS), troubles),
    st.builds(Grant, _grants, _ends, st.just(False), troubles),
)
by_hand: st.SearchStrategy[Step] = st.one_of(
    st.builds(Drift, edits),
    st.builds(DriftOnOurs, st.integers(0, 2), st.integers(0, 9), st.integers(0, 2)),
    st.builds(DriftOnOurs, st.integers(0, 2), st.integers(0, 9), st.integers(0, 2)),
    st.builds(Make, st.sampled_from(SETS).flatmap(files_of)),
    st.builds(Drop, st.sampled_from(SETS)),
    st.builds(Grant, _grants, _ends),
)
rollbacks: st.SearchStrategy[Step] = st.one_of(
    st.builds(Back, st.integers(0, 3), sides, troubles),
    st.builds(Back, st.integers(0, 3), sides),
    st.builds(BackTo, st.integers(0, 3), sides, troubles),
)
steps: st.SearchStrategy[Step] = st.one_of(deployments, by_hand, rollbacks)
