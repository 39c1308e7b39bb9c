"""What the org holds as metadata: components and their files, in the org's SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sfmeta.localorg.metadata.layout import path_of
from sfmeta.localorg.metadata.xml import Node, parse, write
from sfmeta.localorg.state import State

# A name is the same in any case, and keeps the case it was made with.
_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS metadata_component (
    type TEXT NOT NULL,
    full_name TEXT NOT NULL COLLATE NOCASE,
    id TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created TEXT NOT NULL,
    modified_by TEXT NOT NULL,
    modified TEXT NOT NULL,
    PRIMARY KEY (type, full_name)
) WITHOUT ROWID""",
    """
CREATE TABLE IF NOT EXISTS metadata_file (
    type TEXT NOT NULL,
    full_name TEXT NOT NULL COLLATE NOCASE,
    path TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (type, full_name, path)
)""",
)
Rows: TypeAlias = list[tuple[Any, ...]]
_COLUMNS = "type, full_name, id, created_by, created, modified_by, modified"


@dataclass(frozen=True, slots=True)
class Stored:
    """A component that the org holds.

    Attributes:
        type: the metadata type.
        full_name: decoded, in the case it was made with.
        id: of its record, or its own.
        created_by: a user id, "" for the org itself.
        created: a stamp as records hold it.
        modified_by: likewise.
        modified: likewise.
    """

    type: str
    full_name: str
    id: str
    created_by: str
    created: str
    modified_by: str
    modified: str


Inventory: TypeAlias = list[Stored]


def changed(type_name: str) -> str:
    """What ``State.changes`` calls the components of a type."""
    return f"component:{type_name}"


class Components:
    """The component store of an org.

    Args:
        state: the org.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        state.ensure("metadata_file", _SCHEMA)

    def put(
        self, type_name: str, full_name: str, files: Mapping[str, bytes], *, author: str = "", record_id: str = ""
    ) -> Stored:
        """Adds a component or replaces all its files.

        Args:
            type_name: the metadata type.
            full_name: decoded.
            files: content by path below the package's root.
            author: the id of the user who does it, "" for the org itself.
            record_id: of the record that it is, where there is one.
        """
        # no savepoint of its own: a name that cannot be kept fails at the first statement, before anything changed
        with self._state.joined():
            self._state.changes.note(changed(type_name))
            before, now = self.get(type_name, full_name), self._state.clock.stamp()
            stored = Stored(
                type_name,
                before.full_name if before else full_name,
                record_id or (before.id if before else self._state.ids.new(type_name)),
                before.created_by if before else author,
                before.created if before else now,
                author,
                now,
            )
            self._execute(
                f"INSERT OR REPLACE INTO metadata_component ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                stored.type,
                stored.full_name,
                stored.id,
                stored.created_by,
                stored.created,
                stored.modified_by,
                stored.modified,
            )
            if before is not None:
                self._execute("DELETE FROM metadata_file WHERE type = ? AND full_name = ?", type_name, full_name)
            for path, content in files.items():
                self._execute(
                    "INSERT INTO metadata_file VALUES (?, ?, ?, ?)", type_name, stored.full_name, path, content
                )
        return stored

    def put_document(
        self, type_name: str, full_name: str, document: Node, *, author: str = "", record_id: str = ""
    ) -> Stored:
        """``put`` for a component that is one XML document."""
        files = {path_of(type_name, full_name): write(document)}
        return self.put(type_name, full_name, files, author=author, record_id=record_id)

    def get(self, type_name: str, full_name: str) -> Stored | None:
        """The component of that name, in whatever case, or None."""
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM metadata_component WHERE type = ? AND full_name = ?",  # noqa: S608
            type_name,
            full_name,
        )
        return Stored(*rows[0]) if rows else None

    def list(self, type_name: str) -> Inventory:
        """All components of a type, by name."""
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM metadata_component WHERE type = ? ORDER BY full_name",  # noqa: S608
            type_name,
        )
        return [Stored(*row) for row in rows]

    def files(self, type_name: str, full_name: str) -> dict[str, bytes]:
        """A component's files by path, empty where there is no such component."""
        rows = self._execute(
            "SELECT path, content FROM metadata_file WHERE type = ? AND full_name = ? ORDER BY path",
            type_name,
            full_name,
        )
        return {path: bytes(content) for path, content in rows}

    def document(self, type_name: str, full_name: str) -> Node | None:
        """The XML of a component that is one document, or None."""
        return next((parse(content) for content in self.files(type_name, full_name).values()), None)

    def rename(self, type_name: str, old: str, new: str, files: Mapping[str, bytes], *, author: str = "") -> None:
        """Gives a component another name and its files as they are under it; its id and its beginning stay.

        Args:
            type_name: the metadata type.
            old: the name it has.
            new: a name that none has.
            files: content by path below the package's root.
            author: the id of the user who does it, "" for the org itself.
        """
        with self._state.transaction():
            self._state.changes.note(changed(type_name))
            self._execute("DELETE FROM metadata_file WHERE type = ? AND full_name = ?", type_name, old)
            self._execute(
                "UPDATE metadata_component SET full_name = ?, modified_by = ?, modified = ? "
                "WHERE type = ? AND full_name = ?",
                new,
                author,
                self._state.clock.stamp(),
                type_name,
                old,
            )
            for path, content in files.items():
                self._execute("INSERT INTO metadata_file VALUES (?, ?, ?, ?)", type_name, new, path, content)

    def delete(self, type_name: str, full_name: str) -> bool:
        """Takes a component out of the store; False where there was none."""
        with self._state.transaction():
            self._state.changes.note(changed(type_name))
            found = self.get(type_name, full_name) is not None
            for table in ("metadata_component", "metadata_file"):
                self._execute(f"DELETE FROM {table} WHERE type = ? AND full_name = ?", type_name, full_name)  # noqa: S608
        return found

    def _execute(self, statement: str, *values: object) -> Rows:
        with self._state.lock:
            try:
                return self._state.connection.execute(statement, values).fetchall()
            except sqlite3.ProgrammingError as error:  # a text that SQLite cannot hold, such as a lone surrogate
                raise ValueError("the component's name is no text") from error
