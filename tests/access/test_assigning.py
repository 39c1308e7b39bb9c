"""Who is to hold a generated permission set: the difference is exact, and leaves alone what is not ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sfmeta.access.assigning import (
    ANY_API_CLIENT,
    Standing,
    State,
    WantedAssignment,
    external_sets,
    generated_sets,
    stamp,
    standings,
    takes_away,
    wanted_assignments,
    why_no_set,
)
from sfmeta.codec import xml
from sfmeta.config.policy import read_policy
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Until
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind, ends_at

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
SETS = {"one": "Allow_One", "two": "Allow_Two", "outside": "Allow_Outside", ANY_API_CLIENT: "Use_Any_API_Client"}
USERS = ("ann@x", "bob@x", "Cy@x")
DAYS = (-400, -1, 1, 30, None)


def until(days: int | None) -> Until | None:
    return None if days is None else Until(NOW + timedelta(days=days), False, f"{days}")


def text(days: int | None, *, other_spelling: bool = False) -> str:
    moment = "" if days is None else stamp(NOW + timedelta(days=days))
    return moment.replace(".000+0000", "Z") if other_spelling else moment


def wish(app: str, user: str, days: int | None = None) -> WantedAssignment:
    return WantedAssignment(app, SETS[app], user, until(days), app == "outside", user)


def record(parent: str, user: str, days: int | None = None, kind: RecordKind = RecordKind.ASSIGNMENT) -> Record:
    return Record(RecordId(kind, parent, user), text(days))


wishes = st.lists(
    st.builds(wish, st.sampled_from(sorted(SETS)), st.sampled_from(USERS), st.sampled_from(DAYS)),
    unique_by=lambda one: one.key,
)
records = st.lists(
    st.builds(
        record,
        st.sampled_from([*SETS.values(), "Sales_Ops", "allow_one"]),
        st.sampled_from([*USERS, "cy@x", "dora@x"]),
        st.sampled_from(DAYS),
        st.sampled_from(RecordKind),
    ),
    unique_by=lambda one: (one.id.kind, one.id.parent.lower(), one.id.subject.lower()),
)


def compare(wanted: Iterable[WantedAssignment], held: Iterable[Record]) -> tuple[Standing, ...]:
    return standings(wanted, held, SETS, NOW, {SETS["outside"]})


def written(found: Iterable[Standing], *, prune: bool) -> list[RecordChange]:
    return [change for one in found if (change := one.write(prune=prune)) is not None]


def applied(held: Iterable[Record], changes: Iterable[RecordChange]) -> list[Record]:
    there = {one.id: one for one in held}
    for change in changes:
        assert there.get(change.id) == change.old
        there.pop(change.id, None)
        if change.new:
            there[change.id] = change.new
    return list(there.values())


@given(wishes, records, st.booleans())
def test_what_is_written_is_exactly_the_difference(
    wanted: list[WantedAssignment], held: list[Record], prune: bool
) -> None:
    changes = written(compare(wanted, held), prune=prune)
    after = applied(held, changes)
    again = compare(wanted, after)
    assert not written(again, prune=prune)
    ends = {(one.id.parent.lower(), one.id.subject.lower()): ends_at(one) for one in after if not is_access(one)}
    ours = [one for one in wanted if not one.is_external and (one.until is None or one.until.at > NOW)]
    for one in ours:
        assert ends[one.key] == (one.until.at if one.until else None)
    touched = {(change.id.parent.lower(), change.id.subject.lower()) for change in changes}
    if not prune:
        assert touched <= {one.key for one in ours}
    sets = {name.lower() for app, name in SETS.items() if app != "outside"}
    assert {parent for parent, _ in touched} <= sets, "only generated sets, and no identity provider's"
    assert all(change.id.kind is RecordKind.ASSIGNMENT for change in changes)


def is_access(one: Record) -> bool:
    return one.id.kind is RecordKind.APP_ACCESS


@given(wishes, records)
def test_every_record_and_every_wish_stands_somewhere_once(wanted: list[WantedAssignment], held: list[Record]) -> None:
    found = compare(wanted, held)
    names = {name.lower() for name in SETS.values()}
    assert [one.wanted for one in found if one.wanted] == wanted
    there = [one for one in held if not is_access(one) and one.id.parent.lower() in names]
    assert sorted(one.held for one in found if one.held) == sorted(there)
    assert {one.state for one in found if one.wanted is None} <= {State.BY_HAND}


@given(st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_who_has_less_afterwards(before: int | None, after: int | None) -> None:
    change = RecordChange(record("Allow_One", "ann@x", before), record("Allow_One", "ann@x", after))
    far = max(day for day in DAYS if day) + 1
    assert takes_away(change) is ((after or far) < (before or far))
    assert takes_away(RecordChange(change.old, None))
    assert not takes_away(RecordChange(None, change.new))


def test_an_end_is_the_same_however_it_is_spelled() -> None:
    other = Record(RecordId(RecordKind.ASSIGNMENT, "Allow_One", "ann@x"), text(30, other_spelling=True))
    [one] = compare([wish("one", "ANN@x", 30)], [other])
    assert one.state is State.HELD


def test_what_has_ended_in_the_org_is_missing_there() -> None:
    [one] = compare([wish("outside", "ann@x")], [record("Allow_Outside", "ann@x", -1)])
    assert (one.state, one.write(prune=True)) == (State.MISSING, None)
    [own] = compare([wish("one", "ann@x")], [record("Allow_One", "ann@x", -1)])
    change = own.write(prune=False)
    assert change is not None
    assert change.new == record("Allow_One", "ann@x")


POLICY = """\
version: 1
defaults: {permission_set: "Allow {label}"}
apps:
  one: {match: {label: One}, decision: allow, permitted_users: admin_approved, grants: {users: [ann@x, bob@x]}}
  by_file: {match: {api_name: By_File}, decision: allow, grants: {users: [ann@x]}}
  outside:
    match: {label: Outside}
    decision: allow
    grants: {assigned_by: external, users: [ann@x]}
  later: {match: {label: Later}, grants: {users: [ann@x]}}
  open: {match: {label: Open}, decision: allow, permitted_users: everyone}
