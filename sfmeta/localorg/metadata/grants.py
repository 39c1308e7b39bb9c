"""Who may use an app: SetupEntityAccess rows of its permission sets and of the permission sets that profiles own."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

_ALPHABET = string.ascii_letters + string.digits + "._"
GENERATED_KEY = "3MVG9"
"""What every consumer key starts with that Salesforce generated."""


def set_grants(state: State, app: Record, parents: Iterable[str], *, of_profiles: bool) -> None:
    """Makes the given permission sets the only ones with access, among those of profiles or among the others.

    Args:
        state: the org.
        app: a ConnectedApplication or ExternalClientApplication.
        parents: ids of permission sets.
        of_profiles: which half is meant.
    """
    wanted = set(parents)
    for row in state.records.find("SetupEntityAccess", SetupEntityId=app.id):
        parent = state.records.get(row.text("ParentId"))
        if parent is not None and parent.flag("IsOwnedByProfile") is not of_profiles:
            continue
        if row.text("ParentId") in wanted:
            wanted.discard(row.text("ParentId"))
        else:
            state.records.delete(row.id)
    for parent_id in sorted(wanted):
        fields = {"ParentId": parent_id, "SetupEntityId": app.id, "SetupEntityType": app.sobject}
        state.records.insert("SetupEntityAccess", fields)


def granted(state: State, app: Record) -> tuple[list[str], list[str]]:
    """The permission sets (API names, or labels by the assumption) and profiles (as in Setup) of an app, sorted."""
    labels = app.sobject == "ConnectedApplication" and assumed(state.org, "permission_set_names_are_labels")
    permission_sets, profiles = set(), set()
    for row in state.records.find("SetupEntityAccess", SetupEntityId=app.id):
        parent = state.records.get(row.text("ParentId"))
        if parent is None:
            continue
        if not parent.flag("IsOwnedByProfile"):
            permission_sets.add(parent.text("Label" if labels else "Name"))
        elif (owner := state.records.get(parent.text("ProfileId"))) is not None:
            profiles.add(owner.text("Name"))
    return sorted(permission_sets), sorted(profiles)


def remove_grants(state: State, entity_id: str = "", parent_id: str = "") -> None:
    """Takes away all rows of an app, or of a permission set."""
    key = {"SetupEntityId": entity_id} if entity_id else {"ParentId": parent_id}
    state.records.delete_all(state.records.find("SetupEntityAccess", **key))


def new_consumer_key() -> str:
    """A consumer key as Salesforce generates it."""
    return GENERATED_KEY + "".join(secrets.choice(_ALPHABET) for _ in range(80))


def new_consumer_secret() -> str:
    """A consumer secret as Salesforce generates it."""
    return secrets.token_hex(32).upper()


def consumer_key_taken(state: State, key: str, app_id: str = "") -> bool:
    """Whether a key belongs to somebody else: an app of this org, one it knows from outside, or another org's.

    A generated key that is not this org's own was made by another org; keys are unique across Salesforce.
    """
    for sobject in ("ConnectedApplication", "ExternalClientApplication", "ForeignApp"):
        holder = state.records.first(sobject, ConsumerKey=key)
        if holder is not None:
            return holder.id != app_id
    return key.startswith(GENERATED_KEY)


def as_pem(text: str) -> str:
    """A certificate as PEM; files hold it with or without the armour."""
    body = bare_certificate(text)
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]) if body else ""


def bare_certificate(text: str) -> str:
    """A certificate as orgs give it back: base64 without armour (real retrieves in public repositories)."""
    return re.sub(r"-----[A-Z ]+-----|\s", "", text)
