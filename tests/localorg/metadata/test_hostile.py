"""Whatever comes, the answer is SOAP: a result or a fault, never a crash."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NS = "http://soap.sforce.com/2006/04/metadata"
CALM = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
APP = (
    f'<ConnectedApp xmlns="{NS}"><contactEmail>a@b.test</contactEmail><label>A</label><oauthConfig><callbackUrl>u'
    "</callbackUrl><consumerKey>abcdefgh1</consumerKey><isAdminApproved>true</isAdminApproved><scopes>Api</scopes>"
    "</oauthConfig><oauthPolicy><ipRelaxation>ENFORCE</ipRelaxation><refreshTokenPolicy>zero</refreshTokenPolicy>"
    "</oauthPolicy><profileName>Admin</profileName><sessionPolicy><sessionTimeout>30</sessionTimeout></sessionPolicy>"
    "</ConnectedApp>"
)
EVERY = "<types><members>*</members><name>ConnectedApp</name></types>"
PACKAGE = f'<Package xmlns="{NS}">{EVERY}<version>63.0</version></Package>'
SPLICES = st.sampled_from(
    [
        "",
        "<",
        ">",
        "/",
        "&amp;",
        "&#0;",
        "<!--",
        "<![CDATA[",
        "²",
        "\u0663",
        "\ufffe",
        "<a/>",
        "true",
        "'",
        "]]>",
        "x" * 300,
    ]
)


@st.composite
def mangled(draw: st.DrawFn, text: str) -> str:
    """A text with pieces cut out and others put in."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + draw(SPLICES) + text[end:]
    return text


def is_soap(status: int, answer: bytes) -> bool:
    root = ElementTree.fromstring(answer)
    return root.tag.endswith("}Envelope") and status in (200, 500)


@given(content=mangled(APP), package=st.one_of(st.just(PACKAGE), mangled(PACKAGE)))
@CALM
def test_mangled_files(api: Any, content: str, package: str) -> None:
    outcome = api.deploy({"package.xml": package, "connectedApps/A.connectedApp": content}, checkOnly=True)
    assert outcome["status"] in ("Succeeded", "Failed")
    assert outcome["status"] == "Succeeded" or outcome.problems


@given(data=st.data())
@CALM
def test_mangled_envelopes(api: Any, data: st.DataObject) -> None:
    query = "<queries><type>Profile</type></queries>"
    assert is_soap(*api.raw(data.draw(mangled(api.envelope("listMetadata", query)))))


@given(body=st.binary(max_size=200))
@CALM
def test_random_bytes(api: Any, body: bytes) -> None:
    assert is_soap(*api.raw(body))


@given(data=st.data())
@CALM
def test_mangled_zips(api: Any, data: st.DataObject) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("package.xml", PACKAGE)
        archive.writestr("connectedApps/A.connectedApp", APP)
    content = bytearray(out.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    packed = base64.b64encode(bytes(content)).decode()
    options = "<DeployOptions><singlePackage>true</singlePackage><checkOnly>true</checkOnly></DeployOptions>"
    assert is_soap(*api.raw(api.envelope("deploy", f"<ZipFile>{packed}</ZipFile>{options}")))


def test_a_tower_of_elements(api: Any) -> None:
    tower = "<a>" * 50_000 + "</a>" * 50_000
    content = f'<ConnectedApp xmlns="{NS}">{tower}</ConnectedApp>'
    outcome = api.deploy({"package.xml": PACKAGE, "connectedApps/A.connectedApp": content})
    assert outcome.problems == ["Error parsing file: Elements are nested more than 100 deep."]
    assert is_soap(*api.raw(api.envelope("deploy", tower)))


@pytest.mark.parametrize("encoding", ["no-such", "utf-7", "gbk", "cp037"])
def test_odd_encodings(api: Any, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>{APP}'
    outcome = api.deploy({"package.xml": PACKAGE, "connectedApps/A.connectedApp": content})
    assert outcome["status"] == "Failed"
    assert outcome.problems[0].startswith("Error parsing file: ")


@pytest.mark.parametrize("name", ["../x", "a\u0000b", "x" * 5000, "%", "%zz", "'; DROP TABLE record; --"])
def test_names_are_only_names(api: Any, name: str) -> None:
    shown = name.replace("\u0000", "")
    result = api.retrieve_result({"PermissionSet": shown.replace("&", "&amp;")})
    assert result["messages"][0]["problem"] == [f"Entity of type 'PermissionSet' named '{shown}' cannot be found"]


@pytest.mark.parametrize("name", ["..", ".", "%00", "%0A", " ", "%2E%2E%2Fx", "x" * 256])
def test_a_name_that_can_be_none_is_refused(api: Any, name: str) -> None:
    files = {
        "package.xml": f'<Package xmlns="{NS}"><types><members>*</members><name>PermissionSet</name></types>'
        "<version>63.0</version></Package>",
        f"permissionsets/{name}.permissionset": f'<PermissionSet xmlns="{NS}"><label>L</label></PermissionSet>',
    }
    outcome = api.deploy(files)
    assert outcome["status"] == "Failed"
    assert [text.partition(":")[0] for text in outcome.problems] == ["Invalid fullName"]
    assert api.call("listMetadata", "<queries><type>PermissionSet</type></queries>") == []


@pytest.mark.parametrize("name", ["Account-取引先\u3000レイアウト", "Account-Büro\u00a01", "x" * 255])
def test_a_name_may_hold_any_letters(api: Any, name: str) -> None:
    outcome = api.deploy_one("Layout", name, f"layouts/{name}.layout", f'<Layout xmlns="{NS}"/>')
    assert (outcome["status"], outcome.problems) == ("Succeeded", [])


LONG = "9" * 5000


def test_a_version_of_thousands_of_digits(api: Any) -> None:
    types = "<types><members>*</members><name>Profile</name></types>"
    for operation, arguments in (
        ("listMetadata", f"<queries><type>Profile</type></queries><asOfVersion>{LONG}</asOfVersion>"),
        ("describeMetadata", f"<asOfVersion>{LONG}.0</asOfVersion>"),
        ("retrieve", f"<retrieveRequest><unpackaged>{types}<version>{LONG}</version></unpackaged></retrieveRequest>"),
    ):
        assert is_soap(*api.raw(api.envelope(operation, arguments)))
    outcome = api.deploy({"package.xml": f'<Package xmlns="{NS}"><version>{LONG}</version></Package>'})
    assert outcome.problems == [f"Invalid Api version specified in package.xml: {LONG}"]


def test_base64_whose_lines_end_in_references(api: Any) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("package.xml", f'<Package xmlns="{NS}"><version>63.0</version></Package>')
    packed = base64.encodebytes(out.getvalue()).decode().replace("\n", "&#13;\n")
    options = "<DeployOptions><singlePackage>true</singlePackage></DeployOptions>"
    [result] = api.call("deploy", f"<ZipFile>{packed}</ZipFile>{options}")
    assert api.deploy_status(result["id"][0])["status"] == "Succeeded"
