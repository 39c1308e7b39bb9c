"""Whether the org has API Access Control at all: only Salesforce Support can enable it."""

from __future__ import annotations

from sfmeta.change.guards import SWITCHES
from sfmeta.ops.doctor.check import Check, Verdict, ok, problem, warning
from sfmeta.ops.doctor.examination import Examination

_PERMISSION = "PermissionsUseAnyApiClient"
_CASE = """\
Subject: Please enable API Access Control
Organization ID: {org}
Organization: {name}

Please enable the feature API Access Control in this org, so that Setup > API Access Control shows "For admin-approved \
users, limit API access to only allowlisted connected apps" and the same for customers and partners, and so that the \
user permission "Use Any API Client" exists."""
_MATCH = (
    "Where production has the feature already, no case is needed: Setup > Company Information > Match Production "
    "Licenses brings it here. Else ask Support for production first"
)


def _feature(seen: Examination) -> Verdict:
    boxes, permission = seen.boxes, _PERMISSION in seen.permission_fields
    if len(boxes) == len(SWITCHES) and permission:
        ticked = [who for name, who in SWITCHES.items() if boxes[name]]
        state = f"ticked for {' and for '.join(ticked)}" if ticked else "not ticked"
        return ok(f"API Access Control is there, and {state}")
    if boxes or permission:
        return warning(
            f"API Access Control is there in part: {_parts(len(boxes), permission)}",
            "Look at Setup > API Access Control; a newer API version may show what is missing. If not, ask Support",
        )
    info = seen.org.info
    return problem(
        "API Access Control is not enabled: the org has neither the two boxes nor the permission Use Any API Client",
        _MATCH if info.is_sandbox else "Open a case with Salesforce Support; the text below says what to ask for",
        _CASE.format(org=info.id, name=info.name),
    )


def _parts(boxes: int, permission: bool) -> str:
    there = f"{boxes} of {len(SWITCHES)} boxes"
    return f"{there}, {'with' if permission else 'without'} the permission Use Any API Client"


CHECKS = (
    Check(
        "feature",
        "API Access Control",
        _feature,
        "Metadata API guide, ConnectedAppSettings; for Match Production Licenses platinum7.com.au (C)",
        "A",
    ),
)
"""In this order."""
