"""Small inventories by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sfmeta.model.inventory import (
    WATCHED_PERMISSIONS,
    App,
    Inventory,
    OrgSettings,
    PermissionSet,
    Profile,
    Source,
    Standing,
    Use,
    User,
    Way,
)
from sfmeta.model.names import OrgId

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ORG = OrgId("00D000000000001AAA")
ADMIN_PROFILE = Profile("00e000000000001AAA", "System Administrator", "0PS000000000001AAA")
PLAIN_PROFILE = Profile("00e000000000002AAA", "Standard User", "0PS000000000002AAA")
MACHINE_PROFILE = Profile("00e000000000003AAA", "Integration User", "0PS000000000003AAA")
PROFILES = (ADMIN_PROFILE, PLAIN_PROFILE, MACHINE_PROFILE)
HELD = {
    ADMIN_PROFILE.id: frozenset({"ApiEnabled", "CustomizeApplication", "ModifyAllData", "ManageUsers"}),
    PLAIN_PROFILE.id: frozenset({"ApiEnabled"}),
    MACHINE_PROFILE.id: frozenset({"ApiEnabled", "ApiUserOnly"}),
}


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def person(name: str, *, profile: Profile = PLAIN_PROFILE, browser: float | None = 1, **values: Any) -> User:
    """A user whose id and username come from a name."""
    seen = None if browser is None else days_ago(browser)
    return User(
        f"005{name:0<15}"[:18], f"{name}@acme.example", profile_id=profile.id, last_browser_login=seen, **values
    )


def app(label: str, standing: Standing = Standing.INSTALLED, **values: Any) -> App:
    """An app whose key comes from its label."""
    key = f"used:{label}" if standing is Standing.USED_ONLY else f"0H4{label}"
    return App(**{"key": key, "label": label, "standing": standing, **values})


def use(user: User, by: App | None, days: float | None = 1, count: int = 10, **values: Any) -> Use:
    """A use so many days ago, authorised before that; None: nothing tells when."""
    last = None if days is None else days_ago(days)
    fixed = {
        "way": Way.REFRESH_TOKEN,
        "authorised": days_ago(300) if by else None,
        "sources": frozenset({Source.OAUTH_TOKEN}),
    }
    return Use(user.id, by.key if by else "", last_used=last, count=count, **{**fixed, **values})


def inventory(apps: Iterable[App], uses: Iterable[Use] = (), users: Iterable[User] = (), **values: Any) -> Inventory:
    """An audit of 90 days."""
    sets = [PermissionSet(one.permission_set_id, f"X{one.id}", "", HELD[one.id], one.id) for one in PROFILES]
    fixed: dict[str, Any] = {
        "org_id": ORG,
        "org_name": "Acme (sandbox)",
        "is_production": False,
        "taken_at": NOW,
        "days": 90,
        "username": "deployer@acme.example",
        "settings": OrgSettings(internal_box=False, external_box=False, known_permissions=WATCHED_PERMISSIONS),
        "apps": {one.key: one for one in apps},
        "users": {one.id: one for one in users},
        "profiles": {one.id: one for one in PROFILES},
        "permission_sets": {one.id: one for one in sets},
        "uses": tuple(uses),
    }
    return Inventory(**{**fixed, **values})
