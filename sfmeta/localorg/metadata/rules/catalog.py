"""Every rule that a deployment or retrieve obeys, with its words, its source and how sure it is.

Grades: A Salesforce's documentation or WSDL, B a maintainer's statement, a real retrieve or a text that users pasted
from real orgs, C a vendor or blog, ``emulator`` where nothing was found: the behaviour or the words are this org's own
choice. A rule that hangs on an open question names the assumption that answers it. ``sfmeta localorg rules`` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.metadata.rules.app_rules import APP_RULES
from sfmeta.localorg.metadata.rules.deploy_rules import PACKAGE_RULES, RETRIEVE_RULES
from sfmeta.localorg.metadata.rules.rule import DeployRule

DEPLOY_RULES: tuple[DeployRule, ...] = (*PACKAGE_RULES, *APP_RULES, *RETRIEVE_RULES)
"""Every rule, in the order in which a reader meets them."""

_BY_ID: Mapping[str, DeployRule] = MappingProxyType({rule.id: rule for rule in DEPLOY_RULES})


def say(rule_id: str, **names: object) -> str:
    """The words of a rule about certain names."""
    return _BY_ID[rule_id].message.format_map(names)