any_api_client: [{username: ann@x, until: 2027-02-01}]
"""


def test_the_sets_that_a_policy_asks_for() -> None:
    policy = read_policy(POLICY)
    file = xml.parse(b"<ConnectedApp><label>By File!</label></ConnectedApp>", "x")
    sets, problems = generated_sets(policy, {ComponentId.of("ConnectedApp", "By_File"): file})
    assert not problems
    assert sets == {
        "one": "Allow_One", "by_file": "Allow_By_File", "outside": "Allow_Outside",
        ANY_API_CLIENT: "Use_Any_API_Client",
    }  # fmt: skip
    assert external_sets(policy, sets) == {"Allow_Outside"}
    assert [why_no_set(policy.apps[key]) for key in ("one", "later", "open")] == [
        "", "it has 'decision: undecided'", "it has 'permitted_users: everyone'"
    ]  # fmt: skip
    _, unnamed = generated_sets(policy, {})
    assert "needs the app's label" in unnamed[0].message


def test_an_app_of_the_reserved_name_is_refused() -> None:
    _, problems = generated_sets(read_policy(POLICY.replace("  later:", "  any_api_client:")), {})
    assert any("stands for the users of Use Any API Client" in problem.message for problem in problems)


def test_two_names_of_the_policy_may_be_one_user_of_the_org() -> None:
    policy = read_policy(POLICY)
    found, problems = wanted_assignments(policy, {"one": "Allow_One"}, lambda _: "ann@x.uat")
    assert [one.written for one in found] == ["ann@x"]
    [problem] = problems
    assert problem.message == "'one' is granted twice to bob@x, here ann@x.uat; first in line 4"
    assert (problem.line, problem.rule) == (4, "grant-duplicate")
    alone, none = wanted_assignments(policy, SETS | {"by_file": "X"}, str, "BOB@x")
    assert [one.written for one in alone] == ["bob@x"]
    assert not none
    assert replace(alone[0], username="BOB@X").key == alone[0].key
