"""Who should work after a change: judged on small inventories."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sfmeta.access.watching import Judged, judge
from sfmeta.model.inventory import Source, Way
from sfmeta.model.watch import Attempts, Sighting, Watched
from tests.forecast.small import NOW, app, inventory, policy, use, user

SINCE = NOW - timedelta(hours=2)
REFUSAL = "Failed: Not approved for access"
ALLOW = """apps:
  billing: {match: {label: Billing}, ownership: installed, decision: allow}
"""


def came(name: str, label: str = "Billing", *, ok: bool = False, at: datetime = NOW, way: Way = Way.WEB) -> Attempts:
    app_key = f"app-{label}" if label else ""
    return Attempts(f"user-{name}", app_key, way, "Success" if ok else REFUSAL, ok, 1, at, at)


def look(*things: object, said: str = ALLOW, attempts: tuple[Attempts, ...] = ()) -> Judged:
    return judge(inventory(app("Billing"), *things), policy(said), attempts, SINCE, timedelta(days=90))


def only(judged: Judged) -> Watched:
    [row] = judged.rows
    return row


def test_what_was_in_use_is_waited_for_until_a_login_is_let_in() -> None:
    ann = (user("ann"), use("ann", "Billing"))
    assert only(look(*ann)).sighting is Sighting.UNPROVEN
    assert only(look(*ann, attempts=(came("ann", ok=True),))).sighting is Sighting.PROVEN
    refused = only(look(*ann, attempts=(came("ann"),)))
    assert refused.sighting is Sighting.REFUSED
    assert refused.statuses == (REFUSAL,)


def test_a_use_that_may_have_failed_proves_nothing() -> None:
    """Help remoteaccess_request_approve: the use count of an authorisation counts failed attempts, too."""
    since = use("ann", "Billing", last_used=NOW)
    assert only(look(user("ann"), since)).sighting is Sighting.UNPROVEN
    assert only(look(user("ann"), since, attempts=(came("ann"),))).sighting is Sighting.REFUSED


def test_calls_without_a_login_prove_a_browser_session() -> None:
    events = {"sources": frozenset({Source.API_EVENTS}), "way": Way.BROWSER_SESSION}
    assert only(look(user("ann"), use("ann", **events))).sighting is Sighting.UNPROVEN
    assert only(look(user("ann"), use("ann", last_used=NOW, **events))).sighting is Sighting.PROVEN


def test_only_a_later_login_makes_up_for_a_refusal() -> None:
    ann = (user("ann"), use("ann", "Billing"))
    earlier, later = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)
    before = look(*ann, attempts=(came("ann"), came("ann", ok=True, at=earlier)))
    assert only(before).sighting is Sighting.REFUSED
    at_once = look(*ann, attempts=(came("ann"), came("ann", ok=True)))
    assert only(at_once).sighting is Sighting.REFUSED
    after = look(*ann, attempts=(came("ann"), came("ann", ok=True, at=later)))
    assert only(after).sighting is Sighting.RECOVERED


def test_by_which_flow_a_login_came_does_not_matter_with_an_app() -> None:
    ann = (user("ann"), use("ann", "Billing"), use("ann", "Billing", Way.JWT_BEARER))
    assert only(look(*ann, attempts=(came("ann", ok=True, way=Way.CLIENT_CREDENTIALS),))).sighting is Sighting.PROVEN


def test_without_an_app_it_does() -> None:
    ann = (user("ann"), use("ann", way=Way.SOAP_LOGIN), use("ann", way=Way.BROWSER_SESSION))
    judged = look(*ann, attempts=(came("ann", "", ok=True, way=Way.SOAP_LOGIN),))
    assert {(row.way, row.sighting) for row in judged.rows} == {
        (Way.SOAP_LOGIN, Sighting.PROVEN),
        (Way.BROWSER_SESSION, Sighting.UNPROVEN),
    }


LOSS = """accepted_losses:
  - {user: ann@acme.example, app: billing, reason: SEC-1, approved_by: ciso@acme.example, until: 2026-11-23T11:00Z}
"""


@pytest.mark.parametrize(
    ("said", "more", "why"),
    [
        (f"{ALLOW}{LOSS}", {}, "SEC-1"),
        (ALLOW.replace("allow", "block"), {}, "blocks"),
        (ALLOW, {"is_active": False}, "not active"),
        (ALLOW, {"is_frozen": True}, "frozen"),
    ],
    ids=["accepted when it came", "blocked", "inactive", "frozen"],
)
def test_who_is_not_expected_is_foreseen_and_not_waited_for(said: str, more: dict[str, bool], why: str) -> None:
    ann = (user("ann", **more), use("ann", "Billing"))
    assert not look(*ann, said=said).rows
    row = only(look(*ann, said=said, attempts=(came("ann"),)))
    assert row.sighting is Sighting.FORESEEN
    assert why in row.why


def test_a_loss_that_had_ended_before_the_change_accepts_nothing() -> None:
    ended = LOSS.replace("11:00Z", "09:00Z")
    assert only(look(user("ann"), use("ann", "Billing"), said=f"{ALLOW}{ended}")).sighting is Sighting.UNPROVEN


def test_what_was_idle_for_long_is_counted_and_not_waited_for() -> None:
    old = use("ann", "Billing", last_used=SINCE - timedelta(days=91))
    judged = look(user("ann"), old)
    assert (judged.rows, judged.idle) == ((), 1)


GRANTED = ALLOW.replace(
    "decision: allow", "decision: allow, permission_set: Allow Billing, grants: {users: [Ann@acme.example]}"
)
EVERYONE = ALLOW.replace("decision: allow", "decision: allow, permitted_users: everyone")


@pytest.mark.parametrize(
    ("said", "sighting"),
    [(GRANTED, Sighting.REFUSED), (EVERYONE, Sighting.REFUSED), (ALLOW, Sighting.FORESEEN)],
    ids=["granted", "everyone", "nothing says so"],
)
def test_somebody_new_is_expected_where_the_policy_says_so(said: str, sighting: Sighting) -> None:
    assert not look(user("ann"), said=said).rows
    assert only(look(user("ann"), said=said, attempts=(came("ann"),))).sighting is sighting


def test_a_soap_user_to_whom_the_policy_gives_use_any_api_client() -> None:
    holds = f"{ALLOW}any_api_client: [{{username: ann@acme.example, until: 2027-01-01}}]\n"
    attempt = (came("ann", "", way=Way.SOAP_LOGIN),)
    assert only(look(user("ann"), said=holds, attempts=attempt)).sighting is Sighting.REFUSED
    assert only(look(user("ann"), attempts=attempt)).sighting is Sighting.FORESEEN


def test_the_worst_comes_first() -> None:
    people = [thing for name in ("ann", "bob", "cem") for thing in (user(name), use(name, "Billing"))]
    judged = look(*people, attempts=(came("cem"), came("ann", ok=True)))
    assert [row.user.username[:3] for row in judged.rows] == ["cem", "bob", "ann"]
