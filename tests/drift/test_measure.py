"""What counts as drift, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfmeta.errors import OrgRefused, UsageError
from sfmeta.model.change import Kind
from sfmeta.model.drift import Drift
from sfmeta.model.names import ComponentId
from tests.drift.scene import ALLOW, APP, PROFILE, Scene
from tests.ops.fake_org import FakeOrg
from tests.ops.test_deploy import connected_app, permission_set, xml

PLAIN = {ALLOW: permission_set(), APP: connected_app("<permissionSetName>Allow_X</permissionSetName>")}


def profile(*blocks: str) -> bytes:
    return xml("Profile", "".join(blocks) + "<custom>false</custom>")


def may(name: str, enabled: bool = True) -> str:
    return f"<userPermissions><enabled>{str(enabled).lower()}</enabled><name>{name}</name></userPermissions>"


def opens(name: str) -> str:
    return f"<classAccesses><apexClass>{name}</apexClass><enabled>true</enabled></classAccesses>"


def kinds(drift: Drift) -> dict[str, str]:
    found = {str(one.change.id): str(one.change.kind) for one in drift.components}
    return found | {str(one.change.id): str(one.change.kind) for one in drift.records}


def test_nothing_recorded_is_an_error_that_says_what_to_do(scene: Scene) -> None:
    with pytest.raises(UsageError, match="nothing to measure drift from") as caught:
        scene.measure()
    assert "git fetch origin" in caught.value.hint
    assert "sfmeta deploy" in caught.value.hint


def test_an_org_as_we_left_it_is_clean(scene: Scene) -> None:
    scene.deploy(PLAIN)
    found = scene.drift()
    assert found.is_clean
    assert [str(item) for item in found.compared] == ["ConnectedApp:Billing", "PermissionSet:Allow_X"]


def test_order_formatting_and_what_an_org_fills_in_are_no_drift(scene: Scene) -> None:
    scene.deploy(PLAIN)
    text = scene.org.held[ALLOW].decode()
    scene.org.held[ALLOW] = text.replace(
        "<label>Allow X</label>", "\n <hasActivationRequired>false</hasActivationRequired><label>Allow X</label>"
    ).encode()
    scene.org.held[APP] = connected_app("<permissionSetName>Allow X</permissionSetName>")
    assert scene.drift().is_clean, "the label of a permission set is its API name"


def test_a_secret_that_an_org_masks_is_no_drift_and_never_shown(scene: Scene) -> None:
    scene.deploy({APP: connected_app()})
    scene.org.held[APP] = connected_app(
        oauth="<consumerSecret>hush-hush</consumerSecret><isAdminApproved>true</isAdminApproved>"
    )
    found = scene.measure()
    assert found.drift.is_clean


def test_a_change_shows_by_path_with_both_values(scene: Scene) -> None:
    left = scene.deploy(PLAIN)
    scene.org.held[APP] = connected_app(oauth="<isAdminApproved>false</isAdminApproved>")
    [changed] = scene.drift().components
    assert changed.since == left
    fields = {"/".join(field.path): field.kind for field in changed.change.fields}
    assert fields == {
        "oauthConfig/isAdminApproved": Kind.CHANGED,
        "permissionSetName[Allow_X]": Kind.REMOVED,
    }


def test_deleted_and_made_again(scene: Scene) -> None:
    scene.deploy(PLAIN)
    scene.deploy(delete=("PermissionSet:Allow_X",))
    assert scene.drift().is_clean
    scene.org.held[ALLOW] = permission_set("By hand")
    scene.org.held.pop(APP)
    assert kinds(scene.drift()) == {"ConnectedApp:Billing": "removed", "PermissionSet:Allow_X": "added"}


def test_unreadable_is_unknown_and_never_absent(scene: Scene) -> None:
    scene.deploy(PLAIN)
    scene.org.unreadable = {"ConnectedApp:Billing"}
    found = scene.drift()
    assert not found.components
    assert not found.is_clean
    assert [str(item) for item in found.unreadable] == ["ConnectedApp:Billing"]


def test_what_was_not_recorded_is_unknown_while_it_is_there(scene: Scene) -> None:
    scene.org.on_deploy = lambda: scene.org.unreadable.add("ConnectedApp:Billing")
    with pytest.raises(AssertionError):
        # the org took it and would not give it back: the deployment is on record as not verified
        scene.deploy(PLAIN)
    scene.org.unreadable.clear()
    found = scene.drift()
    assert not found.differs
    assert "was not recorded" in next(iter(found.unreadable.values()))
    scene.org.held.pop(APP)
    [words] = scene.drift().unreadable.values()
    assert "it is not there now" in words, "somebody may have deleted it"


def test_what_an_older_entry_does_not_record_is_unknown_while_it_is_there(scene: Scene) -> None:
    scene.deploy(PLAIN)
    [(commit, entry)] = scene.ledger.deployments()
    # an older sfmeta did not say of what it has no file that the org would not give it
    old = replace(entry, id="20991231T000000Z-ffffff", components=(ComponentId.parse("ConnectedApp:Other"),))
    scene.ledger.advance(old, commit)
    found = scene.drift()
    assert (found.differs, dict(found.unreadable)) == (False, {})
    scene.org.held[APP.replace("Billing", "Other")] = scene.org.held[APP]
    assert [str(item) for item in scene.drift().unreadable] == ["ConnectedApp:Other"]


def test_what_was_to_be_deleted_and_was_not_given_afterwards_is_unknown(scene: Scene) -> None:
    scene.deploy(PLAIN)

    def deletes_nothing() -> None:
        scene.org.held[ALLOW] = PLAIN[ALLOW]
        scene.org.unreadable = {"PermissionSet:Allow_X"}

    scene.org.on_deploy = deletes_nothing
    with pytest.raises(AssertionError):
        scene.deploy(delete=("PermissionSet:Allow_X",))
    scene.org.unreadable.clear()
    found = scene.drift()
    assert not found.differs, "nobody has made it"
    assert [str(item) for item in found.unreadable] == ["PermissionSet:Allow_X"]


def test_a_profile_is_only_compared_on_what_stood_beside_it(scene: Scene) -> None:
    scene.org.held[PROFILE] = profile()
    scene.deploy({PROFILE: profile(may("ApiEnabled"), opens("Mine"))})
    # an org gives a section only for what stands in the same manifest; a later deployment brings a class into ours
    scene.org.held[PROFILE] = profile(may("ApiEnabled"), opens("Mine"), opens("Other"))
    assert scene.drift().is_clean
    scene.org.held[PROFILE] = profile(may("ApiEnabled"), may("ModifyAllData"), opens("Other"))
    [changed] = scene.drift().components
    assert {field.path[0] for field in changed.change.fields} == {
        "classAccesses[Mine]",
        "userPermissions[ModifyAllData]",
    }


def test_grants_that_came_went_and_got_another_end(scene: Scene) -> None:
    scene.org.assign("Allow_X", "ann@example.com")
    scene.org.assign("Allow_X", "bob@example.com", "2030-01-01T00:00:00.000+0000")
    scene.deploy(PLAIN)
    assert scene.drift().is_clean
    rows = scene.org.rows["PermissionSetAssignment"]
    rows.pop(0)
    rows[0]["ExpirationDate"] = None
    scene.org.assign("Allow_X", "eve@example.com")
    assert kinds(scene.drift()) == {
        "PermissionSetAssignment:Allow_X/ann@example.com": "removed",
        "PermissionSetAssignment:Allow_X/bob@example.com": "changed",
        "PermissionSetAssignment:Allow_X/eve@example.com": "added",
    }


def test_a_grant_at_its_planned_end_is_no_drift(scene: Scene) -> None:
    scene.org.assign("Allow_X", "bob@example.com", "2023-11-15T00:00:00.000+0000")
    scene.deploy(PLAIN)
    scene.org.rows["PermissionSetAssignment"].clear()
    assert kinds(scene.drift()) == {"PermissionSetAssignment:Allow_X/bob@example.com": "removed"}
    scene.clock.sleep(3 * 86_400)
    assert scene.drift().is_clean


def test_grants_that_cannot_be_read_are_unknown(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.org.assign("Allow_X", "ann@example.com")
    scene.deploy(PLAIN)

    def refuse(self: FakeOrg, soql: str) -> None:
        raise OrgRefused("no such column")

    monkeypatch.setattr(FakeOrg, "query", refuse)
    found = scene.drift()
    assert not found.records
    assert found.unread_records == "no such column"
    assert not found.is_clean


def test_measured_from_a_deployment_later_ones_count_and_are_named(scene: Scene) -> None:
    first = scene.deploy(PLAIN)
    second = scene.deploy({APP: connected_app(oauth="<isAdminApproved>false</isAdminApproved>")})
    new = "permissionsets/Allow_Y.permissionset"
    third = scene.deploy({new: permission_set("Allow Y")})
    assert scene.drift().is_clean
    found = scene.drift(first)
    assert found.since == first
    assert kinds(found) == {"ConnectedApp:Billing": "changed", "PermissionSet:Allow_Y": "added"}
    authors = {str(one.change.id): [trace.deployment for trace in one.who.candidates] for one in found.components}
    assert authors == {"ConnectedApp:Billing": [second], "PermissionSet:Allow_Y": [third]}
    assert kinds(scene.drift(second[:-3])) == {"PermissionSet:Allow_Y": "added"}
    assert scene.drift(scene.last.job_id).is_clean


def test_a_deployment_that_is_none_or_several(scene: Scene) -> None:
    scene.deploy(PLAIN)
    scene.deploy({ALLOW: permission_set("Allow all")})
    with pytest.raises(UsageError, match="has no deployment nope"):
        scene.drift("nope")
    with pytest.raises(UsageError, match="is the beginning of 2 deployments"):
        scene.drift("2023")
