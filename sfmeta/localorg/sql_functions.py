"""What SQLite learns for SOQL: text without regard to case, and ids."""

from __future__ import annotations

import sqlite3

from sfmeta.localorg.ids import is_id, to_18

NO_CASE = "soql"
"""The collation that orders text without regard to case."""

_MENU_ITEM = "0DS"


def fold(value: str | int | float | None) -> str | int | float | None:
    """Text as SOQL compares it: case does not count. What is no text stays as it is."""
    return value.lower() if isinstance(value, str) else value


def menu_item_id(app_id: object) -> str | None:
    """The AppMenuItem of an app: one for each, so the rest of the id is the app's."""
    if not isinstance(app_id, str) or not is_id(app_id):
        return None
    return to_18(_MENU_ITEM + app_id[3:15])


def _compare(left: str, right: str) -> int:
    one, other = left.lower(), right.lower()
    return (one > other) - (one < other)


def teach(connection: sqlite3.Connection) -> None:
    """Gives a connection the functions ``fold`` and ``menu_item_id`` and the collation."""
    connection.create_function("fold", 1, fold, deterministic=True)
    connection.create_function("menu_item_id", 1, menu_item_id, deterministic=True)
    connection.create_collation(NO_CASE, _compare)
