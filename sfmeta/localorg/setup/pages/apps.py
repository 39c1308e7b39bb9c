"""Connected Apps OAuth Usage, Manage Connected Apps, and the policies of one app."""

from __future__ import annotations

from typing import Any

from sfmeta.localorg.apps import App, Kind, app_by_id
from sfmeta.localorg.doors.blocks import is_blocked
from sfmeta.localorg.metadata.grants import granted
from sfmeta.localorg.records import Record
from sfmeta.localorg.setup import actions
from sfmeta.localorg.setup.app_actions import known_app
from sfmeta.localorg.setup.catalog import say
from sfmeta.localorg.setup.oauth_usage import is_installed, known_apps, usage
from sfmeta.localorg.setup.pages.page import Page, Redirect, Visit, confirm
from sfmeta.localorg.setup.policies import (
    ADMIN_APPROVED,
    IP_RELAXATION,
    PERMITTED_USERS,
    REFRESH_KINDS,
    SESSION_ACTIONS,
    TIMEOUT_MINUTES,
    UNITS,
    Policy,
    refresh_words,
)
from sfmeta.localorg.setup.policy_actions import PolicyChange, has_policies, policy_of, set_policy
from sfmeta.localorg.setup.refused import SetupRefused, existing
from sfmeta.localorg.setup.trail import full_name

_SHOWN = 200
USAGE, MANAGED, EXTERNAL = "oauth-usage", "apps", "external-client-apps"


def usage_page(visit: Visit) -> Page:
    """Connected Apps OAuth Usage."""
    return Page("oauth_usage", "Connected Apps OAuth Usage", {"lines": usage(visit.state)}, USAGE)


def users_page(visit: Visit) -> Page:
    """Connected App User's Usage: who authorised one app."""
    app = known_app(visit.state, visit.id)
    rows = []
    for token in visit.state.records.latest("OauthToken", "LastUsedDate", _SHOWN, AppId=app.id):
        user = visit.state.records.get(token.text("UserId"))
        rows.append({"token": token, "user": user, "name": full_name(user) if user else token.text("UserId")})
    total = visit.state.records.count("OauthToken", AppId=app.id)
    return Page("app_users", "Connected App User’s Usage", {"app": app, "rows": rows, "total": total}, USAGE)


def revoke_page(visit: Visit) -> Page:
    """Asks before one user's authorisation ends."""
    token = existing(visit.state, visit.names["token"], "OauthToken", kind="authorisation")
    app = known_app(visit.state, token.text("AppId"))
    user = visit.state.records.get(token.text("UserId"))
    who = full_name(user) if user else token.text("UserId")
    question = f"Revoke what {who} gave {app.label}? The app must ask this user again."
    return confirm("Revoke", question, "Revoke", f"{USAGE}/{app.id}", USAGE, danger=True)


def revoke(visit: Visit) -> Redirect:
    """Ends one user's authorisation."""
    actions.revoke(visit.state, visit.names["token"], visit.user.id)
    return Redirect(f"{USAGE}/{visit.id}", "revoked")


def install_page(visit: Visit) -> Page:
    """Asks before an app is installed, in Salesforce's words."""
    app = known_app(visit.state, visit.id)
    question = f"{app.label} was made in another org. Install it so that you can manage its policies."
    return confirm("Install connected app?", question, "Install", USAGE, USAGE)


def install(visit: Visit) -> Redirect:
    """Installs an app."""
    return Redirect(f"{MANAGED}/{actions.install(visit.state, visit.id, visit.user.id)}", "installed")


def uninstall_page(visit: Visit) -> Page:
    """Asks before an app is uninstalled."""
    app = known_app(visit.state, visit.id)
    question = (
        f"Uninstall {app.label}? The access and refresh tokens of all its users are removed, and so are its policies "
        "and the profiles and permission sets attached to it. Installing it again brings none of that back."
    )
    return confirm("Uninstall connected app?", question, "Uninstall", USAGE, USAGE, danger=True)


