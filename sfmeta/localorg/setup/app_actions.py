"""What the buttons of Connected Apps OAuth Usage do: Install, Uninstall, Block, Unblock."""

from __future__ import annotations

import re

from sfmeta.localorg.apps import CLIENT_FIELDS, App, Kind, app_by_id
from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.doors import blocks
from sfmeta.localorg.doors.tokens import end_authorizations
from sfmeta.localorg.metadata import effects, grants
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Value
from sfmeta.localorg.setup import trail
from sfmeta.localorg.setup.oauth_usage import is_installed, is_listed
from sfmeta.localorg.setup.refused import MANAGE_APPS, SetupRefused, require
from sfmeta.localorg.state import State

# what the org that made an app says of it, and what stays when the app is not installed any more
_OF_ITS_MAKER = ("Name", "DeveloperName", "ConsumerKey", "ConsumerSecret", "Certificate", *CLIENT_FIELDS)


def install(state: State, app_id: str, by: str) -> str:
    """Makes an app of another org one that this org manages.

    Args:
        state: the org.
        app_id: of a ForeignApp.
        by: the id of the user who does it, "" for the org itself.

    Returns:
        The id of the ConnectedApplication that it is from now on.

    Raises:
        SetupRefused: the user may not, nobody used the app yet, or its name is taken.
    """
    with state.transaction():
        require(state, by, "setup-manage-apps", MANAGE_APPS)
        app = known_app(state, app_id)
        if app.kind is not Kind.FOREIGN or not is_listed(state, app):
            raise SetupRefused("setup-install-used", app=app.label)
        if state.records.first("ConnectedApplication", Name=app.label) is not None:
            raise SetupRefused("setup-install-name")
        fields: dict[str, Value] = {
            **{name: app.record[name] for name in _OF_ITS_MAKER},
            "DeveloperName": app.record.text("DeveloperName") or api_name(app.label),
            "Ownership": "installed",
            "OptionsAllowAdminApprovedUsersOnly": False,
            "CreatedDate": state.clock.stamp(),
        }
        new_id = state.records.insert("ConnectedApplication", fields)
        if assumed(state.org, "install_ends_authorizations"):
            end_authorizations(state, app.id)
        for sobject in ("OauthToken", "AuthSession"):
            for row in state.records.find(sobject, AppId=app.id):
                state.records.update(row.id, AppId=new_id)
        state.records.delete(app.id)
        trail.installed(state, by, app.label)
        return new_id


def uninstall(state: State, app_id: str, by: str) -> None:
    """Removes an installed app with its policies, grants, tokens and sessions.

    Raises:
        SetupRefused: the user may not, or the app is not from another org.
    """
    with state.transaction():
        require(state, by, "setup-manage-apps", MANAGE_APPS)
        app = known_app(state, app_id)
        if not is_installed(app):
            raise SetupRefused("setup-uninstall-installed", app=app.label)
        end_authorizations(state, app.id)
        grants.remove_grants(state, entity_id=app.id)
        state.records.delete(app.id)
        left = {name: app.record[name] for name in _OF_ITS_MAKER}
        state.records.insert("ForeignApp", {**left, "UninstalledDate": state.clock.stamp()})
        trail.uninstalled(state, by, app.label)


def block(state: State, app_id: str, by: str) -> None:
    """Shuts an app out and ends its sessions. What users authorised stays, for the day it is unblocked.

    Raises:
        SetupRefused: the user may not, the app is blocked, or it is an external client app.
    """
    with state.transaction():
        app = _blockable(state, app_id, by)
        if blocks.is_blocked(state, app.consumer_key):
            raise SetupRefused("setup-block-twice", app=app.label, state="is already blocked")
        name = _free_name(state, app)
        document = Node.of(
            "BlacklistedConsumer",
            Node.of("blockedByApiWhitelisting", text="false"),
            Node.of("consumerKey", text=app.consumer_key),
            Node.of("consumerName", text=name),
            Node.of("masterLabel", text=app.label),
        )
        effects.put(state, "BlacklistedConsumer", name, document, author=by)
        state.records.delete_all(state.records.find("AuthSession", AppId=app.id))
        trail.blocked(state, by, app.label)


def unblock(state: State, app_id: str, by: str) -> None:
    """Lets a blocked app in again, whoever blocked it.

    Raises:
        SetupRefused: the user may not, or the app is not blocked.
    """
    with state.transaction():
        app = _blockable(state, app_id, by)
        if not blocks.unblock(state, app.consumer_key):
            raise SetupRefused("setup-block-twice", app=app.label, state="is not blocked")
        # the component of a block is its record
        effects.adopt(state)
        trail.unblocked(state, by, app.label)


def revoke(state: State, token_id: str, by: str) -> None:
    """Ends what one user gave one app: the button Revoke of Connected App User's Usage.

    Raises:
        SetupRefused: the user may not, or there is no such authorisation.
    """
    with state.transaction():
        require(state, by, "setup-manage-apps", MANAGE_APPS)
        row = state.records.get(token_id)
        if row is None or row.sobject != "OauthToken":
            raise SetupRefused("setup-not-there", kind="authorisation", name=token_id)
        sessions = state.records.find("AuthSession", AppId=row["AppId"])
        state.records.delete_all(session for session in sessions if session["UsersId"] == row["UserId"])
        state.records.delete(row.id)


def known_app(state: State, app_id: str) -> App:
    """The app of an id.

    Raises:
        SetupRefused: there is none.
    """
    app = app_by_id(state, app_id)
    if app is None:
        raise SetupRefused("setup-not-there", kind="app", name=app_id)
    return app


def api_name(label: str) -> str:
    """A label turned into an API name, as Setup proposes it."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")
    return name if name[:1].isalpha() else f"X{name}"


def _blockable(state: State, app_id: str, by: str) -> App:
    require(state, by, "setup-manage-apps", MANAGE_APPS)
    app = known_app(state, app_id)
    if app.kind is Kind.EXTERNAL:
        raise SetupRefused("setup-block-external", app=app.label)
    return app


def _free_name(state: State, app: App) -> str:
    """A name for the block that no other block has. How Salesforce names it was not found."""
    name = app.record.text("DeveloperName") or api_name(app.label)
    taken, number, free = Components(state), 0, name
    while taken.get("BlacklistedConsumer", free) is not None:
        number += 1
        free = f"{name}{number}"
    return free
