"""Faults, nonsense and broken connections: one clear error each, with the right exit code, and no secret in it."""

from __future__ import annotations

import gc
import io
import logging
import threading
import traceback

import pytest

from sfmeta.errors import LoginRefused, NotSent, OrgRefused, OrgUnreachable, SessionExpired, SfmetaError, UsageError
from sfmeta.model.names import ComponentId, JobId, TypeName
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.secret import Secret
from sfmeta.org.auth import AccessToken, ClientCredentials
from sfmeta.org.client import OrgClient
from sfmeta.org.faults import one_line, refused
from sfmeta.org.http import Http, HttpSettings

from .conftest import (
    JOB,
    ORG_ID,
    ORGANIZATION,
    RETRIEVE_JOB,
    TOKEN,
    USER_ID,
    FakeOrg,
    Reply,
    deploy_result,
    envelope,
    fault,
    quick_http,
    wsdl,
)

QUEUED = envelope("deploy", f"<result><done>false</done><id>{JOB}</id><state>Queued</state></result>")
ENDED = fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
SHUT = fault("INVALID_SESSION_ID", "This session is not valid for use with the API")


def renewable(fake: FakeOrg, http: Http) -> OrgClient:
    """A client whose flow gives a new token each time."""
    logins = iter(range(1, 100))

    def answer(_: object) -> Reply:
        token = f"00D000000000001!token{next(logins)}"
        return Reply(f'{{"access_token":"{token}","instance_url":"{fake.url}","id":"x/id/{ORG_ID}/{USER_ID}"}}')

    fake.on("/services/oauth2/token", answer)
    return OrgClient.connect(ClientCredentials("3MVG", Secret("s"), fake.url), wsdl(), http=http)


def logins(fake: FakeOrg) -> int:
    return sum(request.path == "/services/oauth2/token" for request in fake.requests)


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        (
            "INSUFFICIENT_ACCESS",
            "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions",
            "Modify All Data",
        ),
        ("INVALID_OPERATION", "rollbackOnError option must be true on a production org", ""),
        ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ""),
        ("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner", "API Enabled"),
    ],
)
def test_a_fault_is_a_refusal_in_the_orgs_words(
    fake: FakeOrg, client: OrgClient, code: str, message: str, hint: str
) -> None:
    fake.soap("checkDeployStatus", fault(code, message))
    with pytest.raises(OrgRefused) as refusal:
        client.deploy_status(JobId(JOB))
    assert refusal.value.code == code
    assert refusal.value.message == f"the org refused: {code}: {message}"
    assert hint in refusal.value.hint
    assert refusal.value.exit_code == 1


def test_an_ended_session_is_renewed_and_the_deploy_sent_again_whole(fake: FakeOrg, http: Http) -> None:
    client = renewable(fake, http)
    fake.soap("deploy", ENDED, QUEUED)
    assert client.start_deploy(io.BytesIO(b"PK" * 100_000), DeployOptions()) == JOB
    first, second = fake.sent("deploy")
    assert b"token1<" in first.body
    assert b"token2<" in second.body
    assert len(first.body) == len(second.body)
    assert logins(fake) == 2


def test_a_session_that_is_refused_again_is_not_renewed_for_ever(fake: FakeOrg, http: Http) -> None:
    client = renewable(fake, http)
    fake.soap("checkDeployStatus", ENDED)
    with pytest.raises(SessionExpired):
        client.deploy_status(JobId(JOB))
    assert len(fake.sent("checkDeployStatus")) == 2
    assert logins(fake) == 2


def test_a_door_shut_by_api_access_control_is_never_knocked_at_again(fake: FakeOrg, http: Http) -> None:
    client = renewable(fake, http)
    fake.soap("deploy", SHUT)
    with pytest.raises(LoginRefused, match="API Access Control") as refusal:
        client.start_deploy(io.BytesIO(b"PK"), DeployOptions())
    assert refusal.value.exit_code == 6
    assert len(fake.sent("deploy")) == 1
    assert logins(fake) == 1


def test_the_rest_api_says_the_same(fake: FakeOrg, http: Http) -> None:
    client = renewable(fake, http)
    shut = '[{"message":"This session is not valid for use with the REST API","errorCode":"INVALID_SESSION_ID"}]'
    fake.on("/services/data/v63.0/query", Reply(shut, 401))
    with pytest.raises(LoginRefused, match="API Access Control"):
        list(client.query("SELECT Id FROM User"))
    assert logins(fake) == 1
    ended = '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    fake.on("/services/data/v63.0/query", Reply(ended, 401), Reply('{"done":true,"records":[{"Id":"1"}]}'))
    assert list(client.query("SELECT Id FROM User")) == [{"Id": "1"}]
    assert logins(fake) == 2


