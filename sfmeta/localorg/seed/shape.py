"""Plain values (from YAML or JSON) into frozen dataclasses, by their annotations; and the JSON Schema of the same.

An annotation may be ``str``, ``bool``, ``int``, ``float``, ``datetime``, ``Literal``, ``tuple[X, ...]``,
``dict[str, X]`` (or with a ``Literal`` of its keys), a dataclass, or several of these with ``|``. ``Annotated`` adds
``AtLeast``, ``AtMost``, ``Like`` and a text that describes the value. Written for seeds: a validation library would
take longer to import than an org to start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

Place: TypeAlias = tuple[int | str, ...]
T = TypeVar("T")

_PLAIN: Mapping[type, tuple[str, str]] = {
    str: ("a text", "string"),
    bool: ("true or false", "boolean"),
    int: ("a whole number", "integer"),
    float: ("a number", "number"),
}

_ON_ONE_LINE = 12
"""More values than these are not listed in a message; the JSON Schema has them."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A number's least value."""

    least: float


@dataclass(frozen=True, slots=True)
class AtMost:
    """A number's largest value."""

    most: float


@dataclass(frozen=True, slots=True)
class Like:
    """A text's pattern, from ``^`` to ``$``, and how a person would say it."""

    pattern: str
    words: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """One problem.

    Attributes:
        place: keys and positions that lead to the value.
        message: what is wrong with it.
        unknown: the last key of the place is not known there.
        nearest: the key or value that was perhaps meant instead, "" for none.
    """

    place: Place
    message: str
    unknown: bool = False
    nearest: str = ""


class ShapeError(Exception):
    """The values have another shape.

    Args:
        problems: all of them, in the values' order.
    """

    def __init__(self, problems: list[Wrong]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def read(kind: type[T], content: object) -> T:
    """A value of a dataclass.

    Raises:
        ShapeError: with every problem.
    """
    problems: list[Wrong] = []
    value: T = _Reader(problems).value(kind, content, ())
    if problems:
        raise ShapeError(problems)
    return value


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads values and notes problems; what it returns for a wrong value is not used."""

    problems: list[Wrong]

    def value(self, kind: Any, content: object, place: Place) -> Any:
        origin = get_origin(kind)
        if origin is Annotated:
            return self._annotated(kind, content, place)
        if origin in (Union, UnionType):
            return self._one_of(get_args(kind), content, place)
        if origin is Literal:
            return self._literal(get_args(kind), content, place)
        if origin is tuple:
            if not isinstance(content, list | tuple):
                return self._wrong(place, "give a list")
            return tuple(self.value(get_args(kind)[0], item, (*place, at)) for at, item in enumerate(content))
        if origin is dict:
            if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
                return self._wrong(place, "give a mapping of names")
            if get_origin(get_args(kind)[0]) is Literal:
                self._keys(get_args(get_args(kind)[0]), content, place)
            return {key: self.value(get_args(kind)[1], item, (*place, key)) for key, item in content.items()}
        if is_dataclass(kind):
            return self._parts(kind, content, place)
        return self._moment(content, place) if kind is datetime else self._plain(kind, content, place)

    def _wrong(self, place: Place, message: str, nearest: str = "") -> None:
        self.problems.append(Wrong(place, message, nearest=nearest))

    def _literal(self, values: tuple[Any, ...], content: object, place: Place) -> Any:
        if content not in values:
            all_of_them = len(values) <= _ON_ONE_LINE
            told = f"give {_listed(values, 'or')}" if all_of_them else f"this is none of the {len(values)} known values"
            self._wrong(place, told, _nearest(content, values))
        return content

    def _keys(self, names: tuple[str, ...], content: Mapping[str, object], place: Place) -> None:
        for key in content:
            if key not in names:
                left = [name for name in names if name not in content]
                self._wrong((*place, key), f"no such name; there are {_listed(names, 'and')}", _nearest(key, left))

    def _parts(self, kind: Any, content: object, place: Place) -> Any:
        if not isinstance(content, Mapping):
            return self._wrong(place, "give a mapping")
        known = {one.name: one for one in fields(kind)}
        values: dict[str, Any] = {}
        for key, item in content.items():
            if key in known:
                values[key] = self.value(_hints(kind)[key], item, (*place, key))
            else:
                nearest = _nearest(key, [name for name in known if name not in content])
                self.problems.append(Wrong((*place, str(key)), "unknown key", unknown=True, nearest=nearest))
        missing = [name for name, one in known.items() if _required(one) and name not in content]
        for name in missing:
            self._wrong((*place, name), "is missing")
        return None if missing else kind(**values)

    def _annotated(self, kind: Any, content: object, place: Place) -> Any:
        base, *notes = get_args(kind)
        before = len(self.problems)
        value = self.value(base, content, place)
        if len(self.problems) > before:
            return value
        for note in notes:
            if isinstance(note, AtLeast) and not value >= note.least:
                self._wrong(place, f"give {note.least:g} or more")
            if isinstance(note, AtMost) and not value <= note.most:
                self._wrong(place, f"give {note.most:g} or less")
            if isinstance(note, Like) and not re.fullmatch(note.pattern, value):
                self._wrong(place, f"give {note.words}")
        return value

    def _one_of(self, kinds: tuple[Any, ...], content: object, place: Place) -> Any:
        tries = []
        for kind in kinds:
            problems: list[Wrong] = []
            value = _Reader(problems).value(kind, content, place)
            if not problems:
                return value
            tries.append(problems)
        # the kind that goes deepest into the value is the one that was meant
        self.problems.extend(max(tries, key=lambda problems: max(len(one.place) for one in problems)))
        return None

    def _plain(self, kind: type, content: object, place: Place) -> Any:
        if kind is float and isinstance(content, int) and not isinstance(content, bool):
            return float(content)
        if not isinstance(content, kind) or (isinstance(content, bool) and kind is not bool):
            return self._wrong(place, f"give {_PLAIN[kind][0]}")
        if kind is float and content != content:
            return self._wrong(place, "give a number")
        return content

    def _moment(self, content: object, place: Place) -> Any:
        if isinstance(content, datetime):
            moment = content
        else:
            try:
                moment = datetime.fromisoformat(str(content))
            except ValueError:
                return self._wrong(place, "give a date or time as ISO 8601 spells it")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def json_schema(kind: type) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a dataclass; what it is made of lies under ``$defs``."""
    named: dict[str, Any] = {}
    top = _object(kind, named)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "$defs": named}


