"""What deployments and synchronous calls write into the audit trail: the access family, as Setup words it.

Names, sections and sentences are those of a public list of rows seen in real orgs ("Salesforce Setup Audit Trail
Reference"); permissions stand there by their labels, here by their API names (rule ``trail-permissions``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from sfmeta.localorg.audit import Line, note
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.state import State

_USERS, _GROUPS, _CUSTOM, _APPS = "Manage Users", "Permission Set Group", "Custom Permissions", "Application"


def _names(document: Node | None, section: str = "userPermissions") -> set[str]:
    entries = document.all(section) if document is not None else ()
    return {entry.value("name") for entry in entries if entry.flag("enabled")}


def _permission_set(full_name: str, before: Node | None, after: Node | None) -> Iterator[Line]:
    if after is None:
        yield Line("PermSetDelete", _USERS, f"Deleted permission set {_label(before, full_name)}")
        return
    name = _label(after, full_name)
    changed = f"Changed permission set {name}"
    if before is None:
        licence = after.value("license")
        action = "PermSetCreate" if licence else "PermSetCreateNoLicense"
        how = f"with User License {licence}" if licence else "with no license"
        yield Line(action, _USERS, f"Created permission set {name}: {how}")
    else:
        old = _label(before, full_name)
        if old != name:
            yield Line("PermSetLabelChange", _USERS, f"{changed}: Master Label was changed from {old} to {name}")
        if before.value("description") != after.value("description"):
            yield Line("PermSetDescriptionChange", _USERS, f"{changed}: description was changed")
    given, had = _names(after), _names(before)
    for one in sorted(given - had):
        text = f"{changed}: {one} permission was changed from disabled to enabled"
        yield Line("PermSetEnableUserPerm", _USERS, text)
    for one in sorted(had - given):
        text = f"{changed}: {one} permission was changed from enabled to disabled"
        yield Line("PermSetDisableUserPerm", _USERS, text)
    held, holds = _names(before, "customPermissions"), _names(after, "customPermissions")
    for one in sorted(held ^ holds):
        word = "Enabled" if one in holds else "Disabled"
        action = f"SetupEntityAccessAudit_PermissionSet_CustomPermission_{word}"
        yield Line(action, _USERS, f"{changed}: {one} Custom Permission was {word.lower()}")


def _profile(full_name: str, before: Node | None, after: Node | None) -> Iterator[Line]:
    if before is None or after is None:
        return  # the list has no row for a profile that was made or deleted by an API
    kind = "Custom" if after.flag("custom") else "Standard"
    given, had = _names(after), _names(before)
    for one in sorted(given ^ had):
        was, now = ("disabled", "enabled") if one in given else ("enabled", "disabled")
        text = f"Changed profile {full_name}: general user permission {one} was changed from {was} to {now}"
        yield Line(f"profilePermChanged{kind}", _USERS, text)


def _group(full_name: str, before: Node | None, after: Node | None) -> Iterator[Line]:
    if after is None:
        yield Line("PermissionSetGroupDelete", _GROUPS, f"Deleted permission set group {full_name}")
        return
    if before is None:
        yield Line("PermissionSetGroupCreate", _GROUPS, f"Created permission set group {full_name}")
    had, has = (
        {*document.values("permissionSets"), *document.values("mutingPermissionSets")} if document else set[str]()
        for document in (before, after)
    )
    changed = f"Changed permission set group {full_name}: group member"
    for one in sorted(has - had):
        yield Line("PermissionSetGroupComponentAdd", _GROUPS, f"{changed} {one} was added")
    for one in sorted(had - has):
        yield Line("PermissionSetGroupComponentRemoved", _GROUPS, f"{changed} {one} was removed")


def _custom_permission(full_name: str, before: Node | None, after: Node | None) -> Iterator[Line]:
    if after is None:
        yield Line("CustomPermissionDelete", _CUSTOM, f"Deleted custom permission {full_name}")
    elif before is None:
        yield Line("CustomPermissionCreate", _CUSTOM, f"Created custom permission {full_name}")
    else:
        changed, old, new = f"Changed custom permission {full_name}", before.value("label"), after.value("label")
        if old != new:
            text = f"{changed}: master label was changed from {old} to {new}"
            yield Line("CustomPermissionLabelChange", _CUSTOM, text)
        if before.value("description") != after.value("description"):
            yield Line("CustomPermissionDescriptionChange", _CUSTOM, f"{changed}: description was changed")


def _connected_app(full_name: str, before: Node | None, after: Node | None) -> Iterator[Line]:
    name = _label(after or before, full_name)
    if after is None:
        yield Line("deleteApplication", _APPS, f"Deleted Connected App {name}")
    elif before is None:
        yield Line("insertApplication", _APPS, f"Created Connected App {name}")
    else:
        was, now = (
            "Admin approved users are pre-authorized" if approved else "All users may self-authorize"
            for approved in (_is_approved(before), _is_approved(after))
        )
        if was != now:
            text = f"Changed connected app {name} Permitted Users setting from {was} to {now}"
            yield Line("changeUserRuntimeAccessPolicy", _APPS, text)
    yield from _grants(name, before, after)


def _grants(app: str, before: Node | None, after: Node | None) -> Iterator[Line]:
    kinds = (
        ("permissionSetName", "permission set", "PermissionSet", ""),
        ("profileName", "profile", "Profile", "Custom"),
    )
    for element, words, sobject, ending in kinds:
        had, has = (set(document.values(element)) if document else set[str]() for document in (before, after))
        for one in sorted(had ^ has):
            word = "Enabled" if one in has else "Disabled"
            action = f"SetupEntityAccessAudit_{sobject}_ConnectedApplication_{word}{ending}"
            yield Line(action, _USERS, f"Changed {words} {one}: {app} connected app is {word.lower()}")


def _is_approved(document: Node) -> bool:
    config = document.first("oauthConfig")
    return config is not None and config.flag("isAdminApproved")


def _label(document: Node | None, full_name: str) -> str:
    return (document.value("label") if document is not None else "") or full_name


_TELLERS: Mapping[str, Callable[[str, Node | None, Node | None], Iterator[Line]]] = MappingProxyType(
    {
        "ConnectedApp": _connected_app,
        "CustomPermission": _custom_permission,
        "PermissionSet": _permission_set,
        "PermissionSetGroup": _group,
        "Profile": _profile,
    }
)


def is_told(type_name: str) -> bool:
    """Whether changes of a type are written down."""
    return type_name in _TELLERS


def lines(type_name: str, full_name: str, before: Node | None, after: Node | None) -> Iterator[Line]:
    """What is written down about a component.

    Args:
        type_name: any; only a type that ``is_told`` has lines.
        full_name: of the component.
        before: None where it is new.
        after: None where it is gone.
    """
    teller = _TELLERS.get(type_name)
    return iter(()) if teller is None else teller(full_name, before, after)


_RENAMED: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "CustomPermission": (
            "CustomPermissionDeveloperNameChange",
            _CUSTOM,
            "Changed custom permission {new}: developer name was changed from {old} to {new}",
        ),
        "PermissionSet": (
            "PermSetDeveloperNameChange",
            _USERS,
            "Changed permission set {label}: API name was changed from {old} to {new}",
        ),
    }
)


def tell_rename(state: State, author: str, type_name: str, old: str, new: str, document: Node | None) -> None:
    """Writes down another name, for the types whose sentence is known."""
    found = _RENAMED.get(type_name)
    if found is not None:
        action, section, text = found
        note(state, author, action, section, text.format(old=old, new=new, label=_label(document, new)))