def test_a_wrong_token(fake: FakeOrg, http: Http) -> None:
    ended = '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    fake.on("/services/oauth2/userinfo", Reply("Bad_OAuth_Token", 403, "text/plain"))
    fake.on("/services/data/v63.0/query", Reply(ended, 401))
    with pytest.raises(LoginRefused, match="token is wrong") as refusal:
        OrgClient.connect(AccessToken(fake.url, Secret(TOKEN)), wsdl(), http=http)
    assert TOKEN not in str(refusal.value)
    assert refusal.value.exit_code == 6


def test_a_session_that_may_not_ask_who_it_is_still_works(fake: FakeOrg, http: Http) -> None:
    fake.on("/services/oauth2/userinfo", Reply("Missing_OAuth_Token", 403, "text/plain"))
    client = renewable(fake, http)
    assert client.info.user_id == USER_ID
    assert str(client.info.id) == ORG_ID


NONSENSE = [
    Reply("<html><body>Down for maintenance</body></html>", 200, "text/html"),
    Reply("<html>Not here</html>", 404, "text/html"),
    Reply("busy", 503, "text/plain"),
    Reply("", 200, "text/xml"),
    Reply("", 500, "text/xml"),
    Reply("<a/>", 200, "text/xml"),
    Reply("<a/>", 500, "text/xml"),
    Reply("no xml", 200, "text/xml"),
    Reply("", 302, headers={"Location": "https://evil.example.com/x"}),
    Reply(b"\x00\x01", 200, "text/xml"),
    Reply('<!DOCTYPE e [<!ENTITY a "aaaa">]><e:Envelope xmlns:e="x">&a;</e:Envelope>', 200, "text/xml"),
    Reply('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>', 200, "text/xml"),
    Reply('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>', 500, "text/xml"),
    Reply('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>', 200, "text/xml"),
    Reply('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>', 200, "text/xml"),
    Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n"),
    Reply(raw=b""),
    Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a/>"),
    Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
    envelope("checkRetrieveStatus", "<result><done>x</done></result>"),
    envelope("checkDeployStatus", "<result><done>true</done></result>"),
    envelope("checkDeployStatus", deploy_result(numberTestErrors="many").replace("<done>true</done>", "", 1)),
    envelope("checkDeployStatus", deploy_result().replace("<done>true</done>", "") + "<done>true</done>"),
    envelope("checkDeployStatus", "<unknown/>"),
    envelope("checkDeployStatus", ""),
]


@pytest.mark.parametrize("reply", NONSENSE)
def test_nonsense_is_no_salesforce(fake: FakeOrg, client: OrgClient, reply: Reply) -> None:
    fake.on("/services/Soap", reply)
    for ask in (
        lambda: client.deploy_status(JobId(JOB)),
        lambda: client.retrieve_status(JobId(RETRIEVE_JOB), io.BytesIO()),
        lambda: client.start_deploy(io.BytesIO(b"PK"), DeployOptions()),
    ):
        with pytest.raises(OrgUnreachable) as refusal:
            ask()
        assert "127.0.0.1" in refusal.value.message
        assert "\n" not in str(refusal.value)
        assert len(str(refusal.value)) < 400


QUEUED_RETRIEVE = envelope("retrieve", f"<result><done>false</done><id>{RETRIEVE_JOB}</id></result>")
LOST = [
    Reply(raw=b""),
    Reply("<html>Bad gateway</html>", 502, "text/html"),
    Reply("busy", 503, "text/plain"),
    Reply(str(QUEUED_RETRIEVE.body)[:300], content_type="text/xml", length=2000),
]


@pytest.mark.parametrize("lost", LOST)
def test_what_changes_nothing_is_asked_for_again_where_its_answer_is_lost(
    fake: FakeOrg, client: OrgClient, lost: Reply
) -> None:
    listed = envelope("listMetadata", "")
    fake.soap("retrieve", lost, QUEUED_RETRIEVE)
    fake.soap("listMetadata", lost, lost, listed)
    assert client.start_retrieve([ComponentId.of("Profile", "Admin")]) == RETRIEVE_JOB
    assert client.list_metadata([TypeName("Profile")]) == ()
    assert (len(fake.sent("retrieve")), len(fake.sent("listMetadata"))) == (2, 3)
    fake.soap("retrieve", lost)
    with pytest.raises(OrgUnreachable):
        client.start_retrieve([ComponentId.of("Profile", "Admin")])
    assert len(fake.sent("retrieve")) == 5, "and not for ever"


