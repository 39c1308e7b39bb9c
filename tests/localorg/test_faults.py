"""Faults on demand: which requests they fall on, and what a client then sees on a real socket."""

from __future__ import annotations

import base64
import http.client
import io
import json
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.localorg.faults.fault import Asked, Kind, Match, When, fault_from
from sfmeta.localorg.faults.operations import PARTNER_OPERATIONS, known_operations
from sfmeta.localorg.faults.table import Faults, Plan
from sfmeta.localorg.metadata.jobs import Jobs
from tests.localorg.visitor import Visitor

WHENS = st.builds(
    When,
    after=st.integers(0, 5),
    every=st.integers(1, 4),
    times=st.integers(0, 4),
    probability=st.floats(0, 1),
    seed=st.integers(),
)
KINDS = st.sampled_from(list(Kind))
ASKED = st.builds(
    Asked,
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from(["/services/data/v63.0/limits", "/services/Soap/m/63.0"]),
    operation=st.sampled_from(["", "deploy", "checkDeployStatus"]),
)
QUERY = "/services/data/v63.0/query?q=SELECT+Id+FROM+User"


def hits(when: When, count: int) -> list[int]:
    """The requests that are hit among so many."""
    fell: list[int] = []
    for number in range(1, count + 1):
        if when.falls(number, len(fell)):
            fell.append(number)
    return fell


class TestWhen:
    def test_the_nth(self) -> None:
        assert hits(fault_from({"kind": "cut", "nth": 3}).when, 9) == [3]

    def test_the_first_ones(self) -> None:
        assert hits(When(times=2), 9) == [1, 2]

    def test_every_third_after_the_second(self) -> None:
        assert hits(When(after=2, every=3), 12) == [3, 6, 9, 12]

    @given(WHENS)
    def test_it_obeys_its_limits(self, when: When) -> None:
        fell = hits(when, 40)
        assert not when.times or len(fell) <= when.times
        assert all(number > when.after and (number - when.after - 1) % when.every == 0 for number in fell)

    @given(WHENS)
    def test_the_same_seed_hits_the_same(self, when: When) -> None:
        assert hits(when, 40) == hits(when, 40)
        assert hits(when, 20) == [number for number in hits(when, 40) if number <= 20]

    def test_another_seed_hits_others_and_the_chance_is_kept(self) -> None:
        one, other = hits(When(probability=0.3, seed=1), 2000), hits(When(probability=0.3, seed=2), 2000)
        assert one != other
        assert 500 < len(one) < 700


class TestOperations:
    @pytest.mark.parametrize("name", known_operations())
    def test_every_one_is_behind_a_door(self, name: str, shared: Visitor) -> None:
        api = "u/63.0" if name in PARTNER_OPERATIONS else "m/63.0"
        said = _envelope(shared, api, name)
        assert "No operation available" not in said, said
        assert fault_from({"kind": "cut", "operation": name}).match.operation == name

    def test_one_that_no_door_has(self, shared: Visitor) -> None:
        assert "No operation available" in _envelope(shared, "m/63.0", "nope")
        for name in ("nope", "Deploy", "checkDeployState", "LOGIN"):
            with pytest.raises(ValueError, match=f"there is no SOAP operation {name}: "):
                fault_from({"kind": "cut", "operation": name})

    @pytest.mark.parametrize(("name", "near"), [("Deploy", "deploy"), ("checkDeployState", "checkDeployStatus")])
    def test_the_nearest_is_named(self, name: str, near: str) -> None:
        with pytest.raises(ValueError, match=f"did you mean {near}$"):
            fault_from({"kind": "cut", "operation": name})


def _envelope(visitor: Visitor, api: str, operation: str) -> str:
    """What the org says to an empty call of an operation."""
    # logout() would end the session for the tests that follow
    token = visitor.admin_token if api.startswith("m/") else ""
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata">'
        f"<e:Header><SessionHeader><sessionId>{token}</sessionId></SessionHeader></e:Header>"
        f"<e:Body><{operation}/></e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    return visitor.call("POST", f"/services/Soap/{api}", "", headers=headers, data=body).text


