"""``package.xml`` and ``destructiveChanges*.xml``: written in one order, read tolerantly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from sfmeta.codec import xml
from sfmeta.errors import Problem, SourceError, UsageError
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.source.paths import decode_name, encode_name

PACKAGE_XML = "package.xml"
DESTRUCTIVE_PRE = "destructiveChangesPre.xml"
DESTRUCTIVE_POST = "destructiveChangesPost.xml"
DESTRUCTIVE_FILES = frozenset({DESTRUCTIVE_PRE, DESTRUCTIVE_POST, "destructiveChanges.xml"})
"""``destructiveChanges.xml`` deletes before it adds, like the one called Pre."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest names.

    Attributes:
        api_version: None where the file has none (allowed in destructive changes).
        components: sorted, each once; a wildcard is the full name ``*``.
        lines: where each stands, for messages; empty for a manifest that was made.
    """

    api_version: ApiVersion | None
    components: tuple[ComponentId, ...]
    lines: tuple[int, ...] = ()

    @classmethod
    def of(cls, api_version: ApiVersion | None, components: Iterable[ComponentId]) -> Manifest:
        """A manifest of these components, sorted."""
        return cls(api_version, tuple(sorted(set(components))))

    def names(self, component: ComponentId) -> bool:
        """Whether it names a component, itself or by a wildcard of its type."""
        return component in self.components or ComponentId(component.type, _ANY.full_name) in self.components


_ANY = ComponentId.of("", "*")


def write_manifest(manifest: Manifest) -> bytes:
    """The file: types sorted, members sorted, the version last, as the guide and every tool write it."""
    children = []
    for type_name, group in groupby(sorted(set(manifest.components)), key=lambda component: component.type):
        members = [Element.of("members", text=_member(component)) for component in group]
        children.append(Element.of("types", *members, Element.of("name", text=type_name)))
    if manifest.api_version is not None:
        children.append(Element.of("version", text=str(manifest.api_version)))
    return xml.write(Element.of("Package", *children))


def read_manifest(data: bytes, file: str = PACKAGE_XML) -> Manifest:
    """A manifest from its file; the order of elements and repeated types do not matter.

    Args:
        data: the file.
        file: its path, for messages.

    Raises:
        SourceError: it is no manifest: another root, a type without a name, an empty member, no API version.
    """
    root = xml.parse(data, file)
    if root.name != "Package":
        hint = "A manifest's root is <Package>"
        problem = Problem(
            f"the root is <{root.name}>, this is no manifest", "manifest-root", file, root.line, hint=hint
        )
        raise SourceError.of([problem])
    problems: list[Problem] = []
    found: dict[ComponentId, int] = {}
    for block in root.all("types"):
        name = block.value("name")
        if not name:
            problems.append(Problem("<types> has no <name>", "manifest-types", file, block.line))
            continue
        for member in block.all("members"):
            text = member.text.strip()
            if text:
                found.setdefault(ComponentId.of(name, decode_name(text)), member.line)
            else:
                problems.append(Problem(f"an empty member of {name}", "manifest-member", file, member.line))
    version = _version(root, file, problems)
    if problems:
        raise SourceError.of(problems, "manifest")
    components = tuple(sorted(found))
    return Manifest(version, components, tuple(found[component] for component in components))


def _member(component: ComponentId) -> str:
    # forcedotcom/cli#2869: names are spelled in a manifest as they are in file names, percent codes included
    return component.full_name if component.full_name == _ANY.full_name else encode_name(component)


def _version(root: Element, file: str, problems: list[Problem]) -> ApiVersion | None:
    element = root.first("version")
    if element is None:
        return None
    try:
        return ApiVersion.parse(element.text)
    except UsageError as error:
        problems.append(Problem(error.message, "manifest-version", file, element.line, hint=error.hint))
        return None
