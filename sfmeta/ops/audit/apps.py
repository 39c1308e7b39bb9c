"""Apps as an inventory shows them: what the tables say, completed by their files and the block list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sfmeta.access.app_elements import refresh_policy
from sfmeta.model.element import Element
from sfmeta.model.inventory import App, Blocked, Gap, Standing
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import AppKind
from sfmeta.ops.audit import app_files
from sfmeta.ops.audit.app_tables import AppTables
from sfmeta.ops.audit.components import Components
from sfmeta.ops.audit.people import Access
from sfmeta.ops.audit.rows import Row, number, record_id, text
from sfmeta.org.soql import field_of, moment_of
from sfmeta.report.words import counted

USED = "used:"
"""What the key of a used-only app begins with."""


@dataclass(frozen=True, slots=True)
class Apps:
    """The apps that are defined or installed here, and those that are only blocked.

    Attributes:
        apps: by key.
        gaps: what does not fit together.
    """

    apps: Mapping[str, App]
    gaps: tuple[Gap, ...] = ()


def known_apps(tables: AppTables, components: Components, access: Access, org_id: str) -> Apps:
    """Puts them together."""
    gaps: list[Gap] = []
    found = [_connected(row, tables, components, org_id) for row in tables.connected]
    found += [_external(row, tables, components) for row in tables.external]
    attached = [_attached(app, tables, named, access, gaps) for app, named in found]
    gaps += _without_file(attached, components)
    return Apps(_blocked(attached, components), tuple(gaps))


_Named = tuple[frozenset[str], frozenset[str]]  # names of permission sets and of profiles in an app's file


def _connected(row: Row, tables: AppTables, components: Components, org_id: str) -> tuple[App, _Named]:
    id_ = record_id(row, "Id")
    more = tables.tooling.get(id_, {})
    developer_name, action = text(more, "DeveloperName"), text(more, "SessionPolicyAction")
    full_name, root = _file("ConnectedApp", id_, developer_name, text(row, "Name"), components)
    timeout = text(more, "SessionTimeout")
    app = App(
        key=id_,
        label=text(row, "Name"),
        standing=_standing(root, full_name, text(more, "ApplicationOrg"), org_id),
        id=id_,
        api_name=full_name or developer_name,
        admin_approved=field_of(row, "OptionsAllowAdminApprovedUsersOnly") is True,
        blocked=Blocked.BY_POLICY if action == "Block" else Blocked.NO,
        raises_session_level=action == "RaiseSessionLevel",
        session_minutes=int(timeout) if timeout.isdigit() else None,
        created=moment_of(row, "CreatedDate"),
    )
    if root is None:
        return app, (frozenset(), frozenset())
    return app_files.of_connected_app(app, root), app_files.attached_to_connected_app(root)


def _external(row: Row, tables: AppTables, components: Components) -> tuple[App, _Named]:
    id_ = record_id(row, "Id")
    policy = tables.external_policies.get(id_, {})
    permitted = text(policy, "PermittedUsersPolicyType")
    kind, unit = text(policy, "RefreshTokenPolicyType"), text(policy, "RefreshTokenValidityUnit")
    app = App(
        key=id_,
        label=text(row, "MasterLabel"),
        kind=AppKind.EXTERNAL_CLIENT_APP,
        standing=Standing.INSTALLED if text(row, "DistributionState") == "Packaged" else Standing.OWNED,
        id=id_,
        api_name=text(row, "DeveloperName"),
        admin_approved=permitted == "AdminApprovedPreAuthorized" if permitted else None,
        refresh_policy=refresh_policy(kind, text(policy, "RefreshTokenValidityPeriod"), unit),
        session_minutes=number(policy, "SessionTimeoutInMinutes") or None,
        created=moment_of(row, "CreatedDate"),
    )
    family = app_files.family_of(app.api_name, components)
    return app_files.of_external_app(app, family), app_files.attached_to_external_app(family)


def _file(
    type_name: str, id_: str, developer_name: str, label: str, components: Components
) -> tuple[str, Element | None]:
    """The file of an app: by the id that the retrieve gave for it, its API name, or its label where that is its own."""
    found = components.with_id(id_)
    if found is None and developer_name:
        found = ComponentId.of(type_name, developer_name)
    elif found is None:
        labelled = components.holding(type_name, "label", label)
        found = labelled[0] if len(labelled) == 1 else None
    root = components.files.get(found) if found else None
    return ("", None) if found is None or root is None else (found.full_name, root)


def _standing(root: Element | None, full_name: str, defined_in: str, org_id: str) -> Standing:
    """Owned where the org gives the app's file: only apps made in the org appear (certinia/apex-mdapi#108, 2015).

    A namespace in its name, or another org in ``ApplicationOrg`` (@salesforce/types; its meaning is not confirmed),
    makes it an installed one all the same.
    """
    elsewhere = defined_in.startswith("00D") and defined_in[:15] != org_id[:15]
    return Standing.INSTALLED if root is None or elsewhere or "__" in full_name else Standing.OWNED


def _attached(app: App, tables: AppTables, named: _Named, access: Access, gaps: list[Gap]) -> App:
    """The app with its grants: SetupEntityAccess where it can be read, else what its file names."""
    of_file = _by_names(named, access)
    if not tables.grants_are_known:
        return replace(app, grants=of_file, grants_from="metadata")
    grants = tables.grants.get(app.id, frozenset())
    if of_file - grants:
        names = sorted(access.permission_sets[one].label or one for one in of_file - grants)
        said = f"The file of {app.label} attaches {', '.join(names)}, SetupEntityAccess does not"
        gaps.append(Gap("grants-differ", said, "Look at the app's page in Setup"))
    return replace(app, grants=grants)


def _without_file(apps: Iterable[App], components: Components) -> list[Gap]:
    """Apps whose policies the org shows nobody: RefreshTokenValidityPeriod has no unit (Object Reference)."""
    installed = sorted(
        app.label for app in apps if app.kind is AppKind.CONNECTED_APP and app.standing is Standing.INSTALLED
    )
    if not installed or not components.is_read:
        return []
    said = (
        f"The org gives no file for {counted(len(installed), 'installed app')} ({', '.join(installed)}): refresh token "
        "policy, IP relaxation and scopes are not known"
    )
    return [Gap("installed-apps", said, "Look at their policies in Setup, Manage Connected Apps")]


def _by_names(named: _Named, access: Access) -> frozenset[str]:
    """Ids of permission sets by API name or label, and of profiles by name: files use any of these."""
    sets, profiles = named
    if not (sets or profiles):
        return frozenset()
    found = {one.id for one in access.permission_sets.values() if not one.profile_id and {one.name, one.label} & sets}
    found |= {one.permission_set_id for one in access.profiles.values() if one.name in profiles}
    return frozenset(found)


def _blocked(apps: Sequence[App], components: Components) -> dict[str, App]:
    """The apps with the block list on them; what it names and no table knows is an app of its own."""
    found = {app.key: app for app in apps}
    for _, root in components.of("BlacklistedConsumer"):
        key, label = root.value("consumerKey") or "", root.value("masterLabel") or root.value("consumerName") or ""
        by_box = root.value("blockedByApiWhitelisting") == "true"
        how = Blocked.BY_BOX if by_box else Blocked.BY_LIST
        app = _owner_of(key, label, apps) or App(f"{USED}{label}", label, consumer_key=key)
        found[app.key] = replace(found.get(app.key, app), blocked=how, consumer_key=key or app.consumer_key)
    return found


def _owner_of(key: str, label: str, apps: Iterable[App]) -> App | None:
    """The app with a consumer key; where its key is not known, the only one of that label."""
    by_key = next((app for app in apps if key and app.consumer_key == key), None)
    named = [app for app in apps if not app.consumer_key and app.label == label]
    return by_key or (named[0] if len(named) == 1 else None)
