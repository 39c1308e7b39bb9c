"""Watching the days after a change: the logins since, joined to apps, and one look after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sfmeta.access.watching import judge
from sfmeta.errors import OperationFailed, OrgRefused, OrgUnreachable, SfmetaError, StillRunning, UsageError
from sfmeta.model.deployment import Deployment, Purpose, seconds_of
from sfmeta.model.inventory import Inventory, Way
from sfmeta.model.policy import Policy
from sfmeta.model.watch import Attempts, Watch
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.audit.app_names import AppNames
from sfmeta.ops.audit.groups import read_groups
from sfmeta.ops.audit.logins import LOG, SUCCESS, WAYS, Door, door_of
from sfmeta.ops.audit.ports import AuditOrg
from sfmeta.ops.audit.reading import Reader, is_no_table
from sfmeta.ops.audit.rows import Row, number, record_id, text
from sfmeta.ops.audit.window import Window
from sfmeta.ops.enforce.left import last_turned
from sfmeta.ops.ports import Clock, Tools
from sfmeta.org.soql import moment_of
from sfmeta.workspace.ledger import Ledger

_APPS = ("ConnectedApp", "BlacklistedConsumer", "ExternalClientApplication")


@dataclass(frozen=True, slots=True)
class Began:
    """The change after which is watched.

    Attributes:
        at: its moment: the org's own where the ledger has it.
        why: what it was, one sentence.
    """

    at: datetime
    why: str


def began(ledger: Ledger) -> Began:
    """The last flip, where it stands; else the last deployment that touched an app.

    Raises:
        UsageError: the ledger has neither.
    """
    flip = last_turned(ledger)
    if flip is not None and (any(flip.state.values()) or not flip.state):
        # a flip comes last of all: what is deployed after it must not hide who was refused since
        return Began(_moment(flip.record), f"the flip {flip.record.id}")
    for _, entry in ledger.deployments():
        if entry.was_taken and entry.kind not in (Purpose.ENFORCE, Purpose.ACCEPT) and _touches_apps(entry):
            return Began(_moment(entry), f"the {entry.kind} {entry.id}")
    raise UsageError(
        "The ledger has no flip and no deployment that touched an app", "Say from when on: --since 2027-01-31T18:00Z"
    )


def _moment(entry: Deployment) -> datetime:
    return datetime.fromtimestamp(seconds_of(entry.asked_at or entry.started_at), UTC)


def _touches_apps(entry: Deployment) -> bool:
    return any(item.type in _APPS or item.type.startswith("ExtlClntApp") for item in entry.components)


def look(org: AuditOrg, policy: Policy, start: Began, until: datetime, days: int, tools: Tools) -> Watch:
    """One look.

    Args:
        org: logged in.
        policy: its usernames resolved.
        start: the change.
        until: when watching ends.
        days: so long before the change somebody must have been seen to be expected after it.
        tools: the clock, progress and scratch space.

    Raises:
        GuardRefused: our user may not see enough.
        UsageError: the change is still to come.
        OrgRefused, OrgUnreachable: as always.
    """
    now = tools.now
    if start.at > now + timedelta(hours=1):
        raise UsageError(f"{start.at:%Y-%m-%d %H:%M} UTC is still to come", "Watch from a moment that has passed")
    span = days + max(0, (now - start.at).days) + 1
    return watch_in(org, audit(org, AuditRequest(days=span), tools), policy, start, until, days, tools)


def watch_in(
    org: AuditOrg, inventory: Inventory, policy: Policy, start: Began, until: datetime, days: int, tools: Tools
) -> Watch:
    """The same with an audit that was taken a moment ago, and reaches back to ``days`` before the change."""
    now = tools.now
    found, gaps = read_attempts(Reader(org, tools.clock), inventory, start.at, now)
    judged = judge(inventory, policy, found, start.at, timedelta(days=days))
    said = tuple(dict.fromkeys((*(gap.message for gap in inventory.gaps), *gaps)))
    return Watch(
        inventory.org_id,
        inventory.org_name,
        start.at,
        start.why,
        until,
        now,
        judged.rows,
        judged.idle,
        days,
        said,
    )


def read_attempts(
    reader: Reader, inventory: Inventory, since: datetime, now: datetime
) -> tuple[tuple[Attempts, ...], tuple[str, ...]]:
    """Logins since a moment through apps and by SOAP login(), let in or refused; and what could not be read.

    Source: object reference, LoginHistory: Status can be grouped by, and not filtered.
    """
    window = Window(since.replace(microsecond=0), None, now)
    try:
        groups = read_groups(reader, replace(LOG, tells_first=True), window)
    except OrgRefused as refusal:
        if not is_no_table(refusal):
            raise
        return (), ("The org does not show us LoginHistory, so nobody sees who is refused",)
    names = AppNames(inventory.apps)
    found = [one for row in groups.rows for one in _attempts(row, names)]
    return tuple(found), tuple(gap.message for gap in groups.gaps)


def _attempts(row: Row, names: AppNames) -> Iterator[Attempts]:
    door = door_of(text(row, "LoginType"))
    first, latest = moment_of(row, "earliest"), moment_of(row, "latest")
    if door is Door.BROWSER or first is None or latest is None:
        return
    status, user = text(row, "Status"), record_id(row, "UserId")
    way = Way.SOAP_LOGIN if door is Door.SOAP else WAYS.get(text(row, "LoginSubType"), Way.REFRESH_TOKEN)
    for app in [""] if door is Door.SOAP else names.of_login(text(row, "Application")):
        yield Attempts(user, app, way, status, status == SUCCESS, number(row, "n"), first, latest)


@dataclass(frozen=True, slots=True)
class Sight:
    """One look, or why there was none.

    Attributes:
        watch: what was found; None where the org could not be asked.
        error: why not.
    """

    watch: Watch | None
    error: SfmetaError | None = None


def keep_watch(once: Callable[[], Watch], until: datetime, every_s: float, clock: Clock) -> Iterator[Sight]:
    """Look again and again, until everybody was seen or the time is over.

    An org that cannot be asked once is asked again.

    Args:
        once: one look.
        until: when it is over.
        every_s: from the end of one look to the beginning of the next.
        clock: waits.
    """
    while True:
        try:
            seen = Sight(once())
        except (OrgUnreachable, OrgRefused, StillRunning, OperationFailed) as error:
            seen = Sight(None, error)
        yield seen
        if seen.watch is not None and seen.watch.is_proven:
            return
        left = until.timestamp() - clock.now()
        if left <= 0:
            return
        clock.sleep(min(every_s, left))
