"""createMetadata, updateMetadata, upsertMetadata."""

from __future__ import annotations

from dataclasses import dataclass

from sfmeta.localorg.metadata.crud.batch import carry_out
from sfmeta.localorg.metadata.crud.records import Sent, components_sent
from sfmeta.localorg.metadata.crud.results import (
    Error,
    Result,
    duplicate,
    errors_of,
    invalid_name,
    missing,
    nameless,
)
from sfmeta.localorg.metadata.envelope import Request, Value
from sfmeta.localorg.metadata.keepers.base import Keeper
from sfmeta.localorg.metadata.layout import is_name
from sfmeta.localorg.metadata.rules.base import Context


@dataclass(frozen=True, slots=True)
class _Saving:
    """What one of the three operations asks for.

    Attributes:
        takes_new: a component may be new.
        takes_existing: a component may be there.
        tells_created: the result says which of both it was.
    """

    takes_new: bool
    takes_existing: bool
    tells_created: bool = False


def create(request: Request, context: Context) -> list[Value]:
    """Components that must not be there yet."""
    return _save(request, context, _Saving(takes_new=True, takes_existing=False))


def update(request: Request, context: Context) -> list[Value]:
    """Components that must be there, and the children in their documents likewise."""
    return _save(request, context, _Saving(takes_new=False, takes_existing=True))


def upsert(request: Request, context: Context) -> list[Value]:
    """Components that may be there or not."""
    return _save(request, context, _Saving(takes_new=True, takes_existing=True, tells_created=True))


def _save(request: Request, context: Context, saving: _Saving) -> list[Value]:
    keeper, components = components_sent(request, context.api_version)
    if keeper is None:
        return []

    def one(sent: Sent) -> Result:
        is_new = not keeper.exists(sent.full_name, context) if is_name(sent.full_name) else False
        errors = _errors(keeper, sent, context, saving, is_new=is_new)
        if not errors:
            keeper.put(sent.full_name, sent.document, context)
        return Result(sent.full_name, errors, (is_new and not errors) if saving.tells_created else None)

    return carry_out(components, one, request, context)


def _errors(keeper: Keeper, sent: Sent, context: Context, saving: _Saving, *, is_new: bool) -> tuple[Error, ...]:
    if not sent.full_name:
        return (nameless(),)
    if not is_name(sent.full_name):
        return (invalid_name(sent.full_name),)
    if is_new and not saving.takes_new:
        return (missing("fullName", keeper.type_name, sent.full_name),)
    if not is_new and not saving.takes_existing:
        return (duplicate(keeper.type_name, sent.full_name),)
    if not saving.takes_new:
        # an object is not updated with a field that is not there (simple-salesforce#602)
        children = keeper.missing_children(sent.full_name, sent.document, context)
        if lost := tuple(missing("fullName", child_type, name) for child_type, name in children):
            return lost
    return errors_of(sent.problems) or errors_of(keeper.problems(sent.full_name, sent.document, context))
