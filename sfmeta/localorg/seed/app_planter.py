"""Puts the apps of a seed into a new org: those that it defines through ``metadata.effects``, as a deployment would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.doors import scopes
from sfmeta.localorg.metadata import effects, grants, references
from sfmeta.localorg.metadata.effects.base import leaf
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.seed import format as form
from sfmeta.localorg.seed.apps import developer_name
from sfmeta.localorg.state import State


def a_range(element: str, low: str, high: str, text: str) -> Node:
    """An address range as metadata has it, from ``start-end`` or a single address."""
    start, _, end = text.partition("-")
    return Node.of(element, leaf(high, end or start), leaf(low, start))


def _options(app: form.App) -> dict[str, Value]:
    """What the row of an app of another org says, whose files are not here."""
    return {
        "CallbackUrl": app.callback_url,
        "Scopes": scopes.from_metadata(app.scopes) or None,
        "IpRelaxation": app.ip_relaxation,
        "IpRanges": ",".join(app.ip_ranges) or None,
        **{option[0].upper() + option[1:]: True for option in app.options},
    }


def _session_action(app: form.App) -> str:
    if app.blocked == "policy":
        return "Block"
    return "RaiseSessionLevel" if app.raise_session_level else ""


def _session_policy(app: form.App) -> list[Node]:
    """The elements of an owned app's ``sessionPolicy``, none where it has none."""
    action = _session_action(app)
    parts = [leaf("policyAction", action)] if action else []
    if action == "RaiseSessionLevel":
        parts.append(leaf("sessionLevel", "HIGH_ASSURANCE"))
    if app.session_timeout:
        parts.append(leaf("sessionTimeout", str(app.session_timeout)))
    return parts


