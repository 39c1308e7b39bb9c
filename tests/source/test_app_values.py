"""Values that the schema calls strings, and certificates: an error where no org knows the value, no false alarm."""

from __future__ import annotations

import pytest

from sfmeta.errors import Problem, Severity
from sfmeta.model.component import Entry
from sfmeta.source.validation import validate


def app(inner: str) -> list[Problem]:
    text = f"<ConnectedApp>\n<contactEmail>a@example.com</contactEmail>\n<label>A</label>\n{inner}\n</ConnectedApp>"
    return list(validate([Entry.of("connectedApps/A.connectedApp", text.encode())]))


def policy(relaxation: str = "ENFORCE", refresh: str = "infinite") -> list[Problem]:
    return app(
        f"<oauthPolicy>\n<ipRelaxation>{relaxation}</ipRelaxation>\n<refreshTokenPolicy>{refresh}</refreshTokenPolicy>"
        "</oauthPolicy>"
    )


@pytest.mark.parametrize("value", ["ENFORCE", "BYPASS_2FACTOR", "BYPASS", "ENFORCE_RELAXREFRESH", "", "{IP}", "{{IP}}"])
def test_every_relaxation_of_the_guide_passes(value: str) -> None:
    assert policy(relaxation=value) == []


@pytest.mark.parametrize(
    "value",
    [
        "infinite",
        "zero",
        "specific_lifetime:7:DAYS",
        "specific_inactivity:12:HOURS",
        "specific_lifetime:1:MONTHS",
        "",
        "{RULE}",
        "specific_lifetime:{N}:DAYS",
        "{{RULE}}",
        "${RULE}",
    ],
)
def test_every_refresh_token_rule_of_the_guide_passes(value: str) -> None:
    assert policy(refresh=value) == []


@pytest.mark.parametrize(
    ("value", "near"),
    [("ENFORC", "ENFORCE"), ("enforce", "ENFORCE"), ("BYPASS_2FACTORS", "BYPASS_2FACTOR"), ("Bypass", "BYPASS")],
)
def test_a_relaxation_that_no_org_knows(value: str, near: str) -> None:
    (problem,) = policy(relaxation=value)
    assert (problem.severity, problem.rule, problem.line) == (Severity.ERROR, "app-wrong-value", 5)
    assert problem.message == f"'{value}' is no value of ipRelaxation"
    assert problem.hint == f"Did you mean {near}?"


@pytest.mark.parametrize(
    ("value", "near"),
    [
        ("immediately", "zero"),
        ("Infinite", "infinite"),
        ("specific_lifetime:7:days", "specific_lifetime:7:DAYS"),
        ("specific_lifetim:07:DAY", "specific_lifetime:7:DAYS"),
        ("specific_inactivity:0:DAYS", "specific_inactivity:<number>:DAYS"),
        ("specific_inactivity:3:WEEKS", "specific_inactivity:3:HOURS|DAYS|MONTHS"),
        ("specific_lifetime", "specific_lifetime:<number>:HOURS|DAYS|MONTHS"),
        ("specific_lifetime:7:DAYS:x", "specific_lifetime:7:DAYS"),
    ],
)
def test_a_refresh_token_rule_that_no_org_knows(value: str, near: str) -> None:
    (problem,) = policy(refresh=value)
    assert (problem.severity, problem.line) == (Severity.ERROR, 6)
    assert problem.hint == f"Did you mean {near}?"


def test_what_is_near_nothing_gets_the_whole_list() -> None:
    (problem,) = policy(relaxation="?")
    assert problem.hint == "Known: ENFORCE, ENFORCE_RELAXREFRESH, BYPASS, BYPASS_2FACTOR"


@pytest.mark.parametrize(("value", "hints"), [("Block", []), ("Blocked", ["Did you mean Block?"]), ("{X}", [])])
def test_actions_of_a_session_policy(value: str, hints: list[str]) -> None:
    problems = app(f"<sessionPolicy><policyAction>{value}</policyAction></sessionPolicy>")
    assert [problem.hint for problem in problems] == hints


@pytest.mark.parametrize("inner", ["MIIDmade", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"])
def test_a_certificate_is_a_warning(inner: str) -> None:
    (problem,) = app(
        f"<oauthConfig><callbackUrl>https://x</callbackUrl>\n<certificate>{inner}</certificate></oauthConfig>"
    )
    assert (problem.severity, problem.rule, problem.line) == (Severity.WARNING, "certificate-of-one-org", 5)
    assert "whoever logs in with the old key is refused" in problem.message


def test_a_certificate_of_an_external_client_app_too() -> None:
    text = "<ExtlClntAppGlobalOauthSettings><certificate>MII</certificate></ExtlClntAppGlobalOauthSettings>"
    problems = validate([Entry.of("extlClntAppGlobalOauthSets/A.ecaGlblOauth", text.encode())])
    assert [problem.rule for problem in problems] == ["certificate-of-one-org"]


@pytest.mark.parametrize("value", ["{pem}", "{{CERTIFICATE_NAME}}", ""])
def test_a_placeholder_is_no_certificate(value: str) -> None:
    assert app(f"<oauthConfig><certificate>{value}</certificate></oauthConfig>") == []
