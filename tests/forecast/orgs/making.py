"""What an edit makes of the files that an org holds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.running.keys import make_key_pairs
from sfmeta.localorg.seed import format as form
from sfmeta.localorg.seed.apps import developer_name
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind
from tests.forecast.orgs.edits import Edit
from tests.forecast.orgs.grants import access, assignment
from tests.forecast.orgs.memory import MemoryOrg, key_pair

BOXES = ComponentId.of("Settings", "ConnectedApp")
FLOWS = ComponentId.of("Settings", "OauthOidc")
_POLICIES = "ExtlClntAppOauthConfigurablePolicies"


class Making:
    """One package while it is made.

    Attributes:
        org: where to.
        documents: what the org holds, as far as it is not changed yet.
        changed: what is deployed.
        deleted: what is deleted.
        records: which grants are made or taken away.
    """

    def __init__(self, org: MemoryOrg, documents: dict[ComponentId, Element]) -> None:
        self.org, self.documents = org, documents
        self.changed: set[ComponentId] = set()
        self.deleted: set[ComponentId] = set()
        self.records: list[RecordChange] = []

    def put(self, component: ComponentId, change: Callable[[Element], Element]) -> None:
        if component in self.documents:
            self.documents[component] = change(self.documents[component])
            self.changed.add(component)

    def app(self, label: str) -> form.App:
        return next(app for app in self.org.seed.apps if app.label == label)

    def of_app(self, label: str, type_name: str = "ConnectedApp") -> ComponentId:
        name = developer_name(self.app(label))
        suffix = "_defaultPolicy" if type_name.endswith("Policies") else ""
        return ComponentId.of(type_name, name + suffix)

    def is_external(self, label: str) -> bool:
        return self.app(label).kind == "external_client_app"

    def set_names(self, names: tuple[str, ...]) -> list[str]:
        """As the org's files of apps name them."""
        if assumed(self.org.state.org, "permission_set_names_are_labels"):
            return [name.replace("_", " ") for name in names]
        return list(names)


def _with(root: Element, name: str, *texts: str) -> Element:
    """The element, with these in place of all of that name."""
    kept = root.without(name)
    return kept.with_children((*kept.children, *(Element.of(name, text=text) for text in texts)))


def _inside(root: Element, name: str, change: Callable[[Element], Element]) -> Element:
    inner = change(root.first(name) or Element.of(name))
    kept = root.without(name)
    return kept.with_children((*kept.children, inner)) if inner.children else kept


def _restrict(making: Making, edit: Edit) -> None:
    sets, profiles = edit.values
    if making.is_external(edit.target):

        def policies(root: Element) -> Element:
            root = _with(root, "permittedUsersPolicyType", "AdminApprovedPreAuthorized")
            root = _with(root, "commaSeparatedPermissionSet", ",".join(sets))
            return _with(root, "commaSeparatedProfile", ",".join(profiles))

        making.put(making.of_app(edit.target, _POLICIES), policies)
        return

    def app(root: Element) -> Element:
        root = _inside(root, "oauthConfig", lambda one: _with(one, "isAdminApproved", "true"))
        root = _with(root, "permissionSetName", *(making.set_names(sets) or [""]))
        return _with(root, "profileName", *(profiles or [""]))

    making.put(making.of_app(edit.target), app)


def _open(making: Making, edit: Edit) -> None:
    if making.is_external(edit.target):

        def policies(root: Element) -> Element:
            root = _with(root, "permittedUsersPolicyType", "AllSelfAuthorized")
            return _with(_with(root, "commaSeparatedPermissionSet", ""), "commaSeparatedProfile", "")

        making.put(making.of_app(edit.target, _POLICIES), policies)
        return

    def app(root: Element) -> Element:
        root = _inside(root, "oauthConfig", lambda one: _with(one, "isAdminApproved", "false"))
        return _with(_with(root, "permissionSetName", ""), "profileName", "")

    making.put(making.of_app(edit.target), app)


def _omit(making: Making, edit: Edit) -> None:
    """Leaves the permission sets or the profiles of an admin-approved app out."""
    (is_set,) = edit.values
    if making.is_external(edit.target):
        name = "commaSeparatedPermissionSet" if is_set else "commaSeparatedProfile"
        making.put(making.of_app(edit.target, _POLICIES), lambda root: root.without(name))
        return
    name = "permissionSetName" if is_set else "profileName"
    making.put(making.of_app(edit.target), lambda root: root.without(name))


def _session(making: Making, edit: Edit) -> None:
    (action,) = edit.values
    if making.is_external(edit.target):
        # what the switch says is no part of the policies
        if not making.app(edit.target).enabled:
            return
        change = lambda root: _with(root, "policyAction", *([action] if action else []))  # noqa: E731
        making.put(making.of_app(edit.target, _POLICIES), change)
        return

    def session(one: Element) -> Element:
        level = ["HIGH_ASSURANCE"] if action == "RaiseSessionLevel" else []
        return _with(_with(one, "policyAction", *([action] if action else [])), "sessionLevel", *level)

    making.put(making.of_app(edit.target), lambda root: _inside(root, "sessionPolicy", session))


