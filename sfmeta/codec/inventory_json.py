"""The JSON document of an inventory: versioned, the same text for the same inventory, read with distrust."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, cast

from sfmeta.codec.inventory_checks import checked
from sfmeta.codec.typed_json import Reader, WrongValue, as_json, reader_of
from sfmeta.errors import SourceError, UsageError
from sfmeta.model.inventory import Inventory
from sfmeta.model.names import OrgId

VERSION = 1
_MARK = "sfmeta_inventory"
_BEGINNING = re.compile(rf'\s*\{{\s*"{_MARK}"\s*:'.encode())
_AGAIN = "Make it anew with: sfmeta audit -o ORG -f FILE"


def inventory_document(inventory: Inventory) -> dict[str, Any]:
    """An inventory as JSON; ``sfmeta_inventory`` says in which version of the format."""
    return {_MARK: VERSION, **as_json(inventory, (OrgId,))}


def inventory_bytes(inventory: Inventory) -> bytes:
    """The document as a file holds it: a line for each app, user, use, ..., so that versions compare well."""
    fields = (f"{_line(name)}: {_lines(value)}" for name, value in inventory_document(inventory).items())
    return ("{\n" + ",\n".join(fields) + "\n}\n").encode()


def read_inventory(text: bytes, file: str) -> Inventory:
    """An inventory from its document.

    Args:
        text: the whole file.
        file: its path, for messages.

    Raises:
        SourceError: it is no JSON, no inventory, of another version, something in it is not what it should be, or
            names what the file does not hold.
    """
    document = _parsed(text, file)
    version = document.pop(_MARK, None) if isinstance(document, dict) else None
    if version is None:
        raise SourceError.at("this is no inventory of sfmeta", file, hint=_AGAIN)
    if version != VERSION or isinstance(version, bool):
        said = f"this inventory has version {version!r}; this sfmeta reads version {VERSION}"
        raise SourceError.at(said, file, hint=_AGAIN)
    try:
        return checked(cast("Inventory", _reader()(document, "")))
    except WrongValue as wrong:
        place = f"{wrong.where}: " if wrong.where else ""
        raise SourceError.at(f"{place}{wrong.problem}", file, hint=_AGAIN) from None


def begins_inventory(head: bytes) -> bool:
    """Whether a file is an inventory of some version, by how it begins.

    Args:
        head: its first 200 bytes are enough.
    """
    return _BEGINNING.match(head) is not None


def _lines(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _line(value)
    return "[\n" + ",\n".join(map(_line, value)) + "\n]"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _parsed(text: bytes, file: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError.at(f"this is no JSON: {error.msg}", file, error.lineno, error.colno, _AGAIN) from None
    except (ValueError, RecursionError):
        raise SourceError.at("this is no JSON text in UTF-8, or it is nested without end", file, hint=_AGAIN) from None


@cache
def _reader() -> Reader:
    return reader_of(Inventory, {OrgId: _org_id})


def _org_id(text: str) -> OrgId:
    try:
        return OrgId.parse(text)
    except UsageError as error:
        raise ValueError(error.message) from None
