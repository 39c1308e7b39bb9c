"""What a command imports before it does anything: a person waits for it, in every run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WIRE = {"zeep", "simple_salesforce", "requests"}
HEAVY = WIRE | {"git", "lxml", "jinja2"}

SCRIPT = """
import json, sys
from sfmeta.cli.main import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit:
    pass
sys.stderr.write(json.dumps(sorted(name for name in sys.modules if "." not in name)))
"""


def imported_by(arguments: list[str], folder: Path) -> set[str]:
    command = [sys.executable, "-c", SCRIPT, json.dumps(arguments)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    assert done.stdout
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--version"], ["-V"], ["--help"], []])
def test_the_front_page_imports_no_library_of_the_wire_of_git_or_of_xml(arguments: list[str], tmp_path: Path) -> None:
    assert not imported_by(arguments, tmp_path) & (HEAVY | {"pydantic", "rich", "keyring", "yaml"})


def test_the_version_is_told_without_the_command_line_library(tmp_path: Path) -> None:
    assert "typer" not in imported_by(["--version"], tmp_path)


@pytest.mark.parametrize("command", ["deploy", "retrieve", "verify", "diff", "rollback", "history", "validate"])
def test_help_of_a_command_imports_neither_the_wire_nor_git(command: str, tmp_path: Path) -> None:
    assert not imported_by([command, "--help"], tmp_path) & (WIRE | {"git", "pydantic", "rich", "keyring"})


def test_validating_a_file_imports_what_reads_xml_and_nothing_more(tmp_path: Path) -> None:
    file = tmp_path / "Bench.permissionset-meta.xml"
    file.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">\n'
        "    <label>Bench</label>\n</PermissionSet>\n"
    )
    modules = imported_by(["validate", str(file)], tmp_path)
    assert "lxml" in modules
    assert not modules & (WIRE | {"git", "jinja2", "pathspec", "pydantic", "rich", "keyring", "yaml"})
