"""Frozen users: each user has a row of UserLogin, which says so.

Source: Object Reference, UserLogin; Help users_freeze.
"""

from __future__ import annotations

from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State


def new_user_login(state: State, user_id: str, *, frozen: bool = False) -> str:
    """Adds the row of a new user.

    Args:
        state: the org.
        user_id: of a User.
        frozen: from the beginning.

    Returns:
        Its id.
    """
    fields: dict[str, Value] = {"UserId": user_id, "IsFrozen": frozen, "IsPasswordLocked": False}
    return state.records.insert("UserLogin", {**fields, "LastModifiedDate": state.clock.stamp()})


def user_login(state: State, user_id: str) -> Record | None:
    """The row of a user, None for one who was there before the org knew of frozen users."""
    return state.records.first("UserLogin", UserId=user_id)


def is_frozen(state: State, user_id: str) -> bool:
    """Whether a user is frozen."""
    row = user_login(state, user_id)
    return row is not None and row.flag("IsFrozen")


def set_frozen(state: State, user_id: str, frozen: bool, by: str) -> None:
    """Freezes or unfreezes a user.

    Args:
        state: the org.
        user_id: of a User.
        frozen: what is to be.
        by: the id of the user who does it, "" for the org itself.
    """
    with state.transaction():
        row = user_login(state, user_id)
        row_id = row.id if row is not None else new_user_login(state, user_id)
        state.records.update(row_id, IsFrozen=frozen, LastModifiedDate=state.clock.stamp(), LastModifiedById=by or None)
