"""Types that have to do with access and that no rule knows: a package that holds one says so, never nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sfmeta.access.forecasting.package_notes import Notes
from sfmeta.access.listing import some
from sfmeta.model.names import ComponentId

_DECIDES: Mapping[str, str] = MappingProxyType(
    {
        "ExtlClntAppOauthSecuritySettings": "what it asks of an external client app's clients",
        "InstalledPackage": "which apps and permission sets come or go with it",
        "LoginFlow": "whom it stops at login",
        "TransactionSecurityPolicy": "which logins and calls it blocks",
        "UserAccessPolicy": "whom it gives or takes permission sets",
    }
)
_TOUCHES: Mapping[str, str] = MappingProxyType(
    {
        "AuthProvider": "who logs in by it",
        "Network": "whether the site's users get in",
        "SamlSsoConfig": "who logs in by it",
    }
)


def note_others(components: Iterable[ComponentId], notes: Notes) -> None:
    """Says of each such type what is not forecast; nothing of types that have nothing to do with access.

    Args:
        components: that are deployed or deleted.
        notes: where it is said.
    """
    found: dict[str, list[str]] = {}
    for component in components:
        found.setdefault(component.type, []).append(component.full_name)
    for type_name, names in sorted(found.items()):
        what = f"{type_name} {some(sorted(names))}"
        if type_name in _DECIDES:
            notes.open(f"{what}: {_DECIDES[type_name]}, no rule knows")
        elif type_name in _TOUCHES:
            notes.warn(f"{what}: {_TOUCHES[type_name]} is not forecast")
