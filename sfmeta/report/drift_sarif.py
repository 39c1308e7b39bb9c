"""Drift as SARIF 2.1.0, for code scanning: a result per component and grant, at the project's file where there is one.

Source: see ``report.sarif``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sfmeta.model.change import Kind
from sfmeta.model.drift import Drift, DriftedComponent, DriftedRecord
from sfmeta.model.forecast import RuleInfo
from sfmeta.report.drift import record_values, who_text
from sfmeta.report.forecast_words import plain
from sfmeta.report.sarif import SCHEMA, sarif_location, sarif_log

_LEFT = "the ledger's last entry of the component, compared by meaning with what the org gives now"


def _rule(name: str, sentence: str) -> RuleInfo:
    return RuleInfo(f"drift-{name}", sentence, _LEFT, "A")


_RULES: Mapping[Kind, RuleInfo] = MappingProxyType(
    {
        Kind.ADDED: _rule("added", "A component that we deleted is there again, or one that was not there is."),
        Kind.CHANGED: _rule("changed", "A component differs from what our last deployment left."),
        Kind.REMOVED: _rule("removed", "A component that we deployed is gone from the org."),
    }
)
_RECORD = _rule("record", "A grant differs: who has a permission set, or which app it opens.")
_UNREADABLE = _rule("unreadable", "The org would not give something that we deployed, so nothing is known about it.")

_FALLBACK = "sfdx-project.json"


def drift_sarif(drift: Drift, version: str, files: Mapping[str, str]) -> dict[str, Any]:
    """A SARIF log; without results where nothing differs.

    Args:
        drift: what was found.
        version: of sfmeta.
        files: path by ``Type:FullName``, from the root of the repository; what has none points to the project's file.
    """
    found = [
        (rule, {**result, "locations": [sarif_location(files.get(component, files.get("", _FALLBACK)), 1)]})
        for rule, component, result in _results(drift)
    ]
    return sarif_log(version, f"sfmeta/drift/{drift.org_id}/", found)


def begins_drift_sarif(head: bytes) -> bool:
    """Whether a file is such a log of some version, by its first 400 bytes."""
    return SCHEMA.encode() in head and b'"id": "sfmeta/drift/' in head


def _results(drift: Drift) -> Iterator[tuple[RuleInfo, str, dict[str, Any]]]:
    for component in drift.components:
        name = str(component.change.id)
        yield _RULES[component.change.kind], name, _result(drift, "error", _of_component(component), name)
    for record in drift.records:
        name = str(record.change.id)
        yield _RECORD, f"PermissionSet:{record.change.id.parent}", _result(drift, "error", _of_record(record), name)
    for item, words in drift.unreadable.items():
        text = f"{item} could not be compared: {words}"
        yield _UNREADABLE, str(item), _result(drift, "warning", text, f"{item} unreadable")
    if drift.unread_records:
        text = f"Who holds {', '.join(drift.sets)} could not be read: {drift.unread_records}"
        yield _UNREADABLE, "", _result(drift, "warning", text, "records unreadable")


def _of_component(one: DriftedComponent) -> str:
    paths = ", ".join("/".join(field.path) for field in one.change.fields)
    what = f"{one.change.id} was {one.change.kind} in the org since deployment {one.since}"
    return ". ".join((f"{what}{f': {paths}' if paths else ''}", *who_text(one.who)))


def _of_record(one: DriftedRecord) -> str:
    what = f"{one.change.id} was {one.change.kind} since deployment {one.since}: {record_values(one.change)}"
    return ". ".join((what, *who_text(one.who)))


def _result(drift: Drift, level: str, text: str, name: str) -> dict[str, Any]:
    digest = hashlib.sha256(f"{drift.org_id}\n{name}".encode(errors="replace")).hexdigest()[:32]
    return {
        "level": level,
        "message": {"text": f"{plain(text).rstrip('.')}."},
        # the second is the one that GitHub reads: without it two results of one line are the same to it
        "partialFingerprints": {"sfmetaDrift/v1": digest, "primaryLocationLineHash": digest},
    }
