"""The fields of a SOAP answer as the JSON that REST gives: one truth for both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sfmeta.localorg.metadata.envelope import NIL, Fields, Value

_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "details": ("componentFailures", "componentSuccesses"),
        "runTestResult": (
            "codeCoverage",
            "codeCoverageWarnings",
            "failures",
            "flowCoverage",
            "flowCoverageWarnings",
            "successes",
        ),
        "codeCoverage": ("dmlInfo", "locationsNotCovered", "methodInfo", "soqlInfo", "soslInfo"),
    }
)
"""What is a list in each element, there or not (Metadata API guide, meta_rest_deploy_checkstatus; WSDL)."""


def to_json(fields: Fields, name: str = "") -> dict[str, Any]:
    """An object with the same names; what is left out of SOAP is null.

    Args:
        fields: names and values, repeated names for lists.
        name: of the element that they are in.
    """
    lists = _LISTS.get(name, ())
    found: dict[str, Any] = {one: [] for one in lists}
    for key, value in fields:
        if key in lists:
            found[key].append(_json(key, value))
        else:
            found[key] = _json(key, value)
    return found


def _json(name: str, value: Value) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return None if value == NIL else value
    return to_json(list(_pairs(value)), name)


def _pairs(value: Value) -> Iterator[tuple[str, Value]]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    yield from value
