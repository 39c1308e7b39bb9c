"""What a package would do to the people of an org, found by reading that org now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sfmeta.model.component import Holdings
from sfmeta.model.forecast import Answer, Forecast
from sfmeta.model.inventory import Inventory
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Policy
from sfmeta.model.records import RecordChange
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.audit.ports import AuditOrg
from sfmeta.ops.package_forecast import forecast_package
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import take_snapshot


class ReadableOrg(AuditOrg, Org, Protocol):
    """An org that can be audited and retrieved from."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What a command is about to send.

    Attributes:
        files: what it deploys.
        deletions: what it deletes.
        records: which grants it makes or takes away.
        held: what the org holds of these components; None where nobody has read it.
        subject: how the words call it: "the rollback".
    """

    files: Holdings
    deletions: tuple[ComponentId, ...] = ()
    records: tuple[RecordChange, ...] = ()
    held: Holdings | None = None
    subject: str = "this package"


def foresee(
    org: ReadableOrg,
    sending: Sending,
    policy: Policy,
    answers: Mapping[str, Answer],
    request: AuditRequest,
    tools: Tools,
) -> Forecast:
    """Audit an org and look ahead; changes nothing.

    Args:
        org: the target: its users and integrations are not those of a sandbox.
        sending: what would be sent. What the org holds of it is read where nobody has.
        policy: its usernames resolved; says which losses and blind spots are accepted.
        answers: what probes found out, for this org.
        request: what an audit looks at.
        tools: the clock, progress and scratch space.

    Raises:
        SourceError, OrgRefused, OrgUnreachable, GuardRefused: as for an audit and a forecast of a package.
    """
    inventory = audit(org, request, tools)
    if sending.held is None:
        # what the org holds already takes nothing from anybody
        reading = [entry for entries in sending.files.values() for entry in entries]
        held = take_snapshot(org, {*sending.files, *sending.deletions}, tools, reading=reading).holdings
        sending = replace(sending, held=held)
    return foresee_in(inventory, sending, policy, answers, tools.now)


def foresee_in(
    inventory: Inventory, sending: Sending, policy: Policy, answers: Mapping[str, Answer], now: datetime
) -> Forecast:
    """The same in an inventory of the org; nothing is read.

    Args:
        inventory: one audit.
        sending: what would be sent.
        policy: its usernames resolved.
        answers: what probes found out, for this org.
        now: the moment: an inventory from a file may be old.
    """
    return forecast_package(
        inventory,
        policy,
        sending.files,
        sending.deletions,
        sending.records,
        answers,
        now,
        held=sending.held or {},
        subject=sending.subject,
    )
