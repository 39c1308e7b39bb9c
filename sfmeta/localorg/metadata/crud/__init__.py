"""The synchronous operations: components read, created, updated, upserted, deleted and renamed one by one.

Each record is a small deployment: the same schema, rules, merging and effects, in a savepoint of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.crud import deleting, reading, renaming, saving
from sfmeta.localorg.metadata.envelope import Request, Value, response
from sfmeta.localorg.metadata.rules.base import Context
from sfmeta.localorg.metadata.xml import many_nodes
from sfmeta.localorg.state import State

OPERATIONS: Mapping[str, Callable[[Request, Context], list[Value]]] = MappingProxyType(
    {
        "createMetadata": saving.create,
        "deleteMetadata": deleting.delete,
        "readMetadata": reading.read,
        "renameMetadata": renaming.rename,
        "updateMetadata": saving.update,
        "upsertMetadata": saving.upsert,
    }
)
"""The operations by name."""


def answer(state: State, author: str, api_version: int, request: Request) -> bytes:
    """Carries out one call.

    Args:
        state: the org.
        author: the id of the user who calls.
        api_version: from the URL.
        request: of an operation in ``OPERATIONS``.

    Returns:
        The response.

    Raises:
        SoapFault: the call as a whole makes no sense; nothing was done.
    """
    with state.transaction(), many_nodes():
        effects.adopt(state)
        results = OPERATIONS[request.operation](request, Context(state, api_version, author))
    return response(request.operation, results)
