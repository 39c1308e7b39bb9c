"""The token endpoint, the identity service and the revoke endpoint."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import jwt as pyjwt
import pytest

from sfmeta.localorg.running.keys import make_key_pairs
from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.visitor import JWT_BEARER, Visitor

BILLING = "billing.integration@acme.example"
FINN = "former.tool.user@acme.example"
SUPER = "super.user@acme.example"
EXPIRED = {"error": "invalid_grant", "error_description": "expired access/refresh token"}
NEVER_APPROVED = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}


def test_a_token_response_has_every_part(shared: Visitor) -> None:
    answer = shared.jwt("Billing Sync", BILLING)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["instance_url"] == shared.org.url
    assert body["token_type"] == "Bearer"
    assert body["id"].startswith(f"{shared.org.url}/id/{shared.org.org_id}/005")
    assert body["access_token"].startswith(f"{shared.org.org_id[:15]}!")
    me = shared.call("GET", body["id"].removeprefix(shared.org.url), body["access_token"]).json()
    assert me["username"] == BILLING
    assert shared.rest("/limits", body["access_token"]).status_code == 200


def test_the_audience_and_expiry_that_the_sf_cli_sends(shared: Visitor) -> None:
    in_milliseconds = int(time.time() * 1000) + 300
    answer = shared.jwt("Billing Sync", BILLING, aud=f"{shared.org.url}/", exp=in_milliseconds + 60_000)
    assert answer.status_code == 200
    assert shared.jwt("Billing Sync", BILLING, aud="https://test.salesforce.com").status_code == 200


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"aud": "https://login.salesforce.com"}, ("invalid_grant", "audience is invalid")),
        ({"aud": None}, ("invalid_grant", "audience is invalid")),
        ({"exp": 1_000_000_000}, ("invalid_grant", "invalid assertion")),
        ({"exp": "soon"}, ("invalid_grant", "invalid assertion")),
        ({"exp": float("inf")}, ("invalid_grant", "invalid assertion")),
        ({"exp": 10**400}, ("invalid_grant", "invalid assertion")),
        ({"sub": "\ud800"}, ("invalid_grant", "invalid assertion")),
        ({"iss": "\ud800"}, ("invalid_grant", "invalid assertion")),
        ({"iss": "nobody"}, ("invalid_client_id", "client identifier invalid")),
        ({"iss": "localorg.dataloader.io"}, ("invalid_grant", "invalid assertion")),
        ({"sub": "nobody@acme.example"}, ("invalid_grant", "user hasn't approved this consumer")),
        ({"sub": SUPER}, ("invalid_grant", "user hasn't approved this consumer")),
        ({"sub": ""}, ("invalid_grant", "invalid assertion")),
    ],
)
def test_assertions_that_are_refused(shared: Visitor, claims: dict[str, object], error: tuple[str, str]) -> None:
    answer = shared.jwt("Billing Sync", BILLING, **claims)
    assert answer.status_code == 400
    assert (answer.json()["error"], answer.json()["error_description"]) == error


def test_a_signature_of_another_key_is_refused(shared: Visitor, tmp_path: Path) -> None:
    make_key_pairs(tmp_path, ["other"])
    answer = shared.jwt("Billing Sync", BILLING, tmp_path / "other.pem")
    assert answer.json() == {"error": "invalid_grant", "error_description": "invalid assertion"}
    assert shared.org.state.records.find("LoginHistory")[-1]["Status"] == "Failed: Invalid Assertion"


@pytest.mark.parametrize("assertion", ["", "a.b.c", "x" * 2000, "é"])
def test_what_is_no_assertion_is_refused(shared: Visitor, assertion: str) -> None:
    answer = shared.token(grant_type=JWT_BEARER, assertion=assertion)
    assert answer.json() == {"error": "invalid_grant", "error_description": "invalid assertion"}


def test_an_unsigned_or_symmetric_assertion_is_refused(shared: Visitor) -> None:
    known = shared.org.app("Billing Sync")
    claims = {"iss": known.client_id, "sub": BILLING, "aud": shared.org.url, "exp": int(time.time()) + 100}
    for assertion in (pyjwt.encode(claims, None, "none"), pyjwt.encode(claims, "k" * 64, "HS256")):
        answer = shared.token(grant_type=JWT_BEARER, assertion=assertion)
        assert answer.json() == {"error": "invalid_grant", "error_description": "invalid assertion"}


def test_the_seeded_admin_app_logs_its_admin_in(shared: Visitor) -> None:
    assert shared.jwt("sfmeta", shared.org.admin.username).status_code == 200
    assert shared.jwt("sfmeta", SUPER).json() == NEVER_APPROVED


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, ("unsupported_grant_type", "grant type not supported")),
        ({"grant_type": "magic"}, ("unsupported_grant_type", "grant type not supported")),
        ({"grant_type": "password", "client_id": "nobody"}, ("invalid_client_id", "client identifier invalid")),
        ({"grant_type": "password"}, ("invalid_client_id", "client identifier invalid")),
        (
            {"grant_type": "password", "client_id": "localorg.dataloader.io", "client_secret": "no"},
            ("invalid_client", "invalid client credentials"),
        ),
        (
            {"grant_type": "refresh_token", "client_id": "localorg.dataloader.io", "refresh_token": "no"},
            ("invalid_grant", "expired access/refresh token"),
        ),
    ],
)
def test_forms_that_are_refused(shared: Visitor, form: dict[str, str], error: tuple[str, str]) -> None:
    answer = shared.token(**form)
    assert answer.status_code == 400
    assert (answer.json()["error"], answer.json()["error_description"]) == error


def test_the_password_flow(shared: Visitor) -> None:
    assert shared.password("Dataloader.io", SUPER).status_code == 200
    assert shared.password("Dataloader.io", SUPER.upper()).status_code == 200
    assert shared.password("Dataloader.io", SUPER, "wrong").json() == {
        "error": "invalid_grant",
        "error_description": "authentication failure",
    }
    assert shared.password("Dataloader.io", "nobody@acme.example").status_code == 400


def test_the_story_of_the_rogue_exporter(visitor: Visitor) -> None:
    before = visitor.refresh("Rogue Exporter", "refresh-rogue-former")
    assert before.status_code == 200
    assert visitor.password("Rogue Exporter", SUPER).json() == {
        "error": "invalid_client",
        "error_description": "app must be installed into org",
    }
    visitor.tick(internal=True)
    after = visitor.refresh("Rogue Exporter", "refresh-rogue-former")
    assert after.status_code == 400
    assert after.json() == {"error": "app_blocked", "error_description": "this app is blocked by admin"}
    refused = visitor.rest("/limits", before.json()["access_token"])
    assert refused.status_code == 401
    assert refused.json() == [
        {"message": "This session is not valid for use with the REST API", "errorCode": "INVALID_SESSION_ID"}
    ]
    # what was there before goes on
    assert visitor.jwt("Billing Sync", BILLING).status_code == 200
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-super").status_code == 200
    assert visitor.rest("/limits").status_code == 200


def test_a_block_ends_sessions_for_good_and_a_box_does_not(visitor: Visitor) -> None:
    records = visitor.org.state.records
    first = visitor.refresh("Dataloader.io", "refresh-dataloader-super").json()["access_token"]
    second = visitor.refresh("Rogue Exporter", "refresh-rogue-former").json()["access_token"]
    block = records.insert("BlacklistedConsumer", {"ConsumerKey": visitor.org.app("Dataloader.io").client_id})
    visitor.tick(internal=True)
    assert [visitor.rest("/limits", token).status_code for token in (first, second)] == [401, 401]
    records.delete(block)
    visitor.tick(internal=False)
    assert [visitor.rest("/limits", token).status_code for token in (first, second)] == [401, 200]
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-super").status_code == 200


def test_a_refresh_token_belongs_to_one_app(shared: Visitor) -> None:
    assert shared.refresh("Salesforce for Android", "refresh-dataloader-super").json() == EXPIRED
    assert shared.refresh("Partner Portal", "refresh-portal-integration").status_code == 200


@pytest.mark.parametrize(
    ("policy", "days", "works"),
    [
        ("infinite", 4000, True),
        ("zero", 0, False),
        ("specific_lifetime:7:DAYS", 0, False),  # made 310 days ago
        ("specific_lifetime:12:MONTHS", 0, True),
        ("specific_lifetime:12:MONTHS", 60, False),
        ("specific_inactivity:7:DAYS", 5, True),  # used yesterday
        ("specific_inactivity:7:DAYS", 7, False),
        ("specific_inactivity:30:HOURS", 0, True),
        ("specific_inactivity:30:HOURS", 1, False),
    ],
)
def test_refresh_token_policies_by_the_orgs_clock(visitor: Visitor, policy: str, days: int, works: bool) -> None:
    state = visitor.org.state
    app = state.records.find("ConnectedApplication", Name="Dataloader.io")[0]
    state.records.update(app.id, RefreshTokenPolicy=policy)
    state.move_clock(timedelta(days=days))
    answer = visitor.refresh("Dataloader.io", "refresh-dataloader-super")
    assert (answer.status_code == 200) is works
    if not works:
        assert answer.json() == EXPIRED


def test_client_credentials(seed_file: Path) -> None:
    seed_file.write_text(
        """
        profiles: [{name: Integration, permissions: [ApiEnabled]}]
        users: [{username: robot@acme.example, profile: Integration}]
        apps:
          - label: Robot
            consumer_secret: s
            client_credentials_user: robot@acme.example
            permitted_users: admin_approved
          - {label: Idle, consumer_secret: s}
        """
    )
    with LocalOrg.start(str(seed_file)) as org, Visitor(org) as visitor:

        def ask(app: str, secret: str = "s") -> dict[str, str]:
            found: dict[str, str] = visitor.token(
                grant_type="client_credentials", client_id=org.app(app).client_id, client_secret=secret
            ).json()
            return found

        token = ask("Robot")["access_token"]
        assert (
            visitor.call("GET", "/services/oauth2/userinfo", token).json()["preferred_username"] == "robot@acme.example"
        )
        assert visitor.rest("/limits", token).status_code == 200
        assert ask("Robot", "wrong")["error_description"] == "invalid client credentials"
        assert ask("Idle") == {"error": "invalid_grant", "error_description": "no client credentials user enabled"}


def test_revoking_a_session_and_an_authorisation(visitor: Visitor) -> None:
    first = visitor.refresh("Dataloader.io", "refresh-dataloader-super").json()["access_token"]
    second = visitor.refresh("Dataloader.io", "refresh-dataloader-super").json()["access_token"]
    assert visitor.call("POST", "/services/oauth2/revoke", "", data={"token": first}).status_code == 200
    assert visitor.rest("/limits", first).status_code == 401
    assert visitor.rest("/limits", second).status_code == 200
    soql = f"SELECT DeleteToken FROM OauthToken WHERE AppName = 'Dataloader.io' AND User.Username = '{SUPER}'"
    delete_token = visitor.query(soql)["records"][0]["DeleteToken"]
    assert visitor.call("GET", f"/services/oauth2/revoke?token={delete_token}", "").status_code == 200
    assert visitor.query(soql)["totalSize"] == 0
    assert visitor.rest("/limits", second).status_code == 401
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-super").json() == EXPIRED
    assert visitor.call("POST", "/services/oauth2/revoke", "", data={"token": "?"}).status_code == 400


def test_use_is_counted_in_oauth_token_but_not_for_the_password_flow(visitor: Visitor) -> None:
    def uses() -> tuple[int, str]:
        soql = "SELECT UseCount, LastUsedDate FROM OauthToken WHERE AppName = 'Dataloader.io' AND UserId = '{}'"
        row = visitor.query(soql.format(user))["records"][0]
        return row["UseCount"], row["LastUsedDate"]

    user = visitor.query(f"SELECT Id FROM User WHERE Username = '{SUPER}'")["records"][0]["Id"]
    count, last = uses()
    visitor.password("Dataloader.io", SUPER)
    assert uses() == (count, last)
    visitor.refresh("Dataloader.io", "refresh-dataloader-super")
    assert uses()[0] == count + 1
    assert uses()[1] > last


def test_who_am_i(shared: Visitor) -> None:
    me = shared.call("GET", "/services/oauth2/userinfo").json()
    assert me["preferred_username"] == shared.org.admin.username
    assert me["organization_id"] == shared.org.org_id
    for token, text in (("", "Missing_OAuth_Token"), ("00D!nonsense", "Bad_OAuth_Token")):
        answer = shared.call("GET", "/services/oauth2/userinfo", token)
        assert (answer.status_code, answer.text) == (403, text)
    other = shared.query(f"SELECT Id FROM User WHERE Username = '{SUPER}'")["records"][0]["Id"]
    # an internal user with API Enabled may look at others (Help remoteaccess_using_openid)
    assert shared.call("GET", f"/id/{shared.org.org_id}/{other}").json()["username"] == SUPER
    elsewhere = shared.call("GET", f"/id/00D000000000001AAA/{other}")
    assert (elsewhere.status_code, elsewhere.text) == (403, "Wrong_Org")
    nobody = shared.call("GET", f"/id/{shared.org.org_id}/005000000000001AAA")
    assert (nobody.status_code, nobody.text) == (404, "Bad_Id")


def test_a_session_ends_when_it_was_not_used_for_two_hours(visitor: Visitor) -> None:
    token = visitor.jwt("Billing Sync", BILLING).json()["access_token"]
    for _ in range(3):
        visitor.org.state.move_clock(timedelta(minutes=100))
        assert visitor.rest("/limits", token).status_code == 200
    visitor.org.state.move_clock(timedelta(minutes=121))
    assert visitor.rest("/limits", token).status_code == 401


def test_tokens_are_not_kept(visitor: Visitor) -> None:
    token = visitor.jwt("Billing Sync", BILLING).json()["access_token"]
    dump = "\n".join(visitor.org.state.connection.iterdump())
    assert token not in dump
    assert "refresh-dataloader-super" not in dump
