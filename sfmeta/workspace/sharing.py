"""Ledgers shared by a git remote: fetched beside ours, joined or refused, and pushed only onto what was fetched.

What a remote holds comes into a namespace of its own and never straight onto our refs. Locks and what we know of
remotes lie outside ``refs/sfmeta/``, so that a plain push or fetch of ``refs/sfmeta/*`` carries neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.model.names import OrgId
from sfmeta.workspace.commits import NO_HOOKS, REF_MOVED, move_ref, tip_of
from sfmeta.workspace.joining import Meeting, take_in
from sfmeta.workspace.ledger import REF_PREFIX, Ledger
from sfmeta.workspace.repository import Repository

SETTING = "sfmeta.remote"
"""The git setting that names the remote which every operation shares its ledger with."""
VALIDATIONS = "refs/sfmeta/validations/"
REMOTE_UNREACHABLE = "RemoteUnreachable"
"""The code of the error when a remote gave no answer."""
_SHARED = (REF_PREFIX, VALIDATIONS)
_OURS = "refs/sfmeta/"
_TRIES = 5
# a remote is not trusted to hold only well-formed objects; what git would do beside fetching is not wanted here
_FETCH = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--recurse-submodules=no",
    "--no-auto-gc",
    "--prune",
)
_PUSH = ("push", "--quiet", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no")


@dataclass(frozen=True, slots=True)
class Synced:
    """What a synchronisation did with one ref.

    Attributes:
        ref: its full name.
        meeting: what the remote held, seen from here.
        pushed: the remote was given something.
    """

    ref: str
    meeting: Meeting
    pushed: bool

    @property
    def org_id(self) -> str:
        """Of a ledger, "" of anything else."""
        return self.ref.removeprefix(REF_PREFIX) if self.ref.startswith(REF_PREFIX) else ""


def remote_of(repository: Repository) -> str:
    """The remote that ledgers are always shared with, "" where none is set."""
    try:
        return repository.run("config", "--get", SETTING)
    except OperationFailed:
        return ""


def always_share(repository: Repository, remote: str) -> None:
    """From now on every operation shares its ledger with this remote."""
    require_remote(repository, remote)
    repository.run("config", SETTING, remote)


def require_remote(repository: Repository, remote: str) -> None:
    """Check that there is such a remote.

    Raises:
        UsageError: naming those there are.
    """
    names = repository.run("remote").split()
    if remote not in names:
        known = f"There is {', '.join(names)}" if names else "Add one: git remote add origin URL"
        raise UsageError(f"This repository has no remote '{remote}'", known)


def sync(repository: Repository, remote: str, org_id: OrgId | None = None) -> tuple[Synced, ...]:
    """Bring ledgers here and on a remote to the same state, so that both hold everything.

    Args:
        repository: ours.
        remote: its name.
        org_id: of the only org; None for all that either side knows.

    Returns:
        What was done, by ref; empty where neither side has any.

    Raises:
        UsageError: there is no such remote.
        OperationFailed: it could not be reached (``REMOTE_UNREACHABLE``), or does not take what we push.
        GuardRefused: it holds something that cannot be joined with ours.
    """
    require_remote(repository, remote)
    done: dict[str, Synced] = {}
    for last_try in (*[False] * (_TRIES - 1), True):
        try:
            _once(repository, remote, org_id, done)
        except OperationFailed as error:
            if last_try or error.code != REF_MOVED:
                raise
        else:
            break
    return tuple(done[ref] for ref in sorted(done))


def fetch(repository: Repository, remote: str, names: Iterable[str]) -> None:
    """Fetch refs of a remote beside ours; what it has no longer goes.

    Args:
        repository: ours.
        remote: its name.
        names: full names of refs, or prefixes that end in ``/``.

    Raises:
        OperationFailed: it could not be reached.
    """
    patterns = [f"{name}*" if name.endswith("/") else name for name in names]
    refspecs = [f"+{pattern}:{beside(remote, pattern)}" for pattern in patterns]
    try:
        repository.run(*NO_HOOKS, "-c", "fetch.fsckObjects=true", *_FETCH, remote, *refspecs)
    except OperationFailed as error:
        raise OperationFailed(
            f"The remote '{remote}' could not be read: {_last_line(error)}",
            "Check git fetch; nothing was changed here",
            code=REMOTE_UNREACHABLE,
        ) from error


def push(repository: Repository, remote: str, moves: Iterable[tuple[str, str, str]]) -> None:
    """Move refs of a remote, each only if it is still where we think.

    Args:
        repository: ours.
        remote: its name.
        moves: full name of the ref, where it is ("" for nowhere), where it goes ("" to take it away).

    Raises:
        OperationFailed: a ref was somewhere else, or the remote refused, or could not be reached.
    """
    leases, refspecs = [], []
    for ref, expected, new in moves:
        leases.append(f"--force-with-lease={ref}:{expected}")
        refspecs.append(f"{new}:{ref}")
    repository.run(*NO_HOOKS, *_PUSH, *leases, remote, *refspecs)


def beside(remote: str, ref: str) -> str:
    """Where a ref of a remote is kept here."""
    return f"refs/sfmeta-remotes/{remote}/{ref.removeprefix('refs/')}"


def _once(repository: Repository, remote: str, org_id: OrgId | None, done: dict[str, Synced]) -> None:
    fetch(repository, remote, _SHARED)
    theirs = _refs(repository, beside(remote, _OURS), beside(remote, _OURS))
    ours = _refs(repository, _OURS, _OURS)
    moves = []
    for name in sorted({*theirs, *ours}):
        ref = f"{_OURS}{name}"
        if not ref.startswith(_SHARED) or (org_id is not None and str(org_id) not in name.split("/")):
            continue
        there = theirs.get(name, "")
        met = _met(repository, ref, there)
        earlier = done.get(ref)
        if earlier is not None and earlier.meeting is Meeting.JOINED:
            met = Meeting.JOINED
        here = tip_of(repository, ref)
        pushing = here != there and met is not Meeting.APART
        done[ref] = Synced(ref, met, pushed=pushing)
        if pushing:
            moves.append((ref, there, here))
    if not moves:
        return
    try:
        push(repository, remote, moves)
    except OperationFailed as error:
        fetch(repository, remote, _SHARED)
        if any(tip_of(repository, beside(remote, ref)) != there for ref, there, _ in moves):
            raise OperationFailed(f"'{remote}' was moved at the same time", code=REF_MOVED) from error
        hint = "What it holds was taken over; ours is not there yet. Check that you may push refs/sfmeta/* there"
        raise OperationFailed(f"The remote '{remote}' did not take the ledger: {_last_line(error)}", hint) from error


def _met(repository: Repository, ref: str, theirs: str) -> Meeting:
    if not theirs:
        return Meeting.BEHIND
    if ref.startswith(REF_PREFIX):
        return take_in(Ledger(repository, OrgId.parse(ref.removeprefix(REF_PREFIX))), theirs)
    return _forward(repository, ref, theirs)


def _forward(repository: Repository, ref: str, theirs: str) -> Meeting:
    """Of what is no ledger: whichever holds all of the other wins; where neither does, each side keeps its own."""
    ours = tip_of(repository, ref)
    if theirs == ours:
        return Meeting.SAME
    if ours and repository.is_ancestor(theirs, ours):
        return Meeting.BEHIND
    if ours and not repository.is_ancestor(ours, theirs):
        return Meeting.APART
    move_ref(repository, ref, theirs, expected=ours)
    return Meeting.FORWARD


def _refs(repository: Repository, prefix: str, strip: str) -> dict[str, str]:
    rows = repository.run("for-each-ref", "--format=%(objectname) %(refname)", prefix).splitlines()
    found = (row.partition(" ") for row in rows)
    return {name.removeprefix(strip): commit for commit, _, name in found}


def _last_line(error: OperationFailed) -> str:
    """git's own words, the line that says why."""
    lines = [line.strip() for line in error.message.partition(" failed: ")[2].splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal: ", "error: ", "remote: ", " ! "))]
    return (told or lines or ["git gave no reason"])[0]
