"""Frozen dataclasses as JSON and back, by their type hints: what is written is what the class says, and nothing else.

Fields with their default value are left out. A mapping is written as a list: its values know their own key. Lists of a
set are sorted, so that equal values give equal text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

Reader: TypeAlias = Callable[[object, str], Any]
Parsers: TypeAlias = Mapping[type, Callable[[str], Any]]

_KEYS = ("key", "id")
_WORDS = MappingProxyType(
    {str: "a text", bool: "true or false", int: "a whole number", dict: "an object", list: "a list"}
)


class WrongValue(Exception):
    """Something in a document is not what its place asks for.

    Attributes:
        where: ``uses[3].way``.
        problem: what is wrong with it.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where, self.problem = where, problem


def as_json(value: Any, texts: tuple[type, ...] = ()) -> Any:
    """A value as what ``json`` can write.

    Args:
        value: a dataclass, or what one may hold.
        texts: types that are written as one text.
    """
    if isinstance(value, texts):
        return str(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, frozenset):
        return sorted(as_json(one, texts) for one in value)
    if isinstance(value, Mapping):
        return [as_json(value[key], texts) for key in sorted(value)]
    if isinstance(value, tuple):
        return [as_json(one, texts) for one in value]
    names = _field_names(cast("Hashable", type(value)))
    if names is None:
        return value
    found = ((name, getattr(value, name), default) for name, default in names)
    return {name: as_json(one, texts) for name, one, default in found if one != default}


def reader_of(hint: Any, parsers: Parsers) -> Reader:
    """What turns JSON into a value of a type.

    Args:
        hint: the type: a dataclass, or what one may hold.
        parsers: for types that are made of a text; a ``ValueError`` of theirs is told as wrong.

    Returns:
        A function of the JSON and its place; it raises ``WrongValue``.
    """
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _optional(inside, parsers)
    if origin is not None:
        return _collection(origin, inside, parsers)
    if hint in parsers:
        return _parsed(parsers[hint])
    if hint is datetime:
        return _parsed(_moment)
    if issubclass(hint, StrEnum):
        return _word(hint)
    if dataclasses.is_dataclass(hint):
        return _record(hint, parsers)
    return lambda value, where: _of_type(value, hint, where)


@cache
def _field_names(kind: Hashable) -> tuple[tuple[str, object], ...] | None:
    """The fields of a dataclass with their defaults; None for anything else."""
    if not dataclasses.is_dataclass(kind):
        return None
    return tuple((field.name, _default(field)) for field in dataclasses.fields(cast("type", kind)))


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _of_type(value: object, kind: type, where: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise WrongValue(where, f"this is not {_WORDS.get(kind, kind.__name__)}")
    return value


def _parsed(parse: Callable[[str], Any]) -> Reader:
    def read(value: object, where: str) -> Any:
        try:
            return parse(_of_type(value, str, where))
        except ValueError as error:
            raise WrongValue(where, str(error)) from None

    return read


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no date and time") from None
    if read.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return read


def _word(kind: type[StrEnum]) -> Reader:
    words = {word.value: word for word in kind}

    def read(value: object, where: str) -> StrEnum:
        word = words.get(value) if isinstance(value, str) else None
        if word is None:
            raise WrongValue(where, f"this is none of {', '.join(repr(one) for one in words)}")
        return word

    return read


def _optional(inside: Sequence[Any], parsers: Parsers) -> Reader:
    read = reader_of(next(one for one in inside if one is not type(None)), parsers)
    return lambda value, where: None if value is None else read(value, where)


def _collection(origin: Any, inside: Sequence[Any], parsers: Parsers) -> Reader:
    if origin is tuple and inside[-1] is not Ellipsis:
        return _fixed([reader_of(one, parsers) for one in inside])
    item = inside[1] if issubclass(origin, Mapping) else inside[0]
    read = reader_of(item, parsers)

    def items(value: object, where: str) -> list[Any]:
        listed = _of_type(value, list, where)
        return [read(one, f"{where}[{place}]") for place, one in enumerate(listed)]

    if issubclass(origin, Mapping):
        return lambda value, where: _keyed(items(value, where), where)
    return lambda value, where: origin(items(value, where))


def _keyed(values: list[Any], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, value in enumerate(values):
        key = next(getattr(value, name) for name in _KEYS if hasattr(value, name))
        if key in found:
            raise WrongValue(f"{where}[{place}]", f"'{key}' stands here twice")
        found[key] = value
    return found


def _fixed(readers: Sequence[Reader]) -> Reader:
    def read(value: object, where: str) -> tuple[Any, ...]:
        listed = _of_type(value, list, where)
        if len(listed) != len(readers):
            raise WrongValue(where, f"this has {len(listed)} values, not {len(readers)}")
        return tuple(
            one(item, f"{where}[{place}]") for place, (one, item) in enumerate(zip(readers, listed, strict=True))
        )

    return read


def _record(kind: Any, parsers: Parsers) -> Reader:
    hints = get_type_hints(kind)
    readers = {field.name: reader_of(hints[field.name], parsers) for field in dataclasses.fields(kind)}
    needed = [name for name, default in _field_names(kind) or () if default is dataclasses.MISSING]

    def read(value: object, where: str) -> Any:
        found = _of_type(value, dict, where)
        for name in needed:
            if name not in found:
                raise WrongValue(where, f"'{name}' is missing")
        inside = f"{where}." if where else ""
        values = {}
        for name, one in found.items():
            if name not in readers:
                raise WrongValue(where, f"'{name}' does not belong here")
            values[name] = readers[name](one, f"{inside}{name}")
        return kind(**values)

    return read
