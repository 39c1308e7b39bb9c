"""Adding apps to a policy that people wrote: their bytes stay, and the result says the old and the new."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.config.policy import read_policy
from sfmeta.config.policy_edit import Addition, add_to_policy
from sfmeta.config.policy_text import NewApp, one_line, scalar
from sfmeta.config.yaml_document import compose
from sfmeta.errors import SourceError
from sfmeta.model.policy import (
    App,
    AppKind,
    Decision,
    EnvText,
    Grants,
    Match,
    Ownership,
    PermittedUsers,
    UserGrant,
)

HOSTILE = [
    'He said "no": yes', "a: b", "a #b", "# not a comment", "yes", "null", "~", "*alias", "&anchor", "!tag", "- item",
    "{flow}", "[list]", "a, b", "it's", "100%", "@at", "`tick`", "|", ">", "?", "1.10", "0x1F", "2026-11-26", "=", "<<",
    "Emoji \U0001f680", "Ünïcödé", "\\backslash\\", "a\tb", "a\u2028b", "a\x85b", "bell\x07", "\ufeffbom", "' '", "a:",
    "x" * 300, "\u202etfel", "\uffff", "on", "NO", "Null", ".inf", "1e3", "12:30:45", "a  b", "%YAML 1.2", "---",
    "...", "key: |",
]  # fmt: skip


def new_app(key: str, label: str = "New App", **values: object) -> NewApp:
    fixed: dict[str, object] = {
        "ownership": Ownership.INSTALLED,
        "decision": Decision.ALLOW,
        "wave": 2,
        "permission_set": f"Allow {key}",
        "permitted_users": PermittedUsers.ADMIN_APPROVED,
        "grants": Grants(users=(UserGrant(EnvText("ann@acme.example")), UserGrant(EnvText("o'neil+x@acme.example")))),
    }
    app = App(key, Match(label), **{**fixed, **values})  # type: ignore[arg-type]
    undecided = App(key, Match(label), decision=Decision.UNDECIDED)
    return NewApp(app, (f"{label}: its evidence", "- a claim"), None if values else undecided)


def lines_of(data: bytes) -> list[str]:
    return re.split(r"\r\n|\n|\r", data.decode("utf-8-sig"))


def survives(part: Sequence[object], whole: Sequence[object]) -> bool:
    """Whether a sequence is what is left of another after taking things out."""
    rest = iter(whole)
    return all(item in rest for item in part)


def check(original: bytes, addition: Addition, *, flow: bool = False) -> bytes:
    """The law: all bytes stay, and it reads as the old policy and the new apps."""
    before = read_policy(original)
    result = add_to_policy(original, addition)
    after = read_policy(result)
    assert survives(original, result)
    if not flow:
        assert survives([line for line in lines_of(original) if line], lines_of(result)), "whole lines stay as they are"
    assert list(after.apps)[: len(before.apps)] == list(before.apps)
    assert [after.apps[key] for key in before.apps] == [*before.apps.values()]
    for new in addition.apps:
        found = after.apps[new.app.key]
        assert found.match == new.app.match
        assert (found.decision, found.wave, found.permitted_users) == (
            new.app.decision,
            new.app.wave,
            new.app.permitted_users,
        )
        assert found.grants == new.app.grants
    assert len(after.apps) == len(before.apps) + len(addition.apps)
    assert (after.any_api_client, after.profiles, after.canaries) == (
        before.any_api_client,
        before.profiles,
        before.canaries,
    )
    assert (after.enforcement, after.break_glass) == (before.enforcement, before.break_glass)
    return result


FLOW = {
    "empty braces": "version: 1\napps: {}\n",
    "braces with a space": "version: 1\napps: { }\ncanaries: []\n",
    "one line": "version: 1\napps: {a: {match: {label: a}}, b: {match: {label: b}}}\n",
    "no newline at the end": "version: 1\napps: {a: {match: {label: a}}}",
    "a comma at the end": "apps: {\n  a: {match: {label: a}},\n}\nversion: 1\n",
    "a comment at the end": "apps: {a: {match: {label: a}} # why, oh {why}\n  }\nversion: 1\n",
    "a comment with a comma": "apps: {a: {match: {label: a}} # one, two\n}\nversion: 1\n",
    "value on its own line": "version: 1\napps:\n  {a: {match: {label: a}}}\n",
    "all in braces": "{version: 1, apps: {a: {match: {label: a}}}}\n",
    "all in braces, apps empty": "{version: 1, apps: {}}",
    "all in braces, no apps": "{version: 1}\n",
    "all in braces, no apps, a comma": "{\n  version: 1,\n  canaries: [],\n}\n",
    "all in braces, apps left out": "{apps: , version: 1}\n",
    "json": ('{"version": 1, "apps": {"a": {"match": {"label": "a"}}}, "canaries": []}'),
    "anchored": "version: 1\napps: &all {a: {match: {label: a}}}\n",
}

BLOCK = {
    "apps missing": "version: 1\n",
    "apps missing, no newline": "version: 1",
    "apps missing, a comment last": "version: 1\n# the end",
    "apps missing, document marks": "---\nversion: 1\n...\n# after\n",
    "apps empty": "version: 1\napps:\n",
    "apps empty, no newline": "version: 1\napps:",
    "apps empty, a comment behind": "apps: # none yet\nversion: 1\n",
    "apps empty, comments below": (
        "version: 1\napps:\n  # example:\n  #   match: {}\n\n# boxes\nenforcement: {internal_users: true}\n"
    ),
    "apps last": "version: 1\napps:\n  a: {match: {label: a}}",
    "apps first": "apps:\n    a:\n        match: {label: a}\n    # later: more\n\n\nversion: 1\n",
    "one space": "apps:\n a:\n  match:\n   label: a\n # x\nversion: 1\n",
    "quoted keys": "\"version\": 1\n'apps':\n  \"a\":\n    'match': {\"label\": 'a'}\ncanaries: []\n",
    "a folded label": "apps:\n  a:\n    match:\n      label: >-\n        a\n        b\n\nversion: 1\n",
    "a kept block scalar": (
        "apps:\n  a:\n    match: {label: a}\n    callback_url: |+\n      https://x.example\n\n\nversion: 1\n"
    ),
    "a block scalar last": ("version: 1\napps:\n  a:\n    match: {label: a}\n    ticket: |\n      SEC-1\n      SEC-2"),
    "aliases": (
        "apps:\n"
        "  a:\n"
        "    match: {label: a}\n"
        "    grants: &g\n"
        "      users: [x@y.example]\n"
        "  b:\n"
        "    match: {label: b}\n"
        "    grants: *g\n"
        "version: 1\n"
        "defaults: {permission_set: 'Allow {label}'}\n"
    ),
    "wide characters": (
        "# \U0001f680 Ünïcödé\n"
        "version: 1\n"
        "apps:\n"
        '  a: {match: {label: "\U0001f680"}} # \U0001f680\n'
        "  # \U0001f680\n"
        "canaries: []\n"
    ),
    "tabs before comments": (
        "version: 1\t# one\napps:\t\t# two\n  a:\t# three\n    match: {label: a}\t#\tfour\n  # five\tsix\n"
    ),
    "trailing spaces": ("version: 1   \napps:   \n  a:  \n    match: {label: a}   \n   \n \ncanaries: []\n"),
    "indented root": "  version: 1\n  apps:\n      a: {match: {label: a}}\n  canaries: []\n",
    "an explicit key": "version: 1\n? apps\n: a: {match: {label: a}}\n",
    "looks like apps elsewhere": (
        "version: 1\n"
        "canaries:\n"
        "  # apps:\n"
        "  - apps@x.example\n"
        "apps:\n"
        "  apps: {match: {label: 'apps: {}'}}\n"
        "profiles:\n"
        "  apps:\n"
        "    user_permissions: {ApiEnabled: true}\n"
    ),
    "long plain scalar": (
        "version: 1\napps:\n  a:\n    match:\n      label: a\n        b\n        c\n    # mine\n\n    # also mine\n"
    ),
    "list at the key's column": (
        "version: 1\n"
        "apps:\n"
        "  a:\n"
        "    match: {label: a}\n"
        "    permitted_users: admin_approved\n"
        "    permission_set: P\n"
        "    grants:\n"
        "      users:\n"
        "      - x@y.example\n"
        "      # - z@y.example\n"
        "canaries:\n"
        "- x@y.example\n"
    ),
}


@pytest.mark.parametrize("name", [*FLOW, *BLOCK])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_every_way_to_write_a_policy(name: str, end: str, bom: str) -> None:
    text = FLOW.get(name) or BLOCK[name]
    original = (bom + text.replace("\n", end)).encode()
    addition = Addition([new_app("one", "One: #1"), new_app("two", "yes", kind=AppKind.EXTERNAL_CLIENT_APP)], "Drafted")
    result = check(original, addition, flow=name in FLOW)
    assert result.startswith(bom.encode())
    added = result.decode("utf-8-sig")
    if "\n" in text:
        assert len(re.findall(r"\r\n|\n|\r", added)) == added.count(end), "only the file's own line ends"


def test_what_belongs_to_the_app_before_stays_with_it() -> None:
    original = BLOCK["long plain scalar"].encode()
    assert add_to_policy(original, Addition([new_app("one")])).startswith(original)


def test_a_comment_of_the_next_key_stays_with_that() -> None:
    result = check(BLOCK["apps empty, comments below"].encode(), Addition([new_app("one")])).decode()
    assert result.endswith("\n# boxes\nenforcement: {internal_users: true}\n")
    assert "  #   match: {}\n\n  # New App: its evidence\n" in result


def test_nothing_to_add_is_the_same_file() -> None:
    original = b"version: 1\napps:"
    assert add_to_policy(original, Addition(heading="Drafted")) is original


@pytest.mark.parametrize(
    ("text", "line"),
    [("version: 1\napps: ~\n", 2), ("apps: null\nversion: 1\n", 1), ("version: 1\n\napps: ~ # none\n", 3)],
)
def test_what_cannot_be_kept_is_refused_with_its_place(text: str, line: int) -> None:
    with pytest.raises(SourceError, match="no app can be added") as caught:
        add_to_policy(text.encode(), Addition([new_app("one")]), "p.yml")
    assert (caught.value.file, caught.value.line) == ("p.yml", line)


def test_a_key_that_is_taken_is_never_written_over() -> None:
    with pytest.raises(SourceError, match="cannot be put into this policy"):
        add_to_policy(b"version: 1\napps:\n  one: {match: {label: a}}\n", Addition([new_app("one")]))


def test_a_wrong_policy_is_told_as_ever() -> None:
    with pytest.raises(SourceError, match="stands twice"):
        add_to_policy(
            b"version: 1\napps: {a: {match: {label: a}}, a: {match: {label: b}}}\n", Addition([new_app("one")])
        )


def test_remarks_are_comments_at_the_end() -> None:
    result = add_to_policy(b"version: 1", Addition(remarks=["canaries: [a@b.c]", "", "x\ny"]))
    assert result == b"version: 1\n\n# canaries: [a@b.c]\n\n# x y\n"


def test_what_an_undecided_app_could_say_is_commented_out() -> None:
    app = App("one", Match("One"), decision=Decision.UNDECIDED)
    allowed = new_app("one", "One", wave=3).app
    result = add_to_policy(b"version: 1\napps:\n", Addition([NewApp(app, (), allowed)])).decode()
    block = result.partition("decision: undecided\n")[2]
    opened = result.partition("decision: undecided\n")[0] + "decision: undecided\n" + block.replace("# ", "")
    found = read_policy(opened).apps["one"]
    assert (found.wave, found.permission_set, found.grants) == (3, "Allow one", allowed.grants)


@pytest.mark.parametrize("label", HOSTILE)
@pytest.mark.parametrize("text", ["version: 1\napps:\n", "version: 1\napps: {}\n"])
def test_hostile_labels(label: str, text: str) -> None:
    check(text.encode(), Addition([new_app("one", label.strip())], label, [label]), flow="{" in text)


@given(st.text())
def test_a_scalar_reads_back_as_itself_everywhere(text: str) -> None:
    for document in (f"k: {scalar(text)} # c\n", f"{{k: {scalar(text)}, l: [{scalar(text)}]}}\n"):
        root = compose(document, "f")
        assert root is not None
        assert root.value[0][1].value == text


@given(st.text())
def test_a_comment_is_one_line_that_yaml_can_carry(text: str) -> None:
    root = compose(f"a: 1\n# {one_line(text)}\nb: 2\n", "f")
    assert root is not None
    assert [key.value for key, _ in root.value] == ["a", "b"]


# policies as people write them: comments anywhere, some way of quoting, some indentation
_comment = st.sampled_from(["", " # why", "\t# tab", "   ", " #"])
_between = st.lists(
    st.sampled_from(["", "# top", "  # deeper", "      # deepest", "  ", "# apps:", "#\ttab", "# a: {"]), max_size=3
)
_label = st.sampled_from(["{0}", "'{0}'", '"{0}"', "App {0}", "'it''s {0}'", "&n{0} L{0}"])
_word = st.text("abcdefgh", min_size=1, max_size=4)


@st.composite
def _block_app(draw: st.DrawFn, key: str, margin: str) -> str:
    step = draw(st.sampled_from([" ", "  ", "    "]))
    label = draw(_label).format(key)
    if draw(st.booleans()):
        return f"{margin}{key}: {{match: {{label: {label}}}}}{draw(_comment)}"
    lines = [f"{margin}{key}:{draw(_comment)}", f"{margin}{step}match:{draw(_comment)}"]
    lines.append(f"{margin}{step}{step}label: {label}{draw(_comment)}")
    if draw(st.booleans()):
        lines += [f"{margin}{step}owner: |{draw(st.sampled_from(['', '+', '-']))}", f"{margin}{step}{step}a # b"]
        lines += [""] * draw(st.integers(0, 2))
    return "\n".join(lines)


@st.composite
def _policies(draw: st.DrawFn) -> tuple[str, bool]:
    keys = draw(st.lists(_word, max_size=4, unique=True))
    style = draw(st.sampled_from(["absent", "empty", "braces", "block"]))
    parts: list[str] = [f"version: 1{draw(_comment)}", *draw(_between)]
    if draw(st.booleans()):
        parts += [f"canaries: [x@y.example]{draw(_comment)}", *draw(_between)]
    apps: list[str] = []
    if style == "empty":
        apps = [f"apps:{draw(_comment)}"]
    elif style == "braces":
        inner = draw(st.sampled_from([", ", ",\n   ", " , # c\n  "])).join(
            f"{key}: {{match: {{label: {key}}}}}" for key in keys
        )
        apps = [
            f"apps: {{{draw(st.sampled_from(['', ' ', chr(10) + '  ']))}{inner}{draw(st.sampled_from(['', ' ']))}}}"
        ]
    elif style == "block" and keys:
        margin = draw(st.sampled_from([" ", "  ", "   "]))
        apps = [f"apps:{draw(_comment)}"]
        for key in keys:
            apps += [draw(_block_app(key, margin)), *draw(_between)]
    position = draw(st.sampled_from([0, len(parts)]))
    text = "\n".join([*parts[:position], *apps, *parts[position:]])
    text += draw(st.sampled_from(["", "\n", "\n\n", "\n# the end", "\n...\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))), style == "braces"


@settings(max_examples=300)
@given(_policies(), st.lists(_word, min_size=1, max_size=3, unique=True), st.booleans())
def test_all_bytes_survive_and_all_is_said(policy: tuple[str, bool], keys: list[str], bom: bool) -> None:
    text, flow = policy
    original = b"\xef\xbb\xbf" * bom + text.encode()
    apps = [new_app(f"new_{key}", f"New: {key}") for key in keys]
    addition = Addition(apps, "Drafted", ["a remark"])
    result = check(original, addition, flow=flow)
    assert add_to_policy(result, Addition()) == result
