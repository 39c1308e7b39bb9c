"""What a deployment says about components that came in another's file: fields, record types, list views."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.metadata.kinds import PARENTS
from sfmeta.localorg.metadata.messages import Message
from sfmeta.localorg.metadata.package import holds_child
from sfmeta.localorg.metadata.xml import Node


def told_of_parts(
    type_name: str, full_name: str, file_name: str, document: Node, before: Node | None
) -> Iterator[Message]:
    """One message for each child component in a parent's file (rule ``part-messages``).

    Args:
        type_name: the parent's.
        full_name: the parent's.
        file_name: in the zip.
        document: as it was sent.
        before: what the org held, None for nothing.
    """
    prefix = "" if type_name == "CustomLabels" else f"{full_name}."
    for child_type, element in PARENTS.get(type_name, ()):
        for part in document.all(element):
            name = part.value("fullName")
            if name:
                old = None if before is None else holds_child(before, element, name)
                yield Message(file_name, prefix + name, child_type, created=old is None, changed=old != part)
