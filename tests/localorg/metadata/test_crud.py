"""The synchronous operations: what is saved, what is refused, and that nothing is half done."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from sfmeta.localorg.metadata.crud.results import _CODES, _OTHER
from sfmeta.localorg.metadata.rules.catalog import DEPLOY_RULES
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import Api, Fault

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def metadata(type_name: str, full_name: str, inner: str = "") -> str:
    return f'<metadata xmlns:xsi="{XSI}" xsi:type="{type_name}"><fullName>{full_name}</fullName>{inner}</metadata>'


def permission_set(full_name: str, *permissions: str, more: str = "") -> str:
    enabled = "".join(
        f"<userPermissions><enabled>true</enabled><name>{one}</name></userPermissions>" for one in permissions
    )
    return metadata("PermissionSet", full_name, f"<label>{full_name}</label>{enabled}{more}")


def named(type_name: str, *names: str) -> str:
    return f"<type>{type_name}</type>" + "".join(f"<fullNames>{name}</fullNames>" for name in names)


def read(api: Api, type_name: str, *names: str) -> list[Any]:
    """Records as nested dicts, "" for one that is not there."""
    [result] = api.call("readMetadata", named(type_name, *names))
    return list(result["records"])


def errors(result: Any) -> list[tuple[str, str]]:
    return [(one["statusCode"][0], one["message"][0]) for one in result.get("errors", [])]


def outcomes(results: list[Any]) -> list[str]:
    return [one["success"][0] for one in results]


class TestSaving:
    def test_each_record_stands_for_itself(self, api: Api) -> None:
        results = api.call(
            "createMetadata", permission_set("A") + permission_set("B", "Nonsense") + permission_set("C")
        )
        assert outcomes(results) == ["true", "false", "true"]
        assert errors(results[1]) == [("FIELD_INTEGRITY_EXCEPTION", "Unknown user permission: Nonsense")]
        assert [bool(one) for one in read(api, "PermissionSet", "A", "B", "C")] == [True, False, True]

    @pytest.mark.parametrize(
        ("version", "header", "kept"),
        [
            (33, "", False),
            (34, "", True),
            (63, "", True),
            (63, "<allOrNone>true</allOrNone>", False),
            (63, "<allOrNone>false</allOrNone>", True),
            (33, "<allOrNone>false</allOrNone>", False),
        ],
    )
    def test_all_or_none(self, api: Api, version: int, header: str, kept: bool) -> None:
        api.version = version
        body = api.envelope("createMetadata", permission_set("A") + permission_set("B", "Nonsense"))
        asked = f"<AllOrNoneHeader>{header}</AllOrNoneHeader></soapenv:Header>" if header else "</soapenv:Header>"
        status, answer = api.raw(body.replace("</soapenv:Header>", asked))
        assert status == 200
        rolled_back = b"<statusCode>ALL_OR_NONE_OPERATION_ROLLED_BACK</statusCode>" in answer
        assert rolled_back is not kept
        assert bool(read(api, "PermissionSet", "A")[0]) is kept

    def test_an_upsert_tells_which(self, api: Api) -> None:
        api.call("createMetadata", permission_set("A"))
        results = api.call(
            "upsertMetadata", permission_set("A") + permission_set("B") + permission_set("C", "Nonsense")
        )
        assert [one["created"][0] for one in results] == ["false", "true", "false"]
        assert outcomes(results) == ["true", "true", "false"]

    def test_what_is_rolled_back_was_not_created(self, api: Api) -> None:
        api.version = 33
        results = api.call("upsertMetadata", permission_set("A") + permission_set("B", "Nonsense"))
        assert [one["created"][0] for one in results] == ["false", "false"]

    @pytest.mark.parametrize(
        ("type_name", "code", "inner"),
        [
            ("PermissionSet", "DUPLICATE_VALUE", "<label>l</label>"),
            ("CustomObject", "DUPLICATE_DEVELOPER_NAME", ""),
            ("CustomMetadata", "DUPLICATE_DEVELOPER_NAME", ""),
        ],
    )
    def test_what_is_there_is_not_created(self, api: Api, type_name: str, code: str, inner: str) -> None:
        one = metadata(type_name, "Thing__c", inner)
        assert outcomes(api.call("createMetadata", one + one.replace("Thing", "THING"))) == ["true", "false"]
        [again] = api.call("createMetadata", one)
        assert errors(again)[0][0] == code

    @pytest.mark.parametrize("operation", ["updateMetadata", "deleteMetadata"])
    def test_what_is_not_there_is_neither_updated_nor_deleted(self, api: Api, operation: str) -> None:
        sent = permission_set("A") if operation == "updateMetadata" else named("PermissionSet", "A")
        field = "fullName" if operation == "updateMetadata" else "members"
        [result] = api.call(operation, sent)
        expected = ("INVALID_CROSS_REFERENCE_KEY", f"In field: {field} - no PermissionSet named A found")
        assert errors(result) == [expected]

    def test_blanks_around_values_are_dropped(self, api: Api) -> None:
        api.call("createMetadata", metadata("PermissionSet", " A ", "<label>\n A label \n</label>"))
        [found] = read(api, "PermissionSet", "A")
        assert (found["fullName"], found["label"]) == (["A"], ["A label"])

    def test_names_are_the_same_in_any_case(self, api: Api) -> None:
        api.call("createMetadata", permission_set("Allow_Billing"))
        [saved] = api.call("updateMetadata", permission_set("ALLOW_BILLING", "ApiEnabled"))
        assert saved["success"] == ["true"]
        [found] = read(api, "PermissionSet", "allow_billing")
        assert found["fullName"] == ["Allow_Billing"]
        assert found["userPermissions"][0]["name"] == ["ApiEnabled"]

    def test_required_elements_are_asked_for(self, api: Api) -> None:
        [result] = api.call("createMetadata", metadata("PermissionSet", "A"))
        assert errors(result) == [("REQUIRED_FIELD_MISSING", "Required field is missing: label")]

    def test_nil_elements_say_nothing(self, api: Api) -> None:
        sent = permission_set("A", more='<description xsi:nil="true"/>')
        assert outcomes(api.call("createMetadata", sent)) == ["true"]
        assert "description" not in read(api, "PermissionSet", "A")[0]

    def test_two_hundred_applications_are_not_too_many(self, api: Api) -> None:
        sent = "".join(metadata("CustomApplication", f"App{number}") for number in range(200))
        assert outcomes(api.call("createMetadata", sent)) == ["true"] * 200
        with pytest.raises(Fault, match="cannot submit more than 200 records"):
            api.call("createMetadata", sent + metadata("CustomApplication", "One_more"))

    def test_every_status_code_is_the_wsdls(self) -> None:
        codes = salesforce_schema().enums["StatusCode"]
        assert {*_CODES.values(), _OTHER, "DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE"} <= codes
        assert set(_CODES) <= {rule.id for rule in DEPLOY_RULES}


class TestAccess:
    @pytest.mark.parametrize(("version", "expected"), [(39, {"ApiEnabled", "ViewSetup"}), (40, {"ViewSetup"})])
    def test_a_permission_set_is_merged_or_replaced(self, api: Api, version: int, expected: set[str]) -> None:
        api.call("createMetadata", permission_set("A", "ApiEnabled"))
        api.version = version
        api.call("updateMetadata", permission_set("A", "ViewSetup"))
        [found] = read(api, "PermissionSet", "A")
        assert {one["name"][0] for one in found["userPermissions"]} == expected

    @pytest.mark.parametrize("version", [39, 40, 63])
    def test_a_profile_adds(self, api: Api, version: int) -> None:
        given = "<userPermissions><enabled>true</enabled><name>{}</name></userPermissions>"
        api.call("createMetadata", metadata("Profile", "Mine", given.format("ApiEnabled")))
        api.version = version
        api.call("updateMetadata", metadata("Profile", "Mine", given.format("ViewSetup")))
        [found] = read(api, "Profile", "Mine")
        assert {one["name"][0] for one in found["userPermissions"]} == {"ApiEnabled", "ViewSetup"}

    def test_a_profile_is_read_whole(self, api: Api) -> None:
        api.call(
            "createMetadata", metadata("CustomPermission", "May", "<isLicensed>false</isLicensed><label>m</label>")
        )
        given = "<customPermissions><enabled>true</enabled><name>May</name></customPermissions>"
        api.call("createMetadata", metadata("Profile", "Mine", given))
        assert read(api, "Profile", "Mine")[0]["customPermissions"][0]["name"] == ["May"]

    def test_references_are_checked(self, api: Api) -> None:
        wrong = "<customPermissions><enabled>true</enabled><name>Nope</name></customPermissions>"
        [result] = api.call("createMetadata", permission_set("A", more=wrong))
        expected = "In field: name - no CustomPermission named Nope found"
        assert errors(result) == [("INVALID_CROSS_REFERENCE_KEY", expected)]

    @pytest.mark.parametrize("type_name", ["PermissionSet", "PermissionSetGroup", "MutingPermissionSet"])
    def test_texts_have_their_lengths(self, api: Api, type_name: str) -> None:
        fits = f"<description>{'d' * 255}</description><label>{'l' * 80}</label>"
        assert outcomes(api.call("createMetadata", metadata(type_name, "A", fits))) == ["true"]
        long = f"<description>{'d' * 256}</description><label>{'l' * 81}</label>"
        [result] = api.call("createMetadata", metadata(type_name, "B", long))
        assert errors(result) == [
            ("STRING_TOO_LONG", f"Description: data value too large: {'d' * 256} (max length=255)"),
            ("FIELD_INTEGRITY_EXCEPTION", "Value too long for field: Label maximum length is:80"),
        ]

    @pytest.mark.parametrize(
        ("type_name", "more"),
        [
            ("ExtlClntAppOauthConfigurablePolicies", ""),
            (
                "ExtlClntAppSamlConfigurablePolicies",
                "<acsUrl>https://a.test</acsUrl><entityUrl>https://a.test</entityUrl>",
            ),
        ],
    )
    def test_who_is_preauthorised_must_be_there(self, api: Api, type_name: str, more: str) -> None:
        inner = "<distributionState>Local</distributionState><label>P</label>"
        api.call("createMetadata", metadata("ExternalClientApplication", "Portal", inner))
        named_app = "<externalClientApplication>Portal</externalClientApplication>"
        grant = "<commaSeparatedPermissionSet>Nope</commaSeparatedPermissionSet>"
        [result] = api.call("createMetadata", metadata(type_name, "P_plcy", more + named_app + grant))
        text = "In field: commaSeparatedPermissionSet - no PermissionSet named Nope found"
        assert errors(result) == [("INVALID_CROSS_REFERENCE_KEY", text)]
        api.call("createMetadata", permission_set("Nope"))
        assert outcomes(api.call("createMetadata", metadata(type_name, "P_plcy", more + named_app + grant))) == ["true"]

    def test_a_named_credential_names_what_is_there(self, api: Api) -> None:
        inner = "<label>N</label><certificate>Cert</certificate>"
        [result] = api.call("createMetadata", metadata("NamedCredential", "N", inner))
        text = "In field: certificate - no Certificate named Cert found"
        assert errors(result) == [("INVALID_CROSS_REFERENCE_KEY", text)]
        certificate = "<caSigned>false</caSigned><masterLabel>Cert</masterLabel>"
        assert outcomes(api.call("createMetadata", metadata("Certificate", "Cert", certificate))) == ["true"]
        assert outcomes(api.call("createMetadata", metadata("NamedCredential", "N", inner))) == ["true"]

    def test_deletions_obey_the_same_rules(self, api: Api, state: State) -> None:
        api.call("createMetadata", permission_set("A"))
        record = state.records.first("PermissionSet", Name="A")
        assert record is not None
        state.records.insert("PermissionSetAssignment", {"AssigneeId": api.user_id, "PermissionSetId": record.id})
        [result] = api.call("deleteMetadata", named("PermissionSet", "A"))
        expected = ("DELETE_FAILED", "This permission set is assigned to users and can't be deleted: A")
        assert errors(result) == [expected]

    def test_a_connected_app_keeps_its_secret_to_itself(self, api: Api, state: State) -> None:
        inner = (
            "<contactEmail>a@acme.test</contactEmail><label>App</label><oauthConfig><callbackUrl>https://a.test"
            "</callbackUrl><consumerKey>mykey123</consumerKey><consumerSecret>mysecret1</consumerSecret></oauthConfig>"
        )
        assert outcomes(api.call("createMetadata", metadata("ConnectedApp", "App", inner))) == ["true"]
        app = state.records.first("ConnectedApplication", DeveloperName="App")
        assert app is not None
        assert (app["ConsumerKey"], app["ConsumerSecret"]) == ("mykey123", "mysecret1")
        [found] = read(api, "ConnectedApp", "App")
        assert found["oauthConfig"][0]["consumerKey"] == ["mykey123"]
        assert "consumerSecret" not in found["oauthConfig"][0]

    def test_the_boxes_are_settings(self, api: Api, state: State) -> None:
        box = "<enableAdminApprovedAppsOnly>true</enableAdminApprovedAppsOnly>"
        [result] = api.call("updateMetadata", metadata("ConnectedAppSettings", "ConnectedApp", box))
        assert result["success"] == ["true"]
        assert state.org.setting("enableAdminApprovedAppsOnly")

    @pytest.mark.parametrize("name", ["ConnectedApp", "Settings", "anything"])
    def test_settings_are_read_by_any_name(self, api: Api, name: str) -> None:
        [found] = read(api, "ConnectedAppSettings", name)
        assert (found["fullName"], found["enableAdminApprovedAppsOnly"]) == (["ConnectedApp"], ["false"])

    def test_settings_are_neither_created_nor_deleted_nor_renamed(self, api: Api) -> None:
        [created] = api.call("createMetadata", metadata("ConnectedAppSettings", "ConnectedApp"))
        [deleted] = api.call("deleteMetadata", named("ConnectedAppSettings", "ConnectedApp"))
        names = "<oldFullName>ConnectedApp</oldFullName><newFullName>Other</newFullName>"
        [renamed] = api.call("renameMetadata", f"<type>ConnectedAppSettings</type>{names}")
        assert [errors(one)[0][0] for one in (created, deleted, renamed)] == [
            "DUPLICATE_VALUE",
            "DELETE_FAILED",
            "DUPLICATE_VALUE",
        ]


FIELD = "<label>F</label><type>Checkbox</type>"


class TestChildren:
    def test_a_field_of_a_standard_object(self, api: Api) -> None:
        assert outcomes(api.call("createMetadata", metadata("CustomField", "Account.F__c", FIELD))) == ["true"]
        assert read(api, "CustomField", "account.f__C")[0]["fullName"] == ["Account.F__c"]
        [listed] = api.call("listMetadata", "<queries><type>CustomField</type></queries>")
        assert listed["fullName"] == ["Account.F__c"]

    def test_a_field_needs_its_object(self, api: Api) -> None:
        [result] = api.call("createMetadata", metadata("CustomField", "Acme__c.F__c", FIELD))
        expected = "In field: fullName - no CustomObject named Acme__c found"
        assert errors(result) == [("INVALID_CROSS_REFERENCE_KEY", expected)]

    @pytest.mark.parametrize("name", ["Account", "Account.", ".F__c"])
    def test_a_field_needs_both_names(self, api: Api, name: str) -> None:
        [result] = api.call("createMetadata", metadata("CustomField", name, FIELD))
        assert errors(result)[0][1] == f"Invalid fullName: {name}"

    def test_an_update_of_an_object_does_not_make_fields(self, api: Api) -> None:
        inner = "<fields><fullName>New__c</fullName><label>N</label><type>Checkbox</type></fields><label>Acme</label>"
        api.call("createMetadata", metadata("CustomObject", "Acme__c", "<label>Acme</label>"))
        [result] = api.call("updateMetadata", metadata("CustomObject", "Acme__c", inner))
        # simple-salesforce#602
        expected = "In field: fullName - no CustomField named Acme__c.New__c found"
        assert errors(result) == [("INVALID_CROSS_REFERENCE_KEY", expected)]
        [result] = api.call("upsertMetadata", metadata("CustomObject", "Acme__c", inner))
        assert result["success"] == ["true"]
        assert read(api, "CustomField", "Acme__c.New__c")[0]["label"] == ["N"]

    @pytest.mark.parametrize("way", ["update", "deploy"])
    def test_fields_that_are_not_mentioned_stay(self, api: Api, way: str) -> None:
        api.call("createMetadata", metadata("CustomObject", "Acme__c", "<label>Acme</label>"))
        api.call("createMetadata", metadata("CustomField", "Acme__c.F__c", FIELD))
        if way == "update":
            api.call("updateMetadata", metadata("CustomObject", "Acme__c", "<label>New</label>"))
        else:
            content = '<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata"><label>New</label></CustomObject>'
            outcome = api.deploy_one("CustomObject", "Acme__c", "objects/Acme__c.object", content)
            assert outcome["status"] == "Succeeded", outcome.problems
        [found] = read(api, "CustomObject", "Acme__c")
        assert (found["label"], found["fields"][0]["fullName"]) == (["New"], ["F__c"])

    def test_a_label_is_a_component_of_its_own(self, api: Api) -> None:
        inner = (
            "<language>en_US</language><protected>false</protected><shortDescription>s</shortDescription>"
            "<value>Hello</value>"
        )
        assert outcomes(api.call("createMetadata", metadata("CustomLabel", "Greeting", inner))) == ["true"]
        assert read(api, "CustomLabel", "greeting")[0]["value"] == ["Hello"]
        assert outcomes(api.call("deleteMetadata", named("CustomLabel", "Greeting"))) == ["true"]
        assert read(api, "CustomLabel", "Greeting") == [""]


def resource(content: str = "", description: str = "") -> str:
    body = f"<content>{content}</content>" if content else ""
    said = f"<description>{description}</description>" if description else ""
    inner = f"{body}<cacheControl>Public</cacheControl><contentType>text/plain</contentType>{said}"
    return metadata("StaticResource", "Logo", inner)


class TestContent:
    def test_content_is_a_file(self, api: Api) -> None:
        api.call("createMetadata", resource(base64.b64encode(b"hello").decode()))
        files = api.retrieve({"StaticResource": "Logo"})
        assert files["unpackaged/staticresources/Logo.resource"] == "hello"
        assert "<content>" not in files["unpackaged/staticresources/Logo.resource-meta.xml"]

    def test_an_update_without_content_leaves_it(self, api: Api) -> None:
        content = base64.b64encode(b"hello").decode()
        api.call("createMetadata", resource(content))
        api.call("updateMetadata", resource(description="A logo"))
        [found] = read(api, "StaticResource", "Logo")
        assert (found["content"], found["description"]) == ([content], ["A logo"])

    def test_content_must_be_base64(self, api: Api) -> None:
        [result] = api.call("createMetadata", resource("no, this is not"))
        assert errors(result)[0][1] == "'no, this is not' is not a valid value for the type xsd:base64Binary"

    @pytest.mark.parametrize("type_name", ["ApexClass", "ApexTestSuite", "ApexTrigger"])
    @pytest.mark.parametrize("operation", ["readMetadata", "deleteMetadata", "createMetadata"])
    def test_apex_is_for_packages_only(self, api: Api, type_name: str, operation: str) -> None:
        sent = metadata(type_name, "A") if operation == "createMetadata" else named(type_name, "A")
        with pytest.raises(Fault) as caught:
            api.call(operation, sent)
        expected = "INVALID_TYPE: This type of metadata is not available for this organization"
        assert (caught.value.code, caught.value.text) == ("sf:INVALID_TYPE", expected)

    def test_a_component_of_files(self, api: Api) -> None:
        source = base64.b64encode(b"export default 1").decode()
        config = base64.b64encode(b'<targetConfig targets="x"/>').decode()
        inner = (
            "<apiVersion>63.0</apiVersion><lwcResources><lwcResource><filePath>lwc/cmp/cmp.js</filePath>"
            f"<source>{source}</source></lwcResource></lwcResources><targetConfigs>{config}</targetConfigs>"
        )
        assert outcomes(api.call("createMetadata", metadata("LightningComponentBundle", "cmp", inner))) == ["true"]
        files = api.retrieve({"LightningComponentBundle": "cmp"})
        assert files["unpackaged/lwc/cmp/cmp.js"] == "export default 1"
        assert '<targetConfig targets="x"></targetConfig>' in files["unpackaged/lwc/cmp/cmp.js-meta.xml"]
        [found] = read(api, "LightningComponentBundle", "cmp")
        assert found["lwcResources"][0]["lwcResource"][0]["source"] == [source]
        assert b"targetConfig" in base64.b64decode(found["targetConfigs"][0])

    def test_folders_and_what_lies_in_them(self, api: Api) -> None:
        folder = metadata("DocumentFolder", "Plans", "<name>Plans</name>")
        inner = f"<content>{base64.b64encode(b'text').decode()}</content><internalUseOnly>true</internalUseOnly>"
        document = metadata("Document", "Plans/a.txt", inner + "<public>false</public>")
        assert outcomes(api.call("createMetadata", folder)) == ["true"]
        assert outcomes(api.call("createMetadata", document)) == ["true"]
        [full] = api.call("deleteMetadata", named("DocumentFolder", "Plans"))
        assert errors(full) == [("DELETE_FAILED", "You cannot delete a folder that is not empty: Plans")]
        renamed = "<type>DocumentFolder</type><oldFullName>plans</oldFullName><newFullName>Ideas</newFullName>"
        assert outcomes(api.call("renameMetadata", renamed)) == ["true"]
        assert read(api, "Document", "Ideas/a.txt")[0]["fullName"] == ["Ideas/a.txt"]
        files = api.retrieve({"Document": ("Ideas", "Ideas/a.txt")})
        assert files["unpackaged/documents/Ideas/a.txt"] == "text"
        assert "unpackaged/documents/Ideas-meta.xml" in files
        [listed] = api.call("listMetadata", "<queries><type>DocumentFolder</type></queries>")
        assert (listed["fullName"], listed["type"]) == (["Ideas"], ["DocumentFolder"])


class TestReading:
    def test_what_is_not_there_is_nil_in_its_place(self, api: Api) -> None:
        api.call("createMetadata", permission_set("A"))
        _, answer = api.raw(api.envelope("readMetadata", named("PermissionSet", "Nobody", "A")))
        assert b'<records xsi:nil="true"/><records xsi:type="PermissionSet"><fullName>A</fullName>' in answer

    def test_an_older_version_does_not_see_newer_elements(self, api: Api) -> None:
        inner = (
            "<contactEmail>a@acme.test</contactEmail><label>App</label><oauthPolicy><ipRelaxation>ENFORCE"
            "</ipRelaxation><refreshTokenPolicy>zero</refreshTokenPolicy></oauthPolicy>"
        )
        api.call("createMetadata", metadata("ConnectedApp", "App", inner))
        assert "oauthPolicy" in read(api, "ConnectedApp", "App")[0]
        api.version = 48
        assert "oauthPolicy" not in read(api, "ConnectedApp", "App")[0]

    def test_elements_of_later_versions_are_kept_for_those(self, api: Api) -> None:
        api.version = 66
        api.call("createMetadata", metadata("PermissionSet", "A", "<label>A</label><brandNew>yes</brandNew>"))
        assert read(api, "PermissionSet", "A")[0]["brandNew"] == ["yes"]
        api.version = 63
        assert "brandNew" not in read(api, "PermissionSet", "A")[0]

    def test_a_type_that_a_version_does_not_have(self, api: Api) -> None:
        api.version = 48
        with pytest.raises(Fault, match="This type of metadata is not available"):
            api.call("readMetadata", named("BlacklistedConsumer", "A"))

    def test_no_names_no_records(self, api: Api) -> None:
        assert api.call("readMetadata", "<type>PermissionSet</type>") == [""]

    def test_only_who_may_use_the_metadata_api(self, state: State, log_in: Callable[..., Api]) -> None:
        with pytest.raises(Fault, match="ModifyAllData or ModifyMetadata"):
            log_in(state, "reader@acme.test").call("readMetadata", named("PermissionSet", "A"))
