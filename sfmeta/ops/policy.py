"""``policy check`` and ``policy schema``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sfmeta.access.notes import notes
from sfmeta.config.policy import policy_json_schema, read_policy
from sfmeta.errors import Problem
from sfmeta.model.policy import Decision, Policy

__all__ = ["PolicyCheck", "check_policy", "policy_json_schema"]


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """A policy that can be used, and what is worth saying about it.

    Attributes:
        policy: as read.
        decisions: how many apps there are of each decision.
        warnings: in reading order.
    """

    policy: Policy
    decisions: Mapping[Decision, int]
    warnings: tuple[Problem, ...]


def check_policy(source: str | bytes, file: str, now: datetime) -> PolicyCheck:
    """Read a policy and compare its dates with the clock.

    Args:
        source: the whole file.
        file: its path, for messages.
        now: with a time zone.

    Returns:
        The policy and warnings.

    Raises:
        SourceError: with every problem of the file.
    """
    policy = read_policy(source, file)
    decisions = Counter(app.decision for app in policy.apps.values())
    return PolicyCheck(policy, {decision: decisions[decision] for decision in Decision}, notes(policy, now))
