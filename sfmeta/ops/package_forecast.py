"""Who stops working after a package: what it deploys, deletes and grants, by the rules of ``sfmeta forecast``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from sfmeta.access.forecasting.after_package import forecast_of_package
from sfmeta.access.forecasting.package_state import PackageChange
from sfmeta.change.comparison import differences
from sfmeta.model.component import Holdings
from sfmeta.model.forecast import Answer, Forecast
from sfmeta.model.inventory import Inventory
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Policy
from sfmeta.model.records import RecordChange
from sfmeta.ops.forecast import age_of, moment_of

_NOTHING: Holdings = MappingProxyType({})


def forecast_package(
    inventory: Inventory,
    policy: Policy,
    files: Holdings,
    deletions: tuple[ComponentId, ...],
    records: tuple[RecordChange, ...],
    answers: Mapping[str, Answer],
    now: datetime,
    *,
    held: Holdings = _NOTHING,
    subject: str = "this package",
) -> Forecast:
    """What a package does to who can log in. ``Forecast.is_clean`` says whether nobody is hit by surprise.

    Args:
        inventory: one audit of the org.
        policy: its usernames resolved; for accepted losses, accepted blind spots and what would help. Nothing of it
            counts as done.
        files: what is deployed; files of types that have nothing to do with access are not read.
        deletions: what is deleted.
        records: which assignments and app accesses are made or taken away.
        answers: what probes found out, for this org.
        now: the moment: an inventory from a file may be old.
        held: what the org holds of these components, where the caller has read it: a file that is the same does
            nothing, and callback URLs and blocks that no audit tells can be compared.
        subject: how the words call it: "the rollback".

    Raises:
        SourceError: a file that decides is no well-formed XML, or the inventory was not taken yet or says too little.
    """
    age = age_of(inventory, now)
    change = PackageChange(_other_files(files, held), deletions, records, held)
    found = forecast_of_package(
        inventory, policy, change, subject=subject, at=moment_of(inventory, now), answers=answers
    )
    return replace(found, unresolved=(*age, *found.unresolved)) if age else found


def _other_files(files: Holdings, held: Holdings) -> Holdings:
    """The files that say something else than the org does."""
    if not held:
        return files
    same = {component: entries for component, entries in held.items() if component in files}
    changed = {one.id for one in differences(same, {component: files[component] for component in same})}
    return {component: entries for component, entries in files.items() if component in changed or component not in same}
