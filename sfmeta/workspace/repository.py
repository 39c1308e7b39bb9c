"""The git repository around a project: revisions and the files they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.model.component import Entry
from sfmeta.workspace.files import scratch
from sfmeta.workspace.objects import Objects, Stored

if TYPE_CHECKING:
    # 85 ms of import; each function that needs it imports it again, which is free by then
    import git

_CHUNK_BYTES = 1 << 20
# git repeats a remote's address in its complaints, with a password where somebody put one into it
_PASSWORD = re.compile(r"://[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, seen from one folder inside it.

    Attributes:
        repo: GitPython's handle; it stays in this room.
        prefix: of the project's folder inside the work tree, "" or ending in ``/``.
    """

    repo: git.Repo
    prefix: str = ""
    _objects: Objects = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_objects", Objects(partial(_cat_file, self.repo)))

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
        blobs: dict[str, str] = {}
        for row in listing.split("\0"):
            meta, _, path = row.partition("\t")
            if meta.startswith(("100644 ", "100755 ")):
                blobs[path] = meta.rpartition(" ")[2]
        stored = self._objects.get(blobs.values())
        found = (_entry(path.removeprefix(strip), stored[blob]) for path, blob in blobs.items())
        return tuple(sorted(found, key=lambda entry: entry.path))

    def blob(self, name: str) -> bytes:
        """The content of a blob, by its full id or as ``commit:path`` with a full commit id.

        Raises:
            OperationFailed: there is no such object here.
        """
        return self.blobs([name])[0]

    def blobs(self, names: Iterable[str]) -> list[bytes]:
        """The contents of several blobs, in one go; see ``blob``."""
        wanted = list(names)
        stored = self._objects.get(wanted)
        return [stored[name].read() for name in wanted]

    def uncommitted(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Of these files of the project those that differ from HEAD, in the index or on disk, sorted."""
        wanted = {f"{self.prefix}{path}": path for path in paths}
        if not wanted:
            return ()
        changed = self._git(
            "status",
            "--porcelain",
            "-z",
            "--no-renames",
            "--untracked-files=all",
            "--ignored",
            "--",
            *wanted,
            strip=False,
        )
        rows = (row[3:] for row in changed.split("\0") if row)
        return tuple(sorted(wanted[path] for path in rows if path in wanted))

    def commit_only(self, paths: Sequence[str], message: str) -> str:
        """Commit these files as they are on disk, and nothing else that is staged or changed; the new commit.

        The user's own commit on the user's branch: hooks run and signing applies.

        Args:
            paths: of the project; a file that is gone is committed as deleted.
            message: whole.

        Raises:
            OperationFailed: git refused (a hook, a merge under way); the index is as it was.
        """
        listed = [f":(top,literal){self.prefix}{path}" for path in paths]
        new = [f":(top,literal){path}" for path in self._untracked(listed)]
        if new:
            # a path that git does not know cannot be committed by name
            self._git("add", "--intent-to-add", "--", *new)
        with scratch() as new_file:
            text = new_file()
            text.write(message.encode())
            text.seek(0)
            try:
                self._git("commit", "--quiet", "--cleanup=verbatim", "--file=-", "--only", "--", *listed, stdin=text)
            except OperationFailed:
                if new:
                    self._git("reset", "--quiet", "--", *new)
                raise
        return self.head()

    def _untracked(self, listed: Sequence[str]) -> list[str]:
        found = self._git("ls-files", "-z", "--full-name", "--others", "--", *listed, strip=False)
        return [path for path in found.split("\0") if path]

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
            detail = _PASSWORD.sub("://***@", detail)
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


def _entry(path: str, stored: Stored) -> Entry:
    return Entry(path, stored.sha256, stored.size_bytes, stored.read)


def _cat_file(repo: git.Repo, asked: BinaryIO, answers: BinaryIO) -> None:
    import git

    try:
        repo.git.execute(
            ["git", "cat-file", "--batch", "--buffer"],
            istream=asked,
            output_stream=answers,
            max_chunk_size=_CHUNK_BYTES,
        )
    except git.GitCommandNotFound as error:
        raise OperationFailed("git is not installed, or not on PATH", "Install git") from error
    except git.GitCommandError as error:
        raise OperationFailed("git cannot read its objects", "Run git fsck") from error
