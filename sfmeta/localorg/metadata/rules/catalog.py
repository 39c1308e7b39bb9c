"""Every rule of the Metadata API, with words and source. ``sfmeta localorg rules`` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.metadata.rules.app_rules import APP_RULES
from sfmeta.localorg.metadata.rules.crud_rules import CRUD_RULES, GROUP_RULES
from sfmeta.localorg.metadata.rules.deploy_rules import PACKAGE_RULES, RETRIEVE_RULES
from sfmeta.localorg.metadata.rules.job_rules import JOB_RULES
from sfmeta.localorg.metadata.rules.wire_rules import WIRE_RULES
from sfmeta.localorg.sourced import Sourced

DEPLOY_RULES: tuple[Sourced, ...] = (
    *WIRE_RULES,
    *PACKAGE_RULES,
    *APP_RULES,
    *GROUP_RULES,
    *RETRIEVE_RULES,
    *JOB_RULES,
    *CRUD_RULES,
)
"""Every rule, in the order in which a reader meets them."""

_BY_ID: Mapping[str, Sourced] = MappingProxyType({rule.id: rule for rule in DEPLOY_RULES})


def say(rule_id: str, **names: object) -> str:
    """The words of a rule about certain names."""
    return _BY_ID[rule_id].message.format_map(names)
