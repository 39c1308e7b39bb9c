"""SOQL text to a query value. Nothing here looks at a record."""

from __future__ import annotations

import re
from functools import cache
from typing import cast

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from sfmeta.localorg.data.grammar import GRAMMAR
from sfmeta.localorg.data.soql_build import Build
from sfmeta.localorg.data.soql_values import Query, SoqlError, malformed, unexpected

LONGEST = 100_000
"""Characters of a statement (SOQL and SOSL limits)."""
_WORD = re.compile(r"\w+")


def parse(text: str) -> Query:
    """Reads a query.

    Raises:
        SoqlError: MALFORMED_QUERY, with the place.
    """
    if len(text) > LONGEST:
        # the limit is documented; the words are ours
        raise malformed(f"SOQL statements cannot be longer than {LONGEST} characters.")
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
        raise malformed("a number in the query is too long") from error
    except RecursionError as error:
        raise too_deep() from error
    except UnexpectedInput as error:
        raise malformed("unexpected token") from error


def too_deep() -> SoqlError:
    """What a query gets that nobody wrote by hand."""
    # the text is ours
    return malformed("The query is nested too deeply")


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, start="query", parser="lalr", maybe_placeholders=True, propagate_positions=False)
