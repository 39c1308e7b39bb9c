"""Two histories of one org that grew apart are put together. Nothing of either is ever lost or overwritten.

A join is a commit with both as its parents and ``join.json`` as its only file. It depends on its parents alone, so
that two people who join the same two histories make the same commit.
"""

from __future__ import annotations

import json
from enum import StrEnum

from sfmeta.errors import GuardRefused, OperationFailed
from sfmeta.model.deployment import Deployment
from sfmeta.workspace.chain import JOIN, Link, links
from sfmeta.workspace.commits import NewCommit, move_ref, write_commit
from sfmeta.workspace.ledger import Ledger

JOIN_FILE = "join.json"
_VERSION = 1


class Meeting(StrEnum):
    """How another history of the org relates to ours, and what became of it."""

    SAME = "same"
    """Both end at the same commit."""
    BEHIND = "behind"
    """Ours holds all of it."""
    FORWARD = "forward"
    """It holds all of ours, and more: ours was moved forward."""
    JOINED = "joined"
    """Each held what the other lacked: they were joined."""
    APART = "apart"
    """Both hold something else, and it cannot be joined: each side keeps its own. Never of a ledger."""


def take_in(ledger: Ledger, theirs: str) -> Meeting:
    """Make our history hold all of another one.

    Args:
        ledger: ours.
        theirs: the newest commit of the other one, in our repository already.

    Raises:
        GuardRefused: it holds something that is no entry of this org, or tells another story of a deployment that
            we know; nothing was changed.
        OperationFailed: git failed, or somebody wrote to our ledger at the same time (``REF_MOVED``).
    """
    ours = ledger.tip()
    if theirs == ours:
        return Meeting.SAME
    if ours and ledger.repository.is_ancestor(theirs, ours):
        return Meeting.BEHIND
    new = _checked(ledger, ours, theirs)
    if not ours or ledger.repository.is_ancestor(ours, theirs):
        move_ref(ledger.repository, ledger.ref, theirs, expected=ours)
        return Meeting.FORWARD
    _join(ledger, ours, theirs, new)
    return Meeting.JOINED


def _join(ledger: Ledger, ours: str, theirs: str, new: list[Link]) -> None:
    newest = links(ledger.repository, ours)[0]
    parents = sorted((ours, theirs))
    document = {"version": _VERSION, "org_id": str(ledger.org_id), "joined": parents}
    commit = NewCommit(
        JOIN,
        [(JOIN_FILE, json.dumps(document, indent=2).encode() + b"\n")],
        parents=tuple(parents),
        # no clock of whoever joins, and no name: the same two histories make the same commit everywhere
        at=max(newest.at, new[0].at),
    )
    write_commit(ledger.repository, ledger.ref, commit, expected=ours)


def _checked(ledger: Ledger, ours: str, theirs: str) -> list[Link]:
    """What is new in their history, every commit of it looked at."""
    try:
        new = links(ledger.repository, theirs, without=ours)
        _check_joins(ledger, [link for link in new if link.is_join])
        entries = ledger.read([link for link in new if not link.is_join])
    except OperationFailed as error:
        raise _refused(ledger, theirs, error.message) from error
    for entry in entries:
        if entry.org_id != ledger.org_id:
            raise _refused(ledger, theirs, f"Deployment {entry.id} went to the org {entry.org_id}")
    known = {entry.id: _story(entry) for _, entry in ledger.deployments()}
    for entry in entries:
        if known.setdefault(entry.id, _story(entry)) != _story(entry):
            raise _refused(ledger, theirs, f"Deployment {entry.id} is told in two ways")
    return new


def _check_joins(ledger: Ledger, joins: list[Link]) -> None:
    texts = ledger.repository.blobs(f"{link.commit}:{JOIN_FILE}" for link in joins)
    for link, text in zip(joins, texts, strict=True):
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        if not isinstance(document, dict) or document.get("version") != _VERSION:
            raise OperationFailed(f"Commit {link.commit[:12]} is no join")
        if document.get("org_id") != str(ledger.org_id):
            raise OperationFailed(f"Commit {link.commit[:12]} joins histories of another org")


def _story(entry: Deployment) -> tuple[object, ...]:
    """What no later stage of a deployment changes."""
    facts = (entry.kind, entry.started_at, entry.username, entry.package_digest)
    return (*facts, entry.components, entry.deletions, entry.absent_before)


def _refused(ledger: Ledger, theirs: str, why: str) -> GuardRefused:
    return GuardRefused(
        f"The other history of {ledger.org_id} was not taken over: {why}",
        f"Look at it: git log {theirs[:12]}; ours is as it was",
        code="ledger-not-joined",
    )
