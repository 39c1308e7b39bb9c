"""The parser's tree to query values, bottom up."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from lark import Token, Transformer, v_args

from sfmeta.localorg.data.soql_values import (
    Both,
    Call,
    Comparison,
    Condition,
    Constant,
    DateLiteral,
    FieldSet,
    Item,
    Moment,
    Not,
    Operand,
    Order,
    Path,
    Query,
    unexpected,
    wrong,
)

_LONGEST_STRING = 4000
"""Characters of a string in a condition (SOQL and SOSL limits)."""
_LARGEST_NUMBER = sys.float_info.max
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@v_args(inline=True)
class Build(Transformer[Token, Any]):
    """One method per rule of the grammar."""

    def path(self, *names: Token) -> Path:
        return Path(tuple(map(str, names)), names[0].start_pos or 0)

    def call(self, name: Token, argument: Operand | None) -> Call:
        return Call(name.upper(), argument, name.start_pos or 0)

    def plain(self, path: Path, alias: Token | None) -> Item:
        return _item(path, alias)

    def called(self, call: Call, alias: Token | None) -> Item | FieldSet:
        if call.function == "FIELDS" and isinstance(call.argument, Path):
            return FieldSet(str(call.argument).upper(), call.position)
        if call.function == "TOLABEL" and isinstance(call.argument, Path):
            # labels are the values' names here
            return _item(call.argument, alias)
        return _item(call, alias)

    def child(self, query: Query) -> Query:
        return query

    def branch(self, *_: Any) -> None:
        return None

    def paths(self, *_: Any) -> None:
        return None

    def typeof(self, word: Token, *_: Any) -> Item:
        raise wrong("soql-typeof", word.start_pos)

    def items(self, *items: Any) -> tuple[Any, ...]:
        return items

    def scope(self, _: Token, __: Token, name: Token) -> None:
        if name.upper() != "EVERYTHING":
            raise wrong("soql-scope", name.start_pos, name=name)

    def where(self, _: Token, condition: Condition) -> Condition:
        return condition

    def having(self, _: Token, condition: Condition) -> Condition:
        return condition

    def group(self, *parts: Any) -> tuple[Operand, ...]:
        return tuple(part for part in parts if not isinstance(part, Token))

    def order(self, *parts: Any) -> tuple[Order, ...]:
        return tuple(part for part in parts if not isinstance(part, Token))

    def order_item(self, by: Operand, *words: Token | None) -> Order:
        kinds = {word.type for word in words if word is not None}
        return Order(by, "DESC" in kinds, "LAST" in kinds)

    def tolerated(self, *_: Token) -> None:
        return None

    def all_rows(self, *words: Token) -> None:
        raise wrong("soql-all-rows", words[0].start_pos)

    def negated(self, _: Token, condition: Condition) -> Not:
        return Not(condition)

    def all_of(self, *parts: Any) -> Both:
        return Both(tuple(part for part in parts if not isinstance(part, Token)))

    def any_of(self, *parts: Any) -> Both:
        return Both(tuple(part for part in parts if not isinstance(part, Token)), any=True)

    def comparison(self, operand: Operand, operator: Token, value: Constant) -> Comparison:
        return Comparison(operand, "!=" if operator == "<>" else str(operator), (value,))

    def like(self, operand: Operand, _: Token, pattern: Token) -> Comparison:
        return Comparison(operand, "LIKE", (_pattern(_quoted(pattern)),))

    def within(self, operand: Operand, _: Token, values: tuple[Constant, ...] | Query) -> Comparison:
        return _membership(operand, "IN", values)

    def not_within(self, operand: Operand, _: Token, __: Token, values: tuple[Constant, ...] | Query) -> Comparison:
        return _membership(operand, "NOT IN", values)

    def multipicklist(self, operand: Operand, *_: Any) -> Comparison:
        raise wrong("soql-multipicklist", operand.position, name=operand)

    def listed(self, *values: Constant) -> tuple[Constant, ...]:
        return values

    def selected(self, query: Query) -> Query:
        return query

    def string(self, token: Token) -> str:
        return _unescape(_quoted(token))

    def moment(self, token: Token) -> Moment:
        return Moment(str(token).upper(), token.start_pos or 0)

    def number(self, token: Token) -> int | float:
        number = int(token) if token.type == "INT" else float(token)
        if abs(number) > _LARGEST_NUMBER:
            raise wrong("soql-number-too-long", token.start_pos)
        return number

    def yes(self, _: Token) -> bool:
        return True

    def no(self, _: Token) -> bool:
        return False

    def null(self, _: Token) -> None:
        return None

    def date_literal(self, name: Token, amount: Token | None) -> DateLiteral:
        return DateLiteral(name.upper(), None if amount is None else int(amount), name.start_pos or 0)

    def query(self, *parts: Any) -> Query:
        _, items, _, sobject, alias, _, where, group, having, order, _, limit, _, offset, _ = parts
        for bound in (limit, offset):
            if bound is not None and not bound.isdigit():
                raise unexpected(bound[0], bound.start_pos)
        only = items[0]
        if len(items) == 1 and isinstance(only, Item) and only.of == Call("COUNT", None):
            items = ()
        return Query(
            sobject=str(sobject),
            items=items,
            where=where,
            group_by=group or (),
            having=having,
            order_by=order or (),
            limit=None if limit is None else int(limit),
            offset=0 if offset is None else int(offset),
            alias="" if alias is None else str(alias),
            position=sobject.start_pos or 0,
        )


def _quoted(token: Token) -> str:
    """What stands between the quotes."""
    text = str(token)[1:-1]
    if len(text) > _LONGEST_STRING:
        raise wrong("soql-string-too-long", token.start_pos, most=_LONGEST_STRING)
    return text


def _item(of: Operand, alias: Token | None) -> Item:
    if alias is None:
        return Item(of, "", of.position)
    return replace(Item(of, str(alias)), position=alias.start_pos or 0)


def _membership(operand: Operand, operator: str, values: tuple[Constant, ...] | Query) -> Comparison:
    if isinstance(values, Query):
        return Comparison(operand, operator, subquery=values)
    return Comparison(operand, operator, values)


def _pattern(text: str) -> str:
    """A LIKE pattern in which a backslash takes its meaning from the sign after it: ``%``, ``_`` or a backslash."""
    out, rest = [], iter(text)
    for letter in rest:
        if letter == "\\":
            letter = next(rest)
            letter = "\\" + letter if letter in "%_\\" else _ESCAPES.get(letter, letter)
        out.append(letter)
    return "".join(out)


def _unescape(text: str) -> str:
    out, rest = [], iter(text)
    for letter in rest:
        if letter == "\\":
            letter = next(rest)
            letter = _ESCAPES.get(letter, letter)
        out.append(letter)
    return "".join(out)
