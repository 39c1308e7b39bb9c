"""The client on recorded shapes (public fixtures, some of them captured from real orgs), over real sockets."""

from __future__ import annotations

import base64
import io
import random

import pytest

from sfmeta.errors import GuardRefused, OrgRefused, OrgUnreachable
from sfmeta.model.names import ApiVersion, ComponentId, JobId, OrgId, TypeName
from sfmeta.model.outcome import DeployOptions, JobStatus, TestLevel
from sfmeta.model.secret import Secret
from sfmeta.ops.ports import Org
from sfmeta.org.auth import AccessToken
from sfmeta.org.client import OrgClient, wire_name
from sfmeta.org.http import Http

from .conftest import JOB, ORG_ID, ORGANIZATION, RETRIEVE_JOB, TOKEN, FakeOrg, Reply, deploy_result, envelope, wsdl

QUEUED = f"<result><done>false</done><id>{JOB}</id><state>Queued</state></result>"


def retrieve_result(zip_file: str, *, status: str = "Succeeded", rest: str = "", extra: str = "") -> Reply:
    done = str(status != "InProgress").lower()
    success = str(status == "Succeeded").lower()
    return envelope(
        "checkRetrieveStatus",
        f"<result><done>{done}</done>{extra}{rest}<id>{RETRIEVE_JOB}</id><status>{status}</status>"
        f"<success>{success}</success>{zip_file}</result>",
    )


def test_it_is_the_port_that_the_verbs_ask_for(client: OrgClient) -> None:
    org: Org = client
    assert org.info.id == OrgId(ORG_ID)
    assert org.info.username == "ada@example.com"
    assert org.info.is_sandbox
    assert not org.info.is_production
    assert org.info.api_version == ApiVersion(63)  # the org speaks 65, the WSDL 63


def test_the_wire_version_is_lowered_to_the_orgs(fake: FakeOrg, http: Http) -> None:
    fake.on("/services/data", Reply('[{"version":"58.0"},{"version":"9.0"}]'))
    fake.on("/services/data/v58.0/query", ORGANIZATION)
    fake.on("/services/Soap/m/58.0", envelope("deploy", QUEUED))
    client = OrgClient.connect(AccessToken(fake.url, Secret(TOKEN)), wsdl(), http=http)
    assert client.info.api_version == ApiVersion(58)
    assert client.start_deploy(io.BytesIO(b"PK"), DeployOptions()) == JOB


def test_another_org_than_the_recorded_one_is_refused(fake: FakeOrg, http: Http) -> None:
    with pytest.raises(GuardRefused, match="another org answers"):
        OrgClient.connect(
            AccessToken(fake.url, Secret(TOKEN)), wsdl(), http=http, expected=OrgId.parse("00D000000000009")
        )


def test_a_deploy_streams_the_archive_with_a_known_length(fake: FakeOrg, client: OrgClient) -> None:
    fake.soap("deploy", envelope("deploy", QUEUED))
    data = random.Random(1).randbytes(700_001)
    archive = io.BytesIO(b"skipped" + data)
    archive.seek(7)
    options = DeployOptions(check_only=True, test_level=TestLevel.RUN_SPECIFIED_TESTS, run_tests=("ATest", "BTest"))
    assert client.start_deploy(archive, options) == JOB
    (request,) = fake.sent("deploy")
    assert request.path == "/services/Soap/m/63.0"
    assert int(request.headers["content-length"]) == len(request.body)
    assert "transfer-encoding" not in request.headers
    coded = request.body.partition(b"ZipFile>")[2].partition(b"</")[0]
    assert base64.b64decode(coded, validate=True) == data
    assert TOKEN.encode() in request.body
    text = request.body.decode()
    for part in ("checkOnly>true", "rollbackOnError>true", "singlePackage>true", "runTests>ATest", "runTests>BTest"):
        assert part in text
    assert "testLevel>RunSpecifiedTests" in text


def test_no_test_level_is_left_to_the_org(fake: FakeOrg, client: OrgClient) -> None:
    fake.soap("deploy", envelope("deploy", QUEUED))
    client.start_deploy(io.BytesIO(b"PK"), DeployOptions())
    assert b"testLevel" not in fake.sent("deploy")[0].body


