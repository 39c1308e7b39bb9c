"""The law of rollback: what was before comes back, whatever was said in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfmeta.change.comparison import differences, unmet
from sfmeta.change.inverse import Inverse, Known, Origin, States, invert
from sfmeta.codec import xml
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId

PROFILE = ComponentId.of("Profile", "Integration")
SET = ComponentId.of("PermissionSet", "Allow_X")
APP = ComponentId.of("ConnectedApp", "Billing")

Permissions = dict[str, bool]
permissions = st.dictionaries(
    st.sampled_from(["ApiEnabled", "ApiUserOnly", "ViewSetup", "UseAnyApiClient"]), st.booleans()
)
names = st.lists(st.sampled_from(["Allow_A", "Allow_B", "Allow_C"]), unique=True)


def same(root: Element) -> Element:
    """The order of elements is no matter here."""
    return root


def entries(said: Permissions) -> list[Element]:
    return [
        Element.of("userPermissions", Element.of("enabled", text=str(on).lower()), Element.of("name", text=name))
        for name, on in sorted(said.items())
    ]


def holding(component: ComponentId, path: str, *children: Element) -> Holdings:
    root = Element.of(str(component.type), *children)
    return {component: (Entry.of(path, xml.write(root)),)}


def profile(said: Permissions) -> Holdings:
    return holding(PROFILE, "profiles/Integration.profile", *entries(said))


def permission_set(said: Permissions) -> Holdings:
    label = Element.of("label", text="Allow X")
    return holding(SET, "permissionsets/Allow_X.permissionset", label, *entries(said))


def said_in(found: Holdings, component: ComponentId) -> Permissions:
    if component not in found:
        return {}
    root = xml.parse(found[component][0].read(), "")
    return {str(entry.value("name")): entry.value("enabled") == "true" for entry in root.all("userPermissions")}


def later(*deployments: Holdings) -> dict[ComponentId, tuple[tuple[Entry, ...], ...]]:
    """What deployments after the target sent, newest first."""
    said: dict[ComponentId, tuple[tuple[Entry, ...], ...]] = {}
    for sent in deployments:
        for component, files in sent.items():
            said[component] = (*said.get(component, ()), files)
    return said


def on(state: Permissions) -> set[str]:
    """What really counts: a permission that is absent is off."""
    return {name for name, enabled in state.items() if enabled}


@given(start=permissions, target=permissions, base=permissions)
def test_a_profile_is_what_it_was_after_the_target_was_deployed(
    start: Permissions, target: Permissions, base: Permissions
) -> None:
    after_target = {**start, **target}  # a profile's deploy adds
    after_base = {**after_target, **base}
    origin = Origin(Known.HELD, profile(after_target)[PROFILE])
    states = States(later(profile(base)), profile(target), {PROFILE: origin}, profile(after_base))
    inverse = invert(states, {}, same)
    assert on({**after_base, **said_in(inverse.files, PROFILE)}) == on(after_target)
    assert inverse.losses == ()


@given(start=permissions, target=permissions, second=permissions, third=permissions)
def test_two_deployments_after_the_target_are_both_undone(
    start: Permissions, target: Permissions, second: Permissions, third: Permissions
) -> None:
    after_target = {**start, **target}
    now = {**after_target, **second, **third}
    origin = Origin(Known.HELD, profile(after_target)[PROFILE])
    said = later(profile(third), profile(second))
    inverse = invert(States(said, profile(target), {PROFILE: origin}, profile(now)), {}, same)
    assert on({**now, **said_in(inverse.files, PROFILE)}) == on(after_target)


@given(start=permissions, base=permissions)
def test_a_profile_that_the_target_does_not_mention_is_what_it_was(start: Permissions, base: Permissions) -> None:
    after_base = {**start, **base}
    origin = Origin(Known.HELD, profile(start)[PROFILE])
    inverse = invert(States(later(profile(base)), {}, {PROFILE: origin}, profile(after_base)), {}, same)
    assert on({**after_base, **said_in(inverse.files, PROFILE)}) == on(start)
    assert inverse.deletions == ()


@given(target=permissions, base=permissions)
def test_a_permission_set_is_what_the_target_says(target: Permissions, base: Permissions) -> None:
    origin = Origin(Known.HELD, permission_set(target)[SET])
    states = States(later(permission_set(base)), permission_set(target), {SET: origin}, permission_set(base))
    inverse = invert(states, {}, same)
    result = said_in(inverse.files, SET) if inverse.files else base
    assert on(result) == on(target)


def app(grants: list[str]) -> Holdings:
    children = [
        Element.of("contactEmail", text="a@example.com"),
        Element.of("label", text="Billing"),
        *(Element.of("permissionSetName", text=name) for name in grants),
    ]
    return holding(APP, "connectedApps/Billing.connectedApp", *children)


def grants_after(inverse: Inverse, before: list[str]) -> set[str]:
    """A list in the file is the whole list; no list says nothing; an empty element removes all."""
    if APP not in inverse.files:
        return set(before)
    root = xml.parse(inverse.files[APP][0].read(), "")
    told = [element.text.strip() for element in root.all("permissionSetName")]
    return {name for name in told if name} if told else set(before)


@given(target=names, base=names)
def test_grants_of_an_app_are_what_they_were(target: list[str], base: list[str]) -> None:
    after_base = base or target
    origin = Origin(Known.HELD, app(target)[APP])
    inverse = invert(States(later(app(base)), app(target), {APP: origin}, app(after_base)), {}, same)
    assert grants_after(inverse, after_base) == set(target)


@given(old=permissions, new=permissions)
def test_a_change_set_is_empty_for_equals_and_its_own_inverse_twice(old: Permissions, new: Permissions) -> None:
    changes = differences(permission_set(old), permission_set(new))
    assert bool(changes) == (on(old) != on(new))
    assert changes.inverse().inverse() == changes
    assert not differences(permission_set(old), permission_set(old))
    assert not unmet(permission_set(new), permission_set(new), {})
