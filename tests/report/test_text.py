"""The forecast in a terminal: the outcome first, then who, what is hidden, what ends, what is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sfmeta.access.forecasting.second_look import SEEN_TO_WORK
from sfmeta.access.questions import ADDRESS_NOT_SEEN, PROBEABLE, QUESTIONS, SEEN_OTHERWISE
from sfmeta.model.forecast import Decision, Forecast, Harm, Pending, Row, Stage, Verdict
from sfmeta.model.inventory import Way
from sfmeta.ops.probe import table
from sfmeta.report.digest import SHOWN
from sfmeta.report.forecast import forecast_text
from tests.report.made import BLOCKED, LOADER, NOW, SELF, STAYS, WORKS, acme, clean, forecast, large, user


def bare(text: str, color: str) -> str:
    return text


STORY = """\
3 users stop working and 1 might after enforce in Acme (sandbox), sfmeta itself among them; 1 blind
spot is not accepted; 1 thing counts as done and is not yet.
Rests on the last 90 days of use, read 2026-11-26 09:30 UTC as admin@acme.example; 1 gap in what was
read.
! the policy calls 'x' owned, but in this org it is installed
! 3 tokens came or went while they were read. Run the audit again

Counted as done, and not done yet (1)
  - Allow Billing Sync: it is not assigned to billing.robot@acme.example

Counted as done, and no API tells whether it is (1)
  - Dataloader.io: the refresh token policy as the policy writes it
    sfmeta generate lists the steps; --as-is counts none of them as done

Stop working, or might (4)
  x deployer@acme.example (sfmeta itself, integration user)
    with Billing Sync, JWT bearer; last used 2026-11-26
    works -> refused: The app asks for pre-authorised users, and the user is none (grade A)
    fix: Assign a permission set that Billing Sync names
  x billing.robot@acme.example (integration user)
    with Billing Sync, JWT bearer; last used 2026-11-25
    works -> refused: The app asks for pre-authorised users, and the user is none (grade A)
    fix: Assign a permission set that Billing Sync names
  x old.script@acme.example (integration user)
    with no app, SOAP login(); last used 2026-10-17
    works -> refused: The box refuses an app that is not installed (grade C, not established)
    fix: Move the script to OAuth
  ? ana.field@acme.example
    with Salesforce for Android, web server flow; last used 2026-11-24
    works -> unknown: in question: Under the first box an app that users authorise themselves may be
    refused (an assumption, not established)
    open: self_authorize_survives_first_box
    fix: Pre-authorise the app for her profile

Accepted losses (1)
  ~ former.tool.user@acme.example, Rogue Exporter: stops; SEC-1003, the project has ended,
    ciso@acme.example, until 2027-01-31

Not visible, and not accepted (1)
  ! Session reuse by browser tools (browser_session): not visible
    A session that a tool copies leaves no trace of its own.
    hints: SessionHelper, LegacyPage
    fix: Buy Event Monitoring and look at API events; or accept browser_session under
         accepted_blind_spots

End by themselves, if nothing is done (1)
  2026-12-08  late.loader@acme.example, Dataloader.io: the assignment of Allow Dataloader.io ends

Dates of the policy that pass (1)
  2027-06-01  the review of 'dataloader_io' is due (data-team)

Not known (1)
  ? Do apps that users authorise themselves go on working under the box?
    (self_authorize_survives_first_box; decides 1 row)
    A probe in a sandbox may tell: sfmeta doctor -o ORG --probe

Learned (1)
  = flip_writes_blocks: no; Ticked the box (2026-11-26)

