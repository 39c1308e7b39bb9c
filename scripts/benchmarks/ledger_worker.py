"""Runs inside a measured process: many components in git and in the ledger; prints what each step took, as JSON.

Usage: python ledger_worker.py COMPONENTS FOLDER
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sfmeta.cli.desk import no_collector
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import ApiVersion, JobId
from sfmeta.ops import rollback
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger, new_deployment_id
from sfmeta.workspace.repository import Repository, find_repository
from tests.ops.fake_org import INFO, FakeOrg, tools

_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">\n'
    "    <description>{what}</description>\n    <label>Bench {number}</label>\n    <userPermissions>\n"
    "        <enabled>true</enabled>\n        <name>ApiEnabled</name>\n    </userPermissions>\n</PermissionSet>\n"
)


def main(components: int, folder: Path) -> None:
    """Make it all, then measure: each reading by a repository that knows nothing yet."""
    old, new = (_files(components, what) for what in ("as it was", "as it is"))
    commit = _project(folder, new)
    took: dict[str, float] = {}
    took["write_s"] = _timed(lambda: _deployed(_ledger(folder), old, new))
    took["revision_s"] = _timed(lambda: _all(find_repository(folder).entries(commit, ["force-app"]), components))
    took["ledger_s"] = _timed(lambda: _from_ledger(_ledger(folder), components))
    org = FakeOrg(held={entry.path: entry.read() for entry in new})
    request = rollback.RollbackRequest(("force-app",), ApiVersion(63))
    ledger = _ledger(folder)
    with no_collector():  # as the command runs
        took["rollback_s"] = _timed(lambda: _planned(org, request, ledger, components))
    print(json.dumps(took))


def _files(components: int, what: str) -> list[Entry]:
    return [
        Entry.of(f"permissionsets/Bench_{number}.permissionset", _XML.format(what=what, number=number).encode())
        for number in range(components)
    ]


def _project(folder: Path, files: list[Entry]) -> str:
    for entry in files:
        path = folder / "force-app/main/default" / f"{entry.path}-meta.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.read())
    git = ["git", "-C", str(folder), "-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        subprocess.run([*git, *words], check=True)
    return find_repository(folder).head()


def _ledger(folder: Path) -> Ledger:
    return Ledger(find_repository(folder), INFO.id)


def _deployed(ledger: Ledger, old: list[Entry], new: list[Entry]) -> None:
    package = build_package(new, ApiVersion(63))
    made = Deployment(
        id=new_deployment_id(1_700_000_000.0),
        org_id=INFO.id,
        stage=Stage.PREPARED,
        kind="deploy",
        started_at="2023-11-14T22:13:20Z",
        finished_at="",
        username=INFO.username,
        author="",
        source_revision=ledger.repository.head(),
        source_dirty=False,
        package_digest=package.digest,
        api_version="63.0",
        components=package.components,
        deletions=(),
        absent_before=(),
        job_id=JobId(""),
        status="",
        success=False,
    )
    commit = ledger.prepare(made, old, package.entries, tip="")
    sent = replace(made, stage=Stage.SENT, job_id=JobId("0Af000000000001AAA"))
    commit = ledger.advance(sent, commit)
    ledger.advance(replace(sent, stage=Stage.FINISHED, status="Succeeded", success=True), commit, new)


def _from_ledger(ledger: Ledger, components: int) -> None:
    [(commit, _)] = ledger.deployments()
    for entries in (ledger.before(commit), ledger.after(commit)):
        _all(entries, components)
    _all(ledger.package(commit), components + 1)


def _all(entries: tuple[Entry, ...], expected: int) -> None:
    found = sum(1 for entry in entries if entry.read())
    if found != expected:
        raise SystemExit(f"{found} files were read, and there are {expected}")


def _planned(org: FakeOrg, request: rollback.RollbackRequest, ledger: Ledger, components: int) -> None:
    repository: Repository = ledger.repository
    plan = rollback.prepare(org, request, repository, ledger, tools())
    if len(plan.deployment.changes) != components:
        raise SystemExit(f"{len(plan.deployment.changes)} components would change, and {components} were to")


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
