"""A request read from the wire into a ``Call``, within limits that hold before anything is kept in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.peek import soap_api
from sfmeta.localorg.http.refusal import refuse
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.http.wire import HEADERS_TOO_LARGE as TOO_LARGE_HEAD
from sfmeta.localorg.sourced import Sourced

Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]

MEGABYTE = 1024 * 1024
MAX_URI_BYTES = 16_384
# 50 MB is the documented limit of a SOAP message; what is a little larger the door itself refuses, in its own words
_SOAP_BYTES = 58 * MEGABYTE
_REST_DEPLOY_BYTES = 640 * MEGABYTE
_SMALL_BYTES = 2 * MEGABYTE
_REST_BYTES = 32 * MEGABYTE
_DRAINED = 4

URI_TOO_LONG = Sourced(
    "uri_too_long",
    "A URI of more than 16,384 bytes is answered with 414, a URI and headers of more together with 431. "
    "The bodies' codes and texts are the emulator's own.",
    "REST API guide, Status Codes and Error Responses",
    "A",
    message="The length of the URI exceeds the 16,384 byte limit",
)
HEADERS_TOO_LARGE = Sourced(
    "headers_too_large",
    "See uri_too_long.",
    "REST API guide, Status Codes and Error Responses",
    "A",
    message=TOO_LARGE_HEAD,
)
BODY_TOO_LARGE = Sourced(
    "body_too_large",
    "A body that no door could use is refused with 413 before it is read into memory: 58 MB for SOAP, 640 MB for REST "
    "deployments, 32 MB for other REST calls, 2 MB elsewhere.",
    "the limits of doors are documented, that of the server is not",
    "emulator",
    message="The request body is larger than this resource takes",
)
WIRE_WORDS: tuple[Sourced, ...] = (URI_TOO_LONG, HEADERS_TOO_LARGE, BODY_TOO_LARGE)
"""All of them, for ``sfmeta localorg rules``."""


class Gone(Exception):
    """The client left before its request was complete."""


async def read_call(scope: Mapping[str, Any], receive: Receive) -> Call | Reply:
    """Reads a request whole, or says why not.

    A body that is too large is thrown away as it comes, up to four times the limit, so that the client can read why.

    Raises:
        Gone: the client left.
    """
    path = str(scope["path"]).lstrip("/")
    uri_bytes = len(scope["raw_path"]) + len(scope["query_string"])
    headers = _headers(scope)
    if uri_bytes > MAX_URI_BYTES:
        return refuse(path, "URI_TOO_LONG", URI_TOO_LONG.message, 414, 414)
    if uri_bytes + sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_URI_BYTES:
        return refuse(path, "REQUEST_HEADER_FIELDS_TOO_LARGE", HEADERS_TOO_LARGE.message, 431, 431)
    limit = body_limit(path)
    declared = headers.get("content-length", "0")
    body = await _body(receive, limit, int(declared) if declared.isdigit() else 0)
    if body is None:
        return refuse(path, "REQUEST_TOO_LARGE", BODY_TOO_LARGE.message, 413, 413)
    client = scope.get("client")
    return Call(
        # what GET answers, HEAD answers too; the server leaves the body out
        method="GET" if scope["method"] == "HEAD" else str(scope["method"]),
        path=path,
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=headers,
        body=body,
        base_url=f"{scope['scheme']}://{headers.get('host') or _own_address(scope)}",
        source_ip=client[0] if client else "127.0.0.1",
    )


def body_limit(path: str) -> int:
    """How many bytes a request to a path may have."""
    if soap_api(path):
        return _SOAP_BYTES
    if path.startswith("services/data/"):
        return _REST_DEPLOY_BYTES if "/metadata/deployRequest" in path else _REST_BYTES
    return _SMALL_BYTES


def _headers(scope: Mapping[str, Any]) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _own_address(scope: Mapping[str, Any]) -> str:
    host, port = scope.get("server") or ("127.0.0.1", 0)
    return f"{host}:{port}"


async def _body(receive: Receive, limit: int, declared: int) -> bytes | None:
    """The body; None for one over the limit."""
    kept, arrived = bytearray(), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        piece: bytes = message.get("body", b"")
        arrived += len(piece)
        if max(arrived, declared) <= limit:
            kept += piece
        else:
            kept = bytearray()
        if not message.get("more_body", False):
            return bytes(kept) if max(arrived, declared) <= limit else None
        if arrived > _DRAINED * limit:
            return None
