"""The JSON Schema of the policy, as an editor uses it: what we read, it accepts; what we refuse, it flags."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from sfmeta.config.policy import policy_json_schema, read_policy
from sfmeta.errors import SourceError

ROOT = Path(__file__).parents[2]
README_POLICY = re.findall(
    r"```yaml\n(version: 1\n(?!environments:).*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
)
FILES = [
    ROOT / "policy.yml",
    Path(__file__).parent / "whole.yml",
    *sorted((ROOT / "tests" / "generate" / "golden").glob("*/policy.yml")),
]


def complaints(text: str) -> list[str]:
    """As an editor sees the text: numbers, booleans and nulls by YAML's rules; JSON knows no dates."""
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    return [error.message for error in Draft202012Validator(policy_json_schema()).iter_errors(document)]


def app(body: str) -> str:
    return f"version: 1\napps: {{one: {{match: {{label: One}}, {body}}}}}\n"


def test_it_is_a_schema_and_knows_every_key() -> None:
    schema = policy_json_schema()
    Draft202012Validator.check_schema(schema)
    keys = schema["properties"]
    assert isinstance(keys, dict)
    assert set(keys) == {
        "version", "defaults", "apps", "any_api_client", "profiles", "accepted_losses", "accepted_blind_spots",
        "break_glass", "canaries", "enforcement",
    }  # fmt: skip
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_policies_that_work_are_not_flagged(file: Path) -> None:
    assert complaints(file.read_text(encoding="utf-8")) == []


def test_the_readmes_policy_is_not_flagged() -> None:
    assert README_POLICY
    assert [complaint for text in README_POLICY for complaint in complaints(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "version: 1",
        'version: "1"',
        "version: 1\napps:\nenforcement: ~\ncanaries:\nprofiles:\ndefaults:",
        "version: 1\nenforcement: {internal_users: true, external_users: ~}",
        app("ticket: 4711, owner: 42, wave: 1, session: {timeout_minutes: 120}"),
        app("ticket: true, review_by: 2027-01-15"),
        app("ticket: 2027-01-15"),
        app("review_by: 2027-01-15 18:00:00+01:00"),
        app("review_by: 2027-01-15t18:00z"),
        app("refresh_token: {expire_after: 7days}"),
        app("refresh_token: immediately, permission_set: 7"),
        app("refresh_token: , grants: , session: {timeout_minutes: }"),
        app("permission_set: P, grants: {users: [{username: '${env:WHO}', until: , reason: 5}]}"),
        app("grants: {profiles: [], permission_sets: [2027]}"),
        "version: 1\napps: {one: {match: {label: 365, consumer_key: 12345678}}}",
        "version: 1\naccepted_blind_spots: [guests, {name: rare_jobs, reason: 3}]",
    ],
)
def test_what_we_read_is_not_flagged(text: str) -> None:
    read_policy(text)
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "version: 2",
        "apps: {}",
        "version: ~",
        "version: 1\nenforcment: {}",
        app("wave: first"),
        app("wave: 0"),
        app("decision: perhaps"),
        app("contact_email: 5"),
        app("refresh_token: 7"),
        app("refresh_token: {expire_after: ~}"),
        app("review_by: tomorrow"),
        app("grants: {users: [~]}"),
        "version: 1\napps: {one: ~}",
        "version: 1\nenforcement: {internal_users: 1}",
        "version: 1\naccepted_blind_spots: [rare_job]",
        "version: 1\naccepted_blind_spots: [{name: rare_job}]",
    ],
)
def test_what_we_refuse_is_flagged(text: str) -> None:
    with pytest.raises(SourceError):
        read_policy(text)
    assert complaints(text)