class TestTable:
    @given(st.lists(st.tuples(KINDS, WHENS), max_size=4), st.lists(ASKED, max_size=30))
    def test_the_same_requests_meet_the_same_faults(self, faults: list[tuple[Kind, When]], asked: list[Asked]) -> None:
        def play() -> tuple[list[Plan], list[Any]]:
            table = Faults()
            for kind, when in faults:
                table.add(
                    kind,
                    operation="deploy",
                    after=when.after,
                    every=when.every,
                    times=when.times,
                    probability=when.probability,
                    seed=when.seed % 2**60,
                )
            return [table.plan(one) for one in asked], table.listed()

        plans, listed = play()
        assert (plans, listed) == play()
        wanted = sum(one.operation == "deploy" for one in asked)
        assert all(entry["matched"] == wanted for entry in listed)
        done = sum((plan.fault is not None) for plan in plans)
        assert sum(entry["hits"] for entry in listed if entry["kind"] != "delay") == done
        assert all(plan == Plan() for plan, one in zip(plans, asked, strict=True) if one.operation != "deploy")

    def test_what_is_listed_can_be_added_again(self) -> None:
        table, again = Faults(), Faults()
        table.add("cut", path="/services/data/*", method="get", nth=4, share=0.25)
        table.add("delay", delay_s=2, probability=0.5, seed=7)
        for entry in table.listed():
            again.add(**{name: value for name, value in entry.items() if name not in ("id", "matched", "hits")})
        assert again.listed() == table.listed()
        assert table.listed()[0] == {
            "id": "F1",
            "kind": "cut",
            "method": "GET",
            "path": "/services/data/*",
            "after": 3,
            "times": 1,
            "share": 0.25,
            "matched": 0,
            "hits": 0,
        }

    def test_delays_add_up_and_the_first_of_the_others_is_done(self) -> None:
        table = Faults()
        for kind, delay in (("delay", 1), ("cut", 0), ("delay", 0.5), ("drop-after", 0)):
            table.add(kind, delay_s=delay)
        plan = table.plan(Asked("GET", "/"))
        assert plan.delay_s == 1.5
        assert plan.fault is not None
        assert plan.fault.kind is Kind.CUT
        assert [entry["hits"] for entry in table.listed()] == [1, 1, 1, 0]

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ({}, "kind is one of drop-before"),
            ({"kind": "cut", "nth": 0}, "nth is a whole number from 1"),
            ({"kind": "cut", "nth": True}, "nth is a whole number"),
            ({"kind": "cut", "nth": 1, "times": 2}, "give nth, or after, every and times"),
            ({"kind": "cut", "probability": 1.5, "share": -1}, "probability is a number from 0 to 1; share is"),
            ({"kind": "delay", "delay_s": float("nan")}, "delay_s is a number"),
            ({"kind": "cut", "path": 3, "color": "red"}, "unknown: color; path is a text"),
        ],
    )
    def test_what_is_no_fault(self, content: dict[str, Any], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            fault_from(content)

    def test_a_path_is_a_pattern(self) -> None:
        match = Match(path="/services/data/*/query*")
        assert match.takes(Asked("GET", "/services/data/v63.0/query"))
        assert not match.takes(Asked("GET", "/services/data/v63.0/limits"))


@pytest.fixture
def org(visitor: Visitor) -> Iterator[Visitor]:
    return visitor


def soap(visitor: Visitor, operation: str, inside: str = "", token: str = "") -> requests.Response:
    """A call of the Metadata API."""
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="http://soap.sforce.com/2006/04/metadata">'
        f"<e:Header><SessionHeader><sessionId>{token or visitor.admin_token}</sessionId></SessionHeader>"
        f"</e:Header><e:Body><{operation}>{inside}</{operation}></e:Body></e:Envelope>"
    )
    return visitor.call("POST", "/services/Soap/m/63.0", "", data=body, headers={"Content-Type": "text/xml"})


def users(visitor: Visitor) -> int:
    return len(visitor.org.state.records.find("PermissionSetAssignment"))


def assign(visitor: Visitor) -> requests.Response:
    """A write."""
    records = visitor.org.state.records
    owner = records.insert("PermissionSet", {"Name": "Extra", "Label": "Extra"})
    fields = {"AssigneeId": records.find("User")[0].id, "PermissionSetId": owner}
    return visitor.rest("/sobjects/PermissionSetAssignment", method="POST", json=fields)


def test_dropped_before_nothing_was_done(org: Visitor) -> None:
    org.org.faults.add("drop-before", path="/services/data/*/sobjects/*", nth=1)
    before = users(org)
    with pytest.raises(requests.ConnectionError):
        assign(org)
    assert users(org) == before
    assert assign(org).status_code == 201
    assert users(org) == before + 1


def test_dropped_after_the_work_is_done(org: Visitor) -> None:
    org.org.faults.add("drop-after", path="/services/data/*/sobjects/*", nth=1)
    before = users(org)
    with pytest.raises(requests.ConnectionError):
        assign(org)
    assert users(org) == before + 1


