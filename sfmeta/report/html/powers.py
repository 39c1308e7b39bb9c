"""Who holds what gets past a gate or opens one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfmeta.access.holders import Holder, powerful_by_permission, self_granting_users
from sfmeta.model.forecast import Forecast

HOLDERS_SHOWN = 20
"""So many of each permission are named."""


@dataclass(frozen=True, slots=True)
class Power:
    """One permission.

    Attributes:
        title: its name, or what it lets its holders do.
        number: of its holders.
        shown: the first of them.
    """

    title: str
    number: int
    shown: Sequence[Holder]


def powers(forecast: Forecast) -> tuple[Power, ...]:
    """Every powerful permission that somebody holds, and who could grant themselves an "Allow" set."""
    found = [_power(name, holders) for name, holders in powerful_by_permission(forecast.inventory).items()]
    granting = self_granting_users(forecast.inventory)
    if granting:
        found.append(_power("Could assign themselves a permission set", granting))
    return tuple(found)


def _power(title: str, holders: Sequence[Holder]) -> Power:
    return Power(title, len(holders), holders[:HOLDERS_SHOWN])
