"""The schema: what it answers, and how lenient it is."""

from __future__ import annotations

import marshal

import pytest

from sfmeta.codec import xml
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema, compile_table
from sfmeta.errors import Problem, Severity, SourceError
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion


def check(schema: Schema, text: str, file: str = "x.xml", project: int | None = None) -> list[Problem]:
    root = xml.parse(text.strip().encode())
    return schema.check(root, file, None if project is None else ApiVersion(project))


APP = """
<ConnectedApp xmlns="http://soap.sforce.com/2006/04/metadata">
    <label>Billing</label>
    <contactEmail>a@example.com</contactEmail>
    <oauthConfig>
        <callbackUrl>https://example.com</callbackUrl>
        <scopes>Api</scopes>
        <scopes>Basic</scopes>
    </oauthConfig>
</ConnectedApp>
"""


def test_the_table_holds_every_type_of_the_wsdl(schema: Schema) -> None:
    assert schema.api_version == ApiVersion(63)
    assert len(schema.shapes.roots) == 611
    assert schema.is_root("ApexClass"), "derives through MetadataWithContent"
    assert schema.is_root("MutingPermissionSet"), "derives through PermissionSet"
    assert not schema.is_root("CustomFieldTranslation")
    assert schema.type("CustomFieldTranslation") is not None


def test_lookups_speak_the_domains_words(schema: Schema) -> None:
    config = schema.type("ConnectedAppOauthConfig")
    assert config is not None
    assert list(config.fields)[:3] == ["assetTokenConfig", "callbackUrl", "certificate"]
    assert config.required == {"callbackUrl"}
    assert config.fields["scopes"].repeated
    assert config.fields["isAdminApproved"].type == "boolean"
    assert schema.enum("ConnectedAppOauthAccessScope")[:3] == ("Basic", "Api", "Web")


def test_a_redeclared_element_stands_once(schema: Schema) -> None:
    muting = schema.type("MutingPermissionSet")
    assert muting is not None
    assert muting.fields["label"].required
    assert check(schema, "<MutingPermissionSet><label>x</label></MutingPermissionSet>") == []


def test_order_is_no_problem(schema: Schema) -> None:
    assert check(schema, APP) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "line", "message", "hint"),
    [
        ("<label>Billing</label>", "", "schema-missing-element", 1, "<ConnectedApp> misses label", "Add <label>"),
        (
            "</oauthConfig>",
            "</oauthConfig><permissionSetLicense/>",
            "schema-unknown-element",
            8,
            "permissionSetLicense",
            "permissionSetName",
        ),
        (
            "</contactEmail>",
            "</contactEmail><label>B</label>",
            "schema-repeated-element",
            3,
            "label stands more than once",
            "Keep one",
        ),
        ("<scopes>Basic", "<scopes>Bsaic", "schema-wrong-value", 7, "'Bsaic' is no value of scopes", "Basic"),
        (
            "</callbackUrl>",
            "</callbackUrl><isAdminApproved>yes</isAdminApproved>",
            "schema-wrong-value",
            5,
            "isAdminApproved is 'yes', not true or false",
            "",
        ),
        (
            "<callbackUrl>https://example.com</callbackUrl>",
            "",
            "schema-missing-element",
            4,
            "<oauthConfig> misses callbackUrl",
            "",
        ),
        ("<label>Billing</label>", "<label><a/></label>", "schema-wrong-value", 2, "label holds elements", ""),
        (
            "</contactEmail>",
            "</contactEmail><oauthPolicy>strict</oauthPolicy>",
            "schema-wrong-value",
            3,
            "holds text where elements belong",
            "",
        ),
    ],
)
def test_what_an_org_would_refuse_is_an_error_with_its_line(
    schema: Schema, old: str, new: str, rule: str, line: int, message: str, hint: str
) -> None:
    (problem,) = check(schema, APP.replace(old, new), "app.connectedApp-meta.xml")
    assert (problem.rule, problem.line, problem.severity) == (rule, line, Severity.ERROR)
    assert message in problem.message
    assert hint in problem.hint


def test_outside_the_access_family_the_same_things_are_warnings(schema: Schema) -> None:
    problems = check(schema, "<ApexClass><apiVersion>x</apiVersion><new>1</new></ApexClass>")
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert {problem.rule for problem in problems} == {
        "schema-wrong-value",
        "schema-unknown-element",
        "schema-missing-element",
    }


def test_a_newer_project_makes_the_unknown_a_warning_that_names_both_versions(schema: Schema) -> None:
    text = APP.replace("<scopes>Basic", "<scopes>MCP").replace("<label>", "<brandNew>1</brandNew><label>")
    problems = check(schema, text, project=66)
    assert [problem.severity for problem in problems] == [Severity.WARNING] * 2
    assert all("API 66.0" in problem.message and "63.0" in problem.message for problem in problems)
    missing = check(schema, APP.replace("<label>Billing</label>", ""), project=66)
    assert [problem.severity for problem in missing] == [Severity.ERROR], "what is required stays required"


