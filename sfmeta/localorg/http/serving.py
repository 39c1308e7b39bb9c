"""The HTTP server on a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable

import uvicorn

from sfmeta.errors import OperationFailed
from sfmeta.localorg.http.addresses import LOOPBACK, parsed
from sfmeta.localorg.http.wire import MOST_HEAD_BYTES, Wire

_START_TIMEOUT_S = 20
_STOP_TIMEOUT_S = 10
_BACKLOG = 2048  # the sf CLI opens hundreds of connections at once (observed with 2.146.3)


class Serving:
    """An application that is served.

    Args:
        application: what answers (ASGI).
        sock: listens already.
        context: for https, else None.
        name: of the thread.
    """

    def __init__(
        self,
        application: Callable[..., Awaitable[None]],
        sock: socket.socket,
        context: ssl.SSLContext | None,
        name: str,
    ) -> None:
        self._server = _Server(
            uvicorn.Config(
                application,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                http=Wire,
                h11_max_incomplete_event_size=MOST_HEAD_BYTES,
                loop="asyncio",
                interface="asgi3",
                backlog=_BACKLOG,
                server_header=False,
                proxy_headers=False,  # login IP ranges judge where a client is, not where it says it is
                date_header=False,  # the application's answers have one by the org's own clock
                timeout_graceful_shutdown=2,
            ),
            context,
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [sock]}, name=name, daemon=True)

    def begin(self) -> None:
        """Serves; returns once it answers.

        Raises:
            OperationFailed: it does not come up.
        """
        self._thread.start()
        if not self._server.answers.wait(_START_TIMEOUT_S):
            raise OperationFailed("the local org did not start")

    def end(self) -> None:
        """Ends it and returns when it is gone; calling it twice does no harm."""
        self._server.end()
        if self._thread.is_alive():
            self._thread.join(_STOP_TIMEOUT_S)


class _Server(uvicorn.Server):
    """A server that says when it answers, and takes a ready TLS context."""

    def __init__(self, config: uvicorn.Config, context: ssl.SSLContext | None) -> None:
        super().__init__(config)
        self.answers = threading.Event()
        config.load()
        config.ssl = context

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self.answers.set()

    async def main_loop(self) -> None:
        # uvicorn's own looks ten times a second whether it should end; this one is told
        await self._ended.wait()

    def end(self) -> None:
        """Ends the server, from any thread; calling it twice does no harm."""
        self.should_exit = True
        if self.answers.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if not self.server_state.tasks:
            # a client that keeps its TLS connection open would make an orderly goodbye wait for its own
            for connection in list(self.server_state.connections):
                transport = getattr(connection, "transport", None)
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
        await super().shutdown(sockets)


def listen(address: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        address: of IPv4 or IPv6.
        port: 0 takes a free one.

    Raises:
        UsageError: it is no address.
        OperationFailed: it cannot be used.
    """
    family = socket.AF_INET6 if parsed(address).version == 6 else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is given: without it every answer takes 40 ms longer
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
    except (OSError, OverflowError) as error:
        sock.close()
        reason = getattr(error, "strerror", None) or str(error)
        place = f"port {port}" if address == LOOPBACK else f"port {port} of {address}"
        raise OperationFailed(f"{place} cannot be used: {reason}", "Give another --port, or 0") from error
    return sock
