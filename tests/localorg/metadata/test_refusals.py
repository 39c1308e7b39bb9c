"""What a deployment refuses, word by word."""

from __future__ import annotations

from typing import Any

import pytest

from sfmeta.localorg.state import State

NS = "http://soap.sforce.com/2006/04/metadata"
INVALID = f"Error parsing file: Element {{{NS}}}%s invalid at this location in type %s"
GOOD = "<label>X</label>"
DOCTYPE = 'DOCTYPE is disallowed when the feature "http://apache.org/xml/features/disallow-doctype-decl" set to true.'


def permission_set(inner: str = GOOD) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<PermissionSet xmlns="{NS}">\n{inner}\n</PermissionSet>\n'


@pytest.mark.parametrize(
    ("content", "problem", "line", "column"),
    [
        pytest.param("", "Error parsing file: Premature end of file.", 1, 1, id="0-bytes"),
        pytest.param(
            "x" + permission_set(), "Error parsing file: Content is not allowed in prolog.", 1, 1, id="prolog"
        ),
        pytest.param(
            permission_set("<label>X"),
            'Error parsing file: The element type "label" must be terminated by the matching end-tag "</label>".',
            4,
            3,
            id="mismatch",
        ),
        pytest.param(
            f'<!DOCTYPE p [<!ENTITY x "y">]>\n<PermissionSet xmlns="{NS}"><label>&x;</label></PermissionSet>',
            f"Error parsing file: {DOCTYPE}",
            1,
            13,
            id="entities",
        ),
        pytest.param(
            '<!DOCTYPE p SYSTEM "http://example.com/p.dtd"><PermissionSet/>',
            f"Error parsing file: {DOCTYPE}",
            1,
            46,
            id="external-dtd",
        ),
        pytest.param(f'<Profile xmlns="{NS}"/>', INVALID % ("Profile", "PermissionSet"), 1, 1, id="wrong-root"),
        pytest.param(
            permission_set(GOOD + "\n<lable/>"), INVALID % ("lable", "PermissionSet"), 4, 1, id="unknown-element"
        ),
        pytest.param(
            permission_set(
                GOOD
                + "<userPermissions><enable>true</enable><enabled>true</enabled><name>RunFlow</name></userPermissions>"
            ),
            INVALID % ("enable", "PermissionSetUserPermission"),
            3,
            34,
            id="unknown-below",
        ),
        pytest.param(
            permission_set(GOOD + "\n" + GOOD),
            "Error parsing file: Element label is duplicated at this location in type PermissionSet",
            4,
            1,
            id="single-twice",
        ),
        pytest.param(permission_set(""), "Required field is missing: label", 2, 1, id="missing"),
        pytest.param(
            permission_set(GOOD + "<userPermissions><enabled>true</enabled></userPermissions>"),
            "Required field is missing: name",
            3,
            17,
            id="missing-below",
        ),
        pytest.param(
            permission_set(GOOD + "<hasActivationRequired>ja</hasActivationRequired>"),
            "'ja' is not valid for type xsd:boolean, should be '0', '1', 'true' or 'false'",
            3,
            17,
            id="boolean",
        ),
        pytest.param(
            permission_set(GOOD + "<tabSettings><tab>T</tab><visibility>Seen</visibility></tabSettings>"),
            "'Seen' is not a valid value for the enum 'PermissionSetTabVisibility'",
            3,
            42,
            id="enum",
        ),
        pytest.param(
            permission_set("<label><b>X</b></label>"), INVALID % ("b", "xsd:string"), 3, 8, id="children-in-text"
        ),
        pytest.param(
            permission_set(
                GOOD + "<userPermissions><enabled>true</enabled><name>AllowUniversalSearch</name></userPermissions>"
            ),
            "Unknown user permission: AllowUniversalSearch",
            3,
            17,
            id="unknown-permission",
        ),
        pytest.param(
            permission_set(GOOD + "<classAccesses><apexClass>Gone</apexClass><enabled>true</enabled></classAccesses>"),
            "In field: apexClass - no ApexClass named Gone found",
            3,
            32,
            id="missing-class",
        ),
        pytest.param(
            permission_set(
                GOOD
                + "<objectPermissions><allowCreate>true</allowCreate><allowDelete>false</allowDelete>"
                + "<allowEdit>false</allowEdit><allowRead>false</allowRead><modifyAllRecords>false</modifyAllRecords>"
                + "<object>Account</object><viewAllRecords>false</viewAllRecords></objectPermissions>"
            ),
            "Permission Create Account depends on permission(s): Read Account",
            3,
            17,
            id="create-needs-read",
        ),
    ],
)
def test_a_file_is_refused_with_the_words_of_an_org(
    api: Any, content: str, problem: str, line: int, column: int
) -> None:
    outcome = api.deploy_one("PermissionSet", "X", "permissionsets/X.permissionset", content)
    assert outcome["status"] == "Failed"
    [failure] = outcome.failures
    assert failure["problem"] == [problem]
    assert (failure["lineNumber"], failure["columnNumber"]) == ([str(line)], [str(column)])
    assert (failure["fileName"], failure["fullName"]) == (["permissionsets/X.permissionset"], ["X"])
    assert (failure["componentType"], failure["problemType"]) == (["PermissionSet"], ["Error"])
    assert api.call("listMetadata", "<queries><type>PermissionSet</type></queries>") == []


