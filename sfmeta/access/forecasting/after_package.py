"""Who stops working after a package, and why: by the same rules as after a stage of the policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sfmeta.access.forecasting.course import Course
from sfmeta.access.forecasting.effective import Holdings
from sfmeta.access.forecasting.forecast import require_permissions
from sfmeta.access.forecasting.package_reach import reach_of
from sfmeta.access.forecasting.package_state import AfterPackage, PackageChange, after_package
from sfmeta.access.forecasting.run import Run
from sfmeta.access.forecasting.second_look import Concern
from sfmeta.access.forecasting.stages import Staging
from sfmeta.access.forecasting.state import holdings_in
from sfmeta.access.listing import some
from sfmeta.access.matching import match_apps
from sfmeta.model.forecast import Answer, Forecast
from sfmeta.model.inventory import Inventory
from sfmeta.model.policy import Policy


def forecast_of_package(
    inventory: Inventory,
    policy: Policy,
    change: PackageChange,
    *,
    subject: str = "this package",
    at: datetime | None = None,
    answers: Mapping[str, Answer],
    by_the_clock: bool = False,
) -> Forecast:
    """Looks ahead.

    Args:
        inventory: one audit.
        policy: its usernames resolved; for what it accepts, and what would help whom. Nothing of it counts as done.
        change: what the package does.
        subject: how the words call it: "the rollback".
        at: the moment to look at; the audit's own where None, or where it is earlier.
        answers: what probes found out about open questions.
        by_the_clock: the time of day of ``at`` is meant, so that login hours count.

    Raises:
        SourceError: a file that decides is no well-formed XML, or the audit says too little.
    """
    require_permissions(inventory)
    matches = match_apps(policy, inventory)
    made = after_package(inventory, change)
    staging = Staging(policy, matches, made.before)
    ids = {user.username.lower(): user.id for user in inventory.users.values()}
    moment = max(at or inventory.taken_at, inventory.taken_at)
    for loss in policy.accepted_losses:
        staging.user_id(loss.user.text, "accepted_losses")
    course = Course(
        made.before,
        made.state,
        reach_of(made.before, made.state),
        Concern(made.apps, made.is_of_many),
        subject=subject,
        exceptions={ids.get(one.username.text.lower(), ""): one for one in policy.any_api_client},
        allow_set_id=staging.allow_set_id,
        unresolved=(*made.unresolved, *_front_door(made, moment)),
        # what the policy says of an app that cannot be told counts for nobody: no loss of it is accepted
        warnings=(*made.warnings, *map(str, matches.problems), *staging.warnings),
    )
    return Run(inventory, policy, matches, course, moment, answers, by_the_clock=by_the_clock).forecast()


def _front_door(made: AfterPackage, at: datetime) -> list[str]:
    """API Only User ends the browser logins of everybody who comes to have it."""
    inventory, later = made.before.inventory, made.state.inventory
    if later is inventory:
        return []
    before: Holdings = holdings_in(made.before, inventory.taken_at)
    after: Holdings = holdings_in(made.state, at)
    people = sorted(
        user.username
        for user in inventory.users.values()
        if user.is_active
        and user.last_browser_login is not None
        and "ApiUserOnly" in after.of(user).permissions
        and "ApiUserOnly" not in before.of(user).permissions
    )
    return [f"API Only User ends the browser logins of {some(people)}"] if people else []
