"""The deployments of an org, in git: ``refs/sfmeta/orgs/<org id>``, a chain of commits that only grows.

Each stage of a deployment is one commit. Its tree::

    deployment.json   who, when, which revision, which package, which job, what came of it
    before/           what the org held, in source format
    after/            what it held afterwards (finished deployments only)
    package/          what was sent, in Metadata API format
    base/             what the package was before an environment's values were set: the files that differ
    forecast.json     who would stop working, as it was said before; not where none was made
    records/          who holds the permission sets and what they open: before.json, after.json, and what it writes

Two histories of one org that grew apart are put together by a commit with two parents (``workspace.joining``).
``workspace.commits`` says how a commit is written. Elements that hold secrets are taken out before that.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from sfmeta.codec import xml
from sfmeta.errors import OperationFailed
from sfmeta.model import registry
from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment
from sfmeta.model.names import OrgId
from sfmeta.model.records import Record, RecordChange
from sfmeta.source.paths import component_at, source_path
from sfmeta.workspace.chain import Link, last_stages, links, message_of, no_entry
from sfmeta.workspace.commits import OWN_IDENTITY, REF_MOVED, NewCommit, tip_of, write_commit
from sfmeta.workspace.ledger_json import deployment_from_json, deployment_to_json
from sfmeta.workspace.record_files import records_from, records_json, writes_from, writes_json
from sfmeta.workspace.repository import Repository

REF_PREFIX = "refs/sfmeta/orgs/"
RECORD = "deployment.json"
LEDGER_MOVED = "LedgerMoved"
"""The code of the error when somebody else wrote first."""
_RECORDS_BEFORE, _RECORDS_AFTER = "records/before.json", "records/after.json"
_WRITES = "records/writes.json"
_FORECAST = "forecast.json"
_AT_ONCE = 64
"""So many entries are read together, after the first ones."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one org.

    Attributes:
        repository: where it is.
        org_id: of the org.
        written: told after every stage that was written; whoever shares the ledger sends it on.
    """

    repository: Repository
    org_id: OrgId
    written: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)

    @property
    def ref(self) -> str:
        """The git ref that holds it."""
        return f"{REF_PREFIX}{self.org_id}"

    def tip(self) -> str:
        """The newest commit, "" where there is none. What is decided on a tip is written on that tip alone."""
        return tip_of(self.repository, self.ref)

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
        foreseen: Mapping[str, object] | None = None,
    ) -> str:
        """Record a deployment that is about to be sent, or of which it turns out that it was.

        Args:
            deployment: in stage ``PREPARED``; ``SENT`` where the org has it already.
            before: what the org holds, in either format.
            package: what will be sent.
            tip: what ``tip()`` said when the deployment was decided on.
            base: the files of the package as they were before an environment's values were set, where they differ.
            records: the grants that the org holds on what is deployed; None where it does not show them.
            writes: grants that will be written once the package is in.
            foreseen: what the forecast said, as JSON; None where none was made.

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
            [] if foreseen is None else [(_FORECAST, json.dumps(foreseen, indent=1, sort_keys=True).encode())],
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

    def take_over(
        self,
        deployment: Deployment,
        before: Iterable[Entry],
        after: Iterable[Entry],
        *,
        tip: str,
        records: tuple[Iterable[Record], Iterable[Record]] | None,
        changed: Iterable[RecordChange],
    ) -> str:
        """Record what somebody changed in the org, in one commit: nothing is sent, so that there is no stage before.

        Args:
            deployment: in stage ``FINISHED``.
            before: what was recorded until now.
            after: what the org holds.
            tip: what ``tip()`` said when the org was read.
            records: the grants that were recorded until now, and those that the org holds; None where it does not
                show them.
            changed: the grants that differ.

        Returns:
            The commit.

        Raises:
            OperationFailed: somebody else wrote to the ledger since.
        """
        held, now = (records_json(some) for some in records) if records is not None else (b"", b"")
        grants = [(_RECORDS_BEFORE, held), (_RECORDS_AFTER, now)] if records is not None else []
        files = chain(_kept("before", before), _kept("after", after), grants, [(_WRITES, writes_json(changed))])
        return self._commit(deployment, files, since="", tip=tip)

    def deployments(self) -> Iterator[tuple[str, Deployment]]:
        """Every deployment in its last stage with the commit that holds it, newest first.

        Raises:
            OperationFailed: a commit of the ledger is no entry.
        """
        tip = self.tip()
        found = last_stages(links(self.repository, tip)) if tip else []
        # most ask for the last one only; who wants all of them should not wait for git once for each
        for some in (found[:1], *(found[start : start + _AT_ONCE] for start in range(1, len(found), _AT_ONCE))):
            yield from zip([link.commit for link in some], self.read(some), strict=True)

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

    def foreseen(self, commit: str) -> Mapping[str, object] | None:
        """What the forecast said before a deployment; None where none was made."""
        found = self.repository.tree(commit, [_FORECAST])
        told: Mapping[str, object] | None = json.loads(found[0].read()) if found else None
        return told

    def read(self, found: Sequence[Link]) -> list[Deployment]:
        """The entries that commits of the ledger hold.

        Raises:
            OperationFailed: one of them holds none, or another than its message says.
        """
        texts = self.repository.blobs(f"{link.commit}:{RECORD}" for link in found)
        return [self._entry(link, text) for link, text in zip(found, texts, strict=True)]

    def _entry(self, link: Link, text: bytes) -> Deployment:
        try:
            entry = deployment_from_json(text)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise no_entry(link.commit, self.ref) from error
        if (entry.id, entry.stage) != (link.deployment, link.stage):
            raise no_entry(link.commit, self.ref)
        return entry

    def _commit(self, deployment: Deployment, files: Iterable[tuple[str, bytes]], *, since: str, tip: str) -> str:
        commit = NewCommit(
            message_of(deployment),
            chain([(RECORD, deployment_to_json(deployment))], files),
            parents=(tip,) if tip else (),
            # the tree of this deployment, whatever others wrote on top of it
            tree=since,
            committer=self.repository.identity() or OWN_IDENTITY,
        )
        try:
            new = write_commit(self.repository, self.ref, commit, expected=tip)
        except OperationFailed as error:
            if error.code != REF_MOVED:
                raise
            raise OperationFailed(
                f"Another sfmeta wrote to the ledger of {self.org_id} at the same time",
                "Run the command again",
                code=LEDGER_MOVED,
            ) from error
        self.written()
        return new


def new_deployment_id(now: float) -> str:
    """Unique, and sorting by time.

    Args:
        now: seconds since the epoch.
    """
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}-{uuid.uuid4().hex[:6]}"


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
