"""Everything an org knows, in one SQLite file (or memory), safe to use from many threads and to kill at any time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sfmeta.localorg.changes import Changes
from sfmeta.localorg.clock import Clock
from sfmeta.localorg.ids import Ids
from sfmeta.localorg.records import Records


@dataclass(frozen=True, slots=True)
class OrgFacts:
    """What the org is, and how its administrator set it.

    Attributes:
        id: the 18-character org id.
        name: the company's name.
        is_sandbox: a sandbox; False and ``Enterprise Edition`` make a production org.
        organization_type: as ``Organization.OrganizationType`` spells it.
        features: what Salesforce Support or a licence enabled, by name (``features.py``).
        assumptions: how open questions about Salesforce are answered in this org, by name (``assumptions.py``).
        settings: org-wide switches as metadata names them (``enableAdminApprovedAppsOnly``). This is their only
            place: the component ``Settings:ConnectedApp`` is read from here, a deployment of it writes here.
    """

    id: str = ""
    name: str = "Local Org"
    is_sandbox: bool = True
    organization_type: str = "Enterprise Edition"
    features: tuple[str, ...] = ()
    assumptions: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, bool] = field(default_factory=dict)

    @property
    def is_production(self) -> bool:
        """Neither a sandbox nor a Developer Edition."""
        return not self.is_sandbox and self.organization_type != "Developer Edition"

    def has_feature(self, name: str) -> bool:
        """Whether a feature is enabled."""
        return name in self.features

    def setting(self, name: str) -> bool:
        """An org-wide switch, False where it was never set."""
        return bool(self.settings.get(name, False))


class Undo(Exception):
    """Raised inside ``State.undoable``: what was done there is taken back, and that is all."""


class State:
    """The org's memory. Use ``State.open``."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, id_seed: str | None) -> None:
        self.connection = connection
        self.clock = clock
        self.lock = threading.RLock()
        self._depth = 0
        self._ensured: set[str] = set()
        self._org: OrgFacts | None = None  # as last read; the doors ask for it at every turn
        connection.execute("CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        self.ids = Ids(connection, id_seed)
        self.changes = Changes()
        self.records = Records(connection, self.lock, self.ids, self.changes)
        clock.offset += timedelta(seconds=float(self.fact("clock_offset_s", 0.0)))

    @classmethod
    def open(cls, path: Path | None = None, *, clock: Clock | None = None, id_seed: str | None = None) -> State:
        """Opens an org's state, new or as it was left.

        Args:
            path: the SQLite file, made where it is missing, readable by its owner only; None keeps all in memory.
            clock: the org's clock; real time unless given.
            id_seed: makes the ids of a new org repeatable.
        """
        if path is not None:
            # the file holds passwords and keys of the made-up org
            path.touch(mode=0o600)
        connection = sqlite3.connect(
            ":memory:" if path is None else path, check_same_thread=False, isolation_level=None
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return cls(connection, clock or Clock(), id_seed)

    def close(self) -> None:
        """Ends the use of the file. Nothing is lost without it."""
        with self.lock:
            self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, nestable. An exception undoes what was done inside and goes on; other threads wait."""
        with self.lock:
            outermost, mark = self._depth == 0, f"level_{self._depth}"
            self.connection.execute("BEGIN IMMEDIATE" if outermost else f"SAVEPOINT {mark}")
            self._depth += 1
            try:
                yield
                self.connection.execute("COMMIT" if outermost else f"RELEASE {mark}")
            except BaseException:
                self.changes.note_undone()
                self._ensured.clear()  # a table that was made inside is gone
                self._org = None
                # when a disk is full, SQLite has undone all of it by itself
                if self.connection.in_transaction:
                    undoing = ("ROLLBACK",) if outermost else (f"ROLLBACK TO {mark}", f"RELEASE {mark}")
                    for statement in undoing:
                        self.connection.execute(statement)
                raise
            finally:
                self._depth -= 1

    @contextmanager
    def undoable(self) -> Iterator[None]:
        """A transaction that ``Undo`` ends without being kept; what follows the block goes on either way."""
        try:
            with self.transaction():
                yield
        except Undo:
            pass  # asked for, and done

    @contextmanager
    def joined(self) -> Iterator[None]:
        """A transaction, or part of the one that is open: then an exception must end that one too."""
        with self.lock:
            if self.in_transaction:
                yield
            else:
                with self.transaction():
                    yield

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; ask while holding ``lock``."""
        return self._depth > 0

    def ensure(self, table: str, statements: Iterable[str]) -> None:
        """Makes the tables of a room where the file does not have them yet.

        Args:
            table: the last thing that the statements make; where it is there, so are the others.
            statements: what makes them.
        """
        if table in self._ensured:
            return
        with self.lock:
            found = self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            if found is None:
                for statement in statements:
                    self.connection.execute(statement)
            self._ensured.add(table)

    def fact(self, name: str, default: Any = None) -> Any:
        """A named JSON value of the org as a whole."""
        with self.lock:
            row = self.connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])

    def set_fact(self, name: str, value: Any) -> None:
        """Keeps a named JSON value."""
        with self.lock:
            self._org = None
            self.connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, json.dumps(value)))
            self.changes.note(f"fact:{name}")

    @property
    def org(self) -> OrgFacts:
        """What the org is now."""
        with self.lock:
            if self._org is None:
                kept = self.fact("org")
                self._org = OrgFacts() if kept is None else OrgFacts(**{**kept, "features": tuple(kept["features"])})
            return self._org

    def change_org(self, **changes: Any) -> None:
        """Changes facts about the org (fields of ``OrgFacts``)."""
        with self.lock:
            self.set_fact("org", asdict(replace(self.org, **changes)))

    def set_setting(self, name: str, value: bool) -> None:
        """Ticks or unticks an org-wide switch."""
        with self.lock:
            self.change_org(settings={**self.org.settings, name: value})

    def move_clock(self, by: timedelta) -> None:
        """Moves the org's clock, for good."""
        with self.lock:
            self.clock.offset += by
            self.set_fact("clock_offset_s", float(self.fact("clock_offset_s", 0.0)) + by.total_seconds())
