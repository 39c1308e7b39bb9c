"""Adding apps to a policy that people wrote: every byte of theirs stays where it is.

Nothing is parsed and written again. libyaml's events say where ``apps`` ends, and the new text is put in there; what
comes out is read again and must be the old policy and the new apps, or nothing is given back. (ruamel.yaml would keep
comments but set quotes, blank lines and indentation anew.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sfmeta.config.policy import read_policy
from sfmeta.config.policy_places import Places, Span, find_places
from sfmeta.config.policy_text import STEP, NewApp, block, flow, one_line
from sfmeta.config.yaml_document import decode
from sfmeta.errors import SourceError
from sfmeta.model.policy import Policy

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What libyaml takes for the end of a line."""

_EMPTY_LINE_LAST = re.compile(r"(?:\r\n|\n|\r(?!\n))[ \t]*(?:\r\n|\n|\r(?!\n))\Z")
_INDENT = re.compile(r"[ \t]*")
_COMMENT = re.compile(r"#[^\n\r\x85\u2028\u2029]*")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Addition:
    """What is added to a policy.

    Attributes:
        apps: in this order; their keys are new.
        heading: a comment above the first of them, "" for none.
        remarks: lines of comment for the end of the file; "" is an empty line.
    """

    apps: Sequence[NewApp] = ()
    heading: str = ""
    remarks: Sequence[str] = ()


def add_to_policy(original: bytes, addition: Addition, file: str = "policy.yml") -> bytes:
    """A policy with more in it.

    Args:
        original: the whole file; a policy that can be read.
        addition: what to add.
        file: its path, for messages.

    Returns:
        The file: the original with text put in, or the original itself where there is nothing to add.

    Raises:
        SourceError: the original is no policy, or is written so that nothing can be put in safely; the message says
            what to write instead.
    """
    before = read_policy(original, file)
    text = decode(original, file)
    editor = _Editor(text, file)
    if addition.apps:
        editor.add_apps(find_places(text), addition)
    editor.add_remarks(addition.remarks)
    if not editor.pieces:
        return original
    bom = _BOM if original.startswith(_BOM) else b""
    result = bom + editor.result().encode()
    _prove(before, addition.apps, result, file)
    return result