def test_cut_in_the_middle(org: Visitor) -> None:
    org.org.faults.add("cut", path="/services/data/*", nth=1)
    connection = http.client.HTTPConnection("127.0.0.1", int(org.org.url.rpartition(":")[2]), timeout=30)
    headers = {"Authorization": f"Bearer {org.org.admin.access_token}"}
    connection.request("GET", QUERY, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.getheader("Content-Type") == "application/json;charset=UTF-8"
    with pytest.raises(http.client.IncompleteRead) as caught:
        answer.read()
    whole = int(str(answer.getheader("Content-Length")))
    assert len(caught.value.partial) == whole // 2
    connection.close()
    assert len(org.call("GET", QUERY).content) == whole


def test_a_delay_is_longer_than_a_client_waits(org: Visitor) -> None:
    org.org.faults.add("delay", delay_s=600, nth=1)
    with requests.Session() as session:
        session.trust_env = False
        with pytest.raises(requests.ReadTimeout):
            session.get(f"{org.org.url}/services/data", timeout=0.2)
    assert org.call("GET", "/services/data").status_code == 200


@pytest.mark.parametrize(("kind", "status", "words"), [("bad-gateway", 502, "Bad"), ("unavailable", 503, "maintenan")])
def test_pages_of_html(org: Visitor, kind: str, status: int, words: str) -> None:
    org.org.faults.add(kind, times=2)
    for answer in (org.rest("/limits"), soap(org, "describeMetadata")):
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "text/html;charset=UTF-8"
        assert words in answer.text
    assert org.rest("/limits").status_code == 200


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("request-limit", "REQUEST_LIMIT_EXCEEDED", 403),
        ("concurrent-limit", "REQUEST_LIMIT_EXCEEDED", 403),
        ("org-locked", "ORG_LOCKED", 403),
        ("org-in-maintenance", "ORG_IN_MAINTENANCE", 503),
    ],
)
def test_each_door_says_it_in_its_own_shape(org: Visitor, kind: str, code: str, status: int) -> None:
    org.org.faults.add(kind)
    answer = org.rest("/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)
    answer = soap(org, "describeMetadata")
    assert answer.status_code == 500
    assert f"<faultcode>sf:{code}</faultcode><faultstring>{code}: " in answer.text
    answer = org.soap_login("admin@acme.example")
    assert answer.status_code == 500
    assert f'<sf:UnexpectedErrorFault xsi:type="sf:UnexpectedErrorFault"><sf:exceptionCode>{code}<' in answer.text
    answer = org.password("Billing Sync", "admin@acme.example")
    assert (answer.status_code, answer.json()["error"]) == (status, code.lower())


def test_a_session_ends_in_the_middle_of_polling(org: Visitor) -> None:
    Jobs(org.org.state).set_mode("polls:5")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("package.xml", "<Package><version>63.0</version></Package>")
    zip_file = base64.b64encode(content.getvalue()).decode()
    options = "<DeployOptions><singlePackage>true</singlePackage></DeployOptions>"
    started = soap(org, "deploy", f"<ZipFile>{zip_file}</ZipFile>{options}")
    job = started.text.partition("<id>")[2].partition("</id>")[0]
    poll = f"<asyncProcessId>{job}</asyncProcessId><includeDetails>true</includeDetails>"
    org.org.faults.add("expire-session", operation="checkDeployStatus", nth=2)
    assert "<done>false</done>" in soap(org, "checkDeployStatus", poll).text
    for _ in range(2):
        assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in soap(org, "checkDeployStatus", poll).text
    assert org.rest("/limits").status_code == 401
    again = org.jwt("sfmeta", org.org.admin.username).json()["access_token"]
    for _ in range(6):
        last = soap(org, "checkDeployStatus", poll, again).text
    assert "<status>Succeeded</status>" in last


def deployed(visitor: Visitor) -> str:
    """What the org says of an empty deployment in the end."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("package.xml", "<Package><version>63.0</version></Package>")
    zip_file = base64.b64encode(content.getvalue()).decode()
    options = "<DeployOptions><singlePackage>true</singlePackage></DeployOptions>"
    started = soap(visitor, "deploy", f"<ZipFile>{zip_file}</ZipFile>{options}").text
    job = started.partition("<id>")[2].partition("</id>")[0]
    poll = f"<asyncProcessId>{job}</asyncProcessId><includeDetails>true</includeDetails>"
    return soap(visitor, "checkDeployStatus", poll).text


@pytest.mark.parametrize("mode", ["immediate", "polls:0"])
def test_a_job_meets_a_locked_setup(org: Visitor, mode: str) -> None:
    """As CumulusCI#218 quotes it; only the deployment that the fault fell on."""
    Jobs(org.org.state).set_mode(mode)
    org.org.faults.add("setup-locked", operation="deploy", nth=2)
    assert "<status>Succeeded</status>" in deployed(org)
    said = deployed(org)
    assert "<errorStatusCode>ALREADY_IN_PROCESS</errorStatusCode>" in said
    assert "<errorMessage>null: The changes you requested require salesforce.com to temporarily lock" in said
    assert "<status>Failed</status>" in said
    assert "<status>Succeeded</status>" in deployed(org)


def test_every_answer_tells_the_org_s_own_time(org: Visitor) -> None:
    org.org.advance_clock(timedelta(days=3))
    told = parsedate_to_datetime(org.rest("/limits").headers["Date"])
    assert abs((told - org.org.time).total_seconds()) < 60


def retrieved(visitor: Visitor) -> bytes:
    """The zip of all profiles."""
    request = "<retrieveRequest><apiVersion>63.0</apiVersion><unpackaged><types><members>*</members>"
    request += "<name>Profile</name></types><version>63.0</version></unpackaged></retrieveRequest>"
    job = soap(visitor, "retrieve", request).text.partition("<id>")[2].partition("</id>")[0]
    check = f"<asyncProcessId>{job}</asyncProcessId><includeZip>true</includeZip>"
    text = soap(visitor, "checkRetrieveStatus", check).text
    return base64.b64decode(text.partition("<zipFile>")[2].partition("<")[0], validate=True)


def test_a_zip_arrives_truncated(org: Visitor) -> None:
    org.org.faults.add("truncated-zip", operation="checkRetrieveStatus", nth=1)
    part, whole = retrieved(org), retrieved(org)
    assert 0 < len(part) < len(whole)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(part))
    assert "unpackaged/package.xml" in zipfile.ZipFile(io.BytesIO(whole)).namelist()


