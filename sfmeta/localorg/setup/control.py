"""Setup behind the back door: the same actions for the command line and for tests, with names in place of ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from sfmeta.localorg.apps import App, Kind
from sfmeta.localorg.backdoor.control import Action, ControlRefused, Table
from sfmeta.localorg.clock import from_stamp, to_stamp
from sfmeta.localorg.doors.blocks import is_blocked
from sfmeta.localorg.doors.passwords import user_by_name
from sfmeta.localorg.metadata import references
from sfmeta.localorg.metadata.grants import granted
from sfmeta.localorg.records import Record
from sfmeta.localorg.setup import actions
from sfmeta.localorg.setup.actions import NewUser, PolicyChange, SetupRefused
from sfmeta.localorg.setup.login_as import CannotTry, Flow, likely_flow, try_login
from sfmeta.localorg.setup.oauth_usage import is_installed, is_listed, known_apps, users_of
from sfmeta.localorg.setup.policy_actions import has_policies, policy_of
from sfmeta.localorg.state import State

Content = Mapping[str, Any]


def setup_table(keys: Path) -> Table:
    """What Setup contributes to the back door.

    Args:
        keys: where the private keys of apps lie.
    """

    def login(state: State, content: Content) -> Content:
        return _login(state, content, keys)

    acts: dict[str, Action] = {
        "app/install": _install,
        "app/uninstall": _on_app(actions.uninstall),
        "app/block": _on_app(actions.block),
        "app/unblock": _on_app(actions.unblock),
        "app/policy": _policy,
        "user/add": _add_user,
        "user/assign": _assign,
        "login": login,
    }
    return Table(reads={"apps": _apps, "users": _users}, actions={name: translated(act) for name, act in acts.items()})


def translated(act: Action) -> Action:
    """Setup's no in the back door's words; all of an action or nothing."""

    def done(state: State, content: Content) -> Content:
        try:
            with state.transaction():
                return act(state, content)
        except SetupRefused as refused:
            raise ControlRefused(refused.message, _STATUS.get(refused.rule, 409)) from refused

    return done


_STATUS = {"setup-not-there": 404, "setup-policy-value": 400, "setup-policy-timeout": 400}


def _install(state: State, content: Content) -> Content:
    app = app_named(state, _text(content, "app"))
    return _app(state, app_named(state, actions.install(state, app.id, acting(state, content))))


def _on_app(act: Callable[[State, str, str], None]) -> Action:
    def done(state: State, content: Content) -> Content:
        app = app_named(state, _text(content, "app"))
        act(state, app.id, acting(state, content))
        return _app(state, app_named(state, app.consumer_key))

    return done


def _policy(state: State, content: Content) -> Content:
    app = app_named(state, _text(content, "app"))
    now = policy_of(state, app)
    change = PolicyChange(
        permitted_users=_optional(content, "permitted_users", str),
        refresh_token=_optional(content, "refresh_token", str),
        ip_relaxation=_optional(content, "ip_relaxation", str),
        session_action=_optional(content, "session_action", str),
        session_timeout=_optional(content, "session_timeout", int),
        enabled=_optional(content, "enabled", bool),
        permission_sets=_attached(state, content, "permission_sets", now.permission_sets, references.permission_set),
        profiles=_attached(state, content, "profiles", now.profiles, references.profile),
    )
    actions.set_policy(state, app.id, change, acting(state, content))
    return _app(state, app_named(state, app.id))


def _attached(
    state: State, content: Content, name: str, now: tuple[str, ...], find: Callable[[State, str], Record | None]
) -> tuple[str, ...] | None:
    """Who is attached then: who is now, with those that are named and without those of ``remove_<name>``."""
    given, taken = (_ids(state, content, key, find) for key in (name, f"remove_{name}"))
    if given is None and taken is None:
        return None
    return tuple(id_ for id_ in (*now, *(given or ())) if id_ not in (taken or ()))


def _ids(
    state: State, content: Content, key: str, find: Callable[[State, str], Record | None]
) -> tuple[str, ...] | None:
    names = content.get(key)
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise ControlRefused(f"{key} is no list of names")
    ids = []
    for one in names:
        record = find(state, one)
        if record is None:
            raise ControlRefused(f"there is no {key.removeprefix('remove_').replace('_', ' ')[:-1]} {one}", 404)
        ids.append(record.id)
    return tuple(ids)


def _add_user(state: State, content: Content) -> Content:
    profile = references.profile(state, _text(content, "profile"))
    if profile is None:
        raise ControlRefused(f"there is no profile {content['profile']}", 404)
    optional = {name: _optional(content, name, str) for name in ("last_name", "first_name", "password", "user_type")}
    given = {name: value for name, value in optional.items() if value is not None}
    new = NewUser(_text(content, "username"), profile.id, **given)
    user_id = actions.add_user(state, new, acting(state, content))
    return next(user for user in _users(state, {})["users"] if user["id"] == user_id)


def _assign(state: State, content: Content) -> Content:
    user = user_named(state, _text(content, "username"))
    name = _text(content, "permission_set")
    found = references.permission_set(state, name) or state.records.first("PermissionSetGroup", DeveloperName=name)
    if found is None:
        raise ControlRefused(f"there is no permission set {name}", 404)
    until = _until(state, content)
    row = actions.assign(state, user.id, found.id, acting(state, content), until)
    expires = to_stamp(until) if until is not None else None
    return {"id": row, "username": user.text("Username"), "permission_set": name, "until": expires}


def _until(state: State, content: Content) -> datetime | None:
    days, text = _optional(content, "days", float), _optional(content, "until", str)
    try:
        if text:
            return from_stamp(text)
        return None if days is None else state.clock.now() + timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise ControlRefused(f"{text or days} is no date") from error


def _login(state: State, content: Content, keys: Path) -> Content:
    user = user_named(state, _text(content, "username"))
    label, source_ip = _optional(content, "app", str), _source_ip(content)
    app = app_named(state, label) if label else None
    wanted = _optional(content, "flow", str)
    if wanted and wanted not in list(Flow):
        raise ControlRefused(f"there is no flow {wanted}")
    flow = Flow(wanted) if wanted else likely_flow(state, user, app, keys)
    try:
        tried = try_login(state, user, app, flow, keys, source_ip)
    except CannotTry as error:
        raise ControlRefused(f"there is nothing to try: {error}", 409) from error
    rule = tried.rule
    return {
        "username": tried.username,
        "app": app.label if app and flow is not Flow.SOAP else None,
        "flow": flow.value,
        "let_in": bool(tried.token),
        "code": tried.code or None,
        "message": tried.message or None,
        "rule": rule and {"id": rule.id, "sentence": rule.sentence, "source": rule.source, "grade": rule.grade},
        "assumption": (rule.assumption or None) if rule else None,
        "opens": {name: reason or None for name, reason in (tried.opens or {}).items()},
        "token": tried.token if content.get("show_token") is True and tried.token else None,
    }


def _source_ip(content: Content) -> str:
    text = _optional(content, "source_ip", str)
    if text is None:
        return "127.0.0.1"
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise ControlRefused(f"{text!r} is no IP address") from error


def _apps(state: State, _: Content) -> Content:
    with state.lock:
        return {"apps": [_app(state, app) for app in known_apps(state)]}


def _users(state: State, _: Content) -> Content:
    with state.lock:
        profiles = {one.id: one.text("Name") for one in state.records.find("Profile")}
        rows = sorted(state.records.find("User"), key=lambda user: user.text("Username"))
        return {
            "users": [
                {
                    "id": user.id,
                    "username": user.text("Username"),
                    "profile": profiles.get(user.text("ProfileId"), ""),
                    "type": user.text("UserType") or "Standard",
                    "active": user["IsActive"] is not False,
                }
                for user in rows
            ]
        }


_KINDS = {Kind.EXTERNAL: "external client app", Kind.FOREIGN: "not installed"}


def _app(state: State, app: App) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": app.id,
        "label": app.label,
        "consumer_key": app.consumer_key,
        "kind": _KINDS.get(app.kind) or ("installed" if is_installed(app) else "owned"),
        "users": users_of(state, app),
        "on_usage_page": is_listed(state, app),
        "blocked": is_blocked(state, app.consumer_key) or app.blocked_by_policy,
        "policy": None,
    }
    if has_policies(app):
        policy = policy_of(state, app)
        permission_sets, profiles = granted(state, app.record)
        shown["policy"] = {
            "permitted_users": policy.permitted_users,
            "refresh_token": policy.refresh_token,
            "ip_relaxation": policy.ip_relaxation,
            "session_action": policy.session_action or None,
            "session_timeout": policy.session_timeout,
            "enabled": policy.enabled,
            "permission_sets": permission_sets,
            "profiles": profiles,
        }
    return shown


def app_named(state: State, name: str) -> App:
    """The app of a label, an API name, a consumer key or an id.

    Raises:
        ControlRefused: there is none, or there are several.
    """
    every = known_apps(state)
    exact = [app for app in every if name in (app.id, app.consumer_key)]
    wanted = name.casefold()
    named = [app for app in every if wanted in (app.label.casefold(), app.record.text("DeveloperName").casefold())]
    found = exact or named
    if len(found) == 1:
        return found[0]
    if not found:
        raise ControlRefused(f"there is no app {name}", 404)
    raise ControlRefused(f"{len(found)} apps are named {name}: give a consumer key", 409)


def user_named(state: State, username: str) -> Record:
    """The user of a username.

    Raises:
        ControlRefused: there is none.
    """
    user = user_by_name(state, username)
    if user is None:
        raise ControlRefused(f"there is no user {username}", 404)
    return user


def acting(state: State, content: Content) -> str:
    """As whom: the id of the user in ``by``, whose permissions count; "" for the org itself where nobody is named.

    Raises:
        ControlRefused: there is no such user.
    """
    username = _optional(content, "by", str)
    return user_named(state, username).id if username else ""


def _text(content: Content, name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ControlRefused(f"give {name}, a text")
    return value


def _optional(content: Content, name: str, kind: type[Any]) -> Any:
    value = content.get(name)
    if value is None:
        return None
    # a whole number is a number of days too, but True is no number
    right = isinstance(value, (int, float) if kind is float else kind) and (kind is bool or not isinstance(value, bool))
    if not right:
        raise ControlRefused(f"{name} is of the wrong kind")
    return value
