"""What a door sends back, before any web framework sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

XML = "text/xml;charset=UTF-8"
JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """A response.

    Attributes:
        status: the HTTP status.
        body: whole, or in pieces.
        media_type: ``Content-Type``, "" for a response without a body.
        headers: what else to send.
    """

    status: int
    body: bytes | Iterator[bytes] = b""
    media_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON response."""
    return Reply(status, json.dumps(content, separators=(",", ":")).encode(), JSON, headers or {})


def rest_error(code: str, message: str, status: int = 400, fields: list[str] | None = None) -> Reply:
    """REST's error body: an array of one, as users quote it from real orgs."""
    error: dict[str, Any] = {"message": message, "errorCode": code}
    if fields is not None:
        error["fields"] = fields
    return as_json([error], status)


def oauth_error(code: str, description: str, status: int = 400) -> Reply:
    """The token endpoint's error body."""
    return as_json({"error": code, "error_description": description}, status, {"Cache-Control": "no-store"})


NOT_FOUND = rest_error("NOT_FOUND", "The requested resource does not exist", 404)
