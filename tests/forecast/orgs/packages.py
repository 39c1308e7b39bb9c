"""Random packages for random orgs: what an org holds is retrieved, a few things of it are changed, and it goes back.

An ``Edit`` is drawn from the seed alone; what it means is found out in the org, so that a package is made of whole files
as the org gives them. ``Packager.undo`` is the package that puts the files back.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from sfmeta.codec import xml
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema, compile_table
from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.seed import format as form
from sfmeta.localorg.seed.apps import developer_name
from sfmeta.model.component import Entry, Holdings, Package
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind
from sfmeta.ops.ports import Tools
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.org.client import OrgClient
from sfmeta.org.polling import wait_for
from sfmeta.source.archive import write_zip
from sfmeta.source.package import build_package
from sfmeta.source.paths import package_path
from sfmeta.workspace.cache import shipped_wsdl
from tests.forecast.orgs.draws import some
from tests.forecast.orgs.memory import NOW, MemoryOrg, key_pair
from tests.forecast.orgs.seeds import SPECIAL

TYPES = (
    "BlacklistedConsumer",
    "ConnectedApp",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
    "PermissionSet",
    "PermissionSetGroup",
    "Profile",
)
BOXES = ComponentId.of("Settings", "ConnectedApp")
FLOWS = ComponentId.of("Settings", "OauthOidc")
VERSION = ApiVersion(63)
_POLICIES = "ExtlClntAppOauthConfigurablePolicies"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a package.

    Attributes:
        kind: which, a key of ``_KINDS``.
        target: the app's label, the permission set's name, the profile's name, the switch.
        values: what it is set to.
    """

    kind: str
    target: str = ""
    values: tuple[Any, ...] = ()


@dataclass(slots=True)
class Sent:
    """A package for one org.

    Attributes:
        files: what is deployed.
        deletions: what is deleted.
        records: which grants are made or taken away.
        held: what the org holds of all of it.
    """

    files: dict[ComponentId, tuple[Entry, ...]] = field(default_factory=dict)
    deletions: tuple[ComponentId, ...] = ()
    records: tuple[RecordChange, ...] = ()
    held: Holdings = field(default_factory=dict)


@st.composite
def edits(draw: st.DrawFn, seed: form.Seed) -> tuple[Edit, ...]:
    """One to three changes that could be made of an org."""
    return tuple(draw(_edit(seed)) for _ in range(draw(st.integers(1, 3))))


@st.composite
def _edit(draw: st.DrawFn, seed: form.Seed) -> Edit:
    apps = [app for app in seed.apps if app.ownership == "owned"]
    sets = [one.name for one in seed.permission_sets]
    profiles = [one.name for one in seed.profiles]
    users = [user.username for user in seed.users]
    kinds = ["profile", "network", "box", "flow", "block", "made"]
    kinds += ["unblock"] if any(app.blocked == "block_list" for app in seed.apps) else []
    kinds += ["restrict", "restrict", "open", "omit", "session", "policy", "key", "scopes", "runs_as"] if apps else []
    kinds += ["switch"] if any(app.kind == "external_client_app" for app in apps) else []
    kinds += ["set", "delete", "assign", "assign", "attach"] if sets else []
    kinds += ["group"] if seed.permission_set_groups else []
    kind = draw(st.sampled_from(kinds))
    permissions = tuple(draw(some((*SPECIAL, "ApiEnabled"))))
    match kind:
        case "profile":
            on = draw(st.booleans())
            return Edit(kind, draw(st.sampled_from(profiles[1:])), (permissions, on))
        case "network":
            ranges = draw(st.sampled_from([(), ("10.0.0.0", "10.255.255.255"), ("127.0.0.1", "127.0.0.1")]))
            hours = draw(st.sampled_from([(), ("480", "1080"), ("0", "480"), None]))
            return Edit(kind, draw(st.sampled_from(profiles[1:])), (ranges, hours))
        case "box":
            return Edit(kind, draw(st.sampled_from([INTERNAL_BOX, EXTERNAL_BOX])), (draw(st.booleans()),))
        case "flow":
            name = draw(st.sampled_from(["blockOAuthUnPwFlow", "blockOAuthUsrAgtFlow"]))
            return Edit(kind, name, (draw(st.booleans()),))
        case "made":
            app = draw(st.sampled_from([app.label for app in apps])) if apps else ""
            return Edit(kind, app, (permissions, draw(st.sampled_from(users)), draw(st.booleans())))
        case "block":
            return Edit(kind, draw(st.sampled_from([app.label for app in seed.apps])))
        case "unblock":
            return Edit(kind, draw(st.sampled_from([app.label for app in seed.apps if app.blocked == "block_list"])))
        case "set":
            return Edit(kind, draw(st.sampled_from(sets)), (permissions, draw(st.integers(0, 5)) == 5))
        case "delete":
            return Edit(kind, draw(st.sampled_from(sets)))
        case "assign":
            end = draw(st.sampled_from([None, None, NOW + timedelta(days=3)]))
            return Edit(kind, draw(st.sampled_from(sets)), (draw(st.sampled_from(users)), draw(st.booleans()), end))
        case "attach":
            there = [app.label for app in seed.apps if app.ownership != "uninstalled"]
            label = draw(st.sampled_from(there)) if there else ""
            return Edit(kind, draw(st.sampled_from(sets)), (label, draw(st.booleans())))
        case "group":
            name = draw(st.sampled_from([group.name for group in seed.permission_set_groups]))
            return Edit(kind, name, tuple(draw(some(sets, 3))))
        case _:
            return _edit_of_app(draw, kind, apps, sets, profiles, users)


