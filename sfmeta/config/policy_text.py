"""Apps as the text of ``policy.yml``: what a draft adds, in block or flow style, every scalar safe to read back.

The counterpart of ``policy_shape`` for the fields that a draft writes; whoever merges checks that it reads back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

from sfmeta.model.policy import App, AppKind, Grants, Match, Ownership, UserGrant

STEP = "  "

Value: TypeAlias = Union[str, int, Sequence["Value"], Mapping[str, "Value"]]  # noqa: UP007 (a forward reference)

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@+-]*(?: [A-Za-z0-9][A-Za-z0-9_.@+-]*)*")
_READ_AS_SOMETHING_ELSE = frozenset(
    {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}  # by other readers of YAML, whatever their case
)
_BREAKS_AND_CONTROLS = re.compile(
    r"[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML 1.1 cannot carry as it stands, and what it takes for the end of a line (NEL, LS, PS)."""


@dataclass(frozen=True, slots=True)
class NewApp:
    """An app to add to a policy.

    Attributes:
        app: its key and what is written about it.
        comments: lines above it.
        prepared: the same app as it could be; what ``app`` does not say of it stands below it, commented out.
    """

    app: App
    comments: tuple[str, ...] = ()
    prepared: App | None = None


def one_line(text: str) -> str:
    """The text as it can stand in a comment: line breaks and what YAML cannot carry become spaces."""
    return _BREAKS_AND_CONTROLS.sub(" ", text).rstrip()


def scalar(text: str) -> str:
    """A text as a YAML scalar that reads back as itself, in block and flow style."""
    if _PLAIN.fullmatch(text) and text.lower() not in _READ_AS_SOMETHING_ELSE:
        return text
    return _BREAKS_AND_CONTROLS.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def block(new: NewApp, indent: str) -> Iterator[str]:
    """The lines of an app in block style, without line ends."""
    yield from (f"{indent}# {one_line(line)}".rstrip() for line in new.comments)
    yield f"{indent}{scalar(new.app.key)}:"
    inner = indent + STEP
    fields = _fields(new.app)
    yield from _block(fields, inner)
    yield from (f"{inner}# {line}" for line in _prepared(new, fields))


def flow(new: NewApp, indent: str) -> Iterator[str]:
    """The lines of an app in flow style, to stand between the braces of ``apps``."""
    yield from (f"{indent}# {one_line(line)}".rstrip() for line in new.comments)
    fields = _fields(new.app)
    yield from (f"{indent}# {line}" for line in _prepared(new, fields))
    yield f"{indent}{scalar(new.app.key)}: {_inline(fields)},"


def _prepared(new: NewApp, written: Mapping[str, Value]) -> Iterator[str]:
    if new.prepared is not None:
        yield from _block({key: value for key, value in _fields(new.prepared).items() if key not in written}, "")


def _fields(app: App) -> dict[str, Value]:
    """What a draft writes of an app, in the order of the example policy."""
    fields: dict[str, Value] = {"match": _match(app.match)}
    if app.kind is not AppKind.CONNECTED_APP:
        fields["kind"] = str(app.kind)
    if app.ownership is not Ownership.OWNED:
        fields["ownership"] = str(app.ownership)
    fields["decision"] = str(app.decision)
    if app.wave is not None:
        fields["wave"] = app.wave
    if app.permission_set:
        fields["permission_set"] = app.permission_set
    if app.permitted_users is not None:
        fields["permitted_users"] = str(app.permitted_users)
    if app.grants is not None:
        fields["grants"] = _grants(app.grants)
    return fields


def _match(match: Match) -> dict[str, Value]:
    named = {"label": match.label, "api_name": match.api_name, "consumer_key": match.consumer_key}
    return {name: value for name, value in named.items() if value}


def _grants(grants: Grants) -> dict[str, Value]:
    lists: dict[str, Sequence[str] | None] = {"profiles": grants.profiles, "permission_sets": grants.permission_sets}
    found: dict[str, Value] = {name: list(value) for name, value in lists.items() if value is not None}
    if grants.users:
        found["users"] = [_user(user) for user in grants.users]
    return found


def _user(user: UserGrant) -> Value:
    if user.until is None and not user.reason:
        return user.username.text
    fields: dict[str, Value] = {"username": user.username.text}
    if user.until:
        fields["until"] = user.until.text
    if user.reason:
        fields["reason"] = user.reason
    return fields


def _block(fields: Mapping[str, Value], indent: str) -> Iterator[str]:
    for key, value in fields.items():
        if isinstance(value, Mapping) and key != "match":
            yield f"{indent}{key}:"
            yield from _block(value, indent + STEP)
        elif isinstance(value, Sequence) and not isinstance(value, str) and key == "users":
            yield f"{indent}{key}:"
            yield from (f"{indent}{STEP}- {_inline(item)}" for item in value)
        else:
            yield f"{indent}{key}: {_inline(value)}"


def _inline(value: Value) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, int):
        return str(value)
    return "[" + ", ".join(map(_inline, value)) + "]"
