"""SOQL text to a query value. The grammar is lark's; nothing here looks at a record."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError

from sfmeta.localorg.data.soql_values import (
    Both,
    Call,
    Comparison,
    Condition,
    Constant,
    DateLiteral,
    Moment,
    Not,
    Order,
    Path,
    Query,
    SoqlError,
)

_GRAMMAR = r"""
query: SELECT items FROM NAME [NAME] [WHERE or_test] [group] [order] [LIMIT INT] [OFFSET INT]
group: GROUP BY path ("," path)*
order: ORDER BY order_item ("," order_item)*
order_item: (path | call) [ASC | DESC] [NULLS (FIRST | LAST)]
items: item ("," item)*
item: path [NAME] -> plain
    | call [NAME] -> called
call: NAME "(" [path] ")"
path: NAME ("." NAME)*
?or_test: and_test (OR and_test)*
?and_test: not_test (AND not_test)*
?not_test: NOT not_test -> negated
         | "(" or_test ")"
         | path OPERATOR value -> comparison
         | path LIKE value -> like
         | path IN set -> within
         | path NOT IN set -> not_within
         | path (INCLUDES | EXCLUDES) set -> multipicklist
set: "(" value ("," value)* ")" -> listed
   | "(" query ")" -> selected
value: STRING -> string
     | DATETIME -> datetime
     | DATE -> date
     | INT -> number
     | DECIMAL -> number
     | TRUE -> yes
     | FALSE -> no
     | NULL -> null
     | NAME [":" INT] -> date_literal

