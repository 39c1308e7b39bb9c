"""The way back to before a deployment: what it and all after it did to the org is undone."""

from __future__ import annotations

from functools import partial

from sfmeta.change.conflicts import drift
from sfmeta.change.reversal import Past, reverse
from sfmeta.ops.entwined import entwined, inferred, unknown_apps
from sfmeta.ops.rollback_grants import grants_back
from sfmeta.ops.rollback_ground import Ground, Way
from sfmeta.ops.snapshot import labels_of_permission_sets
from sfmeta.ops.undone import Entries, deeds, grant_steps, origins, seen_next, spans, steps, unseen


def before_deployments(ground: Ground, undone: Entries) -> Way:
    """The way back to before some deployments.

    Args:
        ground: what it starts from.
        undone: a deployment and all that came after it; none at all where there is nothing to do.

    Raises:
        OperationFailed: the org would not give a component.
    """
    recorded = deeds(ground.ledger, undone)
    done = entwined(recorded)
    past = steps(done)
    before = origins(past)
    held = {component: origin.entries for component, origin in before.items() if origin.entries}
    now = ground.read(before.keys(), held, ground.known.holdings)
    aliases = labels_of_permission_sets(held, now.holdings)
    past_and_now = Past(seen_next(past, now.holdings), now.holdings, now.unreadable)
    back = partial(reverse, past_and_now, aliases, ground.tools.in_order)
    return Way(
        inverse=back(),
        target={},
        undone=undone,
        now=now,
        drift=drift([*spans(past), ground.since(past.keys(), now, inferred(recorded, done))]),
        grants=grants_back(ground.org, grant_steps(done), unknown_apps(done)),
        base=undone[-1][1].source_revision if undone else "",
        recorded=True,
        unseen=unseen(past),
        giving_way=back,
    )
