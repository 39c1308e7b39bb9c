"""OauthToken is read whole, or what is missing is named; and it takes no more calls than it must."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.errors import GuardRefused
from sfmeta.model.inventory import Inventory, Proof
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.audit.tokens import MOST_ROWS, Part, together
from tests.audit.conftest import Start, audited, tools, worker
from tests.audit.fake import FakeAuditOrg, user_id

CONSTANT = 4


def run(org: FakeAuditOrg) -> Inventory:
    return audit(org, AuditRequest(parallel=2), tools())


def proof(inventory: Inventory) -> Proof:
    return next(one for one in inventory.proofs if one.sobject == "OauthToken")


def assert_within_budget(found: Proof) -> None:
    assert found.queries <= 1.5 * ceil(found.read / 500) + CONSTANT
    assert found.counts <= found.chunks + CONSTANT


@pytest.mark.parametrize("number", [0, 1, 500, 2499, 2500])
def test_up_to_what_one_query_gives_it_is_read_at_once(number: int) -> None:
    org = FakeAuditOrg({user_id(1): number})
    found = run(org)
    assert proof(found) == Proof("OauthToken", number, number, max(1, ceil(number / 500)), 1, 1)
    assert len(org.token_queries) == 1
    assert found.gaps == ()


@pytest.mark.parametrize(
    "tokens",
    [
        {user_id(number): 50 for number in range(400)},
        {user_id(number): 1 for number in range(2501)},
        {user_id(number): 1 if number % 7 else 900 for number in range(300)},
        {user_id(number): 2500 for number in range(5)},
        # all of them at a few users of many, who logged in last
        {user_id(number): 100 if number < 60 else 0 for number in range(30_000)},
    ],
    ids=["alike", "one each", "unlike", "full", "few of many"],
)
def test_past_that_it_is_split_by_users_and_proven(tokens: dict[str, int]) -> None:
    found = run(FakeAuditOrg(tokens))
    total = sum(tokens.values())
    assert proof(found).counted == proof(found).read == total
    assert sum(use.count for use in found.uses) == total
    assert {use.user_id for use in found.uses} == {one for one, number in tokens.items() if number}
    assert found.gaps == ()
    assert_within_budget(proof(found))


@given(st.lists(st.integers(0, 2500), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_whatever_the_users_have_every_row_is_read_once(numbers: list[int]) -> None:
    tokens = {user_id(place): number for place, number in enumerate(numbers)}
    found = run(FakeAuditOrg(tokens))
    assert {use.user_id: use.count for use in found.uses} == {one: number for one, number in tokens.items() if number}
    assert proof(found).read == sum(numbers)
    assert_within_budget(proof(found))


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 2500)), max_size=80))
def test_chunks_hold_every_part_and_no_more_than_a_query_gives(sizes: list[tuple[int, int]]) -> None:
    parts = [Part(tuple(f"{place}-{one}" for one in range(users)), rows) for place, (users, rows) in enumerate(sizes)]
    chunks = together(parts)
    assert sorted(user for chunk in chunks for user in chunk.users) == sorted(u for part in parts for u in part.users)
    assert sum(chunk.rows for chunk in chunks) == sum(part.rows for part in parts)
    assert all(chunk.rows <= MOST_ROWS for chunk in chunks)


def test_a_single_user_with_more_than_a_query_gives_is_a_gap() -> None:
    org = FakeAuditOrg({user_id(1): 3100, user_id(2): 40, user_id(3): 2})
    found = run(org)
    assert [gap.name for gap in found.gaps] == ["tokens-of-one-user"]
    assert user_id(1) in found.gaps[0].message
    assert "3,100" in found.gaps[0].message
    assert (proof(found).counted, proof(found).read) == (3142, 2542)
    assert next(one for one in found.coverage if one.name == "oauth_tokens").is_blind_spot


def test_tokens_that_go_between_count_and_read_are_no_gap_once_the_numbers_agree() -> None:
    tokens = {user_id(number): 100 for number in range(50)}
    org = FakeAuditOrg(dict(tokens))

    def vanish(soql: str) -> None:
        if "FROM OauthToken WHERE" in soql and "COUNT()" not in soql:
            org.tokens[user_id(7)] = 60

    org.before = vanish
    found = run(org)
    # what was read is what there is now
    assert proof(found).counted == proof(found).read == 4960
    assert found.gaps == ()


def test_tokens_that_come_and_go_all_the_time_are_a_gap() -> None:
    org = FakeAuditOrg({user_id(number): 100 for number in range(50)})

    def grow(soql: str) -> None:
        if "FROM OauthToken" in soql:
            org.tokens[user_id(3)] += 1

    org.before = grow
    found = run(org)
    assert "tokens-moved" in {gap.name for gap in found.gaps}
    assert proof(found).read != proof(found).counted
    assert next(one for one in found.coverage if one.name == "oauth_tokens").is_blind_spot


def test_a_chunk_that_outgrows_a_query_is_read_in_parts() -> None:
    org = FakeAuditOrg({user_id(number): 100 for number in range(26)})
    grown: list[str] = []

    def grow(soql: str) -> None:
        if "FROM OauthToken WHERE" in soql and "COUNT()" not in soql and not grown:
            grown.append(soql)
            org.tokens.update(dict.fromkeys(org.tokens, 180))

    org.before = grow
    found = run(org)
    assert proof(found).read == proof(found).counted == 26 * 180
    assert found.gaps == ()


def test_a_new_user_between_the_readings_is_a_gap() -> None:
    org = FakeAuditOrg({user_id(number): 100 for number in range(26)})

    def arrive(soql: str) -> None:
        if "FROM OauthToken WHERE" in soql:
            org.tokens[user_id(999)] = 5

    org.before = arrive
    found = run(org)
    assert [gap.name for gap in found.gaps] == ["tokens-moved"]
    assert "5 authorisations" in found.gaps[0].message


def test_secrets_are_not_asked_for() -> None:
    org = FakeAuditOrg({user_id(1): 3})
    run(org)
    words = " ".join(org.asked)
    assert not any(name in words for name in ("AccessToken", "DeleteToken", "RequestToken"))


def test_too_few_requests_left_stop_it_before_it_begins() -> None:
    org = FakeAuditOrg({user_id(1): 3}, left=12)
    with pytest.raises(GuardRefused, match="12 API requests left for today, and this audit needs about 4") as stopped:
        run(org)
    assert stopped.value.exit_code == 4
    assert org.token_queries == []


def test_a_large_local_org_is_read_whole_over_http(start: Start) -> None:
    users = [f"u{number}" for number in range(90)]
    apps = [{"label": f"App {one}", "ownership": "uninstalled", "consumer_key": f"key{one}"} for one in range(30)]
    tokens = [{"user": f"{name}@audit.example", "app": app["label"], "uses": 2} for name in users for app in apps]
    org = start(users=[worker(name) for name in users], apps=apps, tokens=tokens)
    found = audited(org)
    assert proof(found).read == proof(found).counted == 2701  # and the administrator's own
    assert proof(found).chunks > 1
    assert_within_budget(proof(found))
    assert [gap.name for gap in found.gaps] == ["installed-apps"]
    assert sum(1 for use in found.uses if use.app.startswith("used:App")) == 2700
