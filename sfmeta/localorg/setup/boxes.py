"""The page API Access Control: its boxes, each ticked in the one place that knows what follows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.doors.boxes import set_box
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.setup import trail
from sfmeta.localorg.setup.refused import MANAGE_APPS, SetupRefused, require
from sfmeta.localorg.state import State

VISUALFORCE_BOX = "allowVisualforcePagesToAccessApis"
"""The third box of the page; it has no name in metadata, this one is ours."""

BOX_LABELS: Mapping[str, str] = MappingProxyType(
    {
        INTERNAL_BOX: "For admin-approved users, limit API access to only allowlisted connected apps",
        EXTERNAL_BOX: "For customers and partners, limit API access to only installed connected apps",
        VISUALFORCE_BOX: "Allow Visualforce pages to access APIs",
    }
)
"""Each box with the words beside it: the first is Help's, the second by analogy, the third a vendor's page."""


def has_boxes(state: State) -> bool:
    """Whether Setup has the page."""
    return state.org.has_feature(API_ACCESS_CONTROL)


def set_boxes(state: State, wanted: Mapping[str, bool], by: str, session_id: str = "") -> None:
    """Ticks and unticks boxes, all or none.

    Args:
        state: the org.
        wanted: of ``BOX_LABELS``; what is left out stays.
        by: the id of the user who does it, "" for the org itself.
        session_id: the token it is done with, "" for none in particular.

    Raises:
        SetupRefused: the user may not, or Support did not enable the feature.
    """
    with state.transaction():
        require(state, by, "setup-manage-apps", MANAGE_APPS)
        if not has_boxes(state):
            raise SetupRefused("setup-boxes-feature")
        for name in wanted:
            if name not in BOX_LABELS:
                raise SetupRefused("setup-not-there", kind="box", name=name)
        changed = {name: value for name, value in wanted.items() if state.org.setting(name) is not value}
        for name, value in changed.items():
            trail.box(state, by, BOX_LABELS[name], value)
            set_box(state, name, value, by, session_id)
