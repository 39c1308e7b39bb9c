"""Asynchronous jobs as the org's file keeps them: what was asked for, where it stands, what came of it.

``pace`` says how long they take, ``queue`` carries them on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sfmeta.localorg.ids import is_id, to_18
from sfmeta.localorg.metadata.faults import malformed_id, unknown_job
from sfmeta.localorg.metadata.pace import FINALIZING, IN_PROGRESS, PENDING, Mode
from sfmeta.localorg.state import State

__all__ = ["CANCELED", "CANCELING", "DEPLOY", "FINALIZING", "IN_PROGRESS", "PENDING", "RETRIEVE", "Job", "Jobs", "Mode"]

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS metadata_job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    author TEXT NOT NULL,
    created TEXT NOT NULL,
    started TEXT NOT NULL DEFAULT '',
    completed TEXT NOT NULL DEFAULT '',
    cancelled_by TEXT NOT NULL DEFAULT '',
    polls INTEGER NOT NULL DEFAULT 0,
    request TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT '{}',
    zip BLOB
)""",
    "CREATE INDEX IF NOT EXISTS metadata_job_open ON metadata_job (kind) WHERE completed = ''",
    # apart, as it may be large and is rarely asked for
    "CREATE TABLE IF NOT EXISTS metadata_job_detail (id TEXT PRIMARY KEY, detail TEXT NOT NULL)",
)
_COLUMNS = "id, kind, status, author, created, started, completed, cancelled_by, polls, request, result"
_MODE = "metadata_job_mode"
_LOCKED = "metadata_setup_locked"
_RESULT_DAYS = 10
# an org that nobody looks after must not fill the disk (emulator-defined)
_RESULTS_KEPT = 25

DEPLOY, RETRIEVE = "deploy", "retrieve"
CANCELING, CANCELED = "Canceling", "Canceled"
FINAL = frozenset({"Succeeded", "SucceededPartial", "Failed", CANCELED})


@dataclass(frozen=True, slots=True)
class Job:
    """One deployment or retrieve.

    Attributes:
        id: ``0Af...`` or ``09S...``, 18 characters.
        kind: ``deploy`` or ``retrieve``.
        status: as the API spells it.
        author: a user id.
        created: a stamp as records hold it; the others likewise, "" before they happen.
        started: when it left Pending.
        completed: when it became final.
        cancelled_by: a user id, "" for nobody.
        polls: how often somebody asked for it, or for one behind it, while it was the first in its queue.
        request: what was asked for.
        result: what came of it, in numbers.
    """

    id: str
    kind: str
    status: str
    author: str
    created: str
    started: str
    completed: str
    cancelled_by: str
    polls: int
    request: Mapping[str, Any]
    result: Mapping[str, Any]

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status in FINAL


def _job(row: Sequence[Any]) -> Job:
    *texts, polls, request, result = row
    identity, kind, status, author, created, started, completed, cancelled_by = texts
    marks = (created, started, completed, cancelled_by)
    return Job(identity, kind, status, author, *marks, polls, json.loads(request), json.loads(result))


def lock_setup(state: State) -> None:
    """The next deployment that is taken meets another change at work."""
    state.set_fact(_LOCKED, True)


def meets_lock(state: State) -> bool:
    """Whether a deployment that is taken now is the one that ``lock_setup`` meant."""
    if not state.fact(_LOCKED, False):
        return False
    state.set_fact(_LOCKED, False)
    return True


