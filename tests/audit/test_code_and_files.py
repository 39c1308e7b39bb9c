"""Code that uses sessions, and files that an org will not give."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import pytest

from sfmeta.errors import OrgRefused, SessionExpired
from sfmeta.model.inventory import Visibility
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import DeployOptions, JobStatus, RetrieveOutcome
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.org.polling import wait_for
from tests.audit.conftest import QuickClock, Start, audited, client, tools
from tests.audit.fake import HEAD, NS, SETTINGS, FakeAuditOrg, user_id


def deploy(org: object, files: dict[str, str]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for path, text in files.items():
            opened.writestr(path, text)
    archive.seek(0)
    connected = client(org)  # type: ignore[arg-type]
    try:
        job = connected.start_deploy(archive, DeployOptions())
        outcome = wait_for(job, lambda: connected.deploy_status(job), QuickClock(), 20)
    finally:
        connected.close()
    assert outcome.success, outcome


def test_code_and_endpoints_that_use_the_api_are_named(start: Start) -> None:
    org = start()
    meta = "<apiVersion>60.0</apiVersion><status>Active</status></ApexClass>"
    deploy(
        org,
        {
            "package.xml": f"{HEAD}<Package {NS}><types><members>*</members><name>ApexClass</name></types>"
            "<types><members>Home</members><name>ApexPage</name></types>"
            "<types><members>Back</members><name>NamedCredential</name></types><version>63.0</version></Package>",
            "classes/Sends.cls": "public class Sends { String s = UserInfo.getSessionId(); }",
            "classes/Sends.cls-meta.xml": f"{HEAD}<ApexClass {NS}>{meta}",
            "classes/Plain.cls": "public class Plain { }",
            "classes/Plain.cls-meta.xml": f"{HEAD}<ApexClass {NS}>{meta}",
            "pages/Home.page": "<apex:page>{!$Api.Session_ID}</apex:page>",
            "pages/Home.page-meta.xml": f"{HEAD}<ApexPage {NS}><apiVersion>60.0</apiVersion><label>Home</label>"
            "</ApexPage>",
            "namedCredentials/Back.namedCredential": f"{HEAD}<NamedCredential {NS}>"
            f"<endpoint>{org.url}/services</endpoint><label>Back</label><principalType>Anonymous</principalType><protocol>NoAuthentication</protocol>"
            "</NamedCredential>",
        },
    )
    found = next(one for one in audited(org).coverage if one.name == "visualforce_and_packages")
    assert found.evidence == (
        "Apex class Sends: UserInfo.getSessionId",
        "Visualforce page Home: $Api.Session_ID",
        "NamedCredential Back: calls back into this org",
    )
    assert found.found == 3
    assert found.visibility is Visibility.PARTLY
    assert found.why.startswith("3 pieces of Apex and Visualforce searched")


def test_hidden_code_of_packages_is_counted() -> None:
    org = FakeAuditOrg({user_id(1): 1}, tables={"ApexClass": [{"Name": "Managed", "Body": "(hidden)"}] * 3})
    found = next(one for one in audit(org, AuditRequest(), tools()).coverage if one.name == "visualforce_and_packages")
    assert "3 of managed packages are hidden" in found.why
    assert found.evidence == ()


def test_jobs_that_take_their_time_are_waited_for(start: Start) -> None:
    org = start()
    org.faults.slow_jobs("polls:3")
    assert audited(org).settings.internal_box is False


def test_a_component_that_cannot_be_read_is_a_gap_and_the_others_are_read() -> None:
    broken = "Load of metadata from db failed for metadata of type:ConnectedApp and file name:Ghost"
    org = FakeAuditOrg(
        {user_id(1): 1},
        files={
            "settings/ConnectedApp.settings": f"<ConnectedAppSettings {NS}><enableAdminApprovedAppsOnly>true"
            "</enableAdminApprovedAppsOnly></ConnectedAppSettings>",
            "settings/Security.settings": f"<SecuritySettings {NS}><sessionSettings><enforceIpRangesEveryRequest>true"
            "</enforceIpRangesEveryRequest><sessionTimeout>EightHours</sessionTimeout></sessionSettings>"
            "</SecuritySettings>",
            "profiles/Nobody.profile": f"<Profile {NS}><loginIpRanges><endAddress>1.1.1.9</endAddress>"
            "<startAddress>1.1.1.1</startAddress></loginIpRanges></Profile>",
            "connectedApps/Broken.connectedApp": "<ConnectedApp",
        },
        problems=(broken, "Entity of type 'Settings' named 'OauthOidc' cannot be found"),
    )
    found = audit(org, AuditRequest(), tools())
    assert (found.settings.internal_box, found.settings.external_box) == (True, None)
    assert (found.settings.ranges_on_every_request, found.settings.session_minutes) == (True, 480)
    told = sorted((gap.name, gap.message) for gap in found.gaps)
    assert [name for name, _ in told] == ["component", "component", "profile-file", "settings"]
    assert broken in told[0][1] + told[1][1]
    assert "ConnectedApp:Broken" in told[0][1] + told[1][1]
    assert "Nobody" in told[2][1]


@dataclass
class Older(FakeAuditOrg):
    """Does not know one of the types."""

    retrieves: list[list[str]] = field(default_factory=list)

    def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
        self.retrieves.append([one.type for one in components])
        return JobId("09S000000000001AAA")

    def retrieve_status(self, job: JobId, sink: BinaryIO) -> RetrieveOutcome:
        if "ExtlClntAppConfigurablePolicies" in self.retrieves[-1]:
            error = "INVALID_TYPE: Unknown type name 'ExtlClntAppConfigurablePolicies' specified in package.xml"
            return RetrieveOutcome(job, JobStatus.FAILED, done=True, success=False, error=error)
        return super().retrieve_status(job, sink)


def test_a_type_that_the_org_does_not_know_is_left_out_and_named() -> None:
    org = Older({user_id(1): 1})
    found = audit(org, AuditRequest(), tools())
    assert [gap.name for gap in found.gaps] == ["component"]
    assert "ExtlClntAppConfigurablePolicies:*" in found.gaps[0].message
    assert found.settings.password_flow_blocked is False
    assert len(org.retrieves) == 2


@pytest.mark.parametrize(
    "problems",
    [
        (),
        ("Entity of type 'Settings' named 'OauthOidc' cannot be found",),
        ("You do not have the proper permissions to access OauthOidc.",),
    ],
)
def test_flows_are_not_known_where_their_settings_are_not_given(problems: tuple[str, ...]) -> None:
    files = {path: text for path, text in SETTINGS.items() if "OauthOidc" not in path}
    found = audit(FakeAuditOrg({user_id(1): 1}, files=files, problems=problems), AuditRequest(), tools())
    assert (found.settings.password_flow_blocked, found.settings.user_agent_flow_blocked) == (None, None)
    assert "OauthOidc" in " ".join(gap.message for gap in found.gaps)


@pytest.mark.parametrize("text", ["<OauthOidcSettings", ""])
def test_a_settings_file_that_is_none_is_named_once(text: str) -> None:
    files = {**SETTINGS, "settings/OauthOidc.settings": text}
    found = audit(FakeAuditOrg({user_id(1): 1}, files=files), AuditRequest(), tools())
    assert found.settings.password_flow_blocked is None
    (gap,) = found.gaps
    assert "OauthOidc" in gap.message


@pytest.mark.parametrize(("name", "words"), [("ConnectedApp", "API Access Control"), ("Security", "login IP ranges")])
def test_other_settings_that_are_not_given_are_named(name: str, words: str) -> None:
    files = {path: text for path, text in SETTINGS.items() if name not in path}
    (gap,) = audit(FakeAuditOrg({user_id(1): 1}, files=files), AuditRequest(), tools()).gaps
    assert gap.name == "settings"
    assert name in gap.message
    assert words in gap.message


def test_a_switch_that_its_file_does_not_name_is_off() -> None:
    found = audit(FakeAuditOrg({user_id(1): 1}), AuditRequest(), tools())
    assert (found.settings.password_flow_blocked, found.settings.user_agent_flow_blocked) == (False, False)


def test_a_session_that_cannot_be_renewed_ends_the_audit_and_is_no_gap() -> None:
    class Ended(FakeAuditOrg):
        def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
            raise SessionExpired("the session has ended")

    with pytest.raises(SessionExpired):
        audit(Ended({user_id(1): 1}), AuditRequest(), tools())


def test_limits_that_the_org_does_not_tell_are_no_hindrance() -> None:
    class Silent(FakeAuditOrg):
        def limits(self) -> dict[str, object]:
            raise OrgRefused("no access", code="FORBIDDEN")

    assert audit(Silent({user_id(1): 1}), AuditRequest(), tools()).uses


def test_a_small_org_takes_few_calls() -> None:
    org = FakeAuditOrg({user_id(1): 1})
    audit(org, AuditRequest(), tools())
    assert len(org.asked) <= 22
