"""Laws of the front doors: what may open or close one, what its answers look like, and what is said about it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.doors import scopes
from sfmeta.localorg.doors.attempt import PASSWORD_FLOW_BLOCKED, USER_AGENT_FLOW_BLOCKED, Answer
from sfmeta.localorg.doors.catalog import DOOR_TEXTS, fault, text_of
from sfmeta.localorg.doors.gate import judge
from sfmeta.localorg.doors.rules import RULES
from sfmeta.localorg.doors.words import status_of, words
from sfmeta.localorg.features import API_ACCESS_CONTROL, SOAP_LOGIN
from tests.localorg.situations import Case, situation

RANGES = "<loginIpRanges><endAddress>10.1.2.9</endAddress><startAddress>10.1.2.1</startAddress></loginIpRanges>"
LOGINS = [door for door in Door if door not in (Door.REST, Door.METADATA_SOAP, Door.PARTNER_SOAP, Door.OAUTH_IDENTITY)]
USES = [Door.REST, Door.METADATA_SOAP, Door.PARTNER_SOAP, Door.OAUTH_IDENTITY, Door.UI]
PERMISSIONS = ("ApiEnabled", "UseAnyApiClient", "CanApproveUninstalledApps", "UseAnyApiAuth")
OTHERS = ("UseAnyApiClient", "CanApproveUninstalledApps", "UseAnyApiAuth", "ApiUserOnly")
SETTINGS = (PASSWORD_FLOW_BLOCKED, USER_AGENT_FLOW_BLOCKED)

flags = st.booleans()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any situation: a login, or the use of a session that was opened somewhere."""
    is_use = draw(flags)
    door = draw(st.sampled_from(USES if is_use else LOGINS))
    opened_at = draw(st.sampled_from(LOGINS)) if is_use else None
    no_app = Door.SOAP_LOGIN in (door, opened_at) or Door.UI in (door, opened_at)
    app = "" if no_app else draw(st.sampled_from(["installed", "external", "foreign"]))
    return Case(
        rule="",
        door=door,
        opened_at=opened_at,
        app=app,
        admin_only=draw(flags),
        granted=draw(st.sampled_from(["", "permission set", "profile", "group", "expired"])) if app else "",
        approved=bool(app) and draw(flags),
        flow=draw(st.sampled_from([None, Door.OAUTH_DEVICE])),
        blocked=draw(st.sampled_from(["", "", "", "list", "policy"])) if app else "",
        box=draw(st.sampled_from(["", "internal", "external", "both"])),
        user=draw(st.sampled_from([{}] * 6 + [{"UserType": "PowerPartner"}, {"IsActive": False}])),
        frozen=draw(st.sampled_from([False] * 8 + [True])),
        permissions=(*draw(st.sampled_from([("ApiEnabled",)] * 6 + [()])), *draw(st.sets(st.sampled_from(OTHERS)))),
        features=draw(st.sampled_from([(API_ACCESS_CONTROL, SOAP_LOGIN), (API_ACCESS_CONTROL,), ()])),
        assumptions=draw(st.dictionaries(st.sampled_from(sorted(ASSUMPTIONS)), flags, max_size=4)),
        settings=draw(st.dictionaries(st.sampled_from(SETTINGS), flags)),
        version=draw(st.sampled_from([59, 64, 65])),
        app_fields=draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "Scopes": st.sampled_from(["api", "api refresh_token", "web", "full"]),
                    "IsDeviceFlowEnabled": flags,
                    "IpRelaxation": st.sampled_from(["ENFORCE", "BYPASS", "BYPASS_2FACTOR", "ENFORCE_RELAXREFRESH"]),
                },
            )
        )
        if app
        else {},
        profile=draw(st.sampled_from(["", "", RANGES])),
        every_request=draw(flags),
        source_ip=draw(st.sampled_from(["127.0.0.1", "10.1.2.3"])),
        scopes=draw(st.sampled_from([None, frozenset({"api"}), frozenset({"web"})])) if is_use and app else None,
    )


def opens(case: Case) -> bool:
    attempt = situation(case)
    try:
        return judge(attempt)[1] is None
    finally:
        attempt.state.close()


@settings(max_examples=80, deadline=None)
@given(cases())
def test_every_situation_is_decided_with_words_of_its_door(case: Case) -> None:
    attempt = situation(case)
    rule, refusal = judge(attempt)
    attempt.state.close()
    assert (refusal is None) == (rule.answer is Answer.ALLOW)
    if refusal is not None:
        assert refusal.rule == rule.id
        shape(case.door, refusal)


@settings(max_examples=80, deadline=None)
@given(cases(), st.sampled_from(PERMISSIONS))
def test_giving_a_permission_never_closes_a_door(case: Case, permission: str) -> None:
    more = replace(case, permissions=tuple({*case.permissions, permission}))
    assert not (opens(case) and not opens(more))