Nothing changes for the worse for 3 other pairs of user and app."""


def test_the_whole_story_reads_like_this() -> None:
    assert forecast_text(acme(), bare) == STORY


def test_a_clean_forecast_says_so_and_how_far_it_sees() -> None:
    first, *rest = forecast_text(clean(), bare).splitlines()
    assert first == "Nobody stops working after enforce in Acme (sandbox), as far as can be seen."
    assert not any("fix:" in line for line in rest)


def test_what_is_accepted_is_said_where_the_forecast_is_clean() -> None:
    story = acme()
    rows = [row for row in story.rows if not row.is_outstanding]
    calm = replace(story, rows=rows, harmed=1, blind_spots=())
    assert calm.is_clean
    first = " ".join(forecast_text(calm, bare).split())
    assert first.startswith("Nobody else stops working after enforce in Acme (sandbox), as far as can be seen (1 accep")
    assert "(1 accepted loss, 1 accepted blind spot); 1 thing counts as done and is not yet." in first


def test_a_stage_by_itself_is_called_so() -> None:
    alone = replace(clean(), as_is=True)
    assert forecast_text(alone, bare).startswith("Nobody stops working after enforce alone in Acme (sandbox), as far")
    unseen = Pending(Stage.RESTRICT, "Loader: IP relaxation as the policy writes it", is_visible=False)
    text = forecast_text(replace(alone, pending=(unseen,)), bare)
    assert "Written in the policy, and told by no API: see in Setup (1)\n  - Loader: IP relaxation as" in text
    assert "--as-is" not in text


def test_one_blind_spot_alone_is_no_clean_outcome() -> None:
    hidden = replace(clean(), blind_spots=acme().blind_spots)
    assert "; 1 blind spot is not accepted." in " ".join(forecast_text(hidden, bare).split())


def test_the_moment_is_told_where_it_lies_ahead() -> None:
    ahead = replace(clean(), stage=Stage.RESTRICT, wave=2, at=NOW + timedelta(days=66))
    assert forecast_text(ahead, bare).startswith("Nobody stops working after restrict up to wave 2 and by 2027-01-31")


def test_a_long_list_is_cut_and_counted() -> None:
    text = forecast_text(large(1000, 832), bare)
    assert text.count("  x ") == SHOWN
    assert f"  ... and {832 - SHOWN} more (--csv FILE lists all)" in text
    assert "Nothing changes for the worse for 168 other pairs" in text


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = forecast_text(acme(), bare, width)
    assert max(map(len, text.splitlines())) <= min(width, 120)


def test_a_name_from_an_org_moves_no_cursor_and_turns_no_text() -> None:
    evil = user("x", 9, username="a\x1b[2J\u202eb\nc@acme.example")
    app = replace(LOADER, label="\x07Tool\u2066")
    row = Row(evil, app, Way.WEB, WORKS, STAYS)
    hit = replace(acme().rows[0], user=evil, app=app)
    text = forecast_text(forecast([hit, row]), bare)
    assert not set(text) & set("\x1b\x07\u202e\u2066")
    assert "a [2J b c@acme.example" in text


def test_colours_are_put_on_by_the_caller_only() -> None:
    used: set[str] = set()

    def style(text: str, color: str) -> str:
        used.add(color)
        return text

    assert forecast_text(acme(), style) == STORY
    assert used == {"red", "yellow", "green"}


def test_what_no_probe_can_tell_is_not_promised_of_one() -> None:
    doubt = Decision(Verdict.UNKNOWN, SELF, (ADDRESS_NOT_SEEN,))
    row = replace(acme().rows[0], after=doubt, harm=Harm.MIGHT_STOP)
    text = forecast_text(forecast([row], questions={ADDRESS_NOT_SEEN: "From which address?"}), bare)
    assert "From which address? (address_not_seen; decides 1 row)" in text
    assert "--probe" not in text


def test_only_questions_that_a_probe_asks_are_promised_of_one() -> None:
    assert set(PROBEABLE) == {question.name for question in table.QUESTIONS} & set(QUESTIONS)
    box = replace(acme().rows[0], after=Decision(Verdict.UNKNOWN, SELF, ("flip_writes_blocks",)), harm=Harm.MIGHT_STOP)
    assert "--probe" not in forecast_text(forecast([box]), bare)


def test_what_a_probe_found_is_named_where_it_decided() -> None:
    learned = Decision(Verdict.REFUSED, BLOCKED, (), ("flip_writes_blocks",))
    text = forecast_text(forecast([replace(acme().rows[0], after=learned)]), bare)
    assert "    learned: flip_writes_blocks\n" in text


def test_a_login_that_overruled_a_rule_is_told_beside_the_client() -> None:
    seen = replace(acme().rows[0], before=Decision(Verdict.WORKS, SEEN_TO_WORK))
    text = forecast_text(forecast([seen]), bare)
    assert "\n    today: The client got in within the last days, though what the audit saw would refuse it" in text


def test_who_may_have_been_locked_out_already_is_told_so() -> None:
    doubt = Decision(Verdict.UNKNOWN, BLOCKED, (SEEN_OTHERWISE,))
    row = replace(acme().rows[0], before=doubt, after=Decision(Verdict.REFUSED, BLOCKED), harm=Harm.MIGHT_STOP)
    text = forecast_text(forecast([row], refused_already=2), bare, 120)
    assert "    today: It got in within the last days, and that refuses it already: lost since then, or let in" in text
    assert text.startswith(
        "Nobody else stops working after enforce in Acme (sandbox), as far as can be seen; 1 user may"
    )
    assert "    open: why_it_works_not_seen\n" in text
    assert "(why_it_works_not_seen; decides 1 row)" in text


def test_who_is_refused_already_is_counted() -> None:
    text = " ".join(forecast_text(replace(clean(), refused_already=1, open_already=2), bare).split())
    counted = "1 other pair of user and app; 1 of them is refused already; 2 hang on an open question already."
    assert text.endswith(counted)


def test_what_was_learned_elsewhere_says_where() -> None:
    answer = replace(acme().answers["flip_writes_blocks"], org_id="00D000000000002AAA")
    text = forecast_text(replace(acme(), answers={answer.name: answer}), bare)
    assert "Ticked the box (2026-11-26, in another org: Acme UAT)" in text


def test_a_headline_is_green_only_where_nothing_is_left_to_do() -> None:
    def color_of(shown: Forecast) -> str:
        used: list[str] = []

        def style(text: str, color: str) -> str:
            used.append(color)
            return text

        forecast_text(shown, style)
        return used[0]

    pending = (Pending(Stage.PREPARE, "Allow Loader: it is not assigned to a@acme.example"),)
    assert [color_of(one) for one in (clean(), replace(clean(), pending=pending), acme())] == ["green", "yellow", "red"]
