"""``sfmeta org``: add, list, show, remove, use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError
from sfmeta.model.secret import Secret
from sfmeta.ops import orgs as op
from sfmeta.workspace.orgs import OrgRecord

app = typer.Typer(
    help="Orgs that this machine may talk to.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Alias = Annotated[str, typer.Argument(metavar="ALIAS", help="Your name for the org.")]


def _env(flag: str, what: str) -> Any:
    return typer.Option(flag, metavar="VAR", help=f"Name of the environment variable that holds {what}.")


@verb(app, "add", command="org add")
def add(
    ui: Ui,
    alias: Alias,
    login: Annotated[str, typer.Option("--login", metavar="KIND", help=f"How to log in: {', '.join(op.LOGINS)}.")] = "",
    instance_url: Annotated[
        str, typer.Option("--instance-url", "-r", metavar="URL", help="With an access token: the org's own URL.")
    ] = "",
    login_url: Annotated[
        str,
        typer.Option("--login-url", metavar="URL", help="Where to log in: My Domain, or login.salesforce.com."),
    ] = "",
    username: Annotated[str, typer.Option("--username", "-u", metavar="USER", help="The user's name in the org.")] = "",
    client_id: Annotated[
        str, typer.Option("--client-id", "-i", metavar="KEY", help="Consumer key of the app to log in through.")
    ] = "",
    audience: Annotated[str, typer.Option("--audience", metavar="URL", help="The JWT's audience, if not usual.")] = "",
    jwt_key_file: Annotated[
        Path | None, typer.Option("--jwt-key-file", "-f", metavar="FILE", help="Private key; its path is kept.")
    ] = None,
    access_token_env: Annotated[str, _env("--access-token-env", "an access token")] = "",
    client_secret_env: Annotated[str, _env("--client-secret-env", "the consumer secret")] = "",
    refresh_token_env: Annotated[str, _env("--refresh-token-env", "a refresh token")] = "",
    password_env: Annotated[str, _env("--password-env", "password and security token, one after the other")] = "",
    auth_url_file: Annotated[
        Path | None, typer.Option("--sfdx-url-file", metavar="FILE", help="A file that holds an sfdx auth URL.")
    ] = None,
    sf_alias: Annotated[
        str, typer.Option("--sf", metavar="ALIAS", help="Use the login of the sf CLI under this alias or username.")
    ] = "",
    store: Annotated[
        bool, typer.Option("--store", help="Keep the secret itself (keyring, or a private file) instead of a name.")
    ] = False,
    default: Annotated[bool, typer.Option("--set-default", "-s", help="Use it where no org is named.")] = False,
) -> Answer:
    """Log in to an org once and remember how. Nothing is kept where that fails.

    A secret is given by the name of a variable or by a file, never on the command line. With --store the secret
    itself goes into the system keyring (or a file that only you can read); an access token is never stored.

    Example: sfmeta org add uat --client-id 3MVG9... -u deployer@example.com.uat -f server.key
    --login-url https://acme--uat.sandbox.my.salesforce.com

    Exit codes: 0 added, 2 something is missing, 6 the login does not work.
    """
    settings = {
        "instance_url": instance_url,
        "login_url": login_url,
        "username": username,
        "client_id": client_id,
        "audience": audience,
        "target_org": sf_alias,
    }
    named = {
        "access_token": access_token_env,
        "client_secret": client_secret_env,
        "refresh_token": refresh_token_env,
        "password": password_env,
    }
    secrets: dict[str, Secret | op.InVariable | op.InFile] = {
        name: _from_variable(ui, variable, store=store and name != "access_token")
        for name, variable in named.items()
        if variable
    }
    if jwt_key_file is not None:
        secrets["private_key"] = op.InFile(jwt_key_file)
    if auth_url_file is not None:
        secrets["auth_url"] = op.InFile(auth_url_file)
    kind = login or _kind(secrets, sf_alias)
    with Desk(ui) as desk:
        request = op.AddOrg(alias, kind, settings, secrets, make_default=default)
        added = op.add(request, desk.workshop())
        info = added.info
        text = [f"Added {alias}: {info.title}, {info.id}, as {info.username} at {info.instance_url}"]
        text += [f"  {name.replace('_', ' ')}: in {place}" for name, place in added.kept.items()]
        return Answer({**_json(added.record), "is_production": info.is_production}, "\n".join(text))


@verb(app, "list", command="org list")
def list_orgs(ui: Ui) -> Answer:
    """The orgs that were added. None is contacted.

    Example: sfmeta org list
    """
    with Desk(ui) as desk:
        orgs = op.list_orgs(desk.registry)
        lines = [
            f"{'*' if alias == orgs.default else ' '} {alias:16} {record.username:36} {record.org_id}  "
            f"{record.name}{' (sandbox)' if record.is_sandbox else ''}, {record.login}"
            for alias, record in orgs.records.items()
        ]
        records = [_json(record) for record in orgs.records.values()]
        text = "\n".join(lines) or "No org yet. See: sfmeta org add --help"
        return Answer({"orgs": records, "default": orgs.default or None}, text)


@verb(app, "show", command="org show")
def show(
    ui: Ui, alias: Annotated[str, typer.Argument(metavar="ALIAS", help="Without it: the default.")] = ""
) -> Answer:
    """One org as it was added; secrets are shown by their place, never by their value.

    Example: sfmeta org show uat
    """
    with Desk(ui) as desk:
        data = _json(op.show(desk.registry, alias))
        return Answer(data, "\n".join(f"{name:18} {value}" for name, value in data.items() if value))


@verb(app, "use", command="org use")
def use(ui: Ui, alias: Alias) -> Answer:
    """Choose the org for commands that name none.

    Example: sfmeta org use uat
    """
    with Desk(ui) as desk:
        op.use(desk.registry, alias)
        return Answer({"default": alias}, f"The default org is {alias}.")


@verb(app, "remove", command="org remove")
def remove(ui: Ui, alias: Alias) -> Answer:
    """Forget an org and delete its stored secrets. The org itself, its tokens and your files stay.

    Example: sfmeta org remove uat
    """
    with Desk(ui) as desk:
        record = op.remove(desk.registry, desk.vault, alias)
        return Answer({"removed": record.alias}, f"Removed {record.alias} ({record.org_id}).")


def _from_variable(ui: Ui, name: str, *, store: bool) -> Secret | op.InVariable:
    if not store:
        return op.InVariable(name)
    value = ui.environ.get(name, "")
    if not value:
        raise UsageError(f"the variable {name} is not set")
    return Secret(value)


def _kind(secrets: dict[str, Secret | op.InVariable | op.InFile], sf_alias: str) -> str:
    """The kind of login that the given secret means."""
    if sf_alias:
        return "sf"
    by_secret = {
        "access_token": "access-token",
        "private_key": "jwt",
        "refresh_token": "refresh-token",
        "auth_url": "auth-url",
        "password": "password",
        "client_secret": "client-credentials",
    }
    found = next((kind for secret, kind in by_secret.items() if secret in secrets), "")
    if not found:
        raise UsageError("Say how to log in", "e.g. -f server.key for JWT, --access-token-env VAR, or --sf ALIAS")
    return found


def _json(record: OrgRecord) -> dict[str, Any]:
    return {
        "alias": record.alias,
        "login": record.login,
        "instance_url": record.instance_url,
        "username": record.username,
        "org_id": str(record.org_id),
        "name": record.name,
        "organization_type": record.organization_type,
        "is_sandbox": record.is_sandbox,
        **record.settings,
        **{f"{name}_in": str(ref) for name, ref in record.secrets.items()},
    }
