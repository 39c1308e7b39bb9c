"""Reads a seed file and checks it whole: every problem at once, with its line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from sfmeta.errors import Problem, SourceError, UsageError
from sfmeta.localorg.seed.format import Seed
from sfmeta.localorg.seed.references import References
from sfmeta.localorg.seed.shape import ShapeError, Wrong, read

SHIPPED = ("empty", "acme")
_Place = tuple[int, int]
# the C library's reader is ten times as fast, where PyYAML was built with it
_FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FASTEST):  # type: ignore[misc]  # known only when it runs
    """Leaves dates as they are written: the format says where one belongs, and a wrong one is told with its line."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way to configure a reader
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _FASTEST.yaml_implicit_resolvers.items()
    }


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
    tree: yaml.Node | None = None
    content = _json(text)
    if content is None:
        tree, content = _yaml(text, file)
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise SourceError.at("a seed is a mapping: org, users, apps, ...", file, 1, 1)
    try:
        seed = read(Seed, content)
    except ShapeError as error:
        tree = tree or _yaml(text, file)[0]
        problems = [
            Problem(
                _worded(one),
                "seed-shape",
                file,
                *_place(tree, one.place),
                hint=f"Did you mean {one.nearest}?" if one.nearest else "",
            )
            for one in error.problems
        ]
        raise SourceError.of(problems, "seed") from error
    loose = list(References(seed).problems())
    if loose:
        tree = tree or _yaml(text, file)[0]
        problems = [
            Problem(message, "seed-reference", file, *_place(tree, place), hint=hint) for place, message, hint in loose
        ]
        raise SourceError.of(problems, "seed")
    return seed


def _json(text: str) -> Any:
    """The value of a JSON text, None for any other: JSON is YAML too, but read fifty times as fast."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys are there once; the YAML reader says where they are not."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _yaml(text: str, file: str) -> tuple[yaml.Node | None, Any]:
    """The tree, for lines, and the value of a YAML text."""
    try:
        loader = _Loader(text)
        tree = loader.get_single_node()
        repeated = list(_repeated_keys(tree, file))
        if repeated:
            raise SourceError.of(repeated, "seed")
        return tree, None if tree is None else loader.construct_document(tree)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise SourceError.at(f"this is no YAML: {error.problem or 'syntax error'}", file, line, column) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SourceError.at("this is no YAML", file) from error


def _repeated_keys(tree: yaml.Node | None, file: str) -> Iterator[Problem]:
    """The keys that a mapping has twice: YAML's readers keep the last and say nothing."""
    seen: set[int] = set()
    waiting = [] if tree is None else [tree]
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
            continue
        names: set[str] = set()
        for key, value in node.value:
            waiting.append(value)
            if isinstance(key, yaml.ScalarNode) and key.value in names:
                mark = key.start_mark
                yield Problem(f"{key.value} is there twice", "seed-key-twice", file, mark.line + 1, mark.column + 1)
            names.add(key.value if isinstance(key, yaml.ScalarNode) else "")


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
