"""The law: one package, one deployment, one entry in the ledger that says what the org holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sfmeta.errors import SfmetaError
from sfmeta.model.component import package_digest
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import OrgId
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.faultmatrix.stage import KILLED, Ran, Scene
from tests.faultmatrix.stage import Stage as Theatre

DONE_ALREADY = "rollback-last"
"""The same command again is refused: the last deployment is the rollback that it has made before."""
CODES = frozenset({0, 1, 4, 5, 6})
"""How a command may end that is right in itself, in an org that is not well."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to see at a moment.

    Attributes:
        jobs: the jobs that the scene's command made, the newest first.
        entries: the ledger, newest first.
        after: the git tree of what the org held after the last deployment that it took, by the ledger.
        held: a digest of what the org holds.
        wrong: what is wrong with the ledger in itself.
    """

    jobs: tuple[str, ...]
    entries: tuple[Deployment, ...]
    after: str
    held: str
    wrong: tuple[str, ...]


def look(stage: Theatre, scene: Scene) -> Found:
    """Looks at the org, and at the ledger with sfmeta's own eyes."""
    jobs = stage.jobs()
    repository = find_repository(stage.root)
    ledger = Ledger(repository, OrgId.parse(stage.org.org_id))
    wrong: list[str] = []
    entries: list[Deployment] = []
    after = ""
    try:
        for commit, entry in ledger.deployments():
            entries.append(entry)
            if package_digest(ledger.package(commit)) != entry.package_digest:
                wrong.append(f"{entry.id} does not hold the package that it names")
            if not after and entry.stage is Stage.FINISHED and entry.was_taken:
                after = repository.run("rev-parse", f"{commit}:after")
    except SfmetaError as error:
        wrong.append(f"the ledger cannot be read: {error}")
    finally:
        repository.repo.close()
    return Found(
        tuple(job.id for job in jobs[: len(jobs) - scene.jobs]), tuple(entries), after, _held(stage), tuple(wrong)
    )


def ended_badly(ran: Ran) -> Iterator[str]:
    """What is wrong with the way in which a command ended, whatever it did."""
    said = ran.out + ran.err
    if ran.code not in CODES:
        yield f"exit {ran.code}"
    if "Traceback" in said or "Unexpected " in said or "mistake in sfmeta" in said:
        yield f"a mistake of ours: {said[-300:]}"
    if ran.code and not ran.message:
        yield "it failed without a word"


def broken_off(ran: Ran, found: Found, scene: Scene, *, killed: bool) -> Iterator[str]:
    """What is wrong right after the break."""
    yield from found.wrong
    if len(found.jobs) > 1:
        yield f"the org has {len(found.jobs)} deployments"
    if killed:
        if ran.code != KILLED:
            yield f"was to be killed, and ended with {ran.code}"
        return
    yield from ended_badly(ran)
    if not ran.code:
        return
    last = found.entries[0] if found.entries else None
    if last is not None and last.stage is Stage.SENT and last.job_id not in (ran.job, *_ids(ran.message)):
        yield f"job {last.job_id} goes on, and the message does not name it: {ran.message}"
    if last is not None and last.stage is Stage.PREPARED and ran.code != 5:
        yield f"nobody knows what became of it, and it ends with {ran.code} in place of 5: {ran.message}"
    if ran.code == 5 and not found.jobs and last is not None and last.stage is Stage.SENT:
        yield "it says that a job runs, and none does"


def at_the_end(ran: Ran, found: Found, wanted: Found, leftovers: str) -> Iterator[str]:
    """What is wrong when the advice has been followed.

    Args:
        ran: the last command.
        found: what there is.
        wanted: what there is after an undisturbed run.
        leftovers: temporary refs.
    """
    yield from found.wrong
    if ran.code and ran.error_code != DONE_ALREADY:
        yield f"still exit {ran.code}: {ran.message}"
    if len(found.jobs) != len(wanted.jobs):
        yield f"the org has {len(found.jobs)} deployments in place of {len(wanted.jobs)}"
    yield from (f"{entry.id} is left at {entry.stage}" for entry in found.entries if entry.stage is not Stage.FINISHED)
    if found.held != wanted.held:
        yield "the org does not hold what an undisturbed run leaves"
    if found.after != wanted.after:
        yield "the ledger does not say what the org holds"
    taken = [entry for entry in found.entries if entry.was_taken]
    if not taken or taken[0].job_id not in found.jobs or not taken[0].success:
        yield f"the ledger does not name the job: {[(entry.status, entry.job_id) for entry in taken[:2]]}"
    if leftovers:
        yield f"leftovers: {leftovers}"


def _ids(text: str) -> tuple[str, ...]:
    return tuple(word.strip(".,;:()") for word in text.split() if word.startswith("0Af"))


def _held(stage: Theatre) -> str:
    """What the org holds, without what differs from run to run: ids of new records and times."""
    state = stage.org.state
    digest = hashlib.sha256()
    with state.lock:
        rows = state.connection.execute("SELECT type, full_name, path, content FROM metadata_file ORDER BY 1, 2, 3")
        for row in rows:
            digest.update(repr(row).encode())
        grants = state.connection.execute(
            "SELECT sobject, CASE sobject WHEN 'PermissionSet' THEN fields ELSE '' END FROM record "
            "WHERE sobject IN ('PermissionSet', 'SetupEntityAccess', 'PermissionSetAssignment') ORDER BY 1, 2"
        )
        for row in grants:
            digest.update(repr(row).encode())
    return digest.hexdigest()