def _edit_of_app(
    draw: st.DrawFn, kind: str, apps: list[form.App], sets: list[str], profiles: list[str], users: list[str]
) -> Edit:
    if kind == "switch":
        apps = [app for app in apps if app.kind == "external_client_app"]
    values: Mapping[str, st.SearchStrategy[tuple[Any, ...]]] = {
        "restrict": st.tuples(some(sets).map(tuple), some(profiles).map(tuple)),
        "open": st.just(()),
        "omit": st.tuples(st.booleans()),
        "session": st.tuples(st.sampled_from(["Block", "RaiseSessionLevel", ""])),
        "policy": st.tuples(
            st.sampled_from(["infinite", "zero", "specific_lifetime:7:DAYS", "specific_inactivity:3:DAYS"]),
            st.sampled_from(["ENFORCE", "BYPASS", "BYPASS_2FACTOR", "ENFORCE_RELAXREFRESH"]),
        ),
        "key": st.tuples(st.sampled_from(["other", "none"])),
        "scopes": st.tuples(st.sampled_from([("Api", "RefreshToken"), ("Web", "RefreshToken"), ("OpenID",)])),
        "runs_as": st.tuples(st.sampled_from(["", *users])),
        "switch": st.tuples(st.booleans()),
    }
    return Edit(kind, draw(st.sampled_from([app.label for app in apps])), draw(values[kind]))


class Packager:
    """Makes packages of edits for an org, and sends them.

    Args:
        org: where to.
    """

    def __init__(self, org: MemoryOrg, tools: Tools) -> None:
        self.org, self._tools = org, tools
        self._client: OrgClient = org.client()[0]

    def package(self, wanted: tuple[Edit, ...]) -> Sent:
        """The package of some edits; empty where none of them means anything in this org."""
        held = self._retrieved()
        making = _Making(self.org, {one: xml.parse(files[0].read()) for one, files in held.items()})
        for edit in wanted:
            _KINDS[edit.kind](making, edit)
        files = {one: (_entry(one, making.documents[one]),) for one in sorted(making.changed - making.deleted)}
        touched = {*files, *making.deleted}
        return Sent(
            files,
            tuple(sorted(making.deleted)),
            tuple(making.records),
            {one: held[one] for one in touched if one in held},
        )

    def undo(self, sent: Sent) -> Sent:
        """The package that puts back what another changed: files as they were, what was made is deleted."""
        made = {one for one in sent.files if one not in sent.held}
        now = self._retrieved()
        files = {one: entries for one, entries in sent.held.items() if one not in sent.deletions}
        # what a profile gained is only gone where it is written so
        for one in [one for one in files if one.type == "Profile"]:
            files[one] = (_entry(one, _revoking(xml.parse(files[one][0].read()), xml.parse(now[one][0].read()))),)
        again = {one: sent.held[one] for one in sent.deletions if one.type == "BlacklistedConsumer"}
        records = tuple(
            change.inverse() for change in sent.records if change.id.parent not in {x.full_name for x in made}
        )
        touched = {*files, *again, *made}
        return Sent({**files, **again}, tuple(sorted(made)), records, {one: now[one] for one in touched if one in now})

    def send(self, sent: Sent) -> bool:
        """Deploys it and changes its records; False where the org refuses the deployment, and then nothing happened."""
        if sent.files or sent.deletions:
            entries = [entry for found in sent.files.values() for entry in found]
            if not self._deployed(build_package(entries, VERSION, delete_after=sent.deletions)):
                return False
        for change in sent.records:
            _record(self.org, change)
        return True

    def _deployed(self, package: Package) -> bool:
        archive = io.BytesIO()
        write_zip(package.entries, archive)
        archive.seek(0)
        job = self._client.start_deploy(archive, DeployOptions())
        return wait_for(job, lambda: self._client.deploy_status(job), self._tools.clock, 60).success

    def _retrieved(self) -> dict[ComponentId, tuple[Entry, ...]]:
        wanted = [ComponentId.of(name, "*") for name in TYPES]
        return dict(take_snapshot(self._client, [*wanted, BOXES, FLOWS], self._tools).holdings)


