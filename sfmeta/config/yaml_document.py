"""YAML text to nodes that know their line and column. How a scalar is read is left to the field it fills.

PyYAML's C parser composes 2,000 apps in 0.4 s where ruamel.yaml needs 4.4 s; its ``BaseResolver`` guesses no types, so
``no`` and ``1.10`` arrive as they were written. libyaml's composer recurses on the C stack: text that could nest
deep enough to overflow it is measured first.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, NoReturn

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from sfmeta.errors import Problem, SourceError

MAX_DEPTH = 100
"""A policy needs 6 levels."""

MAX_EXPANSION = 1_000_000
"""Nodes after anchors are followed; a file of 2,000 apps has about 100,000."""

# 30,000 levels crash the process on an 8 MB stack; below these bounds no text can reach half of that
_SAFE_BRACKETS = 15_000
_SAFE_COLUMNS = 5_000

_PLAIN_TAGS = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"})


def decode(data: bytes, file: str) -> str:
    """The text of a settings file.

    Raises:
        SourceError: it is not UTF-8; with the line.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse("the file is not UTF-8", file, line, hint="Save it as UTF-8", rule="yaml-encoding")


def compose(text: str, file: str) -> Node | None:
    """One YAML document as nodes.

    Args:
        text: the whole file.
        file: its path, for messages.

    Returns:
        The root node; None where the document is empty.

    Raises:
        SourceError: no YAML, several documents, a tag, nesting or anchors without measure. One line, with the place.
    """
    _refuse_deep_nesting(text, file)
    try:
        # CBaseLoader cannot construct objects: its constructor is never asked
        root: Node | None = yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from None  # its own text quotes the file
    except yaml.reader.ReaderError as error:
        raise _character_error(error, text, file) from None
    if root is not None and ("&" in text or "!" in text):
        _refuse_tags_and_bombs(root, file)
    return root


def _refuse(message: str, file: str, line: int = 0, column: int = 0, hint: str = "", rule: str = "") -> NoReturn:
    raise SourceError.of([Problem(message, rule, file, line, column, hint)])


def _refuse_deep_nesting(text: str, file: str) -> None:
    brackets = text.count("[") + text.count("{")
    if brackets <= _SAFE_BRACKETS and max(map(len, text.splitlines()), default=0) <= _SAFE_COLUMNS:
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                _refuse_depth(event.start_mark, file)
    except yaml.MarkedYAMLError as error:
        # libyaml reads ahead in flow style, and newer ones stop at a depth of their own before they tell of ours
        if "nesting depth" in (error.problem or ""):
            _refuse_depth(error.problem_mark, file)
    except yaml.YAMLError:
        return  # said properly, with its place, when it is composed: the part before it is not deep


def _refuse_depth(mark: Any, file: str) -> NoReturn:
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    _refuse(f"lists and mappings are nested more than {MAX_DEPTH} deep", file, line, column, rule="yaml-depth")


def _syntax_error(error: yaml.MarkedYAMLError, source: str, file: str) -> SourceError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    problem = error.problem or "not understandable"
    if source.splitlines()[line - 1 : line] and source.splitlines()[line - 1][column - 1 : column] == "\t":
        text, hint = "a tab stands where YAML wants spaces", "Indent with spaces"
    elif "single document" in (error.context or ""):
        text, hint = "the file holds more than one YAML document", "Keep one, without a second ---"
    else:
        text, hint = f"not valid YAML: {problem}", "Check the indentation, colons and quotes around this line"
    return SourceError.of([Problem(text, "yaml-syntax", file, line, column, hint)])


def _character_error(error: yaml.reader.ReaderError, text: str, file: str) -> SourceError:
    code = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")
    line = text.count("\n", 0, max(text.find(chr(code)), 0)) + 1
    problem = Problem(f"the file holds U+{code:04X}, a character YAML cannot carry", "yaml-syntax", file, line)
    return SourceError.of([problem])


def _refuse_tags_and_bombs(root: Node, file: str) -> None:
    """Every node once, then the size of what aliases make of it."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: Node) -> int:
        known = sizes.get(id(node))
        if known is not None:
            return known
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        if node.tag not in _PLAIN_TAGS:
            hint = "Write the value without it; in quotes if it starts with an exclamation mark"
            _refuse("YAML tags are not read here", file, *place, hint=hint, rule="yaml-tag")
        if id(node) in open_nodes:
            _refuse("an anchor holds itself", file, *place, hint="Write it out", rule="yaml-bomb")
        if len(open_nodes) > MAX_DEPTH:
            _refuse(f"lists and mappings are nested more than {MAX_DEPTH} deep", file, *place, rule="yaml-depth")
        open_nodes.add(id(node))
        total = 1
        if isinstance(node, MappingNode):
            total += sum(size(part) for part in chain.from_iterable(node.value))
        elif isinstance(node, SequenceNode):
            total += sum(size(part) for part in node.value)
        open_nodes.discard(id(node))
        if total > MAX_EXPANSION:
            message = f"anchors make more than {MAX_EXPANSION:,} values of this"
            _refuse(message, file, *place, hint="Write it out", rule="yaml-bomb")
        sizes[id(node)] = total
        return total

    size(root)


def is_null(node: Node) -> bool:
    """Whether a value is left empty (nothing, ``~`` or ``null``): the same as not writing its key."""
    # a plain scalar has the style "" from libyaml and None from the parser in Python
    return isinstance(node, ScalarNode) and not node.style and node.value in ("", "~", "null", "Null", "NULL")
