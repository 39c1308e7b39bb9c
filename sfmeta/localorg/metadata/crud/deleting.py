"""deleteMetadata."""

from __future__ import annotations

from sfmeta.localorg.metadata.crud.batch import carry_out
from sfmeta.localorg.metadata.crud.records import keeper, names_sent
from sfmeta.localorg.metadata.crud.results import Result, errors_of, missing, nameless
from sfmeta.localorg.metadata.envelope import Request, Value
from sfmeta.localorg.metadata.rules.base import Context


def delete(request: Request, context: Context) -> list[Value]:
    """Components by type and name."""
    type_name = request.arguments.value("type")
    kept_by = keeper(type_name, context.api_version)

    def one(name: str) -> Result:
        if not name:
            return Result(name, (nameless(),))
        if not kept_by.exists(name, context):
            return Result(name, (missing("members", type_name, name),))
        errors = errors_of(kept_by.deletion_problems(name, context))
        if not errors:
            kept_by.delete(name, context)
        return Result(name, errors)

    return carry_out(names_sent(request, type_name), one, request, context)
