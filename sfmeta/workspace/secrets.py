"""Where secrets of orgs lie: the system keyring, or files that only the user can read where there is none.

A keyring is another process behind D-Bus, which may be absent, locked, or silent for ever. So it is asked in a thread
that is not waited for beyond a limit, and is trusted only after it has given back what it was given.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.model.secret import Secret
from sfmeta.workspace.files import write_atomic

T = TypeVar("T")

SERVICE = "sfmeta"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\Z")
_RECOMMENDED = 1  # keyring's own line between real backends and the plain-text, null and failing ones


class Place(StrEnum):
    """Where a secret lies."""

    ENV = "env"
    """In an environment variable; only its name is kept."""
    PATH = "path"
    """In a file of the user's; only its path is kept."""
    KEYRING = "keyring"
    """In the system keyring."""
    PRIVATE_FILE = "private-file"
    """In a file of ours that only the user can read."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """How to find a secret again; never the secret.

    Attributes:
        place: see ``Place``.
        name: of the variable, the file, or the entry.
    """

    place: Place
    name: str

    def __str__(self) -> str:
        return {
            Place.ENV: f"the variable {self.name}",
            Place.PATH: f"the file {self.name}",
            Place.KEYRING: "the system keyring",
            Place.PRIVATE_FILE: "a file that only you can read",
        }[self.place]


class Keyring(Protocol):
    """What is used of a keyring backend."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def system_keyring() -> Keyring | None:
    """The system's keyring, or None where there is none that protects anything. May hang: call it in a thread."""
    # 70 ms of import, and a look at D-Bus, that only a stored secret needs
    import keyring
    import keyring.errors

    try:
        backend = keyring.get_keyring()
        return backend if backend.priority >= _RECOMMENDED else None
    except (keyring.errors.KeyringError, RuntimeError):
        return None


@dataclass(slots=True)
class Vault:
    """Keeps secrets by key.

    Attributes:
        directory: for files, where there is no keyring; only the user can read it.
        find_keyring: gives the keyring, or None.
        patience_s: how long a keyring may take; a person may have to unlock it.
    """

    directory: Path
    find_keyring: Callable[[], Keyring | None] = field(default=system_keyring, repr=False)
    patience_s: float = 30.0
    _silent: bool = field(default=False, init=False, repr=False)

    def put(self, key: str, secret: Secret) -> SecretRef:
        """Keeps a secret.

        Args:
            key: letters, digits, ``.``, ``_`` and ``-``.
            secret: the value.

        Returns:
            Where it lies now.

        Raises:
            OperationFailed: neither keyring nor file could take it.
        """
        _check(key)

        def keep() -> bool:
            keyring = self.find_keyring()
            if keyring is None:
                return False
            keyring.set_password(SERVICE, key, secret.reveal())
            return keyring.get_password(SERVICE, key) == secret.reveal()

        if self._patiently(keep) is True:
            return SecretRef(Place.KEYRING, key)
        write_atomic(self._file(key), secret.reveal().encode(), mode=0o600)
        return SecretRef(Place.PRIVATE_FILE, key)

    def get(self, ref: SecretRef) -> Secret:
        """A secret that ``put`` kept.

        Raises:
            OperationFailed: it is not there any more, or cannot be read.
        """
        _check(ref.name)
        if ref.place is Place.KEYRING:
            value = self._patiently(lambda: self._from_keyring(ref.name))
            if value is None:
                raise _lost("the system keyring does not give the secret")
            return Secret(value)
        path = self._file(ref.name)
        if path.exists() and path.stat().st_mode & 0o077:
            raise OperationFailed(f"others can read {path}", "Run chmod 600 on it; change the secret if they have")
        return read_secret_file(path)

    def delete(self, ref: SecretRef) -> None:
        """Forgets a secret of ours; one that is gone already is no error. Variables and files of the user's stay."""
        if ref.place in (Place.ENV, Place.PATH):
            return
        _check(ref.name)
        if ref.place is Place.KEYRING:
            self._patiently(lambda: self._remove(ref.name))
        else:
            self._file(ref.name).unlink(missing_ok=True)

    def _from_keyring(self, key: str) -> str | None:
        keyring = self.find_keyring()
        return None if keyring is None else keyring.get_password(SERVICE, key)

    def _remove(self, key: str) -> None:
        keyring = self.find_keyring()
        if keyring is not None:
            keyring.delete_password(SERVICE, key)

    def _file(self, key: str) -> Path:
        folder = self.directory / "secrets"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise OperationFailed(f"cannot make {folder}: {exc.strerror}") from exc
        return folder / key

    def _patiently(self, ask: Callable[[], T]) -> T | None:
        """What a keyring says; None where it fails or stays silent."""
        said: list[T] = []

        def run() -> None:
            try:
                said.append(ask())
            except Exception:  # noqa: S110 (backends raise anything; silence means: no usable keyring)
                pass

        if self._silent:
            return None  # it is not waited for a second time
        # a daemon: a keyring that never answers must not keep the program from ending
        thread = threading.Thread(target=run, name="sfmeta-keyring", daemon=True)
        thread.start()
        thread.join(self.patience_s)
        self._silent = thread.is_alive()
        return said[0] if said else None


def read_secret_file(path: Path) -> Secret:
    """A secret out of a file of the user's (a private key).

    Raises:
        OperationFailed: it cannot be read.
        UsageError: it is no text.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise OperationFailed(f"cannot read {path}: {exc.strerror}", "Add the org again, or put the file back") from exc
    except UnicodeDecodeError:
        # no cause is kept: it holds the bytes
        raise UsageError(f"{path} is no text file", "A private key is expected in PEM form") from None
    return Secret(text)


def _check(key: str) -> None:
    if not _KEY.match(key):
        raise OperationFailed("the registry of orgs names a secret in an impossible way", "Add the org again")


def _lost(what: str) -> OperationFailed:
    return OperationFailed(what, "Unlock it, or add the org again (sfmeta org add)")
