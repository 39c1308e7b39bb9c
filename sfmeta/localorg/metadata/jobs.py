"""Asynchronous jobs: kept in the org's file, carried on when somebody asks for them.

By default a job is finished when its call returns. Other modes make clients wait: ``polls`` counts the status calls,
``seconds`` looks at the org's clock. Pending -> InProgress -> a final status; a pending job is cancelled at once, a
running one by the next status call (Metadata API guide, CancelDeployResult).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.ids import is_id, to_18
from sfmeta.localorg.metadata.faults import malformed_id, unknown_job
from sfmeta.localorg.state import State

_SCHEMA = """
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
)
"""
_COLUMNS = "id, kind, status, author, created, started, completed, cancelled_by, polls, request, result"
_MODE = "metadata_job_mode"
_RESULT_DAYS = 10
# how long real orgs keep the zip of a retrieve was not found; this keeps the org's file small
_RESULTS_KEPT = 25

DEPLOY, RETRIEVE = "deploy", "retrieve"
PENDING, IN_PROGRESS, CANCELING, CANCELED = "Pending", "InProgress", "Canceling", "Canceled"
FINAL = frozenset({"Succeeded", "SucceededPartial", "Failed", CANCELED})


@dataclass(frozen=True, slots=True)
class Mode:
    """How long jobs take.

    Attributes:
        kind: ``immediate``, ``polls`` or ``seconds``.
        amount: how many.
    """

    kind: Literal["immediate", "polls", "seconds"] = "immediate"
    amount: float = 0

    @classmethod
    def parse(cls, text: str) -> Mode:
        """From ``immediate``, ``polls:3`` or ``seconds:2.5``.

        Raises:
            ValueError: it is none of these.
        """
        kind, _, amount = text.partition(":")
        if kind == "polls" or kind == "seconds":
            return cls("polls" if kind == "polls" else "seconds", float(amount))
        if text != "immediate":
            raise ValueError(f"'{text}' is no mode of jobs: write immediate, polls:N or seconds:N")
        return cls()


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
        polls: how often its status was asked for.
        request: what was asked for.
        result: what came of it.
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


class Jobs:
    """The jobs of an org."""

    def __init__(self, state: State) -> None:
        self._state = state
        if state.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'metadata_job'").fetchone() is None:
            with state.lock:
                state.connection.execute(_SCHEMA)

    @property
    def mode(self) -> Mode:
        """How long jobs take."""
        return Mode.parse(str(self._state.fact(_MODE, "immediate")))

    def set_mode(self, text: str) -> None:
        """Changes how long jobs take, from now on.

        Raises:
            ValueError: see ``Mode.parse``.
        """
        Mode.parse(text)
        self._state.set_fact(_MODE, text)

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
            self._state.connection.execute("UPDATE metadata_job SET zip = NULL WHERE created < ?", (old,))
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
        with self._state.lock:
            row = self._state.connection.execute(
                f"SELECT {_COLUMNS} FROM metadata_job WHERE id = ? AND kind = ?",  # noqa: S608
                (to_18(job_id), kind),
            ).fetchone()
        if row is None:
            raise unknown_job()
        request, result = json.loads(row[9]), json.loads(row[10])
        return Job(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], request, result)

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

    def move(self, job: Job, status: str, *, result: Mapping[str, Any] | None = None, by: str = "") -> Job:
        """Puts a job into another status."""
        now = self._state.clock.stamp()
        with self._state.lock:
            self._state.connection.execute(
                "UPDATE metadata_job SET status = ?, started = ?, completed = ?, cancelled_by = ?, result = ? "
                "WHERE id = ?",
                (
                    status,
                    job.started or ("" if status == PENDING else now),
                    now if status in FINAL else "",
                    by or job.cancelled_by,
                    json.dumps(dict(job.result if result is None else result)),
                    job.id,
                ),
            )
        return self.get(job.id, job.kind)

    def due(self, job: Job) -> str:
        """Where a job stands when its status is asked for now: PENDING, IN_PROGRESS, or "" when it is time to run.

        Counts the question.
        """
        with self._state.lock:
            self._state.connection.execute("UPDATE metadata_job SET polls = polls + 1 WHERE id = ?", (job.id,))
        mode = self.mode
        if mode.kind == "polls":
            return "" if job.polls + 1 > mode.amount else PENDING if job.polls == 0 else IN_PROGRESS
        if mode.kind == "seconds":
            age = (self._state.clock.now() - from_stamp(job.created)).total_seconds()
            return "" if age >= mode.amount else PENDING if age < mode.amount / 4 else IN_PROGRESS
        return ""
