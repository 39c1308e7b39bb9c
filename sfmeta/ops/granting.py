"""Bringing an org to what the policy says of who holds its generated permission sets: exactly the difference.

``difference`` reads and decides, and changes nothing; ``prepare`` makes a deployment of it that consists of grants
alone, so that it is recorded, read back and can be rolled back like any other; ``execute`` does it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sfmeta.access.assigning import (
    ANY_API_CLIENT,
    Standing,
    State,
    WantedAssignment,
    external_sets,
    standings,
    takes_away,
    wanted_assignments,
    why_no_set,
)
from sfmeta.access.listing import some
from sfmeta.access.notes import ANY_API_CLIENT_DAYS
from sfmeta.errors import Problem, SourceError
from sfmeta.model.change import Kind
from sfmeta.model.environment import Usernames
from sfmeta.model.names import ApiVersion
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.policy import Place, Policy
from sfmeta.model.records import Record, RecordChange, RecordKind, ends_at
from sfmeta.ops import deploy
from sfmeta.ops.deployment import DeployPlan, DeployReport, Provenance
from sfmeta.ops.grantees import Grantee, programs, read_grantees
from sfmeta.ops.grants import missing_sets, read_grants
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.settle import settle
from sfmeta.report.words import counted
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """What is to be compared, or brought about.

    Attributes:
        policy: its usernames resolved; where a command edits it, as it will be.
        sets: API names of the generated permission sets by app, see ``access.assigning.generated_sets``.
        usernames: how users are called in the org's environment; None: as in the policy.
        apps: keys of the apps, and ``ANY_API_CLIENT``; empty: all that the policy speaks of.
        user: only this one, as the policy names users; "" for all.
        prune: take away what was made by hand.
        coming: permission sets that are deployed before anything of this is written: the org need not have them yet.
    """

    policy: Policy
    sets: Mapping[str, str]
    usernames: Usernames | None = None
    apps: tuple[str, ...] = ()
    user: str = ""
    prune: bool = False
    coming: frozenset[str] = frozenset()

    def name_here(self, username: str) -> str:
        """What a user of the policy is called in the org."""
        return self.usernames.name_here(username) if self.usernames else username

    @property
    def scope(self) -> Mapping[str, str]:
        """The permission sets that are looked at, by app."""
        if self.apps:
            return {app: name for app, name in self.sets.items() if app in self.apps}
        named = {app: name for app, name in self.sets.items() if app != ANY_API_CLIENT}
        # without an exception the policy asks for no such set: one of that name is not ours
        return {**named, **{app: self.sets[app] for app in self._exceptions if app in self.sets}}

    @property
    def _exceptions(self) -> tuple[str, ...]:
        return (ANY_API_CLIENT,) if self.policy.any_api_client else ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What the policy says and what the org holds.

    Attributes:
        standings: every user on every permission set that was looked at.
        writes: exactly the changes that bring the org to what the policy says.
        problems: what stops all of it: nothing is written while there is one.
        warnings: what a person should know.
        absent_sets: generated permission sets that the org does not have.
    """

    standings: tuple[Standing, ...] = ()
    writes: tuple[RecordChange, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    absent_sets: frozenset[str] = frozenset()

    @property
    def by_hand(self) -> tuple[Standing, ...]:
        """What the org holds and the policy does not say."""
        return tuple(one for one in self.standings if one.state is State.BY_HAND)

    @property
    def external_missing(self) -> tuple[Standing, ...]:
        """What an identity provider should have assigned, and has not, or otherwise."""
        return tuple(one for one in self.standings if one.is_external and one.is_outstanding)

    @property
    def is_met(self) -> bool:
        """The org holds all that the policy says; what was made by hand does not count."""
        return not any(one.is_outstanding for one in self.standings)

    @property
    def takes_away(self) -> bool:
        """Somebody has less afterwards."""
        return any(map(takes_away, self.writes))

    def require_sound(self) -> None:
        """Stop where something is wrong, with all of it at once.

        Raises:
            SourceError: naming every problem.
        """
        if self.problems:
            raise SourceError.of(self.problems, "grants")


@dataclass(frozen=True, slots=True)
class GrantPlan:
    """What will be written.

    Attributes:
        difference: sound.
        deployment: of grants alone; None where there is nothing to write.
    """

    difference: Difference
    deployment: DeployPlan | None = None


@dataclass(frozen=True, slots=True)
class GrantReport:
    """What came of it; ``deployment`` is None where there was nothing to write."""

    plan: GrantPlan
    deployment: DeployReport | None = None

    @property
    def success(self) -> bool:
        """The org holds what was to be written."""
        return self.deployment is None or self.deployment.success

    @property
    def unwritten(self) -> tuple[str, ...]:
        """What was not written, or is not there, one line for each user with the org's words."""
        return self.deployment.unwritten if self.deployment else ()


def difference(org: Org, request: GrantRequest, now: datetime) -> Difference:
    """Compare what the policy says with what the org holds; nothing is written.

    Args:
        org: logged in.
        request: what is asked for.
        now: with a time zone.

    Returns:
        All of it, with every problem: unknown apps, users who stand twice, ends that have passed, users who are not
        there or not active, permission sets that the org does not have.

    Raises:
        OrgRefused: the org does not show assignments to our user.
    """
    policy, scope = request.policy, request.scope
    problems = list(_unknown_apps(request))
    here = request.name_here(request.user).lower() if request.user else ""
    wanted, doubles = wanted_assignments(policy, scope, request.name_here, here)
    problems += doubles
    names = sorted(set(scope.values()))
    absent = missing_sets(org, names)
    held = read_grants(org, [name for name in names if name not in absent])
    held = tuple(one for one in held if not here or one.id.subject.lower() == here)
    people = read_grantees(org, {one.username for one in wanted})
    wanted = tuple(
        replace(one, username=people[one.username.lower()].username) if one.username.lower() in people else one
        for one in wanted
    )
    found = standings(wanted, held, scope, now, external_sets(policy, scope))
    # the policy that a command is about to write is no file yet, so it has no lines
    problems += _problems("" if here else policy.file, found, people, absent - request.coming, now)
    unfit = {one.record_id for one in found if not _is_fit(one, people, absent - request.coming)}
    writes = tuple(
        change for one in found if one.record_id not in unfit and (change := one.write(prune=request.prune)) is not None
    )
    warnings = (*_idle(request), *_frozen(found, people), *_ends(writes), *_silent_ends(org, writes, people))
    return Difference(found, writes, tuple(problems), tuple(dict.fromkeys(warnings)), absent)


def prepare(
    org: Org,
    request: GrantRequest,
    provenance: Provenance,
    ledger: Ledger,
    tools: Tools,
    api_version: ApiVersion,
    *,
    begin_history: bool = False,
) -> GrantPlan:
    """Say what would be written; a deployment that another run left open is brought to its end first.

    Args:
        org: the target.
        request: what is asked for.
        provenance: for the ledger; its kind is ``Purpose.GRANT``.
        ledger: of that org.
        tools: the clock, progress and scratch space.
        api_version: the project's, for the ledger.
        begin_history: begin a history though the org shows deployments of our user.

    Raises:
        SourceError: with every problem of the policy and its users, before anything is written.
        GuardRefused: as for any deployment.
    """
    deploy.refuse_unfinished(ledger)
    settle(org, ledger, tools)
    tools.progress.step(f"Reading who holds {counted(len(request.scope), 'permission set')} in {org.info.title}")
    found = difference(org, request, tools.now)
    found.require_sound()
    if not found.writes:
        return GrantPlan(found)
    plan = deploy.prepare(
        org,
        build_package((), api_version),
        DeployOptions(),
        provenance,
        ledger,
        tools,
        begin_history=begin_history,
        writes=found.writes,
    )
    return GrantPlan(found, replace(plan, consent=(*plan.consent, *_consent(found.writes))))


def execute(org: Org, plan: GrantPlan, ledger: Ledger, tools: Tools) -> GrantReport:
    """Write it, one user after the other; whom the org refuses does not stop the others.

    Args:
        org: the target.
        plan: agreed to.
        ledger: of that org.
        tools: the clock, progress and scratch space.
    """
    if plan.deployment is None:
        return GrantReport(plan)
    return GrantReport(plan, deploy.execute(org, plan.deployment, ledger, tools))


def _consent(writes: Collection[RecordChange]) -> Iterator[str]:
    gone = [f"{change.id.parent} from {change.id.subject}" for change in writes if change.kind is Kind.REMOVED]
    if gone:
        yield f"This takes away {some(gone)}"
    sooner = [
        f"{change.id.parent} of {change.id.subject} on {_shown(change.new)}"
        for change in writes
        if change.new is not None and takes_away(change)
    ]
    if sooner:
        yield f"This ends sooner: {some(sooner)}"


def _unknown_apps(request: GrantRequest) -> Iterator[Problem]:
    """Apps that are asked for by name and have no permission set to assign."""
    policy = request.policy
    for key in request.apps:
        if key in request.sets:
            continue
        app = policy.apps.get(key)
        if app is None:
            hint = f"Its apps: {some(sorted(policy.apps), 12)}" if policy.apps else "It has none"
            yield Problem(f"the policy knows no app '{key}'", "grant-unknown-app", policy.file, hint=hint)
        else:
            message = f"'{key}' gets no permission set: {why_no_set(app) or 'it grants nothing'}"
            yield _problem("" if request.user else policy.file, app.place, message, "grant-no-set")


def _problems(
    file: str, found: Collection[Standing], people: Mapping[str, Grantee], absent: Collection[str], now: datetime
) -> Iterator[Problem]:
    latest = now + timedelta(days=ANY_API_CLIENT_DAYS)
    said: set[str] = set()
    for one in found:
        wanted = one.wanted
        if wanted is None or one.is_external:
            continue
        if wanted.permission_set in absent and wanted.permission_set not in said:
            said.add(wanted.permission_set)
            hint = f"First: sfmeta generate, and sfmeta deploy -m PermissionSet:{wanted.permission_set} -o ORG"
            message = f"the org has no permission set {wanted.permission_set} yet ('{wanted.app}')"
            yield _problem(file, wanted.place, message, "grant-no-set", hint)
        if one.state is State.ENDED:
            message = f"the grant of '{wanted.app}' to {wanted.written} ended on {wanted.until}"
            yield _problem(file, wanted.place, message, "grant-past-date", "Give it a later end, or remove it")
        too_far = wanted.until is not None and wanted.until.at > latest
        if wanted.app == ANY_API_CLIENT and one.is_outstanding and too_far:
            message = (
                f"Use Any API Client of {wanted.written} ends more than {ANY_API_CLIENT_DAYS} days from now "
                f"({wanted.until})"
            )
            yield _problem(file, wanted.place, message, "grant-too-long", "Bring it nearer: it opens every app")
        yield from _person_problem(file, wanted, people.get(wanted.username.lower()))


def _person_problem(file: str, wanted: WantedAssignment, person: Grantee | None) -> Iterator[Problem]:
    called = "" if wanted.written.lower() == wanted.username.lower() else f", the policy's {wanted.written}"
    if person is None:
        hint = "Correct the name, or write what the user is called there into environments.yml (usernames)"
        message = f"the org has no user {wanted.username} ('{wanted.app}'{called})"
        yield _problem(file, wanted.place, message, "grant-unknown-user", hint)
    elif not person.is_active:
        message = f"{person.username} is not active ('{wanted.app}'{called})"
        yield _problem(file, wanted.place, message, "grant-inactive-user", "Activate the user, or remove the grant")


def _is_fit(one: Standing, people: Mapping[str, Grantee], absent: Collection[str]) -> bool:
    """Whether what a standing asks for can be written at all."""
    if one.wanted is None:
        return True
    person = people.get(one.username.lower())
    return one.wanted.permission_set not in absent and person is not None and person.is_active


def _problem(file: str, place: Place, message: str, rule: str, hint: str = "") -> Problem:
    return Problem(message, rule, file, place.line if file else 0, place.column if file else 0, hint)


def _idle(request: GrantRequest) -> Iterator[str]:
    """Users whom the policy lists and nobody assigns, as there is no permission set for them yet."""
    for app in request.policy.apps.values():
        listed = app.grants is not None and bool(app.grants.users)
        if not request.apps and listed and app.key not in request.sets:
            yield f"the users of '{app.key}' are not assigned: {why_no_set(app)}"


def _frozen(found: Collection[Standing], people: Mapping[str, Grantee]) -> Iterator[str]:
    for one in found:
        person = people.get(one.username.lower()) if one.wanted else None
        if person is not None and person.is_frozen and person.is_active:
            yield f"{person.username} is frozen and cannot log in, whatever is granted"


def _ends(writes: Collection[RecordChange]) -> Iterator[str]:
    """An end that the org has and the policy does not write goes; one that comes sooner takes access away by then."""
    for change in writes:
        if change.old is None or change.new is None:
            continue
        has = f"{change.id.subject} has {change.id.parent} {_until(change.old)} in the org"
        if not change.new.expires_at:
            yield f"{has}; the policy writes no end, so it gets none"
        elif takes_away(change):
            yield f"{has}; the policy ends it sooner, on {_shown(change.new)}: what rests on it stops working then"


def _silent_ends(org: Org, writes: Collection[RecordChange], people: Mapping[str, Grantee]) -> Iterator[str]:
    """A program does not read that its access ends: on that day it silently stops working."""
    dated = [change.new for change in writes if change.new is not None and change.new.expires_at]
    who = {record.id.subject.lower(): record for record in dated if record.id.kind is RecordKind.ASSIGNMENT}
    asked = [people[name] for name in who if name in people]
    why = programs(org, asked)
    for record in dated:
        person = people.get(record.id.subject.lower())
        if person is not None and person.id in why:
            yield (
                f"{person.username} looks like an integration user ({why[person.id]}): on {_shown(record)} it stops "
                f"working without a word ({record.id.parent})"
            )


def _until(record: Record) -> str:
    return f"until {_shown(record)}" if record.expires_at else "for ever"


def _shown(record: Record) -> str:
    end = ends_at(record)
    return f"{end:%Y-%m-%d %H:%M} UTC" if end else "for ever"
