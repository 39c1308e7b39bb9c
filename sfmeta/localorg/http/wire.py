"""HTTP as the org speaks it: uvicorn's, with patience that ends and connections that can be ended from inside.

uvicorn itself waits for ever for a request that never becomes complete and for a client that never reads its answer.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "sfmeta.transport"
"""The key under which a request's scope holds its connection."""

MOST_HEAD_BYTES = 128 * 1024
"""So much of a request's head is read; what is longer than Salesforce's own limit is refused by the application."""

HEADERS_TOO_LARGE = "The combined length of the URI and headers exceeds the 16,384 byte limit"
"""Told with 431; see ``reading`` for its source."""

_log = logging.getLogger(__name__)
_log.setLevel(logging.ERROR)  # what clients send wrong is theirs to know


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the org waits for a client.

    Attributes:
        request_s: for a request to arrive whole, from its first byte or the start of the connection.
        bytes_per_s: a body that comes faster than this may take longer.
        answer_s: for a client to take up what was sent.
        idle_s: between two requests.
    """

    request_s: float = 30.0
    bytes_per_s: float = 32 * 1024
    answer_s: float = 60.0
    idle_s: float = 60.0


class Wire(H11Protocol):
    """One connection."""

    patience = Patience()

    _waiting_since: float | None = None
    _arrived_bytes = 0
    _unread_since: float | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.logger = _log
        self.timeout_keep_alive = self.patience.idle_s  # type: ignore[assignment]
        self.app = _WithTransport(self.app, transport)
        self._waiting_since = self.loop.time()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._waiting_since is None:
            self._waiting_since, self._arrived_bytes = self.loop.time(), 0
        self._arrived_bytes += len(data)
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._waiting_since = None

    def pause_writing(self) -> None:
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._unread_since = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        status = getattr(sys.exception(), "error_status_hint", 400)
        if status != 431 or self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
            return
        text = HEADERS_TOO_LARGE.encode()
        head = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(text)), (b"connection", b"close")]
        for event in (h11.Response(status_code=431, headers=head), h11.Data(data=text), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _look(self) -> None:
        """Ends a connection whose client takes too long; looks again as soon as that may be."""
        now, patience = self.loop.time(), self.patience
        due = now + patience.request_s
        if self._waiting_since is not None:
            due = self._waiting_since + patience.request_s + self._arrived_bytes / patience.bytes_per_s
        if self._unread_since is not None:
            due = min(due, self._unread_since + patience.answer_s)
        if due <= now:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(due - now + 0.001, self._look)


@dataclass(frozen=True, slots=True)
class _WithTransport:
    """The application, told over which connection a request came."""

    app: Callable[..., Awaitable[None]]
    transport: asyncio.Transport

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("extensions", {})[TRANSPORT] = self.transport
        await self.app(scope, receive, send)


def transport_of(scope: Mapping[str, Any]) -> asyncio.Transport | None:
    """The connection of a request; None under another server."""
    found: Any = scope.get("extensions", {}).get(TRANSPORT)
    return found if isinstance(found, asyncio.Transport) else None
