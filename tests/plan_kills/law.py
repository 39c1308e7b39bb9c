"""The law of a plan: nothing twice, the state that it names, and nobody locked out at any moment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sfmeta.errors import SfmetaError
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State
from sfmeta.model.component import package_digest
from sfmeta.model.deployment import Deployment, Purpose
from sfmeta.model.deployment import Stage as Reached
from sfmeta.model.names import OrgId
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.faultmatrix.law import ended_badly
from tests.faultmatrix.stage import KILLED, Ran, Stage
from tests.plan_kills.scenes import PlanScene

_APPS = ("ConnectedApplication", "ExternalClientApplication", "ExtlClntAppOauthPlcyCnfg")
_MADE = ("CreatedDate", "ExternalClientApplicationId", "SystemModstamp")


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to see at a moment.

    Attributes:
        jobs: the packages that the org took since the scene.
        entries: the ledger since the plan was made, newest first.
        held: a digest of what the org holds: files, apps, who may use them, who holds which permission set.
        lost: who may get in, did, and does not any more.
        wrong: what is wrong with the ledger in itself.
    """

    jobs: int
    entries: tuple[Deployment, ...]
    held: str
    lost: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def open_ones(self) -> list[Deployment]:
        """What the ledger does not know the end of."""
        return [entry for entry in self.entries if entry.stage is not Reached.FINISHED]


def look(stage: Stage, of: PlanScene) -> Seen:
    """Looks at the org, tries every login, and reads the ledger with sfmeta's own eyes."""
    repository = find_repository(stage.root)
    ledger = Ledger(repository, OrgId.parse(stage.org.org_id))
    wrong: list[str] = []
    entries: list[Deployment] = []
    try:
        for commit, entry in ledger.deployments():
            entries.append(entry)
            if package_digest(ledger.package(commit)) != entry.package_digest:
                wrong.append(f"{entry.id} does not hold the package that it names")
    except SfmetaError as error:
        wrong.append(f"the ledger cannot be read: {error}")
    finally:
        repository.repo.close()
    jobs = len(stage.jobs()) - of.scene.jobs
    return Seen(jobs, tuple(entries), held(stage.org.state), tuple(of.logins.lost(of.expected)), tuple(wrong))


def broken_off(of: PlanScene, ran: Ran, seen: Seen, wanted: Seen, *, killed: bool) -> Iterator[str]:
    """What is wrong right after the break."""
    yield from seen.wrong
    yield from sent_twice(of, seen)
    if seen.jobs > wanted.jobs:
        yield f"the org took {seen.jobs} packages, and an undisturbed run sends {wanted.jobs}"
    for line in seen.lost:
        # the org has shut an app by itself: the next run finds it, and opens it again
        if not (of.is_hollow and _is_shut_by_the_org(line)):
            yield line
    if killed:
        if ran.code != KILLED:
            yield f"was to be killed, and ended with {ran.code}: {ran.message}"
        return
    yield from ended_badly(ran)


def at_the_end(of: PlanScene, ran: Ran, seen: Seen, wanted: Seen, broken: Seen) -> Iterator[str]:
    """What is wrong when the same command has been run again.

    Args:
        of: the scene.
        ran: the last run.
        seen: what there is.
        wanted: what there is after an undisturbed run.
        broken: what there was right after the break.
    """
    yield from seen.wrong
    yield from sent_twice(of, seen)
    yield from seen.lost
    if ran.code != of.code:
        yield f"exit {ran.code} in place of {of.code}: {ran.message}"
    yield from (f"{entry.id} is left at {entry.stage}" for entry in seen.open_ones)
    if seen.held != wanted.held:
        yield "the org does not hold what an undisturbed run leaves"
    # what the run before had taken back is tried anew
    again = wanted.jobs if of.is_hollow and broken.jobs == wanted.jobs else 0
    if seen.jobs != wanted.jobs + again:
        yield f"the org took {seen.jobs} packages in place of {wanted.jobs + again}"


def sent_twice(of: PlanScene, seen: Seen) -> Iterator[str]:
    """Packages of the plan that the org took more than once; one that was taken back may come again."""
    if of.is_hollow:
        return
    digests = [entry.package_digest for entry in seen.entries if entry.kind is Purpose.APPLY and entry.job_id]
    for digest in {one for one in digests if digests.count(one) > 1}:
        yield f"package {digest[:12]} was sent {digests.count(digest)} times"


def held(state: State) -> str:
    """What an org holds, without what differs from run to run: ids of new records and times."""
    digest = hashlib.sha256()
    with state.lock:
        files = state.connection.execute("SELECT type, full_name, path, content FROM metadata_file ORDER BY 1, 2, 3")
        for row in files:
            digest.update(repr(row).encode())
        for line in sorted(_lines(state)):
            digest.update(line.encode())
    return digest.hexdigest()


def _lines(state: State) -> Iterator[str]:
    records = state.records
    for sobject in _APPS:
        for app in records.find(sobject):
            yield f"{sobject} {sorted((name, str(value)) for name, value in app.fields.items() if name not in _MADE)}"
    for one in records.find("PermissionSet"):
        # a profile's own set is named after its id
        names = () if one.flag("IsOwnedByProfile") else ("Name", "Label")
        gives = sorted(name for name in one.fields if name.startswith("Permissions") and one[name])
        yield f"PermissionSet {_name(one, state)} {[one.text(name) for name in names]} {gives}"
    for one in records.find("SetupEntityAccess"):
        yield f"access {_name(_of(state, one, 'ParentId'), state)} {_name(_of(state, one, 'SetupEntityId'), state)}"
    for one in records.find("PermissionSetAssignment"):
        user, given = _of(state, one, "AssigneeId"), _of(state, one, "PermissionSetId")
        yield f"assignment {user.text('Username')} {_name(given, state)} {one['ExpirationDate']}"


def _of(state: State, row: Record, name: str) -> Record:
    found = state.records.get(row.text(name))
    assert found is not None, row
    return found


def _name(record: Record, state: State) -> str:
    if record.sobject == "PermissionSet" and record.flag("IsOwnedByProfile"):
        return f"profile {_of(state, record, 'ProfileId').text('Name')}"
    return record.text("DeveloperName") or record.text("Name")


def _is_shut_by_the_org(line: str) -> bool:
    return " with Billing Sync by " in line
