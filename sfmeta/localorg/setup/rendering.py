"""Pages as HTML. Everything that comes from the org is escaped; no page has, or may run, a script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.http.reply import Reply

if TYPE_CHECKING:
    from jinja2 import Environment

HTML = "text/html;charset=UTF-8"
_BREAKS = re.compile(r"(?<=[_@:])")


def html(template: str, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Reply:
    """A rendered template as an answer."""
    text = _environment().get_template(f"{template}.html").render(content)
    # JSON can spell one half of a pair, which no page can hold
    return Reply(status, text.encode(errors="replace"), HTML, {**_headers(), **(headers or {})})


@cache
def _environment() -> Environment:
    # not before somebody opens Setup: an org that only serves clients does without
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sfmeta.localorg.setup"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = moment
    environment.filters["pieces"] = pieces
    environment.globals["style"] = _style()
    return environment


@cache
def _style() -> str:
    return (resources.files("sfmeta.localorg.setup") / "templates" / "style.css").read_text(encoding="utf-8")


@cache
def _headers() -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    rules = (
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(rules),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def pieces(name: str) -> list[str]:
    """A long name, username or address in parts, each of which may begin a line: cut after ``_``, ``@`` and ``:``."""
    return _BREAKS.split(name)


def moment(value: object) -> str:
    """A moment as Setup shows it to an American: ``11/23/2026, 5:50:40 PM GMT``; a dash where there is none."""
    if not value:
        return "—"
    when = value if isinstance(value, datetime) else from_stamp(str(value))
    clock = f"{when:%I:%M:%S %p}".removeprefix("0")
    return f"{when.month}/{when.day}/{when.year}, {clock} GMT"
