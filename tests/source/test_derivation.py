"""The package for one environment: what changes, what stays, what its digests depend on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.codec import xml
from sfmeta.errors import SourceError
from sfmeta.model.component import Entry, Package
from sfmeta.model.environment import Environment, Setting, Usernames
from sfmeta.model.names import ApiVersion, ComponentId, OrgId
from sfmeta.model.policy import Place
from sfmeta.source.derivation import derive, underived, values_digest
from sfmeta.source.package import build_package

APP = ComponentId.of("ConnectedApp", "Billing_Sync")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
CALLBACK, KEY, USER = "oauthConfig/callbackUrl", "oauthConfig/consumerKey", "oauthConfig/oauthClientCredentialUser"
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


def document(root: str, body: str) -> bytes:
    return f"{HEAD}<{root} {NAMESPACE}>\n  {body}\n</{root}>".encode()


APP_FILE = document(
    "ConnectedApp",
    "<contactEmail>a@b.example</contactEmail><label>Billing</label><oauthConfig>"
    "<callbackUrl>https://prod.example</callbackUrl><consumerKey>3MVG9.prod</consumerKey>"
    "<oauthClientCredentialUser>Sync@Acme.example</oauthClientCredentialUser>"
    "<scopes>Api</scopes><scopes>RefreshToken</scopes></oauthConfig>"
    "<pluginExecutionUser>plugin@acme.example</pluginExecutionUser>",
)
EXTERNAL = document(
    "ExtlClntAppOauthConfigurablePolicies",
    "<clientCredentialsFlowUser>sync@acme.example</clientCredentialsFlowUser>"
    "<externalClientApplication>Portal</externalClientApplication><label>Portal</label>",
)
PACKAGE = build_package(
    [
        Entry.of("connectedApps/Billing_Sync.connectedApp", APP_FILE),
        Entry.of("extlClntAppOauthPolicies/Portal.ecaOauthPlcy", EXTERNAL),
        Entry.of("permissionsets/Allow.permissionset", document("PermissionSet", "<label>Allow</label>")),
        Entry.of("objects/A__c.object", document("CustomObject", "<label>A</label>")),
    ],
    ApiVersion(63),
)


def environment(*settings: tuple[str, str | None], usernames: Usernames | None = None) -> Environment:
    values = tuple(Setting(APP, path, text, Place(7, 3)) for path, text in settings)
    return Environment("uat", "uat", OrgId.parse("00D000000000001"), usernames, values)


def content(package: Package, path: str) -> str:
    root = xml.parse(next(entry for entry in package.entries if entry.path.startswith("connectedApps/")).read())
    return "|".join(element.text for element in root.find(path))


def refused(package: Package, target: Environment) -> str:
    with pytest.raises(SourceError) as caught:
        derive(package, target)
    return "\n".join(map(str, caught.value.problems))


def test_values_are_set_and_the_rest_keeps_its_bytes() -> None:
    found = derive(PACKAGE, environment((CALLBACK, "https://uat.example/?a=1&b=2"), (KEY, None)))
    assert content(found.package, CALLBACK) == "https://uat.example/?a=1&b=2"
    assert content(found.package, KEY) == ""
    assert content(found.package, "oauthConfig/scopes") == "Api|RefreshToken"
    assert [entry.path for entry in found.base] == ["connectedApps/Billing_Sync.connectedApp"]
    assert found.base[0].read() == APP_FILE
    untouched = [entry.path for entry in found.package.entries if entry in PACKAGE.entries]
    assert len(untouched) == len(PACKAGE.entries) - 1
    assert found.derivation.environment == "uat"
    assert found.derivation.base_digest == PACKAGE.digest != found.package.digest
    assert len(found.derivation.values_digest) == 64


def test_a_suffix_goes_behind_usernames_once() -> None:
    target = environment(usernames=Usernames(suffix=".uat"))
    found = derive(PACKAGE, target)
    assert content(found.package, USER) == "Sync@Acme.example.uat"
    assert content(found.package, "pluginExecutionUser") == "plugin@acme.example.uat"
    assert content(found.package, "contactEmail") == "a@b.example", "an address is no username"
    assert len(found.base) == 2, "the external client app, too"
    assert derive(found.package, target).package == found.package


def test_a_map_says_which_user_stands_for_which_whatever_its_case() -> None:
    found = derive(PACKAGE, environment(usernames=Usernames(map={"sync@ACME.example": "tester@uat.example"})))
    assert content(found.package, USER) == "tester@uat.example"
    assert content(found.package, "pluginExecutionUser") == "plugin@acme.example"


def test_a_value_overrules_a_renamed_user() -> None:
    target = environment((USER, "one@uat.example"), usernames=Usernames(suffix=".uat"))
    assert content(derive(PACKAGE, target).package, USER) == "one@uat.example"


def test_everything_that_cannot_be_set_is_said_at_once() -> None:
    field = ComponentId.of("CustomField", "A__c.B__c")
    whole = replace(PACKAGE, components=(*PACKAGE.components, field))
    target = environment(("oauthConfig/nope", "x"), ("nope", None), ("oauthConfig/scopes", "Api"), ("oauthConfig", "x"))
    others = (
        Setting(ComponentId.of("ConnectedApp", "Nope"), "label", "x", Place(9, 1)),
        Setting(ComponentId.of("CustomObject", "A__c"), "label", "x"),
        Setting(field, "label", "x"),
    )
    words = refused(whole, replace(target, settings=target.settings + others))
    assert "environments.yml:7:3: ConnectedApp:Billing_Sync has no element oauthConfig/nope" in words
    assert "ConnectedApp:Billing_Sync has no element nope" in words
    assert "has 2 elements oauthConfig/scopes" in words
    assert "oauthConfig holds elements, no text" in words
    assert "environments.yml:9:1: no file holds ConnectedApp:Nope" in words
    assert "CustomObject:A__c is not one XML file" in words
    assert "CustomField:A__c.B__c is not one XML file" in words


def test_what_is_elsewhere_in_the_project_does_not_matter_to_a_part_of_it() -> None:
    part = build_package([entry for entry in PACKAGE.entries if "permissionsets" in entry.path], ApiVersion(63))
    target = environment((CALLBACK, "https://uat.example"))
    assert "no file holds ConnectedApp:Billing_Sync" in refused(part, target)
    found = derive(part, target, known=PACKAGE.components)
    assert found.package == part
    assert found.derivation.values_digest == derive(PACKAGE, target).derivation.values_digest


def test_without_values_it_is_the_package_itself() -> None:
    found = derive(PACKAGE, environment())
    assert found.package.entries == PACKAGE.entries
    assert (found.base, found.derivation.values_digest) == ((), "")
    assert underived(PACKAGE).derivation.base_digest == PACKAGE.digest
    assert underived(PACKAGE).derivation.environment == ""


@given(texts)
def test_deriving_twice_is_deriving_once_and_undone_by_the_base(text: str) -> None:
    target = environment((CALLBACK, text))
    once = derive(PACKAGE, target)
    assert content(once.package, CALLBACK) == text
    assert derive(once.package, target).package == once.package
    back = {entry.path: entry for entry in once.package.entries} | {entry.path: entry for entry in once.base}
    assert replace(once.package, entries=tuple(back.values())).digest == once.derivation.base_digest


@given(texts, texts)
def test_the_digest_of_values_depends_on_what_they_are_alone(one: str, other: str) -> None:
    first, second = environment((CALLBACK, one), (KEY, None)), environment((KEY, None), (CALLBACK, one))
    elsewhere = replace(second, name="qa", org="qa", org_id=OrgId.parse("00D000000000009"))
    assert values_digest(first) == values_digest(second) == values_digest(elsewhere)
    assert (values_digest(first) == values_digest(environment((CALLBACK, other), (KEY, None)))) == (one == other)
    assert values_digest(environment((CALLBACK, None))) != values_digest(environment((CALLBACK, "None")))
    assert values_digest(environment(usernames=Usernames(suffix=".a"))) != values_digest(environment())
