"""Reading ``policy.yml``: the whole schema, and every way in which a file can be wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.config.policy import read_policy
from sfmeta.config.scalars import parse_duration, parse_until
from sfmeta.errors import SourceError, UsageError
from sfmeta.model.policy import (
    AssignedBy,
    Decision,
    Duration,
    EnvText,
    IpRelaxation,
    Ownership,
    PermittedUsers,
    Policy,
    Protocol,
    RefreshToken,
    RefreshTokenRule,
    TimeUnit,
)

WHOLE = (Path(__file__).parent / "whole.yml").read_text(encoding="utf-8")


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read_policy(text)
    return [str(problem) for problem in caught.value.problems]


def app(body: str) -> str:
    return f"version: 1\napps:\n  one:\n    match: {{label: One}}\n    {body}\n"


def test_a_policy_with_everything_is_read_whole() -> None:
    policy = read_policy(WHOLE)
    loader = policy.apps["dataloader_io"]
    assert loader.ownership is Ownership.INSTALLED
    assert loader.decision is Decision.ALLOW
    assert loader.permitted_users is PermittedUsers.ADMIN_APPROVED
    assert loader.refresh_token == RefreshToken(RefreshTokenRule.EXPIRE_AFTER, Duration(7, TimeUnit.DAYS))
    assert loader.ip_relaxation is IpRelaxation.ENFORCE
    assert loader.wave == 1
    assert loader.grants is not None
    assert loader.grants.profiles == ("System Administrator",)
    assert loader.grants.assigned_by is AssignedBy.SFMETA
    assert [str(user.username) for user in loader.grants.users] == ["super.user@example.com", "loader@example.com"]
    assert loader.contact_email is None, "an installed app is defined elsewhere"
    billing = policy.apps["billing_sync"]
    assert billing.contact_email == "security@example.com", "from defaults"
    assert billing.scopes == ("Api", "RefreshToken")
    assert billing.grants is None
    assert billing.permitted_users is None
    assert billing.session is not None
    assert billing.session.timeout_minutes == 120
    assert policy.any_api_client[0].until.at == datetime(2026, 12, 20, 18, 0, tzinfo=UTC)
    assert not policy.any_api_client[0].until.zone_assumed
    assert policy.profiles[0].user_permissions == (("ApiEnabled", True), ("UseAnyApiClient", False))
    assert policy.accepted_losses[1].protocol is Protocol.SOAP_LOGIN
    assert policy.enforcement is not None
    assert policy.enforcement.internal_users is True
    assert policy.enforcement.external_users is False


def test_a_bare_policy_asks_for_nothing() -> None:
    assert read_policy("version: 1\n") == Policy(file="policy.yml")


def test_a_key_left_empty_is_a_key_not_written() -> None:
    text = "version: 1\napps:\ncanaries: ~\nenforcement: {internal_users: null}\n"
    policy = read_policy(text)
    assert policy.apps == {}
    assert policy.canaries == ()
    assert policy.enforcement is not None
    assert policy.enforcement.internal_users is None


def test_every_problem_is_reported_at_once_with_line_and_column() -> None:
    text = WHOLE.replace("decision: allow", "decison: allow", 1).replace("wave: 1", "wave: first")
    text = (
        text.replace("7 days", "7 weeks")
        .replace("2027-01-15", "2027-02-30")
        .replace("app: rogue_exp", "app: rouge_exp")
    )
    found = problems(text)
    assert [line.split(": ")[0] for line in found] == [
        "policy.yml:10:5",
        "policy.yml:11:11",
        "policy.yml:16:35",
        "policy.yml:24:49",
        "policy.yml:45:5",
    ]
    assert "'decison' is not known here (Did you mean decision?)" in found[0]
    assert "Did you mean rogue_exporter?" in found[4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "policy.yml: the policy is empty"),
        ("# nothing yet\n", "policy.yml: the policy is empty"),
        ("null", "policy.yml: the policy is empty"),
        ("- a\n- b\n", "policy.yml:1:1: a policy is expected here, not a list"),
        ("hello", "policy.yml:1:1: a policy is expected here, not a single value"),
        ("apps: {}", "policy.yml:1:1: a policy needs 'version'"),
        ("version: 2", "policy.yml:1:10: '2' is not 1"),
        (b"version: 1\nx: \xff", "policy.yml:2: the file is not UTF-8"),
        ("version: 1\napps:\n\tone: {}", "policy.yml:3:1: a tab stands where YAML wants spaces"),
        ("version: 1\napps: [", "policy.yml:3:1: not valid YAML"),
        ("version: 1\n---\nversion: 1", "policy.yml:2:1: the file holds more than one YAML document"),
        ("version: 1\x07", "policy.yml:1: the file holds U+0007"),
        ("version: 1\nversion: 1", "policy.yml:2:1: 'version' stands twice; first in line 1"),
        (
            "version: 1\napps: {a: {match: {label: A}}, a: {match: {label: B}}}",
            "2:32: 'a' stands twice; first in line 2",
        ),
        ("version: 1\napps: []", "policy.yml:2:7: a mapping is expected here"),
        ("version: 1\napps: {'a b': {match: {label: A}}}", "'a b' is not a name of letters"),
        ("version: 1\napps: {a: {}}", "an app needs 'match'"),
        ("version: 1\napps: {a: {match: {}}}", "match of 'a' is empty"),
        ("version: 1\napps: {[a]: {}}", "a key must be a simple text"),
        ("version: !!python/object/apply:os.system [x]", "YAML tags are not read here"),
        ("version: &a [*a]", "an anchor holds itself"),
        ("version: 1\napps: {a: {<<: {}, match: {label: A}}}", "merge keys (<<) are not read"),
        ("[" * 200_000, "nested more than 100 deep"),
        ("- " * 50_000 + "x", "nested more than 100 deep"),
        ("version: 1\nenforcement: {internal_users: yes}", "'yes' is neither true nor false"),
        ("version: 1\ncanaries: [a@b.example, A@b.example]", "'a@b.example' stands twice in this list"),
        ("version: 1\ncanaries: [nobody]", "'nobody' is not a username"),
        ("version: 1\ncanaries: ['${env:A B}']", "malformed reference"),
        ("version: 1\nany_api_client: [{username: a@b.example}]", "an exception needs 'until'"),
        ("version: 1\nany_api_client: [{username: a@b.example, until: soon}]", "'soon' is not a date"),
        (
            "version: 1\naccepted_blind_spots:\n- rare_job",
            "policy.yml:3:3: 'rare_job' is not one of oauth_tokens, oauth_password, soap_login, browser_session, "
            "visualforce_and_packages, jwt_and_client_credentials, external_users, guests, rare_jobs "
            "(Did you mean rare_jobs?)",
        ),
        (
            "version: 1\naccepted_blind_spots: [{name: guest, reason: none}]",
            "policy.yml:2:31: 'guest' is not one of",
        ),
        ("version: 1\naccepted_blind_spots: [guests, {name: guests}]", "'guests' stands twice in this list"),
        ("version: 1\naccepted_losses: [{user: a@b.example, protocol: soap_login}]", "needs 'reason'"),
        ("version: 1\naccepted_losses: [{user: a@b.example}]", "needs exactly one of app, protocol"),
        ("version: 1\ndefaults: {permission_set: Allow}\napps: {a: {match: {label: A}}}", "Put {label} into it"),
        (app("permission_set: Allow {name}"), "'{name}' in permission_set stands for nothing"),
        (app("refresh_token: {expire_after: 1 day, expire_if_unused_for: 1 day}"), "exactly one of"),
        (app("refresh_token: forever"), "'forever' is not until_revoked, immediately"),
        (app("callback_url: 'https://${env:HOST}/'"), "a reference to the environment cannot stand here"),
        (app("permitted_users: everyone\n    grants: {profiles: [A]}"), "its grants mean nothing"),
        (app("decision: block\n    grants: {profiles: [A]}"), "nobody can be granted it"),
        (app("decision: allow\n    grants: {users: [a@b.example]}"), "need a permission set to be assigned"),
        (app("ownership: installed\n    scopes: [Api]"), "scopes cannot be set here"),
        (app("session: {timeout_minutes: 0}"), "'0' is not a whole number of at least 1"),
        (app("kind: connected"), "Did you mean connected_app?"),
        (app("wave: [1]"), "a whole number is expected here, not a list"),
        (app("owner: ''"), "not an empty value"),
    ],
)
def test_one_clear_line(text: str | bytes, message: str) -> None:
    assert any(message in line for line in problems(text)), problems(text)


def test_two_entries_for_one_app_are_refused() -> None:
    (line,) = problems("version: 1\napps:\n  a: {match: {label: One}}\n  b: {match: {label: One}}\n")
    assert "'b' matches the same app as 'a' in line 3" in line


def test_a_key_that_would_hold_a_secret_is_refused_without_showing_it() -> None:
    (line,) = problems(app("consumer_secret: CANARY-1234"))
    assert "'consumer_secret' must not stand in this file" in line
    assert "CANARY" not in line


def test_references_stay_references() -> None:
    policy = read_policy("version: 1\ncanaries: ['${env:WHO}@acme.example']\n")
    (canary,) = policy.canaries
    assert str(canary) == "${env:WHO}@acme.example"
    assert canary.resolve({"WHO": "ann"}) == "ann@acme.example"
    with pytest.raises(UsageError, match="WHO is not set"):
        canary.resolve({})


def test_many_aliases_are_fine_and_a_bomb_is_not() -> None:
    shared = "version: 1\napps:\n  a: {match: {label: A}, grants: {profiles: &p [X]}, decision: allow}\n"
    shared += "  b: {match: {label: B}, grants: {profiles: *p}, decision: allow}\n"
    grants = read_policy(shared).apps["b"].grants
    assert grants is not None
    assert grants.profiles == ("X",)
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    assert any("anchors make more than" in line for line in problems(bomb))


@pytest.mark.parametrize(
    ("text", "moment", "assumed"),
    [
        ("2027-01-31", datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC), True),
        ("2027-01-31T18:00Z", datetime(2027, 1, 31, 18, 0, tzinfo=UTC), False),
        ("2027-01-31T18:00:30+02:00", datetime(2027, 1, 31, 16, 0, 30, tzinfo=UTC), False),
        ("2027-01-31 18:00 -0530", datetime(2027, 1, 31, 23, 30, tzinfo=UTC), False),
        ("2027-01-31T18:00", datetime(2027, 1, 31, 18, 0, tzinfo=UTC), True),
    ],
)
def test_ends_in_time(text: str, moment: datetime, assumed: bool) -> None:
    until = parse_until(text)
    assert until is not None
    assert (until.at, until.zone_assumed) == (moment, assumed)


@pytest.mark.parametrize(
    "text", ["", "2027-02-30", "2027-1-1", "31.01.2027", "2027-01-31T25:00Z", "0000-01-01", "tomorrow"]
)
def test_no_end_in_time(text: str) -> None:
    assert parse_until(text) is None


def test_durations_are_salesforces_units() -> None:
    assert parse_duration("1 month") == Duration(1, TimeUnit.MONTHS)
    assert parse_duration("12 hours") == Duration(12, TimeUnit.HOURS)
    assert [parse_duration(text) for text in ("2 weeks", "0 days", "-1 day", "days", "1.5 hours")] == [None] * 5


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_crash(text: str) -> None:
    try:
        read_policy(text)
    except SourceError as error:
        assert error.problems and "\n" not in str(error)  # noqa: PT017, PT018  # most texts are refused, some are not


@given(st.text(max_size=40))
def test_a_text_without_references_resolves_to_itself(text: str) -> None:
    if "${env:" not in text:
        assert EnvText(text).resolve({}) == text


@pytest.mark.parametrize("text", [app("refresh_token: {expire_after: ~}"), app("refresh_token: {}")])
def test_one_of_several_left_empty_is_not_written(text: str) -> None:
    (line,) = problems(text)
    assert "a refresh token policy needs exactly one of expire_after, expire_if_unused_for" in line