class Jobs:
    """The jobs of an org."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.ensure("metadata_job_detail", _SCHEMA)

    @property
    def mode(self) -> Mode:
        """How long jobs take."""
        return Mode.parse(str(self._state.fact(_MODE, "immediate")))

    def set_mode(self, text: str) -> None:
        """Changes how long jobs take, from now on, also those that are waiting.

        Raises:
            ValueError: see ``Mode.parse``.
        """
        Mode.parse(text)
        self._state.set_fact(_MODE, text)

    def now(self) -> datetime:
        """The org's time."""
        return self._state.clock.now()

    def add(self, kind: str, author: str, request: Mapping[str, Any], content: bytes | None = None) -> Job:
        """A new pending job; old zips are let go."""
        job_id = self._state.ids.new("DeployRequest" if kind == DEPLOY else "RetrieveRequest")
        now = self._state.clock.now()
        with self._state.transaction():
            self._state.connection.execute(
                "INSERT INTO metadata_job (id, kind, status, author, created, request, zip) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (job_id, kind, PENDING, author, self._state.clock.stamp(), json.dumps(dict(request)), content),
            )
            old = (now - timedelta(days=_RESULT_DAYS + 1)).strftime("%Y-%m-%dT")
            self._state.connection.execute(
                "UPDATE metadata_job SET zip = NULL WHERE created < ? AND completed != '' AND zip IS NOT NULL", (old,)
            )
            self._state.connection.execute(
                "UPDATE metadata_job SET zip = NULL WHERE kind = 'retrieve' AND zip IS NOT NULL AND rowid NOT IN "
                "(SELECT rowid FROM metadata_job WHERE kind = 'retrieve' ORDER BY rowid DESC LIMIT ?)",
                (_RESULTS_KEPT,),
            )
        return self.get(job_id, kind)

    def get(self, job_id: str, kind: str) -> Job:
        """The job of that id.

        Raises:
            SoapFault: the id is malformed, or there is no such job.
        """
        if not is_id(job_id):
            raise malformed_id(job_id)
        found = self._some("id = ? AND kind = ?", to_18(job_id), kind)
        if not found:
            raise unknown_job()
        return found[0]

    def all(self, kind: str) -> list[Job]:
        """Every job of a kind, the newest first."""
        return self._some("kind = ? ORDER BY rowid DESC", kind)

    def unfinished(self, kind: str) -> Job | None:
        """The oldest job of a kind that is not final."""
        return next(iter(self._some("kind = ? AND completed = '' ORDER BY rowid LIMIT 1", kind)), None)

    def last_completed(self, before: Job) -> str:
        """When the last of the deployments ended that came before a job, "" without one."""
        with self._state.lock:
            row = self._state.connection.execute(
                "SELECT MAX(completed) FROM metadata_job WHERE kind = ? AND rowid < "
                "(SELECT rowid FROM metadata_job WHERE id = ?)",
                (before.kind, before.id),
            ).fetchone()
        return str(row[0] or "")

    def deployed_since(self, job: Job) -> bool:
        """Whether something was deployed into the org after a job."""
        with self._state.lock:
            row = self._state.connection.execute(
                "SELECT 1 FROM metadata_job WHERE kind = ? AND status IN ('Succeeded', 'SucceededPartial') AND "
                "NOT json_extract(request, '$.check_only') AND rowid > (SELECT rowid FROM metadata_job WHERE id = ?)",
                (job.kind, job.id),
            ).fetchone()
        return row is not None

    def _some(self, where: str, *values: str) -> list[Job]:
        with self._state.lock:
            rows = self._state.connection.execute(
                f"SELECT {_COLUMNS} FROM metadata_job WHERE {where}",  # noqa: S608 - conditions of this module
                values,
            ).fetchall()
        return [_job(row) for row in rows]

    def kind_of(self, job_id: str) -> str:
        """Which kind of job an id is, by its prefix."""
        return RETRIEVE if job_id.startswith("09S") else DEPLOY

    def zip_of(self, job: Job) -> bytes | None:
        """The zip that belongs to a job: sent for a deployment, made by a retrieve."""
        with self._state.lock:
            row = self._state.connection.execute("SELECT zip FROM metadata_job WHERE id = ?", (job.id,)).fetchone()
        return None if row is None or row[0] is None else bytes(row[0])

    def set_zip(self, job: Job, content: bytes | None) -> None:
        """Keeps or lets go of a job's zip."""
        with self._state.lock:
            self._state.connection.execute("UPDATE metadata_job SET zip = ? WHERE id = ?", (content, job.id))

    def detail(self, job: Job) -> Mapping[str, Any]:
        """What came of each part of a job, empty before its end."""
        with self._state.lock:
            found = self._state.connection.execute("SELECT detail FROM metadata_job_detail WHERE id = ?", (job.id,))
            row = found.fetchone()
        kept: Mapping[str, Any] = {} if row is None else json.loads(row[0])
        return kept

    def count_poll(self, job: Job) -> Job:
        """Somebody asked."""
        with self._state.lock:
            self._state.connection.execute("UPDATE metadata_job SET polls = polls + 1 WHERE id = ?", (job.id,))
        return self.get(job.id, job.kind)

    def move(
        self,
        job: Job,
        status: str,
        *,
        result: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
        by: str = "",
        at: str = "",
    ) -> Job:
        """Puts a job into another status.

        Args:
            job: which.
            status: the new one.
            result: what came of it, in numbers; as before where it is not given.
            detail: what came of each part.
            by: who cancels it.
            at: when it happened; now where it is not given.
        """
        when = at or self._state.clock.stamp()
        never_started = status == PENDING or (status == CANCELED and not job.started)
        with self._state.transaction():
            self._state.connection.execute(
                "UPDATE metadata_job SET status = ?, started = ?, completed = ?, cancelled_by = ?, result = ? "
                "WHERE id = ?",
                (
                    status,
                    job.started or ("" if never_started else when),
                    when if status in FINAL else "",
                    by or job.cancelled_by,
                    json.dumps(dict(job.result if result is None else result)),
                    job.id,
                ),
            )
            if detail is not None:
                self._state.connection.execute(
                    "INSERT OR REPLACE INTO metadata_job_detail VALUES (?, ?)",
                    (job.id, json.dumps(dict(detail), separators=(",", ":"))),
                )
        return self.get(job.id, job.kind)
