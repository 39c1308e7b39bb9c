"""The deployments of an org, in git: ``refs/sfmeta/orgs/<org id>``, a chain of commits that only grows.

Each stage of a deployment is one commit. Its tree::

    deployment.json   who, when, which revision, which package, which job, what came of it
    before/           what the org held, in source format
    after/            what it held afterwards (finished deployments only)
    package/          what was sent, in Metadata API format
    base/             what the package was before an environment's values were set: the files that differ
    records/          who holds the permission sets and what they open: before.json, after.json, and what it writes

Commits are written with ``git fast-import`` into a temporary ref; ``git update-ref`` then moves the org's ref only
if nobody else moved it meanwhile. The user's index, work tree and branches are never touched, and no hook or
signing configuration applies. Elements that hold secrets are taken out before anything is written.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from sfmeta.codec import xml
from sfmeta.errors import OperationFailed
from sfmeta.model import registry
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, Derivation, Stage, Undo, UndoState
from sfmeta.model.names import ComponentId, JobId, OrgId
from sfmeta.model.records import Record, RecordChange
from sfmeta.source.paths import component_at, source_path
from sfmeta.workspace.files import scratch
from sfmeta.workspace.record_files import records_from, records_json, writes_from, writes_json
from sfmeta.workspace.repository import Repository

REF_PREFIX = "refs/sfmeta/orgs/"
RECORD = "deployment.json"
OWN_IDENTITY = "sfmeta <sfmeta@localhost>"
LEDGER_MOVED = "LedgerMoved"
"""The code of the error when somebody else wrote first."""
_RECORDS_BEFORE, _RECORDS_AFTER = "records/before.json", "records/after.json"
_WRITES = "records/writes.json"
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
# looking for what big files have in common takes git longer than all the rest; a later git gc may still do it
_NO_DELTA_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one org."""

    repository: Repository
    org_id: OrgId

    @property
    def ref(self) -> str:
        """The git ref that holds it."""
        return f"{REF_PREFIX}{self.org_id}"

    def tip(self) -> str:
        """The newest commit, "" where there is none. What is decided on a tip is written on that tip alone."""
        rows = self.repository.run("for-each-ref", "--format=%(objectname)", self.ref).split()
        return rows[0] if rows else ""

    def prepare(
        self,
        deployment: Deployment,
        before: Iterable[Entry],
        package: Iterable[Entry],
        *,
        tip: str,
        base: Iterable[Entry] = (),
        records: Iterable[Record] | None = None,
        writes: Iterable[RecordChange] = (),
    ) -> str:
        """Record a deployment that is about to be sent.

        Args:
            deployment: in stage ``PREPARED``.
            before: what the org holds, in either format.
            package: what will be sent.
            tip: what ``tip()`` said when the deployment was decided on.
            base: the files of the package as they were before an environment's values were set, where they differ.
            records: the grants that the org holds on what is deployed; None where it does not show them.
            writes: grants that will be written once the package is in.

        Returns:
            The commit, for ``advance``.

        Raises:
            OperationFailed: somebody else wrote to the ledger since.
        """
        files = chain(
            _kept("before", before),
            _kept("package", package, rename=False),
            _kept("base", base, rename=False),
            [] if records is None else [(_RECORDS_BEFORE, records_json(records))],
            [(_WRITES, writes_json(writes))],
        )
        return self._commit(deployment, files, since="", tip=tip)

    def advance(
        self,
        deployment: Deployment,
        since: str,
        after: Iterable[Entry] = (),
        records: Iterable[Record] | None = None,
    ) -> str:
        """Record a later stage of a deployment, on top of whatever the ledger holds by now.

        Args:
            deployment: in its new stage.
            since: the commit of its stage before; its files are carried over.
            after: what the org holds afterwards.
            records: the grants that it holds then; None where it does not show them.

        Returns:
            The commit.

        Raises:
            OperationFailed: others kept writing to the ledger.
        """
        files = list(_kept("after", after)) if after else []
        if records is not None:
            files.append((_RECORDS_AFTER, records_json(records)))
        for last_try in (False, False, True):
            try:
                return self._commit(deployment, files, since=since, tip=self.tip())
            except OperationFailed as error:
                if last_try or error.code != LEDGER_MOVED:
                    raise
        raise AssertionError("the last try returns or raises")

    def deployments(self) -> Iterator[tuple[str, Deployment]]:
        """Every deployment in its last stage with the commit that holds it, newest first."""
        seen: set[str] = set()
        for commit in self._chain():
            deployment = self._record(commit)
            if deployment.id not in seen:
                seen.add(deployment.id)
                yield commit, deployment

    def before(self, commit: str) -> tuple[Entry, ...]:
        """What the org held before the deployment that a commit records, in source format."""
        return self.repository.tree(commit, ["before"], "before/")

    def after(self, commit: str) -> tuple[Entry, ...]:
        """What the org held after it; empty until it is finished."""
        return self.repository.tree(commit, ["after"], "after/")

    def package(self, commit: str) -> tuple[Entry, ...]:
        """What was sent, in Metadata API format."""
        return self.repository.tree(commit, ["package"], "package/")

    def base(self, commit: str) -> tuple[Entry, ...]:
        """What was sent, as it was before an environment's values were set, in Metadata API format."""
        package = {entry.path: entry for entry in self.package(commit)}
        return tuple(
            (package | {entry.path: entry for entry in self.repository.tree(commit, ["base"], "base/")}).values()
        )

    def records(self, commit: str, *, after: bool) -> tuple[Record, ...] | None:
        """The grants that the org held before or after a deployment; None where an entry does not say."""
        path = _RECORDS_AFTER if after else _RECORDS_BEFORE
        found = self.repository.tree(commit, [path])
        return records_from(found[0].read()) if found else None

    def writes(self, commit: str) -> tuple[RecordChange, ...]:
        """The grants that a deployment writes."""
        found = self.repository.tree(commit, [_WRITES])
        return writes_from(found[0].read()) if found else ()

    def _chain(self) -> list[str]:
        tip = self.tip()
        return self.repository.run("rev-list", "--first-parent", tip).split() if tip else []

    def _record(self, commit: str) -> Deployment:
        try:
            # through git's long-running reader: a process per commit would make old ledgers slow
            return _from_json(json.loads(self.repository.blob(f"{commit}:{RECORD}")))
        except (ValueError, KeyError, TypeError) as error:
            raise OperationFailed(
                f"Commit {commit[:12]} of {self.ref} is no ledger entry", "Was it written by a newer sfmeta?"
            ) from error

    def _commit(self, deployment: Deployment, files: Iterable[tuple[str, bytes]], *, since: str, tip: str) -> str:
        temporary = f"refs/sfmeta/tmp/{uuid.uuid4().hex}"
        record = json.dumps(_to_json(deployment), indent=2, sort_keys=True).encode() + b"\n"
        with scratch() as new_file:
            stream = new_file()
            committer = self.repository.identity() or OWN_IDENTITY
            message = f"{deployment.kind} {deployment.id}: {deployment.stage}\n".encode()
            stream.write(
                f"commit {temporary}\ncommitter {committer} {int(time.time())} +0000\ndata {len(message)}\n".encode()
            )
            stream.write(message)
            if tip:
                stream.write(f"from {tip}\n".encode())
            stream.write(b"deleteall\n")
            if since:
                # the tree of this deployment, whatever others wrote on top of it
                tree = self.repository.run("rev-parse", "--verify", f"{since}^{{tree}}")
                stream.write(f'M 040000 {tree} ""\n'.encode())
            for path, data in chain([(RECORD, record)], files):
                stream.write(f"M 100644 inline {_quoted(path)}\ndata {len(data)}\n".encode())
                stream.write(data)
                stream.write(b"\n")
            stream.write(b"\ndone\n")
            stream.seek(0)
            options = ("--quiet", "--done", "--date-format=raw", f"--big-file-threshold={_NO_DELTA_BYTES}")
            self.repository.run(*_NO_HOOKS, "fast-import", *options, stdin=stream)
            new = self.repository.run("rev-parse", "--verify", temporary)
            moves = new_file()
            moves.write(f"update {self.ref} {new} {tip or '0' * len(new)}\ndelete {temporary} {new}\n".encode())
            moves.seek(0)
            try:
                self.repository.run(*_NO_HOOKS, "update-ref", "--stdin", stdin=moves)
            except OperationFailed as error:
                self.repository.run(*_NO_HOOKS, "update-ref", "-d", temporary)
                if self.tip() == tip:
                    raise
                raise OperationFailed(
                    f"Another sfmeta wrote to the ledger of {self.org_id} at the same time",
                    "Run the command again",
                    code=LEDGER_MOVED,
                ) from error
        return new


