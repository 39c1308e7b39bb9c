"""Policies written into the components that carry them, as a deployment would: apps that this org defines."""

from __future__ import annotations

from sfmeta.localorg.apps import App
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.setup.policies import ADMIN_APPROVED, Policy
from sfmeta.localorg.setup.refused import SetupRefused
from sfmeta.localorg.state import State

_RELAXATION = {
    "ENFORCE": "Enforce",
    "BYPASS": "Bypass",
    "BYPASS_2FACTOR": "Bypass_2factor",
    "ENFORCE_RELAXREFRESH": "Enforce_RelaxRefresh",
}
_REFRESH = {
    "infinite": "Infinite",
    "zero": "Zero",
    "specific_lifetime": "SpecificLifetime",
    "specific_inactivity": "SpecificInactivity",
}


def write_connected_app(state: State, app: App, policy: Policy, by: str) -> None:
    """Puts policies into a ConnectedApp of this org; who is attached stays as it is.

    Raises:
        SetupRefused: the app has no OAuth settings.
    """
    effects.adopt(state)
    name = app.record.text("DeveloperName")
    document = effects.current(state, "ConnectedApp", name)
    config = None if document is None else document.first("oauthConfig")
    if document is None or config is None:
        raise SetupRefused("setup-policy-none", app=app.label)
    _set(config, "isAdminApproved", "true" if policy.permitted_users == ADMIN_APPROVED else "false")
    oauth = _part(document, "oauthPolicy")
    _set(oauth, "ipRelaxation", policy.ip_relaxation)
    _set(oauth, "refreshTokenPolicy", policy.refresh_token)
    session = _part(document, "sessionPolicy")
    _set(session, "policyAction", policy.session_action)
    _set(session, "sessionLevel", "HIGH_ASSURANCE" if policy.session_action == "RaiseSessionLevel" else "")
    _set(session, "sessionTimeout", str(policy.session_timeout or ""))
    if not session.children:
        document.children.remove(session)
    effects.put(state, "ConnectedApp", name, document, author=by)


def write_external_app(state: State, app: App, before: Policy, policy: Policy, by: str) -> None:
    """Puts policies into the two policy files of an external client app; who is attached stays as it is.

    Raises:
        SetupRefused: the app has no such file.
    """
    kind, _, rest = policy.refresh_token.partition(":")
    amount, _, unit = rest.partition(":")
    permitted = "AdminApprovedPreAuthorized" if policy.permitted_users == ADMIN_APPROVED else "AllSelfAuthorized"
    oauth = {
        "permittedUsersPolicyType": permitted,
        "ipRelaxationPolicyType": _RELAXATION[policy.ip_relaxation],
        "refreshTokenPolicyType": _REFRESH[kind],
        "refreshTokenValidityPeriod": amount,
        "refreshTokenValidityUnit": unit.capitalize(),
        "policyAction": policy.session_action,
        "requiredSessionLevel": "HIGH_ASSURANCE" if policy.session_action == "RaiseSessionLevel" else "",
        "sessionTimeoutInMinutes": str(policy.session_timeout or ""),
    }
    _edit(state, app, "ExtlClntAppOauthConfigurablePolicies", oauth, by)
    if policy.enabled != before.enabled:
        enabled = {"isEnabled": "true" if policy.enabled else "false"}
        _edit(state, app, "ExtlClntAppConfigurablePolicies", enabled, by)


def _edit(state: State, app: App, type_name: str, values: dict[str, str], by: str) -> None:
    owner = app.record.text("DeveloperName").casefold()
    for stored in Components(state).list(type_name):
        document = effects.current(state, type_name, stored.full_name)
        if document is not None and document.value("externalClientApplication").casefold() == owner:
            for name, value in values.items():
                _set(document, name, value)
            effects.put(state, type_name, stored.full_name, document, author=by)
            return
    raise SetupRefused("setup-policy-none", app=app.label)


def _part(document: Node, name: str) -> Node:
    found = document.first(name)
    if found is None:
        found = Node.of(name)
        document.children.append(found)
    return found


def _set(parent: Node, name: str, value: str) -> None:
    """Makes an element say a value; "" takes it away."""
    found = parent.first(name)
    if not value:
        parent.children = [child for child in parent.children if child.name != name]
    elif found is None:
        parent.children.append(Node.of(name, text=value))
    else:
        found.text = value
