"""What a package would do to the people of an org, found by reading that org now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sfmeta.model.component import Holdings
from sfmeta.model.forecast import Answer, Forecast
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Policy
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.audit.ports import AuditOrg
from sfmeta.ops.gates import Foresight
from sfmeta.ops.package_forecast import forecast_package
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import take_snapshot


class ReadableOrg(AuditOrg, Org, Protocol):
    """An org that can be audited and retrieved from."""


def foresight(
    org: ReadableOrg, policy: Policy, answers: Mapping[str, Answer], request: AuditRequest, tools: Tools
) -> Foresight:
    """A reader for the forecast gate: audits the org when it is asked, and changes nothing.

    Args:
        org: the target: its users and integrations are not those of a sandbox.
        policy: its usernames resolved; says which losses and blind spots are accepted.
        answers: what probes found out, for this org.
        request: what an audit looks at.
        tools: the clock, progress and scratch space.
    """

    def foresee(files: Holdings, deletions: tuple[ComponentId, ...]) -> Forecast:
        inventory = audit(org, request, tools)
        # what the org holds already takes nothing from anybody
        reading = [entry for entries in files.values() for entry in entries]
        held = take_snapshot(org, {*files, *deletions}, tools, reading=reading).holdings
        return forecast_package(inventory, policy, files, deletions, (), answers, tools.now, held=held)

    return foresee
