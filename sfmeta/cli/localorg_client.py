"""Talks to the back door of a running local org. Standard library only: no Salesforce client takes part."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfmeta.errors import OperationFailed, OrgUnreachable, UsageError

VARIABLE = "SFMETA_LOCALORG"
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class RunningOrg:
    """A local org that runs, or ran when its ready file was written.

    Attributes:
        url: where it listens.
        org_id: 18 characters.
        pid: of its process.
        control_token: opens its back door; never shown.
        ca_file: the authority of its TLS certificate, "" for http.
        admin: the username of its administrator, "" without one.
    """

    url: str
    org_id: str
    pid: int
    control_token: str
    ca_file: str = ""
    admin: str = ""

    def ask(self, method: str, name: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request to ``/_local/{name}``.

        Raises:
            OrgUnreachable: nobody answers there.
            OperationFailed: the org said no.
        """
        request = urllib.request.Request(  # noqa: S310 - the URL is the ready file's, on loopback
            f"{self.url}/_local/{name}",
            None if content is None else json.dumps(content).encode(),
            {"Authorization": f"Bearer {self.control_token}", "Content-Type": "application/json"},
            method=method,
        )
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.ca_file:
            context = ssl.create_default_context(cafile=self.ca_file)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT_S) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise OperationFailed(f"The local org refused: {_reason(error.read())}") from error
        except (OSError, ValueError) as error:
            hint = "Start one with sfmeta localorg start"
            raise OrgUnreachable(f"No local org answers at {self.url}", hint) from error
        return found


def find(ready_file: Path | None, data: Path | None, environ: Mapping[str, str]) -> RunningOrg:
    """The org that is meant: by its ready file, its data directory, or either of them in ``SFMETA_LOCALORG``.

    Raises:
        UsageError: none is named, or what is named is no ready file.
    """
    named = ready_file or data or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    if named is None:
        raise UsageError("Which local org?", f"Give --ready-file or --data, or set {VARIABLE} to one of them")
    file = named / "ready.json" if named.is_dir() else named
    try:
        content = json.loads(file.read_bytes())
        return RunningOrg(
            str(content["url"]),
            str(content["org_id"]),
            int(content["pid"]),
            str(content["control_token"]),
            str(content["ca_file"] or ""),
            str(content["admin"]["username"] or ""),
        )
    except FileNotFoundError as error:
        hint = "Start one with sfmeta localorg start"
        raise UsageError(f"No local org runs here: there is no {file}", hint) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file} is no ready file of a local org") from error


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return "no reason given"
