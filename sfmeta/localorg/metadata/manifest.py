"""package.xml and destructiveChanges*.xml, as an org reads and writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from sfmeta.localorg.metadata.xml import Node, write

PACKAGE_XML = "package.xml"
DESTRUCTIVE_PRE = "destructiveChangesPre.xml"
DESTRUCTIVE = "destructiveChanges.xml"
DESTRUCTIVE_POST = "destructiveChangesPost.xml"
DESCRIPTORS = (PACKAGE_XML, DESTRUCTIVE_PRE, DESTRUCTIVE, DESTRUCTIVE_POST)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package names.

    Attributes:
        members: names by type, in order; ``*`` among them means all.
        version: as it was written, "" where it was not.
        full_name: the name of the package, "" for an unpackaged one.
    """

    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    version: str = ""
    full_name: str = ""
    _sets: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def names(self, type_name: str, full_name: str) -> bool:
        """Whether a component is named, by itself or by ``*``."""
        members = self._sets.get(type_name)
        if members is None:  # a manifest of 10,000 names is asked 10,000 times
            members = self._sets[type_name] = frozenset(self.members.get(type_name, ()))
        return full_name in members or "*" in members

    def pairs(self) -> Iterable[tuple[str, str]]:
        """(type, member) in order, ``*`` left out."""
        return ((name, member) for name, members in self.members.items() for member in members if member != "*")


def read_manifest(root: Node) -> Manifest:
    """A manifest from its parsed file or from the ``unpackaged`` of a retrieve call; an empty one is fine."""
    members: dict[str, tuple[str, ...]] = {}
    for types in root.all("types"):
        name = types.value("name")
        if name:
            # forcedotcom/cli#2869: members are spelled as in file names; whether plain names do as well is not
            # settled for every type, so both are taken
            named = (unquote(member) for member in types.values("members"))
            members[name] = tuple(dict.fromkeys((*members.get(name, ()), *named)))
    return Manifest(members, root.value("version"), root.value("fullName"))


def write_manifest(manifest: Manifest) -> bytes:
    """The package.xml that an org puts into the zip of a retrieve: types and members sorted."""
    root = Node.of("Package")
    if manifest.full_name:
        root.children.append(Node.of("fullName", text=manifest.full_name))
    for type_name in sorted(manifest.members):
        members = [Node.of("members", text=member) for member in sorted(manifest.members[type_name])]
        if members:
            root.children.append(Node.of("types", *members, Node.of("name", text=type_name)))
    root.children.append(Node.of("version", text=manifest.version))
    return write(root)


def major_version(text: str, default: int) -> int:
    """``63.0`` as 63; what is no number that a version could be is the default."""
    head = text.partition(".")[0].strip()
    return int(head) if head.isascii() and head.isdigit() and len(head) < 10 else default
