"""Who is to hold which generated permission set, who holds it, and what has to be written so that both agree. Pure.

Only permission sets that sfmeta generates count: the "Allow" set of each app, and "Use Any API Client".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from sfmeta.access.file_index import FileIndex
from sfmeta.access.grants import ANY_API_CLIENT_LABEL, allow_set, any_api_client_set, wants_allow_set
from sfmeta.access.names import NameRegister, api_name_of
from sfmeta.errors import Problem
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import (
    NOWHERE,
    AnyApiClient,
    App,
    AssignedBy,
    Decision,
    PermittedUsers,
    Place,
    Policy,
    Until,
    UserGrant,
)
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind, ends_at

ANY_API_CLIENT = "any_api_client"
"""Stands for "Use Any API Client" where an app's key is meant otherwise; the policy's own word for it."""


class State(StrEnum):
    """How what the policy says of one user and one permission set stands to what the org holds."""

    HELD = "held"
    """As the policy says."""
    MISSING = "missing"
    """In the policy, not in the org; or there it has ended."""
    OTHER_END = "other_end"
    """In both, with different ends."""
    ENDED = "ended"
    """The policy's own end has passed."""
    BY_HAND = "by_hand"
    """In the org, not in the policy."""


@dataclass(frozen=True, slots=True)
class WantedAssignment:
    """What the policy says of one user and one permission set.

    Attributes:
        app: the policy's key of the app, or ``ANY_API_CLIENT``.
        permission_set: API name of the generated set.
        username: what the user is called in the org's environment.
        until: when it ends; None: it does not.
        is_external: an identity provider assigns it.
        written: the username as the policy has it.
        place: where the policy says it.
    """

    app: str
    permission_set: str
    username: str
    until: Until | None = None
    is_external: bool = False
    written: str = ""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """By what it is compared: orgs tell neither apart by case."""
        return self.permission_set.lower(), self.username.lower()

    @property
    def record(self) -> Record:
        """The record that it asks for."""
        record_id = RecordId(RecordKind.ASSIGNMENT, self.permission_set, self.username)
        return Record(record_id, stamp(self.until.at) if self.until else "")


@dataclass(frozen=True, slots=True)
class Standing:
    """One user and one permission set: at least one of ``wanted`` and ``held`` is not None.

    Attributes:
        app: the policy's key of the app, or ``ANY_API_CLIENT``.
        state: how the two compare.
        wanted: what the policy says.
        held: what the org holds.
        is_external: an identity provider assigns that set: it is verified, never written.
    """

    app: str
    state: State
    wanted: WantedAssignment | None
    held: Record | None
    is_external: bool = False

    @property
    def record_id(self) -> RecordId:
        """Which record it is, or would be; spelled as the org has it."""
        if self.held is not None:
            return self.held.id
        if self.wanted is None:
            raise ValueError("a standing of nothing")
        return self.wanted.record.id

    @property
    def username(self) -> str:
        """Who."""
        return self.record_id.subject

    @property
    def is_outstanding(self) -> bool:
        """The policy says something that the org does not hold."""
        return self.state in (State.MISSING, State.OTHER_END)

    def write(self, *, prune: bool) -> RecordChange | None:
        """What brings the org to what the policy says; None where nothing does.

        Args:
            prune: take away what was made by hand.
        """
        if self.is_external:
            return None
        if self.state is State.BY_HAND:
            return RecordChange(self.held, None) if prune else None
        if not self.is_outstanding or self.wanted is None:
            return None
        return RecordChange(self.held, Record(self.record_id, self.wanted.record.expires_at))


def why_no_set(app: App) -> str:
    """Why an app gets no permission set to assign, however many users it lists; "" where nothing speaks against one."""
    if app.decision is not Decision.ALLOW:
        return f"it has 'decision: {app.decision}'"
    if app.permitted_users is PermittedUsers.EVERYONE:
        return "it has 'permitted_users: everyone'"
    return "" if app.permission_set else "neither it nor defaults says permission_set"


