"""What deploying settings makes of an org: the boxes, the OAuth flows, the length of sessions.

Source: Metadata API guide, ConnectedAppSettings, OauthOidcSettings, SecuritySettings: what a file does not name stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from sfmeta.access.forecasting.package_notes import Notes
from sfmeta.access.forecasting.state import OrgState
from sfmeta.access.grants import ANY_API_CLIENT_PERMISSION
from sfmeta.access.profile_elements import SESSION_MINUTES
from sfmeta.model.element import Element

_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        "ExternalClientApp": "what it switches of external client apps",
        "IdentityProvider": "what it switches of logins by this org as identity provider",
        "MyDomain": "whether clients log in at addresses that it changes",
        "SingleSignOn": "what it switches of single sign-on",
    }
)
"""Settings that have to do with logins, and what no rule knows of them."""


def deploy_settings(name: str, root: Element, state: OrgState, notes: Notes) -> OrgState:
    """The org after a settings file.

    Args:
        name: of the settings: ``ConnectedApp``.
        root: the file.
        state: the org before.
        notes: what is open is said here.
    """
    deploy = _DEPLOY.get(name)
    if deploy is not None:
        return deploy(root, state, notes)
    if name in _OTHERS:
        notes.warn(f"Settings:{name} is deployed: {_OTHERS[name]} is not forecast")
    return state


def _boxes(root: Element, state: OrgState, notes: Notes) -> OrgState:
    org, known = state.org, state.known_permissions
    internal = _switch(root, "enableAdminApprovedAppsOnly", is_on=org.internal_box)
    external = _switch(root, "enableAdminApprovedAppsOnlyForExternalUser", is_on=org.external_box)
    if (internal or external) and state.inventory.settings.internal_box is None:
        notes.open("the org has no API Access Control yet: what deploying its boxes does there is not established")
        known |= {ANY_API_CLIENT_PERMISSION}
    ticks_internal, ticks_external = internal and not org.internal_box, external and not org.external_box
    boxed = replace(
        org,
        internal_box=internal,
        external_box=external,
        ticks_internal_box=ticks_internal,
        ticks_a_box=ticks_internal or ticks_external,
    )
    if (org.internal_box and not internal) or (org.external_box and not external):
        notes.warn("a box is unticked: whether that takes back what ticking it did to apps is not established")
    return replace(state, org=boxed, known_permissions=known)


def _oauth(root: Element, state: OrgState, notes: Notes) -> OrgState:
    first, second = root.value("blockOAuthUnPwFlow"), root.value("blockOAuthUsrAgtFlow")
    org = state.org
    if root.value("isPkceRequired") == "true":
        notes.warn("Settings:OauthOidc asks every client for PKCE: which clients have it, no audit tells")
    if root.value("oAuthCdCrdtFlowEnable") == "false":
        notes.warn("Settings:OauthOidc switches the authorization code and credentials flow off: not forecast")
    return replace(
        state,
        org=replace(
            org,
            password_flow_blocked=org.password_flow_blocked if first is None else first == "true",
            user_agent_flow_blocked=org.user_agent_flow_blocked if second is None else second == "true",
        ),
    )


def _security(root: Element, state: OrgState, notes: Notes) -> OrgState:
    session = root.first("sessionSettings")
    settings = state.inventory.settings
    timeout = SESSION_MINUTES.get((session.value("sessionTimeout") if session else "") or "")
    if timeout is not None and timeout != settings.session_minutes:
        settings = replace(settings, session_minutes=timeout)
    if session is not None and (every := session.value("enforceIpRangesEveryRequest")) is not None:
        is_on = every == "true"
        if is_on and not settings.ranges_on_every_request:
            notes.open(
                "Settings:Security asks for the login IP ranges on every request: sessions from elsewhere end, and no "
                "rule knows whose"
            )
        settings = replace(settings, ranges_on_every_request=is_on)
    if root.first("networkAccess") is not None:
        notes.warn("Settings:Security writes the org's trusted IP ranges: who then needs a security token is not told")
    if settings == state.inventory.settings:
        return state
    return replace(state, inventory=replace(state.inventory, settings=settings))


def _switch(root: Element, name: str, *, is_on: bool) -> bool:
    value = root.value(name)
    return is_on if value is None else value == "true"


_DEPLOY: Mapping[str, Callable[[Element, OrgState, Notes], OrgState]] = MappingProxyType(
    {"ConnectedApp": _boxes, "OauthOidc": _oauth, "Security": _security}
)
