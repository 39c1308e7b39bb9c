"""The org's memory: ids, records, transactions, restart."""

from __future__ import annotations

import sqlite3
import string
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.localorg.caller import has_permission
from sfmeta.localorg.clock import Clock, from_stamp, to_soap_stamp, to_stamp
from sfmeta.localorg.ids import to_18
from sfmeta.localorg.state import State, Undo

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("0013000001Gfm4L", "0013000001Gfm4LAAR"),
        ("500B000000A1nvP", "500B000000A1nvPIAR"),
        ("aaaaabbbbbccccc", "aaaaabbbbbcccccAAA"),
        ("AAAAABBBBBCCCCC", "AAAAABBBBBCCCCC555"),
    ],
)
def test_the_checksum_of_known_ids(short: str, long: str) -> None:
    assert to_18(short) == long
    assert to_18(long) == long


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=15, max_size=15))
def test_the_checksum_makes_ids_differ_without_regard_to_case(core: str) -> None:
    swapped = core.swapcase()
    assert (to_18(core).lower() == to_18(swapped).lower()) == (core == swapped)


def test_ids_have_their_prefix_and_never_repeat() -> None:
    state = State.open()
    made = [state.ids.new(sobject) for sobject in ("User", "Profile", "DeployRequest") for _ in range(50)]
    assert len({id_[:15] for id_ in made}) == 150
    assert {id_[:3] for id_ in made} == {"005", "00e", "0Af"}
    assert all(to_18(id_[:15]) == id_ for id_ in made)


def test_an_id_that_was_drawn_in_vain_is_not_given_again() -> None:
    state, drawn = State.open(), []
    with pytest.raises(KeyError), state.transaction():
        raise KeyError(drawn.append(state.ids.new("User")))
    assert state.ids.new("User") != drawn[0]


def test_the_same_seed_gives_the_same_ids_and_none_gives_others() -> None:
    assert State.open(id_seed="a").ids.new("User") == State.open(id_seed="a").ids.new("User")
    assert State.open().ids.new("User") != State.open().ids.new("User")


def test_records_are_found_by_any_field_and_by_short_ids() -> None:
    records = State.open().records
    anna = records.insert("User", {"Username": "anna@acme.example", "IsActive": True, "Email": None})
    records.insert("User", {"Username": "bert@acme.example", "IsActive": False})
    assert [record.id for record in records.find("User", IsActive=True, Email=None)] == [anna]
    assert records.find("Profile") == []
    found = records.get(anna[:15])
    assert found is not None
    assert (found["Username"], found["Id"], found["Email"]) == ("anna@acme.example", anna, None)
    records.update(anna, IsActive=False)
    assert len(records.find("User", IsActive=False)) == 2
    assert records.delete(anna)
    assert not records.delete(anna)
    assert records.get("not an id") is None


def insert_and_fail(state: State) -> None:
    with state.transaction():
        state.records.insert("User", {"Username": "undone"})
        state.set_setting("enableAdminApprovedAppsOnly", True)
        raise ZeroDivisionError


def test_the_latest_records_and_how_many_there_are() -> None:
    records = State.open().records
    for user, when in (("a", "1"), ("b", "3"), ("a", "2"), ("c", "3")):
        records.insert("LoginHistory", {"UserId": user, "LoginTime": when})
    records.insert("LoginHistory", {"UserId": "d"})
    latest = records.latest("LoginHistory", "LoginTime", 3)
    assert [(row["UserId"], row["LoginTime"]) for row in latest] == [("c", "3"), ("b", "3"), ("a", "2")]
    assert [row["LoginTime"] for row in records.latest("LoginHistory", "LoginTime", 9, UserId="a")] == ["2", "1"]
    assert records.count("LoginHistory") == 5
    assert records.count("LoginHistory", UserId="a") == 2
    assert records.count("LoginHistory", distinct="UserId") == 4
    assert records.count("LoginHistory", distinct="LoginTime") == 3
    assert records.count("LoginHistory", LoginTime=None) == 1
    for name in ("x') OR 1=1 --", "a.b", ""):
        with pytest.raises(ValueError, match="no field name"):
            records.count("LoginHistory", **{name: "x"})


def test_an_exception_undoes_only_its_own_transaction() -> None:
    state = State.open()
    with state.transaction():
        state.records.insert("User", {"Username": "kept"})
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(state)
    assert [record["Username"] for record in state.records.find("User")] == ["kept"]
    with pytest.raises(ZeroDivisionError):
        insert_and_fail(state)
    assert not state.org.setting("enableAdminApprovedAppsOnly")


def test_many_threads_write_at_once(tmp_path: Path) -> None:
    state = State.open(tmp_path / "org.db")

    def work() -> None:
        for _ in range(20):
            with state.transaction():
                state.set_fact("count", state.fact("count", 0) + 1)
                state.records.insert("User", {})

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state.fact("count") == len(state.records.find("User")) == 160
    state.close()


