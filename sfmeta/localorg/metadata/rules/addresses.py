"""IP address ranges in files: what the doors later ask whether a client lies in."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.doors.networks import Ranges
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import problem
from sfmeta.localorg.metadata.xml import Node


def range_problems(parent: Node, element: str, start: str = "start", end: str = "end") -> Iterator[Problem]:
    """Ranges that hold no address: without this, a slip of the pen would shut everybody out in silence.

    Args:
        parent: holds the ranges.
        element: the name of one.
        start: the name of its first address.
        end: and of its last.
    """
    for node in parent.all(element):
        first, last = node.value(start), node.value(end)
        # an empty element clears the section
        if node.children and not Ranges(((first, last),)).is_sound:
            yield problem("ip-range", node, first=first, last=last)
