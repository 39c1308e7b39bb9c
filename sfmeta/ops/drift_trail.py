"""Who changed something: what the org's own audit trail says, and our own ledger.

SetupAuditTrail holds changes "for at least the last 180 days"; Action and CreatedDate can be filtered, Section and
Display cannot (Object Reference, SetupAuditTrail). Which changes it holds is a list of areas, not everything (Security
Implementation Guide, "Monitor Setup Changes with Setup Audit Trail"). A row names no component but in its sentence, so
that a change is laid at somebody's door only where the sentence names the component and the section fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sfmeta.errors import OrgRefused
from sfmeta.model.deployment import Deployment, Purpose, seconds_of, stamp
from sfmeta.model.drift import Trace, Who
from sfmeta.model.names import ComponentId
from sfmeta.model.records import RecordId, RecordKind
from sfmeta.ops.ports import Org
from sfmeta.org.soql import field_of, moment_of

KEPT_DAYS = 180
"""How long the trail is kept at least."""
_FIELDS = "Action, Section, CreatedDate, CreatedBy.Username, Display, DelegateUser"
_ASSIGNMENT = re.compile(r"PermSet(Group)?(Un)?[Aa]ssign")
_APP_ACCESS = re.compile(r"SetupEntityAccessAudit_\w*Application_")

_APP_SECTIONS = frozenset({"Application", "Connected Apps", "Connected App Session Policy", "Manage Users"})
_EXTERNAL = frozenset({"External Client Apps", "External Client App Manager"})
# a public list of rows seen in real orgs ("Salesforce Setup Audit Trail Reference"); types that are not here fit all
_SECTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ConnectedApp": _APP_SECTIONS,
        "CustomPermission": frozenset({"Custom Permissions"}),
        "ExternalClientApplication": _EXTERNAL,
        "ExtlClntAppConfigurablePolicies": _EXTERNAL,
        "ExtlClntAppGlobalOauthSettings": _EXTERNAL,
        "ExtlClntAppOauthConfigurablePolicies": _EXTERNAL | {"Manage Users"},
        "ExtlClntAppOauthSettings": _EXTERNAL,
        "PermissionSet": frozenset({"Manage Users"}),
        "PermissionSetGroup": frozenset({"Manage Users", "Permission Set Group"}),
        "Profile": frozenset({"Manage Users"}),
    }
)
# what stands before a name in the sentences of that list, and the capitals that may follow one
_NOUNS = r"[Pp]ermission [Ss]et(?: [Gg]roup)?|[Pp]rofile|[Pp]ermission|[Aa]pp|user"
_BEFORE = rf"(?:^|[:;,(\[\"']\s*|\b(?:{_NOUNS})\s+)"
_AFTER = r"(?=$|[:;,.)\]\"']|\s+[a-z(\[]|\s+(?:Permitted Users|IP |Refresh Token|Session|Custom Permission))"


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit trail of an org, without what we did ourselves.

    Attributes:
        rows: newest first.
        read_from: how far back it was read, UTC, ISO 8601.
        refused: the org's words where it does not show its trail to us.
    """

    rows: tuple[Trace, ...] = ()
    read_from: str = ""
    refused: str = ""


def read_trail(org: Org, since: str, own: Iterable[Deployment]) -> Trail:
    """The changes that people made since a moment.

    Args:
        org: logged in; its user needs View Setup and Configuration to see the trail.
        since: UTC, ISO 8601.
        own: our deployments: what their user did while they ran is theirs.
    """
    runs = [(entry.username, *_span(entry)) for entry in own if entry.kind != Purpose.ACCEPT]
    try:
        found = org.query(
            f"SELECT {_FIELDS} FROM SetupAuditTrail WHERE CreatedDate >= {since} ORDER BY CreatedDate DESC"  # noqa: S608 (ours)
        )
        rows = [_trace(row) for row in found]
    except OrgRefused as error:
        return Trail(read_from=since, refused=error.message)
    kept = [row for row in rows if not _is_own(row, runs)]
    return Trail(tuple(sorted(kept, key=lambda row: row.at, reverse=True)), since)


def _span(entry: Deployment) -> tuple[str, str]:
    """When a deployment ran, by the org's clock where it told its time: ours may go wrong."""
    end = entry.finished_at or "9999"
    if entry.asked_at and entry.finished_at:
        ahead = max(0, seconds_of(entry.asked_at) - seconds_of(entry.started_at))
        end = stamp(seconds_of(entry.finished_at) + ahead)
    return min(entry.started_at, entry.asked_at or entry.started_at), end


