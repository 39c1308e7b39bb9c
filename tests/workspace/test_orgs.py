"""The registry of orgs: whole or not there, private, free of secrets, clear when damaged."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sfmeta.errors import OperationFailed, SourceError, UnknownOrg, UsageError
from sfmeta.model.names import OrgId
from sfmeta.workspace.orgs import OrgRecord, OrgRegistry, check_alias
from sfmeta.workspace.secrets import Place, SecretRef


def record(alias: str = "dev") -> OrgRecord:
    return OrgRecord(
        alias,
        "jwt",
        "https://acme.my.salesforce.com",
        "ada@example.com",
        OrgId.parse("00D000000000001"),
        "Acme",
        "Enterprise Edition",
        True,
        {"client_id": "3MVG"},
        {"private_key": SecretRef(Place.PATH, "/home/ada/key.pem"), "x": SecretRef(Place.KEYRING, "ab12.x")},
    )


def test_what_was_saved_is_found(tmp_path: Path) -> None:
    registry = OrgRegistry(tmp_path / "config")
    registry.save(record("prod"))
    registry.save(record("dev"), make_default=True)
    assert list(registry.all().records) == ["dev", "prod"]
    assert registry.find("") == record("dev")
    assert registry.find("prod") == record("prod")
    registry.use("prod")
    assert registry.find("").alias == "prod"
    assert registry.remove("prod") == record("prod")
    with pytest.raises(UnknownOrg, match="no default"):
        registry.find("")


def test_the_file_is_private(tmp_path: Path) -> None:
    registry = OrgRegistry(tmp_path / "config")
    registry.save(record())
    assert stat.S_IMODE(registry.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(registry.file.parent.stat().st_mode) == 0o700


def test_an_unknown_org_is_said_with_the_known_ones(tmp_path: Path) -> None:
    registry = OrgRegistry(tmp_path)
    with pytest.raises(UnknownOrg, match="sfmeta org add"):
        registry.find("dev")
    registry.save(record())
    for change in (registry.find, registry.remove, registry.use):
        with pytest.raises(UnknownOrg, match="Known: dev"):
            change("prod")
    assert UnknownOrg.exit_code == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 2, "orgs": {}, "default": ""}',
        '{"version": 1, "orgs": [], "default": ""}',
        '{"version": 1, "orgs": {"dev": 3}, "default": ""}',
        '{"version": 1, "orgs": {"dev": {"login": "jwt"}}, "default": ""}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_is_one_clear_error_and_stays(tmp_path: Path, text: str) -> None:
    registry = OrgRegistry(tmp_path)
    registry.file.write_text(text)
    with pytest.raises(SourceError, match="damaged") as problem:
        registry.all()
    assert str(registry.file) in str(problem.value)
    with pytest.raises(SourceError, match="damaged"):
        registry.save(record())
    assert registry.file.read_text() == text


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "orgs.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="damaged"):
        OrgRegistry(tmp_path).all()


def test_an_entry_with_an_impossible_place_is_damage(tmp_path: Path) -> None:
    registry = OrgRegistry(tmp_path)
    registry.save(record())
    document = json.loads(registry.file.read_text())
    document["orgs"]["dev"]["secrets"]["x"]["in"] = "heaven"
    registry.file.write_text(json.dumps(document))
    with pytest.raises(SourceError, match="damaged"):
        registry.all()


def test_orgs_added_at_once_are_all_kept(tmp_path: Path) -> None:
    aliases = [f"org{number}" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda alias: OrgRegistry(tmp_path).save(record(alias)), aliases))
    assert set(OrgRegistry(tmp_path).all().records) == set(aliases)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    with pytest.raises(OperationFailed, match="cannot write"):
        OrgRegistry(tmp_path / "config").save(record())


@pytest.mark.parametrize("alias", ["", "-x", "a b", "a/b", "a" * 81, "ä"])
def test_impossible_aliases(alias: str) -> None:
    with pytest.raises(UsageError):
        check_alias(alias)


@pytest.mark.parametrize("alias", ["dev", "acme-prod", "ada@example.com.dev", "1"])
def test_possible_aliases(alias: str) -> None:
    assert check_alias(alias) == alias