def new_deployment_id(now: float) -> str:
    """Unique, and sorting by time.

    Args:
        now: seconds since the epoch.
    """
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}-{uuid.uuid4().hex[:6]}"


def _quoted(path: str) -> str:
    """A path as fast-import reads it: C-quoted where it holds anything unusual."""
    if all(char.isalnum() or char in "/._-%+" for char in path):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _kept(folder: str, entries: Iterable[Entry], *, rename: bool = True) -> Iterator[tuple[str, bytes]]:
    """The files to keep in a folder: paths in source format if asked, elements that hold secrets taken out.

    One at a time: a package may be larger than memory allows.
    """
    for entry in entries:
        component = component_at(entry.path)
        data = entry.read()
        path = entry.path
        if component is not None:
            kind = registry.types().get(component.type)
            for secret in kind.secret_paths if kind else ():
                root = xml.parse(data, entry.path)
                if any(root.find(secret)):
                    data = xml.write(root.without(secret))
            if rename and registry.is_document(component.type):
                path = source_path(component)
        yield f"{folder}/{path}", data


_COMPONENTS = ("components", "deletions", "absent_before", "unrecoverable")


def _to_json(deployment: Deployment) -> dict[str, Any]:
    data = asdict(deployment)
    for name in _COMPONENTS:
        data[name] = [str(item) for item in getattr(deployment, name)]
    return {**data, "version": 1, "org_id": str(deployment.org_id)}


def _from_json(data: dict[str, Any]) -> Deployment:
    if data.pop("version") != 1:
        raise ValueError("unknown version")
    for name in _COMPONENTS:
        data[name] = tuple(ComponentId.parse(text) for text in data.get(name, ()))
    return Deployment(
        **{
            **data,
            "org_id": OrgId.parse(data["org_id"]),
            "stage": Stage(data["stage"]),
            "job_id": JobId(data["job_id"]),
            "differences": tuple(data["differences"]),
            # entries of an older sfmeta have none of these
            "derivation": Derivation(**data.get("derivation", {})),
            "undo": _undo(data.get("undo", {})),
        }
    )


def _undo(data: dict[str, Any]) -> Undo:
    if not data:
        return Undo()
    lines = {name: tuple(data[name]) for name in ("losses", "problems")}
    return Undo(**{**data, **lines, "state": UndoState(data["state"])})