class _Editor:
    """Collects what is put into a text, and where; takes nothing away."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.pieces: list[tuple[int, str]] = []
        found = _BREAK.search(text)
        self.end = found[0] if found and found[0] in ("\r\n", "\r") else "\n"

    def result(self) -> str:
        """The text with all pieces in their places."""
        parts, done = [], 0
        for position, piece in sorted(self.pieces, key=lambda item: item[0]):
            parts += [self.text[done:position], piece]
            done = position
        return "".join([*parts, self.text[done:]])

    def add_apps(self, places: Places, addition: Addition) -> None:
        if places.root.flow:
            self._into_flow_root(places, addition)
        elif places.key < 0:
            self._as_new_key(places.root, addition)
        elif places.apps is not None and places.apps.flow:
            column = places.root.column
            self._into_braces(places.apps, _flow_lines(addition, " " * (column + 4)), column + 2)
        elif places.apps is not None and places.apps.column > places.root.column:
            indent = places.apps.column
            self._lines(self._after(places.apps.leaf, indent), _block_lines(addition, " " * indent, after_others=True))
        elif places.empty:
            indent = places.root.column + len(STEP)
            position = self._after(places.value, indent)
            commented = position > self._next_line(places.value)
            self._lines(position, _block_lines(addition, " " * indent, after_others=commented))
        else:
            self._refuse(places)

    def add_remarks(self, remarks: Sequence[str]) -> None:
        if remarks:
            self._lines(len(self.text), ["", *(f"# {one_line(line)}".rstrip() if line else "" for line in remarks)])

    def _as_new_key(self, root: Span, addition: Addition) -> None:
        indent = " " * root.column
        lines = ["", f"{indent}apps:", *_block_lines(addition, indent + STEP)]
        self._lines(self._after(root.leaf, 0), lines)

    def _into_flow_root(self, places: Places, addition: Addition) -> None:
        lines = _flow_lines(addition, STEP * 2)
        if places.apps is not None and places.apps.flow:
            self._into_braces(places.apps, lines, len(STEP))
        elif places.key < 0:
            self._into_braces(places.root, [f"{STEP}apps: {{", *lines, f"{STEP}}},"], 0)
        elif places.empty:
            self.pieces.append((places.value, self.end.join([" {", *lines, f"{STEP}}}"])))
        else:
            self._refuse(places)

    def _into_braces(self, span: Span, lines: Sequence[str], closing: int) -> None:
        """Before the closing brace, which keeps its line where it has one of its own."""
        gap = self.text[span.leaf : span.brace] if span.leaf >= 0 else ","
        if "," not in _COMMENT.sub("", gap):
            self.pieces.append((span.leaf, ","))
        line = self._line_start(span.brace)
        if line and not self.text[line : span.brace].strip(" "):
            self.pieces.append((line, "".join(text + self.end for text in lines)))
        else:
            body = self.end + "".join(text + self.end for text in lines)
            self.pieces.append((span.brace, body + " " * closing))

    def _lines(self, position: int, lines: Sequence[str]) -> None:
        """Whole lines; an empty one first is left out where one is there already or nothing is before it.

        The pieces of one text are added from its front to its end.
        """
        before, behind = self.text[:position], self.text[position : position + 1]
        unfinished = bool(before) and not _BREAK.fullmatch(before[-1]) and not self.pieces
        if lines[:1] == [""] and (not before.strip() or _EMPTY_LINE_LAST.search(before[-200:])):
            lines = lines[1:]
        if behind and not _BREAK.fullmatch(behind):
            lines = [*lines, ""]
        self.pieces.append((position, self.end * unfinished + "".join(line + self.end for line in lines)))

    def _line_start(self, position: int) -> int:
        return max((found.end() for found in _BREAK.finditer(self.text, 0, position)), default=0)

    def _after(self, leaf: int, indent: int) -> int:
        """The end of the line of ``leaf``, and of the comments below it that are indented at least so far."""
        position = leaf if leaf and _BREAK.fullmatch(self.text[leaf - 1]) else self._next_line(leaf)
        ahead = position
        while ahead < len(self.text):
            found = _INDENT.match(self.text, ahead)
            margin = found[0] if found else ""
            rest = self.text[ahead + len(margin) : ahead + len(margin) + 1]
            if rest == "#" and len(margin.expandtabs()) >= indent:
                position = ahead = self._next_line(ahead)
            elif rest and _BREAK.fullmatch(rest):
                ahead = self._next_line(ahead)
            else:
                break
        return position

    def _next_line(self, position: int) -> int:
        found = _BREAK.search(self.text, position)
        return found.end() if found else len(self.text)

    def _refuse(self, places: Places) -> None:
        line = len(_BREAK.findall(self.text, 0, max(places.key, 0))) + 1
        message = "no app can be added to 'apps' as it is written here"
        hint = "Write 'apps:' with nothing after it, or with its apps below"
        raise SourceError.at(message, self.file, line, hint=hint)


def _block_lines(addition: Addition, indent: str, *, after_others: bool = False) -> list[str]:
    lines = [""] if after_others else []
    if addition.heading:
        lines += [f"{indent}# {one_line(addition.heading)}", ""]
    for number, new in enumerate(addition.apps):
        lines += [*([""] if number else []), *block(new, indent)]
    return lines


def _flow_lines(addition: Addition, indent: str) -> list[str]:
    heading = [f"{indent}# {one_line(addition.heading)}"] if addition.heading else []
    return [*heading, *(line for new in addition.apps for line in flow(new, indent))]


def _prove(before: Policy, added: Sequence[NewApp], result: bytes, file: str) -> None:
    """The result reads as the old policy and the new apps.

    Raises:
        SourceError: it does not.
    """
    hint = "Nothing was written. Write 'apps:' as a block, one app below the other, and try again"
    try:
        after = read_policy(result, file)
    except SourceError as error:
        reason = error.problems[0].message if error.problems else error.message
        raise SourceError.at(f"the draft cannot be put into this policy: {reason}", file, hint=hint) from None
    pattern = before.permission_set_pattern
    asked = [(new.app.key, replace(new.app, permission_set=new.app.permission_set or pattern)) for new in added]
    found = [*after.apps.items()]
    old, fresh = found[: len(before.apps)], found[len(before.apps) :]
    # a default e-mail address is the file's business
    fresh = [(key, replace(app, contact_email=None)) for key, app in fresh]
    if old != [*before.apps.items()] or fresh != asked or replace(after, apps=before.apps) != before:
        raise SourceError.at("the draft cannot be put into this policy without changing what it says", file, hint=hint)
