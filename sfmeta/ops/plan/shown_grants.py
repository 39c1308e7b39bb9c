"""Whether an org really lets in whom a package said: read from its records, never from the file it gives back.

A deployment has been seen to succeed while the grant was not there (forcedotcom/cli#634), and a permission set's file
never shows a grant. Source of the records: object reference, SetupEntityAccess.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.model.plan import AppGrants
from sfmeta.ops.ports import Org
from sfmeta.org.soql import field_of, lists

_NAMES_PER_QUERY = 100
_NOBODY_KNOWS: Mapping[int, str] = MappingProxyType({})


def missing_grants(
    org: Org, wanted: Mapping[int, AppGrants], known: Mapping[int, str] = _NOBODY_KNOWS
) -> dict[int, tuple[str, ...]]:
    """What each app should open to and does not, by its number; only apps where something is missing.

    Args:
        org: logged in.
        wanted: who must be let in, by any number of the app.
        known: by the same number the id of the app, so that a namesake that is open does not hide one that is shut.

    Raises:
        OrgRefused: the org does not show its grants to our user.
    """
    held = _held(org, sorted({one.label for one in wanted.values()}))
    found: dict[int, tuple[str, ...]] = {}
    for number, one in wanted.items():
        there = held.get(one.label, {})
        meant = {id_: names for id_, names in there.items() if id_ == known.get(number)}
        if lacking := _lacking(one, meant or there):
            found[number] = lacking
    return found


def _lacking(wanted: AppGrants, apps: Mapping[str, set[str]]) -> tuple[str, ...]:
    """What no such app has; of two, where nobody knows which is meant, the one that comes nearest is."""
    named = [f"permission set {name}" for name in wanted.permission_sets]
    named += [f"profile {name}" for name in wanted.profiles]
    left = [tuple(name for name in named if name not in there) for there in apps.values()]
    return min(left, key=len, default=tuple(named))


def _held(org: Org, labels: list[str]) -> dict[str, dict[str, set[str]]]:
    """By the label and the id of each app, whom it is open to."""
    found: dict[str, dict[str, set[str]]] = {}
    by_id: dict[str, set[str]] = {}
    for some in lists(labels, _NAMES_PER_QUERY):
        for row in org.query(f"SELECT Id, Name FROM ConnectedApplication WHERE Name IN ({some})"):  # noqa: S608 (quoted)
            by_id[str(row["Id"])] = found.setdefault(str(row["Name"]), {}).setdefault(str(row["Id"]), set())
    for some in lists(sorted(by_id), _NAMES_PER_QUERY):
        rows = org.query(
            "SELECT SetupEntityId, Parent.Name, Parent.Label, Parent.Profile.Name FROM SetupEntityAccess "  # noqa: S608
            f"WHERE SetupEntityId IN ({some})"
        )
        for row in rows:
            there = by_id[str(row["SetupEntityId"])]
            there |= {f"permission set {field_of(row, f'Parent.{name}')}" for name in ("Name", "Label")}
            if profile := field_of(row, "Parent.Profile.Name"):
                there.add(f"profile {profile}")
    return found
