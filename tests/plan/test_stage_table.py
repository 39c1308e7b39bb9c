"""One table says what belongs to which stage."""

from __future__ import annotations

import pytest

from sfmeta.access.owned_paths import OWNED_PATHS
from sfmeta.access.stage_table import BY_RECORD, BY_TYPE, BY_WORK, is_due, stage_of
from sfmeta.access.wanted import Wanted, Work
from sfmeta.model.forecast import Stage
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import App, Decision, Match, Policy, ProfilePolicy
from sfmeta.model.records import RecordKind
from sfmeta.ops.plan.units import units

APPS = {
    "late": App("late", Match("Late"), decision=Decision.ALLOW),
    "second": App("second", Match("Second"), decision=Decision.ALLOW, wave=2),
    "first": App("first", Match("First"), decision=Decision.ALLOW, wave=1),
    "bad": App("bad", Match("Bad"), decision=Decision.BLOCK),
}
POLICY = Policy(apps=APPS, profiles=(ProfilePolicy("Integration User"),))


def wanted(type_name: str, name: str, app: str = "") -> Wanted:
    return Wanted(ComponentId.of(type_name, name), type_name, {}, app=app)


WANTED = (
    wanted("ConnectedApp", "Bad", "bad"),
    wanted("ConnectedApp", "First", "first"),
    wanted("ConnectedApp", "Late", "late"),
    wanted("ExternalClientApplication", "Second", "second"),
    wanted("ExtlClntAppOauthConfigurablePolicies", "Second_defaultPolicy", "second"),
    wanted("BlacklistedConsumer", "Worse", "bad"),
    wanted("PermissionSet", "Allow_First", "first"),
    wanted("PermissionSet", "Use_Any_API_Client"),
    wanted("Profile", "Integration User"),
    wanted("Settings", "ConnectedApp"),
)


def test_the_table_has_every_type_that_a_policy_writes() -> None:
    assert set(BY_TYPE) == {"Settings" if name == "ConnectedAppSettings" else name for name in OWNED_PATHS}
    assert set(BY_RECORD) == set(RecordKind)
    assert set(BY_WORK) == set(Work)


@pytest.mark.parametrize(
    ("one", "stage"),
    [
        (wanted("PermissionSet", "Allow_Bad", "bad"), Stage.PREPARE),
        (wanted("ConnectedApp", "First", "first"), Stage.RESTRICT),
        (wanted("ConnectedApp", "Bad", "bad"), Stage.BLOCK),
        (wanted("ExtlClntAppConfigurablePolicies", "Bad", "bad"), Stage.BLOCK),
        (wanted("BlacklistedConsumer", "Bad", "bad"), Stage.BLOCK),
        (wanted("Profile", "Integration User"), Stage.RESTRICT),
        (wanted("Settings", "ConnectedApp"), Stage.ENFORCE),
    ],
)
def test_each_belongs_to_one_stage(one: Wanted, stage: Stage) -> None:
    assert stage_of(one, POLICY) is stage


def test_every_component_is_in_exactly_one_stage() -> None:
    found = [
        component for stage in Stage for unit in units(POLICY, WANTED, stage, None) for component in unit.components
    ]
    assert sorted(found) == sorted(one.id for one in WANTED)


def test_apps_go_by_wave_and_then_as_the_policy_lists_them_profiles_last() -> None:
    assert [unit.title for unit in units(POLICY, WANTED, Stage.RESTRICT, None)] == [
        "Restrict First",
        "Restrict Late",
        "Restrict Second",
        "Change the profile Integration User",
    ]


def test_an_app_with_all_its_files_is_one_unit_and_all_permission_sets_are() -> None:
    (prepare,) = units(POLICY, WANTED, Stage.PREPARE, None)
    assert [component.full_name for component in prepare.components] == ["Allow_First", "Use_Any_API_Client"]
    second = next(unit for unit in units(POLICY, WANTED, Stage.RESTRICT, None) if unit.app == "second")
    assert len(second.components) == 2


def test_a_wave_has_what_is_due_by_then() -> None:
    assert [unit.app for unit in units(POLICY, WANTED, Stage.RESTRICT, 1)] == ["first"]
    # the last wave has what has none, and profiles
    assert [is_due(app, POLICY, 2) for app in ("first", "second", "late", "")] == [True] * 4
    assert [is_due(app, POLICY, 1) for app in ("first", "second", "late", "")] == [True, False, False, False]
