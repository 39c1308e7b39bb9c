"""How to say "not" in a metadata file, where leaving something out does not say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sfmeta.codec.compare_rules import rules_for
from sfmeta.model.element import Element


def explicit_absence(type_name: str, path: str, element: Element) -> Element | None:
    """What to deploy so that an element is gone from the org afterwards.

    Args:
        type_name: of the component that holds it.
        path: of the element from the root's children down: ``userPermissions``, ``objectPermissions/allowEdit``.
        element: as it was asserted.

    Returns:
        The element that takes it away; None where no way is established.
    """
    block, slash, _ = path.partition("/")
    if slash:
        is_flag = (type_name, block) in _WAYS and element.text.strip() == "true" and type_name == "Profile"
        return Element.of(element.name, text="false") if is_flag else None
    way = _WAYS.get((type_name, path))
    return way(element) if way else None


def _all_false(element: Element) -> Element:
    """Every flag of the entry off: a profile's permissions stay as they are unless set to false."""
    return element.with_children(
        tuple(Element.of(child.name, text="false") if child.text == "true" else child for child in element.children)
    )


def _hidden(element: Element) -> Element:
    return element.with_children(
        tuple(
            Element.of("visibility", text="Hidden") if child.name == "visibility" else child
            for child in element.children
        )
    )


def _empty(element: Element) -> Element:
    return Element.of(element.name)


_WAYS: Mapping[tuple[str, str], Callable[[Element], Element]] = MappingProxyType(
    {
        **{("Profile", section): _all_false for section in rules_for("Profile").grants},
        ("Profile", "tabVisibilities"): _hidden,
        # Metadata API guide, Profile: login hours are removed by an empty element
        ("Profile", "loginHours"): _empty,
        # Metadata API guide, ConnectedApp: an empty element removes all grants of its kind
        ("ConnectedApp", "permissionSetName"): _empty,
        ("ConnectedApp", "profileName"): _empty,
    }
)
