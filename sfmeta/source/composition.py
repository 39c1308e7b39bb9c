"""Many files of source format to the one file that a package holds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from sfmeta.codec import xml
from sfmeta.errors import SourceError
from sfmeta.model.component import Entry
from sfmeta.model.element import Element
from sfmeta.source.archive import deterministic_info
from sfmeta.source.paths import part_of
from sfmeta.source.placement import Placed


def compose(path: str, whole: Placed | None, parts: Sequence[Placed]) -> Entry:
    """The file of a component that source format keeps in several.

    Args:
        path: of the file in the package.
        whole: the component's own file, where there is one.
        parts: at least one.

    Returns:
        The file; the same parts give the same bytes, whatever zlib is in use.

    Raises:
        SourceError: a part is not well formed, or the component is of a type whose parts cannot be put together.
    """
    ordered = sorted(parts, key=lambda part: part.location.below)
    if parts[0].location.type.name == "StaticResource":
        if whole is not None:
            message = f"{parts[0].id} has both a folder and the file {whole.entry.path}"
            raise SourceError.at(message, parts[0].entry.path, hint="Keep one of them")
        return _zipped(path, ordered)
    return _merged(path, whole, ordered)


def _zipped(path: str, parts: Sequence[Placed]) -> Entry:
    """A static resource's folder is a zip in the org. Stored, not deflated: its bytes are part of the digest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            archive.writestr(
                deterministic_info("/".join(part.location.below[1:]), zipfile.ZIP_STORED), part.entry.read()
            )
    return Entry.of(path, buffer.getvalue())


def _merged(path: str, whole: Placed | None, parts: Sequence[Placed]) -> Entry:
    kind = parts[0].location.type
    root = Element.of(kind.name) if whole is None else xml.parse(whole.entry.read(), whole.entry.path)
    children = list(root.children)
    for placed in parts:
        part = part_of(kind, placed.location.below)
        if part is None:
            raise SourceError.at(f"no part of a {kind.name} has files of this name", placed.entry.path)
        content = xml.parse(placed.entry.read(), placed.entry.path)
        children.append(Element(part.element, content.text, content.children, content.attributes))
    # the schema's order is alphabetical for these types; parts of one kind stay sorted by name
    children.sort(key=lambda child: child.name)
    return Entry.of(path, xml.write(root.with_children(tuple(children))))
