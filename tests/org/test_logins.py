"""Every way in, and every way to be refused. What is secret stays so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import jwt
import pytest

from sfmeta.errors import LoginRefused, OperationFailed, OrgUnreachable, SessionExpired, UsageError
from sfmeta.model.secret import Secret
from sfmeta.org import sf_cli
from sfmeta.org.auth import AccessToken, ClientCredentials, Door, JwtBearer, RefreshToken
from sfmeta.org.faults import REFUSED_LOGINS
from sfmeta.org.http import Http
from sfmeta.org.session import LoginFlow, Session
from sfmeta.org.sf_cli import SfCli
from sfmeta.org.soap_login import SoapPassword
from sfmeta.org.token_endpoint import audience_of
from sfmeta.org.urls import base_url, is_loopback

from .conftest import ORG_ID, TOKEN, USER_ID, FakeOrg, Reply, fault

CANARY = "canary-9b1c-secret"
NOW = 1_800_000_000.0


def now() -> float:
    return NOW


def grant(fake: FakeOrg, **changed: object) -> Reply:
    said = {
        "access_token": TOKEN,
        "instance_url": fake.url,
        "id": f"https://login.salesforce.com/id/{ORG_ID}/{USER_ID}",
        "token_type": "Bearer",
        **changed,
    }
    return Reply(json.dumps({key: value for key, value in said.items() if value is not None}))


def form_of(fake: FakeOrg) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(fake.requests[-1].body.decode()).items()}


def test_jwt_bearer_signs_what_salesforce_asks_for(fake: FakeOrg, http: Http, private_key: str) -> None:
    fake.on("/services/oauth2/token", grant(fake))
    session = JwtBearer("3MVG", "ada@example.com", Secret(private_key), f"{fake.url}/").log_in(http, now)
    assert session == Session(fake.url, Secret(TOKEN), ORG_ID, USER_ID, "ada@example.com")
    form = form_of(fake)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = jwt.decode(form["assertion"], options={"verify_signature": False})
    assert claims == {"iss": "3MVG", "sub": "ada@example.com", "aud": fake.url, "exp": int(NOW) + 120}
    assert jwt.get_unverified_header(form["assertion"])["alg"] == "RS256"


@pytest.mark.parametrize(
    ("login_url", "audience"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("http://127.0.0.1:8931", "http://127.0.0.1:8931"),
    ],
)
def test_the_audience_goes_with_the_login_url(login_url: str, audience: str) -> None:
    assert audience_of(login_url) == audience


@pytest.mark.parametrize("key", ["", CANARY, f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----"])
def test_a_key_that_is_none_is_not_quoted(http: Http, key: str) -> None:
    with pytest.raises(UsageError, match="no RSA key") as refusal:
        JwtBearer("3MVG", "ada@example.com", Secret(key), "http://127.0.0.1:1").log_in(http, now)
    assert CANARY not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_client_credentials(fake: FakeOrg, http: Http) -> None:
    fake.on("/services/oauth2/token", grant(fake))
    session = ClientCredentials("3MVG", Secret(CANARY), fake.url).log_in(http, now)
    assert session.org_id == ORG_ID
    assert form_of(fake) == {"grant_type": "client_credentials", "client_id": "3MVG", "client_secret": CANARY}


def test_refresh_token_from_an_auth_url(fake: FakeOrg, http: Http) -> None:
    fake.on("/services/oauth2/token", grant(fake, id=None))
    flow = RefreshToken.from_auth_url(Secret(f"force://PlatformCLI::{CANARY}@{fake.url.removeprefix('http://')}\n"))
    assert flow.log_in(http, now) == Session(fake.url, Secret(TOKEN))
    assert form_of(fake) == {"grant_type": "refresh_token", "client_id": "PlatformCLI", "refresh_token": CANARY}


def test_auth_urls_are_parsed() -> None:
    flow = RefreshToken.from_auth_url(Secret("force://id:s3cret:5Aep861.tok=en@acme.my.salesforce.com"))
    assert flow.login_url == "https://acme.my.salesforce.com"
    assert flow.client_secret == Secret("s3cret")
    assert flow.refresh_token == Secret("5Aep861.tok=en")
    for wrong in ("", "https://x", "force://a@b", "force://a:b:c", f"force://{CANARY}"):
        with pytest.raises(UsageError) as refusal:
            RefreshToken.from_auth_url(Secret(wrong))
        assert CANARY not in str(refusal.value)


REFUSALS = [
    ("invalid_grant", "user hasn't approved this consumer", "Pre-authorise"),
    ("invalid_grant", "audience is invalid", "test.salesforce.com"),
    ("invalid_grant", "invalid assertion", "private key"),
    ("invalid_client_id", "client identifier invalid", "client id"),
    ("unsupported_grant_type", "grant type not supported", "does not allow"),
    ("app_not_found", "App not found", "My Domain"),
    ("app_blocked", "this app is blocked by admin", "unblock"),
    ("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app", "Assign the user"),
    ("invalid_client", "app must be installed into org", "installed"),
    ("invalid_grant", "something new", ""),
]


@pytest.mark.parametrize(("code", "description", "hint"), REFUSALS)
def test_oauth_refusals_say_what_to_do(fake: FakeOrg, http: Http, code: str, description: str, hint: str) -> None:
    fake.on("/services/oauth2/token", Reply(json.dumps({"error": code, "error_description": description}), 400))
    with pytest.raises(LoginRefused) as refusal:
        ClientCredentials("3MVG", Secret(CANARY), fake.url).log_in(http, now)
    assert refusal.value.code == code
    assert refusal.value.exit_code == 6
    assert description in refusal.value.message
    assert hint in refusal.value.hint
    assert bool(refusal.value.hint) == bool(hint)


def test_an_org_that_quotes_the_secret_back_does_not_make_us_show_it(fake: FakeOrg, http: Http) -> None:
    said = {"error": "invalid_client", "error_description": f"bad secret {CANARY} for 00D000000000001!abc.DEF"}
    fake.on("/services/oauth2/token", Reply(json.dumps(said), 400))
    with pytest.raises(LoginRefused) as refusal:
        ClientCredentials("3MVG", Secret(CANARY), fake.url).log_in(http, now)
    assert "bad secret *** for ***" in str(refusal.value)


@pytest.mark.parametrize(
    "reply",
    [
        Reply("<html>Salesforce is down</html>", 503, "text/html"),
        Reply("<html>welcome</html>", 200, "text/html"),
        Reply("[]", 200),
        Reply("{}", 200),
        Reply('{"access_token": 3, "instance_url": "x"}', 200),
        Reply('{"access_token": "x"}', 200),
        Reply('{"access_token": "x", "instance_url": "http://evil.example.com"}', 200),
        Reply("", 302, headers={"Location": "https://evil.example.com/"}),
        Reply(b"\xff\xfe", 200),
    ],
)
def test_what_is_no_token_endpoint(fake: FakeOrg, http: Http, reply: Reply) -> None:
    fake.on("/services/oauth2/token", reply)
    with pytest.raises(OrgUnreachable, match="no Salesforce API answers") as refusal:
        ClientCredentials("3MVG", Secret(CANARY), fake.url).log_in(http, now)
    assert not isinstance(refusal.value, LoginRefused)
    assert CANARY not in str(refusal.value)


LOGIN_RESULT = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><loginResponse><result>'
    "<metadataServerUrl>{url}/services/Soap/m/63.0/00D000000000001</metadataServerUrl>"
    "<passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
    "<serverUrl>{url}/services/Soap/u/63.0/00D000000000001</serverUrl><sessionId>{token}</sessionId>"
    "<userId>005000000000001AAA</userId></result></loginResponse></soapenv:Body></soapenv:Envelope>"
)


def test_soap_login(fake: FakeOrg, http: Http) -> None:
    body = LOGIN_RESULT.format(url=fake.url, token=TOKEN)
    fake.on("/services/Soap/u/63.0", Reply(body, content_type="text/xml;charset=UTF-8"))
    session = SoapPassword("ada@example.com", Secret(f"{CANARY}<&>ü"), fake.url).log_in(http, now)
    assert session == Session(fake.url, Secret(TOKEN), username="ada@example.com")
    sent = fake.requests[-1].body.decode()
    assert f"{CANARY}&lt;&amp;&gt;ü" in sent


def test_soap_login_refused(fake: FakeOrg, http: Http) -> None:
    words = "Invalid username, password, security token; or user locked out."
    refusal_body = str(fault("INVALID_LOGIN", words, "urn:fault.partner.soap.sforce.com").body).replace(
        "</soapenv:Fault>",
        '<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>'
        f"<sf:exceptionMessage>{words}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>",
    )
    fake.on("/services/Soap/u/", Reply(refusal_body, 500, "text/xml;charset=UTF-8"))
    with pytest.raises(LoginRefused, match="Invalid username") as refusal:
        SoapPassword("ada@example.com", Secret(CANARY), fake.url).log_in(http, now)
    assert refusal.value.code == "INVALID_LOGIN"
    assert "security token" in refusal.value.hint
    assert len(fake.requests) == 1, "an org counts wrong passwords"


LOST = [
    Reply(raw=b""),
    Reply("<html>Bad gateway</html>", 502, "text/html"),
    Reply("busy", 503, "text/plain"),
    Reply("cut o", content_type="text/xml", length=1000),
]


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("kind", ["jwt", "client-credentials", "refresh-token", "password"])
def test_a_login_whose_answer_is_lost_is_asked_for_again(
    fake: FakeOrg, http: Http, private_key: str, kind: str, lost: Reply
) -> None:
    flows: dict[str, LoginFlow] = {
        "jwt": JwtBearer("3MVG", "ada@example.com", Secret(private_key), fake.url),
        "client-credentials": ClientCredentials("3MVG", Secret(CANARY), fake.url),
        "refresh-token": RefreshToken("3MVG", Secret(CANARY), fake.url),
        "password": SoapPassword("ada@example.com", Secret(CANARY), fake.url),
    }
    body = LOGIN_RESULT.format(url=fake.url, token=TOKEN)
    fake.on("/services/Soap/u/", lost, Reply(body, content_type="text/xml;charset=UTF-8"))
    fake.on("/services/oauth2/token", lost, grant(fake))
    assert flows[kind].log_in(http, now).access_token == Secret(TOKEN)
    assert len(fake.requests) == 2
    fake.on("/services/", lost)
    with pytest.raises(OrgUnreachable):
        flows[kind].log_in(http, now)
    assert len(fake.requests) == 5, "and not for ever"


def test_a_login_that_is_refused_is_not_asked_for_again(fake: FakeOrg, http: Http) -> None:
    fake.on("/services/oauth2/token", Reply('{"error":"invalid_grant","error_description":"no"}', 400))
    with pytest.raises(LoginRefused):
        ClientCredentials("3MVG", Secret(CANARY), fake.url).log_in(http, now)
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply("<html><body>Hi</body></html>", 200, "text/html"),
        Reply("nonsense", 500, "text/plain"),
        Reply('<!DOCTYPE x [<!ENTITY a "b">]><Envelope>&a;</Envelope>', 200, "text/xml"),
        Reply("<e:Envelope xmlns:e='x'/>", 200, "text/xml"),
        Reply("<e:Envelope xmlns:e='x'/>", 500, "text/xml"),
        Reply("<e:Envelope xmlns:e='x'>", 200, "text/xml"),
        Reply("gone", 404, "text/plain"),
    ],
)
def test_what_is_no_soap_login(fake: FakeOrg, http: Http, reply: Reply) -> None:
    fake.on("/services/Soap/u/", reply)
    with pytest.raises(OrgUnreachable, match="no Salesforce API answers"):
        SoapPassword("ada@example.com", Secret(CANARY), fake.url).log_in(http, now)


def fake_sf(answers: Mapping[str, tuple[int, object]]) -> sf_cli.Run:
    def run(command: Sequence[str], environ: Mapping[str, str], timeout_s: float) -> tuple[int, str]:
        code, said = answers[" ".join(command[1:3])]
        return code, said if isinstance(said, str) else json.dumps(said)

    return run


DISPLAYED = {"id": ORG_ID, "instanceUrl": "https://acme.my.salesforce.com/", "username": "ada@example.com"}


def test_the_sf_clis_login(http: Http) -> None:
    flow = SfCli("dev", {}, fake_sf({"org display": (0, {"status": 0, "result": {**DISPLAYED, "accessToken": TOKEN}})}))
    session = flow.log_in(http, now)
    assert session == Session("https://acme.my.salesforce.com", Secret(TOKEN), ORG_ID, username="ada@example.com")


def test_the_sf_cli_does_nothing_else_meanwhile(http: Http) -> None:
    given: list[Mapping[str, str]] = []

    def run(command: Sequence[str], environ: Mapping[str, str], timeout_s: float) -> tuple[int, str]:
        given.append(environ)
        return 0, json.dumps({"result": {**DISPLAYED, "accessToken": TOKEN}})

    SfCli("dev", {"HOME": "/home/ada"}, run).log_in(http, now)
    quiet = ("SF_DISABLE_AUTOUPDATE", "SF_DISABLE_TELEMETRY", "SF_SKIP_NEW_VERSION_CHECK")
    assert given == [{"HOME": "/home/ada", **dict.fromkeys(quiet, "true")}]


@pytest.mark.parametrize("said", [{"accessToken": TOKEN}, TOKEN])
def test_a_redacted_token_is_asked_for(http: Http, said: object) -> None:
    redacted = {**DISPLAYED, "accessToken": "[REDACTED] Use 'sf org auth show-access-token' to view"}
    answers = {"org display": (0, {"result": redacted}), "org auth": (0, {"result": said})}
    assert SfCli("dev", {}, fake_sf(answers)).log_in(http, now).access_token == Secret(TOKEN)


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ({"org display": (1, {"name": "NamedOrgNotFoundError", "message": "No x found"})}, LoginRefused, "No x found"),
        ({"org display": (0, f"nonsense {CANARY}")}, OperationFailed, "gave no JSON"),
        ({"org display": (0, {"result": []}), "org auth": (0, {"result": {}})}, LoginRefused, "no access token"),
    ],
)
def test_the_sf_cli_refuses(
    http: Http, answers: Mapping[str, tuple[int, object]], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as refusal:
        SfCli("dev", {}, fake_sf(answers)).log_in(http, now)
    assert CANARY not in str(refusal.value)


def test_no_sf_cli(http: Http, tmp_path: Path) -> None:
    with pytest.raises(OperationFailed, match="not installed"):
        SfCli("dev", {"PATH": str(tmp_path)}).log_in(http, now)


def test_an_sf_cli_that_hangs_is_left(tmp_path: Path) -> None:
    script = tmp_path / "sf"
    script.write_text(f"#!/bin/sh\necho {CANARY}\nexec sleep 10\n")
    script.chmod(0o755)
    with pytest.raises(OperationFailed, match="did not end") as refusal:
        sf_cli.run([str(script), "org"], {"PATH": "/usr/bin:/bin"}, 0.2)
    assert refusal.value.__cause__ is None


def test_a_real_sf_process(http: Http, tmp_path: Path) -> None:
    script = tmp_path / "sf"
    answer = json.dumps({"result": {**DISPLAYED, "accessToken": TOKEN}})
    script.write_text(f"#!/bin/sh\n[ \"$1 $2 $3 $4\" = 'org display --target-org my org' ] && echo '{answer}'\n")
    script.chmod(0o755)
    session = SfCli("my org", {"PATH": f"{tmp_path}:/usr/bin:/bin"}).log_in(http, now)
    assert session.access_token == Secret(TOKEN)


class CountingFlow:
    kind = "counting"
    can_renew = True

    def __init__(self) -> None:
        self.logins = 0

    def log_in(self, http: Http, now: object) -> Session:
        self.logins += 1
        return Session("https://x", Secret(f"token{self.logins}"))


def test_an_ended_session_is_renewed_once(http: Http) -> None:
    flow = CountingFlow()
    door = Door(flow, http, now)
    used: list[str] = []

    def call(session: Session) -> str:
        used.append(session.access_token.reveal())
        if used[-1] == "token1":
            raise SessionExpired("over")
        return "done"

    assert door.through(call) == "done"
    assert used == ["token1", "token2"]
    assert door.through(call) == "done"
    assert flow.logins == 2


def test_an_org_that_refuses_every_session_is_not_asked_for_ever(http: Http) -> None:
    flow = CountingFlow()

    def call(_: Session) -> None:
        raise SessionExpired("over")

    with pytest.raises(SessionExpired):
        Door(flow, http, now).through(call)
    assert flow.logins == 2


def test_a_shut_door_is_not_knocked_at_twice(http: Http) -> None:
    flow = CountingFlow()

    def call(_: Session) -> None:
        raise LoginRefused("not valid for use with the API")

    with pytest.raises(LoginRefused):
        Door(flow, http, now).through(call)
    assert flow.logins == 1


def test_a_bare_token_cannot_be_renewed(http: Http) -> None:
    def call(_: Session) -> None:
        raise SessionExpired("over")

    with pytest.raises(SessionExpired):
        Door(AccessToken("https://x.my.salesforce.com", Secret(TOKEN)), http, now).through(call)


def test_a_rotated_token_is_used_at_the_next_renewal(fake: FakeOrg, http: Http) -> None:
    fake.on("/services/oauth2/token", grant(fake, refresh_token="second"), grant(fake))
    seen: list[Session] = []
    door = Door(RefreshToken("3MVG", Secret("first"), fake.url), http, now, seen.append)

    def call(session: Session) -> None:
        if len(seen) == 1:
            raise SessionExpired("over")

    door.through(call)
    assert form_of(fake)["refresh_token"] == "second"
    assert seen[0].refresh_token == Secret("second")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://Acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/lightning/page?x=1#y", "https://acme.my.salesforce.com"),
        ("http://127.0.0.1:8080//", "http://127.0.0.1:8080"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:5", "http://[::1]:5"),
        (" https://x.example.com:8443 ", "https://x.example.com:8443"),
    ],
)
def test_urls_are_reduced_to_their_host(text: str, url: str) -> None:
    assert base_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "http://acme.my.salesforce.com",
        "http://127.0.0.1.evil.example.com",
        "http://localhost.evil.example.com",
        "ftp://x.example.com",
        "file:///etc/passwd",
        f"https://ada:{CANARY}@x.example.com",
        f"http://127.0.0.1:{CANARY}/",
        "https://a b",
    ],
)
def test_urls_that_are_refused_are_not_quoted_with_their_secrets(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        base_url(text)
    assert CANARY not in str(refusal.value)


def test_loopback_is_by_definition_not_by_name() -> None:
    assert is_loopback("127.8.9.1")
    assert not is_loopback("127.example.com.x")
    assert not is_loopback("1270.0.0.1")
    assert not is_loopback("")


def test_no_flow_shows_its_secrets(private_key: str) -> None:
    flows: list[LoginFlow] = [
        AccessToken("https://x", Secret(CANARY)),
        JwtBearer("id", "user", Secret(private_key + CANARY), "https://x"),
        ClientCredentials("id", Secret(CANARY), "https://x"),
        RefreshToken("id", Secret(CANARY), "https://x", Secret(CANARY)),
        SoapPassword("user", Secret(CANARY), "https://x"),
        SfCli("x", {"TOKEN": CANARY}),
    ]
    for flow in flows:
        assert CANARY not in repr(flow)
    session = Session("https://x", Secret(CANARY), refresh_token=Secret(CANARY))
    assert CANARY not in repr(session)
    assert CANARY not in repr(replace(session, username="u"))


def test_every_hint_is_a_sentence_of_advice() -> None:
    for hint in REFUSED_LOGINS.values():
        assert hint[0].isupper()
        assert not hint.endswith(".")
