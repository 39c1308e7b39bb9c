"""One user more or less in a policy that people wrote: their bytes stay, and the result says just that."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.config.grant_edit import GrantEntry, with_grant, without_grant
from sfmeta.config.policy import read_policy
from sfmeta.config.scalars import parse_until
from sfmeta.errors import SourceError
from sfmeta.model.policy import Policy

HEAD = "version: 1  # ours\ndefaults: {permission_set: 'Allow {label}'}\napps:\n"
APP = "  loader:   # the vendor's\n    match: {label: Loader}\n    decision: allow\n"
TAIL = "\n  # another one\n  other:\n    match: {label: Other}\n\ncanaries: [a@x]  # the end\n"
LAYOUTS = {
    "no grants": HEAD + APP + TAIL,
    "empty grants": HEAD + APP + "    grants:   # later\n" + TAIL,
    "null grants": HEAD + APP + "    grants: ~\n" + TAIL,
    "flow grants": HEAD + APP + "    grants: {profiles: [Admin]}  # x\n" + TAIL,
    "flow users": HEAD + APP + (
        "    grants: {profiles: [Admin], users: [a@x, {username: b@x, until: 2030-01-01}]}\n"
    ) + TAIL,
    "flow users over lines": HEAD + APP + (
        "    grants:\n      users: [\n        a@x,  # first\n        b@x,\n      ]\n"
    ) + TAIL,
    "no users": HEAD + APP + "    grants:\n      profiles: [Admin]   # by profile\n" + TAIL,
    "empty users": HEAD + APP + "    grants:\n      users:  # nobody\n      profiles: [Admin]\n" + TAIL,
    "empty list": HEAD + APP + "    grants: {users: []}\n" + TAIL,
    "one": HEAD + APP + "    grants:\n      users:   # who\n        # the first\n        - a@x   # Ann\n" + TAIL,
    "some": HEAD + APP + (
        "    grants:\n      users:\n      - a@x   # Ann\n      # Bob is new\n"
        "      - {username: b@x, reason: \"it's, [1]\"} # b\n"
        "      # Cy\n      -   username: c@x   # c\n          until: 2030-01-01   # soon\n      - ${env:WHO}\n"
        "      # and no more\n    wave: 1\n"
    ) + TAIL,
    "whole app in braces": HEAD + "  loader: {match: {label: Loader}, decision: allow}  # x\n" + TAIL,
    "all in braces": (
        "{version: 1, defaults: {permission_set: 'Allow {label}'}, apps: {loader: {match: {label: Loader}}}}\n"
    ),
    "no line end": HEAD + APP + "    grants:\n      users:\n        - a@x",
    "exceptions": HEAD + APP + TAIL + "any_api_client:\n  # SOAP\n  - {username: a@x, until: 2030-01-01}  # A\n",
    "exceptions in braces": HEAD + APP + TAIL + "any_api_client: [{username: a@x, until: 2030-01-01}]\n",
    "letters": HEAD.replace("ours", "ünïcödé \U0001f680") + APP + (
        "    grants:\n      users:\n        - a@x  # Änn\n"
    ) + TAIL,
    "block text": HEAD + APP + (
        "    grants:\n      users:\n        - username: a@x\n          reason: |\n            so\n            long\n"
    ) + TAIL,
}  # fmt: skip
UNTIL = ("2031-02-03", "2031-02-03T18:00+01:00", "2031-02-03 18:00 Z")
USERS = ("a@x", "A@X", "b@x", "c@x", "d@x", "d'quote@x", "${env:WHO}", "${env:OTHER}@x")
REASONS = ("", "SEC-1", 'it\'s: "so", [yes] {no} # x', "on")
END = parse_until(UNTIL[0])
assert END is not None


def said(policy: Policy, app: str) -> dict[str, tuple[str, str]]:
    listed = policy.apps[app].grants if app else None
    users = policy.any_api_client if not app else listed.users if listed else ()
    return {user.username.text.lower(): (user.until.text if user.until else "", user.reason) for user in users}


@settings(max_examples=25)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("name", LAYOUTS)
@given(
    app=st.sampled_from(["loader", ""]), user=st.sampled_from(USERS), until=st.sampled_from([*UNTIL, ""]),
    reason=st.sampled_from(REASONS),
)  # fmt: skip
def test_a_user_comes_and_goes_and_nothing_else_changes(
    name: str, ending: str, app: str, user: str, until: str, reason: str
) -> None:
    original = LAYOUTS[name].replace("\n", ending).encode()
    end = parse_until(until) if until else None if app else END
    entry = GrantEntry(app, user, end, reason)
    before = said(read_policy(original), app)
    added = with_grant(original, entry)
    old_until, old_reason = before.get(user.lower(), ("", ""))
    new = {user.lower(): (end.text if end else old_until, reason or old_reason)}
    assert said(read_policy(added), app) == before | new
    assert with_grant(added, entry) == added
    assert keeps_comments(original, added)
    gone = without_grant(added, entry)
    before.pop(user.lower(), None)
    assert said(read_policy(gone), app) == before
    assert without_grant(gone, entry) == gone
    assert added.count(b"\n") == added.count(ending.encode())


def keeps_comments(original: bytes, data: bytes) -> bool:
    """Every comment of the original is there, in its order; in the layouts a # stands for nothing else."""
    text, place = data.decode(), 0
    for comment in re.findall(r"#[^\r\n]*", original.decode()):
        place = text.find(comment, place) + 1
        if not place:
            return False
    return True


def test_a_line_is_added_below_and_the_rest_stays_byte_for_byte() -> None:
    original = LAYOUTS["one"]
    end = parse_until("2031-02-03")
    added = with_grant(original.encode(), GrantEntry("loader", "b@x", end, "year-end load")).decode()
    line = "        - {username: b@x, until: 2031-02-03, reason: year-end load}\n"
    assert added == original.replace("# Ann\n", f"# Ann\n{line}")
    assert without_grant(added.encode(), GrantEntry("loader", "B@x")).decode() == original
    empty = without_grant(original.encode(), GrantEntry("loader", "a@x")).decode()
    assert empty == original.replace("        - a@x   # Ann\n", "").replace("users:   # who", "users: []   # who")


def test_a_date_is_moved_where_it_stands() -> None:
    original = LAYOUTS["some"]
    end = parse_until("2031-02-03")
    moved = with_grant(original.encode(), GrantEntry("loader", "c@x", end)).decode()
    assert moved == original.replace("until: 2030-01-01   # soon", "until: 2031-02-03   # soon")
    dated = with_grant(original.encode(), GrantEntry("loader", "a@x", end)).decode()
    assert dated == original.replace("- a@x   # Ann", "- {username: a@x, until: 2031-02-03}   # Ann")


def test_a_list_that_two_apps_share_is_left_to_a_person() -> None:
    shared = (
        HEAD + APP + "    grants: {users: &them [a@x]}\n"
        "  other:\n    match: {label: Other}\n    decision: allow\n    grants: {users: *them}\n"
    )
    for app in ("loader", "other"):
        with pytest.raises(SourceError, match=f"apps: {app}: grants: users:") as refused:
            with_grant(shared.encode(), GrantEntry(app, "b@x"))
        assert "by hand" in refused.value.hint


def test_a_byte_order_mark_stays() -> None:
    original = b"\xef\xbb\xbf" + LAYOUTS["one"].encode()
    assert with_grant(original, GrantEntry("loader", "b@x")).startswith(b"\xef\xbb\xbfversion")
