"""``/setup``: who may come in, which page it is, and the order of things when a form is posted.

A form is acted on once and answered by a redirect, so that reloading a page never repeats what was done. A refused act
shows its form again with what was typed and the reason above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from sfmeta.localorg.caller import Fault
from sfmeta.localorg.doors import ui
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.setup import browser
from sfmeta.localorg.setup.menu import MENU
from sfmeta.localorg.setup.pages.page import DONE, Given, Page, Redirect, Route, Visit
from sfmeta.localorg.setup.refused import SetupRefused, require
from sfmeta.localorg.setup.rendering import html
from sfmeta.localorg.setup.routes import ROUTES
from sfmeta.localorg.setup.trail import full_name
from sfmeta.localorg.state import State

_BASE = "/setup"


def handle(state: State, call: Call, parts: tuple[str, ...]) -> Reply:
    """Answers a request below ``/setup``.

    Args:
        state: the org.
        call: the request.
        parts: the path after ``setup``.
    """
    if call.method not in ("GET", "HEAD", "POST"):
        return _stranger(state, "Method not allowed", "Setup takes GET and POST.", 405)
    if parts == ("login",):
        return _login(state, call)
    caller = ui.ui_caller(state, call)
    if caller is None:
        return _to_login(call, parts)
    visit = Visit(state, call, caller.user, caller.session_id)
    if parts == ("logout",):
        return _logout(visit)
    route, names = _route(parts)
    if route is None:
        return _shown(visit, Page("message", "Page not found", {"message": "Setup has no such page."}, status=404))
    return _at(replace(visit, names=names), route)


def _at(visit: Visit, route: Route) -> Reply:
    try:
        with visit.state.lock:
            require(visit.state, visit.user.id, "setup-view", route.needed)
            if visit.call.method == "POST":
                return _posted(visit, route)
            return _shown(visit, route.view(visit))
    except SetupRefused as refused:
        return _shown(visit, Page("message", "Setup", {"message": refused.message}, status=_status(refused)))


def _posted(visit: Visit, route: Route) -> Reply:
    given = browser.read_form(visit.call)
    if given is None or not browser.is_from_setup(visit.call, given, visit.token):
        message = "This form did not come from this Setup, or your session is over. Go back and try again."
        return _shown(visit, Page("message", "Setup", {"message": message}, status=403))
    if route.act is None:
        return _shown(visit, Page("message", "Setup", {"message": "There is nothing to do here."}, status=405))
    visit = replace(visit, given=given)
    try:
        outcome = route.act(visit)
    except SetupRefused as refused:
        page = route.view(visit)
        return _shown(visit, replace(page, status=_status(refused)), error=refused.message)
    if isinstance(outcome, Page):
        return _shown(visit, outcome)
    return _redirect(outcome)


def _status(refused: SetupRefused) -> int:
    if refused.message.startswith("Insufficient Privileges"):
        return 403
    return 404 if refused.rule == "setup-not-there" else 400


def _route(parts: tuple[str, ...]) -> tuple[Route | None, Mapping[str, str]]:
    for route in ROUTES:
        pattern = tuple(part for part in route.pattern.split("/") if part)
        if len(pattern) != len(parts):
            continue
        names = {}
        for wanted, part in zip(pattern, parts, strict=True):
            if wanted.startswith("{"):
                names[wanted.strip("{}")] = part
            elif wanted != part:
                break
        else:
            return route, names
    return None, {}


def _shown(visit: Visit, page: Page, error: str = "") -> Reply:
    org = visit.state.org
    frame: dict[str, Any] = {
        "base": _BASE,
        "title": page.title,
        "org": org,
        "menu": MENU,
        "section": page.section,
        "error": error,
        "done": DONE.get(visit.call.query.get("done", ""), ""),
        "me": visit.user,
        "my_name": full_name(visit.user),
        "now": visit.state.clock.now(),
        "form_field": browser.FORM_FIELD,
        "form_proof": browser.proof(visit.token),
        "given": _carried(visit.given),
        "path": f"/{visit.call.path}",
    }
    return html(page.template, page.status, {**frame, **page.content})


def _carried(given: Given) -> list[tuple[str, str]]:
    """What a page that asks must carry on of the form before it. No password takes part in such a form."""
    skipped = (browser.FORM_FIELD, "confirmed")
    return [(name, value) for name, values in given.items() if name not in skipped for value in values]


def _redirect(to: Redirect) -> Reply:
    query = f"?{urlencode({'done': to.done})}" if to.done else ""
    return Reply(303, headers={"Location": f"{_BASE}/{to.to}".rstrip("/") + query, "Cache-Control": "no-store"})


def _to_login(call: Call, parts: tuple[str, ...]) -> Reply:
    back = "/".join(quote(part) for part in parts) if call.method != "POST" else ""
    query = f"?{urlencode({'next': back})}" if back else ""
    return Reply(303, headers={"Location": f"{_BASE}/login{query}", "Cache-Control": "no-store"})


def _login(state: State, call: Call) -> Reply:
    secret = browser.visitor_secret(state, call)
    if call.method != "POST":
        return _login_page(state, call, secret, call.query.get("next", ""))
    given = browser.read_form(call)
    if given is None or not browser.is_from_setup(call, given, secret):
        foreign = "This form did not come from the login page of this org. Try again."
        return _login_page(state, call, secret, "", foreign, 403)
    username, password, back = (next(iter(given.get(name, ("",)))) for name in ("username", "password", "next"))
    session = ui.open_ui_session(state, username, password, call.source_ip)
    if isinstance(session, Fault):
        return _login_page(state, call, secret, back, session.message, 403, username)
    # only a path below Setup is ever gone to
    path = "/".join(quote(part) for part in back.split("/") if part not in ("", ".", ".."))
    to = _redirect(Redirect(path))
    return replace(to, headers={**to.headers, "Set-Cookie": ui.set_cookie(state, call, session.token)})


def _login_page(
    state: State, call: Call, secret: str, back: str, error: str = "", status: int = 200, username: str = ""
) -> Reply:
    secret = secret or browser.new_visitor_secret()
    content = {
        "base": _BASE,
        "title": "Login",
        "org": state.org,
        "error": error,
        "username": username,
        "next": back,
        "form_field": browser.FORM_FIELD,
        "form_proof": browser.proof(secret),
    }
    return html("login", status, content, {"Set-Cookie": browser.visitor_cookie(state, call, secret)})


def _logout(visit: Visit) -> Reply:
    given = browser.read_form(visit.call) if visit.call.method == "POST" else None
    if given is None or not browser.is_from_setup(visit.call, given, visit.token):
        return _shown(visit, Page("message", "Setup", {"message": "Log out with the button at the top."}, status=403))
    ui.close_ui_session(visit.state, visit.call)
    gone = ui.set_cookie(visit.state, visit.call, "")
    return Reply(303, headers={"Location": f"{_BASE}/login", "Set-Cookie": gone, "Cache-Control": "no-store"})


def _stranger(state: State, title: str, message: str, status: int) -> Reply:
    return html("stranger", status, {"base": _BASE, "title": title, "org": state.org, "message": message})
