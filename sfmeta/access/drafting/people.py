"""Whom a draft names beside the apps: who logs in without an app, who could untick the boxes, who could be a canary."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sfmeta.access.forecasting.effective import Holdings
from sfmeta.model.inventory import POWERFUL_PERMISSIONS, Inventory, User, Way
from sfmeta.model.policy import App, Decision, Policy, Protocol

PROPOSED = 3
"""So many people are named; a person chooses."""


def soap_users(inventory: Inventory, policy: Policy) -> tuple[str, ...]:
    """Who logged in by SOAP with a password in the window, without those of whom the policy says something.

    Args:
        inventory: one audit.
        policy: its exceptions and accepted losses settle a user.
    """
    settled = {entry.username.text.lower() for entry in policy.any_api_client}
    settled |= {loss.user.text.lower() for loss in policy.accepted_losses if loss.protocol is Protocol.SOAP_LOGIN}
    ids = {use.user_id for use in inventory.uses if use.way is Way.SOAP_LOGIN and use.count}
    names = {inventory.users[id_].username for id_ in ids if id_ in inventory.users}
    return tuple(sorted(name for name in names if name.lower() not in settled))


def break_glass(inventory: Inventory, holdings: Holdings) -> tuple[str, ...]:
    """Active administrators who logged in by browser in the window, the latest first.

    Source: the boxes stand in Setup, which is a page and no API; to edit them one needs Customize Application
        (judgement).
    """
    held = {user.id: holdings.of(user).permissions for user in _present(inventory)}
    able = [
        user
        for user in _present(inventory)
        if user.last_browser_login
        and {"CustomizeApplication", "ModifyAllData"} <= held[user.id]
        and "ApiUserOnly" not in held[user.id]
    ]
    able.sort(
        key=lambda user: (-(user.last_browser_login.timestamp() if user.last_browser_login else 0), user.username)
    )
    return tuple(user.username for user in able[:PROPOSED])


def canaries(
    inventory: Inventory, holdings: Holdings, apps: Iterable[App], machines: Collection[str]
) -> tuple[str, ...]:
    """People without any powerful permission, those with the most allowed apps first: what works for them proves most.

    Args:
        inventory: one audit.
        holdings: what everybody holds.
        apps: as they are proposed.
        machines: usernames of integrations.
    """
    plain = {
        user.username
        for user in _present(inventory)
        if user.username not in machines and holdings.of(user).permissions.isdisjoint(POWERFUL_PERMISSIONS)
    }
    counts: dict[str, int] = {}
    for app in apps:
        if app.decision is Decision.ALLOW and app.grants:
            for name in plain.intersection(grant.username.text for grant in app.grants.users):
                counts[name] = counts.get(name, 0) + 1
    return tuple(sorted(counts, key=lambda name: (-counts[name], name))[:PROPOSED])


def _present(inventory: Inventory) -> list[User]:
    users = inventory.users.values()
    return [user for user in users if user.is_active and not user.is_frozen and not user.is_external]
