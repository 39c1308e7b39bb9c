"""Components that are a folder of files: Aura and Lightning web components, experiences, templates.

Only the first two have their files as elements of their types (WSDL, AuraDefinitionBundle, LwcResources); of the
others the synchronous operations show the description alone and leave the files as they are (emulator-defined).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.metadata.keepers.files import FilesKeeper, decoded, described, description, encoded
from sfmeta.localorg.metadata.layout import META, path_of
from sfmeta.localorg.metadata.xml import Node, XmlError, parse, write

_AURA: Mapping[str, str] = MappingProxyType(
    {
        "SVGContent": "{}.svg",
        "controllerContent": "{}Controller.js",
        "designContent": "{}.design",
        "documentationContent": "{}.auradoc",
        "helperContent": "{}Helper.js",
        "rendererContent": "{}Renderer.js",
        "styleContent": "{}.css",
    }
)
"""Elements of AuraDefinitionBundle and the files they are (Lightning Aura Components guide, Component Bundles)."""

_AURA_MARKUP: Mapping[str, str] = MappingProxyType(
    {"Application": "app", "Component": "cmp", "Event": "evt", "Interface": "intf", "Tokens": "tokens"}
)
_LWC, _RESOURCES, _CONFIGS = "LightningComponentBundle", "lwcResources", "targetConfigs"


class BundleKeeper(FilesKeeper):
    """A description and, for two types, the files beside it."""

    def document(self, full_name: str, files: Mapping[str, bytes]) -> Node:
        meta = next((content for path, content in files.items() if path.endswith(META)), None)
        found = described(meta, self.type_name)
        if self.type_name == "AuraDefinitionBundle":
            found.children += self._aura(full_name, files)
        elif self.type_name == _LWC:
            found.children = [_as_base64(child) for child in found.children]
            resources = [
                Node.of("lwcResource", Node.of("filePath", text=path), encoded("source", content))
                for path, content in sorted(files.items())
                if not path.endswith(META)
            ]
            if resources:
                found.children.append(Node.of(_RESOURCES, *resources))
        return found

    def files(self, full_name: str, document: Node, before: Mapping[str, bytes]) -> dict[str, bytes]:
        if self.type_name == "AuraDefinitionBundle":
            return self._aura_files(full_name, document)
        folder, own = path_of(self.type_name, full_name), full_name.rpartition("/")[2]
        if self.type_name == _LWC:
            as_file = Node(self.type_name, "", [_as_xml(child) for child in document.children])
            made = {f"{folder}/{own}.js{META}": description(as_file, self.type_name, _RESOURCES)}
            listed = document.first(_RESOURCES)
            for resource in listed.children if listed is not None else ():
                file_name = resource.value("filePath").rpartition("/")[2]
                if file_name not in ("", ".", ".."):
                    made[f"{folder}/{file_name}"] = decoded(resource.value("source")) or b""
            return made
        meta = next((path for path in before if path.endswith(META)), "")
        suffix = self.type_name[:1].lower() + self.type_name[1:]
        return {**before, meta or f"{folder}/{own}.{suffix}{META}": description(document, self.type_name)}

    def moved(self, files: Mapping[str, bytes], old: str, new: str) -> dict[str, bytes]:
        before, after = path_of(self.type_name, old) + "/", path_of(self.type_name, new) + "/"
        old_own, new_own = old.rpartition("/")[2], new.rpartition("/")[2]
        found = {}
        for path, content in files.items():
            rest = path.removeprefix(before)
            # X/XController.js becomes Y/YController.js
            found[after + (new_own + rest[len(old_own) :] if rest.startswith(old_own) else rest)] = content
        return found

    def _aura(self, full_name: str, files: Mapping[str, bytes]) -> list[Node]:
        own_files = {path.rpartition("/")[2]: content for path, content in files.items()}
        nodes = []
        for element, pattern in _AURA.items():
            if pattern.format(full_name) in own_files:
                nodes.append(encoded(element, own_files[pattern.format(full_name)]))
        for kind, ending in _AURA_MARKUP.items():
            if f"{full_name}.{ending}" in own_files:
                nodes += [encoded("markup", own_files[f"{full_name}.{ending}"]), Node.of("type", text=kind)]
        return nodes

    def _aura_files(self, full_name: str, document: Node) -> dict[str, bytes]:
        folder = path_of(self.type_name, full_name)
        main = f"{folder}/{full_name}.{_AURA_MARKUP.get(document.value('type'), 'cmp')}"
        made = {
            main: decoded(document.value("markup")) or b"",
            main + META: description(document, self.type_name, "markup", "type", *_AURA),
        }
        for element, pattern in _AURA.items():
            node = document.first(element)
            if node is not None:
                made[f"{folder}/{pattern.format(full_name)}"] = decoded(node.text) or b""
        return made


def _as_base64(node: Node) -> Node:
    """``targetConfigs`` is XML in a file and base64 in a call."""
    if node.name != _CONFIGS or not node.children:
        return node
    # a document of its own, without the declaration
    return encoded(_CONFIGS, b"".join(write(child).partition(b"\n")[2].rstrip() for child in node.children))


def _as_xml(node: Node) -> Node:
    content = decoded(node.text) if node.name == _CONFIGS and not node.children else None
    if not content:
        return node
    try:
        return Node(_CONFIGS, "", parse(b"<x>" + content + b"</x>").children)
    except XmlError:
        return node
