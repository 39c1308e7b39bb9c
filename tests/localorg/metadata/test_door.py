"""The door: sessions, permissions, versions, and what real clients send that the WSDL does not say."""

from __future__ import annotations

import base64
import io
import sys
import zipfile
from collections.abc import Iterator
from subprocess import run
from typing import Any

import pytest

from sfmeta.localorg.metadata import soap
from sfmeta.localorg.metadata.envelope import read_request, zip_response
from sfmeta.localorg.state import State

NS = "http://soap.sforce.com/2006/04/metadata"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
PS = f'<PermissionSet xmlns="{NS}"><label>X</label></PermissionSet>'
NAMED = "<types><members>X</members><name>PermissionSet</name></types>"
PACKAGE = f'<Package xmlns="{NS}">{NAMED}<version>63.0</version></Package>'


def package(root: str = "") -> str:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(root + "package.xml", PACKAGE)
        archive.writestr(root + "permissionsets/X.permissionset", PS)
    return base64.b64encode(out.getvalue()).decode()


def fault(code: str, text: str, prefix: str = "sf") -> bytes:
    return f"<faultcode>{prefix}:{code}</faultcode><faultstring>{text}</faultstring>".encode()


class TestFaults:
    def test_the_shape(self, api: Any) -> None:
        status, answer = api.raw(api.envelope("listMetadata", "<queries><type>Nope</type></queries>"))
        assert status == 500
        assert (
            answer
            == (
                '<?xml version="1.0" encoding="UTF-8"?>'
                f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns:sf="{NS}" '
                'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>'
                "<faultcode>sf:INVALID_TYPE</faultcode><faultstring>INVALID_TYPE: Unknown type:Nope</faultstring>"
                "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
            ).encode()
        )

    @pytest.mark.parametrize("session", ["", "00D000000000001!nothing"])
    def test_no_session(self, api: Any, session: str) -> None:
        api.session = session
        status, answer = api.raw(api.envelope("describeMetadata", ""))
        text = "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session"
        assert status == 500
        assert b"<faultcode>sf:INVALID_SESSION_ID</faultcode>" in answer
        assert text.encode() in answer

    def test_no_permission(self, state: State, log_in: Any) -> None:
        reader = log_in(state, "reader@acme.test")
        text = (
            "INSUFFICIENT_ACCESS: use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata "
            "permissions"
        )
        assert fault("INSUFFICIENT_ACCESS", text) in reader.raw(reader.envelope("describeMetadata", ""))[1]

    @pytest.mark.parametrize("version", [20, 30, 68, 999])
    def test_versions(self, api: Any, version: int) -> None:
        api.version = version
        text = "UNSUPPORTED_API_VERSION: Invalid Api version specified on URL"
        assert fault("UNSUPPORTED_API_VERSION", text) in api.raw(api.envelope("describeMetadata", ""))[1]

    @pytest.mark.parametrize("version", [31, 67])
    def test_the_outermost_versions(self, api: Any, version: int) -> None:
        api.version = version
        assert api.raw(api.envelope("describeMetadata", ""))[0] == 200

    @pytest.mark.parametrize("operation", ["checkDeployStatus", "checkRetrieveStatus", "checkStatus"])
    def test_unknown_jobs(self, api: Any, operation: str) -> None:
        for job in ("0Af000000000001AAA", "09S000000000001AAA"):
            answer = api.raw(api.envelope(operation, f"<asyncProcessId>{job}</asyncProcessId>"))[1]
            assert b"INVALID_CROSS_REFERENCE_KEY: invalid cross reference id" in answer
        answer = api.raw(api.envelope(operation, "<asyncProcessId>x</asyncProcessId>"))[1]
        assert b"sf:MALFORMED_ID" in answer

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no xml",
            b"<a/>",
            f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body/></e:Envelope>'.encode(),
            b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
            b"\xff\xfe\x00",
        ],
    )
    def test_what_is_no_call(self, api: Any, body: bytes) -> None:
        status, answer = api.raw(body)
        assert status == 500
        assert b"<faultcode>soapenv:Client</faultcode>" in answer

    def test_an_unknown_operation(self, api: Any) -> None:
        text = f"No operation available for request {{{NS}}}fly, please check the WSDL for the service."
        assert fault("Client", text, "soapenv") in api.raw(api.envelope("fly", ""))[1]

    def test_an_oversized_message(self, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(soap, "MAX_MESSAGE_BYTES", -4 * 1024 * 1024 + 100)
        assert b"INVALID_OPERATION: Maximum size of request reached" in api.raw(api.envelope("describeMetadata", ""))[1]


class TestClients:
    """Requests as jsforce 3.10.16, simple-salesforce 1.12.10 and CumulusCI 4.10.1 send them (observed)."""

    def session_header(self, api: Any, prefix: str = "") -> str:
        return f"<{prefix}SessionHeader><{prefix}sessionId>{api.session}</{prefix}sessionId></{prefix}SessionHeader>"

    def test_jsforce(self, api: Any) -> None:
        api.deploy({"package.xml": PACKAGE, "permissionsets/X.permissionset": PS})
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns="{NS}" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
            f"<soapenv:Header>{self.session_header(api)}<CallOptions><client>sfdx toolbelt:</client></CallOptions>"
            "</soapenv:Header><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
        )
        request = (
            f'<retrieve xmlns="{NS}"><request><apiVersion>63.0</apiVersion><unpackaged><types><members>*</members>'
            "<name>PermissionSet</name></types><version>63.0</version></unpackaged></request></retrieve>"
        )
        status, answer = api.raw(body.format(request))
        assert status == 200
        job = answer.partition(b"<id>")[2][:18].decode()
        check = f'<checkRetrieveStatus xmlns="{NS}"><asyncProcessId>{job}</asyncProcessId></checkRetrieveStatus>'
        assert b"<zipFile>UEsD" in api.raw(body.format(check))[1]

    def test_simple_salesforce(self, api: Any) -> None:
        """Capitalised booleans, the word None as stray text, another prefix, children without a namespace."""
        body = (
            f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns:met="{NS}"><soapenv:Header>'
            f"{self.session_header(api, 'met:')}</soapenv:Header><soapenv:Body>{{}}</soapenv:Body></soapenv:Envelope>"
        )
        deploy = (
            f"<met:deploy><met:ZipFile>{package()}</met:ZipFile><met:DeployOptions><met:allowMissingFiles>False"
            "</met:allowMissingFiles><met:checkOnly>False</met:checkOnly><met:rollbackOnError>True</met:rollbackOnError>"
            "<met:singlePackage>True</met:singlePackage>None None</met:DeployOptions></met:deploy>"
        )
        status, answer = api.raw(body.format(deploy))
        assert status == 200
        job = answer.partition(b"<id>")[2][:18].decode()
        assert api.deploy_status(job)["status"] == "Succeeded"
        retrieve = (
            "<met:retrieve><met:retrieveRequest><met:apiVersion>63.0</met:apiVersion><met:singlePackage>True"
            "</met:singlePackage><met:unpackaged><types><members>X</members><name>PermissionSet</name></types>"
            "</met:unpackaged></met:retrieveRequest></met:retrieve>"
        )
        job = api.raw(body.format(retrieve))[1].partition(b"<id>")[2][:18].decode()
        check = (
            f"<met:checkRetrieveStatus><met:asyncProcessId>{job}</met:asyncProcessId><met:includeZip>True"
            "</met:includeZip></met:checkRetrieveStatus>"
        )
        assert b"<zipFile>UEsD" in api.raw(body.format(check))[1]

    def test_cumulus_ci(self, api: Any) -> None:
        """checkStatus at a version that has no such operation, runAllTests, an empty unpackaged."""
        asked = (
            "<ignoreWarnings>true</ignoreWarnings><rollbackOnError>true</rollbackOnError><runAllTests>false</runAllTests>"
            "<singlePackage>true</singlePackage>"
        )
        [started] = api.call("deploy", f"<ZipFile>{package()}</ZipFile><DeployOptions>{asked}</DeployOptions>")
        assert api.deploy_status(started["id"][0])["status"] == "Succeeded"
        [started] = api.call(
            "retrieve", "<retrieveRequest><apiVersion>63.0</apiVersion><unpackaged/></retrieveRequest>"
        )
        job = f"<asyncProcessId>{started['id'][0]}</asyncProcessId>"
        [status] = api.call("checkStatus", job)
        assert status == {"done": ["true"], "id": started["id"], "state": ["Completed"]}
        [result] = api.call("checkRetrieveStatus", job)
        assert [one["fileName"] for one in result["fileProperties"]] == [["unpackaged/package.xml"]]

    def test_a_body_in_another_encoding(self, api: Any) -> None:
        text = api.envelope(
            "deploy", f"<ZipFile>{package()}</ZipFile><DeployOptions><singlePackage>1</singlePackage></DeployOptions>"
        )
        status, answer = api.raw(text.replace("UTF-8", "UTF-16").encode("utf-16"))
        assert status == 200
        assert api.deploy_status(answer.partition(b"<id>")[2][:18].decode())["status"] == "Succeeded"

    def test_base64_with_line_breaks(self, api: Any) -> None:
        wrapped = base64.encodebytes(base64.b64decode(package("pkg/"))).decode()
        [started] = api.call("deploy", f"<ZipFile>\n{wrapped}</ZipFile><DeployOptions/>")
        assert api.deploy_status(started["id"][0])["status"] == "Succeeded"


