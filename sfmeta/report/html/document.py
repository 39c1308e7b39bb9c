"""The page as a whole: templates, style and script in one text, and a policy of content that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sfmeta.access.holders import ending_grants
from sfmeta.access.questions import EVERY_QUESTION
from sfmeta.model.forecast import Forecast, Stage
from sfmeta.report.digest import digest
from sfmeta.report.forecast_words import (
    WAYS,
    after_stage,
    app_title,
    day,
    decisive,
    effect,
    last_use,
    learned_where,
    minute,
    sentence,
    today,
    who_it_is,
)
from sfmeta.report.html.matrix import matrix
from sfmeta.report.html.overview import next_steps, tiles
from sfmeta.report.html.powers import powers
from sfmeta.report.html.table import ROWS_SHOWN, WHOLE, gather
from sfmeta.report.html.timeline import timeline
from sfmeta.report.outcome import open_questions, outcome

if TYPE_CHECKING:
    from jinja2 import Environment

_BREAKS = re.compile(r"(?<=[_.-])(?=\w)|(?=@)")

ENDINGS_SHOWN = 500
"""So many dates; the others are counted."""

_SOON = timedelta(days=90)


def page(forecast: Forecast, version: str) -> str:
    """The report as one HTML file.

    Its size is bounded: at most ``ROWS_SHOWN`` rows stand on it (those with harm first; all of them where there are no
    more than ``WHOLE``), ``ENDINGS_SHOWN`` dates, a matrix of 50 users and 12 apps, and the timelines of 60 apps: less
    than 15 MB. What is left out is counted, and the page says where it is.

    Args:
        forecast: what was found.
        version: of sfmeta.

    Returns:
        The file's text. It can be encoded as UTF-8 whatever an org holds.
    """
    gathered, found = gather(forecast), digest(forecast)
    values = {
        "forecast": forecast,
        "inventory": forecast.inventory,
        "found": found,
        "version": version,
        "outcome": outcome(forecast, found),
        "after_stage": after_stage(forecast),
        "stages": list(Stage),
        "tiles": tiles(forecast, found),
        "steps": next_steps(forecast, found),
        "gathered": gathered,
        "holders": powers(forecast),
        "grants": ending_grants(forecast.inventory, forecast.inventory.taken_at + _SOON),
        "matrix": matrix(forecast, gathered),
        "timeline": timeline(forecast, gathered),
        "rules": decisive(gathered.rows),
        "questions": open_questions(forecast, found),
        "bounds": {"rows": ROWS_SHOWN, "whole": WHOLE, "endings": ENDINGS_SHOWN},
    }
    text = environment().get_template("page.html.j2").render(values)
    # JSON can spell one half of a pair, which no file can hold
    return text.encode(errors="replace").decode()


def begins_page(head: bytes) -> bool:
    """Whether a file is such a page of some version, by its first 400 bytes."""
    return head.startswith(b"<!DOCTYPE html>") and b"Content-Security-Policy" in head


@cache
def environment() -> Environment:
    """The templates of the pages, with the words that they know."""
    # not before somebody asks for a page: the other outputs do without
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("sfmeta.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _text("page.css"), _text("page.js")
    words: dict[str, Any] = {
        "ways": WAYS,
        "app_title": app_title,
        "day": day,
        "minute": minute,
        "sentence": sentence,
        "today": today,
        "evidence": {name: question.evidence for name, question in EVERY_QUESTION.items()},
        "pieces": _BREAKS.split,
        "effect": effect,
        "last_use": last_use,
        "learned_where": learned_where,
        "who_it_is": who_it_is,
        # these two are ours, and the template takes them as they are; everything else is escaped
        "style": style,
        "script": script,
        "style_hash": _digest(style),
        "script_hash": _digest(script),
    }
    made.globals.update(words)
    return made


def _text(name: str) -> str:
    return files("sfmeta.report.html").joinpath("templates", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """As a content security policy names it. Source: W3C, Content Security Policy Level 3, 2.3.1."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