class AppPlanter:
    """The making of apps.

    Args:
        state: the org.
        certificates: PEM by developer name.
        now: when the org is made.
    """

    def __init__(self, state: State, certificates: Mapping[str, str], now: datetime) -> None:
        self._state = state
        self._records = state.records
        self._certificates = certificates
        self._now = now

    def plant(self, app: form.App) -> str:
        """Adds an app.

        Returns:
            The id of its row.
        """
        name = developer_name(app)
        if app.kind == "external_client_app":
            app_id = self._external_client_app(app, name)
        elif app.ownership == "owned":
            app_id = self._owned_app(app, name)
        else:
            app_id = self._foreign_app(app, name)
        certificate = app.certificate or self._certificates.get(name)
        secrets: dict[str, Value] = {
            "ConsumerKey": app.consumer_key or grants.new_consumer_key(),
            "ConsumerSecret": app.consumer_secret or grants.new_consumer_secret(),
            "Certificate": certificate,
            "IsClientCredentialEnabled": bool(app.client_credentials_user),
            "ClientCredentialUser": app.client_credentials_user.lower() or None,
            "CreatedDate": to_stamp(self._now),
        }
        self._records.update(app_id, **secrets)
        record = self._records.get(app_id)
        if record is not None and app.ownership != "uninstalled":
            self._grant(record, app)
        if app.blocked == "block_list":
            fields: dict[str, Value] = {
                "ConsumerKey": secrets["ConsumerKey"],
                "ConsumerName": name,
                "MasterLabel": app.label,
                "BlockedByApiWhitelisting": False,
            }
            self._records.insert("BlacklistedConsumer", fields)
        return app_id

    def _grant(self, record: Record, app: form.App) -> None:
        found = [references.permission_set(self._state, name) for name in app.permission_sets]
        grants.set_grants(self._state, record, [one.id for one in found if one], of_profiles=False)
        profiles = [references.profile(self._state, name) for name in app.profiles]
        owned = [references.profile_permissions(self._state, one).id for one in profiles if one]
        grants.set_grants(self._state, record, owned, of_profiles=True)

    def _foreign_app(self, app: form.App, name: str) -> str:
        if app.ownership == "uninstalled":
            return self._records.insert("ForeignApp", {"Name": app.label, **_options(app)})
        fields: dict[str, Value] = {
            **_options(app),
            "Name": app.label,
            "DeveloperName": name,
            "Ownership": "installed",
            "OptionsAllowAdminApprovedUsersOnly": app.permitted_users == "admin_approved",
            "SessionPolicyAction": _session_action(app) or None,
            "SessionTimeout": app.session_timeout or None,
            "RefreshTokenPolicy": app.refresh_token or None,
        }
        return self._records.insert("ConnectedApplication", fields)

    def _owned_app(self, app: form.App, name: str) -> str:
        config = [
            leaf("callbackUrl", app.callback_url),
            leaf("isAdminApproved", app.permitted_users == "admin_approved"),
            *(leaf(option, "true") for option in app.options if option != "isDeviceFlowEnabled"),
            *(leaf("scopes", scope) for scope in app.scopes),
        ]
        if app.client_credentials_user:
            user = app.client_credentials_user.lower()
            config += [leaf("isClientCredentialEnabled", "true"), leaf("oauthClientCredentialUser", user)]
        policy = [
            leaf("ipRelaxation", app.ip_relaxation),
            leaf("refreshTokenPolicy", app.refresh_token or "infinite"),
        ]
        parts = [
            leaf("contactEmail", app.contact_email),
            leaf("label", app.label),
            Node.of("oauthConfig", *config),
            Node.of("oauthPolicy", *policy),
        ]
        session = _session_policy(app)
        if session:
            parts.append(Node.of("sessionPolicy", *session))
        parts += [a_range("ipRanges", "start", "end", one) for one in app.ip_ranges]
        app_id = effects.put(self._state, "ConnectedApp", name, Node.of("ConnectedApp", *parts)).id
        # a connected app's file cannot say it (WSDL)
        self._records.update(app_id, IsDeviceFlowEnabled="isDeviceFlowEnabled" in app.options)
        return app_id

    def _external_client_app(self, app: form.App, name: str) -> str:
        """The family of five files, named as orgs were seen to name what they make themselves (community reports)."""
        kind, _, rest = app.refresh_token.partition(":")
        amount, _, unit = rest.partition(":")
        refresh = {"specific_lifetime": "SpecificLifetime", "specific_inactivity": "SpecificInactivity", "zero": "Zero"}
        permitted = "AdminApprovedPreAuthorized" if app.permitted_users == "admin_approved" else "AllSelfAuthorized"
        policies = {"permittedUsersPolicyType": permitted, "refreshTokenPolicyType": refresh.get(kind, "Infinite")}
        if amount:
            policies |= {"refreshTokenValidityPeriod": amount, "refreshTokenValidityUnit": unit.capitalize()}
        if _session_action(app):
            policies["policyAction"] = _session_action(app)
        if app.raise_session_level:
            policies["requiredSessionLevel"] = "HIGH_ASSURANCE"
        if app.client_credentials_user:
            policies["isClientCredentialsFlowEnabled"] = "true"
            policies["clientCredentialsFlowUser"] = app.client_credentials_user.lower()
        if app.session_timeout:
            policies["sessionTimeoutInMinutes"] = str(app.session_timeout)
        if app.ip_relaxation != "ENFORCE":
            policies["ipRelaxationPolicyType"] = app.ip_relaxation.capitalize().replace("relaxrefresh", "RelaxRefresh")
        belongs = {"externalClientApplication": name}
        main = {"contactEmail": app.contact_email, "distributionState": "Local", "label": app.label}
        app_id = self._put("ExternalClientApplication", name, main)
        settings = {"commaSeparatedOauthScopes": ", ".join(app.scopes), **belongs, "label": name}
        if app.ip_ranges:
            settings["trustedIpRanges"] = ",".join(app.ip_ranges)
        self._put("ExtlClntAppOauthSettings", name, settings)
        switches: dict[str, str] = dict.fromkeys(app.options, "true")
        shared = {"callbackUrl": app.callback_url, **belongs, **switches, "label": name}
        self._put("ExtlClntAppGlobalOauthSettings", name, shared)
        policy_name = f"{name}_defaultPolicy"
        self._put("ExtlClntAppOauthConfigurablePolicies", policy_name, {**belongs, "label": policy_name, **policies})
        enabled = {
            **belongs,
            "isEnabled": "true" if app.enabled else "false",
            "isOauthPluginEnabled": "true",
            "label": policy_name,
        }
        self._put("ExtlClntAppConfigurablePolicies", policy_name, enabled)
        return app_id

    def _put(self, type_name: str, full_name: str, values: Mapping[str, str]) -> str:
        node = Node.of(type_name, *(leaf(name, text) for name, text in values.items()))
        return effects.put(self._state, type_name, full_name, node).id
