"""Files are written whole, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sfmeta.errors import OperationFailed, SourceError, UsageError
from sfmeta.workspace.cache import SchemaCache
from sfmeta.workspace.files import scratch, write_atomic, write_together
from sfmeta.workspace.places import places
from sfmeta.workspace.project import find_project


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "in-the-way").write_bytes(b"a file, no folder")
    files = {tmp_path / "a": b"new", tmp_path / "in-the-way" / "b": b"new", tmp_path / "c": b"new"}
    before = everything(tmp_path)
    with pytest.raises(OperationFailed, match="in-the-way"):
        write_together(files)
    assert everything(tmp_path) == before


def test_a_failed_rename_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OperationFailed):
        write_atomic(tmp_path / "folder", b"new")
    assert list(tmp_path.rglob("*")) == [tmp_path / "folder"]


def test_modes_are_kept_or_made_stricter(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new", b"x", mode=0o600)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    (tmp_path / "old").write_bytes(b"x")
    (tmp_path / "old").chmod(0o640)
    write_atomic(tmp_path / "old", b"y")
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o640


def test_scratch_files_are_gone_at_the_end() -> None:
    with scratch() as new_file:
        file = new_file()
        file.write(b"x")
    assert file.closed


def test_a_damaged_cache_is_made_anew_and_a_locked_one_does_not_matter(tmp_path: Path) -> None:
    cache = SchemaCache(tmp_path / "cache")
    version = cache.schema().api_version
    [kept] = list((tmp_path / "cache").iterdir())
    kept.write_bytes(kept.read_bytes()[:-10] + b"\0" * 10)
    assert cache.schema().api_version == version
    (tmp_path / "file").write_bytes(b"")
    assert SchemaCache(tmp_path / "file").schema().api_version == version
    with pytest.raises(UsageError, match="No WSDL"):
        SchemaCache(tmp_path / "cache", tmp_path / "nowhere.wsdl").schema()


def test_settings_of_the_user_are_where_the_variable_says(tmp_path: Path) -> None:
    found = places({"SFMETA_HOME": str(tmp_path)})
    assert (found.config, found.cache) == (tmp_path / "config", tmp_path / "cache")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no JSON"),
        ("[]", "packageDirectories"),
        ('{"packageDirectories": []}', "packageDirectories"),
        ('{"packageDirectories": [{"path": "../up"}]}', "inside the project"),
        ('{"packageDirectories": [{"path": "force-app"}], "sourceApiVersion": "abc"}', "sourceApiVersion"),
    ],
)
def test_a_wrong_project_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "sfdx-project.json").write_text(text)
    with pytest.raises(SourceError, match=message) as caught:
        find_project(tmp_path)
    assert caught.value.file == "sfdx-project.json"


def test_a_project_knows_its_files(tmp_path: Path) -> None:
    directories = [{"path": "more"}, {"path": "force-app/main", "default": True}]
    settings = {"packageDirectories": directories, "sourceApiVersion": 58}
    (tmp_path / "sfdx-project.json").write_text(json.dumps(settings))
    (tmp_path / ".forceignore").write_text("force-app/enforcement\n**/ignored*\n")
    for path in ("force-app/main/a.xml", "force-app/main/ignored.xml", "more/b.xml", "force-app/enforcement/c.xml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    project = find_project(tmp_path / "more")
    assert project.package_directories == ("force-app/main", "more")
    assert (project.home, str(project.api_version)) == ("force-app/main/default", "58.0")
    assert list(project.paths()) == ["force-app/main/a.xml", "more/b.xml"]
    assert list(project.paths(["force-app/enforcement"])) == ["force-app/enforcement/c.xml"]
    assert [entry.path for entry in project.kept(project.entries(["force-app"]))] == ["force-app/main/a.xml"]
    with pytest.raises(UsageError, match="outside the project"):
        project.read("../elsewhere")
    with pytest.raises(UsageError, match="outside the project"):
        project.write("force-app/../../x", b"")
