"""Whether a difference between the org and a file is the policy's will."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfmeta.access.wanted import Wanted
from sfmeta.access.written import Written
from sfmeta.codec import compare, xml
from sfmeta.model.change import FieldChange
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import App, Decision, Grants, Match, Policy

ALLOW = frozenset({"Allow_Billing", "Allow Billing"})


def root(name: str, inside: str) -> Element:
    return xml.parse(f'<{name} xmlns="http://soap.sforce.com/2006/04/metadata">{inside}</{name}>'.encode(), "file")


def written(rendered: Element, grants: Grants | None = None, cleared: frozenset[str] = frozenset()) -> Written:
    app = App("billing", Match("Billing"), decision=Decision.ALLOW, grants=grants)
    wanted = Wanted(ComponentId.of(rendered.name, "Billing"), rendered.name, {}, cleared, app="billing")
    return Written(wanted, rendered, Policy(apps={"billing": app}), ALLOW)


def change(path: str, old: str | None, new: str | None) -> FieldChange:
    steps = tuple(path.split("/"))
    name = steps[-1].partition("[")[0]
    made = [None if text is None else Element(name, text) for text in (old, new)]
    return FieldChange(steps, made[0], made[1])


APP = root(
    "ConnectedApp",
    "<label>Billing</label><oauthConfig><isAdminApproved>true</isAdminApproved></oauthConfig>"
    "<permissionSetName>Allow_Billing</permissionSetName><permissionSetName>Old</permissionSetName>",
)


@pytest.mark.parametrize(
    ("path", "is_covered"),
    [
        ("label", True),
        ("oauthConfig/isAdminApproved", True),
        ("oauthConfig/callbackUrl", False),
        ("description", False),
        ("oauthPolicy/refreshTokenPolicy", False),
        ("permissionSetName[Allow_Billing]", True),
        ("permissionSetName[Old]", False),
        ("profileName[Sales]", False),
    ],
)
def test_what_the_template_gave_is_the_policys(path: str, is_covered: bool) -> None:
    assert written(APP).covers(change(path, "a", "b")) is is_covered


def test_a_list_that_the_policy_writes_whole_is_its_own() -> None:
    listed = written(APP, Grants(profiles=(), permission_sets=("Old",)))
    assert listed.covers(change("permissionSetName[Other]", "Other", None))
    assert listed.covers(change("profileName[Sales]", "Sales", None))


def test_what_the_policy_clears_is_its_own() -> None:
    assert written(APP, cleared=frozenset({"sessionPolicy/policyAction"})).covers(
        change("sessionPolicy/policyAction", "Block", None)
    )


@pytest.mark.parametrize(
    ("old", "new", "is_covered"),
    [("A", "A,Allow_Billing", True), ("A,B", "A,Allow_Billing", False), (None, "Allow_Billing", True)],
)
def test_a_list_in_one_text_may_gain_our_own_set_only(old: str | None, new: str, is_covered: bool) -> None:
    policies = root(
        "ExtlClntAppOauthConfigurablePolicies", f"<commaSeparatedPermissionSet>{new}</commaSeparatedPermissionSet>"
    )
    assert written(policies).covers(change("commaSeparatedPermissionSet", old, new)) is is_covered


def test_of_a_profile_only_the_permissions_that_are_named() -> None:
    profile = root("Profile", "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>")
    assert written(profile).covers(change("userPermissions[ApiEnabled]/enabled", "false", "true"))
    assert not written(profile).covers(change("userPermissions[ModifyAllData]/enabled", "true", "false"))


def test_what_the_environment_sets_is_settled() -> None:
    here = replace(written(APP), elsewhere=frozenset({"oauthConfig/callbackUrl"}))
    assert here.covers(change("oauthConfig/callbackUrl", "a", "b"))


def test_the_meaning_of_a_document_knows_no_order() -> None:
    one = root("ConnectedApp", "<label>A</label><profileName>X</profileName><profileName>Y</profileName>")
    other = root("ConnectedApp", "<profileName>Y</profileName><label> A </label><profileName>X</profileName>")
    third = root("ConnectedApp", "<profileName>Y</profileName><label>A</label>")
    assert compare.meaning("ConnectedApp", one) == compare.meaning("ConnectedApp", other)
    assert compare.meaning("ConnectedApp", one) != compare.meaning("ConnectedApp", third)
