"""The kinds of login: what each is made of, and the flow it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sfmeta.errors import UsageError
from sfmeta.model.secret import Secret

if TYPE_CHECKING:
    # the wire costs 130 ms of import; what only names the kinds does without it
    from sfmeta.org.session import LoginFlow


@dataclass(frozen=True, slots=True)
class Needs:
    """What one kind of login is made of.

    Attributes:
        settings: names of values that must be given.
        secrets: names of secrets that must be given.
        optional: names of further values and secrets.
        env_only: its secrets are kept by the name of a variable and in no other way.
    """

    settings: tuple[str, ...]
    secrets: tuple[str, ...]
    optional: tuple[str, ...] = ()
    env_only: bool = False


LOGINS: Mapping[str, Needs] = {
    "access-token": Needs(("instance_url",), ("access_token",), env_only=True),
    "jwt": Needs(("client_id", "username", "login_url"), ("private_key",), ("audience",)),
    "client-credentials": Needs(("client_id", "login_url"), ("client_secret",)),
    "refresh-token": Needs(("client_id", "login_url"), ("refresh_token",), ("client_secret",)),
    "auth-url": Needs((), ("auth_url",)),
    "password": Needs(("username", "login_url"), ("password",)),
    "sf": Needs(("target_org",), ()),
}
"""The kinds of login of ``sfmeta org add``, by name."""


@dataclass(frozen=True, slots=True)
class InVariable:
    """A secret in an environment variable: only the name is kept, and it is read anew at every login."""

    name: str


@dataclass(frozen=True, slots=True)
class InFile:
    """A secret in a file of the user's: only the path is kept."""

    path: Path


@dataclass(frozen=True, slots=True)
class AddOrg:
    """What ``org add`` is asked to do.

    Attributes:
        alias: the user's name for the org; the same org under that name is replaced, another one is not.
        login: a key of ``LOGINS``.
        settings: values by name; empty ones count as not given.
        secrets: secrets by name: as they are, or where they lie.
        make_default: choose it for commands that name no org.
    """

    alias: str
    login: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret | InVariable | InFile] = field(default_factory=dict)
    make_default: bool = False


def check_complete(request: AddOrg, settings: Mapping[str, str]) -> None:
    """Whether a request has what its kind of login needs, and nothing else.

    Args:
        request: what was asked.
        settings: its settings that are not empty.

    Raises:
        UsageError: with everything that is missing, or everything that does not belong.
    """
    needs = LOGINS.get(request.login)
    if needs is None:
        raise UsageError(f"there is no login '{request.login}'", f"There are: {', '.join(LOGINS)}")
    given = {*settings, *request.secrets}
    if missing := [name for name in (*needs.settings, *needs.secrets) if name not in given]:
        raise UsageError(f"the login {request.login} needs {_words(missing)}")
    if extra := sorted(given - {*needs.settings, *needs.secrets, *needs.optional}):
        raise UsageError(f"the login {request.login} has no use for {_words(extra)}")
    for secret in request.secrets.values():
        if needs.env_only and not isinstance(secret, InVariable):
            raise UsageError("an access token is kept by the name of its variable only", "Use --access-token-env VAR")
        # the text is not quoted: who mixes up name and value has just typed a secret
        if isinstance(secret, InVariable) and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", secret.name):
            raise UsageError("that is no name of a variable", "Give the name, not the value")


def taken_apart(request: AddOrg) -> AddOrg:
    """An sfdx auth URL that we are to keep becomes its parts, so that a rotated token can replace the old one."""
    url = request.secrets.get("auth_url")
    if request.login != "auth-url" or not isinstance(url, Secret):
        return request
    from sfmeta.org.auth import RefreshToken

    parts = RefreshToken.from_auth_url(url)
    kept = {"refresh_token": parts.refresh_token}
    if parts.client_secret:
        kept["client_secret"] = parts.client_secret
    settings = {**request.settings, "client_id": parts.client_id, "login_url": parts.login_url}
    return replace(request, login="refresh-token", settings=settings, secrets=kept)


def flow_of(
    login: str, settings: Mapping[str, str], secrets: Mapping[str, Secret], environ: Mapping[str, str]
) -> LoginFlow:
    """The flow for a kind of login.

    Args:
        login: a key of ``LOGINS``.
        settings: by name.
        secrets: by name, revealed by nobody yet.
        environ: for the sf CLI.

    Raises:
        UsageError: the registry is of another version, or something is missing in it.
    """
    from sfmeta.org import auth, sf_cli, soap_login

    makers: Mapping[str, Callable[[], LoginFlow]] = {
        "access-token": lambda: auth.AccessToken(settings["instance_url"], secrets["access_token"]),
        "jwt": lambda: auth.JwtBearer(
            settings["client_id"],
            settings["username"],
            secrets["private_key"],
            settings["login_url"],
            settings.get("audience", ""),
        ),
        "client-credentials": lambda: auth.ClientCredentials(
            settings["client_id"], secrets["client_secret"], settings["login_url"]
        ),
        "refresh-token": lambda: auth.RefreshToken(
            settings["client_id"], secrets["refresh_token"], settings["login_url"], secrets.get("client_secret")
        ),
        "auth-url": lambda: auth.RefreshToken.from_auth_url(secrets["auth_url"]),
        "password": lambda: soap_login.SoapPassword(settings["username"], secrets["password"], settings["login_url"]),
        "sf": lambda: sf_cli.SfCli(settings["target_org"], environ),
    }
    if login not in makers:
        raise UsageError(
            f"there is no login '{login}'", "The registry was written by another version: add the org again"
        )
    try:
        return makers[login]()
    except KeyError as exc:
        raise UsageError(f"the registry lacks {exc.args[0]} of this org", "Add the org again") from exc


def _words(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)
