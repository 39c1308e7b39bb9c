"""The external client app family: the app, its keys, its policies and the rows that grant access."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.doors.tokens import became_admin_approved
from sfmeta.localorg.metadata import grants, references
from sfmeta.localorg.metadata.effects import app_options
from sfmeta.localorg.metadata.effects.base import Effect, leaf, without
from sfmeta.localorg.metadata.effects.connected_app import OMITTED_GRANTS_STAY
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

APP = "externalClientApplication"
SATELLITES = (
    "ExtlClntAppOauthSettings",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppSamlConfigurablePolicies",
)
_POLICY = {
    "permittedUsersPolicyType": "PermittedUsersPolicyType",
    "refreshTokenPolicyType": "RefreshTokenPolicyType",
    "refreshTokenValidityUnit": "RefreshTokenValidityUnit",
    "policyAction": "PolicyAction",
    "ipRelaxationPolicyType": "IpRelaxationPolicyType",
    "requiredSessionLevel": "RequiredSessionLevel",
}
_ADMIN_APPROVED = "AdminApprovedPreAuthorized"
_POLICY_NUMBERS = {
    "refreshTokenValidityPeriod": "RefreshTokenValidityPeriod",
    "sessionTimeoutInMinutes": "SessionTimeoutInMinutes",
}


def names_in(document: Node, element: str) -> list[str]:
    """The names of a comma-separated list."""
    return [name for part in document.value(element).split(",") if (name := part.strip())]


class ExternalClientApplicationEffect(Effect):
    """The app itself."""

    watched = ("ExternalClientApplication",)

    def apply(self, state: State, full_name: str, document: Node) -> str:
        fields: dict[str, Value] = {
            "MasterLabel": document.value("label") or full_name,
            "DistributionState": document.value("distributionState") or "Local",
        }
        record = references.external_client_app(state, full_name)
        if record is None:
            return state.records.insert(
                "ExternalClientApplication", {**fields, "DeveloperName": full_name, "IsEnabled": True}
            )
        state.records.update(record.id, **fields)
        return record.id

    def remove(self, state: State, full_name: str) -> None:
        record = references.external_client_app(state, full_name)
        if record is None:
            return
        store = Components(state)
        for type_name in SATELLITES:
            for stored in store.list(type_name):
                document = store.document(type_name, stored.full_name)
                if document is not None and document.value(APP).casefold() == full_name.casefold():
                    store.delete(type_name, stored.full_name)
        grants.remove_grants(state, entity_id=record.id)
        state.records.delete_all(state.records.find("ExtlClntAppOauthPlcyCnfg", ExternalClientApplicationId=record.id))
        state.records.delete_all(state.records.find("OauthToken", AppId=record.id))
        state.records.delete(record.id)

    def renamed(self, state: State, old: str, new: str) -> None:
        record = references.external_client_app(state, old)
        if record is not None:
            state.records.update(record.id, DeveloperName=new)

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        for record in state.records.find("ExternalClientApplication"):
            label, place = record.text("MasterLabel"), record.text("DistributionState") or "Local"
            node = Node.of("ExternalClientApplication", leaf("distributionState", place), leaf("label", label))
            yield record.text("DeveloperName"), node, record.id


class _Satellite(Effect):
    def _app(self, state: State, full_name: str, document: Node | None) -> Record | None:
        if document is None:
            document = Components(state).document(self.type_name, full_name)
        return None if document is None else references.external_client_app(state, document.value(APP))

    type_name = ""


class GlobalOauthSettingsEffect(_Satellite):
    """Key, secret and certificate. The secret is never given back."""

    type_name = "ExtlClntAppGlobalOauthSettings"

    def apply(self, state: State, full_name: str, document: Node) -> str:
        app = self._app(state, full_name, document)
        if app is not None:
            key = document.value("consumerKey") or app.text("ConsumerKey") or grants.new_consumer_key()
            secret = document.value("consumerSecret") or app.text("ConsumerSecret") or grants.new_consumer_secret()
            pem = grants.as_pem(document.value("certificate")) or None
            options = app_options.of_global_settings(document)
            state.records.update(app.id, ConsumerKey=key, ConsumerSecret=secret, Certificate=pem, **options)
        return ""

    def kept(self, document: Node) -> Node:
        return without(document, "consumerSecret", "consumerKey", "certificate")

    def remove(self, state: State, full_name: str) -> None:
        app = self._app(state, full_name, None)
        if app is not None:
            state.records.update(app.id, ConsumerKey=None, ConsumerSecret=None, Certificate=None)

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        app = self._app(state, full_name, document)
        node = without(document, "consumerKey", "certificate")
        if app is not None and app.text("ConsumerKey"):
            node.children.append(leaf("consumerKey", app.text("ConsumerKey")))
        if app is not None and app.text("Certificate"):
            node.children.append(leaf("certificate", grants.bare_certificate(app.text("Certificate"))))
        return node


class OauthSettingsEffect(_Satellite):
    """The app's scopes and trusted IP ranges."""

    type_name = "ExtlClntAppOauthSettings"

    def apply(self, state: State, full_name: str, document: Node) -> str:
        app = self._app(state, full_name, document)
        if app is not None:
            state.records.update(app.id, **app_options.of_oauth_settings(document))
        return ""

    def remove(self, state: State, full_name: str) -> None:
        app = self._app(state, full_name, None)
        if app is not None:
            state.records.update(app.id, Scopes=None, IpRanges=None)


