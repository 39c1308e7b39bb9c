"""Runs inside a measured process: makes an inventory, forecasts it and prints what that took, as JSON.

Usage: python forecast_worker.py PAIRS
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta

from sfmeta.access.forecasting.forecast import forecast
from sfmeta.model.forecast import Stage
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
from sfmeta.model.policy import App as PolicyApp
from sfmeta.model.policy import Decision, Enforcement, Match, Ownership, PermittedUsers, Policy

APPS, PROFILES, SETS, APPS_PER_USER = 500, 50, 500, 10
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_STANDINGS = (Standing.OWNED, Standing.INSTALLED, Standing.USED_ONLY)


def inventory(pairs: int) -> Inventory:
    """An org in which every user has three permission sets and uses ten apps."""
    chance = random.Random(1)
    sets = {_id("0PS", n): PermissionSet(_id("0PS", n), f"Set_{n}", f"Set {n}") for n in range(SETS)}
    profiles = {}
    for number in range(PROFILES):
        own = _id("0PSP", number)
        profile = Profile(_id("00e", number), f"Profile {number}", own)
        profiles[profile.id] = profile
        sets[own] = PermissionSet(own, f"X{number}", permissions=frozenset({"ApiEnabled"}), profile_id=profile.id)
    users = {}
    assignments = []
    for number in range(pairs // APPS_PER_USER):
        kind = "Standard" if number % 10 else "PowerPartner"
        user = User(_id("005", number), f"user{number}@acme.example", kind, profile_id=_id("00e", number % PROFILES))
        users[user.id] = user
        for _ in range(3):
            ends = NOW + timedelta(days=chance.randrange(1, 400)) if chance.random() < 0.05 else None
            assignments.append(Assignment(user.id, _id("0PS", chance.randrange(SETS)), ends))
    apps = {_id("0H4", number): _app(number) for number in range(APPS)}
    return Inventory(
        OrgId("00D000000000001AAA"),
        "Large (production)",
        True,
        NOW,
        90,
        "user1@acme.example",
        settings=OrgSettings(False, False, False, False, known_permissions=WATCHED_PERMISSIONS),
        apps=apps,
        users=users,
        profiles=profiles,
        permission_sets=sets,
        assignments=tuple(assignments),
        uses=tuple(_uses(list(users), list(apps), pairs)),
    )


def _id(prefix: str, number: int) -> str:
    return f"{prefix}{number:0{18 - len(prefix)}d}"


def _app(number: int) -> App:
    return App(
        _id("0H4", number),
        f"App {number}",
        standing=_STANDINGS[number % 3],
        id=_id("0H4", number),
        api_name=f"App_{number}",
        admin_approved=number % 4 == 0,
        refresh_policy="specific_lifetime:90:DAYS" if number % 5 == 0 else "infinite",
        grants=frozenset({_id("0PS", number)}),
    )


def _uses(users: list[str], apps: list[str], pairs: int) -> list[Use]:
    days = [NOW - timedelta(days=number) for number in range(200)]
    nowhere, seen = frozenset[str](), frozenset({Source.OAUTH_TOKEN})
    return [
        Use(
            users[n // APPS_PER_USER],
            apps[(n * 7 + n // APPS_PER_USER) % APPS],
            Way.REFRESH_TOKEN,
            days[n % 90],
            n % 1000,
            days[n * 3 % 200],
            nowhere,
            seen,
        )
        for n in range(pairs)
    ]


def policy() -> Policy:
    """Two thirds of the apps restricted, one third blocked, both boxes ticked: most people stop."""
    apps = {
        f"app{number}": PolicyApp(
            f"app{number}",
            Match(label=f"App {number}"),
            decision=Decision.BLOCK if number % 3 == 2 else Decision.ALLOW,
            ownership=Ownership.INSTALLED if number % 3 else Ownership.OWNED,
            wave=number % 5 + 1,
            permission_set="Allow {label}",
            permitted_users=None if number % 3 == 2 else PermittedUsers.ADMIN_APPROVED,
        )
        for number in range(APPS)
    }
    return Policy(apps=apps, enforcement=Enforcement(True, True))


def main(pairs: int) -> None:
    """Measure the forecast alone; as the command line does, without the cycle collector."""
    seen, decided = inventory(pairs), policy()
    gc.disable()
    start = time.process_time()
    found = forecast(seen, decided, Stage.ENFORCE)
    seconds = time.process_time() - start
    print(json.dumps({"seconds": seconds, "rows": len(found.rows), "harmed": found.harmed}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
