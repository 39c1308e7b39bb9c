"""An org that says an app was deployed, and lets nobody in: the grant in the file is not made.

It has been seen in real orgs (forcedotcom/cli#634); a local org has no switch for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sfmeta.localorg.metadata import grants
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State


@contextmanager
def without_grants(state: State, *, really: bool = True) -> Iterator[None]:
    """For the time of the block, in one org of this process.

    Args:
        state: the org's.
        really: or else nothing is another.
    """
    made = grants.set_grants

    def none_made(of: State, app: Record, parents: Iterable[str], *, of_profiles: bool) -> None:
        # only ever fewer: what it takes away, it takes away
        kept = {row.text("ParentId") for row in of.records.find("SetupEntityAccess", SetupEntityId=app.id)}
        made(of, app, kept & set(parents) if of is state else parents, of_profiles=of_profiles)

    if really:
        grants.set_grants = none_made
    try:
        yield
    finally:
        grants.set_grants = made
