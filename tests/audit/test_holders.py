"""Who holds what matters: by profile, permission set, group; muted, session-based, ending."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sfmeta.access.holders import ending_grants, powerful_holders, self_granting_holders
from sfmeta.model.inventory import App, Assignment, Inventory, PermissionSet, PermissionSetGroup, Profile, User
from sfmeta.model.names import OrgId

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SOON, LATER = NOW + timedelta(days=3), NOW + timedelta(days=300)


def inventory(
    *assignments: Assignment, users: tuple[User, ...] = (User("u", "u@x.example", profile_id="p"),)
) -> Inventory:
    sets = [
        PermissionSet("own", "own", permissions=frozenset({"ApiEnabled"}), profile_id="p"),
        PermissionSet("any", "Any", "Any Client", frozenset({"UseAnyApiClient"})),
        PermissionSet("mod", "Mod", "Modify", frozenset({"ModifyAllData", "UseAnyApiClient"})),
        PermissionSet("act", "Act", "Active", frozenset({"UseAnyApiClient"}), needs_activation=True),
        PermissionSet("agg", "Agg", group_id="g"),
        PermissionSet("give", "Give", "Giver", frozenset({"AssignPermissionSets", "ManageUsers"})),
    ]
    return Inventory(
        OrgId.parse("00D000000000001EAA"),
        "Acme",
        is_production=False,
        taken_at=NOW,
        days=90,
        username="a@x.example",
        apps={"a": App("a", "Loader", grants=frozenset({"mod"}))},
        users={user.id: user for user in users},
        profiles={"p": Profile("p", "Worker", "own")},
        permission_sets={one.id: one for one in sets},
        groups={"g": PermissionSetGroup("g", "Team", "The Team", frozenset({"mod"}), frozenset({"ModifyAllData"}))},
        assignments=assignments,
    )


def held(found: Inventory, at: datetime | None = None) -> dict[str, tuple[tuple[str, ...], datetime | None, bool]]:
    return {one.permission: (one.through, one.until, one.by_activation) for one in powerful_holders(found, at)}


def test_nobody_holds_what_nothing_gives() -> None:
    assert held(inventory()) == {}


def test_by_profile() -> None:
    found = inventory()
    strong = PermissionSet("own", "own", permissions=frozenset({"CustomizeApplication"}), profile_id="p")
    sets = {**found.permission_sets, "own": strong}
    changed = Inventory(
        found.org_id,
        "Acme",
        is_production=False,
        taken_at=NOW,
        days=90,
        username="a",
        users=found.users,
        profiles=found.profiles,
        permission_sets=sets,
    )
    assert held(changed) == {"CustomizeApplication": (("profile Worker",), None, False)}


def test_until_the_last_way_ends() -> None:
    ways = (Assignment("u", "any", SOON), Assignment("u", "mod", LATER))
    assert held(inventory(*ways))["UseAnyApiClient"] == (
        ("permission set Any Client", "permission set Modify"),
        LATER,
        False,
    )
    assert held(inventory(*ways, Assignment("u", "agg")))["UseAnyApiClient"][1] is None
    assert set(held(inventory(*ways), SOON)) == {"UseAnyApiClient", "ModifyAllData"}
    assert held(inventory(*ways), LATER) == {}


def test_a_group_gives_what_it_does_not_mute() -> None:
    assert held(inventory(Assignment("u", "agg"))) == {"UseAnyApiClient": (("group The Team",), None, False)}


def test_what_a_session_activates_counts_where_nothing_else_gives_it() -> None:
    assert held(inventory(Assignment("u", "act")))["UseAnyApiClient"][2] is True
    both = held(inventory(Assignment("u", "act"), Assignment("u", "any", SOON)))
    assert both["UseAnyApiClient"] == (("permission set Any Client",), SOON, False)


def test_who_is_not_active_holds_nothing() -> None:
    gone = User("u", "u@x.example", is_active=False, profile_id="p")
    assert held(inventory(Assignment("u", "any"), users=(gone,))) == {}


def test_who_could_help_themselves() -> None:
    found = self_granting_holders(inventory(Assignment("u", "give")))
    assert [one.permission for one in found] == ["AssignPermissionSets", "ManageUsers"]


def test_what_ends_and_which_apps_go_with_it() -> None:
    assignments = (
        Assignment("u", "agg", LATER),
        Assignment("u", "any", SOON),
        Assignment("u", "mod", NOW - timedelta(days=1)),
    )
    found = ending_grants(inventory(*assignments))
    assert [(one.what, one.at, one.apps) for one in found] == [
        ("permission set Any Client", SOON, ()),
        ("group The Team", LATER, ("Loader",)),
    ]
    assert [one.what for one in ending_grants(inventory(*assignments), SOON)] == ["permission set Any Client"]
