"""The merge: what a template renders wins, what people wrote stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfmeta.access.owned_paths import OWNED_PATHS, merge
from sfmeta.model.element import Element


def leaf(name: str, text: str) -> Element:
    return Element.of(name, text=text)


def permission(name: str, enabled: str) -> Element:
    return Element.of("userPermissions", leaf("enabled", enabled), leaf("name", name))


def app(*children: Element) -> Element:
    return Element.of("ConnectedApp", *children)


def test_parts_keep_their_other_children() -> None:
    old = app(leaf("infoUrl", "i"), Element.of("oauthConfig", leaf("callbackUrl", "c"), leaf("scopes", "Api")))
    new = app(Element.of("oauthConfig", leaf("isAdminApproved", "true"), leaf("scopes", "Web"), leaf("scopes", "Full")))
    merged = merge(old, new)
    assert merged.value("infoUrl") == "i"
    assert [element.text for element in merged.find("oauthConfig/scopes")] == ["Web", "Full"]
    assert [element.text for element in merged.find("oauthConfig/callbackUrl")] == ["c"]


def test_keyed_lists_change_only_what_is_named() -> None:
    old = Element.of(
        "Profile", permission("ViewSetup", "true"), permission("ApiEnabled", "true"), leaf("custom", "true")
    )
    merged = merge(old, Element.of("Profile", permission("ApiEnabled", "false")))
    said = {child.value("name"): child.value("enabled") for child in merged.all("userPermissions")}
    assert said == {"ViewSetup": "true", "ApiEnabled": "false"}
    assert merged.value("custom") == "true"


def test_cleared_paths_go_only_when_they_are_not_rendered() -> None:
    old = app(leaf("permissionSetName", "A"), Element.of("sessionPolicy", leaf("policyAction", "Block")))
    assert merge(old, app(), {"permissionSetName"}).value("permissionSetName") is None
    assert merge(old, app(leaf("permissionSetName", "B")), {"permissionSetName"}).value("permissionSetName") == "B"
    assert merge(old, app(), {"sessionPolicy/policyAction"}).first("sessionPolicy") is None


def test_an_empty_rendering_changes_nothing() -> None:
    old = app(leaf("label", "L"), leaf("permissionSetName", "A"))
    assert merge(old, app()) == old


_NAMES = ["label", "contactEmail", "profileName", "scopes", "infoUrl"]
_LEAVES = st.lists(st.builds(leaf, st.sampled_from(_NAMES), st.text("ab", max_size=2)), max_size=6)
_APPS = st.builds(
    lambda top, inner: app(*top, *([Element.of("oauthConfig", *inner)] if inner else [])), _LEAVES, _LEAVES
)


def in_order(element: Element) -> Element:
    """As ``codec.canonical`` would: by name, equal names in their own order."""
    return element.with_children(tuple(sorted(map(in_order, element.children), key=lambda child: child.name)))


@given(_APPS, _APPS)
def test_merging_twice_is_merging_once(old: Element, new: Element) -> None:
    once = merge(old, new)
    assert in_order(merge(once, new)) == in_order(once)
    for path, element in new.walk():
        if not element.children:
            assert element in list(once.find(path)), "what is rendered wins"
    rendered = {path for path, _ in new.walk()}
    for path, element in old.walk():
        if path not in rendered and not element.children:
            assert element in list(once.find(path)), "what is not rendered stays"


def test_every_template_has_its_owned_paths() -> None:
    from sfmeta.source.templating import TEMPLATES

    assert set(OWNED_PATHS) == set(TEMPLATES)
