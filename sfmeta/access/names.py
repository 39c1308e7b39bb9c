"""API names as Setup derives them from labels, and the clashes that follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sfmeta.errors import Problem
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Place

MAX_LENGTH = 80
"""Of a permission set's label and of its API name. Source: object reference, PermissionSet, Label and Name."""

_API_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*\Z")


def api_name_of(label: str) -> str:
    """The API name Setup proposes for a label.

    Everything but ASCII letters and digits becomes an underscore, never two in a row, none at the ends; a leading
    digit gets an ``X`` before it.

    Args:
        label: any text.

    Returns:
        The name; "" where nothing of the label is left (it has no ASCII letter or digit).

    Source: object reference, PermissionSet.Name: "can contain only underscores and alphanumeric characters ... must
        begin with a letter, not include spaces, not end with an underscore, and not contain two consecutive
        underscores". The ``X`` is what Setup's form fills in; no document says so.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")
    return f"X{name}" if name[:1].isdigit() else name


def is_api_name(text: str) -> bool:
    """Whether a text could be an API name as it stands."""
    return _API_NAME.match(text) is not None


@dataclass(slots=True)
class NameRegister:
    """Who wants which component. Two that want the same one are reported; nothing is renamed.

    Attributes:
        file: the policy, for messages.
        problems: every clash and every label that gives no name.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)
    _holders: dict[tuple[str, str], tuple[str, Place]] = field(default_factory=dict)

    def name(self, label: str, place: Place, way_out: str) -> str | None:
        """The API name of a label, or None after reporting that it gives none.

        Args:
            label: what it is derived from.
            place: where the policy asks for it.
            way_out: what to write instead.
        """
        name = api_name_of(label)
        if not name:
            self._add(
                f"no API name can be made of the label '{label}': it has no ASCII letter or digit", place, way_out
            )
            return None
        if len(label) > MAX_LENGTH or len(name) > MAX_LENGTH:
            self._add(f"the label '{label}' is longer than {MAX_LENGTH} characters", place, way_out)
            return None
        return name

    def claim(self, component: ComponentId, holder: str, place: Place, way_out: str) -> bool:
        """Reserve a component; False after reporting that another one has it.

        Args:
            component: names are compared without case, as an org does.
            holder: who wants it, for messages: "the label 'Allow A.B'".
            place: where the policy asks for it.
            way_out: how to tell them apart.
        """
        key = (component.type, component.full_name.lower())
        first, first_place = self._holders.setdefault(key, (holder, place))
        if (first, first_place) == (holder, place):
            return True
        self._add(f"{holder} gives {component}, and so does {first} in line {first_place.line}", place, way_out)
        return False

    def _add(self, message: str, place: Place, hint: str) -> None:
        self.problems.append(Problem(message, "policy-name", self.file, place.line, place.column, hint))
