"""What the owners of the made-up apps know: for the back door, so that a test can log in with any of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sfmeta.localorg.apps import all_apps
from sfmeta.localorg.records import Record
from sfmeta.localorg.running.keys import key_file
from sfmeta.localorg.state import State


def credentials(state: State, keys: Path) -> list[dict[str, Any]]:
    """The credentials of every app, installed here or not.

    Args:
        state: the org.
        keys: where the private keys of apps lie.
    """
    with state.lock:
        records: list[Record] = [app.record for app in all_apps(state)] + state.records.find("ForeignApp")
        return [_of(record, keys) for record in records]


def _of(record: Record, keys: Path) -> dict[str, Any]:
    name = record.text("DeveloperName")
    file = key_file(keys, name)
    return {
        "label": record.text("MasterLabel") or record.text("Name"),
        "name": record.text("Name") or name,
        "developer_name": name,
        "client_id": record.text("ConsumerKey"),
        "client_secret": record.text("ConsumerSecret"),
        "private_key_file": str(file) if name and file.exists() else None,
    }
