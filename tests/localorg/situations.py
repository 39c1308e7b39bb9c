"""Orgs in memory in which exactly one situation before a door holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sfmeta.localorg.apps import app_by_id
from sfmeta.localorg.caller import Door
from sfmeta.localorg.clock import Clock
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX, Attempt
from sfmeta.localorg.doors.frozen import set_frozen
from sfmeta.localorg.doors.networks import keep_security
from sfmeta.localorg.features import API_ACCESS_CONTROL, SOAP_LOGIN
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import parse
from sfmeta.localorg.state import State


@dataclass(frozen=True)
class Case:
    """A situation and what follows. ``says`` is None where the door opens."""

    rule: str
    says: tuple[str, str] | None = None
    door: Door = Door.OAUTH_REFRESH
    app: str = "installed"  # installed, external, foreign or "" for none
    admin_only: bool = False
    granted: str = ""  # "permission set", "profile", "group" or "expired"
    approved: bool = False
    blocked: str = ""  # "list", "policy" or "disabled"
    box: str = ""  # internal, external or both
    user: dict[str, Any] = field(default_factory=dict)
    frozen: bool = False
    permissions: tuple[str, ...] = ("ApiEnabled",)
    features: tuple[str, ...] = (API_ACCESS_CONTROL, SOAP_LOGIN)
    assumptions: dict[str, bool] = field(default_factory=dict)
    settings: dict[str, bool] = field(default_factory=dict)
    version: int = 59
    opened_at: Door | None = None
    flow: Door | None = None  # how the app was approved
    app_fields: dict[str, Any] = field(default_factory=dict)
    profile: str = ""  # children of its Profile
    every_request: bool = False
    source_ip: str = "127.0.0.1"
    scopes: frozenset[str] | None = None
    moment: str = "2026-11-23T12:00:00+00:00"  # a Monday


def situation(case: Case) -> Attempt:
    """An org in memory in which exactly the case holds."""
    now = datetime.fromisoformat(case.moment)
    state = State.open(clock=Clock(lambda: now))
    records = state.records
    boxes = {
        INTERNAL_BOX: case.box in ("internal", "both"),
        EXTERNAL_BOX: case.box in ("external", "both"),
    }
    state.change_org(
        id=state.ids.new("Organization"),
        features=case.features,
        assumptions=case.assumptions,
        settings={**boxes, **case.settings},
    )
    profile = records.insert("Profile", {"Name": "Standard User", "FullName": "Standard"})
    if case.profile:
        document = parse(f"<Profile>{case.profile}</Profile>".encode())
        Components(state).put_document("Profile", "Standard", document, record_id=profile)
    if case.every_request:
        session = "<sessionSettings><enforceIpRangesEveryRequest>true</enforceIpRangesEveryRequest></sessionSettings>"
        keep_security(state, parse(f"<SecuritySettings>{session}</SecuritySettings>".encode()))
    flags = {f"Permissions{name}": True for name in case.permissions}
    owned = records.insert("PermissionSet", {"Name": "X", "IsOwnedByProfile": True, "ProfileId": profile, **flags})
    user = records.insert(
        "User", {"Username": "anna@acme.example", "ProfileId": profile, "IsActive": True, **case.user}
    )
    if case.frozen:
        set_frozen(state, user, True, "")
    app_id = {"": lambda *_: "", "installed": installed, "external": external, "foreign": foreign}[case.app](
        state, case
    )
    if case.granted:
        grant(state, case.granted, user, owned, app_id)
    if case.approved:
        flow = case.flow.value if case.flow else None
        records.insert("OauthToken", {"UserId": user, "AppId": app_id, "Flow": flow})
    if case.blocked == "list":
        records.insert("BlacklistedConsumer", {"ConsumerKey": "the-key"})
    found = records.get(user)
    assert found is not None
    return Attempt(
        state,
        found,
        app_by_id(state, app_id),
        case.door,
        case.version,
        case.opened_at,
        case.source_ip,
        case.scopes,
    )


def grant(state: State, how: str, user: str, owned: str, app_id: str) -> None:
    """Attaches what the user has to the app."""
    records, parent = state.records, owned
    if how != "profile":
        parent = records.insert("PermissionSet", {"Name": "Allow"})
        assignment: dict[str, Any] = {"AssigneeId": user, "PermissionSetId": parent}
        if how == "expired":
            assignment["ExpirationDate"] = "2020-01-01T00:00:00.000+0000"
        if how == "group":
            group = records.insert("PermissionSetGroup", {"DeveloperName": "Everything", "Status": "Updated"})
            records.insert("PermissionSetGroupComponent", {"PermissionSetGroupId": group, "PermissionSetId": parent})
            row = {"Name": "Everything", "Type": "Group", "PermissionSetGroupId": group}
            aggregate = records.insert("PermissionSet", row)
            assignment = {"AssigneeId": user, "PermissionSetGroupId": group, "PermissionSetId": aggregate}
        records.insert("PermissionSetAssignment", assignment)
    records.insert("SetupEntityAccess", {"ParentId": parent, "SetupEntityId": app_id})


def installed(state: State, case: Case) -> str:
    action = "Block" if case.blocked == "policy" else None
    only = case.admin_only
    fields = {"Name": "App", "ConsumerKey": "the-key", "OptionsAllowAdminApprovedUsersOnly": only}
    return state.records.insert("ConnectedApplication", {**fields, "SessionPolicyAction": action, **case.app_fields})


def external(state: State, case: Case) -> str:
    fields = {
        "MasterLabel": "App",
        "ConsumerKey": "the-key",
        "IsEnabled": case.blocked != "disabled",
        **case.app_fields,
    }
    app_id = state.records.insert("ExternalClientApplication", fields)
    policy = {
        "ExternalClientApplicationId": app_id,
        "PermittedUsersPolicyType": "AdminApprovedPreAuthorized" if case.admin_only else "AllSelfAuthorized",
        "PolicyAction": "Block" if case.blocked == "policy" else None,
    }
    state.records.insert("ExtlClntAppOauthPlcyCnfg", policy)
    return app_id


def foreign(state: State, case: Case) -> str:
    return state.records.insert("ForeignApp", {"Name": "App", "ConsumerKey": "the-key", **case.app_fields})