def _is_own(row: Trace, runs: Iterable[tuple[str, str, str]]) -> bool:
    return any(row.username.lower() == name.lower() and start <= row.at <= end for name, start, end in runs)


def _trace(row: Mapping[str, object]) -> Trace:
    moment = moment_of(row, "CreatedDate")
    return Trace(
        username=str(field_of(row, "CreatedBy.Username") or ""),
        at=stamp(moment.timestamp()) if moment else "",
        what=" ".join(str(row.get("Display") or "").split()),
        action=str(row.get("Action") or ""),
        section=str(row.get("Section") or ""),
        delegate=str(row.get("DelegateUser") or ""),
    )


@dataclass(frozen=True, slots=True)
class Witnesses:
    """All that can say who changed something.

    Attributes:
        trail: of the org.
        names: what the sentences may call each component: its API name and its labels.
        users: what they may call each user, by username in lower case.
        later: our deployments that are not part of what was compared with.
        now: UTC, ISO 8601.
    """

    trail: Trail
    names: Mapping[ComponentId, frozenset[str]]
    users: Mapping[str, frozenset[str]]
    later: Sequence[Deployment]
    now: str

    def of_component(self, component: ComponentId, since: str) -> Who:
        """Who may have changed a component.

        Args:
            component: which.
            since: when it was as we left it.
        """
        names = self.names.get(component, frozenset()) | {component.full_name}
        sections = _SECTIONS.get(component.type)

        def speaks_of_it(row: Trace) -> bool:
            if _ASSIGNMENT.match(row.action) or (_APP_ACCESS.match(row.action) and not _is_app(component)):
                return False
            fits = sections is None or not row.section or row.section in sections
            return fits and self._names(row.what, names)

        return self._who([component], since, speaks_of_it)

    def of_record(self, record: RecordId, since: str) -> Who:
        """Who may have given or taken a grant; likewise."""
        holder = ComponentId.of("PermissionSet", record.parent)
        sets = self.names.get(holder, frozenset()) | {record.parent}
        if record.kind is RecordKind.ASSIGNMENT:
            kind, others = _ASSIGNMENT, self.users.get(record.subject.lower(), frozenset()) | {record.subject}
        else:
            kind, others = _APP_ACCESS, frozenset({record.subject.partition("/")[2]})

        def speaks_of_it(row: Trace) -> bool:
            return bool(kind.match(row.action)) and self._names(row.what, sets) and self._names(row.what, others)

        return self._who([holder], since, speaks_of_it)

    def _who(self, components: Collection[ComponentId], since: str, is_about: Callable[[Trace], bool]) -> Who:
        ours = [_of_ours(entry) for entry in self.later if {*components} & {*entry.components, *entry.deletions}]
        seen = [row for row in self.trail.rows if row.at >= since and is_about(row)]
        found = tuple(sorted((*ours, *seen), key=lambda trace: trace.at, reverse=True))
        return Who(found) if found else Who((), self._why_nobody(since))

    def _why_nobody(self, since: str) -> str:
        if self.trail.refused:
            return f"the org does not show its audit trail: {self.trail.refused}"
        kept = f"no row of the org's audit trail since {since} names it, and not every change is in it"
        if seconds_of(self.now) - seconds_of(since) > KEPT_DAYS * 86_400:
            kept += f"; it is kept for {KEPT_DAYS} days, and this was deployed before that"
        return kept

    def _names(self, text: str, names: Iterable[str]) -> bool:
        return any(self._names_one(text, name) for name in names if name in text)

    def _names_one(self, text: str, name: str) -> bool:
        for found in re.finditer(f"{_BEFORE}(?P<name>{re.escape(name)}){_AFTER}", text):
            rest = text[found.start("name") :]
            # "Allow X Y" is not about "Allow X"
            known = (one for several in self.names.values() for one in several)
            if not any(one.startswith(f"{name} ") and rest.startswith(one) for one in known):
                return True
        return False


def _of_ours(entry: Deployment) -> Trace:
    by = f" by {entry.author}" if entry.author else ""
    state = "" if entry.finished_at else ", which is not recorded as finished"
    return Trace(
        username=entry.username,
        at=entry.finished_at or entry.started_at,
        what=f"our {entry.kind} {entry.id}{by}{state}",
        deployment=entry.id,
    )


def _is_app(component: ComponentId) -> bool:
    return component.type == "ConnectedApp" or component.type.startswith("ExtlClntApp")
