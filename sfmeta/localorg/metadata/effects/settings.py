"""Settings:ConnectedApp: the two boxes of API Access Control. Other settings are files only."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.localorg.doors.boxes import BOXES, set_box
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.metadata.effects.base import Effect, leaf, without
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.state import State

WIZARD = "enableSkipUserProvisioningWizardWelcomePage"
_SWITCHES = (*BOXES, WIZARD)


class SettingsEffect(Effect):
    """The org's switches are the truth, so ticking a box in Setup shows in the next retrieve."""

    def enact(self, state: State, full_name: str, document: Node, author: str) -> str:
        if full_name == "ConnectedApp":
            for name in _SWITCHES:
                if name in BOXES and not state.org.has_feature(API_ACCESS_CONTROL):
                    continue
                if document.first(name) is not None:
                    set_box(state, name, document.flag(name), by_user_id=author)
        return ""

    def kept(self, document: Node) -> Node:
        return without(document, *_SWITCHES) if document.name == "ConnectedAppSettings" else document

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        if full_name != "ConnectedApp":
            return document
        org = state.org
        # without the feature a retrieve holds only the wizard's flag (real retrieves in public repositories)
        shown = _SWITCHES if org.has_feature(API_ACCESS_CONTROL) else (WIZARD,)
        node = without(document, *_SWITCHES)
        node.children += [leaf(name, org.setting(name)) for name in shown]
        return node

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        yield "ConnectedApp", Node.of("ConnectedAppSettings"), ""
