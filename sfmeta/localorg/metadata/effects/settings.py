"""The settings that the doors obey: ConnectedApp (the two boxes), OauthOidc (flows), Security (networks, timeouts).

Other settings are files only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sfmeta.localorg.doors.attempt import PASSWORD_FLOW_BLOCKED, PKCE_REQUIRED, USER_AGENT_FLOW_BLOCKED
from sfmeta.localorg.doors.boxes import BOXES, set_box
from sfmeta.localorg.doors.networks import EVERY_REQUEST, keep_security, security_of, timeout_word
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
        shown = [name for name in switches if name not in BOXES or org.has_feature(API_ACCESS_CONTROL)]
        node = without(document, *switches)
        node.children += [leaf(name, org.setting(name)) for name in shown]
        return _with_security(state, node) if full_name == "Security" else node

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        # settings are there in every org, whether or not anybody ever set them
        for full_name in ("ConnectedApp", "OauthOidc", "Security"):
            yield full_name, Node.of(f"{full_name}Settings"), ""


def _with_security(state: State, document: Node) -> Node:
    """The sections that the doors obey as they count now, whatever was deployed of them."""
    security = security_of(state)
    node = without(document)
    if node.first("networkAccess") is None and not security.trusted.is_empty:
        ranges = (Node.of("ipRanges", leaf("end", end), leaf("start", start)) for start, end in security.trusted.pairs)
        node.children.append(Node.of("networkAccess", *ranges))
    session = without(node.first("sessionSettings") or Node.of("sessionSettings"), EVERY_REQUEST, "sessionTimeout")
    session.children.append(leaf(EVERY_REQUEST, security.every_request))
    session.children.append(leaf("sessionTimeout", timeout_word(security.session_minutes)))
    node.children = [*without(node, "sessionSettings").children, session]
    return node
