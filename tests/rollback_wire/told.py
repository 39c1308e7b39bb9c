"""What ``sfmeta rollback --json`` said, as the law reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.rollback.law import Said, Spot, spot_of_grant
from tests.rollback.model_org import SET_PREFIX, World

_EXTERNAL = "ExternalClientApplication"
_POLICIES = "ExtlClntAppOauthConfigurablePolicies:"
_LIST = ("commaSeparatedPermissionSet",)


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
    losses += [spot for spot, names in opened(now) if names & gone]
    return Said(tuple(losses), tuple(kept), tuple(met) if theirs else (), met)


def opened(world: World) -> Iterator[tuple[Spot, frozenset[str]]]:
    """The lists of external client apps, and whom each names: all in one value."""
    for component, doc in world.docs.items():
        if component.startswith(_POLICIES) and _LIST in doc:
            yield (component, _LIST), frozenset(name.strip() for name in doc[_LIST].split(","))


def _spot(row: Mapping[str, Any], now: World) -> Spot:
    if "record" in row:
        return _of_grant(str(row["record"]), now)
    return str(row["component"]), tuple(str(row["path"]).split("/")) if row["path"] else ()


def _of_grant(name: str, now: World) -> Spot:
    """A grant on an external client app stands in the file of its policies: there are all of them in one value."""
    _, _, label = name.partition(f"/{_EXTERNAL}/")
    for component, doc in now.docs.items():
        if label and component.startswith(_POLICIES):
            app = now.docs[f"{_EXTERNAL}:{doc['externalClientApplication',]}"]
            if app["label",] == label:
                return component, _LIST
    return spot_of_grant(name, now)
