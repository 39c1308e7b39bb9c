"""Where an org lives on disk: its database, keys and the secrets of its owner; and the ready file."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import sqlite3
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sfmeta.errors import OperationFailed
from sfmeta.localorg.running.private_files import write_private
from sfmeta.localorg.state import State

NOBODY = "no admin is named in the org's seed: there is nobody's session"
"""Told wherever somebody asks for the administrator's way in."""
READY_NAME = "ready.json"
"""The ready file that every org has in its data directory while it runs."""


@dataclass(frozen=True, slots=True)
class Admin:
    """How sfmeta comes in: a user and an app that ticking the box does not shut out.

    Attributes:
        username: of the administrator.
        password: likewise.
        access_token: a session of the app "sfmeta".
        client_id: the app's consumer key.
        private_key_file: for JWT bearer.
    """

    username: str
    password: str
    access_token: str
    client_id: str
    private_key_file: str


class Home:
    """The directory of an org. Only one process uses it at a time.

    Args:
        data: the directory, made where it is missing; None for one that is thrown away.

    Raises:
        OperationFailed: it cannot be used.
    """

    def __init__(self, data: Path | None) -> None:
        self._thrown_away = tempfile.TemporaryDirectory(prefix="sfmeta-localorg-") if data is None else None
        self.path = Path(self._thrown_away.name if self._thrown_away else data or "").absolute()
        self._lock: int | None = None
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            hint = "Stop it (sfmeta localorg stop), or give another --data"
            raise OperationFailed(f"another local org uses {self.path}", hint) from error
        except OSError as error:
            self.close()
            message = f"the data directory {self.path} cannot be used: {error.strerror}"
            raise OperationFailed(message) from error

    @property
    def keys(self) -> Path:
        """The directory of private keys."""
        return self.path / "keys"

    @property
    def tls(self) -> Path:
        """The directory of the TLS certificate."""
        return self.path / "tls"

    def open_state(self) -> State:
        """The org's state: in the directory, or in memory for an org that is thrown away.

        Raises:
            OperationFailed: the file is no database, or cannot be written.
        """
        file = None if self._thrown_away else self.path / "org.db"
        try:
            return State.open(file)
        except (sqlite3.Error, OSError) as error:
            message = f"{file} is no local org's database, or cannot be written"
            raise OperationFailed(message, "Give another --data") from error

    def secret(self, name: str) -> str:
        """A secret of the owner, made when it is first asked for."""
        kept = self._secrets()
        if name not in kept:
            self.keep(name, secrets.token_urlsafe(32))
            return self._secrets()[name]
        return kept[name]

    def kept(self, name: str) -> str:
        """A secret that was kept, "" where there is none."""
        return self._secrets().get(name, "")

    def keep(self, name: str, value: str) -> None:
        """Keeps a secret in a file that only the owner may read."""
        write_private(self._file, json.dumps({**self._secrets(), name: value}).encode())

    @property
    def _file(self) -> Path:
        return self.path / "secrets.json"

    def _secrets(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise OperationFailed(f"{self._file} is damaged", "Give another --data") from error
        return found

    def close(self) -> None:
        """Gives the directory free."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._thrown_away is not None:
            self._thrown_away.cleanup()


def write_ready_file(path: Path, content: dict[str, Any]) -> None:
    """Writes the ready file, whole or not at all, for its owner only.

    Raises:
        OperationFailed: it cannot be written.
    """
    try:
        write_private(path, json.dumps(content, indent=2).encode() + b"\n")
    except OSError as error:
        raise OperationFailed(f"the ready file {path} cannot be written: {error.strerror}") from error


def ready_content(
    url: str, listen: str, org_id: str, ca_file: str, control_token: str, admin: Admin, pid: int
) -> dict[str, Any]:
    """What the ready file says: how this machine reaches the org, where it listens, its secrets."""
    return {
        "url": url,
        "listen": listen,
        "org_id": org_id,
        "pid": pid,
        "ca_file": ca_file or None,
        "control_token": control_token,
        "admin": asdict(admin),
    }
