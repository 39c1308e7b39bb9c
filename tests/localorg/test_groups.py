"""Permission set groups at the doors: what they give, mute and pre-authorise, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sfmeta.errors import SourceError
from sfmeta.localorg.caller import has_permission
from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.localorg.state import State
from tests.localorg.visitor import Visitor

SEED = """
profiles: [{name: Bare}]
permission_sets:
  - {name: Api, permissions: [ApiEnabled, ViewSetup]}
  - {name: Allow, permissions: [RunReports]}
permission_set_groups:
  - {name: Whole, label: The whole, permission_sets: [Api, Allow]}
  - {name: Muted, permission_sets: [Api, Allow], muted: [ApiEnabled]}
users:
  - {username: whole@g.example, profile: Bare, password: pw-1, permission_set_groups: [Whole]}
  - {username: muted@g.example, profile: Bare, password: pw-1, permission_set_groups: [Muted]}
  - {username: both@g.example, profile: Bare, password: pw-1, permission_sets: [Api], permission_set_groups: [Muted]}
  - {username: none@g.example, profile: Bare, password: pw-1}
apps:
  - {label: Open, consumer_key: key.open, consumer_secret: s}
  - label: Closed
    consumer_key: key.closed
    consumer_secret: s
    permitted_users: admin_approved
    permission_sets: [Allow]
"""


@pytest.fixture
def groups(ready_keys: None, seed_file: Path) -> Iterator[Visitor]:
    seed_file.write_text(SEED)
    with LocalOrg.start(str(seed_file)) as org, Visitor(org) as one:
        yield one


def status(groups: Visitor, name: str, app: str = "Open") -> int:
    """Of a REST call by a user with a group of that name."""
    answer = groups.password(app, f"{name}@g.example", "pw-1").json()
    return groups.rest("/limits", answer["access_token"]).status_code if "access_token" in answer else 0


def test_a_group_gives_what_its_members_give_less_what_it_mutes(groups: Visitor) -> None:
    assert [status(groups, name) for name in ("whole", "muted", "both", "none")] == [200, 403, 200, 403]
    state = groups.org.state
    user = state.records.first("User", Username="muted@g.example")
    assert user is not None
    assert has_permission(state, user.id, "ViewSetup")
    assert not has_permission(state, user.id, "ApiEnabled")


def test_who_has_no_profile_has_no_permission_of_others() -> None:
    state = State.open()
    state.records.insert("PermissionSet", {"Name": "Api", "PermissionsApiEnabled": True})
    user = state.records.insert("User", {"Username": "a@b.example"})
    assert not has_permission(state, user, "ApiEnabled")


def test_a_member_pre_authorises(groups: Visitor) -> None:
    assert [status(groups, name, "Closed") for name in ("whole", "muted", "none")] == [200, 403, 0]
    groups.org.state.change_org(assumptions={"group_members_preauthorize": False})
    assert [status(groups, name, "Closed") for name in ("whole", "muted", "none")] == [0, 0, 0]


def test_an_assignment_of_a_group_expires(groups: Visitor) -> None:
    state = groups.org.state
    [assignment] = [
        row
        for row in state.records.find("PermissionSetAssignment")
        if row["PermissionSetGroupId"] and row["AssigneeId"] == user_id(groups, "whole")
    ]
    state.records.update(assignment.id, ExpirationDate=to_stamp(state.clock.now() + timedelta(minutes=5)))
    assert status(groups, "whole") == 200
    state.move_clock(timedelta(minutes=6))
    assert status(groups, "whole") == 403
    assert status(groups, "whole", "Closed") == 0


def test_a_group_that_wants_an_activated_session_gives_nothing(groups: Visitor) -> None:
    state = groups.org.state
    group = state.records.first("PermissionSetGroup", DeveloperName="Whole")
    assert group is not None
    state.records.update(group.id, HasActivationRequired=True)
    assert status(groups, "whole") == 403


def test_an_assignment_of_the_sum_is_one_of_the_group(groups: Visitor) -> None:
    state = groups.org.state
    total = state.records.first("PermissionSet", Type="Group", Name="Whole")
    assert total is not None
    user = user_id(groups, "none")
    state.records.insert("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": total.id})
    assert status(groups, "none") == 200
    group = {"AssigneeId": user, "PermissionSetGroupId": total["PermissionSetGroupId"]}
    state.records.delete_all(state.records.find("PermissionSetAssignment", AssigneeId=user))
    assert status(groups, "none") == 403
    state.records.insert("PermissionSetAssignment", group)
    assert status(groups, "none") == 200


def user_id(groups: Visitor, name: str) -> str:
    user = groups.org.state.records.first("User", Username=f"{name}@g.example")
    assert user is not None
    return user.id


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("permission_set_groups: [Whole]", "permission_set_groups: [Hole]"), "there is no permission set group Hole"),
        (("permission_sets: [Api, Allow]}", "permission_sets: [Apy]}"), "there is no permission set Apy"),
        (("muted: [ApiEnabled]", "muted: [ApiEnable]"), "there is no permission ApiEnable"),
        (("{name: Bare}", "{name: Bare, login_ip_ranges: [10.0.0.9-10.0.0.1]}"), "10.0.0.9-10.0.0.1 is no range"),
        (("consumer_key: key.open", "ip_ranges: [here]"), "here is no range of addresses"),
        (("consumer_key: key.open", "options: [isMagic]"), "give isConsumerSecretOptional"),
    ],
)
def test_a_seed_with_names_that_stand_for_nothing(seed_file: Path, change: tuple[str, str], problem: str) -> None:
    seed_file.write_text(SEED.replace(*change))
    with pytest.raises(SourceError) as caught:
        LocalOrg.start(str(seed_file))
    assert problem in str([one.message for one in caught.value.problems])
