"""Who am I: ``/services/oauth2/userinfo`` and the identity URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.doors import scopes
from sfmeta.localorg.doors.catalog import fault
from sfmeta.localorg.doors.gate import resolve_session
from sfmeta.localorg.doors.sessions import find_session
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import XML, Reply, as_json
from sfmeta.localorg.metadata.xml import escape_text
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State
from sfmeta.localorg.versions import MAXIMUM


def userinfo(state: State, call: Call) -> Reply:
    """Answers the OpenID Connect user info endpoint."""
    caller = _caller(state, call, "access_token")
    if isinstance(caller, Fault):
        return _refused(caller)
    user = caller.user
    return as_json(
        {
            "sub": f"{call.base_url}/id/{state.org.id}/{user.id}",
            "user_id": user.id,
            "organization_id": state.org.id,
            "preferred_username": user.text("Username"),
            "nickname": _nickname(user),
            "name": _name(user),
            "email": user.text("Email"),
            "email_verified": True,
            "given_name": user.text("FirstName"),
            "family_name": user.text("LastName"),
            "zoneinfo": "GMT",
            "urls": _urls(state, call.base_url, ""),
            "active": True,
            "user_type": _user_type(user),
            "language": "en_US",
            "locale": "en_US",
            "utcOffset": 0,
        }
    )


def identity(state: State, call: Call, org_id: str, user_id: str) -> Reply:
    """Answers ``/id/{org}/{user}``, as JSON or (``format=xml``) as XML.

    Args:
        state: the org.
        call: its parameters ``format`` and ``version`` (a number or ``latest``, for the URLs in the answer).
        org_id: from the path.
        user_id: from the path.
    """
    caller = _caller(state, call, "oauth_token")
    if isinstance(caller, Fault):
        return _refused(caller)
    if org_id[:15] != state.org.id[:15]:
        return _refused(fault("identity-org", 403))
    user = state.records.get(user_id)
    if user is None or user.sobject != "User":
        return _refused(fault("identity-user", 404))
    if user.id != caller.user_id and not _may_see_others(caller):
        return _refused(fault("identity-token", 403))
    content = _identity(state, call, user)
    wants_xml = call.query.get("format", "") == "xml" or (
        "format" not in call.query and "xml" in call.headers.get("accept", "") and "html" not in call.headers["accept"]
    )
    return Reply(200, _as_xml(content).encode(), XML) if wants_xml else as_json(content)


def _identity(state: State, call: Call, user: Record) -> dict[str, Any]:
    return {
        "id": f"{call.base_url}/id/{state.org.id}/{user.id}",
        "asserted_user": True,
        "user_id": user.id,
        "organization_id": state.org.id,
        "username": user.text("Username"),
        "nick_name": _nickname(user),
        "display_name": _name(user),
        "email": user.text("Email"),
        "email_verified": True,
        "first_name": user.text("FirstName"),
        "last_name": user.text("LastName"),
        "timezone": "GMT",
        "active": user["IsActive"] is not False,
        "user_type": _user_type(user),
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "urls": _urls(state, call.base_url, call.query.get("version", "")),
    }


def _caller(state: State, call: Call, parameter: str) -> Caller | Fault:
    given = (call.form.get(name, "") or call.query.get(name, "") for name in (parameter, "oauth_token"))
    session_id = call.bearer or next((token for token in given if token), "")
    if not session_id:
        return fault("identity-no-token", 403)
    return resolve_session(state, session_id, Door.OAUTH_IDENTITY, call.source_ip)


def _may_see_others(caller: Caller) -> bool:
    """Source: Help remoteaccess_using_openid: an internal user with API Enabled and the scope api or full."""
    session = find_session(caller.state, caller.session_id)
    given = None if session is None else session.scopes
    broad = given is None or scopes.opens_api(given)
    return broad and caller.has("ApiEnabled") and _user_type(caller.user) == "STANDARD"


def _refused(refusal: Fault) -> Reply:
    return Reply(refusal.http_status, refusal.message.encode(), "text/html;charset=UTF-8")


def _name(user: Record) -> str:
    return f"{user.text('FirstName')} {user.text('LastName')}".strip()


def _nickname(user: Record) -> str:
    return user.text("Username").partition("@")[0]


def _user_type(user: Record) -> str:
    return "STANDARD" if (user.text("UserType") or "Standard") == "Standard" else user.text("UserType")


def _urls(state: State, base_url: str, version: str) -> dict[str, str]:
    """The endpoints, with ``{version}`` to be filled in by the client unless it asked for one."""
    shown = f"{MAXIMUM}.0" if version == "latest" else version
    filled = shown if shown.removesuffix(".0").isdigit() else "{version}"
    soap, rest, org = f"{base_url}/services/Soap", f"{base_url}/services/data/v{filled}", state.org.id
    return {
        "enterprise": f"{soap}/c/{filled}/{org}",
        "metadata": f"{soap}/m/{filled}/{org}",
        "partner": f"{soap}/u/{filled}/{org}",
        "rest": f"{rest}/",
        "sobjects": f"{rest}/sobjects/",
        "query": f"{rest}/query/",
        "tooling_rest": f"{rest}/tooling/",
        "custom_domain": base_url,
    }


def _as_xml(content: Mapping[str, Any]) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><user>{_elements(content)}</user>'


def _elements(content: Mapping[str, Any]) -> str:
    parts = []
    for name, value in content.items():
        if isinstance(value, Mapping):
            inner = _elements(value)
        else:
            inner = escape_text(str(value).lower() if isinstance(value, bool) else str(value))
        parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)
