"""What an audit saw of each app: who used it, when last, how often, by what, and whether an integration does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sfmeta.access.drafting.catalogue import CatalogueEntry, recognise
from sfmeta.access.forecasting.effective import Holdings
from sfmeta.config.policy_shape import USERNAME
from sfmeta.model.inventory import App, Inventory, Source, Use, User, Way

_MACHINE_WAYS = (Way.JWT_BEARER, Way.CLIENT_CREDENTIALS, Way.OAUTH_PASSWORD)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One app as it was seen.

    Attributes:
        app: which.
        known_as: its entry in the catalogue.
        users: who used it in the window or is named by the app itself, by username.
        recent: of these, those of the last days that count for grants.
        leavers: usernames of inactive or frozen users among ``users``.
        unwritable: usernames among ``users`` that are none as a policy writes them.
        unknown: who used it, but was not read by the audit, by id.
        undated: usernames whose use has no date.
        refused: usernames that were only refused.
        earlier: how many users have an authorisation but no use in the window.
        last: the last use in the window.
        last_ever: the last use at all.
        count: how often, in all.
        sources: where it was seen.
        ways: how its users log in.
        integrations: usernames that work by themselves, and the sign of it.
    """

    app: App
    known_as: CatalogueEntry | None = None
    users: tuple[User, ...] = ()
    recent: tuple[User, ...] = ()
    leavers: tuple[str, ...] = ()
    unwritable: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    undated: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    earlier: int = 0
    last: datetime | None = None
    last_ever: datetime | None = None
    count: int = 0
    sources: tuple[Source, ...] = ()
    ways: tuple[Way, ...] = ()
    integrations: tuple[tuple[str, str], ...] = ()

    @property
    def grantable(self) -> tuple[str, ...]:
        """Usernames of those who used it lately and could be granted it."""
        out = {*self.leavers, *self.unwritable}
        return tuple(user.username for user in self.recent if user.username not in out)


def gather(inventory: Inventory, users_days: int, holdings: Holdings) -> Mapping[str, Evidence]:
    """The evidence of every app of an inventory.

    Args:
        inventory: one audit.
        users_days: whose use lies no further back is to keep access.
        holdings: what everybody holds.

    Returns:
        By ``App.key``, in the order of the inventory.
    """
    by_app: dict[str, list[Use]] = {}
    for use in inventory.uses:
        if use.app:
            by_app.setdefault(use.app, []).append(use)
    signs = _Signs(inventory, holdings)
    since = inventory.taken_at - timedelta(days=inventory.days)
    recently = inventory.taken_at - timedelta(days=users_days)
    return {
        key: _Reading(inventory, app, signs, since, recently).evidence(by_app.get(key, ()))
        for key, app in inventory.apps.items()
    }


class _Signs:
    """Who works by itself: what an inventory says of a user, looked up once."""

    def __init__(self, inventory: Inventory, holdings: Holdings) -> None:
        self.inventory = inventory
        self.holdings = holdings
        # where no browser login at all was read, the absence of one says nothing
        self.by_username = {user.username.lower(): user for user in inventory.users.values()}
        self.browsers_seen = any(user.last_browser_login for user in inventory.users.values())

    def of(self, user: User, ways: Iterable[Way], app: App, *, for_people: bool) -> str:
        """The sign that a user is an integration with this app; "" for none."""
        if app.execution_user and user.username.lower() == app.execution_user.lower():
            return "the app runs as this user"
        for way in _MACHINE_WAYS:
            if way in ways:
                return f"logs in by {way.replace('_', ' ')}"
        if "ApiUserOnly" in self.holdings.of(user).permissions:
            return "API Only User"
        is_present = user.is_active and not user.is_frozen
        if self.browsers_seen and is_present and not for_people and user.last_browser_login is None:
            return f"no browser login in {self.inventory.days} days"
        return ""


class _Reading:
    """Reads the uses of one app."""

    def __init__(self, inventory: Inventory, app: App, signs: _Signs, since: datetime, recently: datetime) -> None:
        self.inventory = inventory
        self.app = app
        self.signs = signs
        self.since = since
        self.recently = recently

    def evidence(self, uses: Iterable[Use]) -> Evidence:
        uses = list(uses)
        known_as = recognise(self.app.label)
        now = [use for use in uses if self._is_current(use, self.since)]
        users = self._users(now)
        dates = [use.last_used for use in uses if use.last_used]
        current = [date for date in dates if date >= self.since]
        for_people = known_as is not None and known_as.for_people
        ways: dict[str, set[Way]] = {}
        for use in uses:
            ways.setdefault(use.user_id, set()).add(use.way)
        signs = [
            (user.username, self.signs.of(user, ways.get(user.id, ()), self.app, for_people=for_people))
            for user in users
        ]
        used = {use.user_id for use in now}
        idle = [use for use in uses if use.user_id not in used]
        return Evidence(
            app=self.app,
            known_as=known_as,
            users=tuple(users),
            recent=tuple(self._users([use for use in uses if self._is_current(use, self.recently)])),
            leavers=tuple(user.username for user in users if not user.is_active or user.is_frozen),
            unwritable=tuple(user.username for user in users if not re.fullmatch(USERNAME, user.username)),
            unknown=tuple(sorted(used - {user.id for user in users})),
            undated=self._names(use for use in idle if use.last_used is None and not _is_refused(use)),
            refused=self._names(use for use in idle if _is_refused(use)),
            earlier=len({use.user_id for use in idle if use.last_used is not None and not _is_refused(use)}),
            last=max(current, default=None),
            last_ever=max(dates, default=None),
            count=sum(use.count for use in now),
            sources=tuple(sorted({source for use in uses for source in use.sources})),
            ways=tuple(sorted({use.way for use in now})),
            integrations=tuple((name, sign) for name, sign in signs if sign),
        )

    def _is_current(self, use: Use, since: datetime) -> bool:
        if _is_refused(use):
            return False
        if Source.APP_METADATA in use.sources:
            return True
        if use.last_used is not None:
            return use.last_used >= since
        return use.authorised is not None and use.authorised >= since

    def _users(self, uses: Iterable[Use]) -> list[User]:
        users = [user for id_ in {use.user_id for use in uses} if (user := self.inventory.users.get(id_))]
        runner = self.signs.by_username.get(self.app.execution_user.lower()) if self.app.execution_user else None
        if runner is not None and runner not in users:
            users.append(runner)
        return sorted(users, key=lambda user: user.username)

    def _names(self, uses: Iterable[Use]) -> tuple[str, ...]:
        users = self.inventory.users
        return tuple(sorted({users[use.user_id].username if use.user_id in users else use.user_id for use in uses}))


def _is_refused(use: Use) -> bool:
    return use.failures > 0 and use.count == 0
