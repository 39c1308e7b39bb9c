"""Validations in git: ``refs/sfmeta/validations/<org id>/<job id>``, one commit with ``validation.json`` each.

They travel with the ledger, so that a check of one machine can be deployed by another. What no org deploys any more is
let go.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sfmeta.errors import OperationFailed
from sfmeta.model.deployment import seconds_of
from sfmeta.model.names import JobId, OrgId, to_18
from sfmeta.model.validation import LASTS_S, Validation
from sfmeta.workspace.files import scratch
from sfmeta.workspace.repository import Repository

PREFIX = "refs/sfmeta/validations/"
_FILE = "validation.json"
_IDENTITY = "sfmeta <sfmeta@localhost>"
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")


@dataclass(frozen=True, slots=True)
class Validations:
    """The validations that a repository knows of one org."""

    repository: Repository
    org_id: OrgId

    def keep(self, validation: Validation) -> None:
        """Record one, and let go of those that no org deploys any more.

        Args:
            validation: of this org.

        Raises:
            OperationFailed: git did not take it.
        """
        now = seconds_of(validation.finished_at)
        old = [job for job, _, found in self._all() if now - seconds_of(found.finished_at) > LASTS_S]
        content = json.dumps({**_to_json(validation), "version": 1}, indent=2, sort_keys=True).encode() + b"\n"
        message = f"validation {validation.job_id}\n".encode()
        committer = self.repository.identity() or _IDENTITY
        with scratch() as new_file:
            # into a ref of its own at once: nothing of it is read before it is whole, and it never changes
            stream = new_file()
            stream.write(
                f"commit {self._ref(validation.job_id)}\ncommitter {committer} {int(time.time())} +0000\n".encode()
            )
            stream.write(b"data %d\n%s" % (len(message), message))
            stream.write(b"deleteall\nM 100644 inline %s\ndata %d\n%s\n" % (_FILE.encode(), len(content), content))
            stream.write(b"\ndone\n")
            stream.seek(0)
            options = ("--quiet", "--done", "--force", "--date-format=raw")
            self.repository.run(*_NO_HOOKS, "fast-import", *options, stdin=stream)
        for job in old:
            self.repository.run(*_NO_HOOKS, "update-ref", "-d", self._ref(job))

    def find(self, job: JobId) -> Validation | None:
        """The record of a check-only job; None where this repository has none.

        Args:
            job: 15 or 18 characters.

        Raises:
            OperationFailed: the record cannot be read.
        """
        wanted = self._ref(job)
        return next((found for _, ref, found in self._all() if ref == wanted), None)

    def elsewhere(self, job: JobId) -> str:
        """The id of another org whose validation that is, "" where there is none."""
        refs = self.repository.run("for-each-ref", "--format=%(refname)", f"{PREFIX}*/{to_18(job)}").split()
        others = [ref.removeprefix(PREFIX).partition("/")[0] for ref in refs]
        return next((org for org in others if org != str(self.org_id)), "")

    def _ref(self, job: JobId) -> str:
        return f"{PREFIX}{self.org_id}/{to_18(job)}"

    def _all(self) -> Iterator[tuple[JobId, str, Validation]]:
        listing = self.repository.run("for-each-ref", "--format=%(refname)", f"{PREFIX}{self.org_id}")
        for ref in listing.split():
            found = self._read(ref)
            yield found.job_id, ref, found

    def _read(self, ref: str) -> Validation:
        try:
            return _from_json(json.loads(self.repository.blob(f"{ref}:{_FILE}")))
        except (ValueError, KeyError, TypeError) as error:
            raise OperationFailed(f"{ref} is no validation", "Was it written by a newer sfmeta?") from error


def _to_json(validation: Validation) -> dict[str, Any]:
    return {**asdict(validation), "org_id": str(validation.org_id), "baseline": dict(validation.baseline)}


def _from_json(data: dict[str, Any]) -> Validation:
    if data.pop("version") != 1:
        raise ValueError("unknown version")
    return Validation(**{**data, "org_id": OrgId.parse(data["org_id"]), "job_id": JobId(data["job_id"])})
