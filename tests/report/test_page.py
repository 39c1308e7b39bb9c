"""The page as text: what stands on it, that no name is taken for markup, how large it becomes, its colours."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from sfmeta.model.forecast import Pending, Row, Stage
from sfmeta.model.inventory import App, Way
from sfmeta.report.html import page
from sfmeta.report.html.table import ROWS_SHOWN, WHOLE
from tests.report.made import BLOCKED, WORKS, acme, clean, forecast, large, refused, use, user

CSS = files("sfmeta.report.html").joinpath("templates/page.css").read_text(encoding="utf-8")


class _Read(HTMLParser):
    """The tags of a page, and its text without style and script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._silent = False
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._silent = tag in ("style", "script")
        self.words += [" "] if tag in ("td", "th", "li", "p", "small", "dt", "dd") else []

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def test_everything_that_matters_stands_on_the_page() -> None:
    text = _Read(page(acme(), "1.2.3")).text
    for words in (
        "3 users stop working and 1 might after enforce in Acme (sandbox), sfmeta itself among them",
        "Save sfmeta's own way in first",
        "billing.robot@acme.example",
        "The app asks for pre-authorised users, and the user is none. grade A",
        "grade C: not established",
        "Accepted by ciso@acme.example until 2027-01-31: SEC-1003, the project has ended",
        "2026-12-08 09:30 UTC late.loader@acme.example Dataloader.io the assignment of Allow Dataloader.io ends",
        "the review of 'dataloader_io' is due",
        "Session reuse by browser tools browser_session not visible",
        "Buy Event Monitoring and look at API events",
        "OauthToken: 4,211 rows read, 4,211 counted, in 3 parts.",
        "ModifyAllData",
        "flip_writes_blocks: no",
        "1 in the last 7 days, 1 in the three weeks before, 1 not seen in use; latest 2026-11-23",
        "Made by sfmeta 1.2.3",
    ):
        assert words in text, words


def test_a_clean_page_says_what_to_go_on_with() -> None:
    text = _Read(page(clean(), "1")).text
    assert "Nobody stops working after enforce" in text
    assert "Nothing stands against enforce" in text


def test_a_clean_page_that_counts_something_as_done_does_not_say_go_on() -> None:
    todo = tuple(Pending(Stage.PREPARE, f"Allow {number}: it is not assigned to somebody") for number in range(25))
    unseen = Pending(Stage.RESTRICT, "Loader: IP relaxation as the policy writes it", is_visible=False)
    html = page(replace(clean(), pending=(*todo, unseen)), "1")
    assert "<strong>25</strong> <span>count as done, and are not</span>" in html
    assert "Allow 19: it is not" in html
    assert "Allow 20: it is not" not in html
    assert "and 6 more (sfmeta forecast --json)" in html
    assert "sfmeta forecast -o ORG --stage enforce --as-is" in html
    assert "Nothing stands against" not in html
    assert "Nothing stands against" in page(clean(), "1")
    assert "IP relaxation as the policy writes it (no API tells)" in page(replace(clean(), pending=(unseen,)), "1")


def test_no_tag_names_another_address() -> None:
    read = _Read(page(acme(), "1"))
    addresses = [value for _, named in read.tags for name, value in named.items() if name in ("href", "src", "action")]
    assert addresses
    assert all(value and value.startswith("#") for value in addresses)
    assert not {"link", "img", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in read.tags}
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_nothing_is_styled_or_scripted_past_the_policy_of_content() -> None:
    read = _Read(page(acme(), "1"))
    named = {name for _, attributes in read.tags for name in attributes}
    assert not [name for name in named if name == "style" or name.startswith("on")]
    [policy] = [found["content"] for tag, found in read.tags if tag == "meta" and "http-equiv" in found]
    assert policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} </style></script><!--"


def test_names_of_an_org_are_text_and_nothing_else() -> None:
    evil = user("x", 9, username=EVIL, name=EVIL)
    row = Row(evil, App(EVIL, EVIL), Way.WEB, WORKS, refused(BLOCKED), use=use(evil, App(EVIL, EVIL), Way.WEB, 1))
    hit = replace(acme().rows[0], user=evil, app=App(EVIL, EVIL), fix=EVIL)
    made = forecast([hit, row], questions={"q": EVIL}, warnings=(EVIL,))
    inventory = replace(made.inventory, org_name=EVIL)
    read = _Read(page(replace(made, inventory=inventory), "1"))
    calm = _Read(page(acme(), "1"))
    assert {tag for tag, _ in read.tags} <= {tag for tag, _ in calm.tags}
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert EVIL in read.text


def test_half_a_pair_of_surrogates_can_be_written() -> None:
    odd = replace(acme().rows[0], fix="\ud83d")
    page(forecast([odd]), "1").encode()


def test_up_to_the_bound_all_rows_are_shown() -> None:
    html = page(large(WHOLE, 3), "1")
    assert html.count('<tr role="row" data-h=') == WHOLE
    assert "are counted under" not in _Read(html).text


def test_above_it_only_those_with_harm_and_the_page_says_so() -> None:
    html = page(large(WHOLE + 1, 3), "1")
    assert html.count('<tr role="row" data-h=') == 3
    assert "1,998 rows without harm are counted under Apps only" in _Read(html).text
    assert "sfmeta forecast --csv FILE" in _Read(html).text


def test_a_hundred_thousand_rows_make_no_more_than_fifteen_megabytes() -> None:
    html = page(large(100_000, ROWS_SHOWN + 7, 50), "1")
    assert len(html.encode()) < 15_000_000
    text = _Read(html).text
    assert "7 more rows with harm are not shown: a page holds 10,000." in text
    assert "89,993 rows without harm are counted under Apps only" in text


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


_LIGHT, _DARK = CSS.split("@media screen and (prefers-color-scheme: dark)", 1)


@pytest.mark.parametrize("found", [colours(_LIGHT), colours(_DARK.split("}", 1)[0])], ids=["light", "dark"])
def test_contrasts_suffice(found: dict[str, str]) -> None:
    surfaces = ("page", "card")
    texts = [(text, surface, 4.5) for text in ("text", "muted", "link") for surface in surfaces]
    texts += [(kind, surface, 4.5) for kind in ("stop", "might", "ok") for surface in (f"{kind}-soft", "card")]
    texts += [("calm", "calm-soft", 4.5), ("text", "calm-soft", 4.5), ("edge", "card", 3), ("link", "card", 3)]
    ratios = {(text, on): (contrast(found[text], found[on]), least) for text, on, least in texts}
    assert {pair: ratio for pair, (ratio, least) in ratios.items() if ratio < least} == {}
