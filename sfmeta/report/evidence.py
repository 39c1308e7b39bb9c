"""Evidence as a JSON document, and as a few lines for the terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sfmeta.access.listing import some
from sfmeta.change.guards import SWITCHES
from sfmeta.model.deployment import Purpose
from sfmeta.model.evidence import Act, Evidence, Exemption, Reviewed
from sfmeta.model.forecast import Row, Verdict
from sfmeta.report.changes import Style
from sfmeta.report.columns import wrapped
from sfmeta.report.conflicts import grant_json, grant_text
from sfmeta.report.deployment import deployment_json
from sfmeta.report.forecast_words import plain
from sfmeta.report.watch import headline, watch_json
from sfmeta.report.words import counted

VERSION = 1
_MARK = "sfmeta_evidence"
_GRANTS_SHOWN = 20
_VERDICTS = {Verdict.WORKS: "get in", Verdict.REFUSED: "refused", Verdict.UNKNOWN: "not established"}


def evidence_json(found: Evidence) -> dict[str, Any]:
    """All of it, under keys that stay; ``sfmeta_evidence`` says in which version of the format."""
    inventory, settings = found.now.inventory, found.now.inventory.settings
    before = found.before
    return {
        _MARK: VERSION,
        "made_at": _time(found.made_at),
        "made_by": found.made_by or None,
        "org": {
            "id": str(inventory.org_id),
            "name": inventory.org_name,
            "production": inventory.is_production,
            "audited_at": _time(inventory.taken_at),
            "audited_as": inventory.username,
            "boxes": {"internal_users": settings.internal_box, "external_users": settings.external_box},
        },
        "policy": {
            "file": found.policy.file,
            "sha256": found.policy_digest,
            **_review(found.policy_review),
            "apps": {
                app.key: {
                    "decision": str(app.decision),
                    "owner": app.owner or None,
                    "ticket": app.ticket or None,
                    "review_by": _time(app.review_by.at if app.review_by else None),
                }
                for app in found.policy.apps.values()
            },
            "break_glass": found.policy.break_glass.username.text if found.policy.break_glass else None,
            "canaries": [one.text for one in found.policy.canaries],
        },
        "forecast_before": {"deployment": before.record.id, "said": before.foreseen} if before else None,
        "matrix": [_cell(row) for row in found.now.rows],
        "not_visible": [
            {"name": spot.name, "title": spot.title, "why": spot.why, "accepted": is_accepted}
            for spot, is_accepted in found.not_visible
        ],
        "watch": watch_json(found.watch) if found.watch else None,
        "unwatched": found.unwatched or None,
        "deployments": [_act(act) for act in found.acts],
        "exceptions": [_exemption(one) for one in found.exemptions],
        "gaps": [{"name": gap.name, "message": gap.message} for gap in inventory.gaps],
        "warnings": list(found.now.warnings),
    }


def evidence_bytes(found: Evidence) -> bytes:
    """The document as a file holds it; UTF-8 whatever an org holds."""
    return (json.dumps(evidence_json(found), indent=1, ensure_ascii=False) + "\n").encode(errors="replace")


def begins_evidence(head: bytes) -> bool:
    """Whether a file is such a document of some version, by how it begins."""
    return head.lstrip().removeprefix(b"{").lstrip().startswith(f'"{_MARK}"'.encode())


def evidence_text(found: Evidence, style: Style, width: int) -> str:
    """The few lines that say what is in it."""
    return "\n".join(line for text in _lines(found, style) for line in wrapped(text, width, 0, 2))


def _lines(found: Evidence, style: Style) -> Iterator[str]:
    inventory, settings = found.now.inventory, found.now.inventory.settings
    boxes = {"internal users": settings.internal_box, "customers and partners": settings.external_box}
    ticked = [who for who, is_on in boxes.items() if is_on]
    yield f"{inventory.org_name} ({inventory.org_id}): API Access Control is on for {' and '.join(ticked) or 'nobody'}."
    yield f"Policy: {reviewed_text(found.policy_review)}."
    verdicts = Counter(row.before.verdict for row in found.now.rows)
    told = ", ".join(f"{verdicts[verdict]:,} {words}" for verdict, words in _VERDICTS.items() if verdicts[verdict])
    yield f"Matrix: {counted(len(found.now.rows), 'pair')} of user and app or protocol{f' ({told})' if told else ''}."
    if found.watch:
        yield style(f"Watch: {headline(found.watch)}.", "green" if found.watch.is_clean else "red")
    else:
        yield f"Watch: {found.unwatched}."
    unapproved = sum(1 for act in found.acts if act.review and not act.review.approved_by and act.record.was_taken)
    yield f"{counted(len(found.acts), 'deployment')} on record; {unapproved} without a second person in git."
    yield f"{counted(len(found.exemptions), 'standing exception')}."


def reviewed_text(one: Reviewed) -> str:
    """Who wrote something and who agreed, in words."""
    if one.trouble:
        return f"commit {one.revision[:12]}: {plain(one.trouble)}"
    if not one.revision:
        return "not committed"
    dirty = ", with changes that are not committed" if one.dirty else ""
    by = f"by {', '.join(map(plain, one.authors))}" if one.authors else "by nobody whom git shows"
    agreed = f"{plain(one.approved_by)} {one.how} ({one.approved_in[:12]})" if one.approved_by else "nobody else agreed"
    return f"commit {one.revision[:12]}{dirty}, {by}; {agreed}"


def what_was_done(act: Act) -> str:
    """What a flip or a deployment of grants alone did, in words; "" where its components say it."""
    if act.record.kind == Purpose.ENFORCE:
        ticked = [SWITCHES[name] for name, is_on in act.boxes.items() if is_on]
        state = f"ticked for {' and '.join(ticked)}" if ticked else "not ticked" if act.boxes else "boxes not known"
        word = f", confirmed by {act.record.confirmed_by}, {act.record.confirmed_at}" if act.record.confirmed_by else ""
        return f"{state}{word or (', not confirmed' if ticked else '')}"
    return some(list(map(grant_text, act.writes)), _GRANTS_SHOWN) if act.writes else ""


def _review(one: Reviewed) -> dict[str, Any]:
    return {
        "revision": one.revision or None,
        "dirty": one.dirty,
        "authors": list(one.authors),
        "approval": {"by": one.approved_by, "how": one.how, "commit": one.approved_in} if one.approved_by else None,
        "trouble": one.trouble or None,
    }


def _cell(row: Row) -> dict[str, Any]:
    return {
        "user": row.user.username,
        "app": row.app.label if row.app else None,
        "way": str(row.way),
        "verdict": str(row.before.verdict),
        "rule": row.before.rule.id,
        "grade": row.before.rule.grade,
        "questions": list(row.before.questions),
        "last_used": _time(row.use.last_used if row.use else None),
        "granted_by_policy": row.is_granted_by_policy,
    }


def _act(act: Act) -> dict[str, Any]:
    told: Mapping[str, Any] = {**deployment_json(act.record)}
    review = _review(act.review) if act.review else None
    outcome = act.foreseen.get("outcome") if act.foreseen else None
    grants = [grant_json(change) for change in act.writes]
    return {**told, "review": review, "forecast": outcome, "boxes": dict(act.boxes) or None, "grants": grants}


def _exemption(one: Exemption) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "who": one.who,
        "what": one.what,
        "until": _time(one.until),
        "why": one.why or None,
        "approved_by": one.approved_by or None,
        "source": one.source,
    }


def _time(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None
