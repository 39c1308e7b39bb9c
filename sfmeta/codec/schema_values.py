"""The lexical rules of the simple types that the Metadata API uses (XML Schema part 2)."""

from __future__ import annotations

import re

_INT = re.compile(r"[+-]?[0-9]+")
_DOUBLE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN")
_ZONE = r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d|[+-]14:00)?"
_DAY = r"-?[0-9]{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.[0-9]+)?|24:00:00(\.0+)?)"
_PATTERNS = {
    "int": (_INT, "a whole number"),
    "long": (_INT, "a whole number"),
    "double": (_DOUBLE, "a number"),
    "date": (re.compile(_DAY + _ZONE), "a date such as 2027-01-31"),
    "time": (re.compile(_CLOCK + _ZONE), "a time such as 18:00:00.000Z"),
    "dateTime": (re.compile(f"{_DAY}T{_CLOCK}{_ZONE}"), "a date and time such as 2027-01-31T18:00:00.000Z"),
}
_BOOLEANS = frozenset({"true", "false", "1", "0"})
_INT_LIMIT = 2**31

PLACEHOLDER = re.compile(r"\s*(\{[^{}]*\}|\{\{[^{}]*\}\}|\$\{[^{}]*\}|%%[^%]*%%)\s*")
"""A value that some tool replaces before deploying: ``{NAME}``, ``{{NAME}}``, ``${NAME}``."""


def expectation(type_name: str, text: str) -> str:
    """What a value of this type must be, where ``text`` is none.

    Args:
        type_name: an XSD simple type; any other accepts everything.
        text: the element's text.

    Returns:
        Words for a message ("true or false"), or "" where the text is a good value.
    """
    value = text.strip()
    if type_name == "boolean":
        return "" if value in _BOOLEANS else "true or false"
    rule = _PATTERNS.get(type_name)
    if rule is None:
        return ""
    pattern, words = rule
    if not pattern.fullmatch(value):
        return words
    if type_name == "int" and (len(value) > 30 or not -_INT_LIMIT <= int(value) < _INT_LIMIT):
        return "a whole number of 32 bits"
    return ""
