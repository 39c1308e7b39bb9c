"""Three hundred apps: most of them nobody has looked at for years, and a few are restricted wave by wave."""

from __future__ import annotations

from tests.companies.company import Company
from tests.companies.conftest import Begin

APPROVED = {"decision": "allow", "permitted_users": "admin_approved"}
OPEN = {"decision": "allow", "permitted_users": "everyone"}
OWNED, INSTALLED, ROGUE = 200, 60, 40
WAVES = {1: 4, 2: 8}
"""How many of our own apps are restricted in each."""


def company() -> Company:
    made = Company("Many Apps")
    made.profiles = {"Sales": ("ApiEnabled",), "Integration": ("ApiEnabled", "ApiUserOnly")}
    people = [made.user(f"person{number}", "Sales") for number in range(40)]
    programs = [made.user(f"program{number}", "Integration") for number in range(40)]
    waves = [wave for wave, count in WAVES.items() for _ in range(count)]
    for number in range(OWNED):
        program, person = programs[number % 40], people[number % 40]
        says = {"decision": "undecided"}
        if number < len(waves):
            says = {**APPROVED, "wave": waves[number], "grants": {"profiles": ["Integration"], "users": [person]}}
        elif number < 150:
            says = {**OPEN, "wave": 3}
        made.app(f"Own App {number}", program, person, says=says)
    for number in range(INSTALLED):
        says = OPEN if number >= 3 else {**APPROVED, "wave": 2, "grants": {"users": [people[number]]}}
        made.app(f"Bought App {number}", people[number % 40], says=says, ownership="installed")
    for number in range(ROGUE):
        says = {"decision": "block"} if number < 3 else {"decision": "undecided"}
        label = made.app(f"Rogue App {number}", people[number % 40], says=says, ownership="uninstalled")
        if number < 3:
            made.losses.append((people[number], label.lower().replace(" ", "_")))
    return made


def test_three_hundred_apps(begin: Begin) -> None:
    made = company()
    assert len(made.apps) == 300
    story = begin(made)
    tried = [(user, app) for app, user in made.tokens if app.startswith("Own") and int(app.split()[-1]) < 14]
    tried += [(user, app) for app, user in made.tokens if int(app.split()[-1]) < 4 and not app.startswith("Own")]
    assert all(story.gets_in(*pair) for pair in tried)
    prepare = story.carry_out("prepare")
    assert [step["kind"] for step in prepare["steps"]] == ["metadata", "records"]
    assert all(story.gets_in(*pair) for pair in tried)
    first, second = story.carry_out("restrict", 1), story.carry_out("restrict", 2)
    assert [len([step for step in made["steps"] if step["kind"] == "metadata"]) for made in (first, second)] == [4, 8]
    assert [step["kind"] for step in second["steps"][:3]] == ["manual"] * 3
    assert all(story.gets_in(*pair) for pair in tried)
    assert not story.gets_in("person30@company.example", "Own App 1", "--flow", "password")
    assert story.gets_in("person30@company.example", "Own App 20", "--flow", "password"), "undecided: as before"
    story.carry_out("block")
    blocked = {(user, app) for user, app in tried if app in ("Rogue App 0", "Rogue App 1", "Rogue App 2")}
    assert {pair for pair in tried if not story.gets_in(*pair)} == blocked
    story.undo("restrict-2")
    assert {pair for pair in tried if not story.gets_in(*pair)} == blocked
    assert story.gets_in("person30@company.example", "Own App 5", "--flow", "password"), "wave 2 is open again"
    assert not story.gets_in("person30@company.example", "Own App 1", "--flow", "password"), "wave 1 is not"
