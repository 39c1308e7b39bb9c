"""Templates: every missing and every unused value, every mistake, with file and line, all at once."""

from __future__ import annotations

import pytest

from sfmeta.errors import SourceError
from sfmeta.source.templating import TEMPLATES, Templates, Use, built_in

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def render(text: str, values: dict[str, object], name: str = "PermissionSet") -> tuple[str, list[str]]:
    rendered, problems = Templates({f"{name}.xml.j2": text}).render(name, values)
    return rendered, [str(problem) for problem in problems]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_built_in_template_parses_and_says_what_it_is(name: str) -> None:
    assert built_in(f"{name}.xml.j2").startswith("{# ")
    Templates({})


def test_values_are_escaped_for_xml() -> None:
    text, problems = Templates({}).render("PermissionSet", {"label": "A & B <C> \"D\" 'E'"})
    assert problems == []
    assert "<label>A &amp; B &lt;C&gt; &#34;D&#34; &#39;E&#39;</label>" in text


def test_every_missing_value_is_reported_at_once_with_its_line() -> None:
    text = "<PermissionSet>\n<label>{{ lable }}</label>\n{% for one in many %}{{ one }}{% endfor %}\n{{ other }}\n"
    _, problems = render(text, {"label": "L"})
    assert problems == [
        "templates/PermissionSet.xml.j2:2: the template uses 'lable', which has no value (Did you mean label?)",
        "templates/PermissionSet.xml.j2:3: the template uses 'many', which has no value"
        " (Guard it with {% if many is defined %}, or give it in the policy)",
        "templates/PermissionSet.xml.j2:4: the template uses 'other', which has no value"
        " (Guard it with {% if other is defined %}, or give it in the policy)",
    ]


@pytest.mark.parametrize(
    "use", ["{{ x.y.z }}", "{{ x + 'a' }}", "{% if x %}{% endif %}", "{{ x() }}", "{{ x['a'] }}", "{{ x | upper }}",
            "{% if x == 'a' %}{% endif %}", "{{ 'a' in x }}", "{{ x | length }}"],
)  # fmt: skip
def test_no_use_of_a_missing_value_goes_unseen(use: str) -> None:
    _, problems = render(use, {})
    assert any("'x', which has no value" in problem for problem in problems), problems


def test_a_missing_attribute_is_named() -> None:
    _, problems = render("\n{{ one.nmae }}", {"one": {"name": "N"}})
    assert problems[0].startswith("templates/PermissionSet.xml.j2:2: the template uses 'nmae'")


def test_asking_whether_a_value_is_defined_is_fine() -> None:
    assert render("{% if x is defined %}{{ x }}{% endif %}{{ y | default('z') }}", {}) == ("z", [])


def test_a_list_is_no_text() -> None:
    _, problems = render("{{ scopes }}", {"scopes": ("Api",)})
    assert "the template writes a tuple, not a text" in problems[0]


def test_every_unused_value_is_reported_once_with_who_gives_it() -> None:
    templates = Templates(
        {"PermissionSet.xml.j2": "<PermissionSet/>", "Profile.xml.j2": "{% include 'part.j2' %}", "part.j2": "{{ a }}"}
    )
    uses = [
        Use("PermissionSet", frozenset({"label", "user_permissions"}), "policy.yml:3"),
        Use("PermissionSet", frozenset({"label"}), "policy.yml:9"),
        Use("Profile", frozenset({"a"}), "policy.yml:12"),
    ]
    problems = [str(problem) for problem in templates.unused(uses)]
    assert [problem.split(" (")[0] for problem in problems] == [
        "templates/PermissionSet.xml.j2: the template never uses 'label', which the policy gives",
        "templates/PermissionSet.xml.j2: the template never uses 'user_permissions', which the policy gives",
    ]
    assert "policy.yml:3" in problems[0]


def test_syntax_errors_and_strangers_are_reported_together() -> None:
    with pytest.raises(SourceError) as caught:
        Templates(
            {
                "Profile.xml.j2": "\n{% if %}",
                "PermissionSet.xml.j2": "\n\n{{ label | nofilter }}",
                "PermisionSet.xml.j2": "",
            }
        )
    lines = [str(problem) for problem in caught.value.problems]
    assert lines[0].startswith("templates/PermisionSet.xml.j2: no metadata type has this template (Did you mean Perm")
    assert lines[1].startswith("templates/PermissionSet.xml.j2:3: not a valid template: No filter named 'nofilter'")
    assert lines[2].startswith("templates/Profile.xml.j2:2: not a valid template")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n{{ label.__class__.__mro__ }}", "'__class__', which has no value"),
        ("\n{{ label + 1 }}", "the template failed"),
        ("\n{{ 1 // 0 }}", "the template failed"),
        ("\n{% include 'nowhere.j2' %}", "there is no template 'nowhere.j2' to include"),
        ("\n{% for i in range(100000000) %}{% endfor %}", "the template failed"),
    ],
)
def test_what_a_template_may_not_do(text: str, message: str) -> None:
    _, problems = render(text, {"label": "L"})
    assert any(problem.startswith("templates/PermissionSet.xml.j2:2: ") and message in problem for problem in problems)
