"""How sfmeta itself comes in: the rows of a forecast that must never be lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sfmeta.model.inventory import App, Inventory, Source, Use, Way

_JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OwnWay:
    """Which uses are sfmeta's own.

    Attributes:
        user_id: as whom it comes in, "" where the org does not show that user.
        app: ``App.key`` of the app it comes in through; None where that cannot be known: then every use of that user
            counts.
        added: the use itself, where the audit did not see one.
        warning: what could not be known, "".
    """

    user_id: str
    app: str | None
    added: tuple[Use, ...] = ()
    warning: str = ""

    def is_own(self, use: Use) -> bool:
        """Whether a use is sfmeta's own; what the policy grants and nobody used yet is not."""
        is_user = bool(self.user_id) and use.user_id == self.user_id and bool(use.sources)
        return is_user and (self.app is None or use.app == self.app)

    def came_in(self, use: Use, at: datetime) -> bool:
        """Whether an audit that began at a moment came in by a use; of an app that is not known, by a new one only."""
        if not self.is_own(use) or self.app is not None:
            return self.is_own(use)
        return use.last_used is not None and at - use.last_used <= _JUST_NOW


def own_way(inventory: Inventory) -> OwnWay:
    """Finds it.

    Args:
        inventory: says as whom, and where known through which app, it was read.

    Source: consumer keys of apps that another org made are given by no API. Then the login that the audit itself began
    with tells: the newest use of our user, a minute old at most.
    """
    user_id = next(
        (user.id for user in inventory.users.values() if user.username.lower() == inventory.username.lower()), ""
    )
    app = next(
        (one for one in inventory.apps.values() if inventory.client_id and one.consumer_key == inventory.client_id),
        None,
    )
    if not user_id:
        return OwnWay("", None, (), f"the org does not show {inventory.username}, as whom sfmeta comes in")
    app = app or _just_used(inventory, user_id)
    if app is None:
        has_use = any(use.user_id == user_id for use in inventory.uses)
        warning = (
            f"which app sfmeta comes in through cannot be seen; every use of {inventory.username} counts as its own"
        )
        if not has_use:
            warning = f"sfmeta's own way in ({inventory.username}) does not show in the audit: it is not forecast"
        return OwnWay(user_id, None, (), warning)
    if any(use.user_id == user_id and use.app == app.key for use in inventory.uses):
        return OwnWay(user_id, app.key)
    way = Way.JWT_BEARER if app.has_certificate else Way.WEB
    if app.execution_user.lower() == inventory.username.lower():
        way = Way.CLIENT_CREDENTIALS
    added = Use(user_id, app.key, way, inventory.taken_at, 1, None, frozenset(), frozenset({Source.APP_METADATA}))
    return OwnWay(user_id, app.key, (added,))


def _just_used(inventory: Inventory, user_id: str) -> App | None:
    """The app that a user came in with last, while the audit began; None where two came at the same moment."""
    since = inventory.taken_at - _JUST_NOW
    seen = sorted(
        (use.last_used, use.app)
        for use in inventory.uses
        if use.user_id == user_id and use.app and use.last_used is not None and use.last_used >= since
    )
    newest = {app for last_used, app in seen if last_used == seen[-1][0]}
    return inventory.apps.get(newest.pop()) if len(newest) == 1 else None
