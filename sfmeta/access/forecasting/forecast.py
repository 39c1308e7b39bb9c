"""Who stops working after a stage of a policy, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sfmeta.access.forecasting.course import Course
from sfmeta.access.forecasting.losses import REACH
from sfmeta.access.forecasting.pending import pending
from sfmeta.access.forecasting.promises import promised
from sfmeta.access.forecasting.run import HORIZON, Run
from sfmeta.access.forecasting.second_look import Concern
from sfmeta.access.forecasting.stages import Staging, UpTo, asks_for_a_box, says_nothing_of
from sfmeta.access.forecasting.state import as_it_is
from sfmeta.access.matching import Matches, match_apps
from sfmeta.errors import Severity, SourceError
from sfmeta.model.forecast import Answer, Forecast, Stage
from sfmeta.model.inventory import Inventory
from sfmeta.model.policy import Policy

__all__ = ["HORIZON", "forecast", "require_permissions"]

_NO_ANSWERS: Mapping[str, Answer] = MappingProxyType({})


def forecast(
    inventory: Inventory,
    policy: Policy,
    stage: Stage,
    *,
    wave: int | None = None,
    at: datetime | None = None,
    answers: Mapping[str, Answer] = _NO_ANSWERS,
    by_the_clock: bool = False,
    as_is: bool = False,
) -> Forecast:
    """Looks ahead.

    Args:
        inventory: one audit.
        policy: its usernames resolved (no ``${env:...}`` left).
        stage: up to and with which stage.
        wave: of ``restrict``, up to and with which wave; None for all.
        at: the moment to look at after the stage; the audit's own where None, or where it is earlier.
        answers: what probes found out about open questions.
        by_the_clock: the time of day of ``at`` is meant, so that login hours count.
        as_is: the stage alone, on the org as it is; else those before it count as done.

    Raises:
        SourceError: an app of the policy cannot be told from another in this org, or looks misspelt.
    """
    matches = match_apps(policy, inventory)
    require_permissions(inventory)
    errors = [problem for problem in matches.problems if problem.severity is Severity.ERROR]
    if errors:
        raise SourceError.of(errors, "policy")
    moment = max(at or inventory.taken_at, inventory.taken_at)
    course = _course(inventory, policy, matches, UpTo(stage, wave, as_is))
    return Run(inventory, policy, matches, course, moment, answers, by_the_clock=by_the_clock).forecast()


def require_permissions(inventory: Inventory) -> None:
    """Refuse to forecast from an audit that does not say which permissions the org has.

    Raises:
        SourceError: it does not.
    """
    if not inventory.settings.known_permissions:
        raise SourceError.at("the inventory does not say which permissions the org has", "", hint="Audit again")


def _course(inventory: Inventory, policy: Policy, matches: Matches, until: UpTo) -> Course:
    staging = Staging(policy, matches, as_it_is(inventory))
    later = staging.after(until.stage, until.wave, alone=until.as_is)
    exceptions = {staging.user_id(one.username.text, "any_api_client"): one for one in policy.any_api_client}
    pairs = promised(policy, matches, staging)
    left = pending(staging, until.stage, until.wave)
    unresolved = (
        *matches.unresolved,
        *staging.unresolved,
        *says_nothing_of(policy, matches, inventory.settings, until),
    )
    absent = [f"the org shows no app {app.match} ('{app.key}'); nothing is forecast for it" for app in matches.absent]
    for loss in policy.accepted_losses:
        staging.user_id(loss.user.text, "accepted_losses")
    return Course(
        staging.before,
        later,
        REACH[until.stage],
        Concern(matches.keys.keys()),
        until.stage,
        until.wave,
        until.as_is,
        promised=pairs,
        exceptions=exceptions,
        allow_set_id=staging.allow_set_id,
        # the stage alone counts nothing as done; what no API tells is worth a look all the same
        pending=tuple(one for one in left if not one.is_visible) if until.as_is else left,
        unresolved=unresolved,
        warnings=(*map(str, matches.problems), *absent, *staging.warnings),
        wants_decisions=until.stage is Stage.ENFORCE and asks_for_a_box(policy),
    )
