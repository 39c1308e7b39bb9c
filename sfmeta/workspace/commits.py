"""Writing commits of our own beside the user's work: no index, no work tree, no branch, no hook, no signature.

A commit is written with ``git fast-import`` into a temporary ref; ``git update-ref`` then moves the real ref only if
nobody else moved it meanwhile. A process that is killed between the two leaves the temporary ref, which
``forget_unfinished`` takes away.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from sfmeta.errors import OperationFailed
from sfmeta.workspace.files import scratch
from sfmeta.workspace.processes import mark_has_ended, this_process
from sfmeta.workspace.repository import Repository

OWN_IDENTITY = "sfmeta <sfmeta@localhost>"
REF_MOVED = "RefMoved"
"""The code of the error when somebody else wrote first."""
NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
_TEMPORARY = "refs/sfmeta-tmp/"
_ABANDONED_S = 86_400.0
"""So old a temporary ref is nobody's, where its process is not known (seconds)."""
# looking for what big files have in common takes git longer than all the rest; a later git gc may still do it
_NO_DELTA_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to be written.

    Attributes:
        message: one line.
        files: path and content, one at a time; on top of ``tree``.
        parents: full ids, the first one first.
        tree: a commit whose files are carried over, "" for none.
        committer: ``Name <email>``.
        at: seconds since the epoch; None for now.
    """

    message: str
    files: Iterable[tuple[str, bytes]]
    parents: tuple[str, ...] = ()
    tree: str = ""
    committer: str = OWN_IDENTITY
    at: int | None = None


def write_commit(repository: Repository, ref: str, commit: NewCommit, *, expected: str) -> str:
    """Write a commit and move a ref to it.

    Args:
        repository: where.
        ref: its full name.
        commit: what to write.
        expected: where the ref is now, "" where it must not be there.

    Returns:
        The new commit's full id.

    Raises:
        OperationFailed: git failed; with the code ``REF_MOVED`` where the ref is somewhere else by now.
    """
    temporary = f"{_TEMPORARY}{this_process().mark}/{uuid.uuid4().hex}"
    with scratch() as new_file:
        stream = new_file()
        head = f"commit {temporary}\ncommitter {commit.committer} {_seconds(commit)} +0000\n"
        message = f"{commit.message}\n".encode()
        stream.write(f"{head}data {len(message)}\n".encode())
        stream.write(message)
        for word, parent in zip(("from", *["merge"] * len(commit.parents)), commit.parents, strict=False):
            stream.write(f"{word} {parent}\n".encode())
        stream.write(b"deleteall\n")
        if commit.tree:
            tree = repository.run("rev-parse", "--verify", f"{commit.tree}^{{tree}}")
            stream.write(f'M 040000 {tree} ""\n'.encode())
        for path, data in commit.files:
            stream.write(f"M 100644 inline {_quoted(path)}\ndata {len(data)}\n".encode())
            stream.write(data)
            stream.write(b"\n")
        stream.write(b"\ndone\n")
        stream.seek(0)
        options = ("--quiet", "--done", "--date-format=raw", f"--big-file-threshold={_NO_DELTA_BYTES}")
        repository.run(*NO_HOOKS, "fast-import", *options, stdin=stream)
        new = repository.run("rev-parse", "--verify", temporary)
        moves = new_file()
        moves.write(f"update {ref} {new} {expected or '0' * len(new)}\ndelete {temporary} {new}\n".encode())
        moves.seek(0)
        try:
            repository.run(*NO_HOOKS, "update-ref", "--stdin", stdin=moves)
        except OperationFailed as error:
            repository.run(*NO_HOOKS, "update-ref", "-d", temporary)
            raise _moved(repository, ref, expected, error) from error
    return new


def move_ref(repository: Repository, ref: str, new: str, *, expected: str) -> None:
    """Move a ref to a commit that is here, or take it away.

    Args:
        repository: where.
        ref: its full name.
        new: a full id, "" to take the ref away.
        expected: where the ref is now, "" where it must not be there.

    Raises:
        OperationFailed: as for ``write_commit``.
    """
    zeros = "0" * len(new or expected)
    try:
        repository.run(*NO_HOOKS, "update-ref", ref, new or zeros, expected or zeros)
    except OperationFailed as error:
        raise _moved(repository, ref, expected, error) from error


def forget_unfinished(repository: Repository, now: float) -> None:
    """Take away the temporary refs of processes that ended before they had moved the real one, and very old ones.

    What they hold was acknowledged to nobody: the stage of a deployment, a lock, a validation.

    Args:
        repository: where.
        now: seconds since the epoch.
    """
    with scratch() as new_file, suppress(OperationFailed):
        # somebody else may take them away at the same time; what is left is found the next time
        rows = repository.run("for-each-ref", "--format=%(refname) %(objectname) %(committerdate:unix)", _TEMPORARY)
        gone = [row.split()[:2] for row in rows.splitlines() if _is_abandoned(row, now)]
        if gone:
            moves = new_file()
            moves.write("".join(f"delete {ref} {commit}\n" for ref, commit in gone).encode())
            moves.seek(0)
            repository.run(*NO_HOOKS, "update-ref", "--stdin", stdin=moves)


def _is_abandoned(row: str, now: float) -> bool:
    ref, _, written = row.split()
    return mark_has_ended(ref.removeprefix(_TEMPORARY).partition("/")[0]) or now - int(written) > _ABANDONED_S


def tip_of(repository: Repository, ref: str) -> str:
    """The commit that a ref is at, "" where it is not there."""
    rows = repository.run("for-each-ref", "--format=%(objectname) %(refname)", ref).splitlines()
    found = (row.partition(" ") for row in rows)
    return next((commit for commit, _, name in found if name == ref), "")


def _moved(repository: Repository, ref: str, expected: str, error: OperationFailed) -> OperationFailed:
    if tip_of(repository, ref) == expected:
        return error
    return OperationFailed(f"Somebody else moved {ref} at the same time", "Run the command again", code=REF_MOVED)


def _seconds(commit: NewCommit) -> int:
    return int(time.time()) if commit.at is None else commit.at


def _quoted(path: str) -> str:
    """A path as fast-import reads it: C-quoted where it holds anything unusual."""
    if all(char.isalnum() or char in "/._-%+" for char in path):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
