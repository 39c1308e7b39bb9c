"""The pages of the doors outside ``/services``, in a table by their path."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sfmeta.localorg.doors import frontdoor, pages, ui
from sfmeta.localorg.doors.catalog import text_of
from sfmeta.localorg.doors.oauth import device, discovery, web_flow
from sfmeta.localorg.doors.oauth.authorization import ERROR_PAGE
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.state import State


def _error(_state: State, _call: Call) -> Reply:
    # the reason stands in the address only (jetstream#1462)
    code, _, words = text_of("authorize-failed").partition(": ")
    return pages.error_page(f"{code} : {words}")


def _log_out(state: State, call: Call) -> Reply:
    ui.close_ui_session(state, call)
    return pages.redirect("/setup", ui.set_cookie(state, call, ""))


_PAGES: Mapping[str, Callable[[State, Call], Reply]] = {
    ".well-known/openid-configuration": discovery.configuration,
    device.CONNECT_PAGE.strip("/"): device.connect,
    ERROR_PAGE.strip("/"): _error,
    frontdoor.FRONTDOOR.strip("/"): frontdoor.open_frontdoor,
    "secur/logout.jsp": _log_out,
    web_flow.APPROVAL_PAGE.strip("/"): web_flow.answer_approval,
}


def answer(state: State, call: Call) -> Reply | None:
    """The page at a path, None where the doors have none there."""
    found = _PAGES.get("/".join(call.parts)) if call.method in ("GET", "POST") else None
    return None if found is None else found(state, call)
