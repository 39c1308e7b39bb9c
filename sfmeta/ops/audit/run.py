"""An audit from its first question to the whole inventory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sfmeta.errors import OrgRefused, UsageError
from sfmeta.model.inventory import Gap, Inventory, User
from sfmeta.ops.audit.app_names import AppNames
from sfmeta.ops.audit.app_tables import AppTables, read_apps
from sfmeta.ops.audit.apps import known_apps
from sfmeta.ops.audit.budget import require_requests
from sfmeta.ops.audit.calls import Calls, read_calls
from sfmeta.ops.audit.code import Code, calls_back, search_code
from sfmeta.ops.audit.components import Components, read_components
from sfmeta.ops.audit.coverage import Seen, coverage
from sfmeta.ops.audit.crew import Crew
from sfmeta.ops.audit.guard import Rights, own_rights
from sfmeta.ops.audit.leaving_out import Kept, kept, kept_assignments
from sfmeta.ops.audit.logins import Logins, read_logins
from sfmeta.ops.audit.people import Access, assignments, read_access, read_assignments, read_frozen, read_users
from sfmeta.ops.audit.ports import AuditOrg
from sfmeta.ops.audit.reading import Reader, ends_all
from sfmeta.ops.audit.rows import Row, text
from sfmeta.ops.audit.settings import known_zone, org_settings, with_files
from sfmeta.ops.audit.tokens import SOBJECT, Tokens, read_by_users, read_directly
from sfmeta.ops.audit.uses import Joiner
from sfmeta.ops.audit.window import Window
from sfmeta.ops.ports import Tools

MOST_WORKERS = 10
"""Calls at a time; an org allows 25 long ones (API Request Limits and Allocations), and others need some too."""


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What to look at.

    Attributes:
        days: logins and calls of so many days.
        parallel: so many calls at a time.
    """

    days: int = 90
    parallel: int = 4

    def __post_init__(self) -> None:
        if self.days < 1:
            raise UsageError("An audit looks back at least one day", "Give --days a number from 1 on")
        if not 1 <= self.parallel <= MOST_WORKERS:
            raise UsageError(f"An audit makes 1 to {MOST_WORKERS} calls at a time", "Give --parallel such a number")


def audit(org: AuditOrg, request: AuditRequest, tools: Tools) -> Inventory:
    """Reads an org.

    Args:
        org: logged in.
        request: what to look at.
        tools: the clock, progress and scratch space.

    Raises:
        GuardRefused: our user may not see enough, or too few API requests are left.
        OrgRefused, OrgUnreachable: as always; an audit that did not see everything it asked for is none.
    """
    reader = Reader(org, tools.clock)
    now = tools.now
    tools.progress.step(f"Reading who uses what in {org.info.title}")
    rights = own_rights(reader, now)
    total = reader.count(SOBJECT)
    require_requests(_limits(org), total, reader.count("User"))
    with Crew(request.parallel, tools.progress, reader.give_up) as crew:
        found = _read(reader, crew, Window.of_days(now, request.days), total, tools)
    return _Joined(org, request, now, rights, found).inventory()


@dataclass(frozen=True, slots=True)
class _Found:
    """What all the readings gave."""

    users: Mapping[str, User]
    frozen: tuple[frozenset[str], tuple[Gap, ...]]
    access: Access
    assignments: Sequence[Row]
    apps: AppTables
    components: Components
    logins: Logins
    calls: Calls
    code: Code
    time_zone: str
    tokens: Tokens


