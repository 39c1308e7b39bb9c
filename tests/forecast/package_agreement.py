"""Whether the forecast of a package and a local org agree: every login tried for real before it and after it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from sfmeta.access.forecasting.after_package import forecast_of_package
from sfmeta.access.forecasting.package_state import PackageChange
from sfmeta.localorg.seed.format import Seed
from sfmeta.model.forecast import Answer, Forecast
from sfmeta.model.inventory import Inventory
from sfmeta.model.policy import Policy
from sfmeta.ops.ports import Tools
from tests.forecast.agreement import Looked, OrgClock, Silent, audited, compared, surprises, tried
from tests.forecast.orgs.edits import Edit, edits
from tests.forecast.orgs.making import BOXES
from tests.forecast.orgs.memory import MemoryOrg
from tests.forecast.orgs.packages import Packager, Sent
from tests.forecast.orgs.seeds import Knobs, seeds
from tests.forecast.told import answers_of

_FLIPS = ("flip_rewrites_app_policies", "flip_writes_blocks")


@dataclass(frozen=True, slots=True)
class PackageCase:
    """An org and a package for it.

    Attributes:
        seed: the org.
        edits: what the package changes.
    """

    seed: Seed
    edits: tuple[Edit, ...]


@st.composite
def package_cases(draw: st.DrawFn, knobs: Knobs = Knobs()) -> PackageCase:
    """Any small org, and a package of a few changes."""
    seed = draw(seeds(knobs))
    return PackageCase(seed, draw(edits(seed)))


def look_at_package(case: PackageCase) -> Looked:
    """Forecasts a package and sends it; then the package that undoes it. Every login is tried each time.

    As with stages: with every answer told each row says what then happens, with none no row says a wrong "works" or
    "refused", and from the audit as it is nobody loses a way in unsaid. A package that the org refuses is no case.
    """
    looked = Looked()
    with MemoryOrg.build(case.seed) as org:
        packager = Packager(org, Tools(OrgClock(org), Silent(), io.BytesIO, 60))
        sent = packager.package(case.edits)
        # a try signs with the key that an app had first: with another certificate nobody gets in "today"
        keeps_keys = all(edit.kind != "key" for edit in case.edits)
        if _sent(org, packager, sent, looked) and keeps_keys and not _was_flipped(org, sent):
            _sent(org, packager, packager.undo(sent), looked)
    return looked


def _was_flipped(org: MemoryOrg, sent: Sent) -> bool:
    """What ticking a box did by itself, unticking it may take back: no forecast says anything of that."""
    return BOXES in sent.files and any(answers_of(org)[name].answer for name in _FLIPS)


def _sent(org: MemoryOrg, packager: Packager, sent: Sent, looked: Looked) -> bool:
    found, inventory, clients, tries = audited(org)
    before = {client: tried(tries, client) for client in clients}
    told_all = _forecast(inventory, org, sent, answers_of(org))
    told_none = _forecast(inventory, org, sent, {})
    from_audit = _forecast(found, org, sent, {})
    if not packager.send(sent):
        return False
    after = {client: tried(tries, client) for client in clients}
    looked.compared += 2 * len(after)
    looked.disagreements += compared(told_all, before, after, told=True)
    looked.disagreements += compared(told_none, before, after, told=False)
    # what is to be settled says that nobody can tell whom it hits
    if not from_audit.unresolved:
        looked.disagreements += surprises(from_audit, before, after)
    return True


def _forecast(inventory: Inventory, org: MemoryOrg, sent: Sent, answers: Mapping[str, Answer]) -> Forecast:
    change = PackageChange(sent.files, sent.deletions, sent.records, sent.held)
    now = org.state.clock.now()
    return forecast_of_package(inventory, Policy(), change, at=now, answers=answers, by_the_clock=True)


def lines(found: Iterable[object]) -> str:
    """Disagreements, one a line."""
    return "\n".join(map(str, found))