@pytest.mark.parametrize("lost", LOST)
def test_what_changes_the_org_is_not(fake: FakeOrg, client: OrgClient, lost: Reply) -> None:
    fake.on("/services/Soap", lost)
    for ask in (
        lambda: client.start_deploy(io.BytesIO(b"PK"), DeployOptions()),
        lambda: client.cancel_deploy(JobId(JOB)),
        lambda: client.quick_deploy(JobId(JOB)),
    ):
        before = len(fake.requests)
        with pytest.raises(OrgUnreachable):
            ask()
        assert len(fake.requests) == before + 1


def test_a_refusal_of_a_retrieve_is_an_answer(fake: FakeOrg, client: OrgClient) -> None:
    fake.soap("retrieve", fault("INSUFFICIENT_ACCESS", "no"))
    with pytest.raises(OrgRefused):
        client.start_retrieve([ComponentId.of("Profile", "Admin")])
    assert len(fake.sent("retrieve")) == 1


@pytest.mark.parametrize("value", ["many", "1e3", ""])
def test_numbers_that_are_none_do_not_hide_the_outcome(fake: FakeOrg, client: OrgClient, value: str) -> None:
    fake.soap("checkDeployStatus", envelope("checkDeployStatus", deploy_result(numberTestErrors=value)))
    assert client.deploy_status(JobId(JOB)).success


@pytest.mark.parametrize("cut", [10, 300, 2000])
def test_an_answer_that_is_cut_off(fake: FakeOrg, client: OrgClient, cut: int) -> None:
    whole = envelope(
        "checkRetrieveStatus",
        f"<result><done>true</done><id>{RETRIEVE_JOB}</id><status>Succeeded</status><success>true</success>"
        f"<zipFile>{'QUJD' * 2000}</zipFile></result>",
    )
    body = str(whole.body)
    fake.soap("checkRetrieveStatus", Reply(body[:cut], 200, whole.content_type, length=len(body)))
    with pytest.raises(OrgUnreachable, match="broke off"):
        client.retrieve_status(JobId(RETRIEVE_JOB), io.BytesIO())


def test_a_silent_org_is_not_waited_for_for_ever(fake: FakeOrg) -> None:
    http = quick_http(read_timeout_s=0.05)
    client = OrgClient.connect(AccessToken(fake.url, Secret(TOKEN)), wsdl(), http=http)
    release = threading.Event()
    fake.on("/services/Soap", Reply("late", wait=release))
    with pytest.raises(OrgUnreachable, match="too long"):
        client.deploy_status(JobId(JOB))
    release.set()
    http.close()


def test_a_trickling_org_is_not_waited_for_for_ever(fake: FakeOrg) -> None:
    ticks = iter(range(0, 10_000, 3))
    http = Http(HttpSettings(total_timeout_s=5), monotonic=lambda: float(next(ticks)))
    fake.on("/slow", Reply(b"x" * 1_000_000))
    with pytest.raises(OrgUnreachable, match="did not finish"):
        http.call("GET", f"{fake.url}/slow")
    http.close()


def test_an_answer_that_is_too_large(fake: FakeOrg) -> None:
    http = quick_http(max_answer_bytes=100_000)
    client = OrgClient.connect(AccessToken(fake.url, Secret(TOKEN)), wsdl(), http=http)
    fake.soap("checkDeployStatus", envelope("checkDeployStatus", deploy_result(stateDetail="x" * 200_000)))
    with pytest.raises(OrgUnreachable, match="larger than 100000"):
        client.deploy_status(JobId(JOB))
    fake.soap("checkRetrieveStatus", envelope("checkRetrieveStatus", f"<result>{'<a/>' * 200_000}</result>"))
    with pytest.raises(OrgUnreachable, match="larger than 100000"):
        client.retrieve_status(JobId(RETRIEVE_JOB), io.BytesIO())
    http.close()


def test_a_lost_deploy_says_that_nobody_knows(fake: FakeOrg, client: OrgClient) -> None:
    fake.soap("deploy", Reply(raw=b""))
    with pytest.raises(OrgUnreachable, match="Nobody knows whether the org took the job") as refusal:
        client.start_deploy(io.BytesIO(b"PK" * 1000), DeployOptions())
    assert "Deployment Status" in refusal.value.hint
    assert len(fake.sent("deploy")) == 1


def test_a_deploy_that_was_never_sent_says_only_that(fake: FakeOrg, client: OrgClient) -> None:
    fake.close()
    client.close()
    with pytest.raises(OrgUnreachable) as refusal:
        client.start_deploy(io.BytesIO(b"PK" * 1000), DeployOptions())
    assert "Nobody knows" not in str(refusal.value)


