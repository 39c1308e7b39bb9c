"""The rules of the front door, in the order they are asked. The first that answers decides.

Each names its source and how sure it is: A Salesforce's documentation, B a maintainer's statement or working code, C a
vendor or blog, ``assumption`` an open question that this org answers by a switch; ``sfmeta localorg rules`` shows them.
"""

from __future__ import annotations

from sfmeta.localorg.doors.attempt import Attempt
from sfmeta.localorg.doors.rule import Rule
from sfmeta.localorg.doors.rules_apps import APP_RULES
from sfmeta.localorg.doors.rules_entry import ENTRY_RULES

__all__ = ["RULES", "Rule", "decide"]

RULES: tuple[Rule, ...] = (*ENTRY_RULES, *APP_RULES)
"""In the order they are asked."""


def decide(attempt: Attempt) -> Rule:
    """The rule that decides an attempt."""
    return next(rule for rule in RULES if rule.applies(attempt))