def test_every_component_message_is_kept(fake: FakeOrg, client: OrgClient) -> None:
    failure = (
        "<componentFailures><changed>false</changed><columnNumber>7</columnNumber><componentType>Profile</componentType>"
        "<created>false</created><createdDate>2026-11-23T10:00:00.000Z</createdDate><deleted>false</deleted>"
        "<fileName>profiles/Admin.profile</fileName><fullName>Admin</fullName><lineNumber>{line}</lineNumber>"
        "<problem>Unknown user permission: X{line}</problem><problemType>Error</problemType><success>false</success>"
        "</componentFailures>"
    )
    manifest = (
        "<componentSuccesses><changed>true</changed><componentType></componentType><created>false</created>"
        "<createdDate>2026-11-23T10:00:00.000Z</createdDate><deleted>false</deleted><fileName>package.xml</fileName>"
        "<fullName>package.xml</fullName><success>true</success></componentSuccesses>"
    )
    details = "".join(failure.format(line=line) for line in range(1, 301)) + manifest
    fake.soap("checkDeployStatus", envelope("checkDeployStatus", deploy_result("Failed", details=details)))
    outcome = client.deploy_status(JobId(JOB))
    assert outcome.status is JobStatus.FAILED
    assert outcome.done
    assert not outcome.success
    assert len(outcome.messages) == 301
    assert [message.line for message in outcome.failures] == list(range(1, 301))
    first = outcome.failures[0]
    assert (first.type, first.full_name, first.file, first.column) == ("Profile", "Admin", "profiles/Admin.profile", 7)
    assert first.problem == "Unknown user permission: X1"
    assert outcome.messages[-1].full_name == "package.xml"
    assert outcome.completed_at.startswith("2026-11-23T10:00:01")


def test_failed_tests_and_the_orgs_own_error_are_kept(fake: FakeOrg, client: OrgClient) -> None:
    tests = (
        "<runTestResult><failures><id>01p000000000001AAA</id><message>boom</message><methodName>m</methodName>"
        '<name>ATest</name><namespace xsi:nil="true"/><packageName>ATest</packageName><stackTrace>at 1</stackTrace>'
        "<time>1.0</time><type>Class</type></failures><numFailures>1</numFailures><numTestsRun>1</numTestsRun>"
        "<totalTime>1.0</totalTime></runTestResult>"
    )
    result = deploy_result("Failed", errorMessage="no good", errorStatusCode="UNKNOWN_EXCEPTION", details=tests)
    fake.soap("checkDeployStatus", envelope("checkDeployStatus", result))
    outcome = client.deploy_status(JobId(JOB))
    assert outcome.error == "UNKNOWN_EXCEPTION: no good"
    (failure,) = outcome.test_failures
    assert (failure.class_name, failure.method, failure.message, failure.stack_trace) == ("ATest", "m", "boom", "at 1")


@pytest.mark.parametrize(
    ("word", "done", "status"),
    [
        ("Pending", False, JobStatus.PENDING),
        ("FinalizingDeploy", False, JobStatus.FINALIZING_DEPLOY),
        ("Finalizing", False, JobStatus.FINALIZING_DEPLOY),
        ("FinalizingFailed", True, JobStatus.FINALIZING_DEPLOY_FAILED),
        ("Warming", False, JobStatus.IN_PROGRESS),
        ("Odd", True, JobStatus.FAILED),
    ],
)
def test_a_status_that_a_newer_api_added_is_understood(
    fake: FakeOrg, client: OrgClient, word: str, done: bool, status: JobStatus
) -> None:
    fake.soap("checkDeployStatus", envelope("checkDeployStatus", deploy_result(word, done=done)))
    assert client.deploy_status(JobId(JOB)).status is status


def test_a_debugging_header_in_the_answer_does_no_harm(fake: FakeOrg, client: OrgClient) -> None:
    header = "<soapenv:Header><DebuggingInfo><debugLog>log</debugLog></DebuggingInfo></soapenv:Header>"
    fake.soap("checkDeployStatus", envelope("checkDeployStatus", deploy_result(), header=header))
    assert client.deploy_status(JobId(JOB)).success


def test_a_retrieve_asks_for_its_components_type_by_type(fake: FakeOrg, client: OrgClient) -> None:
    queued = f"<result><done>false</done><id>{RETRIEVE_JOB}</id><state>Queued</state></result>"
    fake.soap("retrieve", envelope("retrieve", queued))
    wanted = [
        ComponentId.of("Profile", "Custom: Sales"),
        ComponentId.of("PermissionSet", "*"),
        ComponentId.of("Profile", "Admin"),
    ]
    assert client.start_retrieve(wanted) == RETRIEVE_JOB
    text = fake.sent("retrieve")[0].body.decode()
    assert text.index(">PermissionSet<") < text.index(">Admin<") < text.index(">Custom%3A Sales<")
    assert text.count("types>") == 4
    assert "singlePackage>true" in text


