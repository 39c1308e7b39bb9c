"""Users and authorisations in great number, for measuring: a hundred thousand rows in a few seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.records import Value
from sfmeta.localorg.state import State


@dataclass(frozen=True, slots=True)
class Crowd:
    """What was added.

    Attributes:
        users: ids of User.
        apps: ids of ConnectedApplication.
        tokens: how many rows OauthToken has of them.
    """

    users: Sequence[str]
    apps: Sequence[str]
    tokens: int


def add_crowd(state: State, *, tokens: int = 200_000, users: int = 20_000, apps: int = 60) -> Crowd:
    """Adds users, installed apps and their tokens, spread evenly, all or nothing. The same numbers give the same rows.

    Args:
        state: the org; what it holds already stays.
        tokens: how many rows of OauthToken.
        users: how many users; they have the profile of the org's first user, and no password.
        apps: how many installed connected apps.

    Returns:
        Whom and what to ask for.
    """
    with state.transaction():
        first = state.records.first("User")
        profile = first["ProfileId"] if first else None
        user_ids = state.records.insert_many("User", (_user(number, profile) for number in range(users)))
        app_ids = state.records.insert_many("ConnectedApplication", (_app(number) for number in range(apps)))
        state.records.insert_many("OauthToken", _tokens(state, tokens, user_ids, app_ids))
    return Crowd(user_ids, app_ids, tokens)


def _user(number: int, profile: Value) -> Mapping[str, Value]:
    username = f"crowd.{number}@example.com"
    return {
        "Username": username,
        "Email": username,
        "FirstName": "Crowd",
        "LastName": f"Member {number}",
        "Alias": f"c{number}"[:8],
        "ProfileId": profile,
        "IsActive": True,
        "UserType": "Standard",
    }


def _app(number: int) -> Mapping[str, Value]:
    return {"Name": f"Crowd App {number}", "DeveloperName": f"Crowd_App_{number}", "Ownership": "installed"}


def _tokens(state: State, count: int, users: Sequence[str], apps: Sequence[str]) -> Iterable[Mapping[str, Value]]:
    now = state.clock.now()
    days = [to_stamp(now - timedelta(days=day)) for day in range(365)]
    for number in range(count):
        app = number % len(apps)
        yield {
            "UserId": users[number % len(users)],
            "AppId": apps[app],
            "AppName": f"Crowd App {app}",
            "UseCount": number % 97,
            "CreatedDate": days[-1],
            "LastUsedDate": days[number % 365],
            "DeleteToken": f"crowd{number:035d}",
        }
