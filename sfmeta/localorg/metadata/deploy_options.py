"""What a caller asks for besides the zip: one reading and one set of refusals for SOAP and REST."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sfmeta.localorg.metadata.envelope import Fields
from sfmeta.localorg.metadata.faults import SoapFault, client_fault, invalid_operation
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.xml import Node, is_true
from sfmeta.localorg.state import OrgFacts

NO_TESTS, SPECIFIED, RELEVANT, LOCAL, ALL = (
    "NoTestRun",
    "RunSpecifiedTests",
    "RunRelevantTests",
    "RunLocalTests",
    "RunAllTestsInOrg",
)
_SINCE = {NO_TESTS: 34, SPECIFIED: 34, LOCAL: 34, ALL: 34, RELEVANT: 66}
"""The API version of each test level: Summer '15 release notes; RunRelevantTests is a beta of Spring '26."""


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """What the caller asked for. What no option is (stray text, old or future names) was ignored.

    Attributes:
        check_only: save nothing.
        ignore_warnings: a warning does not fail a component.
        rollback_on_error: one failure undoes all.
        single_package: package.xml is at the zip's root.
        purge_on_delete: kept for the answer only; this org has no recycle bin.
        allow_missing_files: what package.xml names need not be in the zip.
        auto_update_package: reserved by Salesforce: without effect.
        perform_retrieve: likewise.
        run_all_tests: the option of API 33 and before; without effect later, where clients still send it.
        test_level: as it came, "" for the default.
        run_tests: names of test classes.
    """

    check_only: bool = False
    ignore_warnings: bool = False
    rollback_on_error: bool = False
    single_package: bool = False
    purge_on_delete: bool = False
    allow_missing_files: bool = False
    auto_update_package: bool = False
    perform_retrieve: bool = False
    run_all_tests: bool = False
    test_level: str = ""
    run_tests: tuple[str, ...] = ()

    @classmethod
    def of_soap(cls, element: Node) -> DeployOptions:
        """From the call's ``DeployOptions``, in any order and with anything between."""
        return _read(element.values, rollback_default=False)

    @classmethod
    def of_rest(cls, given: Mapping[str, object]) -> DeployOptions:
        """From the JSON object ``deployOptions``. rollbackOnError is on unless said (guide, meta_rest_deploy)."""
        return _read(lambda name: _texts(given.get(name)), rollback_default=True)

    @classmethod
    def of_record(cls, kept: Mapping[str, object]) -> DeployOptions:
        """From what a job keeps of its request."""
        values: dict[str, Any] = {one.name: _kept(kept[one.name]) for one in fields(cls) if one.name in kept}
        return cls(**values)

    def shown(self) -> Fields:
        """As REST echoes them, in the order of the guide's examples."""
        tests = [("runTests", name) for name in self.run_tests]
        return (
            ("allowMissingFiles", self.allow_missing_files),
            ("autoUpdatePackage", self.auto_update_package),
            ("checkOnly", self.check_only),
            ("ignoreWarnings", self.ignore_warnings),
            ("performRetrieve", self.perform_retrieve),
            ("purgeOnDelete", self.purge_on_delete),
            ("rollbackOnError", self.rollback_on_error),
            ("runAllTests", self.run_all_tests),
            *tests,
            ("singlePackage", self.single_package),
            ("testLevel", self.test_level or None),
        )


def _kept(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [str(value).strip()] if isinstance(value, str | int | float) and str(value).strip() else []


def _read(values: Callable[[str], Sequence[str]], *, rollback_default: bool) -> DeployOptions:
    def flag(name: str, default: bool = False) -> bool:
        found = values(name)
        return is_true(found[0]) if found else default

    level = values("testLevel")
    return DeployOptions(
        check_only=flag("checkOnly"),
        ignore_warnings=flag("ignoreWarnings"),
        rollback_on_error=flag("rollbackOnError", rollback_default),
        single_package=flag("singlePackage"),
        purge_on_delete=flag("purgeOnDelete"),
        allow_missing_files=flag("allowMissingFiles"),
        auto_update_package=flag("autoUpdatePackage"),
        perform_retrieve=flag("performRetrieve"),
        run_all_tests=flag("runAllTests"),
        test_level=level[0] if level else "",
        run_tests=tuple(dict.fromkeys(values("runTests"))),
    )


def refuse(options: DeployOptions, org: OrgFacts, api_version: int) -> SoapFault | None:
    """Why an org does not even take a request with these options, None where it does.

    Args:
        options: what was asked for.
        org: its facts.
        api_version: of the request.
    """
    if options.test_level and _SINCE.get(options.test_level, 1000) > max(api_version, _SINCE[NO_TESTS]):
        return client_fault(say("unknown-test-level", value=options.test_level))
    if org.is_production:
        wrong = _refused_in_production(options)
        if wrong:
            return invalid_operation(wrong)
    if api_version >= _SINCE[SPECIFIED]:
        if options.run_tests and options.test_level != SPECIFIED:
            return invalid_operation(say("tests-without-level"))
        if options.test_level == SPECIFIED and not options.run_tests:
            return invalid_operation(say("level-without-tests"))
    return None


def _refused_in_production(options: DeployOptions) -> str:
    if not options.rollback_on_error:
        return say("rollback-in-production")
    if options.purge_on_delete:
        return say("purge-in-production")
    if options.test_level == NO_TESTS:
        return say("no-tests-in-production")
    for name, given in (
        ("allowMissingFiles", options.allow_missing_files),
        ("autoUpdatePackage", options.auto_update_package),
    ):
        if given:
            return say("missing-files-in-production", option=name)
    return ""


def test_level(options: DeployOptions, org: OrgFacts, api_version: int, *, holds_apex: bool) -> str:
    """Which tests a deployment runs: one of the levels, ``NoTestRun`` for none.

    Args:
        options: what was asked for, not refused.
        org: its facts.
        api_version: of the request.
        holds_apex: the package has Apex classes or triggers.
    """
    if api_version < _SINCE[NO_TESTS]:
        if org.is_production:
            return LOCAL
        return ALL if options.run_all_tests else SPECIFIED if options.run_tests else NO_TESTS
    return options.test_level or (LOCAL if org.is_production and holds_apex else NO_TESTS)