def stamp(moment: datetime) -> str:
    """A moment as an org gives it, so that what was written and what is read back are the same text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def generated_sets(
    policy: Policy, existing: Mapping[ComponentId, Element], unreadable: Collection[ComponentId] = ()
) -> tuple[Mapping[str, str], tuple[Problem, ...]]:
    """The permission sets that a policy asks to be generated, by API name.

    Args:
        policy: well formed.
        existing: the components of the project: an app's file may say its label where the policy does not.
        unreadable: those whose file is no XML.

    Returns:
        API name by the policy's key of the app (``ANY_API_CLIENT`` for "Use Any API Client"), and why one has none.
    """
    index, names = FileIndex(existing, unreadable), NameRegister(policy.file)
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for app in policy.apps.values():
        if not wants_allow_set(app):
            continue
        label = app.match.label
        if not label:
            file = index.find(app, policy.file)
            if isinstance(file, Problem):
                problems.append(file)
                continue
            content = index.get(file) if file else None
            label = (content.value("label") if content else "") or ""
        made = allow_set(app, label, names)
        if made:
            found[app.key] = made.name
    if ANY_API_CLIENT in policy.apps:
        place = policy.apps[ANY_API_CLIENT].place
        message = f"'{ANY_API_CLIENT}' stands for the users of Use Any API Client, and for no app"
        problems.append(
            Problem(message, "policy-name", policy.file, place.line, place.column, "Give the app another name")
        )
    any_api_client_set(policy, names)  # a label of an app that would give the same name is a problem
    # it is known by its name also where the policy names nobody: somebody may hold it by hand
    found.setdefault(ANY_API_CLIENT, api_name_of(ANY_API_CLIENT_LABEL))
    return found, (*problems, *names.problems)


def wanted_assignments(
    policy: Policy, sets: Mapping[str, str], name_here: Callable[[str], str], only: str = ""
) -> tuple[tuple[WantedAssignment, ...], tuple[Problem, ...]]:
    """What a policy says of who holds its generated permission sets.

    Args:
        policy: its usernames resolved.
        sets: API name of the permission set by app, of the apps that are looked at.
        name_here: what a user of the policy is called in the org.
        only: this user alone, as the org calls them; "" for all.

    Returns:
        In the order of the policy; and who stands there twice.
    """
    first: dict[tuple[str, str], WantedAssignment] = {}
    problems: list[Problem] = []
    for one in _listed(policy, sets, name_here):
        if only and one.username.lower() != only.lower():
            continue
        twin = first.setdefault(one.key, one)
        if twin is not one:
            called = "" if one.written == one.username else f", here {one.username}"
            message = f"'{one.app}' is granted twice to {one.written}{called}; first in line {twin.place.line}"
            place = one.place
            problems.append(
                Problem(message, "grant-duplicate", policy.file, place.line, place.column, "Keep one of them")
            )
    return tuple(first.values()), tuple(problems)


def _listed(policy: Policy, sets: Mapping[str, str], name_here: Callable[[str], str]) -> Iterator[WantedAssignment]:
    lists: list[tuple[str, Iterable[UserGrant | AnyApiClient], bool]] = [
        (app.key, app.grants.users, is_external(app))
        for app in policy.apps.values()
        if app.grants is not None and app.key in sets
    ]
    if ANY_API_CLIENT in sets:
        lists.append((ANY_API_CLIENT, policy.any_api_client, False))
    for key, users, external in lists:
        for user in users:
            name = user.username.text
            yield WantedAssignment(key, sets[key], name_here(name), user.until, external, name, user.place)


def external_sets(policy: Policy, sets: Mapping[str, str]) -> frozenset[str]:
    """The generated permission sets that an identity provider assigns."""
    return frozenset(sets[app.key] for app in policy.apps.values() if app.key in sets and is_external(app))


def is_external(app: App) -> bool:
    """Whether an identity provider assigns an app's permission set."""
    return app.grants is not None and app.grants.assigned_by is AssignedBy.EXTERNAL


def standings(
    wanted: Iterable[WantedAssignment],
    held: Iterable[Record],
    sets: Mapping[str, str],
    now: datetime,
    external: Collection[str] = (),
) -> tuple[Standing, ...]:
    """What the policy says and what the org holds, side by side.

    Args:
        wanted: nobody twice on one permission set.
        held: what the org holds; of other permission sets than ``sets``, and anything but assignments, is left out.
        sets: API name of the permission set by app, of the apps that are looked at.
        now: with a time zone.
        external: the permission sets that an identity provider assigns.

    Returns:
        What the policy says in its order, then what was made by hand, sorted.
    """
    apps = {name.lower(): app for app, name in sets.items()}
    outside = {name.lower() for name in external}
    there = {
        (record.id.parent.lower(), record.id.subject.lower()): record
        for record in held
        if record.id.kind is RecordKind.ASSIGNMENT and record.id.parent.lower() in apps
    }
    found = []
    for one in wanted:
        record = there.pop(one.key, None)
        found.append(Standing(one.app, _state(one, record, now), one, record, one.is_external))
    by_hand = [
        Standing(apps[parent], State.BY_HAND, None, record, parent in outside)
        for (parent, _), record in sorted(there.items())
    ]
    return (*found, *by_hand)


def _state(wanted: WantedAssignment, held: Record | None, now: datetime) -> State:
    if wanted.until is not None and wanted.until.at <= now:
        return State.ENDED
    if held is None:
        return State.MISSING
    end = ends_at(held)
    has_ended = end is not None and end <= now
    if wanted.is_external and wanted.until is None:
        # the identity provider's business, as long as it holds
        return State.MISSING if has_ended else State.HELD
    if wanted.is_external and has_ended:
        return State.MISSING
    return State.HELD if end == (wanted.until.at if wanted.until else None) else State.OTHER_END


def takes_away(change: RecordChange) -> bool:
    """Whether somebody has less after a change of an assignment: it goes, or ends sooner."""
    if change.old is None:
        return False
    if change.new is None:
        return True
    old, new = ends_at(change.old), ends_at(change.new)
    return new is not None and (old is None or new < old)
