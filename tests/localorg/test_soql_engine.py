"""Laws of the SOQL engine: what SQLite answers is what plain Python says of the same rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.clock import Clock, from_stamp, to_stamp
from sfmeta.localorg.data import sources
from sfmeta.localorg.data.query import Engine
from sfmeta.localorg.data.soql_values import SoqlError
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.records import Value
from sfmeta.localorg.state import State
from tests.localorg.soql_cases import (
    FIELDS,
    NOW,
    Predicate,
    World,
    conditions,
    ordered,
    orders,
    worlds,
)

CALM = settings(max_examples=150, deadline=None)
SELECT = ", ".join(FIELDS)


def engine(world: World | None = None, **org: Any) -> Engine:
    """An org in memory with these rows, seen by somebody who may see all of them."""
    state = State.open(clock=Clock(lambda: NOW), id_seed="engine")
    state.change_org(id="00D000000000001AAA", **org)
    records = state.records
    profiles = [records.insert("Profile", row) for row in (world.profiles if world else [])]
    users = [
        records.insert("User", {**row, "ProfileId": None if row["ProfileId"] is None else profiles[row["ProfileId"]]})
        for row in (world.users if world else [])
    ]
    for row in world.tokens if world else []:
        fields: dict[str, Value] = {"AppName": row["AppName"], "UseCount": row["UseCount"]}
        fields["LastUsedDate"] = None if row["LastUsedDate"] is None else to_stamp(row["LastUsedDate"])
        fields["UserId"] = None if row["UserId"] is None else users[row["UserId"]]
        records.insert("OauthToken", fields)
    own = records.insert("Profile", {"Name": "of the caller"})
    records.insert(
        "PermissionSet",
        {"ProfileId": own, "IsOwnedByProfile": True, "PermissionsCustomizeApplication": True},
    )
    me = records.insert("User", {"Username": "me@example.com", "ProfileId": own})
    return Engine(Caller(state, me, "me@example.com", "token"), 67)


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """A record by paths, as the reference has it."""
    user = record["User"] or {}
    profile = user.get("Profile") or {}
    stamp = record["LastUsedDate"]
    return {
        "AppName": record["AppName"],
        "UseCount": record["UseCount"],
        "LastUsedDate": None if stamp is None else from_stamp(stamp),
        "User.FirstName": user.get("FirstName"),
        "User.IsActive": user.get("IsActive"),
        "User.Profile.Name": profile.get("Name"),
    }


@CALM
@given(worlds(), conditions(), orders(), st.integers(0, 9), st.integers(0, 4))
def test_rows_are_found_ordered_and_cut_as_plain_python_does(
    world: World,
    condition: tuple[str, Predicate],
    order: list[tuple[str, bool, bool]],
    limit: int,
    offset: int,
) -> None:
    text, test = condition
    by = ", ".join(
        f"{path}{' DESC' if descending else ''} NULLS {'LAST' if last else 'FIRST'}" for path, descending, last in order
    )
    soql = (
        f"SELECT {SELECT} FROM OauthToken WHERE {text}{f' ORDER BY {by}' if by else ''} LIMIT {limit} OFFSET {offset}"
    )
    expected = ordered([row for row in world.seen() if test(row)], order)[offset:][:limit]
    result = engine(world).run(soql)
    assert [flat(record) for record in result.records()] == expected
    assert result.total == len(expected)


@CALM
@given(worlds(), conditions())
def test_counting_finds_as_many(world: World, condition: tuple[str, Predicate]) -> None:
    text, test = condition
    expected = sum(test(row) for row in world.seen())
    assert engine(world).run(f"SELECT COUNT() FROM OauthToken WHERE {text}").total == expected


@CALM
@given(worlds(), st.sets(st.sampled_from(["AppName", "UseCount", "User.IsActive", "User.Profile.Name"])))
def test_groups_are_those_of_plain_python(world: World, keys: set[str]) -> None:
    names = sorted(keys)
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {} if names else {(): []}
    for row in world.seen():
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    expected = [[*key, *_aggregates(rows)] for key, rows in groups.items()]
    functions = "COUNT(Id) n, COUNT(AppName), COUNT_DISTINCT(AppName), SUM(UseCount), MAX(UseCount), MIN(LastUsedDate)"
    by = f" GROUP BY {', '.join(names)}" if names else ""
    soql = f"SELECT {''.join(f'{name}, ' for name in names)}{functions} FROM OauthToken{by}"
    shown = [list(record.values())[1:] for record in engine(world).run(soql).records()]
    assert shown == expected


def _aggregates(rows: list[dict[str, Any]]) -> list[Any]:
    names = [row["AppName"] for row in rows if row["AppName"] is not None]
    counts = [row["UseCount"] for row in rows]
    moments = [row["LastUsedDate"] for row in rows if row["LastUsedDate"] is not None]
    return [
        len(rows),
        len(names),
        len(set(names)),
        sum(counts) if counts else None,
        max(counts) if counts else None,
        to_stamp(min(moments)) if moments else None,
    ]


@CALM
@given(worlds(), conditions())
def test_a_semi_join_finds_those_who_have_one(world: World, condition: tuple[str, Predicate]) -> None:
    text, test = condition
    found = {token["UserId"] for token, row in zip(world.tokens, world.seen(), strict=True) if test(row)}
    one = engine(world)
    for word, wanted in (("IN", True), ("NOT IN", False)):
        soql = f"SELECT FirstName FROM User WHERE Id {word} (SELECT UserId FROM OauthToken WHERE {text})"
        soql += " AND Username = null"
        expected = [user["FirstName"] for place, user in enumerate(world.users) if (place in found) is wanted]
        assert [record["FirstName"] for record in one.run(soql).records()] == expected


def test_many_conditions_are_no_deep_condition() -> None:
    chain = " OR ".join(f"AppName = 'a{number}'" for number in range(3000))
    assert engine().run(f"SELECT COUNT() FROM OauthToken WHERE {chain}").total == 0
    listed = ", ".join(f"'a{number}'" for number in range(9000))
    assert engine().run(f"SELECT COUNT() FROM OauthToken WHERE AppName IN ({listed})").total == 0


@pytest.mark.parametrize("depth", [100, 900, 20_000])
def test_deep_conditions_are_answered_or_refused(depth: int) -> None:
    soql = f"SELECT COUNT() FROM OauthToken WHERE {'(NOT ' * depth}AppName = 'a'{')' * depth}"
    assert told(soql) in ("answered", "MALFORMED_QUERY")


def told(soql: str) -> str:
    try:
        engine().run(soql)
    except SoqlError as error:
        return error.code
    return "answered"


@pytest.mark.parametrize(
    ("soql", "total"),
    [
        ("SELECT Id FROM OauthToken LIMIT 99999999999999999999999", 0),
        ("SELECT Id FROM OauthToken WHERE UseCount = 99999999999999999999999", 0),
        ("SELECT Id FROM OauthToken WHERE UseCount IN (99999999999999999999999, 1)", 0),
        ("SELECT COUNT() FROM User WHERE LastName LIKE '%\\_%' OR LastName = ''", 1),
    ],
)
def test_numbers_and_texts_of_any_size(soql: str, total: int) -> None:
    assert engine().run(soql).total == total


SHOWN = [
    ("TODAY", 0, 1),
    ("LAST_N_DAYS:0", 0, 1),
    ("NEXT_N_DAYS:2", 1, 3),
    ("N_DAYS_AGO:2", -2, -1),
    ("TOMORROW", 1, 2),
]
SHOWN += [("THIS_WEEK", -1, 6), ("LAST_WEEK", -8, -1), ("NEXT_WEEK", 6, 13), ("N_WEEKS_AGO:1", -8, -1)]
SHOWN += [("LAST_90_DAYS", -90, 1), ("NEXT_90_DAYS", 1, 91), ("THIS_MONTH", -22, 8), ("NEXT_MONTH", 8, 39)]
SHOWN += [("THIS_QUARTER", -53, 39), ("LAST_FISCAL_QUARTER", -145, -53), ("THIS_FISCAL_YEAR", -326, 39)]
SHOWN += [("N_YEARS_AGO:1", -691, -326), ("LAST_N_YEARS:1", -691, -326), ("NEXT_N_QUARTERS:1", 39, 129)]
SHOWN += [
    ("LAST_N_WEEKS:2", -15, -1),
    ("NEXT_N_MONTHS:1", 8, 39),
    ("N_QUARTERS_AGO:1", -145, -53),
    ("NEXT_YEAR", 39, 404),
]


@pytest.mark.parametrize(("literal", "first", "after"), SHOWN)
def test_the_days_of_a_literal(literal: str, first: int, after: int) -> None:
    """NOW is a Monday; days are counted from its midnight."""
    one = engine()
    records = one._caller.state.records
    today = NOW.replace(hour=0)
    for day in range(first - 1, after + 1):
        moment = today + timedelta(days=day)
        records.insert("OauthToken", {"AppName": str(day), "LastUsedDate": to_stamp(moment)})
    found = one.run(f"SELECT AppName FROM OauthToken WHERE LastUsedDate = {literal} LIMIT 2500").records()
    days = [int(record["AppName"]) for record in found]
    assert (days[0], days[-1], len(days)) == (first, after - 1, after - first)


@pytest.mark.parametrize(
    "literal", ["SOMEDAY", "LAST_N_DAYS", "TODAY:1", "THIS_FISCAL_WEEK", "LAST_N_DAYS:99999999", "LAST_N_YEARS:3000"]
)
def test_what_is_no_literal(literal: str) -> None:
    with pytest.raises(SoqlError) as caught:
        engine().run(f"SELECT Id FROM OauthToken WHERE LastUsedDate = {literal}")
    assert caught.value.code == "MALFORMED_QUERY"


FUNCTIONS = {
    "CALENDAR_YEAR": 2026,
    "CALENDAR_QUARTER": 4,
    "CALENDAR_MONTH": 11,
    "FISCAL_YEAR": 2026,
    "FISCAL_QUARTER": 4,
    "FISCAL_MONTH": 11,
    "DAY_IN_MONTH": 23,
    "DAY_IN_WEEK": 2,
    "DAY_IN_YEAR": 327,
    "DAY_ONLY": "2026-11-23",
    "HOUR_IN_DAY": 15,
    "WEEK_IN_MONTH": 4,
    "WEEK_IN_YEAR": 47,
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_date_functions(name: str) -> None:
    one, value = engine(), FUNCTIONS[name]
    one._caller.state.records.insert("OauthToken", {"AppName": "a", "LastUsedDate": to_stamp(NOW)})
    call = f"{name}(LastUsedDate)"
    where = f"{call} = {value}"
    soql = f"SELECT {call} part, COUNT(Id) n FROM OauthToken WHERE {where} GROUP BY {call} ORDER BY {call}"
    assert [(record["part"], record["n"]) for record in one.run(soql).records()] == [(value, 1)]


def test_having_and_the_name_of_functions() -> None:
    one = engine()
    for name, count in (("a", 1), ("a", 2), ("b", 5)):
        one._caller.state.records.insert("OauthToken", {"AppName": name, "UseCount": count})
    soql = "SELECT AppName app, SUM(UseCount), AVG(UseCount) FROM OauthToken GROUP BY AppName"
    rows = one.run(f"{soql} HAVING SUM(UseCount) > 3 OR COUNT(Id) = 2 ORDER BY SUM(UseCount) DESC").records()
    assert [list(row.values())[1:] for row in rows] == [["b", 5, 5.0], ["a", 3, 1.5]]
    assert list(rows[0]) == ["attributes", "app", "expr0", "expr1"]
    assert len(one.run(f"{soql} HAVING AppName LIKE 'A%' LIMIT 1").records()) == 1


def test_children_are_cut_and_ordered_for_each_parent() -> None:
    one = engine()
    records = one._caller.state.records
    sets = [records.insert("PermissionSet", {"Name": name, "IsOwnedByProfile": False}) for name in ("A", "B", "C")]
    users = [records.insert("User", {"LastName": name}) for name in ("x", "Y", "z")]
    for permission_set in sets[:2]:
        for user in users:
            records.insert("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": permission_set})
    inner = "SELECT Assignee.LastName FROM Assignments WHERE Assignee.LastName != 'x' ORDER BY Assignee.LastName DESC"
    for cut, expected in (("", ["z", "Y"]), (" LIMIT 1", ["z"]), (" LIMIT 1 OFFSET 1", ["Y"]), (" LIMIT 0", None)):
        soql = f"SELECT Name, ({inner}{cut}) FROM PermissionSet WHERE IsOwnedByProfile = false ORDER BY Name"
        found = [(row["Name"], row["Assignments"]) for row in one.run(soql).records()]
        assert [name for name, _ in found] == ["A", "B", "C"]
        assert found[2][1] is None
        for _, below in found[:2]:
            assert (below and [row["Assignee"]["LastName"] for row in below["records"]]) == expected
            assert below is None or (below["totalSize"], below["done"]) == (len(below["records"]), True)


def test_a_profile_has_the_permissions_of_what_it_owns() -> None:
    one = engine()
    soql = "SELECT Name, PermissionsCustomizeApplication, PermissionsApiEnabled FROM Profile"
    [row] = one.run(soql).records()
    assert (row["PermissionsCustomizeApplication"], row["PermissionsApiEnabled"]) == (True, False)
    assert one.run("SELECT COUNT() FROM User WHERE Profile.PermissionsCustomizeApplication = true").total == 1
    assert one.run("SELECT COUNT() FROM User WHERE Profile.PermissionsApiEnabled = true").total == 0


def test_code_and_who_may_use_it() -> None:
    one = engine()
    state = one._caller.state
    meta = b'<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>63.0</apiVersion></ApexClass>'
    files = {"classes/Greeter.cls": b"class Greeter {}", "classes/Greeter.cls-meta.xml": meta}
    stored = Components(state).put("ApexClass", "Greeter", files)
    allow = state.records.insert("PermissionSet", {"Name": "Allow"})
    fields: dict[str, Value] = {"ParentId": allow, "SetupEntityId": stored.id, "SetupEntityType": "ApexClass"}
    state.records.insert("SetupEntityAccess", fields)
    soql = "SELECT Name, ApiVersion, Status, Body, (SELECT Parent.Name FROM SetupEntityAccessItems) FROM ApexClass"
    [row] = one.run(f"{soql} WHERE Name = 'greeter'").records()
    assert (row["ApiVersion"], row["Status"], row["Body"]) == (63.0, "Active", "class Greeter {}")
    assert row["SetupEntityAccessItems"]["records"][0]["Parent"]["Name"] == "Allow"


def test_many_tokens_are_asked_for_by_their_users() -> None:
    one = engine()
    records = one._caller.state.records
    users = records.insert_many("User", ({"LastName": f"L{number}"} for number in range(300)))
    apps = records.insert_many("ConnectedApplication", ({"Name": f"App {number}"} for number in range(7)))
    assert len({*users, *apps}) == 307
    rows = ({"UserId": users[number % 300], "AppId": apps[number % 7], "AppName": "x"} for number in range(3000))
    records.insert_many("OauthToken", rows)
    assert one.run("SELECT COUNT() FROM OauthToken").total == 3000
    some = ", ".join(f"'{user}'" for user in users[:256])
    found = one.run(f"SELECT User.LastName, AppMenuItem.ApplicationId FROM OauthToken WHERE UserId IN ({some})")
    assert (found.total, len(found.records(0, 500))) == (2500, 500)
    assert {row["AppMenuItem"]["ApplicationId"] for row in found.records()} == set(apps)


def test_rows_by_the_hundred_are_all_or_none() -> None:
    records = engine()._caller.state.records
    before = len(records.find("User"))
    with pytest.raises(TypeError):
        records.insert_many("User", [{"LastName": "A"}, {"LastName": object()}])  # type: ignore[dict-item]
    assert len(records.find("User")) == before


def test_metadata_is_shown_for_one_row_only() -> None:
    state = engine()._caller.state
    one = Engine(Caller(state, state.records.find("User")[-1].id, "me@example.com", "token"), 63, tooling=True)
    head = b'<StandardValueSet xmlns="http://soap.sforce.com/2006/04/metadata"><sorted>false</sorted>'
    value = b"<standardValue><fullName>Hot</fullName><default>true</default><label>Hot</label></standardValue>"
    for name in ("AccountRating", "LeadStatus"):
        path = f"standardValueSets/{name}.standardValueSet"
        Components(state).put("StandardValueSet", name, {path: head + value + b"</StandardValueSet>"})
    soql = "SELECT Id, MasterLabel, Metadata FROM StandardValueSet"
    [row] = one.run(f"{soql} WHERE MasterLabel = 'AccountRating'").records()
    assert row["Metadata"] == {
        "sorted": False,
        "standardValue": [{"default": True, "label": "Hot", "valueName": "Hot"}],
    }
    with pytest.raises(SoqlError, match="must specify no more than one row"):
        one.run(soql)


def test_a_query_that_runs_too_long_is_broken_off_and_the_next_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    org = engine()
    org._caller.state.records.insert_many("OauthToken", [{"AppName": f"App {number}"} for number in range(3000)])
    soql = "SELECT COUNT() FROM OauthToken WHERE AppName LIKE '%b%'"
    monkeypatch.setattr(sources, "MOST_SECONDS", -1.0)
    with pytest.raises(SoqlError) as error:
        org.run(soql)
    assert (error.value.code, error.value.message) == ("QUERY_TIMEOUT", "Your query request was running for too long.")
    monkeypatch.undo()
    assert org.run(soql).total == 0
