"""What ``sfmeta rollback --json`` said, as the law reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.rollback.documents import kind_of
from tests.rollback.law import Said, Spot, spot_of_grant
from tests.rollback.model_org import LIST, POLICIES, SET_PREFIX, World, listed

_EXTERNAL = "ExternalClientApplication"


def told(result: Mapping[str, Any], now: World, *, theirs: bool) -> Said:
    """What a rollback, done or refused, listed.

    Args:
        result: of its JSON document.
        now: what the org held when it began.
        theirs: conflicts were given to the org.
    """
    met = frozenset(_spot(row, now) for row in result["conflicts"])
    kept: list[Spot] = []
    for change in result["kept_as_drift"]:
        kept += [(change["component"], tuple(field["path"])) for field in change["fields"]] or [
            (change["component"], ())
        ]
    kept += [_spot(row, now) for row in result["kept_grants"]]
    losses = [_spot(row, now) for row in result.get("losses", ())]
    goes = {item for item, place in losses if not place} | set(result.get("deletions", ()))
    gone = {item.removeprefix(SET_PREFIX) for item in goes if item.startswith(SET_PREFIX)}
    # one that goes leaves the lists of external client apps
    losses += [(name, LIST) for name, doc in now.docs.items() if kind_of(name) == POLICIES and listed(doc) & gone]
    return Said(tuple(losses), tuple(kept), tuple(met) if theirs else (), met)


def _spot(row: Mapping[str, Any], now: World) -> Spot:
    if "record" in row:
        return _of_grant(str(row["record"]), now)
    return str(row["component"]), tuple(str(row["path"]).split("/")) if row["path"] else ()


def _of_grant(name: str, now: World) -> Spot:
    """A grant on an external client app stands in the file of its policies: there are all of them in one value."""
    _, _, label = name.partition(f"/{_EXTERNAL}/")
    for component, doc in now.docs.items():
        if label and kind_of(component) == POLICIES:
            app = now.docs[f"{_EXTERNAL}:{doc['externalClientApplication',]}"]
            if app["label",] == label:
                return component, LIST
    return spot_of_grant(name, now)
