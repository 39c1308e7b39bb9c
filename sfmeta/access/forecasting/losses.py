"""What a policy accepts, and the dates of it that pass: losses by name, blind spots by class, reviews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum

from sfmeta.access.matching import Matches
from sfmeta.model.forecast import Review, Stage
from sfmeta.model.inventory import Coverage, Inventory, User, Way
from sfmeta.model.policy import AcceptedLoss, Policy, Protocol

_PROTOCOLS = {Way.SOAP_LOGIN: Protocol.SOAP_LOGIN, Way.BROWSER_SESSION: Protocol.BROWSER_SESSION}
# access without an app is taken away by the boxes only
_WITHOUT_APP = frozenset({"soap_login", "browser_session", "visualforce_and_packages"})


class Losses:
    """The accepted losses of a policy that hold at a moment.

    Args:
        policy: its usernames resolved.
        matches: what its apps are in this org.
        at: the moment; a loss that ended before it is accepted no more.
    """

    def __init__(self, policy: Policy, matches: Matches, at: datetime) -> None:
        self._keys = matches.keys
        self._losses = {
            (loss.user.text.lower(), loss.protocol or loss.app): loss
            for loss in policy.accepted_losses
            if loss.until.at >= at
        }

    def of(self, user: User, app: str, way: Way) -> AcceptedLoss | None:
        """The loss that covers a user with an app (``App.key``) or, without one, with a protocol."""
        what = self._keys.get(app, "") if way.has_app else _PROTOCOLS[way]
        return self._losses.get((user.username.lower(), what)) if what else None


class Reach(IntEnum):
    """How far a change may take access away."""

    NOBODY = 0
    APPS = 1
    """From whoever comes with an app."""
    EVERYBODY = 2
    """From whoever comes without one, too: a box, or what people hold."""


REACH = {
    Stage.PREPARE: Reach.NOBODY,
    Stage.RESTRICT: Reach.APPS,
    Stage.BLOCK: Reach.APPS,
    Stage.ENFORCE: Reach.EVERYBODY,
}
"""Of each stage of a policy."""


def blind_spots(
    policy: Policy, inventory: Inventory, reach: Reach
) -> tuple[tuple[Coverage, ...], tuple[Coverage, ...]]:
    """The classes of access that an audit does not see and a change touches: those not accepted, and those accepted."""
    accepted = {spot.name for spot in policy.accepted_blind_spots}
    touched = [
        one
        for one in inventory.coverage
        if one.is_blind_spot and reach and (reach is Reach.EVERYBODY or one.name not in _WITHOUT_APP)
    ]
    return (
        tuple(one for one in touched if one.name not in accepted),
        tuple(one for one in touched if one.name in accepted),
    )


def reviews(policy: Policy, after: datetime, until: datetime) -> tuple[Review, ...]:
    """The dates of a policy that pass in a time, earliest first.

    Args:
        policy: whose.
        after: what lies before it counts as overdue and is told too.
        until: the end of the time.
    """
    found = [one for one in _dates(policy, after) if one.at <= until]
    return tuple(sorted(found, key=lambda one: (one.at, one.what)))


def _dates(policy: Policy, now: datetime) -> Iterator[Review]:
    for app in policy.apps.values():
        if app.review_by:
            verb = "was" if app.review_by.at < now else "is"
            owner = f", {app.owner}" if app.owner else ""
            yield Review(
                app.review_by.at, f"the review of '{app.key}' {verb} due (policy line {app.place.line}{owner})"
            )
        for user in app.grants.users if app.grants else ():
            if user.until:
                verb = "ended" if user.until.at < now else "ends"
                yield Review(user.until.at, f"the grant of '{app.key}' to {user.username.text} {verb}")
    for holder in policy.any_api_client:
        verb = "ended" if holder.until.at < now else "ends"
        yield Review(holder.until.at, f"Use Any API Client of {holder.username.text} {verb}")
    for loss in policy.accepted_losses:
        verb = "was" if loss.until.at < now else "is"
        what = f"'{loss.app}'" if loss.app else f"{loss.protocol}"
        yield Review(loss.until.at, f"the loss of {what} by {loss.user.text} {verb} accepted until then")
