"""A forecast in words: what the table, SARIF and the page say alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from sfmeta.access.forecasting.second_look import SEEN_TO_WORK
from sfmeta.access.questions import SEEN_OTHERWISE
from sfmeta.model.forecast import Answer, Decision, Forecast, Harm, Row, RuleInfo, Stage, Verdict
from sfmeta.model.inventory import Way

WAYS: Mapping[Way, str] = MappingProxyType(
    {
        Way.REFRESH_TOKEN: "refresh token",
        Way.WEB: "web server flow",
        Way.USER_AGENT: "user-agent flow",
        Way.DEVICE: "device flow",
        Way.JWT_BEARER: "JWT bearer",
        Way.CLIENT_CREDENTIALS: "client credentials",
        Way.OAUTH_PASSWORD: "OAuth with a password",
        Way.SOAP_LOGIN: "SOAP login()",
        Way.BROWSER_SESSION: "browser session",
    }
)
"""How a client gets its session, for people."""

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """A text of an org on one line, without what a terminal obeys or what turns the direction of the words after it."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def isolated(text: str) -> str:
    """A name whose direction turns none of the words around it. Source: Unicode Standard Annex 9, 2.4."""
    return f"\u2068{plain(text)}\u2069"


def app_title(row: Row) -> str:
    """The app as people know it; without one, how the client comes in."""
    return (row.app.label or row.app.key) if row.app else f"no app, {WAYS[row.way]}"


def day(moment: datetime) -> str:
    """``2026-11-26``."""
    return moment.strftime("%Y-%m-%d")


def minute(moment: datetime) -> str:
    """``2026-11-26 23:59 UTC``."""
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def last_use(row: Row) -> str:
    """When the client was last seen, in words."""
    if row.use is None:
        return "never seen in use"
    return f"last used {day(row.use.last_used)}" if row.use.last_used else "last use not known"


def effect(row: Row) -> str:
    """What happens to the client, in words: its harm, or that it gets in from then on, or that nothing does."""
    if row.harm is not Harm.NONE:
        return str(row.harm)
    gains = row.before.verdict is not Verdict.WORKS and row.after.verdict is Verdict.WORKS
    return "gets in" if gains else "no change"


def grade(rule: RuleInfo) -> str:
    """The grade of a rule, and a mark where it is below B."""
    if not rule.is_shaky:
        return f"grade {rule.grade}"
    return "an assumption, not established" if rule.grade == "assumption" else f"grade {rule.grade}, not established"


def who_it_is(row: Row) -> tuple[str, ...]:
    """What makes a user matter more or less than others."""
    user = row.user
    words = (
        (row.is_own, "sfmeta itself"),
        (row.is_integration, "integration user"),
        (user.is_external, "external user"),
        (user.is_frozen, "frozen"),
        (not user.is_active, "inactive"),
        (row.is_granted_by_policy, "granted by the policy"),
    )
    return tuple(word for true, word in words if true)


def after_stage(forecast: Forecast) -> str:
    """``after restrict up to wave 1 and by 2027-01-31``, ``after this package``: what was looked at."""
    words = f"after {forecast.stage or plain(forecast.subject)}"
    if forecast.stage is Stage.RESTRICT and forecast.wave is not None:
        words += f" up to wave {forecast.wave}"
    if forecast.as_is and forecast.stage is not None:
        words += " alone"
    is_ahead = forecast.at.date() > forecast.inventory.taken_at.date()
    return f"{words} and by {day(forecast.at)}" if is_ahead else words


def today(row: Row) -> str:
    """What is special about a client today: a login that a rule contradicts; "" where nothing is."""
    rule = row.before.rule
    if rule.id == SEEN_TO_WORK.id:
        return rule.sentence
    if SEEN_OTHERWISE not in row.before.questions:
        return ""
    by = "that" if rule.id == row.after.rule.id else f"another rule ({rule.sentence.rstrip('.')})"
    return (
        f"It got in within the last days, and {by} refuses it already: lost since then, or let in by what no audit sees"
    )


def may_be_out_already(row: Row) -> bool:
    """A client that was seen to get in this week, and is refused today by what may be younger than its login."""
    return row.harm is not Harm.NONE and SEEN_OTHERWISE in row.before.questions


def sentence(text: str) -> str:
    """With a capital letter at its beginning, where that is a word and no name."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def decisive(rows: Iterable[Row]) -> list[tuple[RuleInfo, int]]:
    """The rules that decided what holds afterwards, the busiest first, with how many rows each decided."""
    rules = {row.after.rule.id: row.after.rule for row in rows}
    numbers = Counter(row.after.rule.id for row in rows)
    return [(rules[name], number) for name, number in sorted(numbers.items(), key=lambda item: (-item[1], item[0]))]


def learned_where(forecast: Forecast, answer: Answer) -> str:
    """``(2026-11-26, in another org: Acme UAT)``: when an answer was learned, and where if not in this org."""
    here = answer.org_id == str(forecast.inventory.org_id)
    return f"({day(answer.learned_at)})" if here else f"({day(answer.learned_at)}, in another org: {answer.org_name})"


def because(decision: Decision) -> str:
    """The deciding rule as a sentence with its grade; said to be in question where it is open whether it decides."""
    doubt = "in question: " if decision.verdict is Verdict.UNKNOWN else ""
    return f"{doubt}{decision.rule.sentence.rstrip('.')} ({grade(decision.rule)})"
