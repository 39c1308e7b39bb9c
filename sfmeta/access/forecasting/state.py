"""An org as it is, or as it will be after some stages: what a forecast asks the rules about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sfmeta.access.forecasting.effective import Holdings
from sfmeta.access.rules.case import Org
from sfmeta.model.inventory import App, Assignment, Inventory, PermissionSet


@dataclass(frozen=True, slots=True)
class AppState:
    """An app, and what has been done to it since the audit.

    Attributes:
        app: with its policies and grants as they are, or will be.
        issued_policy: the refresh token policy that today's authorisations were issued under, as far as can be known.
        becomes_restricted: it was everyone's and is admin-approved now.
        becomes_installed: it was used-only and is installed now.
    """

    app: App
    issued_policy: str = ""
    becomes_restricted: bool = False
    becomes_installed: bool = False


@dataclass(frozen=True, slots=True)
class OrgState:
    """An org.

    Attributes:
        inventory: what the audit read.
        org: boxes and switches.
        apps: by ``App.key``.
        assignments: made since the audit.
        permission_sets: made since the audit, by an id of our own (``new:Allow_X``).
        profile_changes: permissions of profiles that were switched: id -> permission -> on.
        known_permissions: those that the org has.
    """

    inventory: Inventory
    org: Org
    apps: Mapping[str, AppState]
    assignments: tuple[Assignment, ...] = ()
    permission_sets: Mapping[str, PermissionSet] = field(default_factory=dict)
    profile_changes: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    known_permissions: frozenset[str] = frozenset()


def as_it_is(inventory: Inventory) -> OrgState:
    """The org as the audit read it."""
    settings = inventory.settings
    org = Org(
        internal_box=bool(settings.internal_box),
        external_box=bool(settings.external_box),
        password_flow_blocked=settings.password_flow_blocked,
        user_agent_flow_blocked=settings.user_agent_flow_blocked,
    )
    apps = {key: AppState(app, app.refresh_policy) for key, app in inventory.apps.items()}
    return OrgState(inventory, org, apps, known_permissions=settings.known_permissions)


def holdings_in(state: OrgState, at: datetime, base: Holdings | None = None) -> Holdings:
    """What everybody holds in an org at a moment; ``base`` as ``Holdings`` has it."""
    return Holdings(
        state.inventory,
        at,
        state.assignments,
        state.permission_sets,
        state.profile_changes,
        state.known_permissions,
        base,
    )
