"""What a table is: its fields with what a describe says of them, its relationships, what may be done to it.

Tables are written down in words, one per field; see ``fields``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sfmeta.localorg.ids import KEY_PREFIXES
from sfmeta.localorg.metadata.permissions import is_known
from sfmeta.localorg.state import OrgFacts

REFERENCE = "Object Reference"
"""Where the fields of most tables come from: each has a page there."""
_PERMISSION = "Permissions"


@dataclass(frozen=True, slots=True)
class Field:
    """A field.

    Attributes:
        name: as Salesforce spells it.
        type: as a describe names it.
        default: what a record shows that does not hold it.
        length: of a text, in characters.
        values: of a picklist.
        reference_to: the sobject it points to, "" for none.
        relationship: the name of the way there, "" for none.
        children: the name of the way back, "" for none.
        since: the first API version that has it.
        filterable: whether a WHERE may name it; likewise the next ones.
        groupable: see above.
        sortable: see above.
        nillable: whether it can be empty.
        createable: whether REST may set it on a new record.
        updateable: whether REST may change it.
        tooling_only: the Tooling API has it, the data API has not.
    """

    name: str
    type: str = "string"
    default: str | int | float | bool | None = None
    length: int = 255
    values: tuple[str, ...] = ()
    reference_to: str = ""
    relationship: str = ""
    children: str = ""
    since: int = 0
    filterable: bool = True
    groupable: bool = True
    sortable: bool = True
    nillable: bool = True
    createable: bool = False
    updateable: bool = False
    tooling_only: bool = False

    @property
    def label(self) -> str:
        """As people read it: ``Last Name``, ``Profile ID``."""
        return re.sub(r" Id$", " ID", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name))


@dataclass(frozen=True, slots=True)
class View:
    """From where somebody looks at a table.

    Attributes:
        org: the org and its features.
        version: of the API.
        tooling: through the Tooling API.
        has: whether the one who looks holds a permission.
    """

    org: OrgFacts
    version: int
    tooling: bool
    has: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class SObject:
    """A table.

    Attributes:
        name: as Salesforce spells it.
        label: as a describe shows it.
        fields: by name in lower case.
        verbs: of create, update and delete, what REST may do.
        since: the first API version that has it.
        permission: who does not hold it sees no such table, "" for everybody.
        feature: an org without it has no such table, "" for every org.
        tooling: True where only the Tooling API has it, False where only the data API has it, None for both.
        source: where its fields come from.
        grade: how sure that is; see ``sourced``.
    """

    name: str
    label: str
    fields: Mapping[str, Field]
    verbs: frozenset[str] = field(default_factory=frozenset)
    since: int = 0
    permission: str = ""
    feature: str = ""
    tooling: bool | None = None
    source: str = REFERENCE
    grade: str = "A"

    @property
    def calls(self) -> str:
        """What can be done with it, in a sentence."""
        verbs = [verb for verb in ("create", "update", "delete") if self.can(verb)]
        where = " through the Tooling API" if self.tooling else ""
        since = f", from API {self.since} on" if self.since > 31 else ""
        return f"An object to query, retrieve and describe{''.join(f', {verb}' for verb in verbs)}{where}{since}."

    @property
    def key_prefix(self) -> str:
        """The first three characters of its ids, "" where it has none."""
        return KEY_PREFIXES.get(self.name, "")

    def can(self, verb: str) -> bool:
        """Whether REST may ``create``, ``update`` or ``delete`` its records."""
        return verb in self.verbs

    def is_seen(self, view: View) -> bool:
        """Whether it is there, from where one looks."""
        return (
            view.version >= self.since
            and (not self.permission or view.has(self.permission))
            and (not self.feature or view.org.has_feature(self.feature))
            and self.tooling in (None, view.tooling)
        )

    def find(self, name: str, view: View) -> Field | None:
        """A field by its name in any case; None where there is none of that name."""
        found = self.fields.get(name.lower())
        if found is None or found.since > view.version or (found.tooling_only and not view.tooling):
            return None
        if found.name.startswith(_PERMISSION) and not is_known(view.org, found.name.removeprefix(_PERMISSION)):
            return None
        return found

    def relationship(self, name: str, view: View) -> Field | None:
        """The reference field behind a relationship's name in any case."""
        lowered = name.lower()
        found = (one for one in self.fields.values() if one.relationship.lower() == lowered and lowered)
        return next((one for one in found if self.find(one.name, view)), None)

    def seen(self, view: View) -> list[Field]:
        """All fields that are there, from where one looks."""
        return [one for one in self.fields.values() if self.find(one.name, view)]


