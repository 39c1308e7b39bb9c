"""The JSON Schema of ``environments.yml``, as an editor uses it: what we read, it accepts; a wrong shape, it flags."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from sfmeta.cli.main import main
from sfmeta.config.environments import environments_json_schema, read_environments
from sfmeta.errors import SourceError
from sfmeta.ops.init import begin

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(version: 1\nenvironments:.*?)```", README, re.DOTALL)


def complaints(text: str) -> list[str]:
    """As an editor sees the text."""
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    return [error.message for error in Draft202012Validator(environments_json_schema()).iter_errors(document)]


def one(body: str) -> str:
    return f"version: 1\nenvironments: {{uat: {{org: uat, org_id: 00D000000000001, {body}}}}}\n"


def test_it_is_a_schema_and_knows_every_key() -> None:
    schema = environments_json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    keys = schema["properties"]
    assert isinstance(keys, dict)
    assert set(keys) == {"version", "environments"}
    inner = keys["environments"]["anyOf"][0]["additionalProperties"]["properties"]
    assert set(inner) == {"org", "org_id", "usernames", "values", "gates", "test_level"}
    assert all(key["description"] for key in inner.values())


def test_the_readmes_example_is_read_and_not_flagged() -> None:
    assert EXAMPLES
    for text in EXAMPLES:
        assert list(read_environments(text))
        assert complaints(text) == []


def test_the_example_that_init_writes_is_read_and_not_flagged(tmp_path: Path) -> None:
    begin(tmp_path)
    written = (tmp_path / "environments.yml").read_text(encoding="utf-8")
    for text in (written, re.sub(r"(?m)^  # ", "  ", written)):
        read_environments(text)
        assert complaints(text) == []
    assert [found.name for found in read_environments(text)] == ["uat", "production"]


@pytest.mark.parametrize(
    "text",
    [
        (Path(__file__).parent / "environments.yml").read_text(encoding="utf-8"),
        "version: 1\nenvironments:\n  # none yet\n",
        one("values: {ConnectedApp:Billing: {oauthConfig/callbackUrl: https://x.example, a: 7, b: true, c: ~}}"),
        one("usernames: {map: {a@x.example: b@x.example}}"),
        one("usernames: , values: , gates: , test_level: "),
    ],
)
def test_what_we_read_is_not_flagged(text: str) -> None:
    read_environments(text)
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "version: 2\nenvironments:",
        "environments: {}",
        "version: 1\nenviroments: {}",
        "version: 1\nenvironments: {uat: {org: uat}}",
        "version: 1\nenvironments: {uat: ~}",
        "version: 1\nenvironments: {7up: {org: uat, org_id: 00D000000000001}}",
        "version: 1\nenvironments: {uat: {org: uat, org_id: 005000000000001}}",
        one("usernames: {suffix: uat}"),
        one("usernames: {suffix: .uat, map: {a@x.example: b@x.example}}"),
        one("values: {Billing: {a: b}}"),
        one("values: {'ConnectedApp:*': {a: b}}"),
        one("values: {ConnectedApp:Billing: {a/: b}}"),
        one("values: {ConnectedApp:Billing: {a: ' '}}"),
        one("values: {ConnectedApp:Billing: {a: [b]}}"),
        one("gates: {soak: 2 months, after: dev}"),
        one("gates: {approval: first_person, after: dev}"),
        one("test_level: RunTests"),
        one("password: x"),
    ],
)
def test_what_has_a_wrong_shape_is_flagged(text: str) -> None:
    with pytest.raises(SourceError):
        read_environments(text)
    assert complaints(text)


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "schema", "--environments"]) == 0
    assert json.loads(capsys.readouterr().out) == environments_json_schema()
