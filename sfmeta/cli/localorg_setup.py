"""``sfmeta localorg app`` and ``user``: what a person does in Setup."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sfmeta.cli.localorg_client import RunningOrg, find
from sfmeta.cli.localorg_options import By, DataDir, ReadyFile
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.errors import UsageError

apps = typer.Typer(
    help="Apps, as Connected Apps OAuth Usage and Manage App Policies in Setup treat them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
users = typer.Typer(
    help="Users, and the permission sets they are assigned to.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

AppName = Annotated[str, typer.Argument(metavar="APP", help="Its label, API name, consumer key or id.")]


class PermittedUsers(StrEnum):
    """Who may use an app."""

    EVERYONE = "everyone"
    ADMIN_APPROVED = "admin_approved"


class IpRelaxation(StrEnum):
    """From where, as ConnectedApp metadata spells it."""

    ENFORCE = "ENFORCE"
    ENFORCE_RELAXREFRESH = "ENFORCE_RELAXREFRESH"
    BYPASS_2FACTOR = "BYPASS_2FACTOR"
    BYPASS = "BYPASS"


class SessionPolicy(StrEnum):
    """What a session policy does."""

    NONE = "none"
    RAISE = "RaiseSessionLevel"
    BLOCK = "Block"


class Status(StrEnum):
    """Whether an external client app is enabled."""

    ENABLED = "enabled"
    DISABLED = "disabled"


def add_to(app: typer.Typer) -> None:
    """Puts these commands into the group ``localorg``."""
    app.add_typer(apps, name="app")
    app.add_typer(users, name="user")


@verb(apps, "list", command="localorg app list")
def list_apps(ui: Ui, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """Every app that the org owns, has installed or has heard of.

    Example: sfmeta localorg app list --data ./sandbox

    Exit codes: 0 done, 2 no such org is named, 6 it does not answer.
    """
    found = find(ready_file, data, ui.environ).ask("GET", "apps")
    return Answer(found, "\n".join(_line(app) for app in found["apps"]) or "There is no app.")


@verb(apps, "install", command="localorg app install")
def install(ui: Ui, app: AppName, by: By = None, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """Install an app of another org that somebody used here, so that its policies can be managed.

    Example: sfmeta localorg app install "Rogue Exporter" --data ./sandbox

    Exit codes: 0 done, 1 the org refused, 2 no such org is named or an option is wrong, 6 it does not answer.
    """
    return _act(find(ready_file, data, ui.environ), "app/install", by, "Installed", app=app)


@verb(apps, "uninstall", command="localorg app uninstall")
def uninstall(ui: Ui, app: AppName, by: By = None, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """Uninstall an app: the tokens of all its users go, and so do its policies and who was attached.

    Example: sfmeta localorg app uninstall Dataloader.io --data ./sandbox

    Exit codes: 0 done, 1 the org refused, 2 no such org is named or an option is wrong, 6 it does not answer.
    """
    return _act(find(ready_file, data, ui.environ), "app/uninstall", by, "Uninstalled", app=app)


@verb(apps, "block", command="localorg app block")
def block(ui: Ui, app: AppName, by: By = None, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """Block an app: its sessions end, and no new ones begin.

    Example: sfmeta localorg app block "Rogue Exporter" --data ./sandbox

    Exit codes: 0 done, 1 the org refused, 2 no such org is named or an option is wrong, 6 it does not answer.
    """
    return _act(find(ready_file, data, ui.environ), "app/block", by, "Blocked", app=app)


@verb(apps, "unblock", command="localorg app unblock")
def unblock(ui: Ui, app: AppName, by: By = None, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """Unblock an app.

    Example: sfmeta localorg app unblock "Rogue Exporter" --data ./sandbox

    Exit codes: 0 done, 1 the org refused, 2 no such org is named or an option is wrong, 6 it does not answer.
    """
    return _act(find(ready_file, data, ui.environ), "app/unblock", by, "Unblocked", app=app)


@verb(apps, "policy", command="localorg app policy")
def policy(
    ui: Ui,
    app: AppName,
    permitted_users: Annotated[PermittedUsers | None, typer.Option("--permitted-users", help="Who may use it.")] = None,
    refresh_token: Annotated[
        str | None,
        typer.Option(
            "--refresh-token",
            metavar="POLICY",
            help="infinite, zero, specific_lifetime:7:DAYS or specific_inactivity:30:DAYS (HOURS, DAYS, MONTHS).",
        ),
    ] = None,
    ip_relaxation: Annotated[IpRelaxation | None, typer.Option("--ip-relaxation", help="From where.")] = None,
    session: Annotated[SessionPolicy | None, typer.Option("--session", help="Its session policy.")] = None,
    session_timeout: Annotated[
        int | None,
        typer.Option("--session-timeout", metavar="MIN", help="15, 30, 60 to 1440, as in Setup; 0: the org's."),
    ] = None,
    status: Annotated[Status | None, typer.Option("--status", help="Of an external client app.")] = None,
    permission_set: Annotated[
        list[str], typer.Option("--permission-set", metavar="NAME", help="Attach it. May be given more than once.")
    ] = [],
    remove_permission_set: Annotated[
        list[str], typer.Option("--remove-permission-set", metavar="NAME", help="Take it off again.")
    ] = [],
    profile: Annotated[
        list[str], typer.Option("--profile", metavar="NAME", help="Attach it. May be given more than once.")
    ] = [],
    remove_profile: Annotated[
        list[str], typer.Option("--remove-profile", metavar="NAME", help="Take it off again.")
    ] = [],
    by: By = None,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Edit the policies of an app; what is not given stays.

    Example: sfmeta localorg app policy Dataloader.io --permitted-users admin_approved --permission-set Data_Loaders

    Exit codes: 0 done, 1 the org refused, 2 nothing to change or a wrong value, 6 it does not answer.
    """
    wanted: dict[str, Any] = {
        "permitted_users": permitted_users,
        "refresh_token": refresh_token,
        "ip_relaxation": ip_relaxation,
        "session_action": None if session is None else "" if session is SessionPolicy.NONE else session,
        "session_timeout": session_timeout,
        "enabled": None if status is None else status is Status.ENABLED,
        "permission_sets": permission_set or None,
        "remove_permission_sets": remove_permission_set or None,
        "profiles": profile or None,
        "remove_profiles": remove_profile or None,
    }
    if all(value is None for value in wanted.values()):
        raise UsageError("Nothing to change", "Give one of the options; sfmeta localorg app policy --help lists them")
    return _act(find(ready_file, data, ui.environ), "app/policy", by, "Saved the policies of", app=app, **wanted)


