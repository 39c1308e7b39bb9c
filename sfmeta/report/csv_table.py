"""A forecast as a table for spreadsheets: RFC 4180, one line per user and app."""

from __future__ import annotations

import codecs
import csv
import io
import re
from datetime import datetime

from sfmeta.model.forecast import Forecast, Row
from sfmeta.report.forecast_words import WAYS, app_title

COLUMNS = (
    "harm",
    "outstanding",
    "username",
    "user_name",
    "user_id",
    "app",
    "app_key",
    "way",
    "before",
    "after",
    "rule",
    "rule_grade",
    "rule_sentence",
    "open_questions",
    "last_used",
    "uses",
    "ends_at",
    "ends_why",
    "fix",
    "accepted_reason",
    "accepted_by",
    "accepted_until",
    "own",
    "integration_user",
    "granted_by_policy",
    "rule_before",
)
"""The head line; these names stay, and more may follow behind them."""

# A spreadsheet takes these for the beginning of a formula, also behind blanks, also in their wide forms.
# Source: OWASP, CSV Injection.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def forecast_csv(forecast: Forecast) -> str:
    """Every row, in the order of the forecast. No value can become a formula: such a one begins with ``'``.

    Args:
        forecast: what was found.

    Returns:
        The file's text; lines end with CR LF. Times are ISO 8601 in UTC, yes and no are ``true`` and ``false``.
    """
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in forecast.rows:
        table.writerow([_safe(value) for value in _values(row)])
    return out.getvalue()


def begins_csv(head: bytes) -> bool:
    """Whether a file is such a table of some version, by its first bytes; spreadsheets put a mark before them."""
    return head.removeprefix(codecs.BOM_UTF8).startswith(",".join(COLUMNS[:3]).encode())


def _values(row: Row) -> tuple[object, ...]:
    use, ending, loss, rule = row.use, row.ending, row.accepted, row.after.rule
    return (
        row.harm,
        row.is_outstanding,
        row.user.username,
        row.user.name,
        row.user.id,
        app_title(row),
        row.app.key if row.app else "",
        WAYS[row.way],
        row.before.verdict,
        row.after.verdict,
        rule.id,
        rule.grade,
        rule.sentence,
        " ".join(row.questions),
        _time(use.last_used) if use and use.last_used else "",
        use.count if use else "",
        _time(ending.at) if ending else "",
        ending.why if ending else "",
        row.fix,
        loss.reason if loss else "",
        loss.approved_by if loss else "",
        _time(loss.until.at) if loss else "",
        row.is_own,
        row.is_integration,
        row.is_granted_by_policy,
        row.before.rule.id,
    )


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _safe(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text
