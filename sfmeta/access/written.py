"""Whether the policy writes what a file would change in an org. What nobody wrote down must not change by the way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sfmeta.access.owned_paths import OWNED_PATHS
from sfmeta.access.wanted import Wanted
from sfmeta.model.change import FieldChange
from sfmeta.model.element import Element
from sfmeta.model.policy import Policy

_SETS = frozenset({"permissionSetName", "commaSeparatedPermissionSet"})
_PROFILES = frozenset({"profileName", "commaSeparatedProfile"})


@dataclass(frozen=True, slots=True)
class Written:
    """What the policy writes into one component.

    Attributes:
        wanted: what it asks for.
        rendered: what the template gave for it.
        policy: knows whether an app's permission sets and profiles are listed.
        allow: API name and label of the app's "Allow" set.
        elsewhere: paths of elements whose value the environment sets.
    """

    wanted: Wanted
    rendered: Element
    policy: Policy
    allow: frozenset[str] = frozenset()
    elsewhere: Collection[str] = ()

    def covers(self, change: FieldChange) -> bool:
        """Whether one difference between the org and the file is the policy's will.

        Args:
            change: of a single value (``codec.compare.in_places``).
        """
        steps = [step.partition("[") for step in change.path]
        place = "/".join(name for name, _, _ in steps)
        if place in self.wanted.cleared or place in self.elsewhere:
            return True
        if place in _SETS | _PROFILES:
            return self._lists(place) or self._is_own_grant(change, steps[-1][2].removesuffix("]"))
        owned = OWNED_PATHS[self.rendered.name]
        first, _, key = steps[0]
        if first in owned.keyed:
            said = {child.value(owned.keyed[first]) for child in self.rendered.all(first)}
            return key.removesuffix("]") in said
        return any(place == path for path, element in self.rendered.walk() if not element.children)

    def _lists(self, place: str) -> bool:
        """Whether the policy has the whole list; else it only adds its own set to what is there."""
        app = self.policy.apps.get(self.wanted.app)
        if app is None or app.grants is None:
            return False
        return (app.grants.permission_sets if place in _SETS else app.grants.profiles) is not None

    def _is_own_grant(self, change: FieldChange, key: str) -> bool:
        if key:
            return key in self.allow
        old, new = (_listed(element) for element in (change.old, change.new))
        return old ^ new <= self.allow


def _listed(element: Element | None) -> frozenset[str]:
    text = element.text if element is not None else ""
    return frozenset(part.strip() for part in text.split(",") if part.strip())
