"""Ledger entries as the JSON that stands in the ledger."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sfmeta.model.deployment import Deployment, Derivation, Stage, Undo, UndoState
from sfmeta.model.names import ComponentId, JobId, OrgId

_VERSION = 1
_COMPONENTS = ("components", "deletions", "absent_before", "unrecoverable", "unread_after")


def deployment_to_json(deployment: Deployment) -> bytes:
    """An entry as it is written."""
    data = asdict(deployment)
    for name in _COMPONENTS:
        data[name] = [str(item) for item in getattr(deployment, name)]
    data |= {"version": _VERSION, "org_id": str(deployment.org_id)}
    return json.dumps(data, indent=2, sort_keys=True).encode() + b"\n"


def deployment_from_json(text: bytes) -> Deployment:
    """An entry as it was written, also by an older sfmeta.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    data: dict[str, Any] = json.loads(text)
    if data.pop("version") != _VERSION:
        raise ValueError("unknown version")
    for name in _COMPONENTS:
        data[name] = tuple(ComponentId.parse(component) for component in data.get(name, ()))
    return Deployment(
        **{
            **data,
            "org_id": OrgId.parse(data["org_id"]),
            "stage": Stage(data["stage"]),
            "job_id": JobId(data["job_id"]),
            "differences": tuple(data["differences"]),
            # entries of an older sfmeta have none of these
            "derivation": Derivation(**data.get("derivation", {})),
            "undo": _undo(data.get("undo", {})),
        }
    )


def _undo(data: dict[str, Any]) -> Undo:
    if not data:
        return Undo()
    lines = {name: tuple(data[name]) for name in ("losses", "problems")}
    return Undo(**{**data, **lines, "state": UndoState(data["state"])})