class _Making:
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


def _restrict(making: _Making, edit: Edit) -> None:
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


def _open(making: _Making, edit: Edit) -> None:
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


def _omit(making: _Making, edit: Edit) -> None:
    """Leaves the permission sets or the profiles of an admin-approved app out."""
    (is_set,) = edit.values
    if making.is_external(edit.target):
        name = "commaSeparatedPermissionSet" if is_set else "commaSeparatedProfile"
        making.put(making.of_app(edit.target, _POLICIES), lambda root: root.without(name))
        return
    name = "permissionSetName" if is_set else "profileName"
    making.put(making.of_app(edit.target), lambda root: root.without(name))


def _session(making: _Making, edit: Edit) -> None:
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


def _policy(making: _Making, edit: Edit) -> None:
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


def _key(making: _Making, edit: Edit) -> None:
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
    import tempfile
    from pathlib import Path

    from sfmeta.localorg.running.keys import make_key_pairs

    with tempfile.TemporaryDirectory(prefix="sfmeta-keys-") as folder:
        make_key_pairs(Path(folder), ["other"])
        text = Path(folder, "other.crt").read_text()
    assert text.encode() != key_pair()[1]
    return text


def _scopes(making: _Making, edit: Edit) -> None:
    (scopes,) = edit.values
    if making.is_external(edit.target):
        change = lambda root: _with(root, "commaSeparatedOauthScopes", ", ".join(scopes))  # noqa: E731
        making.put(making.of_app(edit.target, "ExtlClntAppOauthSettings"), change)
        return
    making.put(
        making.of_app(edit.target),
        lambda root: _inside(root, "oauthConfig", lambda one: _with(one, "scopes", *scopes)),
    )


def _runs_as(making: _Making, edit: Edit) -> None:
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


def _switch(making: _Making, edit: Edit) -> None:
    is_on = "true" if edit.values[0] else "false"
    component = making.of_app(edit.target, "ExtlClntAppConfigurablePolicies")
    making.put(component, lambda root: _with(root, "isEnabled", is_on))


def _block(making: _Making, edit: Edit) -> None:
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


def _unblock(making: _Making, edit: Edit) -> None:
    component = ComponentId.of("BlacklistedConsumer", developer_name(making.app(edit.target)))
    if component in making.documents:
        making.deleted.add(component)


def _set(making: _Making, edit: Edit) -> None:
    permissions, is_session_based = edit.values

    def change(root: Element) -> Element:
        root = _with(root, "hasActivationRequired", "true" if is_session_based else "false").without("userPermissions")
        return root.with_children((*root.children, *_permissions(permissions)))

    making.put(ComponentId.of("PermissionSet", edit.target), change)


def _permissions(names: tuple[str, ...], enabled: str = "true") -> list[Element]:
    return [
        Element.of("userPermissions", Element.of("enabled", text=enabled), Element.of("name", text=name))
        for name in names
    ]


def _made(making: _Making, edit: Edit) -> None:
    """A new permission set, attached to an app and assigned to a user."""
    permissions, username, attaches = edit.values
    component = ComponentId.of("PermissionSet", "Made")
    if component in making.documents:
        return
    label = Element.of("label", text="Made")
    making.documents[component] = Element.of("PermissionSet", label, *_permissions(permissions))
    making.changed.add(component)
    record = RecordId(RecordKind.ASSIGNMENT, "Made", username.lower())
    making.records.append(RecordChange(None, Record(record)))
    if edit.target and attaches:
        _restrict(making, Edit("restrict", edit.target, (("Made",), ())))


def _delete(making: _Making, edit: Edit) -> None:
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


def _profile(making: _Making, edit: Edit) -> None:
    permissions, is_on = edit.values

    def change(root: Element) -> Element:
        kept = [one for one in root.all("userPermissions") if one.value("name") not in permissions]
        root = root.without("userPermissions")
        more = _permissions(permissions, "true" if is_on else "false")
        return root.with_children((*root.children, *kept, *more))

    making.put(_profile_of(making, edit.target), change)


