"""The way back to an earlier revision: the org is to hold what the files of that commit say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sfmeta.change.conflicts import drift, giving_way
from sfmeta.change.inverse import States, invert
from sfmeta.model.component import Holdings
from sfmeta.ops.rollback_grants import grants_back, left_to_files
from sfmeta.ops.rollback_ground import Ground, Way
from sfmeta.ops.snapshot import labels_of_permission_sets
from sfmeta.ops.undone import deeds, grant_steps, origins, said, since_revision, steps, unseen
from sfmeta.workspace.repository import Repository


def to_revision(
    ground: Ground, revision: str, files: Holdings, repository: Repository, files_at: Callable[[str], Holdings]
) -> Way:
    """The way back to a revision.

    Args:
        ground: what it starts from.
        revision: the full id of the commit.
        files: those of that commit, with the values of the org's environment.
        repository: tells which commit contains which.
        files_at: gives the files of another commit; for where the ledger does not say what was deployed.

    Raises:
        OperationFailed: the org would not give a component.
    """
    ledger, known, in_order = ground.ledger, ground.known, ground.tools.in_order
    later, newest_entry = since_revision(ledger, repository, revision)
    base = newest_entry.source_revision if newest_entry else repository.head()
    sent = said(ledger, later)
    if newest_entry is None and base:
        sent = {component: (entries,) for component, entries in files_at(base).items()}
    newest = {component: versions[0] for component, versions in sent.items()}
    now = ground.read({*files, *sent}, files, newest)
    aliases = labels_of_permission_sets(files, newest, now.holdings)
    done = deeds(ledger, later)
    past = steps(done)
    inverse = invert(States(sent, files, origins(past), now.holdings), aliases, in_order)
    return Way(
        inverse=inverse,
        target=files,
        undone=later,
        now=now,
        drift=drift([ground.since({*files, *past}, now)]),
        grants=left_to_files(grants_back(ground.org, grant_steps(done)), files),
        base=base,
        recorded=newest_entry is not None,
        unseen=known.unread | unseen(past),
        giving_way=partial(giving_way, inverse),
    )
