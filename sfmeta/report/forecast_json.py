"""A forecast as a JSON document: everything, under keys that stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sfmeta.model.forecast import Answer, Decision, Ending, Forecast, Pending, Row, RuleInfo
from sfmeta.model.inventory import Coverage, Use
from sfmeta.model.policy import AcceptedLoss
from sfmeta.report.digest import digest


def forecast_json(forecast: Forecast, most: int | None = None) -> dict[str, Any]:
    """All rows, not only those that a terminal shows; rules and questions once, by their id.

    Args:
        forecast: what was found.
        most: so many rows with harm, and no others; None for all rows.

    Returns:
        JSON-able. Times are ISO 8601 in UTC; what is not known is null.
    """
    rows = list(forecast.rows if most is None else forecast.rows[: min(most, forecast.harmed)])
    return {
        "org": _org(forecast),
        "stage": str(forecast.stage) if forecast.stage else None,
        # only there where it is no stage: the keys of a stage's forecast stay as they are
        **({} if forecast.stage else {"subject": forecast.subject}),
        "wave": forecast.wave,
        "as_is": forecast.as_is,
        "at": _time(forecast.at),
        "clean": forecast.is_clean,
        "counts": _counts(forecast, None if most is not None else rows),
        "rows": [_row(row) for row in rows],
        "blind_spots": [_coverage(item) for item in forecast.blind_spots],
        "endings": [_ending_row(row, row.ending) for row in forecast.endings if row.ending],
        "accepted_blind_spots": [_coverage(item) for item in forecast.accepted_blind_spots],
        "reviews": [{"at": _time(review.at), "what": review.what} for review in forecast.reviews],
        "rules": {rule.id: _rule(rule) for rule in _rules(rows)},
        "questions": dict(forecast.questions),
        "answers": {name: _answer(answer) for name, answer in forecast.answers.items()},
        "gaps": [{"name": gap.name, "message": gap.message, "remedy": gap.remedy} for gap in forecast.inventory.gaps],
        "unresolved": list(forecast.unresolved),
        "pending": [_pending(one) for one in forecast.pending],
        "warnings": list(forecast.warnings),
    }


def _org(forecast: Forecast) -> dict[str, Any]:
    inventory = forecast.inventory
    return {
        "id": str(inventory.org_id),
        "name": inventory.org_name,
        "production": inventory.is_production,
        "audited_at": _time(inventory.taken_at),
        "days": inventory.days,
        "username": inventory.username,
    }


def _counts(forecast: Forecast, rows: Sequence[Row] | None) -> dict[str, int]:
    found = digest(forecast, rows)
    return {
        "rows": len(forecast.rows),
        "stops": found.stops,
        "might_stop": found.might,
        "accepted": found.accepted,
        "perhaps_out_already": found.already_rows,
        "refused_already": forecast.refused_already,
        "open_already": forecast.open_already,
        "blind_spots": len(forecast.blind_spots),
    }


def _row(row: Row) -> dict[str, Any]:
    user, app = row.user, row.app
    return {
        "user": {"id": user.id, "username": user.username, "name": user.name, "type": user.user_type},
        "app": {"key": app.key, "id": app.id, "label": app.label, "kind": str(app.kind)} if app else None,
        "way": str(row.way),
        "harm": str(row.harm),
        "outstanding": row.is_outstanding,
        "before": _decision(row.before),
        "after": _decision(row.after),
        "use": _use(row.use) if row.use else None,
        "ending": _ending(row.ending) if row.ending else None,
        "fix": row.fix,
        "accepted": _accepted(row.accepted) if row.accepted else None,
        "own": row.is_own,
        "integration": row.is_integration,
        "granted_by_policy": row.is_granted_by_policy,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "verdict": str(decision.verdict),
        "rule": decision.rule.id,
        "grade": decision.rule.grade,
        "questions": list(decision.questions),
        "learned": list(decision.learned),
    }


def _use(use: Use) -> dict[str, Any]:
    return {
        "last_used": _time(use.last_used),
        "count": use.count,
        "failures": use.failures,
        "authorised": _time(use.authorised),
        "sources": sorted(use.sources),
    }


def _ending(ending: Ending) -> dict[str, Any]:
    return {"at": _time(ending.at), "why": ending.why, "rule": ending.rule.id}


def _ending_row(row: Row, ending: Ending) -> dict[str, Any]:
    return {
        "user_id": row.user.id,
        "username": row.user.username,
        "app_key": row.app.key if row.app else None,
        "way": str(row.way),
        **_ending(ending),
    }


def _accepted(loss: AcceptedLoss) -> dict[str, Any]:
    return {"reason": loss.reason, "approved_by": str(loss.approved_by), "until": _time(loss.until.at)}


def _coverage(item: Coverage) -> dict[str, Any]:
    return {
        "name": item.name,
        "title": item.title,
        "visibility": str(item.visibility),
        "why": item.why,
        "remedy": item.remedy,
        "found": item.found,
        "evidence": list(item.evidence),
    }


def _pending(one: Pending) -> dict[str, Any]:
    return {"stage": str(one.stage), "what": one.what, "visible": one.is_visible}


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.answer,
        "learned_at": _time(answer.learned_at),
        "org_id": answer.org_id,
        "org_name": answer.org_name,
        "how": answer.how,
    }


def _rules(rows: Iterable[Row]) -> Iterator[RuleInfo]:
    for row in rows:
        yield row.before.rule
        yield row.after.rule
        if row.ending:
            yield row.ending.rule


def _rule(rule: RuleInfo) -> dict[str, Any]:
    return {"sentence": rule.sentence, "source": rule.source, "grade": rule.grade, "established": not rule.is_shaky}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