def _object(kind: Any, named: dict[str, Any]) -> dict[str, Any]:
    parts = fields(kind)
    shown: dict[str, Any] = {
        "title": kind.__name__,
        "description": kind.__doc__,
        "type": "object",
        "additionalProperties": False,
        "properties": {one.name: _schema(_hints(kind)[one.name], named) for one in parts},
    }
    required = [one.name for one in parts if _required(one)]
    return {**shown, "required": required} if required else shown


def _schema(kind: Any, named: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        base, *notes = get_args(kind)
        return {**_schema(base, named), **dict(_noted(notes))}
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(one, named) for one in get_args(kind)]}
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin is tuple:
        return {"type": "array", "items": _schema(get_args(kind)[0], named)}
    if origin is dict:
        keys, values = get_args(kind)
        shown = {"type": "object", "additionalProperties": _schema(values, named)}
        return {**shown, "propertyNames": _schema(keys, named)} if get_origin(keys) is Literal else shown
    if is_dataclass(kind):
        name = str(getattr(kind, "__name__", ""))
        if name not in named:
            named[name] = {}
            named[name] = _object(kind, named)
        return {"$ref": f"#/$defs/{name}"}
    return {"type": "string", "format": "date-time"} if kind is datetime else {"type": _PLAIN[kind][1]}


def _noted(notes: list[Any]) -> Iterator[tuple[str, Any]]:
    for note in notes:
        if isinstance(note, AtLeast):
            yield "minimum", note.least
        elif isinstance(note, AtMost):
            yield "maximum", note.most
        elif isinstance(note, Like):
            yield "pattern", note.pattern
        else:
            yield "description", note


def _listed(values: tuple[Any, ...], word: str) -> str:
    return f" {word} ".join([", ".join(str(value) or '""' for value in values[:-1]), str(values[-1])])


def _nearest(content: object, values: Sequence[Any]) -> str:
    """The value that was perhaps meant, whatever case it was written in; "" for none."""
    by_word = {str(value).casefold(): str(value) for value in values}
    near = get_close_matches(str(content).casefold(), by_word, 1)
    return by_word[near[0]] if near else ""
