"""Secrets: in a keyring that proves itself, else in a file that only the user can read. Never hanging, never shown."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.model.secret import Secret
from sfmeta.workspace.secrets import Keyring, Place, SecretRef, Vault, read_secret_file, system_keyring

CANARY = "canary-5f2e"


class GoodKeyring:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class ForgetfulKeyring(GoodKeyring):
    """Like keyring's null backend: takes everything, keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class LockedKeyring(GoodKeyring):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"locked, could not store {password}")

    get_password = set_password  # type: ignore[assignment]
    delete_password = set_password  # type: ignore[assignment]


class SilentKeyring(GoodKeyring):
    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.released.wait(10)

    def get_password(self, service: str, username: str) -> str | None:
        self.released.wait(10)
        return None


def vault(tmp_path: Path, keyring: Keyring | None, patience_s: float = 5.0) -> Vault:
    return Vault(tmp_path / "config", lambda: keyring, patience_s)


def test_a_keyring_that_works_is_used(tmp_path: Path) -> None:
    keyring = GoodKeyring()
    store = vault(tmp_path, keyring)
    ref = store.put("ab.password", Secret(CANARY))
    assert ref == SecretRef(Place.KEYRING, "ab.password")
    assert store.get(ref) == Secret(CANARY)
    assert not (tmp_path / "config").exists()
    store.delete(ref)
    assert keyring.kept == {}
    store.delete(ref)  # gone already: no error
    with pytest.raises(OperationFailed, match="keyring"):
        store.get(ref)


@pytest.mark.parametrize("keyring", [None, ForgetfulKeyring(), LockedKeyring()])
def test_without_a_usable_keyring_a_private_file_is(tmp_path: Path, keyring: Keyring | None) -> None:
    store = vault(tmp_path, keyring)
    ref = store.put("ab.password", Secret(CANARY))
    assert ref.place is Place.PRIVATE_FILE
    (file,) = (tmp_path / "config" / "secrets").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert store.get(ref).reveal() == CANARY
    store.delete(ref)
    store.delete(ref)
    assert list(file.parent.iterdir()) == []
    with pytest.raises(OperationFailed):
        store.get(ref)


def test_a_keyring_that_never_answers_does_not_hang_us(tmp_path: Path) -> None:
    keyring = SilentKeyring()
    store = vault(tmp_path, keyring, patience_s=0.02)
    assert store.put("ab.password", Secret(CANARY)).place is Place.PRIVATE_FILE
    with pytest.raises(OperationFailed, match="keyring"):
        store.get(SecretRef(Place.KEYRING, "ab.password"))
    keyring.released.set()


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    store = vault(tmp_path, None)
    ref = store.put("ab.password", Secret(CANARY))
    (tmp_path / "config" / "secrets" / "ab.password").chmod(0o644)
    with pytest.raises(OperationFailed, match="others can read") as refusal:
        store.get(ref)
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", ".hidden", "a/b"])
def test_a_tampered_registry_reaches_no_other_file(tmp_path: Path, name: str) -> None:
    for place in (Place.PRIVATE_FILE, Place.KEYRING):
        with pytest.raises(OperationFailed):
            vault(tmp_path, None).get(SecretRef(place, name))
        with pytest.raises(OperationFailed):
            vault(tmp_path, None).delete(SecretRef(place, name))


def test_a_key_file(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    with pytest.raises(OperationFailed, match=r"key\.pem"):
        read_secret_file(file)
    file.write_bytes(b"\x30\x82\xff" + CANARY.encode())
    with pytest.raises(UsageError, match="PEM") as refusal:
        read_secret_file(file)
    assert refusal.value.__cause__ is None
    file.write_text(CANARY)
    assert read_secret_file(file).reveal() == CANARY
    assert CANARY not in repr(read_secret_file(file))


def test_places_have_words() -> None:
    assert "keyring" in str(SecretRef(Place.KEYRING, "k"))
    assert "TOKEN" in str(SecretRef(Place.ENV, "TOKEN"))
    assert "/k.pem" in str(SecretRef(Place.PATH, "/k.pem"))
    assert "only you" in str(SecretRef(Place.PRIVATE_FILE, "k"))


def test_a_silent_keyring_is_waited_for_once(tmp_path: Path) -> None:
    asked: list[str] = []
    released = threading.Event()

    def find() -> Keyring | None:
        asked.append("")
        released.wait(10)
        return None

    store = Vault(tmp_path / "config", find, 0.02)
    for key in ("a", "b", "c"):
        assert store.put(key, Secret(CANARY)).place is Place.PRIVATE_FILE
    assert len(asked) == 1
    released.set()


@pytest.mark.parametrize(("priority", "usable"), [(5.0, True), (1.0, True), (0.5, False), (0.0, False), (-1.0, False)])
def test_only_a_keyring_that_protects_is_used(priority: float, usable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    class Backend(GoodKeyring):
        pass

    Backend.priority = priority  # type: ignore[attr-defined]
    backend = Backend()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    assert (system_keyring() is backend) is usable


def test_a_broken_keyring_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    import keyring.errors

    def broken() -> None:
        raise keyring.errors.InitError("no D-Bus")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    assert system_keyring() is None
