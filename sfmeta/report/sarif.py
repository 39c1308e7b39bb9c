"""A forecast as SARIF 2.1.0, for code scanning beside the policy.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0 (sections 3.19, 3.27, 3.28, 3.49);
GitHub docs, SARIF support for code scanning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sfmeta.access.matching import match_apps
from sfmeta.model.forecast import Forecast, Harm, Row, RuleInfo
from sfmeta.model.inventory import Coverage
from sfmeta.model.policy import Policy
from sfmeta.report.forecast_words import WAYS, after_stage, app_title, because, last_use, plain, today

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Harm.STOPS: "error", Harm.MIGHT_STOP: "warning"}
_UNRESOLVED = RuleInfo(
    "unresolved",
    "What leaves open whom the policy hits is settled before anything changes.",
    "sfmeta itself",
    "A",
)
_BLIND_SPOT = RuleInfo(
    "blind-spot", "An audit does not see this class of access, and the policy does not accept that", "sfmeta", "A"
)


def forecast_sarif(forecast: Forecast, version: str, policy: Policy | None = None) -> dict[str, Any]:
    """One result per row that is outstanding, per blind spot and per thing to be settled; none where it is clean.

    Args:
        forecast: what was found.
        version: of sfmeta.
        policy: so that a result points to the line of its app; without it, to the first line.

    Returns:
        A SARIF log. Fingerprints stay the same as long as it is the same user with the same app in the same org.
    """
    lines = _lines(forecast, policy)
    results = [
        (row.after.rule, lines.get(row.app.key if row.app else "", 1), _of_row(forecast, row))
        for row in forecast.outstanding
    ]
    results += [(_BLIND_SPOT, 1, _of_blind_spot(forecast, spot)) for spot in forecast.blind_spots]
    results += [(_UNRESOLVED, 1, _of_unresolved(forecast, what)) for what in forecast.unresolved]
    what = str(forecast.stage) if forecast.stage else "package"
    run_id = f"sfmeta/forecast/{forecast.inventory.org_id}/{what}/"
    return sarif_log(
        version, run_id, [(rule, {**result, "locations": [_location(policy, line)]}) for rule, line, result in results]
    )


def sarif_log(version: str, run_id: str, results: Sequence[tuple[RuleInfo, Mapping[str, Any]]]) -> dict[str, Any]:
    """A log of one run.

    Args:
        version: of sfmeta.
        run_id: what the run was about; logs of one id follow each other.
        results: each with its rule and its locations.
    """
    rules = list({rule.id: rule for rule, _ in results}.values())
    index = {rule.id: number for number, rule in enumerate(rules)}
    run = {
        # first, so that the beginning of a file says what it is about
        "automationDetails": {"id": run_id},
        "tool": {"driver": {"name": "sfmeta", "version": version, "rules": [_rule(rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [{"ruleId": rule.id, "ruleIndex": index[rule.id], **result} for rule, result in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def begins_sarif(head: bytes) -> bool:
    """Whether a file is such a log of some version, by its first 400 bytes."""
    return SCHEMA.encode() in head and b'"name": "sfmeta"' in head and b'"sfmeta/drift/' not in head


def _of_row(forecast: Forecast, row: Row) -> dict[str, Any]:
    who = f"{plain(row.user.username)} {row.harm} with {plain(app_title(row))}"
    way = f" ({WAYS[row.way]})" if row.app else ""
    already = f" {plain(today(row)).rstrip('.')}." if today(row) else ""
    fix = f" {plain(row.fix).rstrip('.')}." if row.fix else ""
    text = f"{who}{way} {after_stage(forecast)}: {because(row.after)}; {last_use(row)}.{already}{fix}"
    return {
        "level": _LEVEL[row.harm],
        "message": {"text": text},
        "partialFingerprints": _fingerprint(forecast, row.user.username, row.app.key if row.app else "", row.way),
    }


def _of_blind_spot(forecast: Forecast, spot: Coverage) -> dict[str, Any]:
    remedy = f" {plain(spot.remedy).rstrip('.')}." if spot.remedy else ""
    text = f"{plain(spot.title)} ({spot.name}): {spot.visibility}. {plain(spot.why).rstrip('.')}.{remedy}"
    return {
        "level": "warning",
        "message": {"text": text},
        "partialFingerprints": _fingerprint(forecast, "blind-spot", spot.name),
    }


def _of_unresolved(forecast: Forecast, what: str) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{plain(what).rstrip('.')}."},
        "partialFingerprints": _fingerprint(forecast, "unresolved", what),
    }


def _fingerprint(forecast: Forecast, *what: str) -> dict[str, str]:
    text = "\n".join((str(forecast.inventory.org_id), *what))
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]
    # the one that GitHub reads; without it, it takes two results of one line for the same
    return {"sfmetaForecast/v1": digest, "primaryLocationLineHash": digest}


def _rule(rule: RuleInfo) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.sentence},
        "fullDescription": {"text": rule.sentence},
        "help": {"text": f"{rule.sentence.rstrip('.')}. Source: {rule.source} (grade {rule.grade})."},
        "properties": {"grade": rule.grade, "source": rule.source, "established": not rule.is_shaky},
    }


def _location(policy: Policy | None, line: int) -> dict[str, Any]:
    return sarif_location(policy.file if policy and policy.file else "policy.yml", line)


def sarif_location(file: str, line: int) -> dict[str, Any]:
    """A line of a file; relative paths are from the root of the sources."""
    place = {"uri": f"file://{quote(file)}"} if file.startswith("/") else {"uri": quote(file), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": place, "region": {"startLine": line}}}


def _lines(forecast: Forecast, policy: Policy | None) -> Mapping[str, int]:
    """The policy's line of each app, by ``App.key`` of the inventory."""
    if policy is None:
        return {}
    keys = match_apps(policy, forecast.inventory).keys
    return {key: max(policy.apps[name].place.line, 1) for key, name in keys.items()}
