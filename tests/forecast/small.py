"""A small inventory to forecast on, and policies in a line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sfmeta.config.policy import read_policy
from sfmeta.model.inventory import (
    WATCHED_PERMISSIONS,
    App,
    Assignment,
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
from sfmeta.model.policy import Policy

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEEN = frozenset({Source.OAUTH_TOKEN})
_ADMINS = WATCHED_PERMISSIONS - {"ApiUserOnly", "UseAnyApiClient"}


def user(name: str, **more: Any) -> User:
    """An internal user of the profile Standard User who was seen in a browser."""
    fields = {"profile_id": "profile-standard", "last_browser_login": NOW, **more}
    return User(f"user-{name}", f"{name}@acme.example", **fields)


def app(label: str, **more: Any) -> App:
    """An installed app that everybody may authorize."""
    fields = {"standing": Standing.INSTALLED, "admin_approved": False, "ip_relaxation": "ENFORCE", **more}
    return App(f"app-{label}", label, id=f"app-{label}", **fields)


def use(user: str, app: str = "", way: Way = Way.REFRESH_TOKEN, **more: Any) -> Use:
    """A use of yesterday, authorised a month ago."""
    authorised = NOW - timedelta(days=30) if app and way is Way.REFRESH_TOKEN else None
    fields = {"last_used": NOW - timedelta(days=1), "count": 5, "authorised": authorised, "sources": SEEN, **more}
    return Use(f"user-{user}", f"app-{app}" if app else "", way, **fields)


def permission_set(name: str, *permissions: str, **more: Any) -> PermissionSet:
    """A permission set."""
    return PermissionSet(f"set-{name}", name, name.replace("_", " "), frozenset(permissions), **more)


def assigned(user: str, name: str, expires: datetime | None = None) -> Assignment:
    """Who has it."""
    return Assignment(f"user-{user}", f"set-{name}", expires)


def inventory(*things: Any, **more: Any) -> Inventory:
    """An org of these users, apps, uses, permission sets and assignments, with two profiles."""
    own = [
        PermissionSet("own-admin", "X1", "X1", _ADMINS, "profile-admin"),
        PermissionSet("own-standard", "X2", "X2", frozenset({"ApiEnabled"}), "profile-standard"),
    ]
    sets = {one.id: one for one in (*own, *(one for one in things if isinstance(one, PermissionSet)))}
    profiles = [
        Profile("profile-admin", "System Administrator", "own-admin"),
        Profile("profile-standard", "Standard User", "own-standard"),
    ]
    admin = user("admin", profile_id="profile-admin")
    users = {one.id: one for one in (admin, *(one for one in things if isinstance(one, User)))}
    fields: dict[str, Any] = {
        "settings": OrgSettings(False, False, False, False, known_permissions=WATCHED_PERMISSIONS),
        "apps": {one.key: one for one in things if isinstance(one, App)},
        "users": users,
        "profiles": {one.id: one for one in profiles},
        "permission_sets": sets,
        "assignments": tuple(one for one in things if isinstance(one, Assignment)),
        "uses": tuple(one for one in things if isinstance(one, Use)),
    }
    made = Inventory(
        OrgId.parse("00D000000000001AAA"), "Acme (sandbox)", False, NOW, 90, "admin@acme.example", **fields
    )
    return replace(made, **more)


def policy(text: str) -> Policy:
    """A policy, its first line left out."""
    return read_policy(f"version: 1\n{text}")