def _policy(making: Making, edit: Edit) -> None:
    refresh, relaxation = edit.values
    if not making.is_external(edit.target):

        def policy(one: Element) -> Element:
            return _with(_with(one, "refreshTokenPolicy", refresh), "ipRelaxation", relaxation)

        making.put(making.of_app(edit.target), lambda root: _inside(root, "oauthPolicy", policy))
        return
    kind, _, rest = refresh.partition(":")
    amount, _, unit = rest.partition(":")
    words = {"specific_lifetime": "SpecificLifetime", "specific_inactivity": "SpecificInactivity", "zero": "Zero"}

    def policies(root: Element) -> Element:
        root = _with(root, "refreshTokenPolicyType", words.get(kind, "Infinite"))
        root = _with(root, "refreshTokenValidityPeriod", *([amount] if amount else []))
        root = _with(root, "refreshTokenValidityUnit", *([unit.capitalize()] if unit else []))
        spelled = relaxation.capitalize().replace("relaxrefresh", "RelaxRefresh")
        return _with(root, "ipRelaxationPolicyType", spelled)

    making.put(making.of_app(edit.target, _POLICIES), policies)


def _key(making: Making, edit: Edit) -> None:
    """Another certificate, or none, for an app that has one."""
    if not making.app(edit.target).key_pair:
        return
    texts = [other_certificate()] if edit.values == ("other",) else []
    change = lambda one: _with(one, "certificate", *texts)  # noqa: E731
    if making.is_external(edit.target):
        making.put(making.of_app(edit.target, "ExtlClntAppGlobalOauthSettings"), change)
    else:
        making.put(making.of_app(edit.target), lambda root: _inside(root, "oauthConfig", change))


@cache
def other_certificate() -> str:
    """Another certificate than the one that all apps of the harness share."""
    with tempfile.TemporaryDirectory(prefix="sfmeta-keys-") as folder:
        make_key_pairs(Path(folder), ["other"])
        text = Path(folder, "other.crt").read_text()
    assert text.encode() != key_pair()[1]
    return text


def _scopes(making: Making, edit: Edit) -> None:
    (scopes,) = edit.values
    if making.is_external(edit.target):
        change = lambda root: _with(root, "commaSeparatedOauthScopes", ", ".join(scopes))  # noqa: E731
        making.put(making.of_app(edit.target, "ExtlClntAppOauthSettings"), change)
        return
    making.put(
        making.of_app(edit.target),
        lambda root: _inside(root, "oauthConfig", lambda one: _with(one, "scopes", *scopes)),
    )


def _runs_as(making: Making, edit: Edit) -> None:
    (user,) = edit.values
    is_on, users = ("true" if user else "false"), ([user] if user else [])
    if making.is_external(edit.target):

        def policies(root: Element) -> Element:
            return _with(_with(root, "isClientCredentialsFlowEnabled", is_on), "clientCredentialsFlowUser", *users)

        making.put(making.of_app(edit.target, _POLICIES), policies)
        return

    def config(one: Element) -> Element:
        return _with(_with(one, "isClientCredentialEnabled", is_on), "oauthClientCredentialUser", *users)

    making.put(making.of_app(edit.target), lambda root: _inside(root, "oauthConfig", config))


def _switch(making: Making, edit: Edit) -> None:
    is_on = "true" if edit.values[0] else "false"
    component = making.of_app(edit.target, "ExtlClntAppConfigurablePolicies")
    making.put(component, lambda root: _with(root, "isEnabled", is_on))


def _block(making: Making, edit: Edit) -> None:
    app = making.app(edit.target)
    if app.blocked or not app.enabled or any(one.type == "BlacklistedConsumer" for one in making.changed):
        return
    component = ComponentId.of("BlacklistedConsumer", developer_name(app))
    making.documents[component] = Element.of(
        "BlacklistedConsumer",
        Element.of("blockedByApiWhitelisting", text="false"),
        Element.of("consumerKey", text=app.consumer_key),
        Element.of("consumerName", text=developer_name(app)),
        Element.of("masterLabel", text=app.label),
    )
    making.changed.add(component)


def _unblock(making: Making, edit: Edit) -> None:
    component = ComponentId.of("BlacklistedConsumer", developer_name(making.app(edit.target)))
    if component in making.documents:
        making.deleted.add(component)


def _set(making: Making, edit: Edit) -> None:
    permissions, is_session_based = edit.values

    def change(root: Element) -> Element:
        root = _with(root, "hasActivationRequired", "true" if is_session_based else "false").without("userPermissions")
        return root.with_children((*root.children, *permission_elements(permissions)))

    making.put(ComponentId.of("PermissionSet", edit.target), change)


def permission_elements(names: tuple[str, ...], enabled: str = "true") -> list[Element]:
    return [
        Element.of("userPermissions", Element.of("enabled", text=enabled), Element.of("name", text=name))
        for name in names
    ]