def test_the_daily_limit_counts_down(org: Visitor) -> None:
    back = org.org.control_token
    assert org.call("POST", "/_local/faults/api-limit", back, json={"remaining": 3}).status_code == 200
    answer = org.rest("/limits")
    shown = answer.json()["DailyApiRequests"]
    assert shown["Remaining"] == 2
    used = shown["Max"] - 2
    assert answer.headers["Sforce-Limit-Info"] == f"api-usage={used}/{shown['Max']}"
    assert soap(org, "describeMetadata").status_code == 200
    assert org.call("GET", "/services/data").status_code == 200
    assert org.soap_login("admin@acme.example").status_code == 200
    assert org.rest("/limits").json()["DailyApiRequests"]["Remaining"] == 0
    for _ in range(2):
        assert org.rest("/limits").json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded." in soap(org, "describeMetadata").text
    assert org.call("POST", "/_local/clock", back, json={"advance_s": 25 * 3600}).status_code == 200
    later = int(time.time()) + 26 * 3600
    token = org.jwt("sfmeta", org.org.admin.username, exp=later).json()["access_token"]
    assert org.rest("/limits", token).json()["DailyApiRequests"]["Remaining"] == shown["Max"] - 1


def test_the_back_door_is_never_hit(org: Visitor) -> None:
    back = org.org.control_token
    added = org.call("POST", "/_local/faults/add", back, json={"kind": "drop-before", "path": "*"})
    assert added.json()["id"] == "F1"
    with pytest.raises(requests.ConnectionError):
        org.rest("/limits")
    listed = org.call("GET", "/_local/faults", back).json()
    assert listed["faults"] == [{"id": "F1", "kind": "drop-before", "path": "*", "matched": 1, "hits": 1}]
    assert org.call("POST", "/_local/faults/jobs", back, json={"mode": "polls:3"}).json()["jobs"] == "polls:3"
    assert org.call("POST", "/_local/faults/jobs", back, json={"mode": "never"}).status_code == 400
    assert org.call("POST", "/_local/faults/add", back, json={"kind": "nothing"}).status_code == 400
    assert org.call("POST", "/_local/faults/remove", back, json={"id": "F2"}).status_code == 404
    cleared = org.call("POST", "/_local/faults/clear", back, json={}).json()
    assert (cleared["faults"], cleared["jobs"]) == ([], "immediate")
    assert org.rest("/limits").status_code == 200
    assert json.dumps(cleared["api_requests"]["limit"]) == "null"
