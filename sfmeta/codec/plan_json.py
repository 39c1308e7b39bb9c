"""The JSON of a plan: versioned, the same text for the same plan, read with distrust."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

from sfmeta.codec.typed_json import Reader, WrongValue, as_json, reader_of
from sfmeta.errors import SourceError, UsageError
from sfmeta.model.names import ApiVersion, ComponentId, OrgId
from sfmeta.model.plan import Plan

VERSION = 1
_MARK = "sfmeta_plan"
_AGAIN = "Make it anew with: sfmeta plan -o ORG --stage STAGE"


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan as JSON; ``sfmeta_plan`` says in which version of the format."""
    return {_MARK: VERSION, **as_json(plan, (OrgId, ComponentId, ApiVersion))}


def plan_bytes(plan: Plan) -> bytes:
    """The document as a file holds it."""
    return json.dumps(plan_document(plan), indent=1, ensure_ascii=False).encode() + b"\n"


def read_plan(text: bytes, file: str) -> Plan:
    """A plan from its document.

    Args:
        text: the whole document.
        file: where it stands, for messages.

    Raises:
        SourceError: it is no plan, of another version, or something in it is not what it should be.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise SourceError.at("its plan.json is no JSON", file, hint=_AGAIN) from None
    version = document.pop(_MARK, None) if isinstance(document, dict) else None
    if version != VERSION or isinstance(version, bool):
        said = (
            f"it is a plan of version {version!r}; this sfmeta reads version {VERSION}" if version else "it is no plan"
        )
        raise SourceError.at(said, file, hint=_AGAIN)
    try:
        plan = cast("Plan", _reader()(document, ""))
    except WrongValue as wrong:
        place = f"{wrong.where}: " if wrong.where else ""
        raise SourceError.at(f"{place}{wrong.problem}", file, hint=_AGAIN) from None
    if [step.number for step in plan.steps] != list(range(1, len(plan.steps) + 1)):
        raise SourceError.at("its steps are not numbered from 1 on", file, hint=_AGAIN)
    if not plan.id:
        # what no plan did is on record without one
        raise SourceError.at("it has no id", file, hint=_AGAIN)
    return plan


@cache
def _reader() -> Reader:
    return reader_of(
        Plan, {OrgId: _said(OrgId.parse), ComponentId: _said(ComponentId.parse), ApiVersion: _said(ApiVersion.parse)}
    )


def _said(parse: Any) -> Any:
    def read(text: str) -> Any:
        try:
            return parse(text)
        except UsageError as error:
            raise ValueError(error.message) from None

    return read
