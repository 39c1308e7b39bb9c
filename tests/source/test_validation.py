"""Validation: golden folders (input, expected, intent), and what they cannot show."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sfmeta.codec.schema import Schema
from sfmeta.errors import Problem, Severity
from sfmeta.model.component import Entry
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.source.manifest import Manifest
from sfmeta.source.validation import validate

CASES = sorted((Path(__file__).parent / "golden").iterdir())

APP = b"""<ConnectedApp><contactEmail>a@example.com</contactEmail><label>A</label>
<permissionSetName>Allow_A</permissionSetName></ConnectedApp>"""


def entries_in(folder: Path) -> list[Entry]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return [Entry.of(str(path.relative_to(folder)), path.read_bytes()) for path in found]


def shown(problem: Problem) -> str:
    return f"{problem.severity} {problem.rule} {problem}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_problems_are_the_expected_ones(case: Path, schema: Schema) -> None:
    problems = validate(entries_in(case / "input"), schema, project_version=ApiVersion(63))
    assert [shown(problem) for problem in problems] == (case / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert (case / "intent.md").read_text(encoding="utf-8").startswith("# ")


def test_what_orgs_give_out_has_warnings_at_most(schema: Schema) -> None:
    (case,) = (case for case in CASES if case.name == "retrieved")
    problems = validate(entries_in(case / "input"), schema)
    assert problems
    assert {problem.severity for problem in problems} == {Severity.WARNING}


def test_a_manifest_from_elsewhere_is_checked_under_its_own_name() -> None:
    manifest = Manifest.of(ApiVersion(63), [ComponentId.parse("Profile:Admin")])
    problems = validate(
        [Entry.of("connectedApps/A.connectedApp", APP)], manifest=manifest, manifest_file="manifest/prod.xml"
    )
    assert [(problem.rule, problem.file) for problem in problems if problem.rule.startswith("manifest")] == [
        ("manifest-unnamed-file", "connectedApps/A.connectedApp"),
        ("manifest-missing-file", "manifest/prod.xml"),
    ]


def test_a_generated_permission_set_is_missed_only_where_permission_sets_are_kept() -> None:
    app = Entry.of("connectedApps/A.connectedApp", APP)
    other = Entry.of("permissionsets/Other.permissionset", b"<PermissionSet><label>Other</label></PermissionSet>")

    def severity(*entries: Entry) -> Severity:
        return next(p.severity for p in validate(entries) if p.rule == "app-unknown-permission-set")

    assert severity(app) is Severity.WARNING
    assert severity(app, other) is Severity.ERROR


def test_a_lone_file_is_checked_wherever_it_lies(schema: Schema) -> None:
    problems = validate([Entry.of("downloads/x.connectedApp-meta.xml", b"<ConnectedApp/>")], schema)
    assert [(problem.rule, problem.severity) for problem in problems] == [
        ("package-unknown-file", Severity.WARNING),
        ("schema-missing-element", Severity.ERROR),
        ("schema-missing-element", Severity.ERROR),
    ]


@pytest.mark.parametrize("folder", ["/tmp/.cache/work/", "../../x/", ".hidden/", "/home/me/documents/x/", ""])
def test_a_file_that_is_named_is_never_passed_over(folder: str, schema: Schema) -> None:
    problems = validate([Entry.of(f"{folder}connectedApps/A.connectedApp", b"<ConnectedApp/>")], schema)
    assert [problem.rule for problem in problems] == ["schema-missing-element"] * 2


def test_the_content_of_a_zip_is_checked_like_a_folder(schema: Schema) -> None:
    manifest = b"<Package><types><members>B</members><name>ConnectedApp</name></types></Package>"
    entries = [Entry.of("a.zip!package.xml", manifest), Entry.of("a.zip!connectedApps/A.connectedApp", APP)]
    rules = [(problem.rule, problem.file) for problem in validate(entries, schema)]
    assert ("manifest-missing-file", "a.zip!package.xml") in rules
    assert ("manifest-unnamed-file", "a.zip!connectedApps/A.connectedApp") in rules


def test_two_thousand_files_take_well_under_their_time(schema: Schema) -> None:
    data = APP.replace(b"Allow_A", b"Sales_Ops")
    entries = [Entry.of(f"connectedApps/A{number}.connectedApp", data) for number in range(2000)]
    start = time.perf_counter()
    validate(entries, schema)
    assert time.perf_counter() - start < 1.5
