"""The table of rules: complete, sourced, and really what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sfmeta.localorg.metadata
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.metadata.permissions import USER_PERMISSIONS, is_known
from sfmeta.localorg.metadata.rules.catalog import DEPLOY_RULES
from sfmeta.localorg.sourced import Sourced
from sfmeta.localorg.state import OrgFacts

SOURCES = [path.read_text(encoding="utf-8") for path in Path(sfmeta.localorg.metadata.__file__).parent.rglob("*.py")]
USED = {
    name for text in SOURCES for name in re.findall(r'\b(?:problem|say|self\._tell)\(\s*(?:"([a-z-]+)"|[^)]*)', text)
}
TERNARY = {name for text in SOURCES for name in re.findall(r'"((?:app|retrieve)-[a-z-]+)"', text)}


@pytest.mark.parametrize("rule", DEPLOY_RULES, ids=lambda rule: rule.id)
def test_every_rule_is_graded_and_sourced(rule: Sourced) -> None:
    assert rule.grade in ("A", "B", "C", "emulator")
    assert rule.sentence.endswith(".")
    assert rule.source
    assert not rule.assumption or rule.assumption in ASSUMPTIONS
    if rule.message:
        assert rule.id in USED | TERNARY, "its words are never said"


def test_every_word_that_is_said_is_in_the_table() -> None:
    known = {rule.id for rule in DEPLOY_RULES}
    assert len(known) == len(DEPLOY_RULES)
    assert USED - {""} <= known


def test_what_was_not_found_is_not_dressed_up() -> None:
    for rule in DEPLOY_RULES:
        if "not found" in rule.source and "for the words" not in rule.source:
            assert rule.grade == "emulator", rule.id


def test_permissions() -> None:
    org = OrgFacts(features=("ApiAccessControl",))
    assert is_known(org, "UseAnyApiClient")
    assert not is_known(OrgFacts(), "UseAnyApiClient")
    for name in ("CanApproveUninstalledApps", "ManageRemoteAccess", "ModifyMetadata", "UseAnyApiAuth"):
        assert is_known(OrgFacts(), name)
    for name in ("ManageConnectedApps", "ApproveUninstalledConnectedApps", "AllowUniversalSearch"):
        assert not is_known(org, name)
    assert len(USER_PERMISSIONS) >= 220
