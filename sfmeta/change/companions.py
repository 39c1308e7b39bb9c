"""Which other components a profile must be retrieved with.

An org gives back a profile's object, field, class and other permissions only for components that stand in the same
manifest (Metadata API guide, Profile; Help 000395615; several vendors agree). To see what a profile says about a class,
the manifest must name the class.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId, TypeName

# section of a profile: (the element that names the other component, that component's type)
_SECTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "applicationVisibilities": ("application", "CustomApplication"),
        "classAccesses": ("apexClass", "ApexClass"),
        "customPermissions": ("name", "CustomPermission"),
        "externalDataSourceAccesses": ("externalDataSource", "ExternalDataSource"),
        "fieldPermissions": ("field", "CustomField"),
        "flowAccesses": ("flow", "Flow"),
        "layoutAssignments": ("layout", "Layout"),
        "objectPermissions": ("object", "CustomObject"),
        "pageAccesses": ("apexPage", "ApexPage"),
        "recordTypeVisibilities": ("recordType", "RecordType"),
        "tabVisibilities": ("tab", "CustomTab"),
    }
)


def companions(type_name: TypeName, content: Element) -> frozenset[ComponentId]:
    """The components to name beside one when it is retrieved.

    Args:
        type_name: only profiles have companions.
        content: the root of the file whose sections matter.
    """
    if type_name != "Profile":
        return frozenset()
    found = set()
    for section, (name, kind) in _SECTIONS.items():
        for element in content.all(section):
            value = element.value(name)
            if value:
                found.add(ComponentId.of(kind, value))
                if kind == "CustomField":
                    found.add(ComponentId.of("CustomObject", value.partition(".")[0]))
    return frozenset(found)


def within(content: Element, known: Collection[ComponentId]) -> Element:
    """A profile without what it says of components that did not stand in the manifest.

    Two retrieves of one profile differ by what else was asked for; this makes them comparable.

    Args:
        content: the profile's root.
        known: what stood in the other manifest.
    """
    return content.with_children(tuple(child for child in content.children if _was_asked(child, known)))


def _was_asked(child: Element, known: Collection[ComponentId]) -> bool:
    if child.name not in _SECTIONS:
        return True
    name, kind = _SECTIONS[child.name]
    value = child.value(name)
    return not value or ComponentId.of(kind, value) in known
