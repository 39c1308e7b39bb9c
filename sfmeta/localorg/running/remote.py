"""Talks to a running local org over HTTP: its back door, and its front doors as a plain client would.

Standard library only: no Salesforce client takes part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sfmeta.errors import OperationFailed, OrgUnreachable

_TIMEOUT_S = 30

WRONG_REQUEST = "WrongRequest"
"""The code of the error where a request was wrong in itself (HTTP 400), and not the org unwilling."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A running org, as far as its URL and secrets go.

    Attributes:
        url: where it listens, without a trailing slash.
        control_token: opens its back door; never shown.
        ca_file: the authority of its TLS certificate, "" for http.
    """

    url: str
    control_token: str = field(repr=False)
    ca_file: str = ""

    def ask(self, method: str, name: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request to the back door, ``/_local/{name}``.

        Raises:
            OrgUnreachable: nobody answers there.
            OperationFailed: the org said no.
        """
        found: dict[str, Any] = self.fetch(method, f"/_local/{name}", self.control_token, content)
        return found

    def query(self, soql: str, access_token: str, version: int = 63) -> list[dict[str, Any]]:
        """All records of a query, as REST shows them.

        Raises:
            OrgUnreachable: nobody answers there.
            OperationFailed: the org said no.
        """
        page = self.fetch("GET", f"/services/data/v{version}.0/query?q={quote(soql)}", access_token)
        records: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = self.fetch("GET", page["nextRecordsUrl"], access_token)
            records += page["records"]
        return records

    def fetch(self, method: str, path: str, bearer: str, content: Mapping[str, Any] | None = None) -> Any:
        """The JSON answer to a request.

        Raises:
            OrgUnreachable: nobody answers there.
            OperationFailed: the org said no.
        """
        # here, because the command that starts an org needs none of it
        import ssl
        import urllib.error
        import urllib.request

        request = urllib.request.Request(  # noqa: S310 - the URL is the ready file's
            f"{self.url}{path}",
            None if content is None else json.dumps(content).encode(),
            {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
            method=method,
        )
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.ca_file:
            context = ssl.create_default_context(cafile=self.ca_file)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                code = WRONG_REQUEST if error.code == 400 else ""
                raise OperationFailed(f"The local org refused: {_reason(error.read())}", code=code) from error
        except (OSError, ValueError) as error:
            hint = "Start one with sfmeta localorg start"
            raise OrgUnreachable(f"No local org answers at {self.url}", hint) from error


def _reason(body: bytes) -> str:
    try:
        content = json.loads(body)
        return str(content[0]["message"] if isinstance(content, list) else content["error"])
    except (ValueError, KeyError, TypeError, IndexError):
        return "no reason given"
