"""The page in Chromium: filters, without JavaScript, by keyboard, on a telephone, on paper, for a screen reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sfmeta.model.inventory import App
from sfmeta.report.html import page
from tests.report.made import acme, clean, forecast, large, user
from tests.report.window import Opened, opened

pytestmark = pytest.mark.npm

SHOWN = """[...document.querySelectorAll('#rows tbody tr')].filter((row) => row.checkVisibility())
  .map((row) => row.cells[1].innerText.split('\\n')[0])"""
COUNT = "document.querySelector('#f-count').textContent"
WAIT = "new Promise((done) => setTimeout(done, 300))"
OVERFLOW = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
SPILT = """[...document.querySelectorAll('th, td')].filter((cell) => cell.checkVisibility() &&
  cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.innerText)"""
TEXT = "document.body.innerText"


def calm(found: Opened) -> list[Any]:
    """What was seen, by a browser that has nothing to complain of and asked for nothing but the file."""
    assert found.complaints == []
    assert len(found.requests) == 1
    assert found.requests[0].startswith("file://")
    return found.results


def test_filters_narrow_the_table_and_say_how_far(tmp_path: Path) -> None:
    look = [["look", SHOWN], ["look", COUNT]]
    steps = [
        *look,
        ["select", "#f-harm", "might stop"], *look,
        ["select", "#f-harm", "open"], ["select", "#f-app", "Billing Sync"], *look,
        ["click", "#f-reset"], *look,
        ["type", "#f-text", "DATALOADER gets in"], *look,
        ["click", "#f-reset"], ["select", "#f-after", "refused"], ["select", "#f-harm", "accepted"], *look,
    ]  # fmt: skip
    found = [one for one in calm(opened(page(acme(), "1"), tmp_path, *steps)) if isinstance(one, list | str)]
    # choosing in a list answers with the choice; what was looked at are the lists of names and the sentences
    seen = [one for one in found if isinstance(one, str) or "@" in "".join(one)]
    everyone = [row.user.username for row in acme().rows]
    assert seen == [
        everyone, "8 of 8 rows shown.",
        ["ana.field@acme.example"], "1 of 8 rows shown.",
        ["deployer@acme.example", "billing.robot@acme.example"], "2 of 8 rows shown.",
        everyone, "8 of 8 rows shown.",
        ["newcomer@acme.example"], "1 of 8 rows shown.",
        ["former.tool.user@acme.example"], "1 of 8 rows shown.",
    ]  # fmt: skip


def test_without_javascript_all_is_there_but_the_filters(tmp_path: Path) -> None:
    steps = [["look", SHOWN], ["look", "document.querySelector('.filters').checkVisibility()"], ["look", TEXT]]
    names, filters, text = calm(opened(page(acme(), "1"), tmp_path, *steps, javascript=False))
    assert names == [row.user.username for row in acme().rows]
    assert filters is False
    for heading in ("What to do next", "Matrix of users and apps", "Timeline", "Open questions", "Rules that decided"):
        assert heading in text
    # every use of the timeline can be opened: that is the browser's own
    [_, opened_text] = calm(opened(page(acme(), "1"), tmp_path, ["click", "summary"], ["look", TEXT], javascript=False))
    assert "billing.robot@acme.example: last used 2026-11-25, stops" in opened_text


def test_the_keyboard_reaches_everything_and_shows_where_it_is(tmp_path: Path) -> None:
    html = page(acme(), "1")
    focus = """(() => { const on = document.activeElement, style = getComputedStyle(on);
      return [on.tagName, on.id || on.className || on.getAttribute('href') || '', style.outlineStyle,
        parseFloat(style.outlineWidth), on.getBoundingClientRect().left >= 0]; })()"""
    steps = [step for _ in range(45) for step in (["press", "Tab"], ["look", focus])]
    seen = [one for one in calm(opened(html, tmp_path, *steps)) if one]
    assert seen[0][:2] == ["A", "skip"]
    assert {"f-text", "f-harm", "f-app", "f-after", "f-reset"} <= {one[1] for one in seen}
    assert {"A", "INPUT", "SELECT", "BUTTON", "DIV", "SUMMARY"} <= {one[0] for one in seen}
    ours = [one for one in seen if one[0] != "BODY"]
    assert all(one[2] != "none" and one[3] >= 2 and one[4] for one in ours), ours

    # the filter is reached and used without a mouse
    tabs = [one[1] for one in seen].index("f-text") + 1
    typed = [["press", "Tab", tabs], *(["press", letter] for letter in "ana."), ["look", WAIT], ["look", COUNT]]
    assert calm(opened(html, tmp_path, *typed))[-1] == "1 of 8 rows shown."


def nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for child in tree.get("children", ()):
        yield from nodes(child)


@pytest.mark.parametrize("width", [400, 1400])
def test_a_screen_reader_finds_landmarks_tables_and_names(tmp_path: Path, width: int) -> None:
    [tree] = calm(opened(page(acme(), "1"), tmp_path, ["tree"], width=width))
    found = list(nodes(tree))
    roles = [node["role"] for node in found]
    assert {"banner", "navigation", "main", "contentinfo", "search", "status", "columnheader", "rowheader"} <= set(
        roles
    )
    tables = [node for node in found if node["role"] == "table"]
    assert len(tables) == 8
    assert all(node.get("name") for node in tables), tables
    assert all(node.get("name") for node in found if node["role"] in ("textbox", "searchbox", "combobox", "button"))
    headings = [(node["level"], node["name"]) for node in found if node["role"] == "heading"]
    assert [name for level, name in headings if level == 1] == [
        "3 users stop working and 1 might after enforce in Acme (sandbox), sfmeta itself among them; 1 blind spot is "
        "not accepted; 1 thing counts as done and is not yet."
    ]
    images = [node["name"] for node in found if node["role"] == "image"]
    assert "2 in the last 7 days; latest 2026-11-26" in images


WIDE = "W" * 255
RIGHT_TO_LEFT = "\u202eمستخدم التكامل\u202c"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 700, 1000, 1400])
def test_no_window_is_too_narrow(tmp_path: Path, width: int, dark: bool) -> None:
    hit = acme().rows[0]
    rows = [*acme().rows, replace(hit, user=user("x", 20, username=WIDE, name=RIGHT_TO_LEFT), app=App(WIDE, WIDE))]
    steps = [["look", OVERFLOW], ["look", SPILT], ["look", TEXT]]
    overflow, spilt, text = calm(opened(page(forecast(rows), "1"), tmp_path, *steps, width=width, dark=dark))
    assert overflow == 0
    assert spilt == []
    assert RIGHT_TO_LEFT in text


def test_names_that_look_like_scripts_do_nothing(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    hit = replace(acme().rows[0], user=user("x", 20, username=evil, name=evil), app=App(evil, evil), fix=evil)
    steps = [["look", SHOWN], ["select", "#f-app", evil], ["look", COUNT]]
    names, _, count = calm(opened(page(forecast([hit]), "1"), tmp_path, *steps))
    assert names == [evil]
    assert count == "1 of 1 row shown."


def test_paper_has_no_filters_all_details_and_light_colours(tmp_path: Path) -> None:
    steps = [
        ["media", "print"],
        ["look", "document.querySelector('.filters').checkVisibility()"],
        ["look", "document.querySelector('nav').checkVisibility()"],
        ["look", "document.querySelector('details li').getBoundingClientRect().height > 0"],
        ["look", "getComputedStyle(document.querySelector('section')).backgroundColor"],
        ["look", OVERFLOW],
        ["pdf", str(tmp_path / "report.pdf")],
    ]
    _, filters, navigation, details, paper, overflow, _ = calm(
        opened(page(acme(), "1"), tmp_path, *steps, dark=True, width=703)
    )
    assert (filters, navigation, details, paper, overflow) == (False, False, True, "rgb(255, 255, 255)", 0)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_page_with_many_rows_is_filtered(tmp_path: Path) -> None:
    steps = [["type", "#f-text", "user.1321@"], ["look", COUNT]]
    assert calm(opened(page(large(5_000, 2_000), "1"), tmp_path, *steps))[-1] == "1 of 2,000 rows shown."


def test_an_empty_forecast_is_a_page_too(tmp_path: Path) -> None:
    [text, *_] = calm(opened(page(forecast([]), "1"), tmp_path, ["look", TEXT]))
    assert "No use was seen and the policy grants nothing." in text
    assert calm(opened(page(clean(), "1"), tmp_path, ["look", COUNT])) == ["1 of 1 row shown."]
