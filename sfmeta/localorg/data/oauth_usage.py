"""``/apps/oauth/usage``: who uses external client apps, and taking their tokens away. Connected apps are not here.

Source: Connect REST API guide, OAuth Usage Resources (59+), App OAuth Usage Token and User Collection; the list of apps
as sfdx-hardis reads it. What is said of a user, and who may ask, was not found.
"""

from __future__ import annotations

from typing import Any

from sfmeta.localorg.apps import App, Kind, app_by_id
from sfmeta.localorg.data.service import Service
from sfmeta.localorg.data.writes.refused import not_found, refuse
from sfmeta.localorg.doors.sessions import end_sessions
from sfmeta.localorg.http.reply import Reply, as_json
from sfmeta.localorg.records import Record

_SINCE = 59
_USUAL_PAGE = 100
_MAY_REVOKE = ("CustomizeApplication", "ExternalClientAppAdmin")
_MAY_LOOK = (*_MAY_REVOKE, "ExternalClientAppViewer")


def oauth_usage(service: Service, parts: tuple[str, ...]) -> Reply:
    """Answers a request below the resource."""
    if service.version < _SINCE:
        raise not_found()
    needed = _MAY_LOOK if service.call.method == "GET" else _MAY_REVOKE
    if not any(service.caller.has(permission) for permission in needed):
        raise refuse("rest-usage-access", status=403)
    with service.caller.state.transaction():
        match parts:
            case ():
                return _apps(service)
            case ("tokens", token_id):
                service.only("DELETE")
                return _revoke(service, [row for row in _of_external_apps(service) if row.id[:15] == token_id[:15]])
            case (app_id, "users"):
                return _users(service, _app(service, app_id))
            case (app_id, "tokens"):
                service.only("DELETE")
                app = _app(service, app_id)
                return _revoke(service, service.caller.state.records.find("OauthToken", AppId=app.id), empty=True)
            case (app_id, user_id, "tokens"):
                return _tokens(service, _app(service, app_id), user_id)
    raise not_found()


def _apps(service: Service) -> Reply:
    service.only("GET")
    used = {row.text("AppId") for row in _of_external_apps(service)}
    apps = [app for id_ in sorted(used) if (app := app_by_id(service.caller.state, id_))]
    shown = [
        {"developerName": app.record.text("DeveloperName"), "identifier": app.id, "label": app.label} for app in apps
    ]
    return as_json(_page(service, "apps", shown))


def _users(service: Service, app: App) -> Reply:
    service.only("GET")
    state = service.caller.state
    ids = dict.fromkeys(row.text("UserId") for row in state.records.find("OauthToken", AppId=app.id))
    users = [user for id_ in ids if (user := state.records.get(id_))]
    shown = [{"userIdentifier": user.id, "username": user.text("Username")} for user in users]
    return as_json(_page(service, "users", shown))


def _tokens(service: Service, app: App, user_id: str) -> Reply:
    service.only("GET", "DELETE")
    state = service.caller.state
    user = state.records.get(user_id)
    if user is None or user.sobject != "User":
        raise not_found()
    rows = state.records.find("OauthToken", UserId=user.id, AppId=app.id)
    if service.call.method == "DELETE":
        return _revoke(service, rows, empty=True)
    base = f"/services/data/v{service.version}.0/apps/oauth/usage/tokens"
    shown = [
        {
            "accessTokenFormat": "Opaque",
            "appDeveloperName": app.record.text("DeveloperName"),
            "appIdentifier": app.id,
            "initialConnectionAt": row["CreatedDate"],
            "lastUsedAt": row["LastUsedDate"],
            "revocationUrl": f"{base}/{row.id}",
            "useCount": row["UseCount"] or 0,
            "userIdentifier": user.id,
            "username": user.text("Username"),
        }
        for row in rows
    ]
    return as_json(_page(service, "tokens", shown))


def _of_external_apps(service: Service) -> list[Record]:
    records = service.caller.state.records
    apps = records.find("ExternalClientApplication")
    return [row for app in apps for row in records.find("OauthToken", AppId=app.id)]


def _app(service: Service, id_: str) -> App:
    app = app_by_id(service.caller.state, id_)
    if app is None or app.kind is not Kind.EXTERNAL:
        raise not_found()
    return app


def _revoke(service: Service, rows: list[Record], *, empty: bool = False) -> Reply:
    """Takes tokens away, and ends the sessions that came of them."""
    if not rows and not empty:
        raise not_found()
    state = service.caller.state
    for row in rows:
        end_sessions(state, row.text("UserId"), row.text("AppId"))
    state.records.delete_all(rows)
    return Reply(204)


def _page(service: Service, name: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    number, size = _number(service, "page", 0), _number(service, "pageSize", _USUAL_PAGE) or _USUAL_PAGE
    here = "/" + service.call.path.strip("/")
    return {
        name: entries[number * size : (number + 1) * size],
        "currentPageUrl": f"{here}?page={number}&pageSize={size}",
        # the guide: the last page has one, too; an empty page is behind it
        "nextPageUrl": f"{here}?page={number + 1}&pageSize={size}",
    }


def _number(service: Service, name: str, usual: int) -> int:
    text = service.call.query.get(name, "")
    if not text:
        return usual
    if not text.isdecimal() or len(text) > 6:
        raise refuse("rest-page", name=name, value=text)
    return int(text)