def test_the_zip_goes_to_the_sink_and_the_rest_is_read(fake: FakeOrg, client: OrgClient) -> None:
    data = random.Random(2).randbytes(3_000_002)
    properties = (
        "<fileProperties><createdById>005000000000001AAA</createdById><createdByName>Ada</createdByName>"
        "<createdDate>2021-10-01T02:46:23.000Z</createdDate><fileName>profiles/Custom%3A Sales.profile</fileName>"
        "<fullName>Custom%3A Sales</fullName><id>00e000000000001AAA</id><lastModifiedById>005000000000001AAA"
        "</lastModifiedById><lastModifiedByName>Ada</lastModifiedByName>"
        "<lastModifiedDate>2021-10-01T02:46:23.000Z</lastModifiedDate><type>Profile</type></fileProperties>"
    )
    message = "<messages><fileName>package.xml</fileName><problem>Entity of type 'X' &amp; more</problem></messages>"
    coded = base64.encodebytes(data).decode()  # with line breaks, which base64 in XML may have
    reply = envelope(
        "checkRetrieveStatus",
        f"<result><done>true</done>{properties}<id>{RETRIEVE_JOB}</id>{message}<status>Succeeded</status>"
        f"<success>true</success><zipFile>{coded}</zipFile></result>",
    )
    fake.soap("checkRetrieveStatus", reply)
    sink = io.BytesIO()
    outcome = client.retrieve_status(JobId(RETRIEVE_JOB), sink)
    assert sink.getvalue() == data
    assert outcome.zip_bytes == len(data)
    assert outcome.success
    assert outcome.components == (ComponentId.of("Profile", "Custom: Sales"),)
    assert outcome.messages[0].problem == "Entity of type 'X' & more"


@pytest.mark.parametrize("zip_file", ['<zipFile xsi:nil="true"/>', "<zipFile/>", "<zipFile></zipFile>"])
def test_no_zip_is_no_zip(fake: FakeOrg, client: OrgClient, zip_file: str) -> None:
    extra = (
        "<errorMessage>INVALID_CROSS_REFERENCE_KEY: No package named 'Abacus' found</errorMessage>"
        "<errorStatusCode>UNKNOWN_EXCEPTION</errorStatusCode>"
    )
    fake.soap("checkRetrieveStatus", retrieve_result(zip_file, status="Failed", extra=extra))
    sink = io.BytesIO()
    outcome = client.retrieve_status(JobId(RETRIEVE_JOB), sink)
    assert outcome.status is JobStatus.FAILED
    assert outcome.done
    assert outcome.error == "UNKNOWN_EXCEPTION: INVALID_CROSS_REFERENCE_KEY: No package named 'Abacus' found"
    assert sink.getvalue() == b""
    assert outcome.zip_bytes == 0


@pytest.mark.parametrize(
    "zip_file", ["<zipFile>QUJ</zipFile>", "<zipFile>Q!JD</zipFile>", "<zipFile>QQ==QUJD</zipFile>"]
)
def test_broken_base64_is_an_answer_that_no_org_gives(fake: FakeOrg, client: OrgClient, zip_file: str) -> None:
    fake.soap("checkRetrieveStatus", retrieve_result(zip_file))
    with pytest.raises(OrgUnreachable, match="base64"):
        client.retrieve_status(JobId(RETRIEVE_JOB), io.BytesIO())


