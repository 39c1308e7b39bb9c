"""An org at a moment, asked user by user and app by app. Everything that decides is looked up once and kept.

A forecast asks a million times; what is asked falls into a few thousand cases, and each is judged once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sfmeta.access.forecasting.effective import Effective, Holdings
from sfmeta.access.forecasting.places import is_open, place_of
from sfmeta.access.forecasting.refresh_tokens import ENDLESS, RefreshPolicy, Token, age, parse_policy
from sfmeta.access.forecasting.state import OrgState, Worlds, holdings_in
from sfmeta.access.rules.case import Case, Client, Granted, Key, Person, Place, TokenAge
from sfmeta.access.rules.judge import either, judge
from sfmeta.model.forecast import Decision, Verdict
from sfmeta.model.inventory import App, IpRange, Standing, Use, User, Way
from sfmeta.model.policy import AppKind

_API_SCOPES = frozenset({"api", "full"})


class Known(NamedTuple):
    """What decides about one user. A tuple, as there may be hundreds of thousands.

    Attributes:
        number: of the person among all that differ.
        person: as the rules see it.
        effective: what the user holds.
        ranges: of the profile.
    """

    number: int
    person: Person
    effective: Effective
    ranges: tuple[IpRange, ...]


@dataclass(frozen=True, slots=True)
class KnownApp:
    """What decides about one app.

    Attributes:
        client: as the rules see it; None without an app.
        grants: permission sets that are attached.
        issued: the refresh token policy of today's tokens.
        policy: the one of then.
        ranges: the app's own.
        is_endless: no policy ends its refresh tokens.
    """

    client: Client | None
    grants: frozenset[str] = frozenset()
    issued: RefreshPolicy = ENDLESS
    policy: RefreshPolicy = ENDLESS
    ranges: tuple[IpRange, ...] = ()
    is_endless: bool = True


_NO_APP = KnownApp(None)

Signature: TypeAlias = tuple[tuple[Granted, TokenAge, Place], ...]
"""What decides about a use beside person, app and way; once for each thing that an app may become."""


class View:
    """An org at a moment.

    Args:
        state: the org, as it is or will be.
        at: the moment.
        answers: to open questions.
        by_the_clock: the time of day counts for login hours; else only whether they open at all.
        before: the same org before a stage; what is alike is shared with it.

    Attributes:
        learned: the answers with which something that was asked so far was decided.
    """

    def __init__(
        self,
        state: OrgState,
        at: datetime,
        answers: Mapping[str, bool],
        *,
        by_the_clock: bool = False,
        before: View | None = None,
    ) -> None:
        self.state = state
        self.at = at
        self.learned: set[str] = set()
        self.holdings: Holdings = holdings_in(state, at, before.holdings if before else None)
        self._answers = answers
        self._hours_at = at if by_the_clock else None
        self._seen_at = state.inventory.taken_at
        self._users: dict[str, Known] = {}
        self._persons: dict[Person, tuple[int, Person]] = {}
        self._open: dict[str, bool] = {}
        self._apps: dict[str, KnownApp] = {"": _NO_APP}
        self._places: dict[tuple[tuple[IpRange, ...], tuple[IpRange, ...], frozenset[str]], Place] = {}
        self._in_worlds: dict[str, dict[tuple[bool, ...], KnownApp]] = {}
        self._judged: dict[tuple[int, str, Way, Signature], Decision] = {}

    @property
    def open_questions(self) -> frozenset[str]:
        """The questions on which something that was asked so far hangs."""
        return frozenset(name for decision in self._judged.values() for name in decision.questions)

    def decide(self, use: Use) -> Decision:
        """What the rules say of a use."""
        known = self.user(use.user_id)
        key = (known.number, use.app, use.way, self.signature(known, use))
        decision = self._judged.get(key)
        if decision is None:
            decision = self._judged[key] = self._judge(use)
        return decision

    def signature(self, known: Known, use: Use) -> Signature:
        """What decides about a use, beside who makes it with what app by which way."""
        return tuple(
            (self.granted(known.effective, app), self.token(use, app), self.place(known, app, use))
            for app in self._possible(use.app)
        )

    def decide_without(self, use: Use, without: frozenset[str]) -> Decision:
        """What the other rules say of a use; not kept, as few are asked."""
        return self._judge(use, without=without)

    def works_in(self, use: Use, answers: Mapping[str, bool]) -> bool:
        """Whether a use works for sure, with these answers beside those that are known."""
        return self._decision(use, None, {**self._answers, **answers}).verdict is Verdict.WORKS

    def decide_at(self, use: Use, at: datetime) -> Decision:
        """The same at another moment: for what ends by itself. Not kept: few are asked."""
        return self._judge(use, at)

    def _judge(self, use: Use, at: datetime | None = None, without: frozenset[str] = frozenset()) -> Decision:
        decision = self._decision(use, at, self._answers, without)
        self.learned.update(decision.learned)
        return decision

    def _decision(
        self, use: Use, at: datetime | None, answers: Mapping[str, bool], without: frozenset[str] = frozenset()
    ) -> Decision:
        worlds = self.state.worlds.get(use.app)
        if worlds is None:
            return judge(self._case(use, self.app(use.app), at), answers, without)
        known = self._known_worlds(use.app, worlds)
        found = {said: judge(self._case(use, app, at), answers, without) for said, app in known.items()}
        return _decided(worlds.questions, found, answers)

    def _possible(self, key: str) -> Iterable[KnownApp]:
        worlds = self.state.worlds.get(key)
        return (self.app(key),) if worlds is None else self._known_worlds(key, worlds).values()

    def _known_worlds(self, key: str, worlds: Worlds) -> Mapping[tuple[bool, ...], KnownApp]:
        found = self._in_worlds.get(key)
        if found is None:
            audited = self.state.inventory.apps[key]
            found = {said: self._known_app(app, audited) for said, app in worlds.apps.items()}
            self._in_worlds[key] = found
        return found

    def _case(self, use: Use, app: KnownApp, at: datetime | None = None) -> Case:
        """A use as the rules see it, with what its app is or may become."""
        user = self.state.inventory.users[use.user_id]
        effective = self.holdings.of(user, at)
        return Case(
            self.state.org,
            self._person(user, effective),
            app.client,
            use.way,
            self.granted(effective, app),
            self.token(use, app, at),
            self._place(self._ranges(user), app.ranges, use.addresses),
        )

    def user(self, user_id: str) -> Known:
        """What decides about a user."""
        found = self._users.get(user_id)
        if found is not None:
            return found
        user = self.state.inventory.users[user_id]
        effective = self.holdings.of(user)
        person = self._person(user, effective)
        # people who are alike share one value
        number, person = self._persons.setdefault(person, (len(self._persons), person))
        known = self._users[user_id] = Known(number, person, effective, self._ranges(user))
        return known

    def app(self, key: str) -> KnownApp:
        """What decides about an app."""
        found = self._apps.get(key)
        if found is not None:
            return found
        found = self._apps[key] = self._known_app(self.state.apps[key], self.state.inventory.apps[key])
        return found

    def _known_app(self, app: App, audited: App) -> KnownApp:
        # today's tokens were issued under today's policy, as far as can be known
        issued, policy = parse_policy(audited.refresh_policy), parse_policy(app.refresh_policy)
        is_endless = issued.is_endless and policy.is_endless
        client = replace(_client(app, audited), is_deleted=app.key in self.state.deleted)
        return KnownApp(client, app.grants, issued, policy, app.ip_ranges, is_endless)

    def token(self, use: Use, app: KnownApp, at: datetime | None = None) -> TokenAge:
        """The state of an authorisation."""
        if use.authorised is None:
            return TokenAge.NONE
        if app.is_endless:
            return TokenAge.GOOD
        token = Token(use.authorised, use.last_used, use.count)
        return age(app.issued, app.policy, token, at or self.at, self._seen_at)

    @staticmethod
    def granted(effective: Effective, app: KnownApp) -> Granted:
        """How a user is pre-authorised for an app."""
        grants = app.grants
        if not grants:
            return Granted.NO
        if not grants.isdisjoint(effective.holders):
            return Granted.DIRECTLY
        return Granted.NO if grants.isdisjoint(effective.by_group) else Granted.BY_GROUP

    def place(self, known: Known, app: KnownApp, use: Use) -> Place:
        """Where a use comes from, as the login IP ranges of its user's profile see it."""
        return self._place(known.ranges, app.ranges, use.addresses)

    def _person(self, user: User, effective: Effective) -> Person:
        return Person(user.is_external, user.is_active, user.is_frozen, effective.permissions, self._in_hours(user))

    def _in_hours(self, user: User) -> bool:
        found = self._open.get(user.profile_id)
        if found is None:
            profile = self.state.inventory.profiles.get(user.profile_id)
            hours, zone = profile.hours if profile else None, self.state.inventory.settings.time_zone
            found = self._open[user.profile_id] = is_open(hours, self._hours_at, zone)
        return found

    def _ranges(self, user: User) -> tuple[IpRange, ...]:
        profile = self.state.inventory.profiles.get(user.profile_id)
        return profile.ip_ranges if profile else ()

    def _place(self, profile: tuple[IpRange, ...], app: tuple[IpRange, ...], addresses: frozenset[str]) -> Place:
        if not profile:
            return Place.ANYWHERE
        key = (profile, app, addresses)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = place_of(profile, app, addresses)
        return found


