"""Apex tests that nobody runs: which there are, which of them a level takes, and what the org was told of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from sfmeta.localorg.backdoor.control import ControlRefused
from sfmeta.localorg.metadata.apex.sources import CLASS, read_source
from sfmeta.localorg.metadata.apex.told import APEX_CONTROL, tell
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import Outcome, package_xml, xml

META = xml("ApexClass", "<apiVersion>63.0</apiVersion><status>Active</status>")
TRIGGER_META = xml("ApexTrigger", "<apiVersion>63.0</apiVersion><status>Active</status>")
PLAIN = "public class Plain {\n    public void go() {\n        a();\n        b();\n        c();\n        d();\n    }\n}"
TEST = """@IsTest
private class PlainTest {
    @TestSetup
    static void prepare() { insert new Account(); }

    @IsTest
    static void goes() { new Plain().go(); }

    // @IsTest static void commented() {}
    @IsTest(SeeAllData=true isParallel=false)
    private static void goesAgain() { String s = '@IsTest static void quoted() {'; }

    static void helper() {}

    static testMethod void oldStyle() {}
}
"""
TRIGGER = "trigger T on Account (before insert) {\n    Plain.go();\n}"


def apex(classes: Mapping[str, str], triggers: Mapping[str, str] | None = None) -> dict[str, str]:
    files = {"package.xml": package_xml({"ApexClass": "*", "ApexTrigger": "*"})}
    for name, text in classes.items():
        files |= {f"classes/{name}.cls": text, f"classes/{name}.cls-meta.xml": META}
    for name, text in (triggers or {}).items():
        files |= {f"triggers/{name}.trigger": text, f"triggers/{name}.trigger-meta.xml": TRIGGER_META}
    return files


BOTH = apex({"Plain": PLAIN, "PlainTest": TEST})


def run_of(outcome: Outcome) -> Any:
    return outcome.details["runTestResult"][0]


def names(outcome: Outcome, what: str = "successes") -> list[str]:
    found = (f"{one['name'][0]}.{one['methodName'][0]}" for one in run_of(outcome).get(what, []))
    return sorted(found)


def numbers(outcome: Outcome) -> tuple[str, ...]:
    return tuple(outcome[f"numberTest{name}"] for name in ("sTotal", "sCompleted", "Errors"))


@pytest.mark.parametrize(
    ("text", "tests", "is_test"),
    [
        (PLAIN, (), False),
        (TEST, ("goes", "goesAgain", "oldStyle"), True),
        ("@isTest public class Factory { public static void make() {} }", (), True),
        ("public class Mixed { static TESTMETHOD void works() {} }", ("works",), True),
        ("/* @isTest */ public class Plain { /* static testmethod void x() {} */ }", (), False),
        ("public class Odd { String s = 'it\\'s @isTest static void x() {'; void y() {} }", (), False),
        ("/* never closed @isTest static void x() {}", (), False),
        ("", (), False),
    ],
)
def test_what_is_a_test(text: str, tests: tuple[str, ...], is_test: bool) -> None:
    source = read_source(CLASS, "X", "01p", text.encode())
    assert (source.tests, source.is_test) == (tests, is_test)


def test_lines_that_count() -> None:
    assert read_source(CLASS, "Plain", "01p", PLAIN.replace("\n", "\r\n").encode()).locations == (3, 4, 5, 6)


class TestLevels:
    def test_none(self, api: Any) -> None:
        outcome = api.deploy(BOTH)
        assert (outcome["status"], outcome["runTestsEnabled"], *numbers(outcome)) == ("Succeeded", "false", *"000")
        assert run_of(outcome) == {"numFailures": ["0"], "numTestsRun": ["0"], "totalTime": ["0.0"]}

    @pytest.mark.parametrize("level", ["RunLocalTests", "RunAllTestsInOrg"])
    def test_all(self, api: Any, level: str) -> None:
        api.deploy(BOTH)
        outcome = api.deploy(apex({"More": PLAIN.replace("Plain", "More")}), testLevel=level)
        assert (outcome["status"], outcome["runTestsEnabled"], *numbers(outcome)) == ("Succeeded", "true", *"330")
        assert names(outcome) == ["PlainTest.goes", "PlainTest.goesAgain", "PlainTest.oldStyle"]
        covered = {one["name"][0]: one["numLocationsNotCovered"][0] for one in run_of(outcome)["codeCoverage"]}
        assert covered == {"Plain": "0", "More": "0"}

    def test_named(self, api: Any) -> None:
        files = {**BOTH, **apex({"Other": "@isTest class Other { @isTest static void x() {} }"})}
        outcome = api.deploy(files, testLevel="RunSpecifiedTests", runTests="plaintest")
        assert outcome["status"] == "Succeeded"
        assert {name.partition(".")[0] for name in names(outcome)} == {"PlainTest"}

    def test_a_named_class_that_is_not_there(self, api: Any, state: State) -> None:
        outcome = api.deploy(BOTH, testLevel="RunSpecifiedTests", runTests="Nobody")
        assert (outcome["status"], outcome.failures, *numbers(outcome)) == ("Failed", [], *"101")
        [failure] = run_of(outcome)["failures"]
        assert (failure["name"], failure["message"]) == (["Nobody"], ["The test class Nobody was not found"])
        assert api.call("listMetadata", "<queries><type>ApexClass</type></queries>") == []

    def test_relevant(self, api: Any) -> None:
        api.version = 66
        other = {"Else": "public class Else { void x() { y(); } }", "ElseTest": TEST.replace("Plain", "Else")}
        api.deploy(apex({**other, "PlainTest": TEST}))
        outcome = api.deploy(apex({"Plain": PLAIN}), testLevel="RunRelevantTests")
        assert outcome["status"] == "Succeeded"
        assert {name.partition(".")[0] for name in names(outcome)} == {"PlainTest"}

    def test_production_runs_local_tests_for_apex(self, api: Any, state: State) -> None:
        state.change_org(is_sandbox=False)
        outcome = api.deploy(BOTH)
        assert (outcome["status"], outcome["runTestsEnabled"], *numbers(outcome)) == ("Succeeded", "true", *"330")
        plain = {
            "package.xml": package_xml({"PermissionSet": "X"}),
            "permissionsets/X.permissionset": xml("PermissionSet", "<label>X</label>"),
        }
        assert api.deploy(plain)["runTestsEnabled"] == "false"

    def test_nothing_runs_after_a_failed_component(self, api: Any) -> None:
        files = {**BOTH, "classes/Plain.cls-meta.xml": "<oops"}
        outcome = api.deploy(files, testLevel="RunLocalTests")
        assert (outcome["status"], *numbers(outcome)) == ("Failed", *"000")


class TestTold:
    def test_a_failing_method(self, api: Any, state: State) -> None:
        tell(state, {"PlainTest.goes": "System.AssertException: Assertion Failed"}, {})
        outcome = api.deploy(BOTH, testLevel="RunLocalTests")
        assert (outcome["status"], outcome["numberComponentErrors"], *numbers(outcome)) == ("Failed", "0", *"321")
        [failure] = run_of(outcome)["failures"]
        assert failure["message"] == ["System.AssertException: Assertion Failed"]
        assert (failure["name"], failure["methodName"], failure["id"][0][:3]) == (["PlainTest"], ["goes"], "01p")
        assert api.call("listMetadata", "<queries><type>ApexClass</type></queries>") == []

    def test_a_failing_class_and_no_rollback(self, api: Any, state: State) -> None:
        tell(state, {"plaintest": "no"}, {})
        outcome = api.deploy(BOTH, testLevel="RunLocalTests", rollbackOnError=False)
        assert (outcome["status"], *numbers(outcome)) == ("SucceededPartial", *"303")
        assert len(api.call("listMetadata", "<queries><type>ApexClass</type></queries>")) == 2

    def test_too_little_coverage_of_the_org(self, api: Any, state: State) -> None:
        tell(state, {}, {"Plain": 74.9})
        outcome = api.deploy(BOTH, testLevel="RunAllTestsInOrg")
        assert (outcome["status"], outcome["numberComponentErrors"], *numbers(outcome)) == ("Failed", "0", *"330")
        [warning] = run_of(outcome)["codeCoverageWarnings"]
        text = (
            "Average test coverage across all Apex Classes and Triggers is 74%, at least 75% test coverage is required"
        )
        assert (warning["message"], warning["name"]) == ([text], [""])

    def test_the_org_counts_as_a_whole_unless_tests_are_named(self, api: Any, state: State) -> None:
        large = "public class Large {\n" + "    x();\n" * 100 + "}"
        api.deploy(apex({"Large": large}))
        tell(state, {}, {"Plain": 53.659})
        assert api.deploy(BOTH, testLevel="RunLocalTests")["status"] == "Succeeded"
        outcome = api.deploy(BOTH, testLevel="RunSpecifiedTests", runTests="PlainTest")
        assert outcome["status"] == "Failed"
        [warning] = run_of(outcome)["codeCoverageWarnings"]
        assert warning["message"] == [
            "Test coverage of selected Apex Class is 53.659%, at least 75% test coverage is required"
        ]
        [covered] = run_of(outcome)["codeCoverage"]
        assert [one["line"] for one in covered["locationsNotCovered"]] == [["5"], ["6"]]

    def test_every_trigger_needs_some(self, api: Any, state: State) -> None:
        tell(state, {}, {"T": 0})
        files = apex({"Plain": PLAIN, "PlainTest": TEST}, {"T": TRIGGER})
        outcome = api.deploy(files, testLevel="RunLocalTests")
        assert outcome["status"] == "Failed"
        [warning] = run_of(outcome)["codeCoverageWarnings"]
        assert warning["message"] == [
            "Test coverage of selected Apex Trigger is 0%, at least 1% test coverage is required"
        ]

    def test_without_a_test_nothing_is_covered(self, api: Any, state: State) -> None:
        state.change_org(is_sandbox=False)
        outcome = api.deploy(apex({"Plain": PLAIN}))
        assert outcome["status"] == "Failed"
        assert "is 0%, at least 75%" in run_of(outcome)["codeCoverageWarnings"][0]["message"][0]

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            ({"fail": ["X.y"]}, "unknown: fail; what can be told is failures"),
            ({"failures": {"A": "no"}, "more": 1}, "unknown: more"),
            ({"failures": []}, "failures is an object"),
            ({"failures": {"A": 1}}, "failures is an object"),
            ({"failures": {"A.b.c": "no"}}, "'A.b.c' is not of the form Class or Class.method"),
            ({"coverage": {"A.b": 50}}, "'A.b' is not of the form Class"),
            ({"coverage": {"A": 101}}, "no percentage: 101"),
            ({"coverage": {"A": True}}, "coverage is an object"),
        ],
    )
    @pytest.mark.parametrize("action", ["apex-tests", "apex-tests/add"])
    def test_what_cannot_be_told(self, state: State, action: str, content: dict[str, Any], why: str) -> None:
        with pytest.raises(ControlRefused, match=re.escape(why)):
            APEX_CONTROL.actions[action](state, content)
        assert APEX_CONTROL.reads["apex-tests"](state, {}) == {"failures": {}, "coverage": {}}

    def test_the_back_door(self, api: Any, state: State) -> None:
        said = {"failures": {"PlainTest": "no"}, "coverage": {"Plain": 10}}
        kept = APEX_CONTROL.actions["apex-tests"](state, said)
        assert json.loads(json.dumps(kept)) == {"failures": {"plaintest": "no"}, "coverage": {"plain": 10.0}}
        assert api.deploy(BOTH, testLevel="RunLocalTests")["status"] == "Failed"
        APEX_CONTROL.actions["apex-tests"](state, {})
        assert api.deploy(BOTH, testLevel="RunLocalTests")["status"] == "Succeeded"


def test_a_validation_that_failed_its_tests_is_not_deployed(api: Any, state: State) -> None:
    tell(state, {"PlainTest": "no"}, {})
    validation = api.start_deploy(BOTH, checkOnly=True, testLevel="RunLocalTests")
    with pytest.raises(Exception, match="it is no successful validation"):
        api.call("deployRecentValidation", f"<validationId>{validation}</validationId>")


def test_zeep_reads_every_part_of_it(api: Any, state: State) -> None:
    # the order of elements is the WSDL's: alphabetical in these types
    tell(state, {"PlainTest.goes": "no"}, {"Plain": 10})
    outcome = api.deploy(BOTH, testLevel="RunLocalTests")
    result = run_of(outcome)
    assert list(result) == sorted(result)
    for part in ("codeCoverage", "codeCoverageWarnings", "failures", "successes"):
        assert list(result[part][0]) == sorted(result[part][0])
