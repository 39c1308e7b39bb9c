"""Connected Apps OAuth Usage: which apps stand on the page, and what may be done with each there."""

from __future__ import annotations

from dataclasses import dataclass

from sfmeta.localorg.apps import App, Kind, all_apps, app_by_id
from sfmeta.localorg.doors.blocks import is_blocked
from sfmeta.localorg.state import State


@dataclass(frozen=True, slots=True)
class Usage:
    """A line of the page.

    Attributes:
        app: the app.
        users: how many users it has.
        blocked: an administrator, or API Access Control, blocked it.
    """

    app: App
    users: int
    blocked: bool

    @property
    def can_install(self) -> bool:
        """It was made in another org and is not installed here."""
        return self.app.kind is Kind.FOREIGN

    @property
    def can_uninstall(self) -> bool:
        """It was made in another org and is installed here."""
        return is_installed(self.app)

    @property
    def can_block(self) -> bool:
        """It has a button Block or Unblock."""
        return self.app.kind is not Kind.EXTERNAL


def is_installed(app: App) -> bool:
    """Whether an app came from another org by Install."""
    return app.kind is Kind.CONNECTED and app.record["Ownership"] == "installed"


def known_apps(state: State) -> list[App]:
    """Every app that this org owns, has installed or has ever heard of, by label."""
    foreign = (app_by_id(state, record.id) for record in state.records.find("ForeignApp"))
    apps = [*all_apps(state), *(app for app in foreign if app is not None)]
    return sorted(apps, key=lambda app: (app.label.casefold(), app.id))


def users_of(state: State, app: App) -> int:
    """How many users have an authorisation for the app."""
    return state.records.count("OauthToken", distinct="UserId", AppId=app.id)


def is_listed(state: State, app: App) -> bool:
    """Whether the page shows the app.

    Source: Help xcloud.connected_app_manage_current_sessions: current connections and, for apps that are not
    installed, attempts that were denied. A blocked app stays in sight here, or nobody could unblock it (judgement).
    """
    if state.records.first("OauthToken", AppId=app.id) is not None or is_blocked(state, app.consumer_key):
        return True
    attempts = state.records.find("LoginHistory", Application=app.label) if app.kind is Kind.FOREIGN else []
    since = app.record.text("UninstalledDate")
    return any(one["Status"] != "Success" and one.text("LoginTime") >= since for one in attempts)


def usage(state: State) -> list[Usage]:
    """The lines of the page."""
    with state.lock:
        return [
            Usage(app, users_of(state, app), is_blocked(state, app.consumer_key))
            for app in known_apps(state)
            if is_listed(state, app)
        ]
