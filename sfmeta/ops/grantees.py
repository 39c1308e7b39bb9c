"""The users of an org to whom something is to be granted: whether they are there, may log in, and are programs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sfmeta.errors import OrgRefused
from sfmeta.ops.audit.logins import Door, door_of
from sfmeta.ops.ports import Org
from sfmeta.org.soql import field_of, lists

_PER_QUERY = 200
"""So many names fit into a query's text."""
BROWSER_DAYS = 30
"""Who was in no browser for so many days is taken for a program."""


@dataclass(frozen=True, slots=True)
class Grantee:
    """A user.

    Attributes:
        id: of the record.
        username: as the org spells it.
        is_active: may log in.
        is_frozen: may not, for now.
    """

    id: str
    username: str
    is_active: bool = True
    is_frozen: bool = False


def read_grantees(org: Org, usernames: Collection[str]) -> Mapping[str, Grantee]:
    """The users of these names that there are, by lower-case name.

    Args:
        org: logged in.
        usernames: compared without case, as an org does.
    """
    found: dict[str, Grantee] = {}
    for some in lists(sorted({name.lower() for name in usernames}), _PER_QUERY):
        rows = org.query(f"SELECT Id, Username, IsActive FROM User WHERE Username IN ({some})")  # noqa: S608 (quoted)
        for row in rows:
            one = Grantee(str(row["Id"]), str(row["Username"]), row.get("IsActive") is not False)
            found[one.username.lower()] = one
    frozen = _frozen(org, [one.id for one in found.values()])
    return {name: replace(one, is_frozen=one.id in frozen) for name, one in found.items()}


def programs(org: Org, people: Collection[Grantee]) -> Mapping[str, str]:
    """Who of these users is no person: why, by id.

    API Only User, or no login in a browser within ``BROWSER_DAYS`` while the org shows such logins of others.

    Args:
        org: logged in. What it does not show to us says nothing.
        people: users.
    """
    found: dict[str, str] = {}
    by_id = {one.id: one for one in people}
    if not by_id:
        return found
    seen = _in_browsers(org, by_id)
    if seen is not None:
        found |= {id_: f"no login in a browser in {BROWSER_DAYS} days" for id_ in by_id if id_ not in seen}
    return found | dict.fromkeys(_api_only(org, by_id), "API Only User")


def _api_only(org: Org, ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in lists(sorted(ids), _PER_QUERY):
        try:
            rows = org.query(
                "SELECT AssigneeId FROM PermissionSetAssignment "  # noqa: S608 (quoted)
                f"WHERE PermissionSet.PermissionsApiUserOnly = true AND AssigneeId IN ({some})"
            )
            found |= {str(row.get("AssigneeId")) for row in rows}
        except OrgRefused:
            return found
    return found


def _in_browsers(org: Org, ids: Collection[str]) -> set[str] | None:
    """Which of these users were in a browser; None where the org shows no such login of anybody."""
    since = f"LoginTime = LAST_N_DAYS:{BROWSER_DAYS}"
    seen: set[str] = set()
    try:
        # LoginType of the login page. Source: Object Reference, LoginHistory
        anybody = org.query(f"SELECT UserId FROM LoginHistory WHERE {since} AND LoginType = 'Application' LIMIT 1")  # noqa: S608 (ours)
        if not any(True for _ in anybody):
            return None
        for some in lists(sorted(ids), _PER_QUERY):
            rows = org.query(
                "SELECT UserId, LoginType, Status FROM LoginHistory "  # noqa: S608 (quoted)
                f"WHERE {since} AND UserId IN ({some}) GROUP BY UserId, LoginType, Status"
            )
            for row in rows:
                if door_of(str(row.get("LoginType"))) is Door.BROWSER and row.get("Status") == "Success":
                    seen.add(str(field_of(row, "UserId")))
    except OrgRefused:
        return None
    return seen


def _frozen(org: Org, ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in lists(sorted(ids), _PER_QUERY):
        try:
            rows = org.query(f"SELECT UserId FROM UserLogin WHERE IsFrozen = true AND UserId IN ({some})")  # noqa: S608 (quoted)
            found |= {str(row["UserId"]) for row in rows}
        except OrgRefused:
            return found  # shown only to who manages users
    return found
