"""Whom to assign is said, with every date and reason, before anything is restricted."""

from __future__ import annotations

from sfmeta.access.components import components_for
from sfmeta.access.wanted import ManualStep, Work
from sfmeta.config.policy import read_policy

HEAD = 'version: 1\ndefaults: {permission_set: "Allow {label}"}\n'


def steps(text: str) -> list[ManualStep]:
    return list(components_for(read_policy(HEAD + text), {}).manual_steps)


def loader(grants: str, users: str = "permitted_users: admin_approved, ") -> str:
    return f"apps:\n  l: {{match: {{label: Dataloader.io}}, ownership: installed, decision: allow, {users}{grants}}}\n"


def test_every_user_is_named_with_end_and_reason() -> None:
    users = "[super.user@acme.example, {username: loader@acme.example, until: 2027-01-15, reason: year-end load}]"
    first, second = steps(loader(f"grants: {{users: {users}}}"))
    assert first == ManualStep(
        "l",
        "Assign Allow Dataloader.io",
        "Setup > Permission Sets > Allow Dataloader.io > Manage Assignments",
        (
            "Before Dataloader.io is restricted: whoever has no assignment then loses access",
            "If the org has no such permission set yet: sfmeta deploy -m PermissionSet:Allow_Dataloader_io",
            "sfmeta grant sync --app l does the rest; by hand:",
            "Add super.user@acme.example",
            "Add loader@acme.example, expiring 2027-01-15 23:59 UTC (year-end load)",
            "If the page offers no expiry: enable it in Setup > User Management Settings",
        ),
        (
            "SELECT Assignee.Username, ExpirationDate FROM PermissionSetAssignment "
            "WHERE PermissionSet.Name = 'Allow_Dataloader_io'",
        ),
        Work.ASSIGN,
    )
    assert second.title == "Set up Dataloader.io"


def test_an_identity_provider_that_assigns_is_said_to() -> None:
    step = steps(loader("grants: {assigned_by: external, users: [a@acme.example]}"))[0]
    assert step.title == "Assign Allow Dataloader.io"
    assert step.actions[-2:] == (
        "The identity provider assigns it (assigned_by: external); see that these users have it",
        "See a@acme.example",
    )
    assert not [action for action in step.actions if action.startswith("Add")]


def test_a_reference_stays_a_reference() -> None:
    step = steps(loader("grants: {users: ['${env:WHO}']}"))[0]
    assert step.actions[-1] == "Add ${env:WHO}"


def test_use_any_api_client_is_assigned_before_the_boxes() -> None:
    (step,) = steps("any_api_client: [{username: soap@acme.example, until: 2027-01-15T18:00+01:00, reason: SoapUI}]\n")
    assert (step.app, step.title) == ("", "Assign Use Any API Client")
    assert step.where == "Setup > Permission Sets > Use Any API Client > Manage Assignments"
    assert "Before a box of Setup > API Access Control is ticked" in step.actions[0]
    assert "Add soap@acme.example, expiring 2027-01-15 17:00 UTC (SoapUI)" in step.actions
    assert "PermissionSet.Name = 'Use_Any_API_Client'" in step.verify[0]


def test_assignments_come_before_all_settings() -> None:
    text = loader("grants: {users: [a@acme.example]}")
    text += "  p: {match: {label: P}, ownership: installed, decision: allow, permission_set: P users, "
    text += "grants: {users: [b@acme.example]}}\n"
    text += "any_api_client: [{username: soap@acme.example, until: 2027-01-15T18:00Z}]\n"
    assert [step.title for step in steps(text)] == [
        "Assign Allow Dataloader.io",
        "Assign P users",
        "Assign Use Any API Client",
        "Set up Dataloader.io",
        "Set up P",
    ]


def test_nobody_listed_is_nobody_to_assign() -> None:
    assert [step.title for step in steps(loader("grants: {profiles: [Integration User]}"))] == ["Set up Dataloader.io"]
    assert [step.title for step in steps(loader("", "permitted_users: everyone"))] == ["Set up Dataloader.io"]