@settings(max_examples=80, deadline=None)
@given(cases(), st.sampled_from(["permission set", "profile"]))
def test_granting_an_app_never_closes_a_door(case: Case, how: str) -> None:
    if case.app and case.granted in ("", "expired"):
        assert not (opens(case) and not opens(replace(case, granted=how)))


@settings(max_examples=80, deadline=None)
@given(cases(), st.sampled_from(["list", "policy"]))
def test_blocking_an_app_closes_every_door_to_it(case: Case, how: str) -> None:
    blocked = replace(case, blocked=how)
    if case.app in ("installed", "external") or (case.app and how == "list"):
        assert not opens(blocked)


@settings(max_examples=80, deadline=None)
@given(cases(), st.sampled_from(["internal", "external"]))
def test_ticking_a_box_never_opens_a_door(case: Case, box: str) -> None:
    ticked = box if case.box in ("", box) else "both"
    assert not (opens(replace(case, box=ticked)) and not opens(case))


@settings(max_examples=80, deadline=None)
@given(cases())
def test_login_ranges_never_open_a_door_and_a_bypass_never_closes_one(case: Case) -> None:
    assert not (opens(replace(case, profile=RANGES)) and not opens(replace(case, profile="")))
    if case.app and case.app != "external":
        relaxed = replace(case, app_fields={**case.app_fields, "IpRelaxation": "BYPASS"})
        strict = replace(case, app_fields={**case.app_fields, "IpRelaxation": "ENFORCE"})
        assert not (opens(strict) and not opens(relaxed))


@settings(max_examples=40, deadline=None)
@given(cases())
def test_an_inactive_or_frozen_user_gets_nothing(case: Case) -> None:
    assert not opens(replace(case, user={**case.user, "IsActive": False}))
    assert not opens(replace(case, frozen=True))


def shape(door: Door, refusal: Fault) -> None:
    """What every client of a door relies on."""
    assert refusal.message
    match door:
        case Door.SOAP_LOGIN | Door.METADATA_SOAP | Door.PARTNER_SOAP:
            assert refusal.http_status == 500
            assert re.fullmatch(r"[A-Z_]+|soapenv:Client", refusal.code)
        case Door.REST:
            assert refusal.http_status in (401, 403)
            assert re.fullmatch(r"[A-Z_]+", refusal.code)
        case Door.OAUTH_IDENTITY:
            assert refusal.http_status == 403
        case Door.UI:
            assert refusal.http_status == 403
        case Door.OAUTH_AUTHORIZE | Door.OAUTH_USER_AGENT:
            assert re.fullmatch(r"OAUTH_[A-Z_]+|[a-z_]+", refusal.code)
        case _:
            assert refusal.http_status == 400
            assert re.fullmatch(r"[a-z_]+", refusal.code)


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("answer", [answer for answer in Answer if answer is not Answer.ALLOW])
def test_every_refusal_has_the_shape_of_its_door(answer: Answer, door: Door) -> None:
    for jwt_says_not_approved in (True, False):
        shape(door, words(answer, door, jwt_says_not_approved))
    assert status_of(answer) != text_of("status-success")


def test_every_rule_and_text_names_its_source_and_grade() -> None:
    for rule in RULES:
        assert rule.grade in ("A", "B", "C", "assumption"), rule.id
    for text in DOOR_TEXTS:
        assert text.grade in ("A", "B", "C", "emulator"), text.id
        assert text.source, text.id
        assert text.sentence.endswith("."), text.id
        # what nothing was found for must not look as if something was
        assert not (re.search("ours|not verified|nothing found|own choice", text.source) and text.grade == "B"), text.id
        if text.assumption:
            assert text.assumption in ASSUMPTIONS
    ids = [*(text.id for text in DOOR_TEXTS), *(rule.id for rule in RULES)]
    assert len({text.id for text in DOOR_TEXTS}) == len(DOOR_TEXTS)
    assert len(ids) >= 90


def test_a_fault_is_its_text_cut_at_the_code() -> None:
    assert fault("app-blocked") == Fault("app_blocked", "this app is blocked by admin")
    gone = fault("no-operation", 500, operation="login")
    assert (gone.code, gone.http_status) == ("soapenv:Client", 500)
    assert "{urn:partner.soap.sforce.com}login" in gone.message
    assert fault("identity-token", 403) == Fault("Bad_OAuth_Token", "Bad_OAuth_Token", 403)


@given(st.lists(st.sampled_from(["Api", "Web", "Full", "RefreshToken", "OfflineAccess", "Basic", "Wave", "Odd"])))
def test_scopes_in_both_spellings(names: list[str]) -> None:
    text = scopes.from_metadata(names)
    assert len(text.split()) == len(set(text.split()))
    given_scopes = frozenset(text.split())
    assert set(scopes.shown(given_scopes).split()) == given_scopes - {"Odd"}
    assert scopes.opens_api(given_scopes) is bool(given_scopes & {"api", "full"})
