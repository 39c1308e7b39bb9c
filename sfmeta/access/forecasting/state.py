"""An org as it is, or as it will be after some stages: what a forecast asks the rules about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sfmeta.access.forecasting.effective import Holdings
from sfmeta.access.rules.case import Org
from sfmeta.model.inventory import App, Assignment, Inventory, PermissionSet


@dataclass(frozen=True, slots=True)
class Worlds:
    """What may become of an app, where open questions decide: one app for each way to answer them.

    Attributes:
        questions: by name.
        apps: by the answers, in the order of ``questions``.
    """

    questions: tuple[str, ...]
    apps: Mapping[tuple[bool, ...], App]


@dataclass(frozen=True, slots=True)
class OrgState:
    """An org.

    Attributes:
        inventory: what the audit read; after a package with the permission sets, groups, profiles, assignments and
            settings that the package leaves. Apps, users and uses are always those of the audit.
        org: boxes and switches.
        apps: by ``App.key``, as they are or will be; ``inventory`` has them as they were.
        assignments: made since the audit.
        permission_sets: made since the audit, by an id of our own (``new:Allow_X``).
        profile_changes: permissions of profiles that were switched: id -> permission -> on.
        known_permissions: those that the org has.
        worlds: apps of which it is open what they become, by ``App.key``; ``apps`` holds one of the possibilities.
        deleted: ``App.key`` of apps that are no more.
    """

    inventory: Inventory
    org: Org
    apps: Mapping[str, App]
    assignments: tuple[Assignment, ...] = ()
    permission_sets: Mapping[str, PermissionSet] = field(default_factory=dict)
    profile_changes: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    known_permissions: frozenset[str] = frozenset()
    worlds: Mapping[str, Worlds] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()


def as_it_is(inventory: Inventory) -> OrgState:
    """The org as the audit read it."""
    settings = inventory.settings
    org = Org(
        internal_box=bool(settings.internal_box),
        external_box=bool(settings.external_box),
        password_flow_blocked=settings.password_flow_blocked,
        user_agent_flow_blocked=settings.user_agent_flow_blocked,
    )
    return OrgState(inventory, org, inventory.apps, known_permissions=settings.known_permissions)


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
