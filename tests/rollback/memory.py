"""A git repository and a ledger in memory: the real ledger's own records, without a process per commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sfmeta.errors import OperationFailed
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment
from sfmeta.workspace.ledger import LEDGER_MOVED, RECORD, Ledger
from sfmeta.workspace.ledger_json import deployment_from_json, deployment_to_json


@dataclass
class MemoryRepository:
    """Commits in one line.

    Attributes:
        trees: files by path, by commit; commits of the project and of the ledger alike.
        commits: of the project, oldest first.
        chain: of the ledger, oldest first.
        fuse: called before and after the ledger writes; may raise.
    """

    trees: dict[str, dict[str, bytes]] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)
    fuse: Callable[[], None] = lambda: None

    def commit(self, files: dict[str, bytes]) -> str:
        name = f"c{len(self.commits):039d}"
        self.trees[name] = dict(files)
        self.commits.append(name)
        return name

    def head(self) -> str:
        return self.commits[-1] if self.commits else ""

    def is_ancestor(self, older: str, newer: str) -> bool:
        return older in self.commits and self.commits.index(older) <= self.commits.index(newer)

    def entries(self, revision: str, paths: Sequence[str]) -> tuple[Entry, ...]:
        return self.tree(revision, paths)

    def tree(self, commit: str, paths: Sequence[str], strip: str = "") -> tuple[Entry, ...]:
        return tuple(
            Entry.of(path.removeprefix(strip), data)
            for path, data in sorted(self.trees[commit].items())
            if any(path == below or path.startswith(f"{below}/") for below in paths)
        )

    def blob(self, name: str) -> bytes:
        commit, _, path = name.partition(":")
        return self.trees[commit][path]

    def identity(self) -> str:
        return "Ada <ada@example.com>"


class MemoryLedger(Ledger):
    """The ledger without git. What it keeps and how it reads it, is the real one's."""

    def tip(self) -> str:
        return self.repository.chain[-1] if self.repository.chain else ""

    def deployments(self) -> Iterator[tuple[str, Deployment]]:
        seen: set[str] = set()
        for commit in self.repository.chain[::-1]:
            entry = deployment_from_json(self.repository.trees[commit][RECORD])
            if entry.id not in seen:
                seen.add(entry.id)
                yield commit, entry

    def _commit(self, deployment: Deployment, files: Iterable[tuple[str, bytes]], *, since: str, tip: str) -> str:
        repository = self.repository
        repository.fuse()
        if tip != self.tip():
            raise OperationFailed("Another sfmeta wrote to the ledger", code=LEDGER_MOVED)
        new = f"l{len(repository.chain):039d}"
        repository.trees[new] = {
            **(repository.trees[since] if since else {}),
            **dict(files),
            RECORD: deployment_to_json(deployment),
        }
        repository.chain.append(new)
        repository.fuse()
        return new
