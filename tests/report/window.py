"""A report in a real browser: Chromium from npm, driven by ``page.mjs`` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.peers.installed import chrome, run_node

_SCRIPT = Path(__file__).with_name("page.mjs")


@dataclass(frozen=True)
class Opened:
    """What came of it.

    Attributes:
        results: one for each step.
        complaints: what the browser wrote to its console, errors of scripts, dialogs.
        requests: every address that was asked for; the file's own is the first.
    """

    results: list[Any]
    complaints: list[str]
    requests: list[str]


def opened(html: str, home: Path, *steps: list[Any], **window: Any) -> Opened:
    """Opens a page and takes the steps.

    Args:
        html: the page.
        home: a folder for it.
        steps: a verb of ``page.mjs`` and its words.
        window: ``javascript``, ``dark``, ``width``.
    """
    file = home / "report.html"
    file.write_text(html, encoding="utf-8")
    question = {"chrome": str(chrome()), "file": str(file), "steps": list(steps), **window}
    return Opened(**run_node(_SCRIPT, "browser", question, home=home))
