"""Reads a seed file and checks it whole: every problem at once, with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from sfmeta.errors import Problem, SourceError, UsageError
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.doors.networks import Ranges
from sfmeta.localorg.features import FEATURES
from sfmeta.localorg.metadata.permissions import USER_PERMISSIONS
from sfmeta.localorg.seed.format import Seed
from sfmeta.localorg.seed.shape import ShapeError, Wrong, read

SHIPPED = ("empty", "acme")
_Place = tuple[int, int]
# the C library's reader is ten times as fast, where PyYAML was built with it
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_seed(name_or_file: str) -> Seed:
    """A seed that ships with sfmeta, or one from a file.

    Args:
        name_or_file: ``empty``, ``acme``, or the path of a YAML or JSON file.

    Raises:
        UsageError: there is no such seed.
        SourceError: it is wrong; every problem is in it.
    """
    if name_or_file in SHIPPED:
        text = (resources.files("sfmeta.localorg.seed") / f"{name_or_file}.yml").read_text(encoding="utf-8")
        return read_seed(text, f"{name_or_file}.yml")
    path = Path(name_or_file)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        hint = f"Give one of {', '.join(SHIPPED)}, or the path of a seed file"
        raise UsageError(f"there is no seed {name_or_file}", hint) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError.at(f"the seed cannot be read: {type(error).__name__}", name_or_file) from error
    return read_seed(text, name_or_file)


def read_seed(text: str, file: str) -> Seed:
    """A seed from its text.

    Raises:
        SourceError: it is no YAML, has unknown or wrong keys, or names things that it does not define.
    """
    try:
        loader = _LOADER(text)
        tree = loader.get_single_node()
        content = None if tree is None else loader.construct_document(tree)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise SourceError.at(f"this is no YAML: {error.problem or 'syntax error'}", file, line, column) from error
    except yaml.YAMLError as error:
        raise SourceError.at("this is no YAML", file) from error
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise SourceError.at("a seed is a mapping: org, users, apps, ...", file, 1, 1)
    try:
        seed = read(Seed, content)
    except ShapeError as error:
        problems = [Problem(_worded(one), "seed-shape", file, *_place(tree, one.place)) for one in error.problems]
        raise SourceError.of(problems, "seed") from error
    problems = [
        Problem(message, "seed-reference", file, *_place(tree, loc), hint=hint)
        for loc, message, hint in _References(seed).problems()
    ]
    if problems:
        raise SourceError.of(problems, "seed")
    return seed


_Loose = tuple[tuple[int | str, ...], str, str]


def _worded(wrong: Wrong) -> str:
    path = ".".join(str(part) for part in wrong.place)
    return f"unknown key {wrong.place[-1]} in the seed ({path})" if wrong.unknown else f"{path}: {wrong.message}"


def _place(tree: yaml.Node | None, loc: Sequence[int | str]) -> _Place:
    """Line and column of a value, or of what is nearest around it."""
    node = tree
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if part not in pairs:
                break
            key, value = pairs[part]
            node = key if part == loc[-1] else value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            break
    return (0, 0) if node is None or node.start_mark is None else (node.start_mark.line + 1, node.start_mark.column + 1)


@dataclass(frozen=True, slots=True)
class _References:
    """Finds names that stand for nothing: where, what is wrong, what to do."""

    seed: Seed

    def problems(self) -> Iterator[_Loose]:
        yield from self._org()
        yield from self._users()
        yield from self._apps()
        yield from self._networks()
        yield from self._history()
        yield from self._twice()

    @property
    def _names(self) -> dict[str, list[str]]:
        seed = self.seed
        return {
            "profile": [profile.name for profile in seed.profiles],
            "permission set": [one.name for one in seed.permission_sets],
            "permission set group": [one.name for one in seed.permission_set_groups],
            "user": [user.username.lower() for user in seed.users],
            "app": [app.label for app in seed.apps],
            "permission": sorted(USER_PERMISSIONS),
            "feature": list(FEATURES),
            "assumption": list(ASSUMPTIONS),
        }

    def _check(self, kind: str, names: Iterable[str], *loc: int | str) -> Iterator[_Loose]:
        known = self._names[kind]
        for name in names:
            if name and name not in known:
                near = difflib.get_close_matches(name, known, 1)
                yield loc, f"there is no {kind} {name}", f"Did you mean {near[0]}?" if near else ""

    def _org(self) -> Iterator[_Loose]:
        seed = self.seed
        yield from self._check("feature", seed.org.features, "org", "features")
        yield from self._check("assumption", seed.org.assumptions, "org", "assumptions")
        yield from self._check("user", [seed.admin.lower()], "admin")
        for at, profile in enumerate(seed.profiles):
            yield from self._check("permission", profile.permissions, "profiles", at, "permissions")
        for at, permission_set in enumerate(seed.permission_sets):
            yield from self._check("permission", permission_set.permissions, "permission_sets", at, "permissions")
        for at, group in enumerate(seed.permission_set_groups):
            place = ("permission_set_groups", at)
            yield from self._check("permission set", group.permission_sets, *place, "permission_sets")
            yield from self._check("permission", group.muted, *place, "muted")

    def _networks(self) -> Iterator[_Loose]:
        places: list[tuple[tuple[int | str, ...], tuple[str, ...]]] = [
            (("org", "trusted_ip_ranges"), self.seed.org.trusted_ip_ranges)
        ]
        places += [
            (("profiles", at, "login_ip_ranges"), one.login_ip_ranges) for at, one in enumerate(self.seed.profiles)
        ]
        places += [(("apps", at, "ip_ranges"), one.ip_ranges) for at, one in enumerate(self.seed.apps)]
        for place, ranges in places:
            for text in ranges:
                if not Ranges.parse(text).is_sound:
                    yield place, f"{text} is no range of addresses", "Write start-end, such as 10.0.0.1-10.0.0.9"

    def _users(self) -> Iterator[_Loose]:
        for at, user in enumerate(self.seed.users):
            yield from self._check("profile", [user.profile], "users", at, "profile")
            names = [one if isinstance(one, str) else one.name for one in user.permission_sets]
            yield from self._check("permission set", names, "users", at, "permission_sets")
            groups = [one if isinstance(one, str) else one.name for one in user.permission_set_groups]
            yield from self._check("permission set group", groups, "users", at, "permission_set_groups")

    def _apps(self) -> Iterator[_Loose]:
        for at, app in enumerate(self.seed.apps):
            yield from self._check("profile", app.profiles, "apps", at, "profiles")
            yield from self._check("permission set", app.permission_sets, "apps", at, "permission_sets")
            user = app.client_credentials_user.lower()
            yield from self._check("user", [user], "apps", at, "client_credentials_user")
            if app.kind == "external_client_app" and app.ownership != "owned":
                yield ("apps", at, "ownership"), "an external client app is owned here", ""

    def _history(self) -> Iterator[_Loose]:
        for at, token in enumerate(self.seed.tokens):
            yield from self._check("user", [token.user.lower()], "tokens", at, "user")
            yield from self._check("app", [token.app], "tokens", at, "app")
        for at, login in enumerate(self.seed.logins):
            yield from self._check("user", [login.user.lower()], "logins", at, "user")
            yield from self._check("app", [login.app], "logins", at, "app")

    def _twice(self) -> Iterator[_Loose]:
        places = {
            "profile": "profiles",
            "permission set": "permission_sets",
            "permission set group": "permission_set_groups",
            "user": "users",
            "app": "apps",
        }
        for kind, place in places.items():
            names = self._names[kind]
            for at, name in enumerate(names):
                if name in names[:at]:
                    yield (place, at), f"{name} is there twice", ""
