"""One user more or less in the lists of a policy that people wrote: every other byte of theirs stays where it is.

As in ``policy_edit``, nothing is parsed and written again: libyaml's marks say where a list and its items stand. What
comes out is read again and must be the old policy with this one entry otherwise, or nothing is given back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from sfmeta.config.policy import read_policy
from sfmeta.config.policy_text import STEP, scalar
from sfmeta.config.yaml_document import compose, decode, is_null
from sfmeta.errors import SourceError
from sfmeta.model.policy import AnyApiClient, App, EnvText, Grants, Policy, Until, UserGrant

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What libyaml takes for the end of a line."""
_DASH = re.compile(r"^[ ]*(?P<dash>-)(?=\s)", re.MULTILINE)
_COLON = re.compile(r"[ \t]*:")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class GrantEntry:
    """One user of a list.

    Attributes:
        app: the policy's key of the app; "" for ``any_api_client``.
        username: as the policy writes it, with ``${env:NAME}`` where it does.
        until: when it ends; None leaves what is written there, or writes none.
        reason: "" leaves what is written there, or writes none.
    """

    app: str
    username: str
    until: Until | None = None
    reason: str = ""


def with_grant(original: bytes, entry: GrantEntry, file: str = "policy.yml") -> bytes:
    """A policy in which a user stands in a list, with this end and reason.

    Args:
        original: the whole file; a policy that can be read and has that app.
        entry: what is to be written; one that stands there already is changed.
        file: its path, for messages.

    Returns:
        The file: the original with text put in, or the original itself where it says all of that.

    Raises:
        SourceError: the original is no policy, or is written so that nothing can be put in safely.
    """
    return _edited(original, entry, file, taken=False)


def without_grant(original: bytes, entry: GrantEntry, file: str = "policy.yml") -> bytes:
    """A policy in which a user stands in a list no more; the original itself where the user does not stand there.

    Comments stay, also those above the line that goes. Raises as ``with_grant``.
    """
    return _edited(original, entry, file, taken=True)


def _edited(original: bytes, entry: GrantEntry, file: str, *, taken: bool) -> bytes:
    before = read_policy(original, file)
    expected = _expected(before, entry, taken=taken)
    if expected == before:
        return original
    text = decode(original, file)
    root = compose(text, file)
    editor = _Editor(text)
    if isinstance(root, MappingNode):
        editor.edit(root, entry, taken=taken)
    bom = _BOM if original.startswith(_BOM) else b""
    result = bom + editor.result().encode()
    try:
        reads_so = read_policy(result, file) == expected
    except SourceError:
        reads_so = False
    if not reads_so:
        where = f"'apps: {entry.app}: grants: users:'" if entry.app else "'any_api_client:'"
        message = f"the list of users at {where} cannot be changed as it is written here"
        raise SourceError.at(
            message, file, hint="Nothing was written. Change it there by hand, then: sfmeta grant sync"
        )
    return result


def _expected(policy: Policy, entry: GrantEntry, *, taken: bool) -> Policy:
    """What the edited file must say."""
    if not entry.app:
        return replace(policy, any_api_client=_exceptions(policy.any_api_client, entry, taken=taken))
    app = policy.apps[entry.app]
    users = _users(app.grants.users if app.grants else (), entry, taken=taken)
    if app.grants is None and not users:
        return policy
    changed: App = replace(app, grants=replace(app.grants or Grants(), users=users))
    return replace(policy, apps={**policy.apps, entry.app: changed})


def _users(users: Sequence[UserGrant], entry: GrantEntry, *, taken: bool) -> tuple[UserGrant, ...]:
    old = next((user for user in users if _is(user.username, entry)), None)
    if taken or old is None:
        others = tuple(user for user in users if user is not old)
        return others if taken else (*others, UserGrant(EnvText(entry.username), entry.until, entry.reason))
    new = replace(old, until=entry.until or old.until, reason=entry.reason or old.reason)
    return tuple(new if user is old else user for user in users)


