"""SOQL text to a query value. Nothing here looks at a record."""

from __future__ import annotations

import re
from functools import cache
from typing import cast

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from sfmeta.localorg.data.grammar import GRAMMAR
from sfmeta.localorg.data.soql_build import Build
from sfmeta.localorg.data.soql_values import Query, SoqlError, unexpected, wrong

LONGEST = 100_000
"""Characters of a statement (SOQL and SOSL limits)."""
_WORD = re.compile(r"\w+")


def parse(text: str) -> Query:
    """Reads a query.

    Raises:
        SoqlError: MALFORMED_QUERY, with the place.
    """
    if len(text) > LONGEST:
        raise wrong("soql-too-long", most=LONGEST)
    try:
        return cast(Query, Build().transform(_parser().parse(text)))
    except UnexpectedEOF as error:
        raise unexpected("<EOF>", len(text)) from error
    except UnexpectedToken as error:
        end = error.token.type == "$END"
        raise unexpected("<EOF>" if end else error.token, len(text) if end else error.token.start_pos) from error
    except UnexpectedCharacters as error:
        place = error.pos_in_stream or 0
        word = _WORD.match(text, place)
        raise unexpected(word[0] if word else text[place], place) from error
    except VisitError as error:
        if isinstance(error.orig_exc, SoqlError):
            raise error.orig_exc from error
        raise wrong("soql-number-too-long") from error
    except RecursionError as error:
        raise too_deep() from error
    except UnexpectedInput as error:
        raise unexpected("", None) from error


def too_deep() -> SoqlError:
    """What a query gets that nobody wrote by hand."""
    return wrong("soql-too-deep")


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, start="query", parser="lalr", maybe_placeholders=True, propagate_positions=False)
