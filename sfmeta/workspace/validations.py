"""Validations in git: ``refs/sfmeta/validations/<org id>/<job id>``, one commit with ``validation.json`` each.

They travel with the ledger, so that a check of one machine can be deployed by another. What no org deploys any more is
let go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sfmeta.errors import OperationFailed
from sfmeta.model.deployment import seconds_of
from sfmeta.model.names import JobId, OrgId, to_18
from sfmeta.model.validation import LASTS_S, Validation
from sfmeta.workspace.commits import OWN_IDENTITY, NewCommit, move_ref, tip_of, write_commit
from sfmeta.workspace.repository import Repository
from sfmeta.workspace.sharing import VALIDATIONS

_FILE = "validation.json"


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
        now = _moment(validation)
        content = json.dumps({**_to_json(validation), "version": 1}, indent=2, sort_keys=True).encode() + b"\n"
        committer = self.repository.identity() or OWN_IDENTITY
        ref = self._ref(validation.job_id)
        tip = tip_of(self.repository, ref)
        parents = (tip,) if tip else ()  # so that who has the older record can move forward
        commit = NewCommit(f"validation {validation.job_id}", [(_FILE, content)], parents=parents, committer=committer)
        write_commit(self.repository, ref, commit, expected=tip)
        for old, found in list(self._all()):
            if now - _moment(found) > LASTS_S:
                move_ref(self.repository, old, "", expected=tip_of(self.repository, old))

    def find(self, job: JobId) -> Validation | None:
        """The record of a check-only job; None where this repository has none.

        Args:
            job: 15 or 18 characters.

        Raises:
            OperationFailed: the record cannot be read.
        """
        wanted = self._ref(job)
        return next((found for ref, found in self._all() if ref == wanted), None)

    def elsewhere(self, job: JobId) -> str:
        """The id of another org whose validation that is, "" where there is none."""
        refs = self.repository.run("for-each-ref", "--format=%(refname)", f"{VALIDATIONS}*/{to_18(job)}").split()
        others = [ref.removeprefix(VALIDATIONS).partition("/")[0] for ref in refs]
        return next((org for org in others if org != str(self.org_id)), "")

    def _ref(self, job: JobId) -> str:
        return f"{VALIDATIONS}{self.org_id}/{to_18(job)}"

    def _all(self) -> Iterator[tuple[str, Validation]]:
        form = "--format=%(objectname) %(refname)"
        for row in self.repository.run("for-each-ref", form, f"{VALIDATIONS}{self.org_id}").splitlines():
            commit, _, ref = row.partition(" ")
            yield ref, self._read(commit, ref)

    def _read(self, commit: str, ref: str) -> Validation:
        try:
            # by its commit: a ref moves when the end of a check is recorded
            return _from_json(json.loads(self.repository.blob(f"{commit}:{_FILE}")))
        except (ValueError, KeyError, TypeError) as error:
            raise OperationFailed(f"{ref} is no validation", "Was it written by a newer sfmeta?") from error


def _moment(validation: Validation) -> int:
    return seconds_of(validation.finished_at or validation.asked_at)


def _to_json(validation: Validation) -> dict[str, Any]:
    return {**asdict(validation), "org_id": str(validation.org_id), "baseline": dict(validation.baseline)}


def _from_json(data: dict[str, Any]) -> Validation:
    if data.pop("version") != 1:
        raise ValueError("unknown version")
    return Validation(**{**data, "org_id": OrgId.parse(data["org_id"]), "job_id": JobId(data["job_id"])})
