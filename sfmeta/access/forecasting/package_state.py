"""What a package makes of an org: its files deployed, its components deleted, its records changed. Pure.

::

    package_names           what names in files stand for
    app_draft               an app, or what it may become where that is open
    package_apps            ConnectedApp; what all apps have in common
    package_external_apps   the files of an external client app
    package_people          permission sets, groups, profiles, assignments
    package_settings        the boxes, OAuth flows, sessions
    package_others          what no rule knows
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sfmeta.access.forecasting.app_draft import AppDraft, same
from sfmeta.access.forecasting.package_apps import AppFiles, shut
from sfmeta.access.forecasting.package_external_apps import BELONGS_TO, DEPLOY
from sfmeta.access.forecasting.package_names import Names
from sfmeta.access.forecasting.package_notes import Notes
from sfmeta.access.forecasting.package_others import note_others
from sfmeta.access.forecasting.package_people import People
from sfmeta.access.forecasting.package_settings import deploy_settings
from sfmeta.access.forecasting.state import OrgState, Worlds, as_it_is
from sfmeta.access.names import api_name_of
from sfmeta.access.questions import NO_OTHER_BLOCK
from sfmeta.codec import xml
from sfmeta.model.component import Holdings
from sfmeta.model.element import Element
from sfmeta.model.inventory import App, Blocked, Inventory, Standing
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import AppKind
from sfmeta.model.records import RecordChange, RecordKind

_BLOCK = "BlacklistedConsumer"
_UNBLOCKS = "deleting_a_block_unblocks"
_READ = frozenset(
    {
        _BLOCK,
        "ConnectedApp",
        "ExternalClientApplication",
        "MutingPermissionSet",
        "PermissionSet",
        "PermissionSetGroup",
        "Profile",
        "Settings",
        *DEPLOY,
    }
)
"""Types whose files decide; others are never read."""


@dataclass(frozen=True, slots=True)
class PackageChange:
    """What a package does.

    Attributes:
        files: what it deploys.
        deletions: what it deletes.
        records: which grants it makes or takes away.
        held: what the org holds of these components, where that was read; it tells what an audit does not.
    """

    files: Holdings
    deletions: tuple[ComponentId, ...] = ()
    records: tuple[RecordChange, ...] = ()
    held: Holdings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AfterPackage:
    """An org after a package.

    Attributes:
        before: the org as it is.
        state: the org then.
        unresolved: what leaves open whom the package hits.
        warnings: what else the reader should know.
        apps: ``App.key`` of the apps that it changes.
        is_of_many: it changes what people hold, or the org.
    """

    before: OrgState
    state: OrgState
    unresolved: tuple[str, ...]
    warnings: tuple[str, ...]
    apps: frozenset[str]
    is_of_many: bool


def after_package(inventory: Inventory, change: PackageChange) -> AfterPackage:
    """What a package makes of an org.

    Args:
        inventory: the org as it is.
        change: what the package does.

    Raises:
        SourceError: a file that decides is no well-formed XML.
    """
    return _Making(inventory, change).made()


class _Making:
    """The making of one later state."""

    def __init__(self, inventory: Inventory, change: PackageChange) -> None:
        self._inventory, self._change = inventory, change
        self._notes = Notes()
        self._names = Names(inventory, self._notes)
        self._files = AppFiles(inventory, self._names, self._notes)
        self._people = People(inventory, self._names, self._notes)
        self._drafts: dict[str, AppDraft] = {}
        self._deleted: set[str] = set()
        self._blocks: set[str] = set()
        self._before = as_it_is(inventory)
        self._state = self._before
        self._roots = _read(change.files)
        self._held = _read(change.held)

    def made(self) -> AfterPackage:
        for component in sorted({*self._change.files} & {*self._change.deletions}):
            self._notes.open(f"{component} is deployed and deleted: which of them comes last is not told")
        self._deploy("PermissionSet", self._people.permission_set)
        self._deploy("MutingPermissionSet", self._people.muting)
        self._deploy("PermissionSetGroup", self._people.group)
        self._people.unplaced_muting({name.casefold() for name, _ in self._of("PermissionSetGroup")})
        self._deploy("Profile", self._people.profile)
        for name, root in self._of("ConnectedApp"):
            self._connected_app(name, root)
        for type_name in DEPLOY:
            for name, root in self._of(type_name):
                self._external_file(type_name, name, root)
        self._deploy(_BLOCK, self._block)
        for component in sorted(self._change.deletions):
            self._delete(component)
        for change in self._change.records:
            if change.id.kind is RecordKind.ASSIGNMENT:
                self._people.assign(change)
            else:
                self._app_access(change)
        note_others((*self._change.files, *self._change.deletions), self._notes)
        state = replace(self._state, inventory=self._people.inventory())
        for name, root in self._of("Settings"):
            state = deploy_settings(name, root, state, self._notes)
        return self._after(state)

    def _after(self, state: OrgState) -> AfterPackage:
        apps = dict(state.apps)
        worlds: dict[str, Worlds] = {}
        for key, draft in self._drafts.items():
            if gone := self._people.gone:
                draft.change(lambda app: replace(app, grants=app.grants - gone))
            apps[key] = draft.app
            if found := draft.worlds:
                worlds[key] = found
        for key, app in apps.items():
            if key not in self._drafts and not app.grants.isdisjoint(self._people.gone):
                apps[key] = replace(app, grants=app.grants - self._people.gone)
        changed = frozenset(key for key, app in apps.items() if app != self._before.apps[key])
        return AfterPackage(
            self._before,
            replace(state, apps=apps, worlds=worlds, deleted=frozenset(self._deleted)),
            tuple(self._notes.unresolved),
            tuple(self._notes.warnings),
            changed | worlds.keys() | self._deleted,
            state.inventory is not self._inventory or state.org != self._before.org,
        )

    def _of(self, type_name: str) -> list[tuple[str, Element]]:
        return [(one.full_name, root) for one, root in self._roots.items() if one.type == type_name]

    def _deploy(self, type_name: str, deploy: Callable[[str, Element], None]) -> None:
        for name, root in self._of(type_name):
            deploy(name, root)

    def _draft(self, app: App) -> AppDraft:
        return self._drafts.setdefault(app.key, AppDraft(app))

    def _connected_app(self, name: str, root: Element) -> None:
        app = self._names.app(name, AppKind.CONNECTED_APP)
        if app is None:
            label = root.value("label") or ""
            if self._names.apps_labelled(label, AppKind.CONNECTED_APP):
                self._notes.open(f"whether ConnectedApp:{name} is the app {label} of the org cannot be seen")
            return
        held = self._held.get(ComponentId.of("ConnectedApp", name))
        self._files.connected_app(self._draft(app), root, held)

    def _external_file(self, type_name: str, name: str, root: Element) -> None:
        app = self._names.app(root.value(BELONGS_TO) or "", AppKind.EXTERNAL_CLIENT_APP)
        # a new app is nobody's
        if app is not None:
            held = self._held.get(ComponentId.of(type_name, name))
            DEPLOY[type_name](self._files, self._draft(app), root, held)

    def _block(self, name: str, root: Element) -> None:
        how = Blocked.BY_BOX if root.value("blockedByApiWhitelisting") == "true" else Blocked.BY_LIST
        key, label = root.value("consumerKey") or "", root.value("masterLabel") or root.value("consumerName") or ""
        app = self._blocked_app(key, label)
        if app is not None:
            self._blocks.add(app.key)
            self._draft(app).change(lambda one: replace(one, blocked=how))
        elif any(not one.consumer_key for one in self._inventory.apps.values()):
            self._notes.open(
                f"which app BlacklistedConsumer:{name} blocks cannot be seen: the consumer keys of some apps are not "
                f"known, and none of those is called {label or name}"
            )

    def _blocked_app(self, key: str, label: str) -> App | None:
        """The app of a consumer key; where its own is not known, the only one of that label."""
        apps = self._inventory.apps.values()
        by_key = next((app for app in apps if key and app.consumer_key == key), None)
        named = [app for app in apps if not app.consumer_key and app.label == label]
        return by_key or (named[0] if len(named) == 1 else None)

    def _delete(self, component: ComponentId) -> None:
        match component.type:
            case "PermissionSet":
                self._people.delete_set(component.full_name)
            case "PermissionSetGroup":
                self._people.delete_group(component.full_name)
            case "Profile" | "MutingPermissionSet":
                self._people.delete_unknown(component)
            case "ConnectedApp" | "ExternalClientApplication":
                self._delete_app(component)
            case type_name if type_name in DEPLOY:
                self._delete_part(component)
            case type_name if type_name == _BLOCK:
                self._unblock(component)
            case _:
                pass

    def _delete_app(self, component: ComponentId) -> None:
        kind = AppKind.CONNECTED_APP if component.type == "ConnectedApp" else AppKind.EXTERNAL_CLIENT_APP
        app = self._names.app(component.full_name, kind)
        if app is None:
            self._notes.open(f"{component} is deleted, and which app of the org that is cannot be seen")
            return
        self._draft(app).change(same)
        self._deleted.add(app.key)

    def _delete_part(self, component: ComponentId) -> None:
        held = self._held.get(component)
        owner = ComponentId.of("ExternalClientApplication", (held.value(BELONGS_TO) or "") if held else "")
        if owner not in self._change.deletions:
            self._notes.open(f"{component} is deleted: what becomes of its app without that file is not established")

    def _unblock(self, component: ComponentId) -> None:
        held = self._held.get(component)
        app = self._blocked_app(held.value("consumerKey") or "", held.value("masterLabel") or "") if held else None
        if app is None:
            # the file that an org makes of a block is named after the app; the rule of it was not found
            name = component.full_name.casefold()
            blocked = (one for one in self._inventory.apps.values() if one.blocked in (Blocked.BY_LIST, Blocked.BY_BOX))
            named = [one for one in blocked if name in (api_name_of(one.label).casefold(), one.api_name.casefold())]
            app = named[0] if len(named) == 1 else None
        if app is None:
            self._notes.warn(f"{component} is deleted, and which app that lets in cannot be seen")
            return
        if app.key in self._blocks:
            return  # the same package blocks it anew
        draft = self._draft(app)
        draft.fork(_UNBLOCKS, lambda one: replace(one, blocked=_unlisted(one, draft)), same)
        if app.standing is not Standing.USED_ONLY and draft.stops_by_policy is None:
            # the list may have hidden it
            draft.fork(NO_OTHER_BLOCK, same, lambda one: replace(one, blocked=one.blocked or Blocked.BY_POLICY))

    def _app_access(self, change: RecordChange) -> None:
        """Attaches a permission set or profile to an app by a record, or takes it off."""
        parent, subject = change.id.parent, change.id.subject
        apps = self._accessed(subject)
        if parent.startswith("Profile/"):
            profile = self._names.profile(parent.removeprefix("Profile/"))
            id_ = profile.permission_set_id if profile else ""
        else:
            id_ = self._names.set_named(parent)
        if len(apps) != 1 or not id_:
            self._notes.open(f"the record {change.id} is {change.kind}, and whom that hits cannot be seen")
            return
        given = frozenset({id_})
        if change.new is None:
            self._draft(apps[0]).change(lambda app: replace(app, grants=app.grants - given))
        elif change.old is None:
            self._draft(apps[0]).change(lambda app: replace(app, grants=app.grants | given))

    def _accessed(self, subject: str) -> list[App]:
        """The apps that a record may mean: by kind and label, by label alone, or by id."""
        kinds = {
            "ConnectedApplication": AppKind.CONNECTED_APP,
            "ExternalClientApplication": AppKind.EXTERNAL_CLIENT_APP,
        }
        prefix, slash, rest = subject.partition("/")
        kind = kinds.get(prefix) if slash else None
        name = rest if kind else subject
        there = [app for app in self._names.apps_labelled(name, kind) if app.standing is not Standing.USED_ONLY]
        return there or [app for app in self._inventory.apps.values() if app.id and app.id == name]


def _unlisted(app: App, draft: AppDraft) -> Blocked:
    """What shuts an app that is on the list no more, as far as the package tells."""
    return shut(replace(app, blocked=Blocked.NO), stops=draft.stops_by_policy, is_off=draft.is_off)


def _read(files: Holdings) -> Mapping[ComponentId, Element]:
    """The files of the types that decide."""
    return {
        component: xml.parse(entries[0].read(), entries[0].path)
        for component, entries in sorted(files.items())
        if component.type in _READ and entries
    }
