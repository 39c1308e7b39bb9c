"""Where the rows of a table come from, and which of them a caller may see."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.columns import stored
from sfmeta.localorg.data.made import MADE
from sfmeta.localorg.data.schema import SObject
from sfmeta.localorg.doors.sessions import hashed

# Object Reference, OauthToken, LoginHistory and AuthSession: who holds none of these sees only rows of their own
_OWN_ROWS_WITHOUT = {
    "AuthSession": ("UsersId", ("ManageUsers",)),
    "LoginHistory": ("UserId", ("ManageUsers", "MonitorLoginHistory")),
    "OauthToken": ("UserId", ("CustomizeApplication",)),
}

MOST_SECONDS = 10.0
"""How long a statement may run; see the text ``soql-timeout``."""
_LOOKS_AFTER_STEPS = 10_000


class Sources:
    """The tables of one statement, and the values bound in it.

    Args:
        caller: through whose eyes.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._made: set[str] = set()
        self._aliases = 0
        self.values: dict[str, Any] = {
            "now": caller.state.clock.stamp(),
            "me": caller.user_id,
            "session": hashed(caller.session_id),
        }

    def bind(self, value: Any) -> str:
        """A place for a value."""
        if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
            value = float(value)
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def bind_list(self, values: list[Any]) -> str:
        """A subquery that gives these values: there may be more of them than a statement may have places."""
        return f"(SELECT value FROM json_each({self.bind(json.dumps(values))}))"

    def alias(self) -> str:
        """A name for a row that no other row of the statement has."""
        self._aliases += 1
        return f"t{self._aliases}"

    def table(self, sobject: SObject, alias: str) -> str:
        """What to read a table's rows from."""
        if sobject.name in MADE:
            self._made.add(sobject.name)
            return f"made_{sobject.name} AS {alias}"
        return f"record AS {alias}"

    def is_row(self, sobject: SObject, alias: str) -> str:
        """The condition that a row is one of that table."""
        return "1" if sobject.name in MADE else f"{alias}.sobject = '{sobject.name}'"

    def may_see(self, sobject: SObject, alias: str) -> str:
        """The condition that the caller may see a row."""
        field, permissions = _OWN_ROWS_WITHOUT.get(sobject.name, ("", ()))
        if not field or any(self._caller.has(permission) for permission in permissions):
            return "1"
        return f"{stored(field).format(alias)} = :me"

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Runs a statement that was put together with this."""
        made = sorted(self._made)
        for name in made:
            self.values[f"made_{name}"] = json.dumps(list(MADE[name](self._caller)))
        tables = ", ".join(
            f"made_{name}(number, id, fields) AS MATERIALIZED (SELECT key, json_extract(value, '$[0]'), "
            f"json_extract(value, '$[1]') FROM json_each(:made_{name}))"
            for name in made
        )
        state = self._caller.state
        with state.lock, _broken_off(state.connection):
            return state.connection.execute(f"WITH {tables} {statement}" if made else statement, self.values).fetchall()


@contextmanager
def _broken_off(connection: sqlite3.Connection) -> Iterator[None]:
    """Ends a statement that runs too long: nobody else is served while it holds the org's lock."""
    ends_at_s = time.monotonic() + MOST_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > ends_at_s, _LOOKS_AFTER_STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