def test_lists_ask_three_types_at_a_time(fake: FakeOrg, client: OrgClient) -> None:
    def entry(type_name: str, name: str) -> str:
        return (
            "<result><createdById>005000000000001AAA</createdById><createdByName>Ada</createdByName>"
            f"<createdDate>2021-10-01T02:46:23.000Z</createdDate><fileName>x/{name}</fileName><fullName>{name}</fullName>"
            "<id></id><lastModifiedById>005000000000001AAA</lastModifiedById><lastModifiedByName>Ada"
            "</lastModifiedByName><lastModifiedDate>2021-10-01T02:46:23.000Z</lastModifiedDate>"
            f"<type>{type_name}</type></result>"
        )

    fake.soap(
        "listMetadata",
        envelope("listMetadata", entry("ConnectedApp", "B") + entry("ConnectedApp", "A")),
        envelope("listMetadata", ""),
    )
    types = [TypeName(name) for name in ("ConnectedApp", "PermissionSet", "Profile", "Settings")]
    assert [str(component) for component in client.list_metadata(types)] == ["ConnectedApp:A", "ConnectedApp:B"]
    assert [request.body.count(b"queries>") // 2 for request in fake.sent("listMetadata")] == [3, 1]


def test_types_in_folders_are_listed_folder_by_folder(fake: FakeOrg, client: OrgClient) -> None:
    properties = (
        "<result><createdById>005000000000001AAA</createdById><createdByName>A</createdByName>"
        "<createdDate>2021-10-01T02:46:23.000Z</createdDate><fileName>email/{0}</fileName><fullName>{0}</fullName>"
        "<id></id><lastModifiedById>005000000000001AAA</lastModifiedById><lastModifiedByName>A</lastModifiedByName>"
        "<lastModifiedDate>2021-10-01T02:46:23.000Z</lastModifiedDate><type>{1}</type></result>"
    )
    fake.soap(
        "listMetadata",
        envelope("listMetadata", properties.format("Sales", "EmailFolder")),
        envelope("listMetadata", properties.format("Sales/Hello", "EmailTemplate")),
    )
    assert client.list_metadata([TypeName("EmailTemplate")]) == (ComponentId.of("EmailTemplate", "Sales/Hello"),)
    first, second = fake.sent("listMetadata")
    assert b"EmailFolder" in first.body
    assert b"folder>Sales<" in second.body


def test_describe(fake: FakeOrg, client: OrgClient) -> None:
    fake.soap(
        "describeMetadata",
        envelope(
            "describeMetadata",
            "<result><metadataObjects><childXmlNames>CustomField</childXmlNames><directoryName>objects</directoryName>"
            "<inFolder>false</inFolder><metaFile>false</metaFile><suffix>object</suffix><xmlName>CustomObject</xmlName>"
            "</metadataObjects><organizationNamespace></organizationNamespace><partialSaveAllowed>true"
            "</partialSaveAllowed><testRequired>false</testRequired></result>",
        ),
    )
    (kind,) = client.describe_metadata()
    assert (kind.name, kind.directory, kind.suffix, kind.children) == (
        "CustomObject",
        "objects",
        "object",
        ("CustomField",),
    )


def test_cancel_and_quick_deploy(fake: FakeOrg, client: OrgClient) -> None:
    fake.soap("cancelDeploy", envelope("cancelDeploy", f"<result><done>true</done><id>{JOB}</id></result>"))
    fake.soap("deployRecentValidation", envelope("deployRecentValidation", "<result>0Af000000000002AAA</result>"))
    client.cancel_deploy(JobId(JOB))
    assert JOB.encode() in fake.sent("cancelDeploy")[0].body
    assert client.quick_deploy(JobId(JOB)) == "0Af000000000002AAA"


def test_queries_go_through_every_page(fake: FakeOrg, client: OrgClient) -> None:
    fake.on(
        "/services/data/v63.0/query",
        Reply(
            '{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v63.0/query/01g-2000","records":'
            '[{"attributes":{"type":"User"},"Id":"1","Profile":{"attributes":{"type":"Profile"},"Name":"P"}}]}'
        ),
        Reply('{"totalSize":2,"done":true,"records":[{"attributes":{},"Id":"2","Profile":null}]}'),
    )
    rows = list(client.query("SELECT Id, Profile.Name FROM User WHERE Name = 'ä+b'"))
    assert rows == [{"Id": "1", "Profile": {"Name": "P"}}, {"Id": "2", "Profile": None}]
    assert fake.requests[-1].path == "/services/data/v63.0/query/01g-2000"
    assert "%C3%A4%2Bb" in fake.requests[-2].path


def test_a_next_page_elsewhere_is_not_followed(fake: FakeOrg, client: OrgClient) -> None:
    page = '{"done":false,"nextRecordsUrl":"https://evil.example.com/services/","records":[]}'
    fake.on("/services/data/v63.0/query", Reply(page))
    with pytest.raises(OrgUnreachable, match="elsewhere"):
        list(client.query("SELECT Id FROM User"))


def test_records(fake: FakeOrg, client: OrgClient) -> None:
    fake.on("/services/data/v63.0/sobjects/SetupEntityAccess", Reply('{"id":"0J0x","success":true,"errors":[]}', 201))
    fake.on("/services/data/v63.0/sobjects/SetupEntityAccess/0J0x", Reply("", 204), method="DELETE")
    assert client.create_record("SetupEntityAccess", {"ParentId": "0PS"}) == "0J0x"
    assert fake.requests[-1].body == b'{"ParentId": "0PS"}'
    client.delete_record("SetupEntityAccess", "0J0x")
    fake.on(
        "/services/data/v63.0/sobjects/SetupEntityAccess",
        Reply('[{"message":"duplicate value found","errorCode":"DUPLICATE_VALUE","fields":[]}]', 400),
        method="POST",
    )
    with pytest.raises(OrgRefused) as refusal:
        client.create_record("SetupEntityAccess", {"ParentId": "0PS"})
    assert refusal.value.code == "DUPLICATE_VALUE"


def test_names_are_encoded_as_manifests_spell_them() -> None:
    assert wire_name(ComponentId.of("Layout", "Account-Lay (old) & new")) == "Account-Lay %28old%29 %26 new"
    assert wire_name(ComponentId.of("Profile", "*")) == "*"
    assert wire_name(ComponentId.of("ConnectedApp", "Allow_X")) == "Allow_X"
    assert wire_name(ComponentId.of("EmailTemplate", "Sales/Hello")) == "Sales/Hello"
