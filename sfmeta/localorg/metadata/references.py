"""What a name in a file stands for in the org: permission sets, profiles, users, by any name that an org takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

STANDARD_PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "Admin": "System Administrator",
        "Standard": "Standard User",
        "ReadOnly": "Read Only",
        "SolutionManager": "Solution Manager",
        "MarketingProfile": "Marketing User",
        "ContractManager": "Contract Manager",
        "StandardAul": "Standard Platform User",
        "HighVolumePortal": "High Volume Customer Portal",
    }
)
"""File name and name in Setup of standard profiles. Admin is from a real retrieve; the others are remembered."""


def permission_set(state: State, name: str) -> Record | None:
    """A permission set by its API name or, where none has it, by its label.

    Source: Metadata API guide, ConnectedApp, says name; trailheadapps/ready-to-fly deploys the label.
    """
    found = permission_set_named(state, name)
    if found is not None:
        return found
    own = (record for record in state.records.find("PermissionSet") if _is_own(record))
    return _by(own, "Label", name)


def permission_set_of_app(state: State, name: str) -> Record | None:
    """A permission set as ``ConnectedApp.permissionSetName`` names it.

    By default whatever ``permission_set`` takes; by its label only where the org answers the open question so.
    """
    if not names_labels(state):
        return permission_set(state, name)
    own = (record for record in state.records.find("PermissionSet") if not record.flag("IsOwnedByProfile"))
    return _by(own, "Label", name)


def names_labels(state: State) -> bool:
    """Whether ``ConnectedApp.permissionSetName`` holds labels in this org."""
    return assumed(state.org, "permission_set_names_are_labels")


def permission_set_named(state: State, name: str) -> Record | None:
    """A permission set by its API name."""
    stored = _component(state, "PermissionSet", name)
    if stored is not None:
        return stored
    return next((record for record in state.records.find("PermissionSet", Name=name) if _is_own(record)), None)


def _is_own(record: Record) -> bool:
    """Whether a permission set is one by itself: not a profile's, and not what a group adds up to."""
    return not record.flag("IsOwnedByProfile") and record["Type"] != "Group"


def permission_set_group(state: State, name: str) -> Record | None:
    """A permission set group by its API name."""
    stored = _component(state, "PermissionSetGroup", name)
    return stored or state.records.first("PermissionSetGroup", DeveloperName=name)


def muting_permission_set(state: State, name: str) -> Record | None:
    """A muting permission set by its API name."""
    stored = _component(state, "MutingPermissionSet", name)
    return stored or state.records.first("MutingPermissionSet", DeveloperName=name)


def group_aggregate(state: State, group_id: str) -> Record | None:
    """The permission set that a group adds up to."""
    every = state.records.find("PermissionSet", PermissionSetGroupId=group_id)
    return next((record for record in every if record["Type"] == "Group"), None)


def profile(state: State, name: str) -> Record | None:
    """A profile by its file name (``Admin``) or its name in Setup (``System Administrator``)."""
    stored = _component(state, "Profile", name)
    if stored is not None:
        return stored
    every = state.records.find("Profile")
    return _by(every, "FullName", name) or _by(every, "Name", name)


def profile_permissions(state: State, profile_record: Record) -> Record:
    """The permission set that a profile owns; made where it is missing."""
    owned = state.records.first("PermissionSet", ProfileId=profile_record.id)
    if owned is None:
        name = f"X{profile_record.id}"
        fields: dict[str, Value] = {
            "Name": name,
            "Label": name,
            "IsOwnedByProfile": True,
            "ProfileId": profile_record.id,
        }
        owned = state.records.get(state.records.insert("PermissionSet", fields))
    if owned is None:
        raise LookupError(profile_record.id)
    return owned


def external_client_app(state: State, name: str) -> Record | None:
    """An external client app by its API name."""
    stored = _component(state, "ExternalClientApplication", name)
    return stored or _by(state.records.find("ExternalClientApplication"), "DeveloperName", name)


def owned_app(state: State, name: str) -> Record | None:
    """A connected app that is a component here, by its API name: one that this org defines.

    Whether apps that are only installed are components, too, is an open question.
    """
    stored = _component(state, "ConnectedApp", name)
    return stored or next((app for app in app_components(state) if app.text("DeveloperName") == name), None)


def app_components(state: State) -> list[Record]:
    """The connected apps that are components here."""
    found = state.records.find("ConnectedApplication", Ownership="owned")
    if assumed(state.org, "installed_apps_are_components"):
        found += state.records.find("ConnectedApplication", Ownership="installed")
    return found


def user(state: State, username: str) -> Record | None:
    """A user by username, in any case."""
    exact = state.records.first("User", Username=username)
    return exact or _by(state.records.find("User"), "Username", username)


def _component(state: State, type_name: str, name: str) -> Record | None:
    """The record of a component that the org holds; names are the same in any case there."""
    stored = Components(state).get(type_name, name)
    return None if stored is None else state.records.get(stored.id)


def _by(records: Iterable[Record], field: str, value: str) -> Record | None:
    wanted = value.casefold()
    return next((record for record in records if record.text(field).casefold() == wanted), None)
