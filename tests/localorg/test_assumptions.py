"""Every open question acts: each answer of it leaves the org in another state, or lets another in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.doors.boxes import set_box
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.xml import parse
from sfmeta.localorg.running.server import LocalOrg
from tests.localorg.browser import CALLBACK, Browser
from tests.localorg.test_gate import CASES
from tests.localorg.visitor import Visitor

UMA, AMY, ROB = (f"{name}@doors.example" for name in ("uma", "amy", "rob"))
INTERNAL = "enableAdminApprovedAppsOnly"
_SOAP = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header><SessionHeader><sessionId>{}</sessionId>'
    "</SessionHeader></e:Header><e:Body>{}</e:Body></e:Envelope>"
)

# questions with a test of both answers of their own
ELSEWHERE = {
    "admin_approval_ends_authorizations": "test_setup_actions.py",
    "assigned_permission_set_can_be_deleted": "metadata/test_packages.py",
    "boxes_without_feature_are_ignored": "metadata/test_other_types.py",
    "finalizing_has_the_clis_name": "metadata/test_queue.py",
    "install_ends_authorizations": "test_setup_actions.py",
    "omitted_app_grants_stay": "metadata/test_connected_apps.py",
    "zip_limits_go_by_api_version": "metadata/test_limits.py",
}
IN_THE_GATE = {name for case in CASES.values() for name in case.assumptions}
"""Those that ``test_gate`` decides by a case with the answer that is no default, beside the case with the default."""


class Org:
    """The org of ``doors.yml`` with one question answered."""

    def __init__(self, org: LocalOrg, client: Visitor) -> None:
        self.org = org
        self.client = client
        self.state = org.state

    def token(self, app: str = "Portal", user: str = UMA) -> str:
        found: str = self.client.password(app, user, "pw-1").json()["access_token"]
        return found

    def soap(self, body: str, token: str = "") -> str:
        envelope = _SOAP.format(token or self.client.admin_token, body)
        headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
        return self.client.call("POST", "/services/Soap/m/63.0", "", data=envelope, headers=headers).text

    def tick(self, value: bool, token: str = "") -> str:
        """By the Metadata API."""
        text = "true" if value else "false"
        return self.soap(
            '<updateMetadata><metadata xsi:type="ConnectedAppSettings"><fullName>ConnectedApp</fullName>'
            f"<{INTERNAL}>{text}</{INTERNAL}></metadata></updateMetadata>",
            token,
        )

    def user(self, username: str) -> str:
        record = self.state.records.first("User", Username=username)
        assert record is not None
        return record.id

    def permission_set(self) -> str:
        record = self.state.records.first("PermissionSet", Name="Allow_Approved")
        assert record is not None
        return record.id

    def app(self, label: str) -> str:
        record = self.state.records.first("ConnectedApplication", Name=label)
        assert record is not None
        return record.id

    def assign(self, username: str, until: str | None) -> int:
        body = {"AssigneeId": self.user(username), "PermissionSetId": self.permission_set(), "ExpirationDate": until}
        answer = self.client.rest("/sobjects/PermissionSetAssignment", method="POST", json=body)
        return answer.status_code


def jwt_tokens_are_listed(org: Org) -> object:
    [app] = org.state.records.find("ConnectedApplication", Name="Watcher")
    org.state.records.update(app.id, IsClientCredentialEnabled=True, ClientCredentialUser=UMA)
    answer = org.client.token(grant_type="client_credentials", client_id="key.watcher", client_secret="s")
    assert answer.status_code == 200
    return len(org.state.records.find("OauthToken", AppName="Watcher"))


def past_expiration_is_refused(org: Org) -> object:
    return org.assign(UMA, "2020-01-01T00:00:00.000+0000")


def lapsed_assignment_is_duplicate(org: Org) -> object:
    soon = to_stamp(org.state.clock.now() + timedelta(minutes=5))
    assert org.assign(UMA, soon) == 201
    assert org.assign(UMA, None) == 400
    org.state.move_clock(timedelta(minutes=6))
    return org.assign(UMA, None)


def setup_entity_access_takes_apps(org: Org) -> object:
    body = {"ParentId": org.permission_set(), "SetupEntityId": org.app("Portal")}
    return org.client.rest("/sobjects/SetupEntityAccess", method="POST", json=body).status_code


def refresh_policy_hits_issued_tokens(org: Org) -> object:
    browser = Browser(org.org)
    code = browser.approve("key.portal", UMA)["code"]
    browser.session.close()
    form = {"client_id": "key.portal", "client_secret": "s"}
    given = org.client.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **form).json()
    org.state.records.update(org.app("Portal"), RefreshTokenPolicy="zero")
    return org.client.token(grant_type="refresh_token", refresh_token=given["refresh_token"], **form).status_code


def deleting_a_block_unblocks(org: Org) -> object:
    document = parse(
        b"<BlacklistedConsumer><blockedByApiWhitelisting>false</blockedByApiWhitelisting><consumerKey>key.portal"
        b"</consumerKey><consumerName>Portal</consumerName><masterLabel>Portal</masterLabel></BlacklistedConsumer>"
    )
    effects.put(org.state, "BlacklistedConsumer", "Portal", document)
    assert org.client.password("Portal", UMA, "pw-1").json()["error"] == "app_blocked"
    delete = "<deleteMetadata><type>BlacklistedConsumer</type><fullNames>Portal</fullNames></deleteMetadata>"
    assert "<success>true</success>" in org.soap(delete)
    assert org.state.records.find("BlacklistedConsumer") == []
    return org.client.password("Portal", UMA, "pw-1").status_code


def permission_set_names_are_labels(org: Org) -> object:
    read = "<readMetadata><type>ConnectedApp</type><fullNames>Approved</fullNames></readMetadata>"
    given = org.soap(read).partition("<permissionSetName>")[2].partition("<")[0]
    app = (
        '<metadata xsi:type="ConnectedApp"><fullName>Approved</fullName><contactEmail>a@b.example</contactEmail>'
        "<label>Approved</label><oauthConfig><callbackUrl>https://localhost/callback</callbackUrl>"
        "<isAdminApproved>true</isAdminApproved><scopes>Api</scopes></oauthConfig>"
        "<permissionSetName>{}</permissionSetName></metadata>"
    )
    taken = [
        "<success>true</success>" in org.soap(f"<updateMetadata>{app.format(name)}</updateMetadata>")
        for name in ("Allow_Approved", "Allow Approved")
    ]
    return given, taken


def installed_apps_are_components(org: Org) -> object:
    fields = {"Name": "Vendor", "DeveloperName": "Vendor", "Ownership": "installed", "ConsumerKey": "key.vendor"}
    app_id = org.state.records.insert("ConnectedApplication", {**fields, "ConsumerSecret": "theirs"})
    listed = "<listMetadata><queries><type>ConnectedApp</type></queries></listMetadata>"
    found = "<fullName>Vendor</fullName>" in org.soap(listed)
    org.soap(
        '<updateMetadata><metadata xsi:type="ConnectedApp"><fullName>Vendor</fullName><contactEmail>a@b.example'
        "</contactEmail><label>Ours</label><oauthConfig><callbackUrl>https://evil.example/</callbackUrl>"
        "<isAdminApproved>true</isAdminApproved><scopes>Api</scopes></oauthConfig></metadata></updateMetadata>"
    )
    app = org.state.records.get(app_id)
    assert app is not None
    # what its maker says stays
    kept = [app[name] for name in ("Name", "Ownership", "ConsumerKey", "ConsumerSecret", "CallbackUrl")]
    assert kept == ["Vendor", "installed", "key.vendor", "theirs", None]
    return found, app.flag("OptionsAllowAdminApprovedUsersOnly")


def flip_rewrites_app_policies(org: Org) -> object:
    assert "<success>true</success>" in org.tick(True)
    return org.client.password("Portal", UMA, "pw-1").status_code


def flip_writes_blocks(org: Org) -> object:
    set_box(org.state, INTERNAL, True)
    blocks = org.state.records.find("BlacklistedConsumer")
    return [(row["ConsumerKey"], row["BlockedByApiWhitelisting"]) for row in blocks]


def flip_ends_callers_session(org: Org) -> object:
    # a session that is no other's: the administrator's app is what the box lets in
    assert "<success>true</success>" in org.tick(True)
    again = org.soap("<listMetadata><queries><type>Profile</type></queries></listMetadata>")
    return "Illegal Session" in again


def unticking_undoes_the_flip(org: Org) -> object:
    answers = {**org.state.org.assumptions, "flip_rewrites_app_policies": True, "flip_writes_blocks": True}
    org.state.change_org(assumptions=answers)
    before = org.state.records.find("ConnectedApplication", OptionsAllowAdminApprovedUsersOnly=True)
    set_box(org.state, INTERNAL, True)
    assert len(org.state.records.find("ConnectedApplication", OptionsAllowAdminApprovedUsersOnly=True)) > len(before)
    assert org.state.records.find("BlacklistedConsumer")
    set_box(org.state, INTERNAL, False)
    after = org.state.records.find("ConnectedApplication", OptionsAllowAdminApprovedUsersOnly=True)
    return len(after) == len(before), len(org.state.records.find("BlacklistedConsumer"))


Probe = Callable[[Org], object]
# what a question's two answers lead to: yes, no
PROBES: dict[str, tuple[Probe, object, object]] = {
    "deleting_a_block_unblocks": (deleting_a_block_unblocks, 200, 400),
    "flip_ends_callers_session": (flip_ends_callers_session, True, False),
    "flip_rewrites_app_policies": (flip_rewrites_app_policies, 400, 200),
    "flip_writes_blocks": (flip_writes_blocks, [("key.rogue", True)], []),
    "installed_apps_are_components": (installed_apps_are_components, (True, True), (False, False)),
    "jwt_tokens_are_listed": (jwt_tokens_are_listed, 1, 0),
    "lapsed_assignment_is_duplicate": (lapsed_assignment_is_duplicate, 400, 201),
    "past_expiration_is_refused": (past_expiration_is_refused, 400, 201),
    "permission_set_names_are_labels": (
        permission_set_names_are_labels,
        ("Allow Approved", [False, True]),
        ("Allow_Approved", [True, True]),
    ),
    "refresh_policy_hits_issued_tokens": (refresh_policy_hits_issued_tokens, 400, 200),
    "setup_entity_access_takes_apps": (setup_entity_access_takes_apps, 201, 400),
    "unticking_undoes_the_flip": (unticking_undoes_the_flip, (True, 0), (False, 1)),
}


@contextmanager
def answered(doors: LocalOrg, name: str, answer: bool) -> Iterator[Org]:
    doors.state.change_org(assumptions={name: answer})
    with Visitor(doors) as client:
        yield Org(doors, client)


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("name", PROBES)
def test_an_answer_acts(doors: LocalOrg, name: str, answer: bool) -> None:
    probe, yes, no = PROBES[name]
    with answered(doors, name, answer) as org:
        assert probe(org) == (yes if answer else no)


def test_every_question_is_tested_with_both_answers() -> None:
    assert set(ASSUMPTIONS) == {*PROBES, *IN_THE_GATE, *ELSEWHERE}
    here = Path(__file__).parent
    for name, file in ELSEWHERE.items():
        assert name in (here / file).read_text(encoding="utf-8"), name


def test_a_case_of_the_gate_with_an_answer_differs_from_the_one_with_the_default() -> None:
    for case in CASES.values():
        for name, answer in case.assumptions.items():
            if name != "use_any_api_auth_required":  # the last cases ask for the permission, under the same answer
                assert answer is not ASSUMPTIONS[name].default or len(case.assumptions) > 1, name


def test_every_question_shows_what_speaks_for_and_against_it() -> None:
    for one in ASSUMPTIONS.values():
        assert one.question.endswith("?"), one.name
        assert one.evidence, one.name


def test_answers_that_nobody_asked_for_are_the_defaults(doors: LocalOrg) -> None:
    status: dict[str, Any]
    with Visitor(doors) as client:
        status = client.call("GET", "/_local/status", doors.control_token).json()
    assert status["assumptions"] == {name: one.default for name, one in ASSUMPTIONS.items()}
