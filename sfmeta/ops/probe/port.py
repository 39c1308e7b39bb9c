"""What a probe needs of an org, beside what the doctor needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from sfmeta.model.names import ComponentId, TypeName
from sfmeta.ops.doctor.examination import DoctorOrg
from sfmeta.org.session import LoginFlow, Session


class Doors(Protocol):
    """Logins beside our own."""

    def log_in(self, flow: LoginFlow) -> Session:
        """A session, or ``LoginRefused``."""

    def opens_rest(self, session: Session) -> bool:
        """Whether it is good for the REST API."""

    def opens_soap(self, session: Session) -> bool:
        """Whether it is good for the Metadata API."""

    def end(self, session: Session) -> None:
        """Ends it."""


class ProbeOrg(DoctorOrg, Protocol):
    """An org to try things in."""

    def create_record(self, sobject: str, fields: Mapping[str, object]) -> str:
        """Creates a record; its id."""

    def delete_record(self, sobject: str, record_id: str) -> None:
        """Deletes a record."""

    def list_metadata(self, types: Sequence[TypeName]) -> tuple[ComponentId, ...]:
        """What the org has of these types."""

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        """The rows of a query, page by page."""

    def trial(self) -> Doors:
        """Logins beside our own."""
