"""Who: only where the audit trail names the thing, and never ourselves."""

from __future__ import annotations

import pytest

from sfmeta.errors import OrgRefused
from sfmeta.model.drift import Trace, Who
from sfmeta.model.names import ComponentId
from sfmeta.ops.drift_trail import Trail, Witnesses
from tests.drift.scene import ALLOW, APP, Scene
from tests.drift.test_measure import PLAIN
from tests.ops.fake_org import INFO, FakeOrg
from tests.ops.test_deploy import connected_app, permission_set

CHANGED_APP = connected_app(oauth="<isAdminApproved>false</isAdminApproved>")
OPENED = (
    "Changed connected app Billing Permitted Users setting from Admin approved users are pre-authorized to All users "
    "may self-authorize"
)


def who_of(scene: Scene) -> Who:
    [one] = [*scene.drift().components, *scene.drift().records]
    return one.who


def test_a_row_that_names_the_component(scene: Scene) -> None:
    scene.deploy({APP: connected_app()})
    scene.org.held[APP] = CHANGED_APP
    scene.says(OPENED, "changeUserRuntimeAccessPolicy", section="Application")
    [trace] = who_of(scene).candidates
    assert (trace.username, trace.what, trace.section) == ("eve@example.com", OPENED, "Application")


def test_several_are_candidates_newest_first(scene: Scene) -> None:
    scene.deploy({APP: connected_app()})
    scene.org.held[APP] = CHANGED_APP
    scene.says(OPENED, "changeUserRuntimeAccessPolicy", "ann@example.com", "Application")
    scene.says(OPENED, "changeUserRuntimeAccessPolicy", "bob@example.com", "Application")
    assert [trace.username for trace in who_of(scene).candidates] == ["bob@example.com", "ann@example.com"]


def test_older_rows_and_our_own_do_not_count(scene: Scene) -> None:
    scene.says(OPENED, "changeUserRuntimeAccessPolicy", section="Application")
    scene.org.on_deploy = lambda: scene.says(OPENED, "changeUserRuntimeAccessPolicy", INFO.username, "Application")
    scene.deploy({APP: connected_app()})
    scene.org.held[APP] = CHANGED_APP
    found = who_of(scene)
    assert not found.candidates
    assert "no row of the org's audit trail" in found.why
    assert "not every change is in it" in found.why
    # the same person by hand, a minute after the deployment
    scene.says(OPENED, "changeUserRuntimeAccessPolicy", INFO.username, "Application")
    assert [trace.username for trace in who_of(scene).candidates] == [INFO.username]


def test_older_than_the_trail_is_said(scene: Scene) -> None:
    scene.deploy({APP: connected_app()})
    scene.org.held[APP] = CHANGED_APP
    scene.clock.sleep(181 * 86_400)
    assert "kept for 180 days" in who_of(scene).why


def test_a_trail_that_is_not_shown(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.deploy({APP: connected_app()})
    scene.org.held[APP] = CHANGED_APP
    ask = FakeOrg.query

    def refuse(self: FakeOrg, soql: str) -> object:
        if "SetupAuditTrail" in soql:
            raise OrgRefused("sObject type 'SetupAuditTrail' is not supported")
        return ask(self, soql)

    monkeypatch.setattr(FakeOrg, "query", refuse)
    assert "does not show its audit trail: sObject type" in who_of(scene).why


def test_an_unfinished_deployment_of_ours_is_a_candidate(scene: Scene) -> None:
    scene.deploy(PLAIN)
    scene.org.on_deploy = lambda: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        scene.deploy({ALLOW: permission_set("Allow all")})
    scene.org.held[ALLOW] = permission_set("Allow all")
    found = scene.drift()
    assert "not recorded as finished" in found.notes[0]
    [trace] = found.components[0].who.candidates
    assert "not recorded as finished" in trace.what


def test_who_gave_a_grant(scene: Scene) -> None:
    scene.deploy(PLAIN)
    scene.org.rows["User"] = [{"Id": "005000000000009AAA", "Username": "Bob@example.com", "Name": "Bob Bill"}]
    scene.org.assign("Allow_X", "bob@example.com")
    scene.says("Permission set Allow X: assigned to user Ann (UserID: [005000000000008])", "PermSetAssign", "x@y.z")
    scene.says(
        "Permission set Allow Y: assigned to user Bob Bill (UserID: [005000000000009])", "PermSetAssign", "x@y.z"
    )
    scene.says("Permission set Allow X: assigned to user Bob Bill (UserID: [005000000000009])", "PermSetAssign")
    scene.says("Changed permission set Allow X: description was changed", "PermSetDescriptionChange", "x@y.z")
    assert [trace.username for trace in who_of(scene).candidates] == ["eve@example.com"]


ALLOW_X, BILLING = ComponentId.of("PermissionSet", "Allow_X"), ComponentId.of("ConnectedApp", "Billing")
LONGER = ComponentId.of("PermissionSet", "Allow_X_y")


@pytest.mark.parametrize(
    ("component", "section", "action", "text", "is_named"),
    [
        (ALLOW_X, "Manage Users", "PermSetDelete", "Deleted permission set Allow X", True),
        (ALLOW_X, "Manage Users", "PermSetDelete", "Deleted permission set Allow_X", True),
        (ALLOW_X, "", "PermSetDelete", "Deleted permission set Allow X", True),
        (ALLOW_X, "Custom Permissions", "x", "Deleted permission set Allow X", False),
        (ALLOW_X, "Manage Users", "x", "Changed permission set Allow X Two: description was changed", False),
        (ALLOW_X, "Manage Users", "x", "Changed permission set Allow X y: description was changed", False),
        (LONGER, "Manage Users", "x", "Changed permission set Allow X y: description was changed", True),
        (ALLOW_X, "Manage Users", "x", "Changed permission set Do not Allow X: description was changed", False),
        (ALLOW_X, "Manage Users", "PermSetAssign", "Permission set Allow X: assigned to user Ann", False),
        (
            BILLING,
            "Manage Users",
            "SetupEntityAccessAudit_PermissionSet_ConnectedApplication_Enabled",
            "Changed permission set Allow X: Billing connected app is enabled",
            True,
        ),
        (
            ALLOW_X,
            "Manage Users",
            "SetupEntityAccessAudit_PermissionSet_ConnectedApplication_Enabled",
            "Changed permission set Allow X: Billing connected app is enabled",
            False,
        ),
        (BILLING, "Connected Apps", "x", "Blocked Connected App Billing to Salesforce", True),
        (BILLING, "Connected Apps", "x", "Blocked Connected App Billing Sync to Salesforce", False),
        (BILLING, "Connected Apps", "x", "Blocked Connected App Rebilling to Salesforce", False),
    ],
)
def test_what_names_a_component(component: ComponentId, section: str, action: str, text: str, is_named: bool) -> None:
    row = Trace("eve@example.com", "2026-01-02T00:00:00Z", text, action, section)
    names = {
        ALLOW_X: frozenset({"Allow_X", "Allow X"}),
        LONGER: frozenset({"Allow_X_y", "Allow X y"}),
        BILLING: frozenset({"Billing"}),
    }
    witnesses = Witnesses(Trail((row,)), names, {}, (), "2026-01-03T00:00:00Z")
    assert bool(witnesses.of_component(component, "2026-01-01T00:00:00Z").candidates) is is_named
