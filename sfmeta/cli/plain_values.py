"""Commands whose simple options cost nothing: text, numbers, paths and choices are read without pydantic.

typer hands every option, even one that was not given, to a pydantic adapter made for it: 60 ms of import and a
millisecond per option, in each run of each command. Here a value that is plainly valid becomes what typer would make
of it; everything else (a number out of range, an unknown choice, a kind of option not known here) goes typer's way,
so that its words stay the same.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

_NOT_PLAIN = object()
_PATH_CHECKS = ("exists", "writable", "resolve_path", "allow_dash", "path_type")


def read_plainly(command: Any, ctx: Any) -> None:
    """Let a command, and all below it, read plain values itself.

    Args:
        command: typer's.
        ctx: any context of the run.
    """
    for param in command.get_params(ctx):
        _put_in_front(param)
    for below in getattr(command, "commands", {}).values():
        read_plainly(below, ctx)


def _put_in_front(param: Any) -> None:
    # where another version of typer has no such method, nothing is in front and all still works
    of_typer = getattr(param, "get_runtime_param", None)
    if of_typer is not None and not isinstance(of_typer, _Reader):
        param.get_runtime_param = _Reader(of_typer)


class _Reader:
    """Stands for typer's method that makes the adapter, and for the adapter."""

    def __init__(self, of_typer: Any) -> None:
        self._of_typer = of_typer

    def __call__(self) -> _Reader:
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value that the command gets."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        descriptor = param.type_descriptor
        if several:
            plain = _plain_list(value, descriptor.annotation, descriptor.parameter_info)
        else:
            plain = _plain(value, descriptor.annotation, descriptor.parameter_info)
        return self._of_typer().coerce(value, param=param, ctx=ctx) if plain is _NOT_PLAIN else plain


def _plain_list(value: Any, annotation: Any, info: Any) -> Any:
    if get_origin(annotation) is not list or not isinstance(value, list | tuple):
        return _NOT_PLAIN
    (inner,) = get_args(annotation)
    items = [_plain(item, inner, info) for item in value]
    return _NOT_PLAIN if any(item is _NOT_PLAIN for item in items) else items


def _plain(value: Any, annotation: Any, info: Any) -> Any:
    if info.parser is not None or not isinstance(annotation, type):
        return _NOT_PLAIN
    if annotation is str:
        return value if type(value) is str else _NOT_PLAIN
    if annotation is int:
        return _number(value, info)
    if annotation is Path:
        return _path(value, info)
    if issubclass(annotation, Enum):
        return next((member for member in annotation if value is member or value == member.value), _NOT_PLAIN)
    return _NOT_PLAIN


def _number(value: Any, info: Any) -> Any:
    if type(value) is str and value.isascii() and value.isdigit():
        value = int(value)
    in_range = (
        type(value) is int and (info.min is None or value >= info.min) and (info.max is None or value <= info.max)
    )
    return value if in_range and not info.clamp else _NOT_PLAIN


def _path(value: Any, info: Any) -> Any:
    if any(getattr(info, name) for name in _PATH_CHECKS) or not (info.file_okay and info.dir_okay):
        return _NOT_PLAIN
    if type(value) is str:
        value = Path(value)
    if not isinstance(value, Path) or (info.readable and value.exists() and not os.access(value, os.R_OK)):
        return _NOT_PLAIN
    return value
