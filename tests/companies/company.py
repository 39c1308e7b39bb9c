"""A company made by code: a seed for the local org and the policy about it, both as YAML files that people write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

ADMIN = "admin@company.example"
CONTACT = "security@company.example"
PASSWORD = "company-demo-1"
FAR = "2036-12-31T23:59Z"
_ADMIN_PERMISSIONS = (
    "ApiEnabled",
    "AssignPermissionSets",
    "AuthorApex",
    "CanApproveUninstalledApps",
    "CustomizeApplication",
    "InstallPackaging",
    "ManageProfilesPermissionsets",
    "ManageRemoteAccess",
    "ManageUsers",
    "ModifyAllData",
    "ModifyMetadata",
    "ViewAllData",
    "ViewEventLogFiles",
    "ViewSetup",
)


@dataclass
class Company:
    """What an org holds, and what somebody wants it to be.

    Attributes:
        name: of the org.
        profiles: permissions by the name that Setup shows; the administrator's is there.
        users: profile and kind (``User.UserType``) by username; the administrator is there.
        apps: fields of the seed by label.
        tokens: who authorised which app.
        policy: the policy's apps by key.
        losses: who may stop working: (username, key of the app).
    """

    name: str
    profiles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    users: dict[str, tuple[str, str]] = field(default_factory=dict)
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: list[tuple[str, str]] = field(default_factory=list)
    policy: dict[str, dict[str, Any]] = field(default_factory=dict)
    losses: list[tuple[str, str]] = field(default_factory=list)

    def user(self, name: str, profile: str, kind: str = "Standard") -> str:
        """Adds a user; the username."""
        username = f"{name}@company.example"
        self.users[username] = (profile, kind)
        return username

    def app(self, label: str, *users: str, key: str = "", says: Mapping[str, Any] | None = None, **seed: Any) -> str:
        """Adds an app.

        Args:
            label: its label.
            users: who uses it.
            key: in the policy; made from the label where it is not given.
            says: what the policy says besides ``match``, ``kind`` and ``ownership``; None: nothing of this app.
            seed: fields of the seed.
        """
        key = key or label.lower().replace(" ", "_")
        self.apps[label] = {
            "consumer_key": f"company.{key}",
            "consumer_secret": f"made-up-secret-of-{key}",
            "contact_email": CONTACT,
            **seed,
        }
        self.tokens += [(label, user) for user in users]
        if says is not None:
            kind = {"kind": "external_client_app"} if seed.get("kind") == "external_client_app" else {}
            theirs = {"ownership": "installed"} if seed.get("ownership", "owned") != "owned" else {}
            self.policy[key] = {"match": {"label": label}, **kind, **theirs, **says}
        return label

    def seed_text(self) -> str:
        """The seed's file."""
        profiles = [{"name": "System Administrator", "full_name": "Admin", "permissions": list(_ADMIN_PERMISSIONS)}]
        profiles += [{"name": name, "permissions": list(gives)} for name, gives in self.profiles.items()]
        people = {ADMIN: ("System Administrator", "Standard"), **self.users}
        return _yaml(
            {
                "org": {"name": self.name, "features": ["ApiAccessControl", "SoapLogin"]},
                "admin": ADMIN,
                "profiles": profiles,
                "users": [
                    {"username": username, "profile": profile, "type": kind, "password": PASSWORD}
                    for username, (profile, kind) in people.items()
                ],
                "apps": [{"label": label, **values} for label, values in self.apps.items()],
                "tokens": [
                    {"app": app, "user": user, "uses": 7, "refresh_token": f"refresh-{number}"}
                    for number, (app, user) in enumerate(self.tokens)
                ],
                "logins": [{"user": user, "app": app, "days_ago": 1, "count": 2} for app, user in self.tokens],
            }
        )

    def policy_text(self) -> str:
        """The policy's file."""
        why = {"reason": "SEC-1", "approved_by": "ciso@company.example", "until": FAR}
        return _yaml(
            {
                "version": 1,
                "defaults": {"permission_set": "Allow {label}", "contact_email": CONTACT},
                "apps": self.policy,
                "accepted_losses": [{"user": user, "app": app, **why} for user, app in self.losses],
                "break_glass": {"username": ADMIN},
            }
        )


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, width=200, allow_unicode=True)
