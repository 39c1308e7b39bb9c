"""SOAP login() as clients meet it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from simple_salesforce import SalesforceLogin
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from sfmeta.localorg.ids import to_18
from tests.localorg.visitor import PASSWORD, Visitor

SOPHIE = "soapui.dev@acme.example"
NS = "{urn:partner.soap.sforce.com}"


def test_the_response_has_the_shape_of_a_real_one(shared: Visitor) -> None:
    answer = shared.soap_login(SOPHIE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml;charset=UTF-8")
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope ')
    assert "<soapenv:Body><loginResponse><result><metadataServerUrl>" in answer.text
    result = ElementTree.fromstring(answer.content).find(f".//{NS}result")
    assert result is not None
    names = [child.tag.removeprefix(NS) for child in result]
    assert names == sorted(names)
    found = {child.tag.removeprefix(NS): child.text or "" for child in result}
    short = shared.org.org_id[:15]
    assert found["serverUrl"] == f"{shared.org.url}/services/Soap/u/59.0/{short}"
    assert found["metadataServerUrl"] == f"{shared.org.url}/services/Soap/m/59.0/{short}"
    assert found["sandbox"] == "true"
    assert found["sessionId"].startswith(f"{short}!AQ")
    assert to_18(found["userId"]) == found["userId"]
    info = result.find(f"{NS}userInfo")
    assert info is not None
    names = [child.tag.removeprefix(NS) for child in info]
    assert names == sorted(names)
    assert info.findtext(f"{NS}userName") == SOPHIE


@pytest.mark.parametrize("path", ["", "/", "/00D000000000001", "/anything/else"])
def test_what_follows_the_version_does_not_count(shared: Visitor, path: str) -> None:
    assert shared.soap_login(SOPHIE, version=f"59.0{path}").status_code == 200


@pytest.mark.parametrize(("name", "password"), [(SOPHIE, "wrong"), ("nobody@acme.example", PASSWORD), ("", "")])
def test_wrong_credentials(shared: Visitor, name: str, password: str) -> None:
    answer = shared.soap_login(name, password)
    assert answer.status_code == 500
    message = "Invalid username, password, security token; or user locked out."
    assert (
        "<soapenv:Fault><faultcode>sf:INVALID_LOGIN</faultcode>"
        f"<faultstring>INVALID_LOGIN: {message}</faultstring>"
        '<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>'
        f"<sf:exceptionMessage>{message}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    ) in answer.text


def test_versions_that_no_longer_or_not_yet_are(shared: Visitor) -> None:
    assert "UNSUPPORTED_API_VERSION" in shared.soap_login(SOPHIE, version="30.0").text
    assert "UNSUPPORTED_API_VERSION" in shared.soap_login(SOPHIE, version="99.0").text
    assert "No operation available for request" in shared.soap_login(SOPHIE, version="65.0").text
    # whoever calls it: there is nothing that could look at a password
    assert "No operation available for request" in shared.soap_login(SOPHIE, "wrong", version="65.0").text


@pytest.mark.parametrize("body", [b"", b"<", b"<a/>", b"\xff\xfe\x00", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'])
def test_what_is_no_envelope_gets_a_fault(shared: Visitor, body: bytes) -> None:
    answer = shared.call("POST", "/services/Soap/u/59.0", "", data=body)
    assert answer.status_code == 500
    assert "<faultcode>soapenv:Client</faultcode>" in answer.text


def test_simple_salesforce_logs_in_and_is_told_why_not(visitor: Visitor) -> None:
    def log_in() -> tuple[str, str]:
        found: tuple[str, str] = SalesforceLogin(
            username=SOPHIE, password=PASSWORD, security_token="", scratch_url=visitor.org.url, sf_version="59.0"
        )
        return found

    session, instance = log_in()
    assert instance == visitor.org.url.removeprefix("http://")
    assert visitor.rest("/limits", session).status_code == 200
    visitor.tick(internal=True)
    answer = visitor.rest("/limits", session)
    assert answer.status_code == 401
    assert answer.json() == [
        {"message": "This session is not valid for use with the REST API", "errorCode": "INVALID_SESSION_ID"}
    ]
    with pytest.raises(SalesforceAuthenticationFailed) as error:
        log_in()
    assert str(error.value) == (
        "Authentication failed (code: CLIENT_NOT_ACCESSIBLE_FOR_USER): Sorry, your administrator has blocked access to "
        "this client. Please contact your administrator."
    )
    visitor.tick(internal=False)
    assert visitor.rest("/limits", session).status_code == 200


def test_every_attempt_is_in_the_login_history(visitor: Visitor) -> None:
    visitor.soap_login(SOPHIE)
    visitor.soap_login(SOPHIE, "wrong")
    visitor.tick(internal=True)
    visitor.soap_login(SOPHIE)
    soql = "SELECT Status, LoginType, ApiType, ApiVersion, SourceIp FROM LoginHistory WHERE LoginTime = TODAY"
    rows = [
        row for row in visitor.query(soql)["records"] if row["SourceIp"] == "127.0.0.1" and row["ApiVersion"] != "N/A"
    ]
    assert [row["Status"] for row in rows] == ["Success", "Invalid Password", "Failed: Not approved for access"]
    assert {(row["LoginType"], row["ApiType"], row["ApiVersion"]) for row in rows} == {
        ("Other Apex API", "SOAP Partner", "59.0")
    }


def test_logout_ends_the_session_it_came_with(visitor: Visitor) -> None:
    text = visitor.soap_login(SOPHIE).text
    token = text.partition("<sessionId>")[2].partition("</sessionId>")[0]
    other = visitor.soap_login(SOPHIE).text.partition("<sessionId>")[2].partition("</sessionId>")[0]
    body = (
        '<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header>'
        f'<SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>{token}</sessionId></SessionHeader></se:Header>'
        '<se:Body><logout xmlns="urn:partner.soap.sforce.com"/></se:Body></se:Envelope>'
    )
    answer = visitor.call("POST", "/services/Soap/u/67.0", "", data=body, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 200
    assert "<soapenv:Body><logoutResponse/></soapenv:Body>" in answer.text
    assert visitor.rest("/limits", token).status_code == 401
    assert visitor.rest("/limits", other).status_code == 200
    again = visitor.call("POST", "/services/Soap/u/67.0", "", data=body, headers={"Content-Type": "text/xml"})
    assert again.status_code == 500
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in again.text
    assert '<sf:UnexpectedErrorFault xsi:type="sf:UnexpectedErrorFault">' in again.text
