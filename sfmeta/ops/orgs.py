"""Orgs: add one (by logging in), list, show, remove, choose the default, and connect."""

from __future__ import annotations

import re
import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sfmeta.errors import UsageError
from sfmeta.model.outcome import OrgInfo
from sfmeta.model.secret import Secret
from sfmeta.workspace.orgs import OrgRecord, OrgRegistry, Orgs, check_alias
from sfmeta.workspace.secrets import Place, SecretRef, Vault, read_secret_file

if TYPE_CHECKING:
    # the wire costs 140 ms of import; list, show, use and remove do without it
    from sfmeta.org.auth import LoginFlow, Session
    from sfmeta.org.client import OrgClient
    from sfmeta.org.soap import Wsdl


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
        alias: the user's name for the org; an org of that name is replaced.
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


@dataclass(frozen=True, slots=True)
class Workshop:
    """What these verbs work with.

    Attributes:
        registry: of orgs.
        vault: for their secrets.
        environ: the environment, as the command line hands it in.
        wsdl: what to speak by.
    """

    registry: OrgRegistry
    vault: Vault
    environ: Mapping[str, str] = field(repr=False)
    wsdl: Wsdl


@dataclass(frozen=True, slots=True)
class Added:
    """An org that was added.

    Attributes:
        record: what was kept.
        info: what the org said about itself.
    """

    record: OrgRecord
    info: OrgInfo

    @property
    def kept(self) -> Mapping[str, str]:
        """Where each secret lies, in words ("the system keyring")."""
        return {name: str(ref) for name, ref in self.record.secrets.items()}


def add(request: AddOrg, work: Workshop) -> Added:
    """Logs in once to prove it, then keeps the org. If anything fails, nothing is kept.

    Raises:
        UsageError: something is missing, or does not belong.
        LoginRefused, OrgUnreachable, OrgRefused: the login does not work.
    """
    from sfmeta.org.client import OrgClient
    from sfmeta.org.http import HttpSettings

    check_alias(request.alias)
    request = _taken_apart(request)
    settings = {name: value for name, value in request.settings.items() if value}
    _check_complete(request, settings)
    values = {name: _value(given, work) for name, given in request.secrets.items()}
    rotated: list[Secret] = []
    org = OrgClient.connect(
        _flow(request.login, settings, values, work.environ),
        work.wsdl,
        settings=HttpSettings.from_environ(work.environ),
        on_login=lambda session: rotated.append(session.refresh_token) if session.refresh_token else None,
    )
    info = org.info
    org.close()
    if rotated and "refresh_token" in values:
        values["refresh_token"] = rotated[-1]
    before = work.registry.all().records.get(request.alias)
    refs: dict[str, SecretRef] = {}
    try:
        for name, given in request.secrets.items():
            refs[name] = _keep(name, given, values[name], work.vault)
        record = OrgRecord(
            alias=request.alias,
            login=request.login,
            instance_url=info.instance_url,
            username=info.username,
            org_id=info.id,
            name=info.name,
            organization_type=info.organization_type,
            is_sandbox=info.is_sandbox,
            settings=settings,
            secrets=refs,
        )
        work.registry.save(record, make_default=request.make_default)
    except BaseException:
        _forget(refs, work.vault)
        raise
    if before is not None:
        _forget(before.secrets, work.vault)
    return Added(record, info)


def list_orgs(registry: OrgRegistry) -> Orgs:
    """Every org that was added, and the default."""
    return registry.all()


def show(registry: OrgRegistry, alias: str) -> OrgRecord:
    """One org; "" for the default."""
    return registry.find(alias)


def use(registry: OrgRegistry, alias: str) -> None:
    """Chooses the default org."""
    registry.use(alias)


def remove(registry: OrgRegistry, vault: Vault, alias: str) -> OrgRecord:
    """Forgets an org and deletes its stored secrets; variables and files of the user's stay."""
    record = registry.remove(alias)
    _forget(record.secrets, vault)
    return record


def connect(alias: str, work: Workshop) -> OrgClient:
    """Logs in to an org that was added.

    Args:
        alias: "" for ``SFMETA_TARGET_ORG``, then the default org.
        work: registry, vault, environment and WSDL.

    Raises:
        UnknownOrg: there is none of that name.
        UsageError: its variable is not set.
        GuardRefused: another org answers than the one that was added.
        LoginRefused, OrgUnreachable, OrgRefused: no way in.
    """
    from sfmeta.org.client import OrgClient
    from sfmeta.org.http import HttpSettings

    record = work.registry.find(alias or work.environ.get("SFMETA_TARGET_ORG", ""))
    values = {name: _value(ref, work) for name, ref in record.secrets.items()}

    def keep_rotated(session: Session) -> None:
        ref = record.secrets.get("refresh_token")
        if session.refresh_token is not None and ref is not None and ref.place in (Place.KEYRING, Place.PRIVATE_FILE):
            # under the same key; should the keyring be gone meanwhile, the registry learns the new place
            kept = work.vault.put(ref.name, session.refresh_token)
            if kept != ref:
                work.registry.save(replace(record, secrets={**record.secrets, "refresh_token": kept}))

    return OrgClient.connect(
        _flow(record.login, record.settings, values, work.environ),
        work.wsdl,
        settings=HttpSettings.from_environ(work.environ),
        expected=record.org_id,
        on_login=keep_rotated,
    )


def _check_complete(request: AddOrg, settings: Mapping[str, str]) -> None:
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


def _taken_apart(request: AddOrg) -> AddOrg:
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


def _value(given: Secret | InVariable | InFile | SecretRef, work: Workshop) -> Secret:
    """The secret itself, from wherever it lies."""
    if isinstance(given, Secret):
        return given
    if isinstance(given, InVariable) or (isinstance(given, SecretRef) and given.place is Place.ENV):
        if not work.environ.get(given.name):
            raise UsageError(f"the variable {given.name} is not set", "Set it to the secret, or add the org again")
        return Secret(work.environ[given.name].strip())
    if isinstance(given, InFile):
        return read_secret_file(given.path)
    if given.place is Place.PATH:
        return read_secret_file(Path(given.name))
    return work.vault.get(given)


def _keep(name: str, given: Secret | InVariable | InFile, value: Secret, vault: Vault) -> SecretRef:
    if isinstance(given, InVariable):
        return SecretRef(Place.ENV, given.name)
    if isinstance(given, InFile):
        return SecretRef(Place.PATH, str(given.path.absolute()))
    # a key of its own, so that two configuration folders with the same alias share one keyring in peace
    return vault.put(f"{randomness.token_hex(8)}.{name}", value)


def _forget(refs: Mapping[str, SecretRef], vault: Vault) -> None:
    for ref in refs.values():
        vault.delete(ref)


def _flow(
    login: str, settings: Mapping[str, str], secrets: Mapping[str, Secret], environ: Mapping[str, str]
) -> LoginFlow:
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