def uninstall(visit: Visit) -> Redirect:
    """Uninstalls an app."""
    actions.uninstall(visit.state, visit.id, visit.user.id)
    return Redirect(USAGE, "uninstalled")


def block_page(visit: Visit) -> Page:
    """Asks before an app is blocked."""
    app = known_app(visit.state, visit.id)
    question = (
        f"Block {app.label}? All current user sessions with it end, and no new ones begin. You can unblock it later."
    )
    return confirm("Block connected app?", question, "Block", USAGE, USAGE, danger=True)


def block(visit: Visit) -> Redirect:
    """Blocks an app."""
    actions.block(visit.state, visit.id, visit.user.id)
    return Redirect(USAGE, "blocked")


def unblock_page(visit: Visit) -> Page:
    """Asks before an app is unblocked."""
    app = known_app(visit.state, visit.id)
    return confirm(
        "Unblock connected app?", f"Unblock {app.label}? Users can log in with it again.", "Unblock", USAGE, USAGE
    )


def unblock(visit: Visit) -> Redirect:
    """Unblocks an app."""
    actions.unblock(visit.state, visit.id, visit.user.id)
    return Redirect(USAGE, "unblocked")


def managed_page(visit: Visit) -> Page:
    """Manage Connected Apps: what this org owns or has installed."""
    apps = [app for app in known_apps(visit.state) if app.kind is Kind.CONNECTED]
    lines = [{"app": app, "policy": policy_of(visit.state, app), "installed": is_installed(app)} for app in apps]
    content = {"lines": lines, "permitted": PERMITTED_USERS, "external": False}
    return Page("managed_apps", "Manage Connected Apps", content, MANAGED)


def external_page(visit: Visit) -> Page:
    """External Client App Manager."""
    apps = [app for app in known_apps(visit.state) if app.kind is Kind.EXTERNAL]
    lines = [{"app": app, "policy": policy_of(visit.state, app), "installed": False} for app in apps]
    content = {"lines": lines, "permitted": PERMITTED_USERS, "external": True}
    return Page("managed_apps", "External Client App Manager", content, EXTERNAL)


def app_page(visit: Visit) -> Page:
    """One app: its policies, and who is attached."""
    app = known_app(visit.state, visit.id)
    policy = policy_of(visit.state, app)
    permission_sets = [_named(visit, id_) for id_ in policy.permission_sets]
    content = {
        "app": app,
        "policy": policy,
        "editable": has_policies(app),
        "installed": is_installed(app),
        "blocked": is_blocked(visit.state, app.consumer_key),
        "permission_sets": sorted(permission_sets, key=lambda record: record.text("Label")),
        "profiles": granted(visit.state, app.record)[1],
        **_words(),
        "refresh": refresh_words(policy.refresh_token),
    }
    return Page("app", app.label, content, _section(app))


def edit_page(visit: Visit) -> Page:
    """Edit Policies."""
    app = _with_policies(visit)
    policy = policy_of(visit.state, app)
    kind, _, rest = policy.refresh_token.partition(":")
    amount, _, unit = rest.partition(":")
    form = {
        "permitted_users": policy.permitted_users,
        "ip_relaxation": policy.ip_relaxation,
        "refresh_kind": kind,
        f"{kind}_amount": amount,
        f"{kind}_unit": unit or "HOURS",
        "session_action": policy.session_action,
        "session_timeout": str(policy.session_timeout or ""),
        "enabled": "on" if policy.enabled else "",
    }
    if visit.given:
        form = {name: values[0] for name, values in visit.given.items()}
    timeouts = sorted({*TIMEOUT_MINUTES, *([policy.session_timeout] if policy.session_timeout else [])})
    content = {"app": app, "form": form, "timeouts": timeouts, **_words()}
    return Page("edit_policies", f"Edit Policies: {app.label}", content, _section(app))


