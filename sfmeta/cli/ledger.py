"""``sfmeta ledger``: sync, unlock."""

from __future__ import annotations

from typing import Annotated

import typer

from sfmeta.cli.clock import SystemClock
from sfmeta.cli.desk import Desk
from sfmeta.cli.options import ProjectDir, TargetOrg, Yes
from sfmeta.cli.ui import Answer, Ui
from sfmeta.cli.verb import verb
from sfmeta.workspace.joining import Meeting
from sfmeta.workspace.sharing import Synced, always_share, remote_of, sync

app = typer.Typer(help="The deployments in git.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_TOOK = {
    Meeting.SAME: "was the same",
    Meeting.BEHIND: "took nothing",
    Meeting.FORWARD: "took what was new there",
    Meeting.JOINED: "joined two histories",
    Meeting.APART: "is told differently there; each side keeps its own",
}


@verb(app, "sync", command="ledger sync")
def ledger_sync(
    ui: Ui,
    remote: Annotated[
        str, typer.Option("--remote", metavar="NAME", help="Without it: git config sfmeta.remote, else origin.")
    ] = "",
    target_org: Annotated[
        str, typer.Option("--target-org", "-o", metavar="ORG", help="Only this org. Without it: all of them.")
    ] = "",
    always: Annotated[
        bool, typer.Option("--always", help="From now on deploy, rollback and job do it by themselves.")
    ] = False,
    project: ProjectDir = None,
) -> Answer:
    """Bring the ledgers here and on a git remote to the same state. No org is asked.

    Histories that grew apart are joined, so that both hold everything; what is no ledger of the org is refused.
    Nothing is ever overwritten, here or there. --always sets git config sfmeta.remote.

    Example: sfmeta ledger sync --remote origin --always

    Exit codes: 0 both sides are the same, 1 the remote could not be reached or did not take it, 2 there is no such
    remote, 4 a history cannot be joined.
    """
    with Desk(ui, project) as desk:
        repository = desk.repository
        name = remote or remote_of(repository) or "origin"
        org_id = desk.registry.find(target_org).org_id if target_org else None
        ui.progress.step(f"Synchronising with {name}")
        done = sync(repository, name, org_id)
        if always:
            always_share(repository, name)
        lines = [_line(one, name) for one in done] or [f"Neither this repository nor {name} has a ledger."]
        lines += [f"From now on every deployment is shared with {name} (git config sfmeta.remote)."] if always else []
        result = {
            "remote": name,
            "always": always,
            "refs": [{"ref": one.ref, "met": str(one.meeting), "pushed": one.pushed} for one in done],
        }
        return Answer(result, "\n".join(lines))


@verb(app, "unlock", command="ledger unlock")
def ledger_unlock(ui: Ui, target_org: TargetOrg = "", yes: Yes = False, project: ProjectDir = None) -> Answer:
    """Show who holds the lock of an org, and take it away. Do that only when that operation is known to have ended.

    A lock whose process has ended on this machine needs no unlocking: the next operation takes it over.

    Example: sfmeta ledger unlock -o uat

    Exit codes: 0 there is no lock any more, 1 somebody else moved it, 4 nobody consented.
    """
    with Desk(ui, project) as desk:
        org = desk.registry.find(target_org)
        ui.target_org = org.alias
        locks = desk.records.locks(org.org_id)
        now = SystemClock().now()
        found = locks.holders()
        for lock in found:
            ended = ", which has ended" if lock.process.has_ended else ""
            place = f"on '{lock.remote}'" if lock.remote else "here"
            ui.consent(f"{org.alias} is locked {place} by {locks.describe(lock, now)}{ended}", yes=yes)
        for lock in found:
            locks.remove(lock)
        result = {
            "org_id": str(org.org_id),
            "removed": [
                {
                    "remote": lock.remote or None,
                    "owner": lock.owner or None,
                    "host": lock.process.host or None,
                    "pid": lock.process.pid,
                    "command": lock.command,
                    "since": lock.since,
                    "ended": lock.process.has_ended,
                }
                for lock in found
            ],
        }
        said = [f"Took away the lock of {locks.describe(lock, now)}." for lock in found]
        return Answer(result, "\n".join(said) or f"{org.alias} is not locked.")


def _line(one: Synced, remote: str) -> str:
    what = f"{one.org_id or one.ref}: {_TOOK[one.meeting]}"
    return f"{what}, {remote} was given ours" if one.pushed else what
