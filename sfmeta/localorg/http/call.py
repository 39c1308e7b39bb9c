"""One HTTP request, as every door reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Call:
    """A request, read whole.

    Attributes:
        method: in capitals; GET for HEAD, whose answer goes out without its body.
        path: without leading slashes.
        query: the query string's parameters, the last of each.
        headers: names in lower case.
        body: as sent.
        base_url: how the client reached the org, without a trailing slash.
        source_ip: where from.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    source_ip: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The path, cut at its slashes."""
        return tuple(part for part in self.path.split("/") if part)

    @property
    def bearer(self) -> str:
        """The token of the Authorization header, "" without one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") else ""

    @property
    def form(self) -> dict[str, str]:
        """The fields of a posted form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
