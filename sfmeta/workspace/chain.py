"""The commits of a ledger, and what each of them is, by its message: the order of the stages without their files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sfmeta.errors import OperationFailed
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.workspace.repository import Repository

JOIN = "join"
"""The message of a commit that puts two histories of one org together; it is no stage of a deployment."""
_STAGES = tuple(Stage)
_MESSAGE = re.compile(rf"(?P<kind>\S+) (?P<id>\S+): (?P<stage>{'|'.join(_STAGES)})\Z")


@dataclass(frozen=True, slots=True)
class Link:
    """One commit of a ledger.

    Attributes:
        commit: its full id.
        parents: those of them that are here.
        at: seconds since the epoch, by the clock of who wrote it.
        deployment: the id of the deployment it is a stage of, "" of a join.
        stage: which; None of a join.
    """

    commit: str
    parents: tuple[str, ...]
    at: int
    deployment: str
    stage: Stage | None

    @property
    def is_join(self) -> bool:
        """It puts two histories together."""
        return self.stage is None


def message_of(deployment: Deployment) -> str:
    """The message of a commit that is a stage of a deployment."""
    return f"{deployment.kind} {deployment.id}: {deployment.stage}"


def links(repository: Repository, newest: str, *, without: str = "") -> list[Link]:
    """The commits of a ledger, newest first; none stands before one that was written on top of it.

    Args:
        repository: where they are.
        newest: the commit to begin with.
        without: leaves out this commit and all before it.

    Raises:
        OperationFailed: one of them is no ledger entry.
    """
    seen = ["^" + without] if without else []
    rows = repository.run("rev-list", "--date-order", "--format=%H %ct %P%x09%s", newest, *seen).splitlines()
    return [_link(row) for row in rows if not row.startswith("commit ")]


def last_stages(found: Iterable[Link]) -> list[Link]:
    """The commit of every deployment that shows how far it came, newest first.

    A deployment that two histories know may have come further in one of them, so that the newest commit is not
    always the one; among equals it is.
    """
    ordered = list(found)
    furthest: dict[str, Link] = {}
    for link in ordered:
        if link.stage is None:
            continue
        known = furthest.get(link.deployment)
        if known is None or known.stage is None or _STAGES.index(link.stage) > _STAGES.index(known.stage):
            furthest[link.deployment] = link
    return [link for link in ordered if furthest.get(link.deployment) is link]


def no_entry(commit: str, ref: str) -> OperationFailed:
    """The error for a commit that does not belong into a ledger."""
    return OperationFailed(f"Commit {commit[:12]} of {ref} is no ledger entry", "Was it written by a newer sfmeta?")


def _link(row: str) -> Link:
    head, _, message = row.partition("\t")
    commit, at, *parents = head.split(" ")
    parents = [parent for parent in parents if parent]
    if message == JOIN:
        return Link(commit, tuple(parents), int(at), "", None)
    match = _MESSAGE.match(message)
    if match is None:
        raise no_entry(commit, "the ledger")
    return Link(commit, tuple(parents), int(at), match["id"], Stage(match["stage"]))