def _exceptions(users: Sequence[AnyApiClient], entry: GrantEntry, *, taken: bool) -> tuple[AnyApiClient, ...]:
    old = next((user for user in users if _is(user.username, entry)), None)
    others = tuple(user for user in users if user is not old)
    if taken:
        return others
    until = entry.until or (old.until if old else None)
    if until is None:
        raise ValueError("any_api_client needs an end")
    if old is None:
        return (*others, AnyApiClient(EnvText(entry.username), until, entry.reason))
    new = replace(old, until=until, reason=entry.reason or old.reason)
    return tuple(new if user is old else user for user in users)


def _is(username: EnvText, entry: GrantEntry) -> bool:
    return username.text.lower() == entry.username.lower()


class _Editor:
    """Collects what is cut out of a text and put in."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.cuts: list[tuple[int, int, str]] = []
        found = _BREAK.search(text)
        self.end = found[0] if found and found[0] in ("\r\n", "\r") else "\n"

    def result(self) -> str:
        """The text with all cuts made."""
        parts, done = [], 0
        for start, stop, piece in sorted(self.cuts):
            parts += [self.text[done:start], piece]
            done = stop
        return "".join([*parts, self.text[done:]])

    def edit(self, root: MappingNode, entry: GrantEntry, *, taken: bool) -> None:
        """Changes the list that the entry belongs to."""
        parent, path = (root, ["any_api_client"]) if not entry.app else (root, ["apps", entry.app, "grants", "users"])
        for number, name in enumerate(path):
            pair = _pair(parent, name)
            if pair is None:
                self._new_key(parent, path[number:], entry)
                return
            key, value = pair
            if is_null(value):
                self._value(key, value, _nested(path[number + 1 :], entry))
                return
            if isinstance(value, SequenceNode) and number == len(path) - 1:
                self._list(key, value, entry, taken=taken)
                return
            if not isinstance(value, MappingNode):
                return
            parent = value

    def _list(self, key: Node, users: SequenceNode, entry: GrantEntry, *, taken: bool) -> None:
        place = next((number for number, item in enumerate(users.value) if _names(item, entry)), None)
        if taken:
            if place is not None:
                self._take(key, users, place)
        elif place is not None:
            self._change(users.value[place], entry)
        elif users.flow_style:
            last = self._leaf(users.value[-1]) if users.value else users.start_mark.index + 1
            self.cuts.append((last, last, (", " if users.value else "") + _item(entry)))
        else:
            self._lines_after(users, users.start_mark.column, [f"- {_item(entry)}"])

    def _take(self, key: Node, users: SequenceNode, place: int) -> None:
        item = users.value[place]
        start, stop = item.start_mark.index, self._leaf(item)
        if users.flow_style:
            after = _COMMA.match(self.text, stop)
            before = self._leaf(users.value[place - 1]) if place else start
            if place == len(users.value) - 1 and place and _COMMA.fullmatch(self.text, before, start):
                self.cuts.append((before, stop, ""))
            else:
                self.cuts.append((start, after.end() if after else stop, ""))
            return
        since = self._leaf(users.value[place - 1]) if place else users.start_mark.index
        since = self._line_start(since)
        dashes = list(_DASH.finditer(self.text, since, start + 1))
        dash = dashes[-1].start("dash") if dashes else start
        self.cuts.append((self._line_start(dash), self._next_line(stop), ""))
        if len(users.value) == 1:
            # a key with nothing after it would do; this one says that it is meant
            colon = _COLON.match(self.text, key.end_mark.index)
            if colon:
                self.cuts.append((colon.end(), colon.end(), " []"))

    def _change(self, item: Node, entry: GrantEntry) -> None:
        values = {name: text for name, text in _fields(entry).items() if name != "username"}
        if isinstance(item, ScalarNode):
            self.cuts.append((item.start_mark.index, item.end_mark.index, _item(entry, item.value)))
            return
        if not isinstance(item, MappingNode):
            return
        new = []
        for name, text in values.items():
            pair = _pair(item, name)
            if pair is None:
                new.append(f"{name}: {text}")
            elif is_null(pair[1]):
                self._value(*pair, text)
            else:
                stop = self._leaf(pair[1])
                # a block scalar takes the end of its line with it
                line_end = self.end if _BREAK.fullmatch(self.text[stop - 1]) else ""
                self.cuts.append((pair[1].start_mark.index, stop, text + line_end))
        if not new:
            return
        if item.flow_style:
            last = self._leaf(item.value[-1][1])
            self.cuts.append((last, last, "".join(f", {line}" for line in new)))
        else:
            self._lines_after(item, item.start_mark.column, new)

    def _new_key(self, parent: MappingNode, path: Sequence[str], entry: GrantEntry) -> None:
        """A key that is not there yet, at the end of its mapping."""
        if parent.flow_style:
            last = self._leaf(parent.value[-1][1]) if parent.value else parent.start_mark.index + 1
            comma = ", " if parent.value else ""
            self.cuts.append((last, last, f"{comma}{path[0]}: {_nested(path[1:], entry)}"))
            return
        lines = [f"{STEP * depth}{name}:" for depth, name in enumerate(path)]
        lines.append(f"{STEP * len(path)}- {_item(entry)}")
        column = parent.start_mark.column
        self._lines_after(parent, column, ["", *lines] if path == ["any_api_client"] else lines)

    def _value(self, key: Node, value: Node, text: str) -> None:
        """In place of a value that is left empty."""
        if value.start_mark.index < value.end_mark.index:
            self.cuts.append((value.start_mark.index, value.end_mark.index, text))
            return
        colon = _COLON.match(self.text, key.end_mark.index)
        place = colon.end() if colon else value.start_mark.index
        self.cuts.append((place, place, f" {text}"))

    def _lines_after(self, node: Node, column: int, lines: Sequence[str]) -> None:
        place = self._next_line(self._leaf(node))
        unfinished = place and not _BREAK.fullmatch(self.text[place - 1])
        piece = "".join((" " * column + line).rstrip() + self.end for line in lines)
        self.cuts.append((place, place, (self.end if unfinished else "") + piece))

    def _leaf(self, node: Node) -> int:
        """Where the last of a node's own text ends; a block's own mark lies behind the comments that follow it."""
        is_block = isinstance(node, MappingNode | SequenceNode) and not node.flow_style
        if not is_block or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        if isinstance(node, MappingNode):
            key, value = last
            return max(self._leaf(value), int(key.end_mark.index))
        return self._leaf(last)

    def _line_start(self, position: int) -> int:
        return max((found.end() for found in _BREAK.finditer(self.text, 0, position)), default=0)

    def _next_line(self, position: int) -> int:
        if position and _BREAK.fullmatch(self.text[position - 1]):
            return position  # a block scalar ends with its line
        found = _BREAK.search(self.text, position)
        return found.end() if found else len(self.text)


def _pair(mapping: MappingNode, name: str) -> tuple[Node, Node] | None:
    return next(((key, value) for key, value in mapping.value if key.value == name), None)


def _names(item: Node, entry: GrantEntry) -> bool:
    """Whether an item of a list is the entry's user."""
    if isinstance(item, MappingNode):
        pair = _pair(item, "username")
        return pair is not None and _names(pair[1], entry)
    return isinstance(item, ScalarNode) and item.value.lower() == entry.username.lower()


def _fields(entry: GrantEntry, username: str = "") -> dict[str, str]:
    found = {"username": scalar(username or entry.username)}
    if entry.until:
        # as people write it: none of its forms needs quotes
        found["until"] = entry.until.text
    if entry.reason:
        found["reason"] = scalar(entry.reason)
    return found


def _item(entry: GrantEntry, username: str = "") -> str:
    """The entry as one item of a list, which may stand in braces."""
    fields = _fields(entry, username)
    if len(fields) == 1:
        return fields["username"]
    return "{" + ", ".join(f"{name}: {text}" for name, text in fields.items()) + "}"


def _nested(path: Sequence[str], entry: GrantEntry) -> str:
    """The list with the entry alone, inside of these keys, all on one line."""
    text = f"[{_item(entry)}]"
    for name in reversed(path):
        text = f"{{{name}: {text}}}"
    return text
