"""What an audit needs of an org: far less than a deployment does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from sfmeta.model.outcome import OrgInfo
from sfmeta.ops.ports import Retrieving


class AuditOrg(Retrieving, Protocol):
    """One org, logged in. Several threads call it. Raises ``OrgUnreachable``, ``SessionExpired`` or ``OrgRefused``."""

    @property
    def info(self) -> OrgInfo:
        """Who and where we are."""

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        """The rows of a query in pages as the org cuts them; each page is one call."""

    def count(self, soql: str) -> int:
        """The answer to ``SELECT COUNT() FROM ...``."""

    def limits(self) -> Mapping[str, object]:
        """What is left of the org's limits: name -> ``{"Max", "Remaining"}``."""