_WORD = re.compile(
    r"(?P<name>\w+)"
    r"(?:>(?P<target>\w+)(?:\.(?P<way>\w+))?(?:/(?P<children>\w+))?)?"
    r"(?::(?P<kind>\w+))?(?:\[(?P<values>[^\]]*)\])?"
    r"(?:=(?P<default>[^!@\s]*))?(?:@(?P<since>\d+))?(?:!(?P<flags>\w+))?"
)
_KINDS = {"": "string", "bool": "boolean", "time": "datetime", "pick": "picklist", "text": "textarea"}
# Object Reference: of these types none is groupable, and a long text can be neither filtered nor sorted
_NOT_GROUPABLE = {"datetime", "textarea", "double", "base64", "complexvalue"}
_NOT_FILTERABLE = {"textarea", "base64", "complexvalue"}
_AUDIT = (
    "CreatedDate:time!r CreatedById>User.CreatedBy!r LastModifiedDate:time!r LastModifiedById>User.LastModifiedBy!r "
    "SystemModstamp:time!r"
)


def fields(words: str, *, tooling_only: bool = False) -> Iterable[Field]:
    """Reads fields that are written down as words.

    Args:
        words: ``Name``, ``Name:kind``, ``Name:pick[A|B]=A``, ``ProfileId>Profile.Profile/Users`` (a reference, the
            way there and the way back), ``Name@52`` (since that version), ``Name!rcu`` (r required, c createable,
            u updateable, f not filterable, g not groupable, s not sortable). ``AUDIT`` stands for the fields that
            say who made and changed a record, and when.
        tooling_only: the data API has none of them.
    """
    for word in words.replace("AUDIT", _AUDIT).split():
        read = _WORD.fullmatch(word)
        if read is None:
            raise ValueError(f"no field: {word}")
        kind, flags = read["kind"] or "", read["flags"] or ""
        type_ = "reference" if read["target"] and not kind else _KINDS.get(kind, kind)
        yield Field(
            name=read["name"],
            type=type_,
            default=_default(type_, read["default"]),
            length=18 if type_ in ("id", "reference") else 255,
            values=tuple((read["values"] or "").split("|")) if read["values"] else (),
            reference_to=read["target"] or "",
            relationship=read["way"] or "",
            children=read["children"] or "",
            since=int(read["since"] or 0),
            filterable="f" not in flags and type_ not in _NOT_FILTERABLE,
            groupable="g" not in flags and type_ not in _NOT_GROUPABLE,
            sortable="s" not in flags and type_ not in _NOT_FILTERABLE,
            nillable="r" not in flags and type_ not in ("id", "boolean"),
            createable="c" in flags,
            updateable="u" in flags,
            tooling_only=tooling_only,
        )


def _default(type_: str, text: str | None) -> str | int | float | bool | None:
    if type_ == "boolean":
        return text == "true"
    if text is None:
        return None
    return int(text) if type_ == "int" else text


def table(
    name: str,
    words: str,
    *,
    label: str = "",
    tooling_words: str = "",
    verbs: str = "",
    since: int = 0,
    permission: str = "",
    feature: str = "",
    tooling: bool | None = None,
    source: str = REFERENCE,
    grade: str = "A",
) -> SObject:
    """A table written down; see ``fields`` and ``SObject``."""
    all_fields = [Field("Id", "id", length=18), *fields(words), *fields(tooling_words, tooling_only=True)]
    return SObject(
        name,
        label or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name),
        MappingProxyType({one.name.lower(): one for one in all_fields}),
        frozenset(verbs.split()),
        since,
        permission,
        feature,
        tooling,
        source,
        grade,
    )
