"""Finds the running local org that a command means, and talks to its back door."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.localorg.running.remote import WRONG_REQUEST, Remote

VARIABLE = "SFMETA_LOCALORG"


@dataclass(frozen=True, slots=True)
class RunningOrg:
    """A local org that runs, or ran when its ready file was written.

    Attributes:
        remote: where it listens, and what opens its back door.
        org_id: 18 characters.
        pid: of its process.
        admin: the username of its administrator, "" without one.
    """

    remote: Remote
    org_id: str
    pid: int
    admin: str = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.remote.url

    def ask(self, method: str, name: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request to ``/_local/{name}``.

        Raises:
            OrgUnreachable: nobody answers there.
            UsageError: what was given is wrong in itself.
            OperationFailed: the org said no.
        """
        try:
            return self.remote.ask(method, name, content)
        except OperationFailed as error:
            if error.code == WRONG_REQUEST:
                raise UsageError(error.message) from error
            raise

    def acting(self, by: str | None) -> str:
        """Who does something in Setup: who is named, the administrator where nobody is."""
        return self.admin if by is None else by


def find(ready_file: Path | None, data: Path | None, environ: Mapping[str, str]) -> RunningOrg:
    """The org that is meant: by its ready file, its data directory, or either of them in ``SFMETA_LOCALORG``.

    Raises:
        UsageError: none is named, or what is named is no ready file.
    """
    return ready_of(ready_file, data, environ)[2]


def ready_of(
    ready_file: Path | None, data: Path | None, environ: Mapping[str, str]
) -> tuple[Path, Mapping[str, Any], RunningOrg]:
    """The ready file that is meant, what it says, and the org.

    Raises:
        UsageError: see ``find``.
    """
    named = ready_file or data or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    if named is None:
        raise UsageError("Which local org?", f"Give --ready-file or --data, or set {VARIABLE} to one of them")
    file = (named / "ready.json" if named.is_dir() else named).absolute()
    try:
        content = json.loads(file.read_bytes())
        org = RunningOrg(
            Remote(str(content["url"]), str(content["control_token"]), str(content["ca_file"] or "")),
            str(content["org_id"]),
            int(content["pid"]),
            str(content["admin"]["username"] or ""),
        )
    except FileNotFoundError as error:
        hint = "Start one with sfmeta localorg start"
        raise UsageError(f"No local org runs here: there is no {file}", hint) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file} is no ready file of a local org") from error
    return file, content, org
