"""The same life with a real git repository and the real ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sfmeta.model.component import Entry
from sfmeta.workspace.repository import Repository, find_repository
from tests.conftest import GitFolder


class GitProject:
    """What a life needs of a repository.

    Attributes:
        commits: of the project, oldest first.
        chain: none: the ledger is in git.
        fuse: never burns.
    """

    def __init__(self, folder: GitFolder) -> None:
        self.folder = folder
        self.repository: Repository = find_repository(folder.root)
        self.commits: list[str] = []
        self.chain: tuple[str, ...] = ()
        self.fuse: Callable[[], None] = lambda: None

    def commit(self, files: dict[str, bytes]) -> str:
        for old in (self.folder.root / "force-app").rglob("*-meta.xml"):
            old.unlink()
        for path, data in files.items():
            self.folder.write(path, data.decode())
        self.commits.append(self.folder.commit())
        return self.commits[-1]

    def head(self) -> str:
        return self.repository.head()

    def is_ancestor(self, older: str, newer: str) -> bool:
        return self.repository.is_ancestor(older, newer)

    def entries(self, revision: str, paths: Sequence[str]) -> tuple[Entry, ...]:
        return self.repository.entries(revision, paths)

    def identity(self) -> str:
        return self.repository.identity()