def _decided(
    questions: tuple[str, ...], found: Mapping[tuple[bool, ...], Decision], answers: Mapping[str, bool]
) -> Decision:
    """What is decided, of the decisions for each way to answer some questions."""
    if not questions:
        return found[()]
    name, *rest = questions
    parts = {
        said: _decided(tuple(rest), {key[1:]: one for key, one in found.items() if key[0] is said}, answers)
        for said in (True, False)
    }
    if name not in answers:
        return either(name, parts[True], parts[False])
    decision = parts[answers[name]]
    if parts[True] == parts[False]:
        return decision
    return replace(decision, learned=tuple(sorted({*decision.learned, name})))


def _key(app: App, audited: App) -> Key:
    """What becomes of the key pair by which clients of an app prove who they are, as far as its certificate tells."""
    if not audited.certificate or app.certificate == audited.certificate:
        return Key.SAME
    return Key.REPLACED if app.certificate else Key.GONE


def _client(app: App, audited: App) -> Client:
    return Client(
        kind=app.kind,
        standing=app.standing,
        admin_approved=app.admin_approved,
        blocked=app.blocked,
        raises_session_level=app.raises_session_level,
        opens_api=None if app.scopes is None else not app.scopes.isdisjoint(_API_SCOPES),
        # a connected app's file cannot say it (WSDL): whoever was seen to use the flow shows that it is on
        device_flow=app.kind is AppKind.CONNECTED_APP or "isDeviceFlowEnabled" in app.options,
        ip_relaxation=app.ip_relaxation,
        becomes_restricted=app.admin_approved is True and audited.admin_approved is not True,
        becomes_installed=audited.standing is Standing.USED_ONLY and app.standing is not Standing.USED_ONLY,
        key=_key(app, audited),
        runs_as_another=bool(audited.execution_user) and app.execution_user != audited.execution_user,
    )