def test_files_that_orgs_give_out_have_no_errors(schema: Schema) -> None:
    newer = "<OauthOidcSettings><agentAuthLinking>true</agentAuthLinking></OauthOidcSettings>"
    for text in (
        newer,
        "<UserManagementSettings><userFieldHistoryTracking>1</userFieldHistoryTracking></UserManagementSettings>",
        "<ConnectedAppSettings/>",
        "<ApexClass><apiVersion>63.0</apiVersion></ApexClass>",
        "<FeatureParameterBoolean><value>true</value></FeatureParameterBoolean>",
        "<CustomFieldTranslation><label>x</label><name>F__c</name></CustomFieldTranslation>",
        '<LightningComponentBundle fqn="x"><targetConfigs><targetConfig targets="a"><free/></targetConfig>'
        "</targetConfigs></LightningComponentBundle>",
        "<ConnectedApp><contactEmail>a</contactEmail><label>x</label><sessionPolicy><policyAction/></sessionPolicy></ConnectedApp>",
        "<Profile><loginHours/><loginIpRanges/></Profile>",
    ):
        assert [str(problem) for problem in check(schema, text) if problem.severity is Severity.ERROR] == []
    assert check(schema, newer)[0].rule == "schema-unknown-element"


@pytest.mark.parametrize("value", ["{ADMIN}", "{{ADMIN}}", "${ADMIN}", "%%ADMIN%%"])
def test_a_placeholder_is_no_reason_to_refuse(schema: Schema, value: str) -> None:
    text = APP.replace("</callbackUrl>", f"</callbackUrl><isAdminApproved>{value}</isAdminApproved>").replace(
        "Basic", value
    )
    assert {problem.severity for problem in check(schema, text)} == {Severity.WARNING}


@pytest.mark.parametrize(
    ("file", "root", "severity"),
    [
        ("profiles/X.profile-meta.xml", "PermissionSet", Severity.ERROR),
        ("permissionsets/X.permissionset", "PermissionSett", Severity.ERROR),
        ("settings/ConnectedApp.settings", "ConnectedApp", Severity.ERROR),
        ("settings/Security.settings", "ConnectedAppSettings", Severity.WARNING),
        ("classes/X.cls-meta.xml", "ApexTrigger", Severity.WARNING),
    ],
)
def test_the_root_has_to_fit_the_files_name(schema: Schema, file: str, root: str, severity: Severity) -> None:
    problem = next(
        p for p in check(schema, f"<{root}><label>x</label></{root}>", file) if p.rule == "schema-wrong-root"
    )
    assert problem.severity is severity
    assert problem.file == file


def test_an_unknown_root_is_a_warning_with_the_nearest_name(schema: Schema) -> None:
    (problem,) = check(schema, "<PermissionSet2/>")
    assert (problem.rule, problem.severity) == ("schema-unknown-root", Severity.WARNING)
    assert "PermissionSet" in problem.hint


def test_canonical_puts_known_elements_in_schema_order_and_keeps_the_unknown(schema: Schema) -> None:
    root = xml.parse(
        b"<ConnectedApp><zebra/><label>x</label><oauthConfig><scopes>B</scopes><scopes>A</scopes><callbackUrl/></oauthConfig><alpha/><contactEmail>a</contactEmail></ConnectedApp>"
    )
    ordered = canonical(root, schema)
    assert [child.name for child in ordered.children] == ["contactEmail", "label", "oauthConfig", "zebra", "alpha"]
    config = ordered.first("oauthConfig")
    assert config is not None
    assert [(child.name, child.text) for child in config.children] == [
        ("callbackUrl", ""),
        ("scopes", "B"),
        ("scopes", "A"),
    ]
    assert canonical(ordered, schema) == ordered
    unknown = Element.of("Nope", Element.of("b"), Element.of("a"))
    assert canonical(unknown, schema) == unknown


def test_a_damaged_or_foreign_table_is_refused(table: bytes) -> None:
    for bad in (b"", b"nonsense", table[:1000], marshal.dumps((0, 63, {}, {}, []))):
        with pytest.raises(SourceError, match="made anew"):
            Schema.load(bad)


@pytest.mark.parametrize("bad", [b"", b"<a/>", b"<!DOCTYPE a><a/>", b"not xml"])
def test_what_is_no_wsdl_is_refused(bad: bytes) -> None:
    with pytest.raises(SourceError, match="no Metadata API WSDL"):
        compile_table(bad)
