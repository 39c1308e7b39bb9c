"""The laws of comparison, on random files of the types that are deployed most."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from sfmeta.codec import xml
from sfmeta.codec.compare import apply, compare, compare_files, in_places, unmet, unmet_files
from sfmeta.codec.compare_rules import rules_for
from sfmeta.codec.meaning import normal
from sfmeta.model.change import FieldChange
from sfmeta.model.element import Element

few = st.sampled_from(["A", "B", " A ", "A &amp; <B>", "it's"])
flags = st.sampled_from(["true", "false"])


def leaf(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Element]:
    return values.map(lambda text: Element.of(name, text=text))


def block(name: str, *parts: st.SearchStrategy[Element]) -> st.SearchStrategy[Element]:
    """A block in which each part may be missing."""
    optional = [st.one_of(part.map(lambda element: (element,)), st.just(())) for part in parts]
    return st.tuples(*optional).map(lambda found: Element.of(name, *(element for group in found for element in group)))


def root(name: str, *children: st.SearchStrategy[Element]) -> st.SearchStrategy[Element]:
    return st.lists(st.one_of(*children), max_size=7).map(lambda found: Element.of(name, *found))


permissions = [
    block("userPermissions", leaf("enabled", flags), leaf("name", few)),
    block("fieldPermissions", leaf("editable", flags), leaf("field", few), leaf("readable", flags)),
    block("layoutAssignments", leaf("layout", few), leaf("recordType", few)),
    block("loginIpRanges", leaf("startAddress", few), leaf("endAddress", few), leaf("description", few)),
    block("tabSettings", leaf("tab", few), leaf("visibility", st.sampled_from(["None", "Visible"]))),
    block("loginFlows", leaf("friendlyName", few), leaf("flow", few)),
    leaf("description", few),
    leaf("hasActivationRequired", flags),
]
scopes = st.sampled_from(["Basic", "Profile", "Email", "RefreshToken", "OfflineAccess", "Api"])
FILES = {
    "Profile": root("Profile", *permissions),
    "PermissionSet": root("PermissionSet", *permissions),
    "ConnectedApp": root(
        "ConnectedApp",
        leaf("permissionSetName", st.sampled_from(["", "X", "Y"])),
        leaf("profileName", few),
        leaf("label", few),
        block("attributes", leaf("key", few), leaf("formula", few)),
        st.lists(
            st.one_of(
                leaf("scopes", scopes),
                leaf("isAdminApproved", flags),
                leaf(
                    "certificate",
                    st.sampled_from(["MIIa b", "-----BEGIN CERTIFICATE-----\nMIIab\n-----END CERTIFICATE-----"]),
                ),
                leaf("consumerSecret", few),
            ),
            max_size=4,
        ).map(lambda found: Element.of("oauthConfig", *found)),
    ),
    "ExtlClntAppOauthConfigurablePolicies": root(
        "ExtlClntAppOauthConfigurablePolicies",
        leaf("commaSeparatedPermissionSet", st.sampled_from(["", "A,B", "B , A", "A"])),
        leaf("externalClientApplication", few),
    ),
    "CustomObject": root(
        "CustomObject",
        block("fields", leaf("fullName", few), leaf("label", few), block("valueSet", leaf("fullName", few))),
        block("actionOverrides", leaf("actionName", few), leaf("type", few)),
        leaf("label", few),
    ),
    "Unheard": root(
        "Unheard", leaf("x", few), block("y", leaf("a", few), leaf("a", few)), block("z", leaf("fullName", few))
    ),
}
typed = st.sampled_from(sorted(FILES))
pairs = typed.flatmap(lambda name: st.tuples(st.just(name), FILES[name], FILES[name]))


def shuffled(element: Element, seed: int) -> Element:
    children = [shuffled(child, seed + index) for index, child in enumerate(element.children)]
    random.Random(seed).shuffle(children)
    return Element(element.name, f"  {element.text}\n" if element.text else "", tuple(children))


@given(pairs)
def test_nothing_differs_from_itself(case: tuple[str, Element, Element]) -> None:
    name, one, _ = case
    assert compare(name, one, one) == ()


@given(pairs, st.integers(0, 99))
def test_order_and_formatting_never_show(case: tuple[str, Element, Element], seed: int) -> None:
    name, one, _ = case
    assert compare(name, one, shuffled(one, seed)) == ()


@given(pairs)
def test_applying_the_difference_gives_the_other(case: tuple[str, Element, Element]) -> None:
    name, one, other = case
    changes = compare(name, one, other)
    assert compare(name, apply(name, changes, one), other) == ()


@given(pairs)
def test_applying_the_inverse_goes_back(case: tuple[str, Element, Element]) -> None:
    name, one, other = case
    changes = compare(name, one, other)
    there = apply(name, changes, one)
    back = apply(name, [change.inverse() for change in reversed(changes)], there)
    assert compare(name, back, one) == ()
    assert tuple(change.inverse().inverse() for change in changes) == changes


@given(pairs)
def test_no_difference_means_one_meaning(case: tuple[str, Element, Element]) -> None:
    name, one, other = case
    rules = rules_for(name)
    assert (compare(name, one, other) == ()) is (normal(rules, "", one) == normal(rules, "", other))


@given(pairs)
def test_files_differ_as_their_values_do(case: tuple[str, Element, Element]) -> None:
    name, one, other = case
    expected = compare(name, one, other)
    found = compare_files(name, xml.write(one), xml.write(other))
    assert meanings(name, found) == meanings(name, expected)


@given(pairs)
def test_files_assert_what_their_values_do(case: tuple[str, Element, Element]) -> None:
    name, one, other = case
    found = unmet_files(name, xml.write(one), xml.write(other))
    assert meanings(name, found) == meanings(name, unmet(name, one, other))


@given(pairs)
def test_an_org_that_took_the_changes_holds_what_the_file_says(case: tuple[str, Element, Element]) -> None:
    name, asserted, actual = case
    changes = unmet(name, asserted, actual)
    assert unmet(name, asserted, apply(name, changes, actual)) == ()
    assert unmet(name, asserted, asserted) == ()


@given(pairs)
def test_what_comes_as_a_whole_comes_place_by_place(case: tuple[str, Element, Element]) -> None:
    name, one, _ = case
    nothing = one.with_children(())
    places = in_places(name, compare(name, nothing, one))
    assert compare(name, apply(name, places, nothing), one) == ()


@given(pairs)
def test_what_goes_as_a_whole_goes_place_by_place(case: tuple[str, Element, Element]) -> None:
    name, one, _ = case
    nothing = one.with_children(())
    hollow = apply(name, in_places(name, compare(name, one, nothing)), one)
    for left in compare(name, hollow, nothing):
        assert left.old is not None
        assert compare(name, Element.of(name, left.old), Element.of(name, Element.of(left.old.name))) == ()


def test_the_places_of_a_block() -> None:
    hours = Element.of("loginHours", Element.of("mondayEnd", text="600"), Element.of("mondayStart", text="60"))
    profile = Element.of("Profile", hours)
    places = in_places("Profile", compare("Profile", Element.of("Profile"), profile))
    assert [place.path for place in places] == [("loginHours", "mondayEnd"), ("loginHours", "mondayStart")]
    assert apply("Profile", places[:1], Element.of("Profile")) == Element.of(
        "Profile", Element.of("loginHours", Element.of("mondayEnd", text="600"))
    )


def meanings(name: str, changes: tuple[FieldChange, ...]) -> list[str]:
    """What the changes say; which of two equal elements they name is no matter."""
    rules = rules_for(name)

    def form(change: FieldChange, element: Element | None) -> object:
        path = "/".join(step.partition("[")[0] for step in change.path)
        return None if element is None else normal(rules, path, element)

    return sorted(repr((change.path, form(change, change.old), form(change, change.new))) for change in changes)