def test_everything_survives_being_opened_again_without_a_close(tmp_path: Path) -> None:
    path = tmp_path / "org.db"
    first = State.open(path, clock=Clock(lambda: NOON))
    first.change_org(name="Acme", features=("ApiAccessControl",))
    first.move_clock(timedelta(days=2))
    user = first.records.insert("User", {"Username": "anna@acme.example"})
    second = State.open(path, clock=Clock(lambda: NOON))
    assert second.org.name == "Acme"
    assert second.org.has_feature("ApiAccessControl")
    assert second.clock.now() == NOON + timedelta(days=2)
    assert second.records.get(user) == first.records.get(user)
    assert second.ids.new("User") > user
    assert path.stat().st_mode & 0o077 == 0
    first.close()
    second.close()


def test_stamps_are_as_salesforce_writes_them() -> None:
    assert to_stamp(NOON) == "2026-11-23T12:00:00.000+0000"
    assert to_soap_stamp(NOON) == "2026-11-23T12:00:00.000Z"
    assert from_stamp("2026-11-23T12:00:00.000+0000") == from_stamp("2026-11-23T13:00:00+01:00") == NOON
    assert from_stamp("2026-11-23T12:00:00") == NOON


def test_permissions_come_from_the_profile_and_from_assignments_that_have_not_expired() -> None:
    state = State.open(clock=Clock(lambda: NOON))
    records = state.records
    profile = records.insert("Profile", {"Name": "Standard User"})
    records.insert(
        "PermissionSet", {"Name": "X", "IsOwnedByProfile": True, "ProfileId": profile, "PermissionsApiEnabled": True}
    )
    extra = records.insert("PermissionSet", {"Name": "Extra", "PermissionsUseAnyApiClient": True})
    user = records.insert("User", {"Username": "anna@acme.example", "ProfileId": profile})
    assert has_permission(state, user, "ApiEnabled")
    assert not has_permission(state, user, "UseAnyApiClient")
    until = to_stamp(NOON + timedelta(hours=1))
    records.insert("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": extra, "ExpirationDate": until})
    assert has_permission(state, user, "UseAnyApiClient")
    state.move_clock(timedelta(hours=1))
    assert not has_permission(state, user, "UseAnyApiClient")


def test_changes_are_seen_by_what_was_written_and_by_what_was_undone() -> None:
    state = State.open()
    user = state.records.insert("User", {"Username": "a"})

    def stamp() -> tuple[int, ...]:
        return state.changes.stamp(("User", "fact:org"))

    seen = stamp()
    state.changes.see("me", seen)
    state.records.insert("Profile", {"Name": "p"})
    assert state.changes.is_seen("me", stamp())
    assert not state.changes.is_seen("you", stamp())
    for change in (
        lambda: state.records.update(user, Username="b"),
        lambda: state.records.insert_many("User", [{"Username": "c"}]),
        lambda: state.change_org(name="other"),
        lambda: state.records.delete_all(state.records.find("User", Username="c")),
        lambda: state.records.delete(user),
    ):
        before = stamp()
        change()
        assert stamp() != before
    before = stamp()
    assert not state.records.delete(user)
    assert stamp() == before
    with pytest.raises(KeyError), state.transaction():
        raise KeyError
    assert stamp() != before


def test_a_commit_that_fails_undoes_all_and_leaves_the_org_usable() -> None:
    state = State.open()
    state.connection.executescript(
        "PRAGMA foreign_keys = ON; CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);"
    )

    def orphan() -> None:
        with state.transaction():
            state.records.insert("User", {"Username": "a"})
            state.connection.execute("INSERT INTO child VALUES (1)")

    with pytest.raises(sqlite3.IntegrityError):
        orphan()
    assert not state.in_transaction
    with state.transaction():
        assert state.records.find("User") == []


def test_a_table_made_in_a_transaction_that_is_undone_is_made_again() -> None:
    state = State.open()
    statements = ["CREATE TABLE shelf (name TEXT)"]

    def in_vain() -> None:
        with state.transaction():
            state.ensure("shelf", statements)
            raise KeyError

    with pytest.raises(KeyError):
        in_vain()
    state.ensure("shelf", statements)
    assert state.connection.execute("SELECT COUNT(*) FROM shelf").fetchone() == (0,)


def test_what_an_org_is_is_forgotten_with_the_transaction_that_changed_it() -> None:
    state = State.open()
    state.change_org(name="Before")
    with state.undoable():
        state.change_org(name="Meanwhile")
        assert state.org.name == "Meanwhile"
        raise Undo
    assert state.org.name == "Before"
    with state.undoable():
        with state.undoable():
            state.set_setting("isPkceRequired", True)
            raise Undo
        assert not state.org.setting("isPkceRequired")
        state.change_org(name="Meanwhile")
        raise Undo
    assert state.org.name == "Before"
