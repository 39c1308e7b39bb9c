"""Frozen users: who freezes them, what the org says of them, and what becomes of their sessions."""

from __future__ import annotations

from pathlib import Path

from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.visitor import PASSWORD, Visitor

ADMIN, ROB = "admin@acme.example", "billing@acme.example"


def row_of(visitor: Visitor, username: str) -> str:
    users = visitor.query(f"SELECT Id FROM User WHERE Username = '{username}'")["records"]
    found = visitor.query(f"SELECT Id, IsFrozen FROM UserLogin WHERE UserId = '{users[0]['Id']}'")["records"]
    assert found[0]["IsFrozen"] is False
    assert found[0]["Id"].startswith("0Yw")
    return str(found[0]["Id"])


def freeze(visitor: Visitor, row: str, frozen: bool, token: str | None = None) -> int:
    reply = visitor.rest(f"/sobjects/UserLogin/{row}", token, method="PATCH", json={"IsFrozen": frozen})
    return reply.status_code


def some_user(acme: LocalOrg) -> str:
    rows = acme.state.records.find("User")
    return next(row.text("Username") for row in rows if row.text("Username") != ADMIN and row["Password"])


def test_a_frozen_user_is_out_until_somebody_thaws_the_user(acme: LocalOrg, visitor: Visitor) -> None:
    username = some_user(acme)
    row = row_of(visitor, username)
    session = acme.login(username, app="Dataloader.io", flow="password")
    assert session.token
    assert visitor.query("SELECT Id FROM User LIMIT 1", session.token)["done"]

    assert freeze(visitor, row, True) == 204
    assert visitor.rest("/limits", session.token).json()[0]["errorCode"] == "INVALID_SESSION_ID"
    assert visitor.password("Dataloader.io", username).json()["error_description"] == "authentication failure"
    assert "INVALID_LOGIN" in visitor.soap_login(username, PASSWORD).text
    statuses = visitor.query("SELECT Status FROM LoginHistory WHERE LoginTime = TODAY ORDER BY LoginTime DESC")
    assert "User is frozen" in {one["Status"] for one in statuses["records"]}
    frozen = visitor.query("SELECT User.Username FROM UserLogin WHERE IsFrozen = true")["records"]
    assert [one["User"]["Username"] for one in frozen] == [username]

    assert freeze(visitor, row, False) == 204
    assert "access_token" in visitor.password("Dataloader.io", username).json()


def test_only_who_may_freeze_freezes(acme: LocalOrg, visitor: Visitor) -> None:
    username = some_user(acme)
    row = row_of(visitor, username)
    token = acme.login(username, app="Dataloader.io", flow="password").token
    assert freeze(visitor, row, True, token) in (400, 403, 404)
    assert visitor.query("SELECT Id FROM UserLogin", token)[0]["errorCode"] == "INVALID_TYPE"


def test_a_password_is_unlocked_but_never_locked(visitor: Visitor) -> None:
    row = row_of(visitor, ADMIN)
    path = f"/sobjects/UserLogin/{row}"
    assert visitor.rest(path, method="PATCH", json={"IsPasswordLocked": True}).status_code == 400
    assert visitor.rest(path, method="PATCH", json={"IsPasswordLocked": False}).status_code == 204
    assert visitor.rest("/sobjects/UserLogin", method="POST", json={"IsFrozen": True}).status_code in (400, 405)


SEED = """
admin: admin@acme.example
profiles:
  - {name: System Administrator, full_name: Admin, permissions: [ApiEnabled, ManageUsers, ViewSetup, ModifyAllData]}
  - name: Night Shift
    permissions: [ApiEnabled]
    login_hours: {monday: 0-360, tuesday: 1080-1440}
users:
  - {username: admin@acme.example, profile: System Administrator, password: x}
  - {username: cold@acme.example, profile: Night Shift, password: x, frozen: true}
permission_sets: [{name: Stepped_Up, permissions: [ModifyAllData], session_based: true}]
permission_set_groups: [{name: Pack, permission_sets: [Stepped_Up], session_based: true}]
apps:
  - {label: Strict, raise_session_level: true, session_timeout: 30}
  - {label: Strict Client, kind: external_client_app, raise_session_level: true, session_timeout: 60, enabled: false}
logins:
  - {user: cold@acme.example, via: refresh, app: Strict, source_ip: 10.9.8.7}
  - {user: cold@acme.example, via: jwt, app: Strict}
  - {user: cold@acme.example, via: browser}
"""


def test_a_seed_says_who_is_frozen_when_a_profile_logs_in_and_how_somebody_did(seed_file: Path) -> None:
    seed_file.write_text(SEED)
    with LocalOrg(str(seed_file)) as org, Visitor(org) as visitor:
        frozen = visitor.query("SELECT User.Username FROM UserLogin WHERE IsFrozen = true")["records"]
        assert [one["User"]["Username"] for one in frozen] == ["cold@acme.example"]
        logins = visitor.query("SELECT LoginType, LoginSubType, SourceIp, Application FROM LoginHistory")["records"]
        told = {(one["LoginType"], one["LoginSubType"], one["SourceIp"], one["Application"]) for one in logins}
        assert ("Remote Access 2.0", "OauthRefreshToken", "10.9.8.7", "Strict") in told
        assert ("Remote Access 2.0", None, "192.0.2.10", "Strict") in told
        assert ("Application", "UsernamePasswordUiLogin", "192.0.2.10", "Browser") in told
        sets = visitor.query("SELECT Name, HasActivationRequired FROM PermissionSet WHERE IsOwnedByProfile = false")
        assert {one["Name"]: one["HasActivationRequired"] for one in sets["records"]} == {
            "Stepped_Up": True,
            "Pack": True,
        }
        strict = org.state.records.first("ConnectedApplication", Name="Strict")
        assert strict is not None
        assert (strict["SessionPolicyAction"], strict["SessionTimeout"]) == ("RaiseSessionLevel", 30)
        client = org.state.records.first("ExternalClientApplication", MasterLabel="Strict Client")
        assert client is not None
        assert client["IsEnabled"] is False


def test_a_real_login_says_how_in_login_history(acme: LocalOrg, visitor: Visitor) -> None:
    username = some_user(acme)
    visitor.password("Dataloader.io", username)
    rows = visitor.query("SELECT LoginSubType FROM LoginHistory WHERE LoginTime = TODAY")["records"]
    assert "OauthUsernamePassword" in {row["LoginSubType"] for row in rows}
