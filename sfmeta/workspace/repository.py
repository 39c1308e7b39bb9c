"""The git repository around a project: revisions and the files they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.model.component import Entry

if TYPE_CHECKING:
    # 85 ms of import; each function that needs it imports it again, which is free by then
    import git


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, seen from one folder inside it.

    Attributes:
        repo: GitPython's handle; it stays in this room.
        prefix: of the project's folder inside the work tree, "" or ending in ``/``.
    """

    repo: git.Repo
    prefix: str = ""

    def revision(self, text: str) -> str:
        """The full id of the commit that a revision names.

        Raises:
            UsageError: it names none.
        """
        try:
            return self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
        except OperationFailed:
            hint = "This repository has no commit yet" if self.head() == "" else "See git log"
            raise UsageError(f"'{text}' names no commit in this repository", hint) from None

    def head(self) -> str:
        """The full id of the current commit, "" in a repository without one."""
        try:
            return self._git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except OperationFailed:
            return ""

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` contains ``older`` (or is the same commit). False where one is unknown here."""
        try:
            self._git("merge-base", "--is-ancestor", older, newer)
        except OperationFailed:
            return False
        return True

    def is_dirty(self, paths: Sequence[str]) -> bool:
        """Whether the work tree differs from HEAD below these project paths, untracked files included."""
        if not self.head():
            return True
        listed = [f"{self.prefix}{path}" for path in paths]
        return bool(self._git("status", "--porcelain", "--untracked-files=all", "--", *listed))

    @property
    def root(self) -> str:
        """The top of the work tree."""
        return str(self.repo.working_tree_dir or "")

    def entries(self, revision: str, paths: Sequence[str]) -> tuple[Entry, ...]:
        """The files of a revision below these project paths; paths as they are in the project.

        Args:
            revision: a full commit id.
            paths: folders or files of the project, with ``/``.

        Returns:
            The entries, sorted by path; their bytes come from git when asked for.
        """
        return self.tree(revision, [f"{self.prefix}{path}" for path in paths], self.prefix)

    def tree(self, revision: str, paths: Sequence[str], strip: str = "") -> tuple[Entry, ...]:
        """The files of a tree below ``paths`` (all where empty), with ``strip`` taken off their paths."""
        listing = self._git("ls-tree", "-r", "-z", "--full-tree", revision, "--", *paths, strip=False)
        found = []
        for row in listing.split("\0"):
            if not row:
                continue
            meta, _, path = row.partition("\t")
            mode, _, blob = meta.split(" ")
            if mode in ("100644", "100755"):
                data = self.blob(blob)
                digest = hashlib.sha256(data).hexdigest()
                found.append(Entry(path.removeprefix(strip), digest, len(data), partial(self.blob, blob)))
        return tuple(sorted(found, key=lambda entry: entry.path))

    def blob(self, name: str) -> bytes:
        """The content of a blob, by its id or as ``commit:path``.

        Raises:
            OperationFailed: there is no such object here.
        """
        import git

        try:
            if _object_format(self) != "sha1":
                # GitPython's reader takes the answer's object id for 40 letters long
                read = self.repo.git.execute(
                    ["git", "cat-file", "blob", name], stdout_as_string=False, strip_newline_in_stdout=False
                )
                return bytes(read)
            *_, stream = self.repo.git.stream_object_data(name)
            data: bytes = stream.read()
        except (ValueError, git.GitError, OSError) as error:
            raise OperationFailed(f"git cannot read object {name}", "Is this a partial clone? Run git fetch") from error
        return data

    def identity(self) -> str:
        """``Name <email>`` as git is told to use here, "" where nobody told it."""
        try:
            text = self._git("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
        except OperationFailed:
            return ""
        return text.rsplit(" ", 2)[0]

    def run(self, *arguments: str, stdin: BinaryIO | None = None) -> str:
        """Run a git command that the other methods do not cover; its output, stripped.

        Args:
            arguments: after ``git``.
            stdin: a real file at its beginning; git reads it through its descriptor.
        """
        return self._git(*arguments, stdin=stdin)

    def _git(self, *arguments: str, stdin: BinaryIO | None = None, strip: bool = True) -> str:
        import git

        try:
            output = self.repo.git.execute(["git", *arguments], istream=stdin, strip_newline_in_stdout=strip)
        except git.GitCommandNotFound as error:
            raise OperationFailed("git is not installed, or not on PATH", "Install git") from error
        except git.GitCommandError as error:
            detail = str(error.stderr).strip().removeprefix("stderr: ").strip("'\n ")
            raise OperationFailed(f"git {_verb(arguments)} failed: {detail or f'exit code {error.status}'}") from error
        return str(output)


def find_repository(folder: Path) -> Repository:
    """The repository around a folder.

    Raises:
        UsageError: there is none, or it is bare.
    """
    import git

    try:
        repo = git.Repo(folder, search_parent_directories=True)
    except git.NoSuchPathError as error:
        raise UsageError(f"No such folder: {folder}") from error
    except git.InvalidGitRepositoryError as error:
        raise UsageError(
            f"{folder} is in no git repository", "Run git init: deployments are recorded in git"
        ) from error
    if repo.working_tree_dir is None:
        raise UsageError(f"{folder} is in a bare git repository", "Work in a clone of it")
    inside = folder.resolve().relative_to(Path(repo.working_tree_dir).resolve()).as_posix()
    return Repository(repo, "" if inside == "." else f"{inside}/")


def _verb(arguments: Sequence[str]) -> str:
    """The git command among its arguments: what follows ``-c name=value``."""
    words = list(arguments)
    while words[:1] == ["-c"]:
        words = words[2:]
    return words[0] if words else ""


@cache
def _object_format(repository: Repository) -> str:
    """``sha1`` or ``sha256``; asked once per repository."""
    return repository.run("rev-parse", "--show-object-format")
