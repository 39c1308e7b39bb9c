"""``policy draft``: an inventory turned into decisions, and merged into the policy that is there."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from sfmeta.access.drafting.draft import Draft, draft
from sfmeta.access.drafting.text import SKELETON, heading, new_app, remarks
from sfmeta.access.matching import match_apps
from sfmeta.config.policy import read_policy
from sfmeta.config.policy_edit import Addition, add_to_policy
from sfmeta.errors import OperationFailed
from sfmeta.model.inventory import Inventory
from sfmeta.model.policy import Policy

__all__ = ["DraftRequest", "DraftResult", "draft_policy"]


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """What to draft from, and into what.

    Attributes:
        inventory: one audit.
        existing: the policy file; None where there is none.
        file: its path, for messages.
        users_days: whose use lies no further back is to keep access; None: the whole window.
    """

    inventory: Inventory
    existing: bytes | None = None
    file: str = "policy.yml"
    users_days: int | None = None


@dataclass(frozen=True, slots=True)
class DraftResult:
    """A drafted policy. Nothing is written yet.

    Attributes:
        file: its path, for messages.
        before: the file as it is; None where there is none.
        after: as it would be.
        draft: what was proposed, and why.
    """

    file: str
    before: bytes | None
    after: bytes
    draft: Draft

    @property
    def differs(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    def difference(self) -> str:
        """What would be added, as a unified diff; "" for nothing."""
        before, after = (_lines(self.before or b""), _lines(self.after))
        old = "/dev/null" if self.before is None else self.file
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(before, after, old, self.file)
        )


def draft_policy(request: DraftRequest) -> DraftResult:
    """Work out a policy with every app of an inventory in it.

    Running it on its own result adds nothing.

    Args:
        request: see there.

    Raises:
        SourceError: the policy that is there is wrong, or is written so that nothing can be added safely.
    """
    original = SKELETON.encode() if request.existing is None else request.existing
    policy = read_policy(original, request.file)
    found = draft(request.inventory, policy, request.users_days)
    apps = [new_app(proposal, found) for proposal in found.proposals]
    addition = Addition(apps, heading(found), remarks(found, original.decode("utf-8-sig")))
    after = add_to_policy(original, addition, request.file)
    _check(found, read_policy(after, request.file))
    return DraftResult(request.file, request.existing, after, found)


def _check(found: Draft, policy: Policy) -> None:
    """Every proposal means the app that it was made for.

    Raises:
        OperationFailed: one does not; a mistake of sfmeta's.
    """
    matched = match_apps(policy, found.inventory).apps
    astray = [one.app.key for one in found.proposals if matched.get(one.app.key) != one.seen]
    if astray:
        raise OperationFailed(
            f"The draft of {', '.join(astray)} would not match its app", "Nothing was written; report it"
        )


def _lines(data: bytes) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", data.decode("utf-8-sig"))
