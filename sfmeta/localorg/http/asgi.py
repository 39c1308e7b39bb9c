"""Between the server and the doors: a request is read whole, faults fall on it, the answer is sent.

ASGI, spoken without a framework: there is one application, it routes by itself, and a framework would take longer to
import than an org to start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import format_datetime
from typing import Any, TypeAlias

from sfmeta.localorg.faults.doing import DROPPED, carry_out
from sfmeta.localorg.faults.fault import Asked
from sfmeta.localorg.faults.table import UNHARMED, Faults, Plan
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.peek import soap_operation
from sfmeta.localorg.http.reading import Gone, read_call
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.http.wire import transport_of
from sfmeta.localorg.state import State

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_THREADS = 24  # SQLite is used by one at a time; more would only wait


class Application:
    """The web application.

    Args:
        state: the org.
        answer: what its doors say to a call; it may take a while, so it is asked on a thread.
        faults: what goes wrong on demand; never at the back door.
    """

    def __init__(self, state: State, answer: Callable[[Call], Reply], faults: Faults) -> None:
        self._state = state
        self._answer = answer
        self._faults = faults
        self._threads = ThreadPoolExecutor(_THREADS, "local org")

    def close(self) -> None:
        """Lets go of its threads; what they are at is finished."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        try:
            read = await read_call(scope, receive)
        except Gone:
            return
        sent: int | None = None
        if isinstance(read, Reply):
            # what is left of the request is not worth waiting for
            reply = replace(read, headers={**read.headers, "Connection": "close"})
        else:
            reply, sent = await carry_out(self._plan(read), read, self._state, self._answered)
        if reply is DROPPED:
            await _end(scope, receive, abort=True)
        elif sent is not None and isinstance(reply.body, bytes):
            await send(self._head(reply))
            await send(_body(reply.body[:sent], more=True))
            await _end(scope, receive)
        else:
            await self._send(reply, send)

    def _plan(self, call: Call) -> Plan:
        if not self._faults or call.parts[:1] == ("_local",):
            return UNHARMED
        return self._faults.plan(Asked(call.method, f"/{call.path}", soap_operation(call)))

    async def _answered(self, call: Call) -> Reply:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, call)

    async def _send(self, reply: Reply, send: Send) -> None:
        await send(self._head(reply))
        if isinstance(reply.body, bytes):
            await send(_body(reply.body))
            return
        # a piece may cost something to make, and the client may be slow to take it
        pieces: Iterator[bytes | None] = iter(reply.body)
        loop = asyncio.get_running_loop()
        while (piece := await loop.run_in_executor(self._threads, next, pieces, None)) is not None:
            await send(_body(piece, more=True))
        await send(_body(b""))

    def _head(self, reply: Reply) -> Message:
        head = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        # RFC 9110, Date: a server with a clock tells the time; here the org's own, by which its records are dated
        head.append((b"date", format_datetime(self._state.clock.now(), usegmt=True).encode()))
        if reply.media_type:
            head.append((b"content-type", reply.media_type.encode("latin-1")))
        if isinstance(reply.body, bytes) and reply.status not in (204, 304):
            head.append((b"content-length", str(len(reply.body)).encode()))
        return {"type": "http.response.start", "status": reply.status, "headers": head}


def _body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


async def _end(scope: Scope, receive: Receive, *, abort: bool = False) -> None:
    """Ends the connection, and returns when it is gone."""
    transport = transport_of(scope)
    if transport is None:
        raise RuntimeError("only the org's own server can end a connection")
    if abort:
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
