"""Components that are a file and its description: static resources, pages, certificates, documents in folders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sfmeta.localorg.metadata.keepers.files import FilesKeeper, decoded, described, description, encoded
from sfmeta.localorg.metadata.layout import META, path_of
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context
from sfmeta.localorg.metadata.rules.table import rules_of
from sfmeta.localorg.metadata.xml import Node

_CONTENT = "content"


class ContentKeeper(FilesKeeper):
    """``content`` is the file in base64 (WSDL, MetadataWithContent), all else its ``-meta.xml``."""

    def document(self, full_name: str, files: Mapping[str, bytes]) -> Node:
        meta = next((content for path, content in files.items() if path.endswith(META)), None)
        body = next((content for path, content in files.items() if not path.endswith(META)), None)
        found = described(meta, self.type_name)
        if body is not None:
            found.children.append(encoded(_CONTENT, body))
        return found

    def files(self, full_name: str, document: Node, before: Mapping[str, bytes]) -> dict[str, bytes]:
        path = path_of(self.type_name, full_name)
        content = document.first(_CONTENT)
        # an update that says nothing of the content leaves it
        kept = next((body for name, body in before.items() if not name.endswith(META)), b"")
        body = kept if content is None else decoded(content.text) or b""
        return {path: body, path + META: description(document, self.type_name, _CONTENT)}

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from super().problems(full_name, document, context)
        yield from self.naming_problems(full_name, context)
        yield from rules_of(self.type_name).problems(full_name, document, context)
