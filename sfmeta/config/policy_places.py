"""Where the parts of a policy's text begin and end, by libyaml's events; nothing of the text is changed."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml


@dataclass(slots=True)
class Span:
    """A mapping in the text, as character positions; -1 where it has none.

    Attributes:
        flow: it is written as ``{...}``.
        column: where its keys begin.
        leaf: the end of its last scalar, alias or flow collection.
        brace: its closing brace; only meant where ``flow`` is.
    """

    flow: bool = False
    column: int = -1
    leaf: int = -1
    brace: int = -1


@dataclass(slots=True)
class Places:
    """Where ``apps`` stands in a policy.

    Attributes:
        root: the whole policy.
        key: where the key ``apps`` ends; -1 where there is none.
        apps: its mapping; None where its value is no mapping that stands there.
        empty: its value is left out, and would begin at ``value``.
        value: see ``empty``.
    """

    root: Span = field(default_factory=Span)
    key: int = -1
    apps: Span | None = None
    empty: bool = False
    value: int = -1


def find_places(text: str) -> Places:
    """Follow the events of a policy.

    Args:
        text: well formed, without a byte order mark.
    """
    walk = _Walk(text)
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            walk.begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            walk.finish(event)
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            walk.leaf(event)
    return walk.places


class _Walk:
    """The state of one walk: how deep it is, and whether it is within ``apps``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = Places()
        self.depth = 0
        self.within: Span | None = None
        self.at_key = True  # of the root; its keys and values take turns
        self.wanted = False  # the next value is that of ``apps``

    def begin(self, event: yaml.CollectionStartEvent) -> None:
        if self.depth == 0:
            self.places.root.flow = bool(event.flow_style)
        elif self.depth == 1 and self.wanted:
            self.wanted = False
            if isinstance(event, yaml.MappingStartEvent):
                self.within = self.places.apps = Span(bool(event.flow_style))
        self.depth += 1

    def finish(self, event: yaml.CollectionEndEvent) -> None:
        self.depth -= 1
        start, stop = _span(event)
        if self.depth == 0:
            self.places.root.brace = start
            return
        if self.depth == 1:
            self.at_key = True
            if self.within:
                self.within.brace, self.within = start, None
        if self.text[start:stop] in ("}", "]"):
            self._ended(stop)

    def leaf(self, event: yaml.ScalarEvent | yaml.AliasEvent) -> None:
        start, stop = _span(event)
        self._ended(stop)
        span = {1: self.places.root, 2: self.within}.get(self.depth)
        if span is not None and span.column < 0:
            span.column = event.start_mark.column if event.start_mark else -1
        if self.depth != 1:
            return
        if self.at_key:
            self.wanted = isinstance(event, yaml.ScalarEvent) and event.value == "apps"
            self.places.key = stop if self.wanted else self.places.key
        elif self.wanted:
            self.wanted = False
            self.places.empty = isinstance(event, yaml.ScalarEvent) and start == stop
            self.places.value = stop
        self.at_key = not self.at_key

    def _ended(self, stop: int) -> None:
        self.places.root.leaf = max(self.places.root.leaf, stop)
        if self.within:
            self.within.leaf = max(self.within.leaf, stop)


def _span(event: yaml.Event) -> tuple[int, int]:
    """Where an event begins and ends, in characters; libyaml always says it."""
    start, stop = event.start_mark, event.end_mark
    return (start.index if start else -1, stop.index if stop else -1)
