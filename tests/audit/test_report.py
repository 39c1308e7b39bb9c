"""The text of an inventory with everything in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sfmeta.model.inventory import (
    App,
    Assignment,
    Blocked,
    Coverage,
    Gap,
    Inventory,
    OrgSettings,
    PermissionSet,
    Profile,
    Proof,
    Standing,
    Use,
    User,
    Visibility,
    Way,
)
from sfmeta.model.names import OrgId
from sfmeta.model.policy import AppKind
from sfmeta.report.columns import columns
from sfmeta.report.inventory import _BLOCKED, SHOWN, inventory_text

NOW = datetime(2026, 11, 26, 10, 30, tzinfo=UTC)
FULL = Inventory(
    OrgId.parse("00D000000000001EAA"),
    "Acme (production)",
    is_production=True,
    taken_at=NOW,
    days=1,
    username="admin@acme.example",
    settings=OrgSettings(internal_box=True, external_box=False),
    apps={
        "a": App("a", "Approved", standing=Standing.OWNED, admin_approved=True, grants=frozenset({"s"})),
        "b": App("b", "Boxed", blocked=Blocked.BY_BOX),
        "c": App("c", "Client", AppKind.EXTERNAL_CLIENT_APP, Standing.INSTALLED, admin_approved=False),
    },
    users={
        "u": User("u", "one@acme.example", profile_id="p"),
        "f": User("f", "frozen@acme.example", is_frozen=True, profile_id="p"),
    },
    profiles={"p": Profile("p", "Worker", "own")},
    permission_sets={
        "own": PermissionSet("own", "own", permissions=frozenset({"ModifyAllData"}), profile_id="p"),
        "s": PermissionSet("s", "Allow", "Allow It", frozenset({"UseAnyApiClient"})),
    },
    assignments=(Assignment("u", "s", NOW + timedelta(days=5)),),
    uses=(
        Use("u", "c", Way.REFRESH_TOKEN, NOW, 12),
        Use("u", "", Way.BROWSER_SESSION, None, 7),
        Use("gone", "", Way.SOAP_LOGIN, NOW, 3, failures=2),
    ),
    coverage=(Coverage("soap_login", "SOAP login()", Visibility.NOT_PERMITTED, "no right", "Give it", 1, ("a hint",)),),
    gaps=(Gap("tokens-moved", "2 tokens moved", "Again"), Gap("muting", "Not shown")),
    proofs=(Proof("OauthToken", 5000, 5000, 11, 4, 3), Proof("LoginHistory", 10, 9, 1)),
)
EXPECTED = """\
Acme (production), read 2026-11-26 10:30 UTC as admin@acme.example
Logins and calls of 1 day; API Access Control is on for internal users, off for customers and partners.

Apps (3):
  app                           where      may use it          users  last use
  Client (external client app)  installed  everyone            1      2026-11-26
  Approved                      owned      1 grant             0      -
  Boxed                         used only  blocked by the box  0      -

Without an app (2):
  user              with                 times  failed  last use
  one@acme.example  a browser's session  7      0       -
  gone              SOAP login()         3      2       2026-11-26

Who holds what opens or closes doors:
  UseAnyApiClient: one@acme.example (until 2026-12-01)
  ModifyAllData: frozen@acme.example (frozen), one@acme.example

Assignments that end within 90 days (1):
  user              what                     apps      ends
  one@acme.example  permission set Allow It  Approved  2026-12-01

What this audit sees, and what it cannot see:
  not permitted  SOAP login() (soap_login), 1 found
                 no right
                 - a hint
                 -> Give it

Gaps (2):
  2 tokens moved (tokens-moved). Again
  Not shown (muting)

OauthToken: all 5,000 rows read, in 3 parts, with 15 calls.
LoginHistory: 9 of 10 rows read, with 1 call."""


def plain(text: str, color: str = "") -> str:
    return text


def test_everything_has_its_place() -> None:
    assert inventory_text(FULL, plain) == EXPECTED


def test_what_is_not_there_is_left_out() -> None:
    empty = replace(FULL, settings=OrgSettings(), uses=(), assignments=(), gaps=(), proofs=(), users={})
    text = inventory_text(empty, plain)
    assert "no API Access Control in this org" in text
    assert "  nobody" in text
    assert not any(word in text for word in ("Without an app", "Gaps", "Assignments that end"))


def test_long_lists_are_cut_and_say_so() -> None:
    apps = {str(number): App(str(number), f"App {number:03}") for number in range(SHOWN + 5)}
    uses = tuple(Use(f"user{number}", "", Way.SOAP_LOGIN, None, number) for number in range(SHOWN + 1))
    text = inventory_text(replace(FULL, apps=apps, uses=uses), plain)
    assert "... and 5 more (--json or -f FILE has them all)" in text
    assert "... and 1 more" in text


def test_a_narrow_terminal_cuts_the_flexible_column() -> None:
    lines = columns(("name", "n"), [("a very long name indeed", "1"), ("short", "22")], 16)
    assert lines == ["name          n", "a very long…  1", "short         22"]


def test_every_way_in_which_an_app_may_be_shut_has_a_word() -> None:
    for how, word in {Blocked.BY_POLICY: "blocked by policy", Blocked.DISABLED: "not enabled"}.items():
        shut = replace(FULL, apps={"b": App("b", "Shut", blocked=how)}, assignments=())
        assert f"Shut  used only  {word}" in inventory_text(shut, plain)
    assert {*_BLOCKED, Blocked.NO} == set(Blocked)
