"""The worked example at the repository's root is current, and generating it again changes nothing."""

from __future__ import annotations

from pathlib import Path

from sfmeta.codec.schema import Schema
from sfmeta.config.policy import read_policy
from sfmeta.ops.generate import GenerateRequest, generate
from sfmeta.workspace.project import find_project
from tests.generate.conftest import NOW

ROOT = Path(__file__).parents[2]


def test_force_app_is_what_the_policy_says(schema: Schema) -> None:
    project = find_project(ROOT)
    policy = read_policy((ROOT / "policy.yml").read_bytes(), "policy.yml")
    result = generate(
        GenerateRequest(policy, project, schema, NOW, project.home, api_version=project.api_version, check=True)
    )
    assert not result.differs, f"run `sfmeta generate` in the repository: {result.created + result.changed}"
    assert result.stale == ()
    assert [(step.app, step.title.partition(" ")[0]) for step in result.manual_steps] == [
        ("dataloader_io", "Assign"),
        ("", "Assign"),
        ("dataloader_io", "Set"),
        ("salesforce_for_android", "Set"),
        ("rogue_exporter", "Block"),
    ]
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "force-app").rglob("*") if path.is_file()}
    assert files == set(result.unchanged), "nothing else lies in the example"


def test_the_switches_are_in_no_package_directory() -> None:
    project = find_project(ROOT)
    assert not [path for path in project.paths() if "settings" in path]
    assert project.ignore.match_file("force-app/enforcement/settings/ConnectedApp.settings-meta.xml")
