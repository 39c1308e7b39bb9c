"""All rules, in the order they are asked."""

from __future__ import annotations

from sfmeta.access.rules.clients import CLIENT_RULES
from sfmeta.access.rules.entry import ENTRY_RULES
from sfmeta.access.rules.rule import Rule

RULES: tuple[Rule, ...] = (*ENTRY_RULES, *CLIENT_RULES)
"""The first that applies decides."""
