"""Laws of the rules: what may open or close a way, what "unknown" means, and what is said about each rule."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.access.questions import ADDRESS_NOT_SEEN, QUESTIONS, UNSEEN
from sfmeta.access.rules.case import Case, Client, Granted, Key, Org, Person, Place, TokenAge
from sfmeta.access.rules.judge import fix_of, judge
from sfmeta.access.rules.table import RULES
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.model.forecast import Verdict
from sfmeta.model.inventory import Blocked, Standing, Way
from sfmeta.model.policy import AppKind

WORKS, REFUSED, UNKNOWN = Verdict.WORKS, Verdict.REFUSED, Verdict.UNKNOWN
NAMES = sorted({**QUESTIONS, **UNSEEN})
SPECIAL = ("ApiEnabled", "ApiUserOnly", "CanApproveUninstalledApps", "UseAnyApiAuth", "UseAnyApiClient")

flags = st.booleans()
persons = st.builds(
    Person,
    is_external=flags,
    is_active=st.sampled_from([True, True, True, False]),
    is_frozen=st.sampled_from([False, False, False, True]),
    permissions=st.frozensets(st.sampled_from(SPECIAL)).map(lambda some: some | {"ApiEnabled"}) | st.just(frozenset()),
    in_hours=st.sampled_from([True, True, True, False]),
)
orgs = st.builds(
    Org,
    internal_box=flags,
    external_box=flags,
    ticks_internal_box=flags,
    ticks_a_box=flags,
    password_flow_blocked=flags,
    user_agent_flow_blocked=flags,
)
clients = st.builds(
    Client,
    kind=st.sampled_from(AppKind),
    standing=st.sampled_from(Standing),
    admin_approved=flags,
    blocked=st.sampled_from([Blocked.NO, Blocked.NO, *Blocked]),
    raises_session_level=flags,
    opens_api=flags,
    device_flow=flags,
    ip_relaxation=st.sampled_from(["ENFORCE", "BYPASS", "BYPASS_2FACTOR", "ENFORCE_RELAXREFRESH", ""]),
    becomes_restricted=flags,
    becomes_installed=flags,
    key=st.sampled_from([Key.SAME, Key.SAME, *Key]),
    runs_as_another=st.sampled_from([False, False, False, True]),
    is_deleted=st.sampled_from([False, False, False, True]),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any case at all."""
    way = draw(st.sampled_from(Way))
    client = draw(clients) if way.has_app else None
    granted = draw(st.sampled_from(Granted)) if client else Granted.NO
    token = draw(st.sampled_from(TokenAge)) if client else TokenAge.NONE
    return Case(draw(orgs), draw(persons), client, way, granted, token, draw(st.sampled_from(Place)))


answers = st.fixed_dictionaries(dict.fromkeys(NAMES, flags))
some_answers = st.dictionaries(st.sampled_from(NAMES), flags)


@settings(max_examples=500)
@given(cases(), answers)
def test_with_every_answer_nothing_is_unknown(case: Case, given_answers: dict[str, bool]) -> None:
    decision = judge(case, given_answers)
    assert decision.verdict is not UNKNOWN
    assert decision.questions == ()
    assert set(decision.learned) <= set(NAMES)


@settings(max_examples=500)
@given(cases(), some_answers, answers)
def test_what_is_not_unknown_is_right_whatever_the_answers_are(
    case: Case, known: dict[str, bool], rest: dict[str, bool]
) -> None:
    decision = judge(case, known)
    if decision.verdict is not UNKNOWN:
        assert judge(case, {**rest, **known}).verdict is decision.verdict


@settings(max_examples=500)
@given(cases(), some_answers)
def test_unknown_names_questions_that_decide(case: Case, known: dict[str, bool]) -> None:
    decision = judge(case, known)
    if decision.verdict is not UNKNOWN:
        assert decision.questions == ()
        return
    open_ = decision.questions
    assert open_
    assert not set(open_) & set(known)
    verdicts = {
        judge(case, {**known, **dict(zip(open_, values, strict=True))}).verdict
        for values in itertools.product((True, False), repeat=len(open_))
    }
    assert {WORKS, REFUSED} <= verdicts


@settings(max_examples=300)
@given(cases(), answers)
def test_granting_an_app_never_closes_a_way(case: Case, given_answers: dict[str, bool]) -> None:
    more = judge(replace(case, granted=Granted.DIRECTLY), given_answers)
    assert not (judge(case, given_answers).verdict is WORKS and more.verdict is REFUSED)


@settings(max_examples=300)
@given(
    cases(), answers, st.sampled_from(["ApiEnabled", "CanApproveUninstalledApps", "UseAnyApiAuth", "UseAnyApiClient"])
)
def test_giving_a_permission_never_closes_a_way(case: Case, given_answers: dict[str, bool], permission: str) -> None:
    person = case.person._replace(permissions=case.person.permissions | {permission})
    more = judge(replace(case, person=person), given_answers)
    assert not (judge(case, given_answers).verdict is WORKS and more.verdict is REFUSED)