class TestLists:
    def test_children_and_folders(self, api: Any) -> None:
        label = "<labels><fullName>Hi</fullName><language>en_US</language><protected>false</protected>"
        label += "<shortDescription>h</shortDescription><value>Hi</value></labels>"
        content = f'<CustomLabels xmlns="{NS}">{label}</CustomLabels>'
        api.deploy_one("CustomLabels", "CustomLabels", "labels/CustomLabels.labels", content)
        [found] = api.call("listMetadata", "<queries><type>CustomLabel</type></queries>")
        assert (found["fullName"], found["fileName"]) == (["Hi"], ["labels/CustomLabels.labels"])
        report = f'<Report xmlns="{NS}"><format>Tabular</format><name>R</name><reportType>Account</reportType></Report>'
        files = {
            "package.xml": PACKAGE.replace("X<", "F/R<").replace("PermissionSet", "Report"),
            "reports/F-meta.xml": f'<ReportFolder xmlns="{NS}"><name>F</name></ReportFolder>',
            "reports/F/R.report": report,
        }
        assert api.deploy(files)["status"] == "Succeeded"
        found = api.call("listMetadata", "<queries><folder>F</folder><type>Report</type></queries>")
        assert [one["fullName"] for one in found] == [["F/R"]]

    def test_more_than_three_queries(self, api: Any) -> None:
        with pytest.raises(Exception, match="LIMIT_EXCEEDED"):
            api.call("listMetadata", "<queries><type>Profile</type></queries>" * 4)

    def test_a_retrieve_tells_what_is_unknown(self, api: Any) -> None:
        result = api.retrieve_result({"Nonsense": "X", "ApexClass": "FooBar"})
        assert [one["problem"][0] for one in result["messages"]] == [
            "Entity type: 'Nonsense' is unknown",
            "Entity of type 'ApexClass' named 'FooBar' cannot be found",
        ]
        assert result["success"] == ["true"]

    def test_a_single_package_has_no_directory(self, api: Any) -> None:
        found = api.retrieve({"Profile": "Admin"}, extra="<singlePackage>true</singlePackage>")
        assert list(found) == ["profiles/Admin.profile", "package.xml"]


