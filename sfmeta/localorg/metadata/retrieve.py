"""A retrieve: components as the org holds them now, in a zip with its package.xml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.arrange import arranged
from sfmeta.localorg.metadata.deploy import NEWEST_API
from sfmeta.localorg.metadata.faults import SoapFault
from sfmeta.localorg.metadata.kinds import CHILDREN, PARENTS
from sfmeta.localorg.metadata.layout import is_known_type, parent_of, path_of, type_of
from sfmeta.localorg.metadata.manifest import PACKAGE_XML, Manifest, major_version, read_manifest, write_manifest
from sfmeta.localorg.metadata.package import holds_child
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.shown import is_available, shown
from sfmeta.localorg.metadata.store import Components, Stored
from sfmeta.localorg.metadata.wildcards import takes_wildcard, wildcard_holds
from sfmeta.localorg.metadata.xml import Node, is_true, many_nodes, write
from sfmeta.localorg.metadata.zipfiles import Limits, write_archive
from sfmeta.localorg.state import State


@dataclass(frozen=True, slots=True)
class RetrievedFile:
    """One file of a retrieve.

    Attributes:
        path: in the zip.
        type: of the component it belongs to.
        stored: that component, None for package.xml.
    """

    path: str
    type: str
    stored: Stored | None


@dataclass(slots=True)
class Retrieved:
    """What a retrieve found.

    Attributes:
        archive: the zip.
        files: what is in it.
        messages: (file name, problem) for what was not found.
    """

    archive: bytes = b""
    files: list[RetrievedFile] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)


def retrieve_request(asked: Node, api_version: int) -> dict[str, Any]:
    """A ``RetrieveRequest`` as a job keeps it; what is no part of it is ignored.

    Args:
        asked: the call's element.
        api_version: of the request, for a manifest without a version.
    """
    manifest = read_manifest(asked.first("unpackaged") or Node.of("unpackaged"))
    version = manifest.version or asked.value("apiVersion") or f"{api_version}.0"
    single = asked.first("singlePackage")
    return {
        "api_version": api_version,
        "members": dict(manifest.members),
        "version": f"{major_version(version, api_version)}.0",
        "package_names": asked.values("packageNames"),
        "specific_files": asked.values("specificFiles"),
        "single_package": single is not None and is_true(single.text),
    }


def retrieve(
    state: State, manifest: Manifest, single_package: bool, *, limits: Limits, only: tuple[str, ...] = ()
) -> Retrieved:
    """Collects what a manifest names.

    Args:
        state: the org.
        manifest: names and ``*``.
        single_package: files lie at the zip's root, not under ``unpackaged/``.
        limits: how much a zip may hold.
        only: paths of the files that are wanted; all of them where there is none.

    Raises:
        SoapFault: it is more than the limits allow.
    """
    with state.lock, many_nodes():
        effects.adopt(state)
        return _Run(state, manifest, "" if single_package else "unpackaged/", limits, frozenset(only)).run()


@dataclass(slots=True)
class _Run:
    state: State
    manifest: Manifest
    prefix: str
    limits: Limits
    only: frozenset[str]
    result: Retrieved = field(default_factory=Retrieved)
    contents: dict[str, bytes] = field(default_factory=dict)
    found: dict[str, dict[str, None]] = field(default_factory=dict)
    parents: dict[tuple[str, str], Node | None] = field(default_factory=dict)
    parts: dict[tuple[str, str], list[Node]] = field(default_factory=dict)
    size: int = 0

    @property
    def version(self) -> int:
        """Of the manifest."""
        return major_version(self.manifest.version, NEWEST_API)

    def run(self) -> Retrieved:
        """Everything named, then package.xml."""
        for type_name, members in self.manifest.members.items():
            if not is_known_type(type_name):
                self._tell("retrieve-unknown-type", type=type_name)
            elif not is_available(type_name, self.version):
                self._tell("retrieve-type-version", type=type_name)
            elif type_name in CHILDREN:
                self._children(type_name, members)
            else:
                self._components(type_name, members)
        self._files_of_parents()
        members_found = {name: tuple(members) for name, members in self.found.items()}
        version = self.manifest.version or f"{NEWEST_API}.0"
        self._file(PACKAGE_XML, "Package", None, write_manifest(Manifest(members_found, version)))
        self.result.archive = write_archive(self.contents.items())
        if self.limits.zip_bytes is not None and len(self.result.archive) > self.limits.zip_bytes:
            raise SoapFault("LIMIT_EXCEEDED", say("retrieve-too-large", size=self.limits.zip_bytes))
        return self.result

    def _components(self, type_name: str, members: tuple[str, ...]) -> None:
        store = Components(self.state)
        for member in members:
            if member == "*":
                for stored in store.list(type_name) if takes_wildcard(type_name) else ():
                    if wildcard_holds(type_name, stored.full_name):
                        self._component(stored)
            elif (stored_one := store.get(type_name, member)) is not None:
                self._component(stored_one)
            else:
                self._tell("retrieve-missing", type=type_name, name=member)

    def _component(self, stored: Stored) -> None:
        found = self.found.setdefault(stored.type, {})
        if stored.full_name in found:
            return
        found[stored.full_name] = None
        document = self._document(stored.type, stored.full_name) if _is_document(stored.type) else None
        if document is not None:
            content = write(shown(stored.type, document, self.manifest, self.version))
            self._file(path_of(stored.type, stored.full_name), stored.type, stored, content)
            return
        for path, content in Components(self.state).files(stored.type, stored.full_name).items():
            self._file(path, stored.type, stored, content)

    def _document(self, type_name: str, full_name: str) -> Node | None:
        """A component as it is now; a parent of many named children is read once."""
        key = (type_name, full_name)
        if type_name not in PARENTS:
            return effects.current(self.state, *key)
        if key not in self.parents:
            self.parents[key] = effects.current(self.state, *key)
        return self.parents[key]

    def _children(self, type_name: str, members: tuple[str, ...]) -> None:
        for member in members:
            for parent, owner, element, name in self._places(type_name, member):
                document = self._document(parent, owner)
                node = holds_child(document, element, name) if document is not None else None
                if node is None:
                    self._tell("retrieve-missing", type=type_name, name=member)
                    continue
                full_name = name if parent == "CustomLabels" else f"{owner}.{name}"
                found = self.found.setdefault(type_name, {})
                if full_name not in found:
                    found[full_name] = None
                    self.parts.setdefault((parent, owner), []).append(node)

    def _files_of_parents(self) -> None:
        """Fields and the like: their parent's file with nothing else in it, unless the parent is named too."""
        for (parent, owner), nodes in self.parts.items():
            stored = Components(self.state).get(parent, owner)
            if stored is not None and stored.full_name not in self.found.get(parent, {}):
                document = arranged(Node.of(parent, *nodes), salesforce_schema())
                self._file(path_of(parent, stored.full_name), parent, stored, write(document))

    def _places(self, type_name: str, member: str) -> Iterator[tuple[str, str, str, str]]:
        if member != "*":
            place = parent_of(type_name, member)
            if place is not None:
                yield place
            return
        parent, element = CHILDREN[type_name]
        for stored in Components(self.state).list(parent):
            document = self._document(parent, stored.full_name) if wildcard_holds(parent, stored.full_name) else None
            for node in document.all(element) if document is not None else ():
                yield parent, stored.full_name, element, node.value("fullName")

    def _file(self, path: str, type_name: str, stored: Stored | None, content: bytes) -> None:
        # a specific file is named as it lies in the zip (Metadata API guide, RetrieveRequest.specificFiles)
        if self.only and path != PACKAGE_XML and not self.only & {path, self.prefix + path}:
            return
        self.contents[self.prefix + path] = content
        self.size += len(content)
        # the manifest is not counted: what exactly an org counts is not established
        if len(self.contents) - (PACKAGE_XML in path) > self.limits.files:
            raise SoapFault("LIMIT_EXCEEDED", say("retrieve-too-many-files", limit=self.limits.files))
        if self.size > self.limits.uncompressed_bytes:
            raise SoapFault("LIMIT_EXCEEDED", say("retrieve-too-large", size=self.limits.uncompressed_bytes))
        self.result.files.append(RetrievedFile(self.prefix + path, type_name, stored))

    def _tell(self, rule: str, **names: str) -> None:
        self.result.messages.append((self.prefix + PACKAGE_XML, say(rule, **names)))


def _is_document(type_name: str) -> bool:
    entry = type_of(type_name)
    return entry is None or entry.shape.value in ("file", "decomposed")