def test_elements_of_one_name_stand_together(api: Any) -> None:
    one = "<userPermissions><enabled>true</enabled><name>{}</name></userPermissions>"
    mixed = permission_set(one.format("RunFlow") + GOOD + one.format("ViewSetup") + one.format("ApiEnabled"))
    outcome = api.deploy_one("PermissionSet", "X", "permissionsets/X.permissionset", mixed)
    text = "Error parsing file: Element userPermissions is duplicated at this location in type PermissionSet"
    assert outcome.problems == [text]
    grouped = permission_set(one.format("RunFlow") + one.format("ViewSetup") + GOOD)
    assert api.deploy_one("PermissionSet", "X", "permissionsets/X.permissionset", grouped)["status"] == "Succeeded"


def test_the_permission_of_a_feature_is_unknown_without_it(api: Any, state: State) -> None:
    inner = GOOD + "<userPermissions><enabled>true</enabled><name>UseAnyApiClient</name></userPermissions>"
    content = permission_set(inner)
    assert api.deploy_one("PermissionSet", "X", "permissionsets/X.permissionset", content)["status"] == "Succeeded"
    state.change_org(features=())
    outcome = api.deploy_one("PermissionSet", "Y", "permissionsets/Y.permissionset", content)
    assert outcome.problems == ["Unknown user permission: UseAnyApiClient"]


def test_all_problems_of_a_package_are_told(api: Any) -> None:
    files = {
        "package.xml": f'<Package xmlns="{NS}"><types><members>*</members><name>PermissionSet</name></types>'
        "<version>63.0</version></Package>",
        "permissionsets/A.permissionset": permission_set(""),
        "permissionsets/B.permissionset": "no xml",
        "permissionsets/C.permissionset": permission_set(),
    }
    outcome = api.deploy(files)
    assert outcome.problems == [
        "Required field is missing: label",
        "Error parsing file: Content is not allowed in prolog.",
    ]
    counted = [outcome[f"numberComponent{name}"] for name in ("Errors", "sDeployed", "sTotal")]
    assert counted == ["2", "1", "3"]


@pytest.mark.parametrize(
    ("version", "element", "accepted"),
    [("63.0", "<brandNew>x</brandNew>", False), ("64.0", "<brandNew>x</brandNew>", True), ("67.0", "", True)],
)
def test_an_element_newer_than_the_schema_passes_in_a_newer_package(
    api: Any, version: str, element: str, accepted: bool
) -> None:
    content = permission_set(GOOD + element)
    outcome = api.deploy_one("PermissionSet", "X", "permissionsets/X.permissionset", content, version)
    assert (outcome["status"] == "Succeeded") is accepted


def test_an_element_needs_its_api_version(api: Any) -> None:
    content = (
        f'<ConnectedApp xmlns="{NS}"><contactEmail>a@b.test</contactEmail><label>A</label>'
        "<permissionSetName></permissionSetName></ConnectedApp>"
    )
    outcome = api.deploy_one("ConnectedApp", "A", "connectedApps/A.connectedApp", content, "45.0")
    assert outcome.problems == ["Property 'permissionSetName' not valid in version 45.0"]
    assert api.deploy_one("ConnectedApp", "A", "connectedApps/A.connectedApp", content, "46.0")["status"] == "Succeeded"


def test_free_content_and_unknown_types_of_files_pass(api: Any) -> None:
    files = {
        "package.xml": f'<Package xmlns="{NS}"><types><members>cmp</members>'
        "<name>LightningComponentBundle</name></types>"
        "<types><members>Fast</members><name>FeatureParameterBoolean</name></types><version>63.0</version></Package>",
        "lwc/cmp/cmp.js": "export default 1",
        "lwc/cmp/cmp.js-meta.xml": f'<LightningComponentBundle xmlns="{NS}"><targetConfigs><a b="c"/></targetConfigs>'
        "</LightningComponentBundle>",
        "featureParameters/Fast.featureParameterBoolean": f'<FeatureParameterBoolean xmlns="{NS}"><x/>'
        "</FeatureParameterBoolean>",
        "README.md": "not metadata",
    }
    outcome = api.deploy(files)
    assert outcome["status"] == "Succeeded"
    assert outcome.success("cmp")["fileName"] == "lwc/cmp/cmp.js"
    back = api.retrieve({"LightningComponentBundle": "cmp"})
    assert back["unpackaged/lwc/cmp/cmp.js"] == "export default 1"
