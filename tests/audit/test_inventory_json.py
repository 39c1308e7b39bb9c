"""The document of an inventory: the same again when it is read, and a clear word where it is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.codec.inventory_json import inventory_bytes, inventory_document, read_inventory
from sfmeta.errors import SourceError
from sfmeta.model.inventory import (
    App,
    Assignment,
    Coverage,
    Gap,
    Inventory,
    IpRange,
    LoginHours,
    OrgSettings,
    PermissionSet,
    PermissionSetGroup,
    Profile,
    Proof,
    Source,
    Use,
    User,
)
from sfmeta.model.names import OrgId

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
texts = st.text(max_size=12)
ranges = st.tuples(st.builds(IpRange, texts, texts))
hours = st.builds(LoginHours, st.tuples(*[st.none() | st.tuples(st.integers(0, 1440), st.integers(0, 1440))] * 7))
names = st.frozensets(texts, max_size=3)


def keyed(values: st.SearchStrategy[Any], key: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(values, max_size=3).map(lambda found: {getattr(one, key): one for one in found})


usernames = st.text("abcdefgh0123@._-", max_size=12)
apps = st.builds(
    App,
    execution_user=usernames,
    ip_ranges=ranges,
    scopes=st.none() | names,
    options=names,
    grants=names,
    created=st.none() | moments,
)
uses = st.builds(
    Use,
    user_id=st.just(""),
    app=st.just(""),
    last_used=st.none() | moments,
    authorised=st.none() | moments,
    addresses=names,
    sources=st.frozensets(st.sampled_from(Source)),
)
unjoined = st.builds(
    Inventory,
    org_id=st.just(OrgId.parse("00D000000000001EAA")),
    taken_at=moments,
    settings=st.builds(
        OrgSettings,
        known_permissions=st.frozensets(texts, min_size=1, max_size=3),
        time_zone=st.sampled_from(["UTC", "GMT", "Europe/Berlin", "America/Argentina/Buenos_Aires"]),
    ),
    apps=keyed(apps, "key"),
    users=keyed(st.builds(User, username=usernames, last_browser_login=st.none() | moments), "id"),
    profiles=keyed(st.builds(Profile, ip_ranges=ranges, hours=st.none() | hours), "id"),
    permission_sets=keyed(st.builds(PermissionSet, permissions=names), "id"),
    groups=keyed(st.builds(PermissionSetGroup, members=names, muted=names), "id"),
    assignments=st.lists(st.builds(Assignment, expires=st.none() | moments), max_size=3).map(tuple),
    uses=st.lists(uses, max_size=3).map(tuple),
    coverage=st.tuples(st.builds(Coverage, evidence=st.tuples(texts))),
    gaps=st.tuples(st.builds(Gap)),
    proofs=st.tuples(st.builds(Proof)),
)


@st.composite
def joined(draw: st.DrawFn) -> Inventory:
    """Inventories whose uses and assignments name what is in them."""
    found = draw(unjoined)
    users, apps_, sets = (sorted(one) for one in (found.users, found.apps, found.permission_sets))
    uses_ = [replace(one, user_id=draw(st.sampled_from(users))) for one in found.uses if users]
    uses_ = [replace(one, app=draw(st.sampled_from(["", *apps_]))) for one in uses_]
    assigned = [
        replace(one, user_id=draw(st.sampled_from(users)), permission_set_id=draw(st.sampled_from(sets)))
        for one in found.assignments
        if users and sets
    ]
    return replace(found, uses=tuple(uses_), assignments=tuple(assigned))


KNOWN = OrgSettings(known_permissions=frozenset({"ApiEnabled"}))
PLAIN = Inventory(
    OrgId.parse("00D000000000001EAA"),
    "Acme",
    is_production=False,
    taken_at=datetime(2026, 11, 26, tzinfo=UTC),
    days=90,
    username="a@x.example",
    settings=KNOWN,
)


@given(joined())
@settings(max_examples=60, deadline=None)
def test_it_is_the_same_when_it_is_read_again(inventory: Inventory) -> None:
    text = inventory_bytes(inventory)
    again = read_inventory(text, "inventory.json")
    assert again == inventory
    assert inventory_bytes(again) == text


def test_equal_inventories_are_equal_texts_however_they_were_put_together() -> None:
    users = [User(f"005{number}", f"{number}@x.example") for number in range(9)]
    options = [f"option{number}" for number in range(9)]
    one, two = (
        inventory_bytes(
            Inventory(
                PLAIN.org_id,
                "Acme",
                is_production=False,
                taken_at=PLAIN.taken_at,
                days=90,
                username="a@x.example",
                settings=KNOWN,
                users={user.id: user for user in ordered},
                apps={"a": App("a", "A", options=frozenset(chosen))},
            )
        )
        for ordered, chosen in ((users, options), (users[::-1], options[::-1]))
    )
    assert one == two


def document(**changed: object) -> bytes:
    return json.dumps({**inventory_document(PLAIN), **changed}).encode()


PROFILE: dict[str, object] = {"id": "p", "name": "b", "permission_set_id": "c"}
USE = {"user_id": "a", "app": "used:One", "way": "web"}
GIVEN = {"user_id": "a", "permission_set_id": "s"}
HELD: dict[str, object] = {
    "users": [{"id": "a", "username": "Ann@X.Example"}],
    "apps": [{"key": "used:One", "label": "One", "execution_user": "Ann@X.Example"}],
    "permission_sets": [{"id": "s", "name": "S"}],
}


def holding(**changed: object) -> bytes:
    """One user, app and permission set, and more."""
    return document(**{**HELD, **changed})


def zoned(name: str) -> bytes:
    return document(settings={"known_permissions": ["ApiEnabled"], "time_zone": name})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no inventory"),
        (b"{}", "no inventory"),
        (document(sfmeta_inventory=2), "version 2; this sfmeta reads version 1"),
        (document(sfmeta_inventory=True), "version True"),
        (document(taken_at="yesterday"), "taken_at: 'yesterday' is no date and time"),
        (document(taken_at="2026-11-26"), "no time zone"),
        (document(days="90"), "days: this is not a whole number"),
        (document(days=True), "days: this is not a whole number"),
        (document(org_id="x"), "org_id: 'x' is no org id"),
        (document(unknown=1), "'unknown' does not belong here"),
        (document(uses={}), "uses: this is not a list"),
        (document(uses=[{"user_id": "a", "app": "", "way": "by_foot"}]), r"uses\[0\]\.way: this is none of 'refresh"),
        (document(uses=[{"app": "", "way": "web"}]), r"uses\[0\]: 'user_id' is missing"),
        (document(users=[{"id": "a", "username": "b"}] * 2), r"users\[1\]: 'a' stands here twice"),
        (
            document(profiles=[{"id": "a", "name": "b", "permission_set_id": "c", "hours": {"days": [[1]]}}]),
            r"profiles\[0\]\.hours\.days\[0\]: this has 1 values, not 2",
        ),
        (
            document(profiles=[{**PROFILE, "id": str(days), "hours": {"days": [None] * days}} for days in (7, 6)]),
            r"profiles\[1\]\.hours\.days: this has 6 days, not 7",
        ),
        (document(profiles=[{**PROFILE, "hours": {"days": []}}]), r"hours\.days: this has 0 days, not 7"),
        (document(settings={"known_permissions": []}), r"settings\.known_permissions: .*audit again"),
        (document(settings={}), r"settings\.known_permissions: .*audit again"),
        (zoned("Europe/Atlantis"), r"settings\.time_zone: 'Europe/Atlantis' is no time zone"),
        (zoned("../../etc/passwd"), r"settings\.time_zone: .* is no time zone"),
        (zoned(""), r"settings\.time_zone: '' is no time zone"),
        (zoned("localtime"), r"settings\.time_zone: 'localtime' is no time zone"),
        (holding(uses=[USE, {**USE, "user_id": "b"}]), r"uses\[1\]\.user_id: 'b' is not among the users"),
        (holding(uses=[{**USE, "app": "used:Two"}]), r"uses\[0\]\.app: 'used:Two' is not among the apps"),
        (holding(assignments=[{**GIVEN, "user_id": "b"}]), r"assignments\[0\]\.user_id: 'b' is not among the users"),
        (
            holding(assignments=[GIVEN, {**GIVEN, "permission_set_id": ""}]),
            r"assignments\[1\]\.permission_set_id: '' is not among the permission_sets",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as refused:
        read_inventory(text, "inventory.json")
    assert refused.value.file == "inventory.json"
    assert refused.value.hint


def test_what_names_what_the_file_holds_is_read_with_usernames_in_lower_case() -> None:
    uses = [USE, {**USE, "app": "", "way": "soap_login"}]
    found = read_inventory(holding(uses=uses, assignments=[GIVEN]), "inventory.json")
    assert found.users["a"].username == "ann@x.example"
    assert found.apps["used:One"].execution_user == "ann@x.example"
    assert [use.app for use in found.uses] == ["used:One", ""]
    assert found.assignments == (Assignment("a", "s"),)


def test_every_missing_field_is_told() -> None:
    for name in ("org_id", "org_name", "taken_at", "username"):
        changed = json.loads(document())
        del changed[name]
        with pytest.raises(SourceError, match=f"'{name}' is missing"):
            read_inventory(json.dumps(changed).encode(), "inventory.json")
