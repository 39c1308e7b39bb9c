"""The law of taking over: where something drifted a file agrees with the org then, and nothing else in it changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfmeta.change.takeover import taken_over
from sfmeta.codec.compare import compare
from sfmeta.model.change import ComponentChange, Kind
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId

APP = ComponentId.of("ConnectedApp", "X")
PROFILE = ComponentId.of("Profile", "X")
_VALUES = st.sampled_from(["a", "b", "c"])


def _permissions(name: str, enabled: bool) -> Element:
    return Element.of(
        "userPermissions", Element.of("enabled", text=str(enabled).lower()), Element.of("name", text=name)
    )


PROFILES = st.dictionaries(_VALUES, st.booleans()).map(
    lambda held: Element.of("Profile", *(_permissions(name, on) for name, on in sorted(held.items())))
)
_OAUTH = st.fixed_dictionaries({}, optional={"callbackUrl": _VALUES, "consumerKey": _VALUES, "certificate": _VALUES})
APPS = st.builds(
    lambda oauth, sets, label: Element.of(
        "ConnectedApp",
        Element.of("label", text=label),
        *([Element.of("oauthConfig", *(Element.of(name, text=text) for name, text in oauth.items()))] if oauth else []),
        *(Element.of("permissionSetName", text=name) for name in sorted(sets)),
    ),
    _OAUTH,
    st.sets(_VALUES),
    _VALUES,
)


def check(component: ComponentId, left: Element, org: Element, file: Element) -> None:
    change = ComponentChange(component, Kind.CHANGED, compare(component.type, left, org))
    if not change.fields:
        return
    merged = taken_over(file, org, change)
    drifted = [field.path for field in change.fields]

    def meets(path: tuple[str, ...]) -> bool:
        return any(path[: len(one)] == one[: len(path)] for one in drifted)

    for field in compare(component.type, merged, org):
        if meets(field.path):
            places = {"/".join(field.path), *(f"{'/'.join(field.path)}/{path}" for path, _ in _below(field.new))}
            assert "oauthConfig/consumerKey" in places, field
    for field in compare(component.type, file, merged):
        assert meets(field.path), field
    keys = [element.text for element in file.find("oauthConfig/consumerKey")]
    assert keys or not list(merged.find("oauthConfig/consumerKey")), "a key was brought in"


def _below(element: Element | None) -> list[tuple[str, Element]]:
    return [] if element is None else list(element.walk())


@given(left=PROFILES, org=PROFILES, file=PROFILES)
def test_profiles(left: Element, org: Element, file: Element) -> None:
    check(PROFILE, left, org, file)


@given(left=APPS, org=APPS, file=APPS)
def test_apps(left: Element, org: Element, file: Element) -> None:
    check(APP, left, org, file)
