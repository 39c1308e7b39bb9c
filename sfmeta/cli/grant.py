"""``sfmeta grant``: add, revoke, list, sync."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from sfmeta.cli.desk import Desk
from sfmeta.cli.granting import (
    POLICY_FILE,
    Agreed,
    App,
    Granting,
    User,
    Writing,
    failure,
    result_json,
    with_end,
    written_text,
)
from sfmeta.cli.options import AcceptOpen, BeginHistory, ProjectDir, SkipForecast, TargetOrg, Wait, Yes
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.config.grant_edit import with_grant, without_grant
from sfmeta.errors import UsageError
from sfmeta.ops import granting as op
from sfmeta.report.granting import standing_json, standings_text

app = typer.Typer(
    help="Which users may use an app, through its generated permission set.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Apps = Annotated[
    list[str], typer.Option("--app", metavar="APP", help="Only this app of the policy. May be given more than once.")
]


@verb(app, "add", command="grant add")
def add(
    ui: Ui,
    app_key: App,
    user: User,
    until: Annotated[
        str,
        typer.Option("--until", metavar="DATE", help="When it ends: 2027-01-31 is the end of that day, UTC."),
    ] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the policy's reader.")] = "",
    target_org: TargetOrg = "",
    skip_forecast: SkipForecast = False,
    accept_loss: AcceptOpen = False,
    begin_history: BeginHistory = False,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Let a user use an app: an entry in policy.yml (commit it), and the assignment in the org.

    The policy is the truth: the entry is written first, everything else in the file stays as it is. Without --until and
    --reason an entry that is there keeps its own. If this ends between the two, running it again (or sfmeta grant
    sync) does the rest. The app's permission set must be in the org: sfmeta deploy -m PermissionSet.

    Example: sfmeta grant add --app dataloader_io --user loader@example.com --until 2027-01-31 --reason "year-end load"

    Exit codes: 0 done or nothing to do, 1 the org refused, 2 the app, the user or the date is wrong, 4 a guard refused
    (an end that comes sooner locks somebody out, production without consent), 6 org not reached.
    """
    with Desk(ui, project) as desk:
        granting = Granting(desk, target_org)
        entry = with_end(granting.entry(app_key, user), until, reason, granting)
        granting.require_set(app_key)
        edited = with_grant(granting.original, entry, POLICY_FILE)
        request = granting.request(edited, (app_key,), entry.username)
        agreed = Agreed(accept_loss, skip_forecast, begin_history, yes)
        writing = Writing(granting, request, agreed, wait, "the grant")
        # first what is wished, then what is: what ends in between is seen by sfmeta grant list, and healed
        changed = granting.write_policy(edited)
        report = writing.execute()
        file = f"{POLICY_FILE} names {entry.username} on '{app_key}' {'now: commit it.' if changed else 'already.'}"
        result = result_json(
            granting, report, writing.forecast, app=app_key, user=entry.username, policy_changed=changed
        )
        texts = [file, *written_text(granting, report)]
        return Answer(result, "\n".join(texts), 0 if report.success else 1, failure(report))


