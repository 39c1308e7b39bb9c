"""Components, and the packages that carry them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion, ComponentId


@dataclass(frozen=True, slots=True)
class Component:
    """One piece of metadata that is a single XML document.

    Attributes:
        id: its type and full name.
        content: the root element.
        file: where it was read from, for messages; "" where it was made.
    """

    id: ComponentId
    content: Element
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a package or of a project: a path, and its bytes on demand.

    The bytes are read when asked for and not kept, so that a package may be larger than memory allows.

    Attributes:
        path: relative, with ``/``.
        sha256: of the content, hexadecimal.
        size_bytes: of the content.
        read: gives the content; the same bytes every time.
    """

    path: str
    sha256: str
    size_bytes: int
    read: Callable[[], bytes] = field(compare=False, repr=False)

    @classmethod
    def of(cls, path: str, data: bytes) -> Self:
        """An entry that holds its bytes."""
        return cls(path, hashlib.sha256(data).hexdigest(), len(data), lambda: data)

    def at(self, path: str) -> Entry:
        """The same content under another path."""
        return Entry(path, self.sha256, self.size_bytes, self.read)


Holdings = Mapping[ComponentId, tuple[Entry, ...]]
"""What an org, a revision or a package holds: the files of each component."""


def package_digest(entries: Iterable[Entry]) -> str:
    """sha256 over the sorted (path, sha256 of content) pairs: a package's identity, whatever zipped it.

    The zip is a rendering: two zlib versions give different zips of one package.
    """
    digest = hashlib.sha256()
    for path, content in sorted((entry.path, entry.sha256) for entry in entries):
        digest.update(f"{path}\0{content}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Package:
    """Whole components of one revision, and deletions; never a function of the target org.

    Attributes:
        api_version: of the manifest.
        components: what ``package.xml`` names, sorted.
        entries: every file in Metadata API format, manifests included, sorted by path.
        delete_before: components deleted before the rest is deployed (destructiveChangesPre.xml).
        delete_after: components deleted afterwards (destructiveChangesPost.xml).
    """

    api_version: ApiVersion
    components: tuple[ComponentId, ...]
    entries: tuple[Entry, ...]
    delete_before: tuple[ComponentId, ...] = ()
    delete_after: tuple[ComponentId, ...] = ()

    @property
    def digest(self) -> str:
        """See ``package_digest``."""
        return package_digest(self.entries)

    @property
    def deletions(self) -> tuple[ComponentId, ...]:
        """All that it deletes, before and after."""
        return self.delete_before + self.delete_after

    @property
    def is_empty(self) -> bool:
        """Whether deploying it could change nothing at all."""
        return not self.components and not self.deletions
