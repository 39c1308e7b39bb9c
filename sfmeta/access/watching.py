"""Who should work after a change, and did: an audit, a policy and the logins since. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sfmeta.access.forecasting.losses import Losses
from sfmeta.access.matching import match_apps
from sfmeta.model.inventory import Inventory, User, Way
from sfmeta.model.policy import Decision, PermittedUsers, Policy
from sfmeta.model.watch import Attempts, Sighting, Watched

_ORDER = tuple(Sighting)
Key = tuple[str, str, Way | None]
"""User, app, and without an app the way."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found.

    Attributes:
        rows: worst first, then by user and app.
        idle: how many pairs had not been used for long before the change.
    """

    rows: tuple[Watched, ...]
    idle: int


def judge(
    inventory: Inventory, policy: Policy, attempts: Iterable[Attempts], since: datetime, idle: timedelta
) -> Judged:
    """Compares who worked before a change with who was let in or refused since.

    A pair of user and app is expected to work when it was in use lately, or when the policy grants it; it is not when
    its loss is accepted by name, the policy blocks the app, or the user is not active. What proves that it works is a
    login that was let in: an authorisation counts its uses "also if they fail" (Help remoteaccess_request_approve).

    Args:
        inventory: an audit after the change.
        policy: its usernames resolved.
        attempts: logins since the change.
        since: the moment of the change.
        idle: whoever was last seen longer before it is not waited for.
    """
    run = _Judging(inventory, policy, since, idle)
    run.add(attempts)
    found = [row for key in run.keys if (row := run.row(key)) is not None]
    rows = sorted(
        found, key=lambda row: (_ORDER.index(row.sighting), row.user.username, row.app.label if row.app else "")
    )
    return Judged(tuple(rows), run.idle)


class _Judging:
    """The judging of one look."""

    def __init__(self, inventory: Inventory, policy: Policy, since: datetime, idle: timedelta) -> None:
        self.idle = 0
        self._inventory = inventory
        self._policy = policy
        self._since = since
        self._oldest = since - idle
        matches = match_apps(policy, inventory)
        self._policy_keys = matches.keys
        # what was accepted at the moment of the change stays foreseen, also when its end has passed since
        self._losses = Losses(policy, matches, since)
        self._used: dict[Key, datetime | None] = {}
        self._let_in: dict[Key, datetime] = {}
        self._refused: dict[Key, list[Attempts]] = {}
        self._uses()

    @property
    def keys(self) -> Iterator[Key]:
        """Every pair that something is known of."""
        return iter(dict.fromkeys(chain(self._used, self._let_in, self._refused)))

    def add(self, attempts: Iterable[Attempts]) -> None:
        for one in attempts:
            key = _key(one.user_id, one.app, one.way)
            if one.is_success:
                self._let_in[key] = max(self._let_in.get(key, one.latest), one.latest)
            else:
                self._refused.setdefault(key, []).append(one)

    def row(self, key: Key) -> Watched | None:
        """What is known of a pair; None where nothing is expected of it and nothing happened."""
        user_id, app_key, protocol = key
        user = self._inventory.users.get(user_id) or User(user_id, user_id)
        app = self._inventory.apps.get(app_key)
        way = protocol or Way.REFRESH_TOKEN
        let_in, refused = self._let_in.get(key), self._refused.get(key, [])
        excuse = self._excuse(user, app_key, way)
        claim = "" if excuse else self._claim(key, user)
        last_refusal = max((one.latest for one in refused), default=None)
        if last_refusal is None and not claim:
            self.idle += not excuse
            return None
        return Watched(
            user,
            app,
            way,
            _sighting(let_in, last_refusal, expected=bool(claim)),
            excuse or claim or "it was not in use before",
            tuple(sorted({one.status for one in refused})),
            sum(one.count for one in refused),
            min((one.first for one in refused), default=None),
            last_refusal,
            let_in,
            self._used.get(key),
        )

    def _excuse(self, user: User, app: str, way: Way) -> str:
        """Why nobody expects it to work, "" where nothing says so."""
        if not user.is_active:
            return "the user is not active"
        if user.is_frozen:
            return "the user is frozen"
        loss = self._losses.of(user, app, way)
        if loss is not None:
            return f"accepted by {loss.approved_by.text}: {loss.reason}"
        decided = self._policy.apps.get(self._policy_keys.get(app, ""))
        return "the policy blocks the app" if decided and decided.decision is Decision.BLOCK else ""

    def _claim(self, key: Key, user: User) -> str:
        """Why it should work, "" where nothing says so."""
        _, app, way = key
        if key in self._let_in:
            return "it was let in since"
        used = self._used.get(key)
        if used is not None and used >= self._oldest:
            return "it was in use before"
        decided = self._policy.apps.get(self._policy_keys.get(app, ""))
        if key not in self._refused:
            return ""
        name = user.username.casefold()
        if way is Way.SOAP_LOGIN:
            holds = any(one.username.text.casefold() == name for one in self._policy.any_api_client)
            return "the policy gives Use Any API Client" if holds else ""
        if decided is None or decided.decision is not Decision.ALLOW:
            return ""
        if decided.permitted_users is PermittedUsers.EVERYONE:
            return "the policy lets everyone use the app"
        granted = decided.grants.users if decided.grants else ()
        return "the policy grants it" if any(one.username.text.casefold() == name for one in granted) else ""

    def _uses(self) -> None:
        for use in self._inventory.uses:
            key = _key(use.user_id, use.app, use.way)
            if use.count > 0:
                self._used[key] = max((one for one in (self._used.get(key), use.last_used) if one), default=None)
            if use.way is Way.BROWSER_SESSION and use.last_used and use.last_used >= self._since:
                # no login shows it: the calls themselves do
                self._let_in[key] = use.last_used


def _sighting(let_in: datetime | None, last_refusal: datetime | None, *, expected: bool) -> Sighting:
    if last_refusal is None:
        return Sighting.PROVEN if let_in else Sighting.UNPROVEN
    if let_in is not None and let_in > last_refusal:
        return Sighting.RECOVERED
    return Sighting.REFUSED if expected else Sighting.FORESEEN


def _key(user_id: str, app: str, way: Way) -> Key:
    # by which flow a login came, an org does not always tell: with an app it is the app that counts
    return (user_id, app, None if way.has_app else way)
