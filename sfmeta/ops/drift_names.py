"""What the sentences of an org's audit trail may call components and users."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.access.components import STANDARD_PROFILES
from sfmeta.codec import xml
from sfmeta.errors import OrgRefused
from sfmeta.model.component import Holdings
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import is_document
from sfmeta.ops.ports import Org
from sfmeta.org.soql import lists

_LABELS = ("label", "masterLabel")
_USERS_PER_QUERY = 200


def names_of(*states: Holdings) -> dict[ComponentId, frozenset[str]]:
    """What a sentence may call each component: its API name and its labels; a profile's name in Setup; for a part of an
    external client app the app's own names."""
    found: dict[ComponentId, set[str]] = {}
    apps: dict[str, set[str]] = {}
    owners: dict[ComponentId, str] = {}
    for component, files in (item for state in states for item in state.items()):
        names = found.setdefault(component, {component.full_name})
        if component.type == "Profile":
            names |= {label for label, name in STANDARD_PROFILES.items() if name == component.full_name}
        elif is_document(component.type):
            root = xml.parse(files[0].read(), files[0].path)
            names |= {value for label in _LABELS if (value := root.value(label))}
            owner = root.value("externalClientApplication")
            if component.type == "ExternalClientApplication":
                apps.setdefault(component.full_name, set()).update(names)
            elif owner:
                owners[component] = owner
    for component, app in owners.items():
        found[component] |= {app} | apps.get(app, set())
    return {component: frozenset(names) for component, names in found.items()}


def names_of_users(org: Org, usernames: Iterable[str]) -> dict[str, frozenset[str]]:
    """What a sentence may call users: their names and ids; nothing where the org does not say."""
    found: dict[str, frozenset[str]] = {}
    for listed in lists(sorted(usernames), _USERS_PER_QUERY):
        try:
            rows = list(org.query(f"SELECT Id, Username, Name FROM User WHERE Username IN ({listed})"))  # noqa: S608 (quoted)
        except OrgRefused:
            return found
        for row in rows:
            # the trail writes ids with 15 characters
            found[str(row["Username"]).lower()] = frozenset({str(row["Id"])[:15], str(row["Name"])})
    return found
