"""SaveResult, UpsertResult and DeleteResult, and the status codes of what can go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sfmeta.localorg.metadata.envelope import Fields, Value
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.catalog import say

_CODES: Mapping[str, str] = MappingProxyType(
    {
        "app-creation": "INSUFFICIENT_ACCESS",
        "app-grants-permission": "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "app-grants-unique": "DUPLICATE_VALUE",
        "app-key-taken": "DUPLICATE_VALUE",
        "block-key-fixed": "FIELD_NOT_UPDATABLE",
        "boxes-need-feature": "FUNCTIONALITY_NOT_ENABLED",
        "crud-name": "INVALID_FIELD",
        "element-missing": "REQUIRED_FIELD_MISSING",
        "folder-not-empty": "DELETE_FAILED",
        "group-assigned": "DELETE_FAILED",
        "group-members-unknown": "INVALID_CROSS_REFERENCE_KEY",
        "permission-set-assigned": "DELETE_FAILED",
        "profile-in-use": "DELETE_FAILED",
        "reference-missing": "INVALID_CROSS_REFERENCE_KEY",
        "settings-not-deletable": "DELETE_FAILED",
        "text-too-large": "STRING_TOO_LONG",
    }
)
"""The status code of a rule's problem. REQUIRED_FIELD_MISSING, DUPLICATE_VALUE and INVALID_CROSS_REFERENCE_KEY go with
such texts in reports from real orgs (simple-salesforce#602, apex-mdapi#86, #22); the others are emulator-defined."""

_OTHER = "FIELD_INTEGRITY_EXCEPTION"


@dataclass(frozen=True, slots=True)
class Error:
    """One Error of a result.

    Attributes:
        code: of the WSDL's StatusCode.
        message: what it says.
        fields: the elements it is about, where that is known.
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one component.

    Attributes:
        full_name: as the call named it.
        errors: none where it went well.
        created: it was not there before; None for operations that do not say.
    """

    full_name: str
    errors: tuple[Error, ...] = ()
    created: bool | None = None

    def fields(self) -> Fields:
        """In the WSDL's order. The name of a component without one is empty (the WSDL requires the element)."""
        errors: list[tuple[str, Value]] = [("errors", _fields(error)) for error in self.errors]
        return (("created", self.created), *errors, ("fullName", self.full_name), ("success", not self.errors))


def errors_of(problems: Iterable[Problem]) -> tuple[Error, ...]:
    """Problems of a deployment as errors of a record."""
    return tuple(Error(_CODES.get(one.rule, _OTHER), one.text) for one in problems)


def missing(field: str, type_name: str, full_name: str) -> Error:
    """The component is not there."""
    return Error("INVALID_CROSS_REFERENCE_KEY", say("crud-missing", field=field, type=type_name, name=full_name))


def duplicate(type_name: str, full_name: str) -> Error:
    """There is a component of that name already."""
    if type_name == "CustomMetadata":
        return Error("DUPLICATE_DEVELOPER_NAME", say("crud-duplicate-record"))
    if type_name in ("CustomField", "CustomObject"):
        return Error("DUPLICATE_DEVELOPER_NAME", say("crud-duplicate-developer-name", name=full_name))
    return Error("DUPLICATE_VALUE", say("crud-duplicate"))


def nameless() -> Error:
    """A component without a name."""
    return Error("REQUIRED_FIELD_MISSING", say("crud-no-name"), ("fullName",))


def invalid_name(full_name: str) -> Error:
    """A name that cannot be one."""
    return Error("INVALID_FIELD", say("crud-name", name=full_name[:80]), ("fullName",))


ROLLED_BACK = Error("ALL_OR_NONE_OPERATION_ROLLED_BACK", say("crud-all-or-none"))
"""The component was fine, another of the call was not."""


def _fields(error: Error) -> Fields:
    named: list[tuple[str, Value]] = [("fields", name) for name in error.fields]
    return (*named, ("message", error.message), ("statusCode", error.code))
