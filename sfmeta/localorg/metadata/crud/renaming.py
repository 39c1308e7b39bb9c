"""renameMetadata."""

from __future__ import annotations

from urllib.parse import unquote

from sfmeta.localorg.metadata.crud.batch import carry_out
from sfmeta.localorg.metadata.crud.records import keeper
from sfmeta.localorg.metadata.crud.results import Error, Result, duplicate, errors_of, invalid_name, missing, nameless
from sfmeta.localorg.metadata.envelope import Request, Value
from sfmeta.localorg.metadata.keepers.base import Keeper
from sfmeta.localorg.metadata.layout import is_name
from sfmeta.localorg.metadata.rules.base import Context


def rename(request: Request, context: Context) -> list[Value]:
    """One component; the result has its old name (rule ``crud-renamed``)."""
    arguments = request.arguments
    kept_by = keeper(arguments.value("type"), context.api_version)
    old, new = unquote(arguments.value("oldFullName")), unquote(arguments.value("newFullName"))

    def one(name: str) -> Result:
        errors = _errors(kept_by, name, new, context)
        if not errors:
            kept_by.rename(name, new, context)
        return Result(name, errors)

    return carry_out([old], one, request, context)


def _errors(kept_by: Keeper, old: str, new: str, context: Context) -> tuple[Error, ...]:
    if not old or not new:
        return (nameless(),)
    if not is_name(new):
        return (invalid_name(new),)
    document = kept_by.read(old, context)
    if document is None:
        return (missing("fullName", kept_by.type_name, old),)
    if new.casefold() != old.casefold() and kept_by.exists(new, context):
        return (duplicate(kept_by.type_name, new),)
    return errors_of(kept_by.naming_problems(new, context))