def _read(reader: Reader, crew: Crew, window: Window, total: int, tools: Tools) -> _Found:
    """All readings at the same time; past what one query gives, the tokens wait for the users."""
    # the one that waits for the org begins first
    components = crew.start(read_components, reader, tools.clock, tools.scratch(), tools.deadline_s)
    users = crew.start(read_users, reader)
    tokens = crew.start(read_directly, reader, total)
    access, apps = crew.start(read_access, reader), crew.start(read_apps, reader)
    assigned, frozen = crew.start(read_assignments, reader), crew.start(read_frozen, reader)
    logins, calls = crew.start(read_logins, reader, window), crew.start(read_calls, reader, window)
    code, time_zone = crew.start(search_code, reader), crew.start(_time_zone, reader)
    crew.wait(
        {
            "users": users,
            "authorisations": tokens,
            "permission sets": access,
            "apps": apps,
            "assignments": assigned,
            "frozen users": frozen,
            "logins": logins,
            "calls": calls,
            "code": code,
            "settings": time_zone,
            "metadata": components,
        }
    )
    return _Found(
        users.result(),
        frozen.result(),
        access.result(),
        assigned.result(),
        apps.result(),
        components.result(),
        logins.result(),
        calls.result(),
        code.result(),
        time_zone.result(),
        tokens.result() or read_by_users(reader, crew, total, list(users.result())),
    )


def _limits(org: AuditOrg) -> Mapping[str, object]:
    """What is left of the limits; nothing where the org does not tell us (it wants View Setup and Configuration)."""
    try:
        return org.limits()
    except OrgRefused as refusal:
        if ends_all(refusal):
            raise
        return {}


def _time_zone(reader: Reader) -> str:
    rows = reader.table("Organization", ["Id"], optional=["TimeZoneSidKey"]).rows
    return text(rows[0], "TimeZoneSidKey") if rows else ""


@dataclass(frozen=True, slots=True)
class _Joined:
    """The readings, joined."""

    org: AuditOrg
    request: AuditRequest
    now: datetime
    rights: Rights
    found: _Found

    def inventory(self) -> Inventory:
        found, info = self.found, self.org.info
        apps = known_apps(found.apps, found.components, found.access, str(info.id))
        names = AppNames(apps.apps)
        joiner = self._joiner(names)
        profiles, of_profiles = with_files(found.access.profiles, found.components)
        zone, of_zone = known_zone(found.time_zone)
        users = self._users(joiner)
        held = kept(names.apps, joiner.uses(), users)
        assigned, of_assignments = kept_assignments(
            assignments(found.assignments, found.access), users, found.access.permission_sets
        )
        return Inventory(
            info.id,
            info.title,
            info.is_production,
            self.now,
            self.request.days,
            info.username,
            info.client_id,
            org_settings(found.components, found.access.known_permissions, zone),
            held.apps,
            users,
            profiles,
            found.access.permission_sets,
            found.access.groups,
            assigned,
            held.uses,
            coverage(self._seen(users, held, joiner)),
            self._gaps(*of_zone, *of_profiles, *apps.gaps, *joiner.gaps(), *held.gaps, *of_assignments),
            tuple(proof for proof in (found.tokens.proof, found.logins.proof, found.calls.proof) if proof),
        )

    def _joiner(self, names: AppNames) -> Joiner:
        joiner = Joiner(names, self.found.users)
        joiner.tokens(self.found.tokens.rows)
        joiner.logins(self.found.logins.all)
        joiner.calls(self.found.calls.all)
        joiner.execution_users()
        return joiner

    def _users(self, joiner: Joiner) -> dict[str, User]:
        frozen, browser = self.found.frozen[0], joiner.tally.browser
        return {
            user.id: replace(user, is_frozen=user.id in frozen, last_browser_login=browser.get(user.id))
            for user in self.found.users.values()
        }

    def _seen(self, users: Mapping[str, User], held: Kept, joiner: Joiner) -> Seen:
        found = self.found
        callbacks = calls_back(found.components, self.org.info.instance_url)
        people = tuple(users.values())
        return Seen(
            self.request.days,
            people,
            held.uses,
            joiner.tally,
            self.rights,
            found.logins,
            found.calls,
            found.code,
            callbacks,
            (*found.tokens.gaps, *held.token_gaps),
        )

    def _gaps(self, *joined: Gap) -> tuple[Gap, ...]:
        found = self.found
        return (
            *self.rights.gaps,
            *found.tokens.gaps,
            *found.frozen[1],
            *found.access.gaps,
            *found.apps.gaps,
            *found.components.gaps,
            *found.logins.gaps,
            *found.calls.gaps,
            *joined,
        )