@verb(app, "revoke", command="grant revoke")
def revoke(
    ui: Ui,
    app_key: App,
    user: User,
    target_org: TargetOrg = "",
    skip_forecast: SkipForecast = False,
    accept_loss: AcceptOpen = False,
    begin_history: BeginHistory = False,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Take an app from a user: the assignment in the org, and the entry in policy.yml (commit it).

    Whom it locks out is forecast first (it audits the org): while somebody would stop working who is not accepted by
    name in policy.yml, nothing is written anywhere. The org comes first, so that it never holds what the policy does
    not say; if this ends between the two, running it again does the rest. An assignment that was made by hand goes,
    too. In other orgs the assignment stays until the same command is run there.

    Example: sfmeta grant revoke --app dataloader_io --user loader@example.com -o uat

    Exit codes: 0 done or nothing to do, 1 the org refused, 2 the app or the user is wrong, 4 somebody would be locked
    out, or consent is missing, 6 org not reached.
    """
    with Desk(ui, project) as desk:
        granting = Granting(desk, target_org)
        entry = granting.entry(app_key, user)
        edited = without_grant(granting.original, entry, POLICY_FILE)
        request = granting.request(edited, (app_key,), entry.username, prune=True)
        agreed = Agreed(accept_loss, skip_forecast, begin_history, yes)
        writing = Writing(granting, request, agreed, wait, "the revoke")
        if not granting.stands(entry) and not writing.plan.difference.writes:
            _require_known(granting, request)
        report = writing.execute()
        changed = report.success and granting.write_policy(edited)
        if changed:
            file = f"{POLICY_FILE} no longer names {entry.username} on '{app_key}': commit it."
        elif report.success:
            file = f"{POLICY_FILE} does not name {entry.username} on '{app_key}'."
        else:
            file = f"{POLICY_FILE} was left as it is."
        result = result_json(
            granting, report, writing.forecast, app=app_key, user=entry.username, policy_changed=changed
        )
        texts = [*written_text(granting, report), file]
        return Answer(result, "\n".join(texts), 0 if report.success else 1, failure(report))


@verb(app, "list", command="grant list")
def list_grants(ui: Ui, app_keys: Apps = [], target_org: TargetOrg = "", project: ProjectDir = None) -> Answer:
    """Who may use which app through its permission set: by the policy, and in the org. Changes nothing.

    Assignments that were made by hand are marked, and fail nothing.

    Example: sfmeta grant list -o production

    Exit codes: 0 the org holds what the policy says, 2 the policy is wrong, 3 something of the policy is missing in the
    org or ends at another time there, 6 org not reached.
    """
    with Desk(ui, project) as desk:
        granting = Granting(desk, target_org)
        request = granting.request(granting.original, tuple(app_keys))
        found = op.difference(granting.org, request, desk.tools(0).now)
        unknown = [problem for problem in found.problems if problem.rule == "grant-unknown-app"]
        if unknown:
            raise UsageError(unknown[0].message, unknown[0].hint)
        for text in (*map(str, found.problems), *found.warnings):
            ui.warn(text)
        result = {
            "org_id": str(granting.org.info.id),
            "grants": [standing_json(one) for one in found.standings],
            "problems": [str(problem) for problem in found.problems],
        }
        text = standings_text(found.standings, ui.style, shutil.get_terminal_size().columns)
        return Answer(result, text, 0 if found.is_met else 3)


@verb(app, "sync", command="grant sync")
def sync(
    ui: Ui,
    app_keys: Apps = [],
    prune: Annotated[
        bool, typer.Option("--prune", help="Take away, too, what the org holds and the policy does not say.")
    ] = False,
    target_org: TargetOrg = "",
    skip_forecast: SkipForecast = False,
    accept_loss: AcceptOpen = False,
    begin_history: BeginHistory = False,
    wait: Wait = 33,
    yes: Yes = False,
    project: ProjectDir = None,
) -> Answer:
    """Bring the org to what the policy says of its users: exactly the difference is written.

    Everything that is wrong is reported together, before the first write. Assignments made by hand are shown and left
    unless --prune; those of an identity provider (assigned_by: external) are only verified. Whoever would lose access
    is forecast first, as sfmeta grant revoke does. Recorded like a deployment: sfmeta rollback takes it back.

    Example: sfmeta grant sync --app dataloader_io -o uat

    Exit codes: 0 done or nothing to do, 1 the org refused somebody (running it again writes only the rest), 2 the
    policy is wrong, 3 done, and an identity provider has not assigned what the policy says, 4 a guard refused, 6 org
    not reached.
    """
    with Desk(ui, project) as desk:
        granting = Granting(desk, target_org)
        request = granting.request(granting.original, tuple(app_keys), prune=prune)
        agreed = Agreed(accept_loss, skip_forecast, begin_history, yes)
        writing = Writing(granting, request, agreed, wait, "this grant sync")
        report = writing.execute()
        missing = report.plan.difference.external_missing
        texts = written_text(granting, report)
        texts += [
            f"An identity provider has not assigned {one.app} to {one.username} as the policy says." for one in missing
        ]
        code = 1 if not report.success else 3 if missing else 0
        return Answer(result_json(granting, report, writing.forecast), "\n".join(texts), code, failure(report))


def _require_known(granting: Granting, request: op.GrantRequest) -> None:
    """A name that neither the policy nor the org knows is a mistake, not something that is done already.

    Raises:
        UsageError: the org has no such user.
    """
    from sfmeta.ops.grantees import read_grantees

    name = request.name_here(request.user)
    if not read_grantees(granting.org, {name}):
        raise UsageError(f"Neither {POLICY_FILE} nor {granting.org.info.title} knows {name}", "Correct --user")
