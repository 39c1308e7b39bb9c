"""One operation at a time changes an org: a lock in git, ``refs/sfmeta-locks/<org id>``, taken by compare-and-swap.

It is a commit that holds ``lock.json``: who, where, since when, for what. With a shared remote it is pushed there as
well, onto nothing, so that two machines exclude each other. It lies outside ``refs/sfmeta/``: no push or fetch of the
ledger carries it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import islice

from sfmeta.errors import GuardRefused, OperationFailed
from sfmeta.model.deployment import Stage, seconds_of, stamp
from sfmeta.model.names import OrgId
from sfmeta.workspace import sharing
from sfmeta.workspace.commits import (
    OWN_IDENTITY,
    REF_MOVED,
    NewCommit,
    forget_unfinished,
    move_ref,
    tip_of,
    write_commit,
)
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.processes import Process, this_process
from sfmeta.workspace.repository import Repository

LOCKS = "refs/sfmeta-locks/"
LOCKED = "org-locked-by-us"
"""The code of the error when another operation holds the lock."""
_FILE = "lock.json"
_VERSION = 1
_LOOKED_AT = 10
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Lock:
    """Who changes an org.

    Attributes:
        org_id: of the org.
        owner: the git identity, "" where git has none.
        process: which.
        command: what it does, as typed.
        since: UTC, ISO 8601, by that machine's clock.
        commit: that holds the lock.
        remote: where it is held, "" for this repository.
    """

    org_id: OrgId
    owner: str
    process: Process
    command: str
    since: str
    commit: str
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Locks:
    """The locks of one org.

    Attributes:
        repository: where.
        org_id: of the org.
        remote: that shares them, "" where none does.
        told: what the user should know: a lock was taken over, or could not be given back.
    """

    repository: Repository
    org_id: OrgId
    remote: str = ""
    told: Callable[[str], None] = field(default=lambda _: None, repr=False)

    @property
    def ref(self) -> str:
        """The git ref of the lock, here and on the remote."""
        return f"{LOCKS}{self.org_id}"

    def holders(self) -> tuple[Lock, ...]:
        """Who holds it, here and on the remote.

        Raises:
            OperationFailed: the remote cannot be reached.
        """
        found = [self._at(tip_of(self.repository, self.ref))]
        if self.remote:
            found.append(self._there())
        return tuple(lock for lock in found if lock is not None)

    def describe(self, lock: Lock, now: float) -> str:
        """Who holds it, where, since when, and what it is doing, as far as the ledger here knows."""
        where = f" on {lock.process.host}" if lock.process.host else ""
        text = f"'{lock.command}' of {lock.owner or 'somebody'}{where}, process {lock.process.pid}, "
        return f"{text}since {lock.since}{_age(lock, now)}{self._doing(lock)}"

    def remove(self, lock: Lock) -> None:
        """Take a lock away, if it is still that one.

        Raises:
            OperationFailed: it is not.
        """
        if lock.remote:
            sharing.push(self.repository, lock.remote, [(self.ref, lock.commit, "")])
        else:
            move_ref(self.repository, self.ref, "", expected=lock.commit)

    @contextmanager
    def held(self, command: str, now: float) -> Iterator[Lock]:
        """Hold the lock for the time of the block.

        A lock whose process has ended is taken over; that is said. What killed processes left half written goes.

        Args:
            command: what it is for, as typed.
            now: seconds since the epoch.

        Raises:
            GuardRefused: another operation holds it (``LOCKED``).
            OperationFailed: git failed, or the remote cannot be reached.
        """
        forget_unfinished(self.repository, now)
        lock = self._take(command, now)
        try:
            self._share(lock, now)
            yield lock
        finally:
            self._give_back(lock)

    def _take(self, command: str, now: float) -> Lock:
        process = this_process()
        owner = self.repository.identity()
        mine = Lock(self.org_id, owner, process, command, stamp(now), "")
        there = self._at(tip_of(self.repository, self.ref))
        if there is not None:
            self._take_over(there, now)
        text = json.dumps(_to_json(mine), indent=2).encode() + b"\n"
        commit = NewCommit(f"lock {self.org_id}", [(_FILE, text)], committer=owner or OWN_IDENTITY, at=int(now))
        try:
            written = write_commit(self.repository, self.ref, commit, expected=there.commit if there else "")
        except OperationFailed as error:
            winner = self._at(tip_of(self.repository, self.ref))
            if error.code != REF_MOVED or winner is None:
                raise
            raise self._refused(winner, now) from error
        return replace(mine, commit=written)

    def _share(self, lock: Lock, now: float) -> None:
        if not self.remote:
            return
        there = self._there()
        if there is not None:
            self._take_over(there, now)
        try:
            sharing.push(self.repository, self.remote, [(self.ref, there.commit if there else "", lock.commit)])
        except OperationFailed as error:
            winner = self._there()
            if winner is not None and winner.commit == lock.commit:
                return  # it came there, and the answer was lost
            if winner is None or (there is not None and winner.commit == there.commit):
                raise
            raise self._refused(winner, now) from error

    def _give_back(self, lock: Lock) -> None:
        """Here first: what cannot be reached must not keep the next operation on this machine from beginning."""
        for held in (lock, *([self._of_remote(lock)] if self.remote else [])):
            try:
                if held.remote:
                    there = self._there()
                    if there is None or there.commit != held.commit:
                        continue
                self.remove(held)
            except OperationFailed as error:
                hint = "sfmeta ledger unlock -o ORG takes it away"
                self.told(f"The lock of {self.org_id} could not be given back: {error.message} ({hint})")

    def _take_over(self, lock: Lock, now: float) -> None:
        if not lock.process.has_ended:
            raise self._refused(lock, now)
        self.told(f"The lock of an operation that has ended was taken over: {self.describe(lock, now)}")

    def _refused(self, lock: Lock, now: float) -> GuardRefused:
        at = f" (lock on '{lock.remote}')" if lock.remote else ""
        return GuardRefused(
            f"Another operation changes this org: {self.describe(lock, now)}{at}",
            "Wait for it; if it is known to have ended: sfmeta ledger unlock -o ORG",
            code=LOCKED,
        )

    def _there(self) -> Lock | None:
        sharing.fetch(self.repository, self.remote, [LOCKS])
        found = self._at(tip_of(self.repository, sharing.beside(self.remote, self.ref)))
        return self._of_remote(found) if found is not None else None

    def _of_remote(self, lock: Lock) -> Lock:
        return replace(lock, remote=self.remote)

    def _doing(self, lock: Lock) -> str:
        """The deployment that it left open."""
        try:
            entries = [entry for _, entry in islice(Ledger(self.repository, self.org_id).deployments(), _LOOKED_AT)]
        except OperationFailed:
            return ""
        for entry in entries:
            if entry.stage is not Stage.FINISHED and entry.started_at >= lock.since:
                how = f"sent as job {entry.job_id}" if entry.job_id else "prepared, and perhaps sent"
                return f"; deployment {entry.id} is {how}"
        return ""

    def _at(self, commit: str) -> Lock | None:
        if not commit:
            return None
        try:
            data = json.loads(self.repository.blob(f"{commit}:{_FILE}"))
            process = Process(**data["process"])
            return Lock(self.org_id, str(data["owner"]), process, str(data["command"]), str(data["since"]), commit)
        except (ValueError, KeyError, TypeError, OperationFailed):
            # somebody wrote it whom we do not know: it counts as held
            return Lock(self.org_id, "", Process("", "", 0, ""), "an unknown operation", "an unknown time", commit)


def _to_json(lock: Lock) -> dict[str, object]:
    return {
        "version": _VERSION,
        "org_id": str(lock.org_id),
        "owner": lock.owner,
        "process": asdict(lock.process),
        "command": lock.command,
        "since": lock.since,
    }


def _age(lock: Lock, now: float) -> str:
    try:
        seconds = int(now - seconds_of(lock.since))
    except ValueError:
        return ""
    for unit, name in ((_DAY_S, "days"), (_HOUR_S, "hours"), (_MINUTE_S, "minutes")):
        if seconds >= 2 * unit:
            return f" ({seconds // unit} {name} ago)"
    # another machine's clock may be ahead
    return f" ({max(seconds, 0)} seconds ago)"