def _made(making: Making, edit: Edit) -> None:
    """A new permission set, attached to an app and assigned to a user."""
    permissions, username, attaches = edit.values
    component = ComponentId.of("PermissionSet", "Made")
    if component in making.documents:
        return
    label = Element.of("label", text="Made")
    making.documents[component] = Element.of("PermissionSet", label, *permission_elements(permissions))
    making.changed.add(component)
    record = RecordId(RecordKind.ASSIGNMENT, "Made", username.lower())
    making.records.append(RecordChange(None, Record(record)))
    if edit.target and attaches:
        _restrict(making, Edit("restrict", edit.target, (("Made",), ())))


def _delete(making: Making, edit: Edit) -> None:
    component = ComponentId.of("PermissionSet", edit.target)
    names = {edit.target, edit.target.replace("_", " ")}
    is_named = any(
        names & {text.strip() for text in one.text.split(",")}
        for changed in making.changed
        for _, one in making.documents[changed].walk()
    )
    if (
        component not in making.changed
        and not is_named
        and edit.target not in {one.id.parent for one in making.records}
    ):
        making.deleted.add(component)


def _profile(making: Making, edit: Edit) -> None:
    permissions, is_on = edit.values

    def change(root: Element) -> Element:
        kept = [one for one in root.all("userPermissions") if one.value("name") not in permissions]
        root = root.without("userPermissions")
        more = permission_elements(permissions, "true" if is_on else "false")
        return root.with_children((*root.children, *kept, *more))

    making.put(_profile_of(making, edit.target), change)


def _profile_of(making: Making, name: str) -> ComponentId:
    profile = next(one for one in making.org.seed.profiles if one.name == name)
    return ComponentId.of("Profile", profile.full_name or name)


def _network(making: Making, edit: Edit) -> None:
    ranges, hours = edit.values

    def change(root: Element) -> Element:
        root = root.without("loginIpRanges")
        start, end = Element.of("startAddress", text=ranges[0] if ranges else ""), ranges[1] if ranges else ""
        entry = Element.of("loginIpRanges", Element.of("endAddress", text=end), start) if ranges else None
        root = root.with_children((*root.children, entry or Element.of("loginIpRanges")))
        if hours is None:
            return root
        root = root.without("loginHours")
        days = [Element.of("mondayEnd", text=hours[1]), Element.of("mondayStart", text=hours[0])] if hours else []
        return root.with_children((*root.children, Element.of("loginHours", *days)))

    making.put(_profile_of(making, edit.target), change)


def _box(making: Making, edit: Edit) -> None:
    is_on = "true" if edit.values[0] else "false"
    if "ApiAccessControl" in making.org.seed.org.features:
        making.put(BOXES, lambda root: _with(root, edit.target, is_on))


def _flow(making: Making, edit: Edit) -> None:
    making.put(FLOWS, lambda root: _with(root, edit.target, "true" if edit.values[0] else "false"))


def _group(making: Making, edit: Edit) -> None:
    if edit.values:
        component = ComponentId.of("PermissionSetGroup", edit.target)
        making.put(component, lambda root: _with(root, "permissionSets", *edit.values).without("status"))


def _assign(making: Making, edit: Edit) -> None:
    username, gives, end = edit.values
    found = ComponentId.of("PermissionSet", edit.target)
    record = RecordId(RecordKind.ASSIGNMENT, edit.target, username.lower())
    if found in making.deleted or record in {change.id for change in making.records}:
        return
    row = assignment(making.org, record)
    old = Record(record, row.text("ExpirationDate")) if row is not None else None
    # whether an assignment that has ended stands in the way of a new one is an open question of another kind
    new = Record(record, to_stamp(end) if end else "") if gives else None
    if old != new and not (old and old.expires_at and new):
        making.records.append(RecordChange(old, new))


def _attach(making: Making, edit: Edit) -> None:
    label, gives = edit.values
    found = ComponentId.of("PermissionSet", edit.target)
    if not label or found in making.deleted:
        return
    kind = "ExternalClientApplication" if making.is_external(label) else "ConnectedApplication"
    record = RecordId(RecordKind.APP_ACCESS, edit.target, f"{kind}/{label}")
    is_there = access(making.org, record) is not None
    of_app = {making.of_app(label), making.of_app(label, _POLICIES)}
    if is_there is not gives and not of_app & making.changed and record not in {one.id for one in making.records}:
        making.records.append(RecordChange(None, Record(record)) if gives else RecordChange(Record(record), None))


KINDS: Mapping[str, Callable[[Making, Edit], None]] = {
    "assign": _assign,
    "attach": _attach,
    "block": _block,
    "box": _box,
    "delete": _delete,
    "flow": _flow,
    "group": _group,
    "key": _key,
    "made": _made,
    "network": _network,
    "omit": _omit,
    "open": _open,
    "policy": _policy,
    "profile": _profile,
    "restrict": _restrict,
    "runs_as": _runs_as,
    "scopes": _scopes,
    "session": _session,
    "set": _set,
    "switch": _switch,
    "unblock": _unblock,
}