class TestBigBodies:
    def test_no_tree_is_built_of_the_zip(self) -> None:
        body = f'<a:Envelope xmlns:a="{ENVELOPE}"><a:Body><deploy><ZipFile>'.encode() + b"QUFB" * 1_000_000
        body += b"</ZipFile><DeployOptions/></deploy></a:Body></a:Envelope>"
        request = read_request(body)
        [emptied, _] = request.arguments.children
        assert emptied.text == ""
        assert request.zip_file is not None
        assert request.zip_file.obj is body
        assert len(request.zip_bytes()) == 3_000_000

    def test_the_answer_comes_in_pieces(self) -> None:
        content = bytes(1_000_003)
        pieces = zip_response("checkRetrieveStatus", (("done", True),), "zipFile", content)
        assert isinstance(pieces, Iterator)
        parts = list(pieces)
        assert max(map(len, parts)) < 300_000
        packed = b"".join(parts).partition(b"<zipFile>")[2].partition(b"</zipFile>")[0]
        assert base64.b64decode(packed, validate=True) == content


def test_the_island_finds_the_wsdl_without_importing_its_package() -> None:
    code = (
        "import sys; from sfmeta.localorg.metadata import soap, schema; schema.salesforce_schema();"
        "print(sorted({'simple_salesforce', 'zeep', 'requests'} & set(sys.modules)))"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
