"""What a policy asks for, as values: components to render, steps for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sfmeta.errors import Problem
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import NOWHERE, Place

Value: TypeAlias = str | tuple[str, ...] | tuple[Mapping[str, str], ...]
"""What a template gets under one name. What the policy does not say is not there at all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One component the policy asks for.

    Attributes:
        id: which; an existing file's, or a new one's.
        template: the root element, and with it the template's name.
        values: what the template gets.
        cleared: policy-owned paths that go when the template does not render them, because the policy implies it.
        place: where the policy asks for it.
    """

    id: ComponentId
    template: str
    values: Mapping[str, Value]
    cleared: frozenset[str] = frozenset()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ManualStep:
    """Something that a person does in Setup: no API is known for it, or sfmeta does not use it.

    Attributes:
        app: the policy's key of the app; "" where it concerns none alone.
        title: what it is about, one line.
        where: the page in Setup.
        actions: what to do there, in order.
        verify: how to see afterwards that it was done.
    """

    app: str
    title: str
    where: str
    actions: tuple[str, ...]
    verify: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """All that a policy asks for.

    Attributes:
        components: sorted by id.
        manual_steps: assignments first, users before restrictions; each in the order of the policy.
        problems: errors and warnings, in no order.
    """

    components: tuple[Wanted, ...] = ()
    manual_steps: tuple[ManualStep, ...] = ()
    problems: tuple[Problem, ...] = ()
