"""Programs only: forty external client apps, each with a user of its own, and two of them run as somebody."""

from __future__ import annotations

from tests.companies.company import Company
from tests.companies.conftest import Begin

APPS = 40
WAVES = {1: 4, 2: 8}
"""How many are restricted in each; the rest is open and stays so."""


def company() -> Company:
    made = Company("Programs")
    made.profiles = {"Integration": ("ApiEnabled", "ApiUserOnly"), "Staff": ("ApiEnabled",)}
    approved = {"decision": "allow", "permitted_users": "admin_approved"}
    waves = [wave for wave, count in WAVES.items() for _ in range(count)]
    for number in range(APPS):
        program = made.user(f"program{number}", "Integration")
        says = {"decision": "allow", "permitted_users": "everyone"}
        if number < len(waves):
            says = {**approved, "wave": waves[number], "grants": {"users": [program]}}
        runs_as = {"client_credentials_user": program} if number in (0, 4) else {}
        made.app(f"Feed {number}", program, kind="external_client_app", says=says, **runs_as)
    person = made.user("person", "Staff")
    made.app(
        "Old Bridge", "program0@company.example", person,
        says={**approved, "wave": 2, "grants": {"profiles": ["Integration"], "users": [person]}},
    )  # fmt: skip
    return made


def test_many_external_client_apps_and_integration_users(begin: Begin) -> None:
    made = company()
    story = begin(made)
    everybody = {(user, app) for app, user in made.tokens}
    watched = {pair for pair in everybody if pair[1] == "Old Bridge" or int(pair[1].split()[-1]) < 13}

    def who() -> set[tuple[str, str]]:
        return {pair for pair in watched if story.gets_in(*pair)}

    assert who() == watched
    assert story.gets_in("program0@company.example", "Feed 0", "--flow", "client-credentials")
    story.carry_out("prepare")
    assert who() == watched
    first = story.carry_out("restrict", 1)
    assert [step["app"] for step in first["steps"]] == [f"feed_{number}" for number in range(4)]
    assert not story.gets_in("program9@company.example", "Feed 0", "--flow", "password"), "each has its own user"
    story.carry_out("restrict", 2)
    assert who() == watched
    assert story.gets_in("program0@company.example", "Feed 0", "--flow", "client-credentials")
    assert story.gets_in("program4@company.example", "Feed 4", "--flow", "client-credentials")
    assert not story.gets_in("program9@company.example", "Feed 5", "--flow", "password")
    assert story.gets_in("program9@company.example", "Feed 20", "--flow", "password"), "open to everyone"
    story.undo("restrict-2")
    assert who() == watched
    assert story.gets_in("program9@company.example", "Feed 5", "--flow", "password"), "open again"
    assert not story.gets_in("program9@company.example", "Feed 0", "--flow", "password"), "wave 1 is not"
