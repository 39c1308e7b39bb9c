"""The gates before a promotion: each looks at one thing, changes nothing, and says what would satisfy it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sfmeta.access.listing import some
from sfmeta.errors import GuardRefused, OrgRefused, SourceError
from sfmeta.model.component import Holdings
from sfmeta.model.deployment import Deployment, Purpose, seconds_of, stamp
from sfmeta.model.environment import Environment
from sfmeta.model.forecast import Forecast
from sfmeta.model.names import ComponentId
from sfmeta.model.outcome import OrgInfo
from sfmeta.ops.candidate import Candidate
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.ops.verify import verify
from sfmeta.report.changes import summary
from sfmeta.report.forecast_words import app_title, plain
from sfmeta.workspace.approvals import PACKAGE_TRAILER, paths_of, review
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository

Foresight = Callable[[Holdings, tuple[ComponentId, ...]], Forecast]
"""Audits the target and forecasts a package there: its files by component, and what it deletes."""


class Verdict(StrEnum):
    """What a gate says."""

    PASSED = "passed"
    REFUSED = "refused"
    OPEN = "open"
    """It cannot be judged before another gate is passed."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate, looked at.

    Attributes:
        name: stable.
        verdict: see ``Verdict``.
        what: what was found, one sentence.
        satisfy: what would let it pass; "" where it does.
        details: everything of which ``what`` names the first few.
    """

    name: str
    verdict: Verdict
    what: str
    satisfy: str = ""
    details: tuple[str, ...] = ()


def passed(name: str, what: str) -> Gate:
    """A gate that lets through."""
    return Gate(name, Verdict.PASSED, what)


def refused(name: str, what: str, satisfy: str, details: Sequence[str] = ()) -> Gate:
    """A gate that does not."""
    return Gate(name, Verdict.REFUSED, what, satisfy, tuple(details))


def open_until(name: str, other: str) -> Gate:
    """A gate that cannot be judged."""
    return Gate(name, Verdict.OPEN, f"cannot be judged before the gate {other} is passed")


def org_gate(pairs: Sequence[tuple[Environment, OrgInfo]], file: str) -> Gate:
    """Whether the orgs are those that the environments mean."""
    wrong = [(one, info) for one, info in pairs if one.org_id != info.id]
    if not wrong:
        return passed("org", " and ".join(f"{one.name} is {info.title}, {info.id}" for one, info in pairs))
    what = "; ".join(f"{one.org} is {info.id}, and {file} says {one.org_id} for {one.name}" for one, info in wrong)
    names = " and ".join(one.name for one, _ in wrong)
    # a sandbox that was refreshed is another org, in which nothing was proven
    return refused("org", what, f"Write the new org_id for {names}; what was proven in another org starts again")


def deployed_gate(candidate: Candidate, environment: Environment) -> Gate:
    """What the ledger shows of the deployment to repeat; whoever finds no candidate has refused already."""
    record = candidate.record
    what = f"{record.id} brought package {candidate.base.digest[:12]} to {environment.name}, read back"
    return passed("deployed", what)


def soak_gate(record: Deployment, target: Environment, now: float) -> Gate:
    """Whether the package has been there for long enough."""
    until = seconds_of(record.finished_at) + target.gates.soak_s
    if now < until:
        soak = target.gates.soak
        asked = f"{soak.amount} {soak.unit.lower()}" if soak else ""
        what = f"in {target.gates.after} since {record.finished_at}, and {asked} are asked for"
        return refused("soak", what, f"Wait until {stamp(until)}")
    return passed("soak", f"in {target.gates.after} since {record.finished_at}")


def source_gate(commit: str, uncommitted: Sequence[str]) -> Gate:
    """Whether what was deployed, and what decides over it now, is in git as it is.

    Args:
        commit: that holds the package, "" where none does.
        uncommitted: files with values, gates or accepted losses that differ from HEAD.
    """
    wrong, satisfy = [], []
    if not commit:
        wrong.append("what was deployed was not committed, so nobody could look at it")
        satisfy.append("Commit the files as they were deployed; or commit others, and deploy those first")
    if uncommitted:
        names = " and ".join(uncommitted)
        wrong.append(f"not committed as now in use: {names}")
        satisfy.append(f"Commit {names}")
    if wrong:
        return refused("clean-source", "; ".join(wrong), ". ".join(satisfy))
    return passed("clean-source", f"commit {commit[:12]} holds the package")


def verify_gate(org: Org, candidate: Candidate, source: Environment, tools: Tools) -> Gate:
    """Whether the environment before holds the package right now."""
    wrong, details = [], list[str]()
    if candidate.record.components:
        found = verify(org, candidate.sent, tools)
        if found.changes:
            changed = [str(change.id) for change in found.changes]
            wrong.append(f"{summary(found.changes)}: {some(changed)}")
            details += changed
        if found.unreadable:
            unread = [str(item) for item in found.unreadable]
            wrong.append(f"the org would not give {some(unread)}")
            details += unread
    if candidate.record.deletions:
        held = take_snapshot(org, candidate.record.deletions, tools)
        back = [str(item) for item in candidate.record.deletions if item not in held.absent]
        if back:
            wrong.append(f"it deleted {some(back)}, which may be there again")
            details += back
    if wrong:
        hint = f"See: sfmeta diff -o {source.org}; deploy again, or take into the files what was changed there"
        return refused(
            "verify", f"{source.name} does not hold the package any more ({'; '.join(wrong)})", hint, details
        )
    return passed("verify", f"{source.name} holds the package now")


def forecast_gate(
    foresight: Foresight | None, files: Holdings, deletions: tuple[ComponentId, ...], target: Environment
) -> Gate:
    """Whether anybody would stop working in the target."""
    if foresight is None:
        hint = f"Write one: sfmeta policy draft -o {target.org}"
        return refused("forecast", "there is no policy.yml, so nobody can say who stops working", hint)
    try:
        found = foresight(files, deletions)
    except (GuardRefused, OrgRefused, SourceError) as error:
        return refused("forecast", f"{target.name} could not be audited: {error.message}", error.hint or "See above")
    if found.is_clean:
        return passed("forecast", f"nobody in {target.name} stops working who is not accepted")
    harmed = [f"{plain(row.user.username)} with {plain(app_title(row))}" for row in found.outstanding]
    others = [*map(plain, found.unresolved), *(f"{spot.title} cannot be seen" for spot in found.blind_spots)]
    what = [f"in {target.name} {some(harmed)} would stop working, or might"] if harmed else []
    hint = "Do what these need, or accept each loss and blind spot in policy.yml by name"
    return refused("forecast", "; ".join([*what, *others]), hint, [*harmed, *others])


def approval_gate(
    repository: Repository, directories: Sequence[str], candidate: Candidate, commit: str, target: Ledger
) -> Gate:
    """Whether a second person agreed; git's names are claims, see ``workspace.approvals``."""
    record, digest = candidate.record, candidate.base.digest
    found = paths_of(repository, commit, directories, record.components)
    lost = [str(item) for item in record.components if item not in found]
    if lost:
        what = f"commit {commit[:12]} has no file of {some(lost)}, so nobody knows who wrote it"
        return refused("approval", what, "Deploy again from a commit that holds it")
    paths = [path for held in found.values() for path in held]
    since = _promoted_before(repository, target, record, commit)
    seen = review(repository, paths, commit, since, digest)
    if seen.approval:
        return passed("approval", f"{seen.approval.by} {seen.approval.how} ({seen.approval.commit[:12]})")
    line = f"git commit --allow-empty -m 'Approve {record.id}' --trailer '{PACKAGE_TRAILER}: {digest}'"
    if not seen.authors:
        return refused("approval", "git does not show who wrote it", f"Let somebody who did not run: {line}")
    return refused(
        "approval",
        f"nobody but its authors ({some(seen.authors)}) has agreed",
        f"Let somebody else review it and run: {line}",
    )


def _promoted_before(repository: Repository, target: Ledger, record: Deployment, commit: str) -> str:
    """The commit that last brought all of these components to the target; "" where none did."""
    for _, entry in target.deployments():
        whole = set(record.components) <= set(entry.components)
        if entry.kind == Purpose.PROMOTE and entry.success and entry.was_taken and whole:
            known = repository.is_ancestor(entry.source_revision, commit)
            return entry.source_revision if known else ""
    return ""
