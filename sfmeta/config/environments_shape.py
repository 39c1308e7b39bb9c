"""The shape of ``environments.yml``, key by key; see ``config.policy_shape``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yaml import Node, ScalarNode

from sfmeta.config.composite import Key, MapOf, Record
from sfmeta.config.policy_shape import USERNAME
from sfmeta.config.scalars import parse_duration
from sfmeta.config.shape import Choice, JsonSchema, Parsed, Report, Shape, Text, Wrong, not_one_of, place_of
from sfmeta.config.yaml_document import is_null
from sfmeta.errors import UsageError
from sfmeta.model.environment import NO_GATES, Approval, Gates, Usernames
from sfmeta.model.names import OrgId
from sfmeta.model.outcome import TestLevel
from sfmeta.model.policy import NOWHERE, Duration, Place, TimeUnit
from sfmeta.model.registry import types


@dataclass(frozen=True, slots=True)
class DraftValue:
    """A value as written; its component and path are the keys above it."""

    text: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class DraftEnvironment:
    """An environment as written; what is wrong is missing."""

    org: str = ""
    org_id: OrgId | None = None
    usernames: Usernames | None = None
    values: Mapping[str, Mapping[str, DraftValue]] = field(default_factory=dict)
    gates: Gates = NO_GATES
    test_level: TestLevel | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class DraftChain:
    """The file as read, before its parts are checked against each other; wrong parts are missing."""

    version: int = 0
    environments: Mapping[str, DraftEnvironment] = field(default_factory=dict)
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class _ComponentName(Shape[str]):
    """``Type:FullName`` of a known type."""

    def read(self, node: Node, report: Report) -> str | Wrong:
        text = Text("a component (ConnectedApp:Billing_Sync)", r"[A-Za-z0-9]+:\S(.*\S)?").read(node, report)
        if isinstance(text, Wrong):
            return text
        type_name, _, full_name = text.partition(":")
        if type_name not in types():
            return report.add(node, *not_one_of(type_name, list(types())))
        if "*" in full_name:
            return report.add(node, f"'{text}' names no single component", "policy-value", "Name each of them")
        return text

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": r"^[A-Za-z0-9]+:[^\s*]([^*]*[^\s*])?$"}


@dataclass(frozen=True, slots=True)
class _ValueOrNothing(Shape[DraftValue]):
    """What an element holds, or ``null``."""

    def read(self, node: Node, report: Report) -> DraftValue | Wrong:
        if is_null(node):
            return DraftValue(None, place_of(node))
        if isinstance(node, ScalarNode) and not node.value.strip():
            return report.add(node, "an empty value cannot stand here", "policy-empty", "null takes the element out")
        text = Text("a value").read(node, report)
        return text if isinstance(text, Wrong) else DraftValue(text, place_of(node))

    def json_schema(self) -> JsonSchema:
        return {"type": ["string", "number", "boolean", "null"], "pattern": r"\S"}


def _org_id(text: str) -> OrgId | None:
    try:
        return OrgId.parse(text)
    except UsageError:
        return None


def _soak(text: str) -> Duration | None:
    found = parse_duration(text)
    # a month is no length of time
    return None if found is None or found.unit is TimeUnit.MONTHS else found


def _suffix_or_map(suffix: str = "", map: Mapping[str, str] | None = None) -> Usernames:  # noqa: A002 (the key's name)
    return Usernames(suffix, map or {})


_username = Text("a username (name@example.com)", USERNAME)
_name = Text("a name of letters, digits, _ - and .", r"[A-Za-z][A-Za-z0-9_.-]*")

_USERNAMES = Record(
    _suffix_or_map,
    {
        "suffix": Key(Text("a suffix that starts with a dot (.uat)", r"\.[^@\s,;<>]+"), "Put behind every username"),
        "map": Key(MapOf(_username, _username), "The username there, by the username in the files"),
    },
    "usernames",
    one_of=("suffix", "map"),
    placed=False,
)

_GATES = Record(
    Gates,
    {
        "after": Key(_name, "The environment that must have had the same package"),
        "soak": Key(
            Parsed(_soak, "a duration in hours or days (24 hours)", r"^[1-9]\d{0,3}\s*(hour|day)s?$"), "For how long"
        ),
        "approval": Key(Choice(Approval), "Who must have agreed"),
        "validated": Key(Choice(TestLevel), "The tests with which a check must have proven it, which is then deployed"),
    },
    "gates",
)

_ENVIRONMENT = Record(
    DraftEnvironment,
    {
        "org": Key(Text("an alias (sfmeta org list)", r"\S+"), "The org's alias", required=True),
        "org_id": Key(
            Parsed(_org_id, "an org id (00D..., 15 or 18 characters; sfmeta org list)", r"^00D[A-Za-z0-9]{12,15}$"),
            "Which org that is: a refreshed sandbox is another one",
            required=True,
        ),
        "usernames": Key(_USERNAMES, "How the usernames in metadata are called there; absent: as in the files"),
        "values": Key(
            MapOf(
                _ComponentName(),
                MapOf(
                    Text("the path of an element (oauthConfig/callbackUrl)", r"[A-Za-z]\w*(/[A-Za-z]\w*)*"),
                    _ValueOrNothing(),
                    partial=True,
                ),
                partial=True,
            ),
            "The elements that have a value of their own there; null takes one out",
        ),
        "gates": Key(_GATES, "What a promotion to it must pass, beside a clean verify and a clean forecast"),
        "test_level": Key(Choice(TestLevel), "Which Apex tests a promotion to it runs"),
    },
    "an environment",
    partial=True,
)

ENVIRONMENTS = Record(
    DraftChain,
    {
        "version": Key(
            Parsed(lambda text: 1 if text == "1" else None, "1, the only version there is", words=(1, "1")),
            "The version of this format",
            required=True,
        ),
        "environments": Key(MapOf(_name, _ENVIRONMENT, partial=True), "The chain, in order"),
    },
    "environments",
    partial=True,
)
