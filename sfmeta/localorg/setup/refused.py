"""Setup's no, and the permissions it asks for."""

from __future__ import annotations

from sfmeta.localorg.caller import has_permission
from sfmeta.localorg.records import Record
from sfmeta.localorg.setup.catalog import say
from sfmeta.localorg.state import State

_LABELS = {
    "AssignPermissionSets": "Assign Permission Sets",
    "CustomizeApplication": "Customize Application",
    "ManageProfilesPermissionsets": "Manage Profiles and Permission Sets",
    "ManageRemoteAccess": "Manage Connected Apps",
    "ManageUsers": "Manage Users",
    "ModifyAllData": "Modify All Data",
    "ViewSetup": "View Setup and Configuration",
}
Needed = tuple[tuple[str, ...], ...]

# each group is enough by itself
MANAGE_APPS: Needed = (("CustomizeApplication", "ModifyAllData"), ("CustomizeApplication", "ManageRemoteAccess"))
GRANT_APPS: Needed = (("CustomizeApplication", "ModifyAllData", "ManageProfilesPermissionsets"),)
ASSIGN: Needed = (("AssignPermissionSets",), ("ManageUsers",))
MANAGE_USERS: Needed = (("ManageUsers",),)
VIEW_SETUP: Needed = (("ViewSetup",),)
VIEW_USERS: Needed = (("ViewSetup", "ManageUsers"),)


class SetupRefused(Exception):
    """Setup did not do it, and changed nothing.

    Attributes:
        rule: the id of the rule that decided (``catalog.py``).
        message: for the person who asked.
    """

    def __init__(self, rule: str, **names: object) -> None:
        self.rule = rule
        self.message = say(rule, **names)
        super().__init__(self.message)


def may(state: State, user_id: str, needed: Needed) -> bool:
    """Whether a user holds all permissions of one of the groups; the org itself ("") may everything."""
    return not user_id or any(all(has_permission(state, user_id, name) for name in group) for group in needed)


def require(state: State, user_id: str, rule: str, needed: Needed) -> None:
    """Asks for permissions.

    Raises:
        SetupRefused: the user lacks them.
    """
    if not may(state, user_id, needed):
        words = " or ".join(" and ".join(_LABELS[name] for name in group) for group in needed)
        raise SetupRefused(rule, permissions=words)


def existing(state: State, id_: str, *sobjects: str, kind: str) -> Record:
    """The record that an action is about.

    Raises:
        SetupRefused: there is none of that id among those sobjects.
    """
    record = state.records.get(id_)
    if record is None or record.sobject not in sobjects:
        raise SetupRefused("setup-not-there", kind=kind, name=id_)
    return record
