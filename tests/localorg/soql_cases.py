"""Made-up rows, and queries about them with what plain Python says of the same: nothing of the org's engine is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

Row: TypeAlias = dict[str, Any]
Predicate: TypeAlias = Callable[[Row], bool]

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TEXTS = ["a", "A", "b", "Ab", "aB", "ä", "Ä", "%", "_", "a%", "o'b", "c\\d", "z z"]
PATTERNS = {
    "a%": lambda text: text.lower().startswith("a"),
    "%b": lambda text: text.lower().endswith("b"),
    "_": lambda text: len(text) == 1,
    "%": lambda text: True,
    "\\\\%": lambda text: text == "%",
    "A\\\\_": lambda text: text.lower() == "a_",
    "Ä": lambda text: text.lower() == "ä",
    "%z%": lambda text: "z" in text.lower(),
}
MOMENTS = [
    datetime(2026, 11, 23, 0, 0, tzinfo=UTC),
    datetime(2026, 11, 23, 14, 59, 59, 999000, tzinfo=UTC),
    datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 10, 31, 12, 30, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 0, tzinfo=UTC),
    datetime(2024, 2, 29, tzinfo=UTC),
]
NUMBERS = [-1, 0, 1, 2, 7]
_DAY = timedelta(days=1)
_TODAY = datetime(2026, 11, 23, tzinfo=UTC)
LITERALS = {
    "TODAY": (_TODAY, _TODAY + _DAY),
    "YESTERDAY": (_TODAY - _DAY, _TODAY),
    "LAST_N_DAYS:30": (_TODAY - 30 * _DAY, _TODAY + _DAY),
    "THIS_MONTH": (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    "LAST_MONTH": (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
    "THIS_WEEK": (datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 29, tzinfo=UTC)),
    "LAST_YEAR": (datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
    "LAST_N_MONTHS:2": (datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
}
FIELDS = {
    "AppName": "text",
    "UseCount": "int",
    "LastUsedDate": "time",
    "User.FirstName": "text",
    "User.IsActive": "bool",
    "User.Profile.Name": "text",
}
"""Of an OauthToken: the path, and the kind of its values."""


@dataclass(frozen=True)
class World:
    """Rows by table, each with ``Id`` set to its place; a reference is the place of another, or None."""

    profiles: list[Row]
    users: list[Row]
    tokens: list[Row]

    def seen(self) -> list[Row]:
        """The tokens with everything that their paths lead to."""
        shown = []
        for token in self.tokens:
            user = None if token["UserId"] is None else self.users[token["UserId"]]
            profile = None if user is None or user["ProfileId"] is None else self.profiles[user["ProfileId"]]
            shown.append(
                {
                    "AppName": token["AppName"],
                    "UseCount": 0 if token["UseCount"] is None else token["UseCount"],
                    "LastUsedDate": token["LastUsedDate"],
                    "User.FirstName": user and user["FirstName"],
                    "User.IsActive": None if user is None else user["IsActive"] is not False,
                    "User.Profile.Name": profile and profile["Name"],
                }
            )
        return shown


def maybe(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.sampled_from(values))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    profiles = [{"Name": draw(st.sampled_from(TEXTS))} for _ in range(draw(st.integers(0, 3)))]
    users = [
        {
            "FirstName": draw(maybe(TEXTS)),
            "IsActive": draw(maybe([True, False])),
            "ProfileId": draw(maybe(range(len(profiles)))) if profiles else None,
        }
        for _ in range(draw(st.integers(0, 4)))
    ]
    tokens = [
        {
            "AppName": draw(maybe(TEXTS)),
            "UseCount": draw(maybe(NUMBERS)),
            "LastUsedDate": draw(maybe(MOMENTS)),
            "UserId": draw(maybe(range(len(users)))) if users else None,
        }
        for _ in range(draw(st.integers(0, 8)))
    ]
    return World(profiles, users, tokens)


def folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def quoted(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


_VALUES = {"text": TEXTS, "int": NUMBERS, "time": MOMENTS, "bool": [True, False]}
_ORDERED = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, Predicate]:
    path = draw(st.sampled_from(sorted(FIELDS)))
    kind = FIELDS[path]
    shapes = ["equal", "in"] + (["order"] if kind != "bool" else []) + (["like"] if kind == "text" else [])
    shape = draw(st.sampled_from(shapes + (["days"] if kind == "time" else [])))
    if shape == "like":
        pattern = draw(st.sampled_from(sorted(PATTERNS)))
        matches = PATTERNS[pattern]
        text = pattern.replace("\\\\", "\\")
        return f"{path} LIKE '{text}'", lambda row: row[path] is not None and matches(row[path])
    if shape == "days":
        return draw(_days(path))
    if shape == "in":
        values = draw(st.lists(maybe(_VALUES[kind]), min_size=1, max_size=3))
        wanted = {folded(value) for value in values}
        negated = draw(st.booleans())
        listed = ", ".join(map(quoted, values))
        return (
            f"{path} {'NOT IN' if negated else 'IN'} ({listed})",
            lambda row: (folded(row[path]) in wanted) is not negated,
        )
    if shape == "order":
        value, operator = draw(st.sampled_from(_VALUES[kind])), draw(st.sampled_from(sorted(_ORDERED)))
        compare = _ORDERED[operator]
        return (
            f"{path} {operator} {quoted(value)}",
            lambda row: row[path] is not None and compare(folded(row[path]), folded(value)),
        )
    value, operator = draw(maybe(_VALUES[kind])), draw(st.sampled_from(["=", "!=", "<>"]))
    equal = operator == "="
    return f"{path} {operator} {quoted(value)}", lambda row: (folded(row[path]) == folded(value)) is equal


@st.composite
def _days(draw: st.DrawFn, path: str) -> tuple[str, Predicate]:
    literal, operator = draw(st.sampled_from(sorted(LITERALS))), draw(st.sampled_from(["=", "!=", *sorted(_ORDERED)]))
    first, after = LITERALS[literal]

    def test(row: Row) -> bool:
        value = row[path]
        if operator == "!=":
            return value is None or not first <= value < after
        if value is None:
            return False
        return {
            "=": first <= value < after,
            "<": value < first,
            "<=": value < after,
            ">": value >= after,
            ">=": value >= first,
        }[operator]

    return f"{path} {operator} {literal}", test


def _together(parts: list[tuple[str, Predicate]], word: str) -> tuple[str, Predicate]:
    tests = [test for _, test in parts]
    join = any if word == "OR" else all
    return f" {word} ".join(text for text, _ in parts), lambda row: join(test(row) for test in tests)


def _negated(part: tuple[str, Predicate]) -> tuple[str, Predicate]:
    return f"NOT {part[0]}", lambda row: not part[1](row)


def _in_brackets(part: tuple[str, Predicate]) -> tuple[str, Predicate]:
    return f"({part[0]})", part[1]


def conditions() -> st.SearchStrategy[tuple[str, Predicate]]:
    """A condition as SOQL, and as a test on a row."""
    simple = st.deferred(lambda: st.one_of(comparisons(), whole.map(_in_brackets)))
    chain = st.lists(simple, min_size=2, max_size=4)
    whole: st.SearchStrategy[tuple[str, Predicate]] = st.one_of(
        comparisons(),
        simple.map(_negated),
        st.tuples(chain, st.sampled_from(["AND", "OR"])).map(lambda drawn: _together(*drawn)),
    )
    return whole


@st.composite
def orders(draw: st.DrawFn) -> list[tuple[str, bool, bool]]:
    """ORDER BY entries: path, descending, nulls last."""
    paths = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=3, unique=True))
    return [(path, draw(st.booleans()), draw(st.booleans())) for path in paths]


def ordered(rows: list[Row], entries: list[tuple[str, bool, bool]]) -> list[Row]:
    """Rows in that order; equal ones stay as they came."""
    for path, descending, nulls_last in reversed(entries):
        empty = [row for row in rows if row[path] is None]
        full = sorted((row for row in rows if row[path] is not None), key=lambda row: folded(row[path]))
        if descending:
            # equal rows keep their order, which reverse=True of a stable sort also does
            full = sorted(full, key=lambda row: folded(row[path]), reverse=True)
        rows = full + empty if nulls_last else empty + full
    return rows