SELECT.3: /select\b/i
FROM.3: /from\b/i
WHERE.3: /where\b/i
GROUP.3: /group\b/i
ORDER.3: /order\b/i
BY.3: /by\b/i
LIMIT.3: /limit\b/i
OFFSET.3: /offset\b/i
ASC.3: /asc\b/i
DESC.3: /desc\b/i
NULLS.3: /nulls\b/i
FIRST.3: /first\b/i
LAST.3: /last\b/i
AND.3: /and\b/i
OR.3: /or\b/i
NOT.3: /not\b/i
IN.3: /in\b/i
LIKE.3: /like\b/i
INCLUDES.3: /includes\b/i
EXCLUDES.3: /excludes\b/i
TRUE.3: /true\b/i
FALSE.3: /false\b/i
NULL.3: /null\b/i
OPERATOR: "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">"
STRING: /'(?:[^'\\]|\\.)*'/
DATETIME.4: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/i
DATE.3: /\d{4}-\d\d-\d\d/
DECIMAL.2: /-?\d+\.\d+/
INT.1: /-?\d+/
NAME: /[A-Za-z][A-Za-z0-9_]*/
%ignore /\s+/
"""

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def parse(text: str) -> Query:
    """Reads a query.

    Raises:
        SoqlError: MALFORMED_QUERY, with the place.
    """
    try:
        return cast(Query, _Build().transform(_parser().parse(text)))
    except UnexpectedEOF as error:
        raise SoqlError("MALFORMED_QUERY", "unexpected token: '<EOF>'", len(text)) from error
    except UnexpectedToken as error:
        end = error.token.type == "$END"
        shown = "<EOF>" if end else str(error.token)
        place = len(text) if end else error.token.start_pos
        raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{shown}'", place) from error
    except UnexpectedCharacters as error:
        place = error.pos_in_stream or 0
        raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{text[place]}'", place) from error
    except VisitError as error:
        if isinstance(error.orig_exc, SoqlError):
            raise error.orig_exc from error
        raise SoqlError("MALFORMED_QUERY", "a number in the query is too long") from error
    except RecursionError as error:
        raise too_deep() from error
    except UnexpectedInput as error:
        raise SoqlError("MALFORMED_QUERY", "unexpected token") from error


def too_deep() -> SoqlError:
    """What a query gets that nobody wrote by hand."""
    # the text is ours
    return SoqlError("MALFORMED_QUERY", "The query is nested too deeply")


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, start="query", parser="lalr", maybe_placeholders=True, propagate_positions=False)


@v_args(inline=True)
class _Build(Transformer[Token, Any]):
    """Turns the tree into values."""

    def path(self, *names: Token) -> Path:
        return Path(tuple(map(str, names)), names[0].start_pos or 0)

    def call(self, name: Token, path: Path | None) -> Call:
        return Call(name.upper(), path, position=name.start_pos or 0)

    def plain(self, path: Path, alias: Token | None) -> Path:
        if alias is not None:
            raise SoqlError("MALFORMED_QUERY", f"unexpected token: '{alias}'", alias.start_pos)
        return path

    def called(self, call: Call, alias: Token | None) -> Call:
        return Call(call.function, call.path, "" if alias is None else str(alias), call.position)

    def items(self, *items: Path | Call) -> tuple[Path | Call, ...]:
        return items

    def group(self, *parts: Token | Path) -> tuple[Path, ...]:
        return tuple(part for part in parts if isinstance(part, Path))

    def order(self, *parts: Token | Order) -> tuple[Order, ...]:
        return tuple(part for part in parts if isinstance(part, Order))

    def order_item(self, by: Path | Call, *words: Token | None) -> Order:
        kinds = {word.type for word in words if word is not None}
        return Order(by, "DESC" in kinds, "LAST" in kinds)

    def or_test(self, *parts: Any) -> Both:
        return Both(tuple(part for part in parts if not isinstance(part, Token)), any=True)

    def and_test(self, *parts: Any) -> Both:
        return Both(tuple(part for part in parts if not isinstance(part, Token)))

    def negated(self, _: Token, condition: Condition) -> Not:
        return Not(condition)

    def comparison(self, path: Path, operator: Token, value: Constant) -> Comparison:
        return Comparison(path, "!=" if operator == "<>" else str(operator), (value,))

    def like(self, path: Path, _: Token, value: Constant) -> Comparison:
        return Comparison(path, "LIKE", (value,))

    def within(self, path: Path, _: Token, values: tuple[Constant, ...] | Query) -> Comparison:
        return _membership(path, "IN", values)

    def not_within(self, path: Path, _: Token, __: Token, values: tuple[Constant, ...] | Query) -> Comparison:
        return _membership(path, "NOT IN", values)

    def multipicklist(self, path: Path, *_: Any) -> Comparison:
        message = f"field '{path}' is not a multi-select picklist: INCLUDES and EXCLUDES do not apply"
        raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", message, path.position)

    def listed(self, *values: Constant) -> tuple[Constant, ...]:
        return values

    def selected(self, query: Query) -> Query:
        return query

    def string(self, token: Token) -> str:
        return _unescape(str(token)[1:-1])

    def datetime(self, token: Token) -> Moment:
        return Moment(str(token).upper())

    def date(self, token: Token) -> Moment:
        return Moment(str(token))

    def number(self, token: Token) -> int | float:
        return int(token) if token.type == "INT" else float(token)

    def yes(self, _: Token) -> bool:
        return True

    def no(self, _: Token) -> bool:
        return False

    def null(self, _: Token) -> None:
        return None

    def date_literal(self, name: Token, amount: Token | None) -> DateLiteral:
        return DateLiteral(name.upper(), None if amount is None else int(amount), name.start_pos or 0)

    def query(self, *parts: Any) -> Query:
        _, items, _, sobject, alias, _, where, group, order, _, limit, _, offset = parts
        for bound in (limit, offset):
            if bound is not None and bound.startswith("-"):
                raise SoqlError("MALFORMED_QUERY", "unexpected token: '-'", bound.start_pos)
        if len(items) == 1 and isinstance(items[0], Call) and items[0].function == "COUNT" and items[0].path is None:
            items = ()
        return Query(
            sobject=str(sobject),
            items=items,
            where=where,
            group_by=group or (),
            order_by=order or (),
            limit=None if limit is None else int(limit),
            offset=0 if offset is None else int(offset),
            alias="" if alias is None else str(alias),
            position=sobject.start_pos or 0,
        )


def _membership(path: Path, operator: str, values: tuple[Constant, ...] | Query) -> Comparison:
    if isinstance(values, Query):
        return Comparison(path, operator, subquery=values)
    return Comparison(path, operator, values)


def _unescape(text: str) -> str:
    out, rest = "", iter(text)
    for letter in rest:
        if letter == "\\":
            letter = next(rest)
            letter = _ESCAPES.get(letter, letter)
        out += letter
    return out
