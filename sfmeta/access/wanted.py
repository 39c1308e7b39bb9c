"""What a policy asks for, as values: components to render, steps for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
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
        app: the policy's key of the app that it belongs to; "" where it belongs to none.
    """

    id: ComponentId
    template: str
    values: Mapping[str, Value]
    cleared: frozenset[str] = frozenset()
    place: Place = field(default=NOWHERE, compare=False)
    app: str = ""


class Work(StrEnum):
    """What sort of work a manual step is."""

    ASSIGN = "assign"
    """Give users a permission set; sfmeta can do that, too (``sfmeta grant``, ``sfmeta plan --stage prepare``)."""
    SEE_ASSIGNED = "see assigned"
    """See that an identity provider has given it."""
    SETUP = "setup"
    """One visit to Setup for an installed app: Install, Unblock, Edit Policies, permission sets and profiles."""
    BLOCK = "block"
    """Press Block for an app that another org made."""


@dataclass(frozen=True, slots=True)
class ManualStep:
    """Something that a person does in Setup: no API is known for it, or sfmeta does not use it.

    Attributes:
        app: the policy's key of the app; "" where it concerns none alone.
        title: what it is about, one line.
        where: the page in Setup.
        actions: what to do there, in order.
        verify: how to see afterwards that it was done.
        kind: what sort of work it is.
    """

    app: str
    title: str
    where: str
    actions: tuple[str, ...]
    verify: tuple[str, ...]
    kind: Work = Work.SETUP


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
