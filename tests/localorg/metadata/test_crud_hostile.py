"""The synchronous operations before calls that no client should send: a fault or an error, and nothing half done."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfmeta.localorg.metadata.crud import OPERATIONS
from sfmeta.localorg.metadata.xml import METADATA_NS, escape_text, parse
from tests.localorg.metadata.conftest import Api, Fault
from tests.localorg.metadata.test_crud import XSI, errors, metadata, named, outcomes, permission_set, read

SAVING = ("createMetadata", "updateMetadata", "upsertMetadata")
MISSING_TYPE = f"Must specify a {{{XSI}}}type attribute value for the {{{METADATA_NS}}}metadata element"


def typed(value: str) -> str:
    return f'<metadata xmlns:xsi="{XSI}" xsi:type="{value}"><fullName>A</fullName><label>A</label></metadata>'


def nothing_there(api: Api) -> bool:
    return read(api, "PermissionSet", "A") == [""]


class TestTypes:
    @pytest.mark.parametrize("operation", SAVING)
    def test_no_type(self, api: Api, operation: str) -> None:
        for sent in ("<metadata><fullName>A</fullName></metadata>", typed(""), typed("ns0:"), "<metadata/>"):
            with pytest.raises(Fault) as caught:
                api.call(operation, permission_set("A") + sent)
            assert (caught.value.code, caught.value.text) == ("soapenv:Client", MISSING_TYPE)
        assert nothing_there(api)

    @pytest.mark.parametrize("operation", SAVING)
    def test_several_types(self, api: Api, operation: str) -> None:
        with pytest.raises(Fault, match="of one type, not PermissionSet and Profile"):
            api.call(operation, permission_set("A") + metadata("Profile", "P"))
        assert nothing_there(api)

    @pytest.mark.parametrize(
        "name",
        ["Nothing", "Metadata", "MetadataWithContent", "Folder", "Settings", "Package", "SaveResult", "../x", "é"],
    )
    def test_types_that_are_none(self, api: Api, name: str) -> None:
        with pytest.raises(Fault) as caught:
            api.call("createMetadata", typed(name))
        assert caught.value.code == "sf:INVALID_TYPE"
        for operation in ("readMetadata", "deleteMetadata"):
            with pytest.raises(Fault):
                api.call(operation, named(name, "A"))
        with pytest.raises(Fault):
            api.call("renameMetadata", f"<type>{name}</type><oldFullName>A</oldFullName><newFullName>B</newFullName>")

    @pytest.mark.parametrize("prefix", ["", "tns:", "ns0:", "met:"])
    def test_any_prefix_of_a_type_will_do(self, api: Api, prefix: str) -> None:
        assert outcomes(api.call("createMetadata", typed(prefix + "PermissionSet"))) == ["true"]


class TestShape:
    @pytest.mark.parametrize(
        ("inner", "text"),
        [
            ("<nix/>", f"Element {{{METADATA_NS}}}nix invalid at this location in type PermissionSet"),
            ("<label>again</label>", "Element label is duplicated at this location in type PermissionSet"),
            (
                "<hasActivationRequired>ja</hasActivationRequired>",
                "'ja' is not valid for type xsd:boolean, should be '0', '1', 'true' or 'false'",
            ),
            (
                "<hasActivationRequired></hasActivationRequired>",
                "'' is not valid for type xsd:boolean, should be '0', '1', 'true' or 'false'",
            ),
            (
                "<description><a/></description>",
                f"Element {{{METADATA_NS}}}a invalid at this location in type xsd:string",
            ),
        ],
    )
    def test_what_cannot_be_read_is_a_fault_of_the_call(self, api: Api, inner: str, text: str) -> None:
        with pytest.raises(Fault) as caught:
            api.call("createMetadata", permission_set("A") + permission_set("B", more=inner))
        assert (caught.value.code, caught.value.text) == ("soapenv:Client", text)
        assert nothing_there(api)

    def test_an_enumeration(self, api: Api) -> None:
        inner = "<distributionState>Nix</distributionState><label>l</label>"
        api.call("createMetadata", metadata("ExternalClientApplication", "A", inner.replace("Nix", "Local")))
        wrong = "<brand><shouldOverrideOrgTheme>false</shouldOverrideOrgTheme></brand><uiType>Nix</uiType>"
        with pytest.raises(Fault, match="'Nix' is not a valid value for the enum 'UiType'"):
            api.call("createMetadata", metadata("CustomApplication", "A", wrong))

    @pytest.mark.parametrize("operation", sorted(OPERATIONS))
    def test_an_empty_call(self, api: Api, operation: str) -> None:
        if operation in SAVING:
            assert api.call(operation) == []
            return
        with pytest.raises(Fault) as caught:
            api.call(operation)
        assert caught.value.code == "sf:INVALID_TYPE"

    def test_a_large_component(self, api: Api) -> None:
        many = "".join(
            f"<fieldPermissions><editable>false</editable><field>A.F{number}__c</field><readable>true</readable>"
            "</fieldPermissions>"
            for number in range(5000)
        )
        assert outcomes(api.call("createMetadata", permission_set("A", more=many))) == ["true"]
        assert len(read(api, "PermissionSet", "A")[0]["fieldPermissions"]) == 5000

    def test_deep_nesting_is_refused(self, api: Api) -> None:
        deep = "<a>" * 200 + "</a>" * 200
        with pytest.raises(Fault) as caught:
            api.call("createMetadata", permission_set("A", more=deep))
        assert caught.value.code == "soapenv:Client"


class TestCounts:
    @pytest.mark.parametrize("operation", ["readMetadata", "deleteMetadata", *SAVING])
    def test_eleven(self, api: Api, operation: str) -> None:
        names = [f"A{number}" for number in range(11)]
        sent = "".join(map(permission_set, names)) if operation in SAVING else named("PermissionSet", *names)
        with pytest.raises(Fault) as caught:
            api.call(operation, sent)
        text = "EXCEEDED_ID_LIMIT: record limit reached. cannot submit more than 10 records in this operation"
        assert (caught.value.code, caught.value.text) == ("sf:EXCEEDED_ID_LIMIT", text)
        assert read(api, "PermissionSet", "A0") == [""]


class TestNames:
    @pytest.mark.parametrize("operation", SAVING)
    def test_no_name(self, api: Api, operation: str) -> None:
        unnamed = permission_set("").replace("<fullName></fullName>", "")
        for sent in (permission_set(""), unnamed, permission_set("  ")):
            [result] = api.call(operation, sent)
            assert errors(result) == [("REQUIRED_FIELD_MISSING", "Required field is missing: fullName")]
            assert result["fullName"] == [""]

    @pytest.mark.parametrize(
        "name", ["..", ".", "a/../b", "../../etc/passwd", "a//b", "/a", "x" * 256, "a\u0085b", "%2E%2E"]
    )
    def test_names_that_lead_elsewhere(self, api: Api, name: str) -> None:
        for type_name, inner in (("PermissionSet", "<label>l</label>"), ("Layout", "")):
            [result] = api.call("createMetadata", metadata(type_name, name, inner))
            assert errors(result)[0][0] == "INVALID_FIELD"

    @pytest.mark.parametrize("type_name", ["Report", "Document", "EmailTemplate", "Dashboard"])
    def test_names_in_folders_need_one(self, api: Api, type_name: str) -> None:
        required = {
            "Report": "<format>Tabular</format><name>n</name><reportType>t</reportType>",
            "Document": "<internalUseOnly>true</internalUseOnly><public>true</public>",
        }
        try:
            [result] = api.call("createMetadata", metadata(type_name, "Alone", required.get(type_name, "")))
        except Fault as fault:
            pytest.fail(fault.text)
        assert result["success"] == ["false"]

    @pytest.mark.parametrize(
        "name", ["Zürich", "日本語", "Ω≈ç", "a b", "A-B_C.D", "100% sure", "O'Neil & Co", "<b>", "🦊"]
    )
    def test_any_other_name_comes_back(self, api: Api, name: str) -> None:
        escaped = escape_text(name)
        assert outcomes(api.call("createMetadata", permission_set(escaped))) == ["true"]
        assert read(api, "PermissionSet", escaped)[0]["fullName"] == [name]
        listed = [
            one["fullName"][0] for one in api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
        ]
        assert listed == [name]
        assert len(api.retrieve({"PermissionSet": "*"})) == 2
        assert outcomes(api.call("deleteMetadata", named("PermissionSet", escaped))) == ["true"]

    def test_the_same_name_twice_in_a_call(self, api: Api) -> None:
        assert outcomes(api.call("createMetadata", permission_set("A") + permission_set("a"))) == ["true", "false"]
        assert outcomes(api.call("deleteMetadata", named("PermissionSet", "A", "a"))) == ["true", "false"]
        twice = permission_set("A", "ApiEnabled") + permission_set("a", "ViewSetup")
        assert outcomes(api.call("upsertMetadata", twice)) == ["true", "true"]
        [found] = read(api, "PermissionSet", "A")
        assert [one["name"] for one in found["userPermissions"]] == [["ViewSetup"]]


ELEMENTS = st.sampled_from(
    [
        "type",
        "fullNames",
        "metadata",
        "oldFullName",
        "newFullName",
        "fullName",
        "label",
        "fields",
        "userPermissions",
        "x",
    ]
)
TEXTS = st.one_of(
    st.sampled_from(["PermissionSet", "CustomField", "Account.F__c", "SecuritySettings", "Report", "A", "..", "%", ""]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12),
)
TYPES = st.sampled_from(
    ["", ' xsi:type="PermissionSet"', ' xsi:type="CustomField"', ' xsi:nil="true"', ' xsi:type="Bot"']
)


def tree(name: str, attributes: str, inner: str) -> str:
    return f'<{name} xmlns:xsi="{XSI}"{attributes}>{inner}</{name}>'


TREES = st.recursive(
    TEXTS.map(escape_text),
    lambda inner: st.lists(st.builds(tree, ELEMENTS, TYPES, inner), max_size=4).map("".join),
    max_leaves=12,
)


@given(operation=st.sampled_from([*sorted(OPERATIONS), "describeValueType"]), inner=TREES)
@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
def test_anything_gets_an_answer_of_the_right_shape(api: Api, operation: str, inner: str) -> None:
    status, answer = api.raw(api.envelope(operation, inner))
    payload = parse(answer).children[0].children[0]
    assert payload.name == ("Fault" if status == 500 else f"{operation}Response")