def edit(visit: Visit) -> Redirect | Page:
    """Saves policies; asks before those are shut out who are not pre-authorised."""
    app = _with_policies(visit)
    kind = visit.value("refresh_kind")
    timed = kind.startswith("specific_")
    refresh = f"{kind}:{visit.value(f'{kind}_amount')}:{visit.value(f'{kind}_unit')}" if timed else kind
    timeout = visit.value("session_timeout")
    if timeout and not timeout.isdecimal():
        raise SetupRefused("setup-policy-value", field="Timeout Value", value=timeout)
    change = PolicyChange(
        permitted_users=visit.value("permitted_users"),
        refresh_token=refresh,
        ip_relaxation=visit.value("ip_relaxation"),
        session_action=visit.value("session_action"),
        session_timeout=int(timeout[:6] or 0),
        enabled=visit.ticked("enabled") if app.kind is Kind.EXTERNAL else None,
    )
    restricts = change.permitted_users == ADMIN_APPROVED and not app.admin_approved_only
    if restricts and not visit.ticked("confirmed"):
        return confirm(
            f"Edit Policies: {app.label}",
            f"Change Permitted Users of {app.label} to “{PERMITTED_USERS[ADMIN_APPROVED]}”?",
            "Save",
            f"{MANAGED}/{app.id}/edit",
            _section(app),
            danger=True,
            warning=say("setup-admin-approved"),
        )
    set_policy(visit.state, app.id, change, visit.user.id)
    return Redirect(f"{MANAGED}/{app.id}", "policies")


def profiles_page(visit: Visit) -> Page:
    """Application Profile Assignment."""
    app = _with_policies(visit)
    rows = [
        {"id": one.id, "name": one.text("Name"), "note": ""}
        for one in sorted(visit.state.records.find("Profile"), key=lambda one: one.text("Name"))
    ]
    return _attach_page(visit, app, "Profile", rows, policy_of(visit.state, app).profiles)


def permission_sets_page(visit: Visit) -> Page:
    """Application Permission Set Assignment."""
    app = _with_policies(visit)
    every = (one for one in visit.state.records.find("PermissionSet") if not one.flag("IsOwnedByProfile"))
    rows = [
        {"id": one.id, "name": one.text("Label"), "note": one.text("Name")}
        for one in sorted(every, key=lambda one: one.text("Label"))
        if one["Type"] != "Group"
    ]
    return _attach_page(visit, app, "Permission Set", rows, policy_of(visit.state, app).permission_sets)


def attach_profiles(visit: Visit) -> Redirect:
    """Saves which profiles are pre-authorised."""
    set_policy(visit.state, visit.id, PolicyChange(profiles=visit.given.get("attached", ())), visit.user.id)
    return Redirect(f"{MANAGED}/{visit.id}", "attached")


def attach_permission_sets(visit: Visit) -> Redirect:
    """Saves which permission sets are pre-authorised."""
    set_policy(visit.state, visit.id, PolicyChange(permission_sets=visit.given.get("attached", ())), visit.user.id)
    return Redirect(f"{MANAGED}/{visit.id}", "attached")


def _attach_page(visit: Visit, app: App, kind: str, rows: list[dict[str, str]], attached: tuple[str, ...]) -> Page:
    ticked = visit.given.get("attached", ()) if visit.given else attached
    content: dict[str, Any] = {"app": app, "kind": kind, "rows": rows, "ticked": ticked}
    return Page("attach", f"Application {kind} Assignment: {app.label}", content, _section(app))


def _with_policies(visit: Visit) -> App:
    app = app_by_id(visit.state, visit.id)
    if app is None:
        raise SetupRefused("setup-not-there", kind="app", name=visit.id)
    if not has_policies(app):
        raise SetupRefused("setup-policy-none", app=app.label)
    return app


def _named(visit: Visit, id_: str) -> Record:
    return existing(visit.state, id_, "PermissionSet", kind="permission set")


def _section(app: App) -> str:
    return EXTERNAL if app.kind is Kind.EXTERNAL else MANAGED if app.kind is Kind.CONNECTED else USAGE


def _words() -> dict[str, Any]:
    return {
        "permitted": PERMITTED_USERS,
        "relaxation": IP_RELAXATION,
        "refresh_kinds": REFRESH_KINDS,
        "units": UNITS,
        "session_actions": SESSION_ACTIONS,
        "standard": Policy(),
    }
