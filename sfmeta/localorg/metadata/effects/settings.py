"""The settings that the doors obey: ConnectedApp (the two boxes), OauthOidc (flows), Security (networks, timeouts).

Other settings are files only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sfmeta.localorg.doors.attempt import PASSWORD_FLOW_BLOCKED, PKCE_REQUIRED, USER_AGENT_FLOW_BLOCKED
from sfmeta.localorg.doors.boxes import BOXES, set_box
from sfmeta.localorg.doors.networks import keep_security
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.metadata.effects.base import Effect, leaf, without
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.state import State

WIZARD = "enableSkipUserProvisioningWizardWelcomePage"
_FLOWS = (PASSWORD_FLOW_BLOCKED, USER_AGENT_FLOW_BLOCKED, PKCE_REQUIRED, "oAuthCdCrdtFlowEnable")
_SWITCHES: Mapping[str, tuple[str, ...]] = {"ConnectedApp": (*BOXES, WIZARD), "OauthOidc": _FLOWS}


class SettingsEffect(Effect):
    """The org's switches are the truth, so ticking a box in Setup shows in the next retrieve."""

    watched = ("fact:org",)

    def enact(self, state: State, full_name: str, document: Node, author: str) -> str:
        for name in _SWITCHES.get(full_name, ()):
            if name in BOXES and not state.org.has_feature(API_ACCESS_CONTROL):
                continue
            if document.first(name) is not None:
                set_box(state, name, document.flag(name), by_user_id=author)
        if full_name == "Security":
            keep_security(state, document)
        return ""

    def kept(self, document: Node) -> Node:
        return without(document, *_SWITCHES.get(document.name.removesuffix("Settings"), ()))

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        switches = _SWITCHES.get(full_name, ())
        org = state.org
        # without the feature a retrieve holds only the wizard's flag (real retrieves in public repositories)
        known = switches if full_name == "ConnectedApp" else [name for name in switches if name in org.settings]
        shown = [name for name in known if name not in BOXES or org.has_feature(API_ACCESS_CONTROL)]
        node = without(document, *switches)
        node.children += [leaf(name, org.setting(name)) for name in shown]
        return node

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        yield "ConnectedApp", Node.of("ConnectedAppSettings"), ""
        if any(name in state.org.settings for name in _FLOWS):
            yield "OauthOidc", Node.of("OauthOidcSettings"), ""
