"""Blocked consumer keys: who put them on the list, and whether taking them off lets the app in again.

A block is a ``BlacklistedConsumer``. Whether deleting that component by metadata unblocks the app is an open question
(``deleting_a_block_unblocks``); Setup's Unblock does, and goes through ``unblock``.
"""

from __future__ import annotations

from sfmeta.localorg.records import Value
from sfmeta.localorg.state import State

# a block that outlived its component
_LEFT = "BlockWithoutComponent"


def block(state: State, consumer_key: str, name: str, label: str, *, by_box: bool = False) -> None:
    """Puts a consumer key on the list; one that is there stays as it is.

    Args:
        state: the org.
        consumer_key: whose.
        name: the consumer's name.
        label: as people see it.
        by_box: API Access Control did it, not an administrator.
    """
    if not consumer_key or state.records.first("BlacklistedConsumer", ConsumerKey=consumer_key) is not None:
        return
    fields: dict[str, Value] = {
        "ConsumerKey": consumer_key,
        "ConsumerName": name,
        "MasterLabel": label,
        "BlockedByApiWhitelisting": by_box,
    }
    state.records.insert("BlacklistedConsumer", fields)


def unblock(state: State, consumer_key: str) -> bool:
    """Takes a consumer key off the list, as Setup does; False where it was not on it."""
    found = [
        row
        for sobject in ("BlacklistedConsumer", _LEFT)
        for row in state.records.find(sobject, ConsumerKey=consumer_key)
    ]
    state.records.delete_all(found)
    return bool(found)


def leave_block(state: State, consumer_key: str) -> None:
    """Keeps a key blocked although its component is deleted."""
    if consumer_key and state.records.first(_LEFT, ConsumerKey=consumer_key) is None:
        state.records.insert(_LEFT, {"ConsumerKey": consumer_key})


def is_blocked(state: State, consumer_key: str) -> bool:
    """Whether a consumer key is shut out."""
    if not consumer_key:
        return False
    return any(state.records.first(sobject, ConsumerKey=consumer_key) for sobject in ("BlacklistedConsumer", _LEFT))
