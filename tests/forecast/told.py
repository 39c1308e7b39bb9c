"""All that a local org knows, as an inventory: what an audit would read if every API gave everything.

Read from the org's own records, so that a mistake of the audit and one of the rules do not hide each other. The uses
are those that a test is about to try.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sfmeta.access.questions import NEW_KEY_NOT_SEEN, NO_OTHER_BLOCK, OMITTED_STAYS, PERMITTED_USERS_NOT_SEEN
from sfmeta.localorg.apps import App as OrgApp
from sfmeta.localorg.apps import Kind
from sfmeta.localorg.assumptions import ASSUMPTIONS, assumed
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX, PASSWORD_FLOW_BLOCKED, USER_AGENT_FLOW_BLOCKED
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.records import Record
from sfmeta.localorg.seed.format import Profile as SeedProfile
from sfmeta.model.forecast import Answer
from sfmeta.model.inventory import (
    WATCHED_PERMISSIONS,
    App,
    Assignment,
    Blocked,
    Inventory,
    IpRange,
    LoginHours,
    OrgSettings,
    PermissionSet,
    PermissionSetGroup,
    Profile,
    Source,
    Standing,
    Use,
    User,
)
from sfmeta.model.names import OrgId
from sfmeta.model.policy import AppKind
from tests.forecast.orgs.memory import MemoryOrg
from tests.forecast.orgs.tries import Client

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NOT_SEEN = {
    # an app that is installed here is everybody's until somebody restricts it
    PERMITTED_USERS_NOT_SEEN: True,
    # a try signs with the key that the app had first
    NEW_KEY_NOT_SEEN: False,
    NO_OTHER_BLOCK: True,
    OMITTED_STAYS: False,
}
_OPTIONS = ("isDeviceFlowEnabled", "isPkceRequired")


def told(org: MemoryOrg, clients: Iterable[Client]) -> Inventory:
    """The inventory of an org; its uses are these clients."""
    records = org.state.records
    users = {user.id: user for user in records.find("User")}
    apps = org.apps()
    return Inventory(
        OrgId.parse(org.state.org.id),
        "Random",
        False,
        org.state.clock.now(),
        90,
        org.seed.admin,
        "localorg.sfmeta",
        _settings(org),
        {app.id: _app(org, app) for app in apps},
        {user.id: _user(org, user) for user in users.values()},
        {row.id: profile for row in records.find("Profile") if (profile := _profile(org, row))},
        {row.id: _permission_set(row) for row in records.find("PermissionSet")},
        {row.id: _group(org, row) for row in records.find("PermissionSetGroup")},
        tuple(one for row in records.find("PermissionSetAssignment") if (one := _assignment(org, row))),
        tuple(_uses(org, clients)),
    )


def answers_of(org: MemoryOrg) -> Mapping[str, Answer]:
    """How the org answers every open question, as if a probe had found it out; and what no audit sees of it."""
    state = org.state
    said = {name: assumed(state.org, name) for name in ASSUMPTIONS} | _NOT_SEEN
    return {
        name: Answer(name, answer, state.clock.now(), state.org.id, "Random", "told") for name, answer in said.items()
    }


def _settings(org: MemoryOrg) -> OrgSettings:
    facts = org.state.org
    has_boxes = facts.has_feature(API_ACCESS_CONTROL)
    known = WATCHED_PERMISSIONS - (set() if has_boxes else {"UseAnyApiClient"})
    return OrgSettings(
        facts.setting(INTERNAL_BOX) if has_boxes else None,
        facts.setting(EXTERNAL_BOX) if has_boxes else None,
        facts.setting(PASSWORD_FLOW_BLOCKED),
        facts.setting(USER_AGENT_FLOW_BLOCKED),
        known_permissions=known,
    )


def _permissions(row: Record) -> frozenset[str]:
    return frozenset(name for name in WATCHED_PERMISSIONS if row.flag(f"Permissions{name}"))


def _permission_set(row: Record) -> PermissionSet:
    return PermissionSet(
        row.id,
        row.text("Name"),
        row.text("Label"),
        _permissions(row),
        row.text("ProfileId"),
        row.text("PermissionSetGroupId"),
        row.flag("HasActivationRequired"),
    )


def _group(org: MemoryOrg, row: Record) -> PermissionSetGroup:
    links = org.state.records.find("PermissionSetGroupComponent", PermissionSetGroupId=row.id)
    found = [org.state.records.get(link.text("PermissionSetId")) for link in links]
    muting = [one for one in found if one is not None and one.sobject == "MutingPermissionSet"]
    return PermissionSetGroup(
        row.id,
        row.text("DeveloperName"),
        row.text("MasterLabel"),
        frozenset(one.id for one in found if one is not None and one.sobject == "PermissionSet"),
        frozenset(name for one in muting for name in _permissions(one)),
        row.flag("HasActivationRequired"),
    )


def _profile(org: MemoryOrg, row: Record) -> Profile | None:
    seed: SeedProfile | None = next((one for one in org.seed.profiles if one.name == row.text("Name")), None)
    own = org.state.records.first("PermissionSet", ProfileId=row.id)
    if seed is None or own is None:
        return None
    days = tuple(_hours(str(seed.login_hours[day])) if day in seed.login_hours else None for day in _DAYS)  # type: ignore[index]
    hours = LoginHours(days) if seed.login_hours else None
    return Profile(row.id, seed.name, own.id, tuple(map(_range, seed.login_ip_ranges)), hours)


def _hours(text: str) -> tuple[int, int]:
    start, _, end = text.partition("-")
    return int(start), int(end)


def _range(text: str) -> IpRange:
    start, _, end = text.partition("-")
    return IpRange(start, end or start)


def _user(org: MemoryOrg, row: Record) -> User:
    login = org.state.records.first("UserLogin", UserId=row.id)
    return User(
        row.id,
        row.text("Username"),
        row.text("UserType") or "Standard",
        row["IsActive"] is not False,
        login is not None and login.flag("IsFrozen"),
        row.text("ProfileId"),
    )


def _assignment(org: MemoryOrg, row: Record) -> Assignment | None:
    assigned = org.state.records.get(row.text("PermissionSetId"))
    if assigned is None or assigned.flag("IsOwnedByProfile"):
        return None
    ends = row.text("ExpirationDate")
    return Assignment(row.text("AssigneeId"), row.text("PermissionSetId"), from_stamp(ends) if ends else None)


def _app(org: MemoryOrg, app: OrgApp) -> App:
    records = org.state.records
    standing = Standing.INSTALLED if app.record["Ownership"] == "installed" else Standing.OWNED
    if app.kind is Kind.FOREIGN:
        standing = Standing.USED_ONLY
    return App(
        app.id,
        app.label,
        AppKind.EXTERNAL_CLIENT_APP if app.kind is Kind.EXTERNAL else AppKind.CONNECTED_APP,
        standing,
        app.id,
        app.record.text("DeveloperName"),
        app.consumer_key,
        None if standing is Standing.USED_ONLY else app.admin_approved_only,
        _blocked(org, app),
        app.refresh_policy,
        app.ip_relaxation,
        tuple(map(_range, filter(None, app.ip_ranges.split(",")))),
        app.raises_session_level,
        app.timeout_minutes,
        app.scopes,
        frozenset(name for name in _OPTIONS if app.option(name)),
        app.record.text("ClientCredentialUser"),
        bool(app.record["Certificate"]),
        frozenset(row.text("ParentId") for row in records.find("SetupEntityAccess", SetupEntityId=app.id)),
    )


def _blocked(org: MemoryOrg, app: OrgApp) -> Blocked:
    row = org.state.records.first("BlacklistedConsumer", ConsumerKey=app.consumer_key)
    if row is not None:
        return Blocked.BY_BOX if row.flag("BlockedByApiWhitelisting") else Blocked.BY_LIST
    if not app.blocked_by_policy:
        return Blocked.NO
    policy = app.policy or app.record
    stopped = policy["PolicyAction"] == "Block" if app.policy else policy["SessionPolicyAction"] == "Block"
    return Blocked.BY_POLICY if stopped else Blocked.DISABLED


def _uses(org: MemoryOrg, clients: Iterable[Client]) -> Iterable[Use]:
    for client in clients:
        user = org.user(client.username)
        app = org.app(client.app) if client.app else None
        tokens = org.state.records.find("OauthToken", UserId=user.id, AppId=app.id) if app else []
        created = [from_stamp(row.text("CreatedDate")) for row in tokens]
        yield Use(
            user.id,
            app.id if app else "",
            client.way,
            _latest(tokens, "LastUsedDate"),
            # how often says that it got in, which a test is about to find out
            0,
            max(created, default=None),
            frozenset({org.address_of(client.username)}),
            frozenset({Source.OAUTH_TOKEN if tokens else Source.LOGIN_HISTORY}),
        )


def _latest(rows: Iterable[Record], field: str) -> datetime | None:
    return max((from_stamp(row.text(field)) for row in rows if row[field]), default=None)
