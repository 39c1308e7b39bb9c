"""Files that speak of permission sets which go with the same package."""

from __future__ import annotations

import pytest

from sfmeta.change.gone import without_gone
from sfmeta.model.component import Entry
from sfmeta.model.names import ComponentId

POLICIES = ComponentId.of("ExtlClntAppOauthConfigurablePolicies", "Portal_defaultPolicy")
DELETED = (ComponentId.of("PermissionSet", "Allow_A"),)
ALIASES = {"commaSeparatedPermissionSet": {"Allow A": "Allow_A"}}


def policies(inner: str) -> tuple[Entry, ...]:
    name = POLICIES.type
    text = f'<{name} xmlns="http://soap.sforce.com/2006/04/metadata">{inner}<label>x</label></{name}>'
    return (Entry.of("extlClntAppOauthPolicies/Portal_defaultPolicy.ecaOauthPlcy", text.encode()),)


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        ("Allow_A", ""),
        ("Allow A", ""),
        ("Allow_A,Allow_B", "<commaSeparatedPermissionSet>Allow_B</commaSeparatedPermissionSet>"),
        ("Allow_B, Allow A", "<commaSeparatedPermissionSet>Allow_B</commaSeparatedPermissionSet>"),
    ],
)
def test_an_external_client_app_is_not_opened_to_what_is_deleted(listed: str, left: str) -> None:
    files = {POLICIES: policies(f"<commaSeparatedPermissionSet>{listed}</commaSeparatedPermissionSet>")}
    [entry] = without_gone(files, DELETED, ALIASES)[POLICIES]
    text = entry.read().decode()
    assert "<label>x</label>" in text
    assert "Allow_A" not in text
    assert "Allow A" not in text
    assert ("commaSeparatedPermissionSet" in text) == bool(left)
    assert left in text


def test_what_names_nothing_deleted_keeps_its_bytes() -> None:
    files = {POLICIES: policies("<commaSeparatedPermissionSet>Allow_B, Allow_C</commaSeparatedPermissionSet>")}
    assert without_gone(files, DELETED, ALIASES) == files