@verb(users, "list", command="localorg user list")
def list_users(ui: Ui, ready_file: ReadyFile = None, data: DataDir = None) -> Answer:
    """The users of the org.

    Example: sfmeta localorg user list --data ./sandbox

    Exit codes: 0 done, 2 no such org is named, 6 it does not answer.
    """
    found = find(ready_file, data, ui.environ).ask("GET", "users")
    return Answer(found, "\n".join(_user(user) for user in found["users"]) or "There is no user.")


@verb(users, "add", command="localorg user add")
def add_user(
    ui: Ui,
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="An e-mail address in form.")],
    profile: Annotated[str, typer.Option("--profile", metavar="NAME", help="As Setup or metadata names it.")],
    last_name: Annotated[str | None, typer.Option("--last-name", metavar="NAME")] = None,
    first_name: Annotated[str | None, typer.Option("--first-name", metavar="NAME")] = None,
    user_type: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="As User.UserType has it; all but Standard are external users."),
    ] = None,
    password: Annotated[
        str | None, typer.Option("--password", metavar="TEXT", help="A made-up one; without it no password opens.")
    ] = None,
    by: By = None,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Add a user, active from now on.

    Example: sfmeta localorg user add new.one@acme.example --profile "Standard User" --data ./sandbox

    Exit codes: 0 done, 1 the org refused, 2 no such org is named or an option is wrong, 6 it does not answer.
    """
    org = find(ready_file, data, ui.environ)
    given = {"last_name": last_name, "first_name": first_name, "user_type": user_type, "password": password}
    made = org.ask("POST", "user/add", {"username": username, "profile": profile, **given, "by": org.acting(by)})
    return Answer(made, f"Added {_user(made)}")


@verb(users, "assign", command="localorg user assign")
def assign(
    ui: Ui,
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="To whom.")],
    permission_set: Annotated[
        str, typer.Option("--permission-set", metavar="NAME", help="A permission set or a permission set group.")
    ],
    days: Annotated[
        float | None, typer.Option("--days", metavar="N", min=0, help="It ends after so many days.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="It ends then, in ISO 8601; without a zone in UTC.")
    ] = None,
    by: By = None,
    ready_file: ReadyFile = None,
    data: DataDir = None,
) -> Answer:
    """Assign a permission set to a user, for good or until a date by the org's clock.

    Example: sfmeta localorg user assign new.one@acme.example --permission-set Data_Loaders --days 7

    Exit codes: 0 done, 1 the org refused, 2 no such org is named or an option is wrong, 6 it does not answer.
    """
    if days is not None and until is not None:
        raise UsageError("An assignment ends once", "Give --days or --until")
    org = find(ready_file, data, ui.environ)
    content = {"username": username, "permission_set": permission_set, "days": days, "until": until}
    made = org.ask("POST", "user/assign", {**content, "by": org.acting(by)})
    expires = f" until {made['until']}" if made["until"] else ""
    return Answer(made, f"Assigned {made['permission_set']} to {made['username']}{expires}")


def _act(org: RunningOrg, name: str, by: str | None, done: str, **content: Any) -> Answer:
    app = org.ask("POST", name, {**content, "by": org.acting(by)})
    return Answer(app, f"{done} {app['label']}\n{_line(app)}")


def _line(app: dict[str, Any]) -> str:
    rules = app["policy"]
    notes = [app["kind"], "1 user" if app["users"] == 1 else f"{app['users']} users"]
    if app["blocked"]:
        notes.append("blocked")
    if rules:
        notes.append(f"permitted: {rules['permitted_users']}")
        notes += [f"{name}: {', '.join(rules[key])}" for key, name in _ATTACHED.items() if rules[key]]
    return f"  {app['label']}: {'; '.join(notes)}"


_ATTACHED = {"permission_sets": "permission sets", "profiles": "profiles"}


def _user(user: dict[str, Any]) -> str:
    state = "" if user["active"] else ", not active"
    return f"{user['username']} ({user['profile']}, {user['type']}{state})"
