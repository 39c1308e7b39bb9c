"""Reading ``environments.yml``: the whole schema, and every way in which a file can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfmeta.config.environments import read_environments
from sfmeta.errors import Problem, SourceError
from sfmeta.model.environment import Approval, Setting, Usernames
from sfmeta.model.names import ComponentId, OrgId
from sfmeta.model.outcome import TestLevel

WHOLE = (Path(__file__).parent / "environments.yml").read_text(encoding="utf-8")
APP = ComponentId.of("ConnectedApp", "Billing_Sync")


def problems(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(SourceError) as caught:
        read_environments(text)
    return tuple(caught.value.problems)


def chain(*bodies: str) -> str:
    """Environments ``a``, ``b``, ... with these further lines."""
    lines = ["version: 1", "environments:"]
    for number, body in enumerate(bodies):
        name = chr(ord("a") + number)
        lines += [f"  {name}:", f"    org: {name}", f"    org_id: 00D00000000000{number}"]
        lines += [f"    {line}" for line in body.splitlines()]
    return "\n".join(lines) + "\n"


def test_a_file_with_everything_is_read_whole_and_in_order() -> None:
    found = read_environments(WHOLE)
    assert list(found.chain) == ["dev", "uat", "production"]
    dev, uat, production = found
    assert dev.usernames == Usernames(map={"sync@acme.example": "tester@dev.acme.example"})
    assert uat.org_id == OrgId.parse("00D000000000001"), "15 and 18 characters are one org"
    assert uat.usernames == Usernames(suffix=".uat")
    callback, key = uat.settings
    assert callback == Setting(APP, "oauthConfig/callbackUrl", "https://uat.example.com/callback", callback.place)
    assert callback.place.line == 15
    assert (key.path, key.text) == ("oauthConfig/consumerKey", None)
    assert (uat.gates.after, uat.gates.soak_s, uat.gates.approval) == ("dev", 172_800, None)
    assert (production.gates.after, production.gates.soak_s) == ("uat", 86_400)
    assert production.gates.approval is Approval.SECOND_PERSON
    assert production.test_level is TestLevel.RUN_LOCAL_TESTS
    assert (dev.gates.after, dev.gates.soak_s, dev.test_level) == ("", 0, None)


def test_a_chain_without_links_and_an_empty_one_are_fine() -> None:
    assert len(list(read_environments(chain("", "")))) == 2
    assert list(read_environments("version: 1\nenvironments:\n  # none yet\n")) == []


def test_everything_that_is_wrong_is_said_at_once_with_its_place() -> None:
    found = problems(
        """version: 1
environments:
  uat:
    org: uat
    org_id: 00X
    username: {suffix: .uat}
  dev:
    org: dev
    org_id: 00D000000000002
    usernames: {suffix: uat}
    values:
      ConectedApp:X: {a: b}
      ConnectedApp:B: {oauthConfig/consumerSecret: abc, "a b": c}
  production:
    org_id: 00D000000000002AAA
    gates: {after: uta, soak: 1 month, approval: first}
"""
    )
    assert sorted((problem.line, problem.rule) for problem in found) == [
        (5, "environments-value"),
        (6, "environments-unknown-key"),
        (10, "environments-value"),
        (12, "environments-value"),
        (13, "environments-secret"),
        (13, "environments-value"),
        (15, "environments-missing-key"),
        (15, "environments-rule"),
        (16, "environments-value"),
        (16, "environments-value"),
    ]
    text = "\n".join(map(str, found))
    assert "environments.yml:6:5: 'username' is not known here (Did you mean usernames?)" in text
    assert "(Did you mean ConnectedApp?)" in text
    assert "'production' is the same org as 'dev' in line 8" in text
    assert "abc" not in text, "a secret is not repeated"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("gates: {after: c}", "'c' does not stand before 'b' (The environments are a chain, in order)"),
        ("gates: {after: b}", "'b' does not stand before 'b'"),
        ("gates: {after: aa}", "'aa' is not one of a (Did you mean a?)"),
        ("gates: {soak: 1 day}", "the gates of 'b' do not say after which environment"),
        ("gates: {approval: second_person}", "the gates of 'b' do not say after which environment"),
        ("gates: {after: a, soak: 1}", "'1' is not a duration in hours or days (24 hours)"),
        ("test_level: RunSpecifiedTests", "needs names of tests"),
        ("gates: {after: a, validated: NoTestRun}", "NoTestRun proves too little of what goes to 'b'"),
        ("gates: {validated: RunSpecifiedTests}", "RunSpecifiedTests proves too little of what goes to 'b'"),
        ("gates: {validated: RunLocalTest}", "Did you mean RunLocalTests?"),
        ("test_level: RunLocalTest", "Did you mean RunLocalTests?"),
        ("usernames: {suffix: .b, map: {a@b.example: c@d.example}}", "exactly one of suffix, map"),
        ("usernames: {}", "exactly one of suffix, map"),
        ("usernames: {map: {a: b@c.example}}", "'a' is not a username"),
        ("values: {Layout: {a: b}}", "'Layout' is not a component"),
        ("values: {'Layout:*': {a: b}}", "'Layout:*' names no single component"),
        ("values: {ConnectedApp:X: {label: ''}}", "an empty value cannot stand here (null takes the element out)"),
        ("values: {ConnectedApp:X: {label: [a]}}", "not a list"),
        ("values: {ConnectedApp:X: {label: '${env:LABEL}'}}", "a reference to the environment cannot stand here"),
        ("values: {ConnectedApp:X: {oauthConfig/consumerSecret: null}}", "is a secret"),
        ("values: {AuthProvider:X: {consumerSecret: s3cr3t}}", "is a secret"),
        ("values: {CustomSite:X: {deep/password: s3cr3t}}", "is a secret"),
        ("values: {ConnectedApp:X: {label: a, label: b}}", "'label' stands twice"),
        ("org: other", "'org' stands twice"),
    ],
)
def test_what_contradicts_itself(body: str, words: str) -> None:
    found = "\n".join(map(str, problems(chain("", body, ""))))
    assert words in found
    assert "s3cr3t" not in found


def test_the_first_of_a_chain_comes_after_nothing() -> None:
    [problem] = problems(chain("gates: {after: x}"))
    assert "no environment stands before 'a'" in str(problem)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("version: 2", "'2' is not 1"),
        ("environments: {}", "needs 'version'"),
        ("version: 1\nenvironments: [a]", "a mapping is expected"),
        ("version: 1\nenvironments:\n  uat: {org: uat}", "an environment needs 'org_id'"),
        ("version: 1\nenvironments:\n  '1': {org: a, org_id: 00D000000000001}", "'1' is not a name"),
        ("version: 1\n\tx", "spaces"),
    ],
)
def test_what_is_no_such_file(text: str, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_environments(text)
    assert words in "\n".join([str(caught.value), *map(str, caught.value.problems)])
