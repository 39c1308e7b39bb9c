"""What is deployed together: all permission sets at once, then one package for each app, one for each profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sfmeta.access.forecasting.stages import last_wave
from sfmeta.access.stage_table import is_due, stage_of
from sfmeta.access.wanted import Wanted
from sfmeta.model.forecast import Stage
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Unit:
    """What goes into one package.

    Attributes:
        title: one line.
        app: the policy's key of the app; "" for what belongs to none alone.
        components: which, sorted.
    """

    title: str
    app: str
    components: tuple[ComponentId, ...]


def units(policy: Policy, wanted: Iterable[Wanted], stage: Stage, wave: int | None) -> tuple[Unit, ...]:
    """The packages of one stage, in a safe order: by wave, then as the policy lists the apps; profiles last.

    Args:
        policy: see ``access.stage_table``.
        wanted: what it asks for.
        stage: which.
        wave: of ``restrict``, up to and with which wave; None for all.
    """
    mine = [one for one in wanted if stage_of(one, policy) is stage]
    if stage is Stage.PREPARE:
        components = tuple(sorted(one.id for one in mine))
        return (Unit("Make the permission sets", "", components),) if components else ()
    return tuple(_by_app(policy, [one for one in mine if is_due(one.app, policy, wave)], stage))


def _by_app(policy: Policy, mine: list[Wanted], stage: Stage) -> Iterator[Unit]:
    verb = "Block" if stage is Stage.BLOCK else "Restrict"
    last = last_wave(policy)
    order = sorted(policy.apps.values(), key=lambda app: last if app.wave is None else app.wave)
    for app in order:
        components = tuple(sorted(one.id for one in mine if one.app == app.key))
        if components:
            yield Unit(f"{verb} {app.match.label or app.key}", app.key, components)
    for one in mine:
        if not one.app:
            yield Unit(f"Change the profile {one.id.full_name}", "", (one.id,))
