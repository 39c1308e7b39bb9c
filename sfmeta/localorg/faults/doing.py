"""The one place where faults are done: between the request as it arrived and the answer as it leaves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from sfmeta.localorg.doors.sessions import find_session
from sfmeta.localorg.faults.fault import Kind
from sfmeta.localorg.faults.table import Plan
from sfmeta.localorg.faults.words import answer
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.peek import session_id
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.metadata.jobs import lock_setup
from sfmeta.localorg.state import State

DROPPED = Reply(0)
"""In place of an answer: the connection ends without one."""

_ZIP = re.compile(rb"(<zipFile>)([^<]*)(</)")


async def carry_out(
    plan: Plan, call: Call, state: State, answered: Callable[[Call], Awaitable[Reply]]
) -> tuple[Reply, int | None]:
    """Does what falls on a request.

    Args:
        plan: what falls on it.
        call: the request.
        state: the org.
        answered: what the org does when it is left alone.

    Returns:
        The answer, ``DROPPED`` for none; and how many bytes of its body leave before the connection ends, None for all.
    """
    if plan.delay_s:
        await asyncio.sleep(plan.delay_s)
    fault = plan.fault
    if fault is None:
        return await answered(call), None
    said = answer(fault.kind, call.path)
    if said is not None:
        return said, None
    if fault.kind is Kind.DROP_BEFORE:
        return DROPPED, None
    if fault.kind is Kind.EXPIRE_SESSION:
        await asyncio.to_thread(_end_session, state, session_id(call))
    if fault.kind is Kind.SETUP_LOCKED:
        await asyncio.to_thread(lock_setup, state)
    reply = await answered(call)
    if fault.kind is Kind.DROP_AFTER:
        return DROPPED, None
    if fault.kind is Kind.CUT:
        whole = await asyncio.to_thread(_joined, reply.body)
        return replace(reply, body=whole), int(len(whole) * fault.share)
    if fault.kind is Kind.TRUNCATED_ZIP:
        whole = await asyncio.to_thread(_joined, reply.body)
        return replace(reply, body=_with_less_zip(whole, fault.share)), None
    return reply, None


def _end_session(state: State, token: str) -> None:
    with state.transaction():
        session = find_session(state, token)
        if session is not None:
            state.records.delete(session.record.id)


def _joined(body: bytes | Iterator[bytes]) -> bytes:
    return body if isinstance(body, bytes) else b"".join(body)


def _with_less_zip(body: bytes, share: float) -> bytes:
    """The zip of a retrieve's answer ends early; its base64 stays valid, as do the envelope and its length."""

    def shorter(found: re.Match[bytes]) -> bytes:
        keep = int(len(found[2]) * share) // 4 * 4
        return found[1] + found[2][:keep] + found[3]

    return _ZIP.sub(shorter, body)
