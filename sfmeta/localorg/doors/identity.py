"""Who am I: ``/services/oauth2/userinfo`` and the identity URL."""

from __future__ import annotations

from typing import Any

from sfmeta.localorg.call import Call
from sfmeta.localorg.caller import Caller, Door, Fault
from sfmeta.localorg.doors.gate import resolve_session
from sfmeta.localorg.reply import Reply, as_json
from sfmeta.localorg.state import State


def userinfo(state: State, call: Call) -> Reply:
    """Answers the OpenID Connect user info endpoint."""
    session_id = call.bearer or call.form.get("access_token", "") or call.query.get("oauth_token", "")
    base_url = call.base_url
    caller = resolve_session(state, session_id, Door.OAUTH_IDENTITY)
    if isinstance(caller, Fault):
        return _refused(caller)
    user = caller.user
    return as_json(
        {
            "sub": f"{base_url}/id/{state.org.id}/{user.id}",
            "user_id": user.id,
            "organization_id": state.org.id,
            "preferred_username": user.text("Username"),
            "nickname": user.text("Username").partition("@")[0],
            "name": _name(caller),
            "email": user.text("Email"),
            "email_verified": True,
            "given_name": user.text("FirstName"),
            "family_name": user.text("LastName"),
            "zoneinfo": "GMT",
            "urls": _urls(state, base_url),
            "active": True,
            "user_type": _user_type(caller),
            "language": "en_US",
            "locale": "en_US",
            "utcOffset": 0,
        }
    )


def identity(state: State, call: Call, org_id: str, user_id: str) -> Reply:
    """Answers ``/id/{org}/{user}``; a user may ask only for themself."""
    session_id = call.bearer or call.query.get("oauth_token", "") or call.form.get("oauth_token", "")
    base_url = call.base_url
    caller = resolve_session(state, session_id, Door.OAUTH_IDENTITY)
    if isinstance(caller, Fault):
        return _refused(caller)
    if org_id[:15] != state.org.id[:15] or user_id[:15] != caller.user_id[:15]:
        return _refused(Fault("Wrong_Org", "Wrong_Org", 403))
    user = caller.user
    return as_json(
        {
            "id": f"{base_url}/id/{state.org.id}/{user.id}",
            "asserted_user": True,
            "user_id": user.id,
            "organization_id": state.org.id,
            "username": user.text("Username"),
            "nick_name": user.text("Username").partition("@")[0],
            "display_name": _name(caller),
            "email": user.text("Email"),
            "email_verified": True,
            "first_name": user.text("FirstName"),
            "last_name": user.text("LastName"),
            "timezone": "GMT",
            "active": True,
            "user_type": _user_type(caller),
            "language": "en_US",
            "locale": "en_US",
            "utcOffset": 0,
            "urls": _urls(state, base_url),
        }
    )


def _refused(fault: Fault) -> Reply:
    return Reply(fault.http_status, fault.message.encode(), "text/html;charset=UTF-8")


def _name(caller: Caller) -> str:
    return f"{caller.user.text('FirstName')} {caller.user.text('LastName')}".strip()


def _user_type(caller: Caller) -> str:
    return "STANDARD" if (caller.user.text("UserType") or "Standard") == "Standard" else caller.user.text("UserType")


def _urls(state: State, base_url: str) -> dict[str, Any]:
    soap, rest, org = f"{base_url}/services/Soap", f"{base_url}/services/data/v{{version}}", state.org.id
    return {
        "enterprise": f"{soap}/c/{{version}}/{org}",
        "metadata": f"{soap}/m/{{version}}/{org}",
        "partner": f"{soap}/u/{{version}}/{org}",
        "rest": f"{rest}/",
        "sobjects": f"{rest}/sobjects/",
        "query": f"{rest}/query/",
        "tooling_rest": f"{rest}/tooling/",
        "custom_domain": base_url,
    }
