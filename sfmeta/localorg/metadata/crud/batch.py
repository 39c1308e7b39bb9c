"""Several components in one call: each in its own savepoint, or all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from sfmeta.localorg.metadata.crud.results import ROLLED_BACK, Result
from sfmeta.localorg.metadata.envelope import Request, Value
from sfmeta.localorg.metadata.rules.base import Context
from sfmeta.localorg.state import Undo

Item = TypeVar("Item")
_PARTIAL_SINCE = 34


def carry_out(items: Iterable[Item], one: Callable[[Item], Result], request: Request, context: Context) -> list[Value]:
    """The results of all items, in their order.

    Args:
        items: what the call brought.
        one: does the work for one of them; what it did is undone where its result has errors.
        request: says whether all or none.
        context: the org and the call's API version.
    """
    state = context.state
    results: list[Result] = []
    with state.undoable():
        for item in items:
            with state.undoable():
                result = one(item)
                results.append(result)
                if result.errors:
                    raise Undo
        if _all_or_none(request, context.api_version) and any(result.errors for result in results):
            results = [
                result
                if result.errors
                else replace(result, errors=(ROLLED_BACK,), created=None if result.created is None else False)
                for result in results
            ]
            raise Undo
    return [result.fields() for result in results]


def _all_or_none(request: Request, api_version: int) -> bool:
    """Source: Metadata API guide, AllOrNoneHeader: since 34.0; before, all or none is what happens."""
    header = request.header.first("AllOrNoneHeader")
    asked = None if header is None else header.first("allOrNone")
    if api_version < _PARTIAL_SINCE or asked is None:
        return api_version < _PARTIAL_SINCE
    return header is not None and header.flag("allOrNone")
