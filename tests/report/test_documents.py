"""The forecast for machines: JSON, CSV, SARIF, and what each of them promises."""

from __future__ import annotations

import codecs
import csv
import io
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.access.questions import SEEN_OTHERWISE
from sfmeta.config.policy import read_policy
from sfmeta.model.forecast import Decision, Harm, Verdict
from sfmeta.report.csv_table import COLUMNS, begins_csv, forecast_csv
from sfmeta.report.forecast import forecast_json, forecast_text
from sfmeta.report.html import page
from sfmeta.report.sarif import begins_sarif, forecast_sarif
from tests.report.made import BLOCKED, NO_GRANT, acme, clean, forecast, large, user

POLICY = """\
version: 1
apps:
  dataloader_io:
    match: {label: Dataloader.io}
    ownership: installed
  billing_sync:
    match: {label: Billing Sync, api_name: Billing_Sync}
    decision: allow
    permitted_users: admin_approved
"""

# The part of the SARIF 2.1.0 schema that our log uses, written from the standard; nothing else may appear.
_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level", "locations", "partialFingerprints"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": _TEXT,
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["physicalLocation"],
                "properties": {
                    "physicalLocation": {
                        "type": "object",
                        "required": ["artifactLocation"],
                        "properties": {
                            "artifactLocation": {
                                "type": "object",
                                "properties": {"uri": {"type": "string", "pattern": "^[!-~]+$"}},
                            },
                            "region": {
                                "type": "object",
                                "properties": {"startLine": {"type": "integer", "minimum": 1}},
                            },
                        },
                    }
                },
            },
        },
    },
}
_RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "shortDescription": _TEXT,
        "fullDescription": _TEXT,
        "help": _TEXT,
        "properties": {"type": "object"},
    },
}
_RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "additionalProperties": False,
    "properties": {
        "tool": {
            "type": "object",
            "required": ["driver"],
            "properties": {
                "driver": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "rules": {"type": "array", "uniqueItems": True, "items": _RULE},
                        "version": {"type": "string"},
                    },
                }
            },
        },
        "automationDetails": {"type": "object", "properties": {"id": {"type": "string"}}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": _RESULT},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": _RUN},
    },
}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_json_holds_every_row_and_each_rule_once() -> None:
    document = forecast_json(acme())
    assert json.loads(json.dumps(document)) == document
    counts = {"rows": 8, "stops": 3, "might_stop": 1, "accepted": 1, "blind_spots": 1}
    already = {"perhaps_out_already": 0, "refused_already": 0, "open_already": 0}
    assert document["counts"] == counts | already
    assert (document["clean"], document["as_is"]) == (False, False)
    assert document["pending"][1] == {
        "stage": "restrict",
        "what": "Dataloader.io: the refresh token policy as the policy writes it",
        "visible": False,
    }
    assert [row["user"]["username"] for row in document["rows"]] == [row.user.username for row in acme().rows]
    used = {row[side]["rule"] for row in document["rows"] for side in ("before", "after")}
    assert used == set(document["rules"])
    assert document["rules"]["box-refuses-uninstalled"]["established"] is False
    script = document["rows"][2]
    assert script["app"] is None
    assert script["way"] == "soap_login"
    assert script["use"]["last_used"] == "2026-10-17T09:30:00Z"


def test_who_may_be_locked_out_already_is_told_in_every_form() -> None:
    doubt = Decision(Verdict.UNKNOWN, NO_GRANT, (SEEN_OTHERWISE,))
    row = replace(acme().rows[1], before=doubt, after=Decision(Verdict.REFUSED, BLOCKED), harm=Harm.MIGHT_STOP)
    shown = forecast([row], refused_already=2, open_already=3)
    words = "another rule (The app asks for pre-authorised users, and the user is none) refuses it already: lost since"
    [message] = [one["message"]["text"] for one in forecast_sarif(shown, "1")["runs"][0]["results"]]
    assert words in message
    assert words in page(shown, "1")
    assert words in " ".join(forecast_text(shown, lambda text, _: text, 120).split())
    assert table(forecast_csv(shown))[0]["rule_before"] == NO_GRANT.id
    counts = forecast_json(shown)["counts"]
    assert (counts["perhaps_out_already"], counts["refused_already"], counts["open_already"]) == (1, 2, 3)


