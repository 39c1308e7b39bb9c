"""An org that says an app was deployed, and lets nobody in: the grant in the file is not made.

It has been seen in real orgs (forcedotcom/cli#634); a local org has no switch for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum

from sfmeta.localorg.metadata import grants
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State, Undo


class Hollow(Enum):
    """How an org leaves grants out."""

    NOT = "not"
    """It does not."""
    SHOWN = "shown"
    """The file that it gives back has no grant either."""
    HIDDEN = "hidden"
    """The file that it gives back says that all is well; only the records do not."""


@contextmanager
def without_grants(state: State, how: Hollow = Hollow.SHOWN) -> Iterator[None]:
    """For the time of the block, in one org of this process.

    Args:
        state: the org's.
        how: whether its files say so.
    """
    make, tell = grants.set_grants, grants.granted

    def pretended(app: Record) -> str:
        # in the org itself: what is only checked is taken back
        return f"pretended_grants_of_{app.id}"

    def made(of: State, app: Record, parents: Iterable[str], *, of_profiles: bool) -> None:
        wanted = set(parents)
        if of is state:
            said = of.fact(pretended(app), {})
            of.set_fact(pretended(app), {**said, str(of_profiles): sorted(wanted)})
            # only ever fewer: what it takes away, it takes away
            wanted &= {row.text("ParentId") for row in of.records.find("SetupEntityAccess", SetupEntityId=app.id)}
        make(of, app, wanted, of_profiles=of_profiles)

    def told(of: State, app: Record) -> tuple[list[str], list[str]]:
        found = tell(of, app)
        if of is not state:
            return found
        with of.undoable():
            for of_profiles, parents in of.fact(pretended(app), {}).items():
                make(of, app, parents, of_profiles=of_profiles == str(True))
            found = tell(of, app)
            raise Undo
        return found

    if how is not Hollow.NOT:
        grants.set_grants = made
    if how is Hollow.HIDDEN:
        grants.granted = told
    try:
        yield
    finally:
        grants.set_grants, grants.granted = make, tell