def test_questions_are_asked_again_when_the_org_is_busy(fake: FakeOrg, client: OrgClient) -> None:
    fake.on("/services/data/v63.0/query", Reply("busy", 503, "text/html"), Reply(raw=b""), ORGANIZATION)
    assert next(iter(client.query("SELECT Id FROM Organization")))["Id"] == ORG_ID


def test_but_not_for_ever_and_never_what_changes_something(fake: FakeOrg, client: OrgClient) -> None:
    fake.on("/services/data/v63.0/", Reply("busy", 503, "text/html"))
    before = len(fake.requests)
    with pytest.raises(OrgUnreachable, match="HTTP 503"):
        list(client.query("SELECT Id FROM User"))
    assert len(fake.requests) == before + 3
    with pytest.raises(OrgUnreachable, match="HTTP 503"):
        client.create_record("SetupEntityAccess", {})
    assert len(fake.requests) == before + 4


def test_tls_that_is_not_trusted(http: Http) -> None:
    import trustme

    from .tls import tls_server

    with tls_server(trustme.CA()) as url, pytest.raises(OrgUnreachable, match="certificate is not trusted") as refusal:
        http.call("GET", url)
    assert "REQUESTS_CA_BUNDLE" in refusal.value.hint
    assert isinstance(refusal.value, NotSent)


def test_a_certificate_authority_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    import trustme

    from .tls import tls_server

    authority = trustme.CA()
    bundle = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    http = Http(HttpSettings.from_environ({"REQUESTS_CA_BUNDLE": str(bundle)}))
    with tls_server(authority) as url:
        assert http.call("GET", url).status == 204
    http.close()


def test_a_proxy_is_used_but_never_for_loopback(fake: FakeOrg, dead_port: int) -> None:
    environ = {"HTTPS_PROXY": f"http://user:pw@127.0.0.1:{dead_port}", "http_proxy": f"http://127.0.0.1:{dead_port}"}
    settings = HttpSettings.from_environ(environ)
    assert "pw" not in repr(settings)
    http = Http(settings)
    assert http.call("GET", f"{fake.url}/services/data").status == 200
    with pytest.raises(OrgUnreachable, match="proxy") as refusal:
        http.call("GET", "https://acme.my.salesforce.com/")
    assert "pw" not in "".join(traceback.format_exception(refusal.value))
    http.close()
    spared = HttpSettings.from_environ({**environ, "NO_PROXY": "example.com, .corp.example"})
    assert spared.no_proxy == ("example.com", "corp.example")


def test_plain_http_leaves_this_machine_by_no_way(http: Http) -> None:
    with pytest.raises(UsageError, match="plain http"):
        http.call("GET", "http://acme.my.salesforce.com/services/data")


def test_texts_of_an_org_are_made_fit_to_show() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line(f"your {TOKEN} is bad", [Secret("bad")]) == "your *** is ***"
    assert len(one_line("x" * 10_000)) == 600
    assert one_line(None) == ""


def test_a_doubled_code_is_said_once() -> None:
    assert refused("sf:X_Y", "X_Y: no").message == "the org refused: X_Y: no"
    assert refused("", "").code == "UNKNOWN_EXCEPTION"


def everything_said(error: BaseException) -> str:
    """Text, repr, traceback and notes of an error and of all that it came from."""
    seen: list[str] = []
    while error is not None:
        seen += [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        for value in vars(error).values():
            seen += [repr(value), repr(getattr(value, "headers", "")), repr(getattr(value, "body", ""))]
        error = error.__cause__  # type: ignore[assignment]
    return "\n".join(seen)


@pytest.mark.parametrize("reply", [*NONSENSE, ENDED, SHUT, fault("X", f"your session {TOKEN} is odd")])
def test_no_error_holds_the_token(
    fake: FakeOrg, client: OrgClient, reply: Reply, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.on("/services/", reply)
    for ask in (
        lambda: client.deploy_status(JobId(JOB)),
        lambda: client.retrieve_status(JobId(RETRIEVE_JOB), io.BytesIO()),
        lambda: client.start_deploy(io.BytesIO(b"PK"), DeployOptions()),
        lambda: list(client.query("SELECT Id FROM User")),
        lambda: client.create_record("User", {}),
    ):
        try:
            ask()
        except SfmetaError as error:
            said = everything_said(error)
            assert TOKEN not in said
            assert "CANARY" not in said
    assert TOKEN not in caplog.text
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    gc.collect()