def test_only_our_own_tables_and_logs_are_known_as_such() -> None:
    shown = acme()
    log = json.dumps(forecast_sarif(shown, "1"), indent=2)
    assert begins_sarif(log.encode()[:400])
    other = {"$schema": json.loads(log)["$schema"], "runs": [{"tool": {"driver": {"name": "Semgrep"}}}]}
    assert not begins_sarif(json.dumps(other, indent=2).encode()[:400])
    assert not begins_sarif(b'{"devDependencies": {"@microsoft/sarif-multitool": "4"}}')
    text = forecast_csv(shown).encode()
    assert begins_csv(text[:400])
    assert begins_csv(codecs.BOM_UTF8 + text[:400])
    assert not begins_csv(b"username,harm")


def test_the_keys_of_a_row_are_a_contract() -> None:
    rows = forecast_json(acme())["rows"]
    wanted = {"user", "app", "way", "harm", "outstanding", "before", "after", "use", "ending", "fix", "accepted"}
    assert all(set(row) == wanted | {"own", "integration", "granted_by_policy"} for row in rows)


def test_csv_has_one_line_per_row_and_ends_lines_as_rfc_4180_says() -> None:
    text = forecast_csv(acme())
    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert text.endswith("\r\n")
    rows = table(text)
    assert [row["username"] for row in rows] == [row.user.username for row in acme().rows]
    assert [row["harm"] for row in rows].count("stops") == 4
    assert rows[3]["open_questions"] == "self_authorize_survives_first_box"


@given(st.text(max_size=30))
def test_no_name_becomes_a_formula_and_none_is_lost(name: str) -> None:
    row = replace(acme().rows[0], user=user("x", username=name), fix=name)
    [read] = table(forecast_csv(forecast([row])))
    assert read["username"] in (name, f"'{name}")
    assert not read["username"].lstrip().startswith(("=", "+", "-", "@"))
    assert not read["fix"].startswith(("\t", "\r", "\n"))


@pytest.mark.parametrize("text", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"])
def test_what_a_spreadsheet_would_compute_is_quoted(text: str) -> None:
    [read] = table(forecast_csv(forecast([replace(acme().rows[0], fix=text)])))
    assert read["fix"] == f"'{text}"


def results(document: dict[str, Any]) -> list[dict[str, Any]]:
    [run] = document["runs"]
    found: list[dict[str, Any]] = run["results"]
    return found


@pytest.mark.parametrize("made", [acme, clean, lambda: large(60, 40)])
def test_sarif_is_what_the_standard_says(made: Any) -> None:
    document = forecast_sarif(made(), "1.0")
    jsonschema.validate(document, SARIF)
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results(document))


def test_sarif_tells_of_outstanding_rows_and_blind_spots_only() -> None:
    found = results(forecast_sarif(acme(), "1.0"))
    assert [one["level"] for one in found] == ["error", "error", "error", "warning", "warning"]
    assert found[-1]["ruleId"] == "blind-spot"
    assert not any("former.tool.user" in one["message"]["text"] for one in found)
    assert results(forecast_sarif(clean(), "1.0")) == []


def test_sarif_points_to_the_line_of_the_app() -> None:
    policy = read_policy(POLICY, "a policy.yml")
    found = results(forecast_sarif(acme(), "1.0", policy))
    places = [one["locations"][0]["physicalLocation"] for one in found]
    assert {place["artifactLocation"]["uri"] for place in places} == {"a%20policy.yml"}
    line = policy.apps["billing_sync"].place.line
    assert line > 5
    assert [place["region"]["startLine"] for place in places] == [line, line, 1, 1, 1]


def test_sarif_fingerprints_stay_as_long_as_it_is_the_same_person_with_the_same_app() -> None:
    def prints(version: str, **more: Any) -> list[dict[str, str]]:
        return [one["partialFingerprints"] for one in results(forecast_sarif(replace(acme(), **more), version))]

    first = prints("1.0")
    assert len({one["primaryLocationLineHash"] for one in first}) == len(first)
    rows = [replace(row, fix="", harm=Harm.MIGHT_STOP if row.is_outstanding else row.harm) for row in acme().rows]
    assert prints("2.0", rows=rows) == first