class OauthPoliciesEffect(_Satellite):
    """Permitted users, refresh tokens, and who is pre-authorised."""

    type_name = "ExtlClntAppOauthConfigurablePolicies"

    def apply(self, state: State, full_name: str, document: Node) -> str:
        app = self._app(state, full_name, document)
        if app is None:
            return ""
        fields: dict[str, Value] = {column: document.value(name) or None for name, column in _POLICY.items()}
        for name, column in _POLICY_NUMBERS.items():
            text = document.value(name)
            fields[column] = int(text) if text.isdigit() else None
        policy = state.records.first("ExtlClntAppOauthPlcyCnfg", ExternalClientApplicationId=app.id)
        if policy is None:
            fields["ExternalClientApplicationId"] = app.id
            policy_id = state.records.insert("ExtlClntAppOauthPlcyCnfg", fields)
        else:
            policy_id = policy.id
            state.records.update(policy_id, **fields)
            if _ADMIN_APPROVED == fields["PermittedUsersPolicyType"] != policy["PermittedUsersPolicyType"]:
                became_admin_approved(state, app.id)
        state.records.update(
            app.id,
            IsClientCredentialEnabled=document.flag("isClientCredentialsFlowEnabled"),
            ClientCredentialUser=document.value("clientCredentialsFlowUser") or None,
        )
        self._grant(state, app, document)
        return policy_id

    @staticmethod
    def _grant(state: State, app: Record, document: Node) -> None:
        stays = assumed(state.org, OMITTED_GRANTS_STAY)
        if document.first("commaSeparatedPermissionSet") is not None or not stays:
            found = [
                references.permission_set(state, name) for name in names_in(document, "commaSeparatedPermissionSet")
            ]
            grants.set_grants(state, app, [record.id for record in found if record], of_profiles=False)
        if document.first("commaSeparatedProfile") is not None or not stays:
            profiles = [references.profile(state, name) for name in names_in(document, "commaSeparatedProfile")]
            owned = [references.profile_permissions(state, record).id for record in profiles if record]
            grants.set_grants(state, app, owned, of_profiles=True)

    def kept(self, document: Node) -> Node:
        return without(document, "commaSeparatedPermissionSet", "commaSeparatedProfile", *_POLICY, *_POLICY_NUMBERS)

    def remove(self, state: State, full_name: str) -> None:
        app = self._app(state, full_name, None)
        if app is not None:
            grants.remove_grants(state, entity_id=app.id)
            state.records.delete_all(state.records.find("ExtlClntAppOauthPlcyCnfg", ExternalClientApplicationId=app.id))

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        app = self._app(state, full_name, document)
        if app is None:
            return document
        node = self.kept(document)
        permission_sets, profiles = grants.granted(state, app)
        if permission_sets:
            node.children.append(leaf("commaSeparatedPermissionSet", ",".join(permission_sets)))
        if profiles:
            node.children.append(leaf("commaSeparatedProfile", ",".join(profiles)))
        policy = state.records.first("ExtlClntAppOauthPlcyCnfg", ExternalClientApplicationId=app.id)
        if policy is not None:
            for name, column in {**_POLICY, **_POLICY_NUMBERS}.items():
                if policy.text(column):
                    node.children.append(leaf(name, policy.text(column)))
        return node


class ConfigurablePoliciesEffect(_Satellite):
    """Whether the app is enabled at all."""

    type_name = "ExtlClntAppConfigurablePolicies"

    def apply(self, state: State, full_name: str, document: Node) -> str:
        app = self._app(state, full_name, document)
        if app is not None:
            oauth = document.first("isOauthPluginEnabled") is None or document.flag("isOauthPluginEnabled")
            state.records.update(app.id, IsEnabled=document.flag("isEnabled"), IsOauthEnabled=oauth)
        return ""

    def remove(self, state: State, full_name: str) -> None:
        app = self._app(state, full_name, None)
        if app is not None:
            state.records.update(app.id, IsEnabled=True, IsOauthEnabled=True)

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        app = self._app(state, full_name, document)
        if app is None:
            return document
        node = without(document, "isEnabled")
        node.children.append(leaf("isEnabled", app["IsEnabled"] is not False))
        return node