@settings(max_examples=300)
@given(cases(), answers)
def test_ticking_a_box_never_opens_a_way(case: Case, given_answers: dict[str, bool]) -> None:
    ticked = replace(case.org, internal_box=True, external_box=True)
    later = judge(replace(case, org=ticked), given_answers)
    assert not (judge(case, given_answers).verdict is REFUSED and later.verdict is WORKS)


@settings(max_examples=300)
@given(cases(), answers, st.sampled_from([one for one in Blocked if one is not Blocked.NO]))
def test_a_blocked_app_is_closed_to_everyone(case: Case, given_answers: dict[str, bool], how: Blocked) -> None:
    if case.client is not None:
        blocked = replace(case, client=replace(case.client, blocked=how))
        assert judge(blocked, given_answers).verdict is REFUSED


@settings(max_examples=200)
@given(cases(), answers)
def test_an_inactive_or_frozen_user_gets_nowhere(case: Case, given_answers: dict[str, bool]) -> None:
    for person in (case.person._replace(is_active=False), case.person._replace(is_frozen=True)):
        assert judge(replace(case, person=person), given_answers).verdict is REFUSED


def test_an_address_that_nobody_saw_is_a_question() -> None:
    case = Case(Org(), Person(), Client(), Way.REFRESH_TOKEN, token=TokenAge.GOOD, place=Place.UNSEEN)
    decision = judge(case, {})
    assert (decision.verdict, decision.questions) == (UNKNOWN, (ADDRESS_NOT_SEEN,))
    assert decision.rule.id == "login-ip-ranges"


def test_the_first_box_stops_soap_login_of_those_who_hold_nothing() -> None:
    case = Case(Org(internal_box=True), Person(), None, Way.SOAP_LOGIN)
    # whether login() also wants Use Any API Auth does not matter: it is closed either way
    assert judge(case, {}).verdict is REFUSED
    assert judge(case, {}).rule.id == "no-app-under-box"


def test_an_external_user_keeps_a_self_authorised_app_under_the_second_box() -> None:
    org = Org(external_box=True)
    case = Case(org, Person(is_external=True), Client(), Way.WEB)
    assert judge(case, {}).verdict is WORKS
    uninstalled = replace(case, client=Client(standing=Standing.USED_ONLY), token=TokenAge.GOOD)
    assert judge(uninstalled, {}).rule.id == "uninstalled-under-box"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.info.id)
def test_every_rule_says_what_it_rests_on_and_what_would_help(rule: object) -> None:
    info, verdict = rule.info, rule.verdict  # type: ignore[attr-defined]
    assert info.sentence.endswith(".")
    assert info.source
    assert info.grade in ("A", "B", "C", "assumption")
    assert bool(fix_of(info.id)) is (verdict is REFUSED)


def test_every_rule_decides_some_case() -> None:
    """A rule that never decides is dead, or hidden behind another."""
    chance = random.Random(7)
    missing = {rule.info.id for rule in RULES}
    for _ in range(200_000):
        case, said = _any_case(chance), {name: chance.random() < 0.5 for name in NAMES}
        missing.discard(judge(case, said).rule.id)
        if not missing:
            break
    assert missing == set()


def _any_case(chance: random.Random) -> Case:
    def yes() -> bool:
        return chance.random() < 0.5

    def seldom() -> bool:
        return chance.random() < 0.1

    way = chance.choice(list(Way))
    person = Person(
        yes(), not seldom(), seldom(), frozenset(one for one in SPECIAL if yes() or one == "ApiEnabled"), not seldom()
    )
    if seldom():
        person = person._replace(permissions=frozenset())
    client = Client(
        chance.choice(list(AppKind)),
        chance.choice(list(Standing)),
        yes(),
        chance.choice(list(Blocked)) if seldom() else Blocked.NO,
        seldom(),
        yes(),
        yes(),
        chance.choice(["ENFORCE", "BYPASS", ""]),
        seldom(),
        seldom(),
        chance.choice(list(Key)) if seldom() else Key.SAME,
        seldom(),
        seldom(),
    )
    place = chance.choice(list(Place)) if seldom() else Place.ANYWHERE
    org = Org(yes(), yes(), seldom(), seldom(), yes(), yes())
    token = chance.choice(list(TokenAge))
    return Case(org, person, client if way.has_app else None, way, chance.choice(list(Granted)), token, place)


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.info.id for rule in RULES}) == len(RULES)


def test_every_question_is_one_of_the_local_orgs_assumptions() -> None:
    assert set(QUESTIONS) <= set(ASSUMPTIONS)
    assert not set(UNSEEN) & set(ASSUMPTIONS)
    for question in (*QUESTIONS.values(), *UNSEEN.values()):
        assert question.text.endswith("?")
        assert question.evidence
