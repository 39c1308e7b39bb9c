"""The list of checks, in the order in which they are told."""

from __future__ import annotations

from sfmeta.ops.doctor import break_glass, connection, feature, limits, own_app, permissions, usage
from sfmeta.ops.doctor.check import Check

CHECKS: tuple[Check, ...] = (
    *connection.CHECKS,
    *permissions.CHECKS,
    *feature.CHECKS,
    *own_app.CHECKS,
    *break_glass.CHECKS,
    *usage.CHECKS,
    *limits.CHECKS,
)