def _profile_of(making: _Making, name: str) -> ComponentId:
    profile = next(one for one in making.org.seed.profiles if one.name == name)
    return ComponentId.of("Profile", profile.full_name or name)


def _network(making: _Making, edit: Edit) -> None:
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


def _box(making: _Making, edit: Edit) -> None:
    is_on = "true" if edit.values[0] else "false"
    if "ApiAccessControl" in making.org.seed.org.features:
        making.put(BOXES, lambda root: _with(root, edit.target, is_on))


def _flow(making: _Making, edit: Edit) -> None:
    making.put(FLOWS, lambda root: _with(root, edit.target, "true" if edit.values[0] else "false"))


def _group(making: _Making, edit: Edit) -> None:
    if edit.values:
        component = ComponentId.of("PermissionSetGroup", edit.target)
        making.put(component, lambda root: _with(root, "permissionSets", *edit.values).without("status"))


def _assign(making: _Making, edit: Edit) -> None:
    username, gives, end = edit.values
    found = ComponentId.of("PermissionSet", edit.target)
    record = RecordId(RecordKind.ASSIGNMENT, edit.target, username.lower())
    if found in making.deleted or record in {change.id for change in making.records}:
        return
    row = _assignment(making.org, record)
    old = Record(record, row.text("ExpirationDate")) if row is not None else None
    # whether an assignment that has ended stands in the way of a new one is an open question of another kind
    new = Record(record, to_stamp(end) if end else "") if gives else None
    if old != new and not (old and old.expires_at and new):
        making.records.append(RecordChange(old, new))


def _attach(making: _Making, edit: Edit) -> None:
    label, gives = edit.values
    found = ComponentId.of("PermissionSet", edit.target)
    if not label or found in making.deleted:
        return
    kind = "ExternalClientApplication" if making.is_external(label) else "ConnectedApplication"
    record = RecordId(RecordKind.APP_ACCESS, edit.target, f"{kind}/{label}")
    is_there = _access(making.org, record) is not None
    of_app = {making.of_app(label), making.of_app(label, _POLICIES)}
    if is_there is not gives and not of_app & making.changed and record not in {one.id for one in making.records}:
        making.records.append(RecordChange(None, Record(record)) if gives else RecordChange(Record(record), None))


def _assignment(org: MemoryOrg, record: RecordId) -> Any:
    owned = org.state.records.first("PermissionSet", Name=record.parent)
    if owned is None:
        return None
    user = org.user(record.subject)
    return org.state.records.first("PermissionSetAssignment", AssigneeId=user.id, PermissionSetId=owned.id)


def _access(org: MemoryOrg, record: RecordId) -> Any:
    owned = org.state.records.first("PermissionSet", Name=record.parent)
    app = org.app(record.subject.partition("/")[2])
    return owned and org.state.records.first("SetupEntityAccess", ParentId=owned.id, SetupEntityId=app.id)


def _record(org: MemoryOrg, change: RecordChange) -> None:
    """Makes a record of a grant what it is to be."""
    records, record = org.state.records, change.id
    owned = records.first("PermissionSet", Name=record.parent)
    assert owned is not None, record
    if record.kind is RecordKind.ASSIGNMENT:
        there = _assignment(org, record)
        if there is not None:
            records.delete(there.id)
        if change.new is not None:
            fields: dict[str, Any] = {"ExpirationDate": change.new.expires_at or None}
            user = org.user(record.subject)
            records.insert("PermissionSetAssignment", {"AssigneeId": user.id, "PermissionSetId": owned.id, **fields})
        return
    there = _access(org, record)
    if there is not None:
        records.delete(there.id)
    if change.new is not None:
        kind, _, label = record.subject.partition("/")
        fields = {"ParentId": owned.id, "SetupEntityId": org.app(label).id, "SetupEntityType": kind}
        records.insert("SetupEntityAccess", fields)


_KINDS: Mapping[str, Callable[[_Making, Edit], None]] = {
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


def _revoking(was: Element, now: Element) -> Element:
    """A profile's file that takes away what the profile gained, and clears what it had not."""
    before = {one.value("name") for one in was.all("userPermissions")}
    gained = tuple(name for one in now.all("userPermissions") if (name := one.value("name")) and name not in before)
    more = [*_permissions(gained, "false")]
    more += [Element.of(name) for name in ("loginHours", "loginIpRanges") if now.first(name) and not was.first(name)]
    return was.with_children((*was.children, *more))


def _entry(component: ComponentId, root: Element) -> Entry:
    return Entry.of(package_path(component), xml.write(canonical(root, _schema())))


@cache
def _schema() -> Schema:
    return Schema.load(compile_table(shipped_wsdl().read_bytes()))
