"""Values that a package would change though nobody wrote them down: settled before anything is planned.

An app deploys as a whole file. Where the file and the org differ in something that the policy does not write, one of
them is out of date, and deploying the file would decide it without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sfmeta.access.written import Written
from sfmeta.codec import compare, xml
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema
from sfmeta.errors import OperationFailed
from sfmeta.model.change import ComponentChange, FieldChange
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import CONSUMER_KEY_PATHS


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One value.

    Attributes:
        component: whose.
        field: from what the org holds to what the file says.
    """

    component: ComponentId
    field: FieldChange

    def __str__(self) -> str:
        path = "/".join(self.field.path)
        return f"{self.component} {path}: the org has {_shown(self.field.old)}, the file {_shown(self.field.new)}"


def _shown(element: Element | None) -> str:
    if element is None:
        return "nothing"
    text = element.text.strip()
    return f"'{text[:60]}'" if text else "a value"


def unsettled(changes: Iterable[ComponentChange], written: Mapping[ComponentId, Written]) -> Iterator[Unsettled]:
    """What of a package's changes the policy does not write.

    Args:
        changes: from the org to the package.
        written: what the policy writes into each of its components.
    """
    for change in changes:
        # of a component that comes as a whole, the org has nothing that could be lost
        for field in compare.in_places(change.id.type, change.fields):
            if not written[change.id].covers(field) and "/".join(field.path) not in CONSUMER_KEY_PATHS:
                yield Unsettled(change.id, field)


def with_the_orgs(found: Iterable[Unsettled], files: Holdings, schema: Schema) -> dict[str, bytes]:
    """Files of the project after they have taken over the org's values.

    Args:
        found: which values.
        files: the project's, of these components.
        schema: for the order of elements.

    Returns:
        Contents by path.

    Raises:
        OperationFailed: a component has several files.
    """
    by_component: dict[ComponentId, list[FieldChange]] = {}
    for one in found:
        by_component.setdefault(one.component, []).append(one.field.inverse())
    return dict(_merged(component, fields, files[component], schema) for component, fields in by_component.items())


def _merged(
    component: ComponentId, fields: list[FieldChange], entries: tuple[Entry, ...], schema: Schema
) -> tuple[str, bytes]:
    if len(entries) != 1:
        raise OperationFailed(f"{component} has several files", "Keep one of them")
    root = xml.parse(entries[0].read(), entries[0].path)
    return entries[0].path, xml.write(canonical(compare.apply(component.type, fields, root), schema))
