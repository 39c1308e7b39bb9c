"""ConnectedApp: a row with key, policies and certificate, and the rows that grant access."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.doors.tokens import became_admin_approved
from sfmeta.localorg.metadata import grants, references
from sfmeta.localorg.metadata.effects import app_options
from sfmeta.localorg.metadata.effects.base import Effect, leaf, without
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

OMITTED_GRANTS_STAY = "omitted_app_grants_stay"
_NORMALISED = {
    "Address": "Basic",
    "Email": "Basic",
    "Phone": "Basic",
    "Profile": "Basic",
    "OfflineAccess": "RefreshToken",
}

_POLICIES = frozenset(
    {
        "IpRelaxation",
        "OptionsAllowAdminApprovedUsersOnly",
        "RefreshTokenPolicy",
        "SessionPolicyAction",
        "SessionTimeout",
    }
)


def _nothing(name: str) -> Node:
    return Node.of(name)


class ConnectedAppEffect(Effect):
    """The row is the truth for keys, certificate, policies and grants; the file for all else."""

    # the facts hold whether apps that are only installed are components
    watched = ("ConnectedApplication", "fact:org")

    def apply(self, state: State, full_name: str, document: Node) -> str:
        record = references.owned_app(state, full_name)
        fields = self._fields(full_name, document, record)
        if record is None:
            app_id = state.records.insert("ConnectedApplication", fields)
        else:
            app_id = record.id
            if record["Ownership"] == "installed":
                # what the app is stays its maker's; this org decides on policies (guide, isAdminApproved)
                fields = {name: value for name, value in fields.items() if name in _POLICIES}
            state.records.update(app_id, **{**fields, "DeveloperName": record.text("DeveloperName")})
            if fields["OptionsAllowAdminApprovedUsersOnly"] and not record.flag("OptionsAllowAdminApprovedUsersOnly"):
                became_admin_approved(state, app_id)
        app = state.records.get(app_id)
        if app is not None:
            self._grant(state, app, document)
        return app_id

    def _fields(self, full_name: str, document: Node, record: Record | None) -> dict[str, Value]:
        oauth = document.first("oauthConfig")
        config = oauth or _nothing("oauthConfig")
        session = document.first("sessionPolicy") or _nothing("sessionPolicy")
        policy = document.first("oauthPolicy") or _nothing("oauthPolicy")
        refresh = policy.value("refreshTokenPolicy") or (record.text("RefreshTokenPolicy") if record else "")
        timeout = session.value("sessionTimeout")
        fields: dict[str, Value] = {
            "Name": document.value("label"),
            "DeveloperName": full_name,
            "Ownership": "owned",
            "OptionsAllowAdminApprovedUsersOnly": config.flag("isAdminApproved"),
            "RefreshTokenPolicy": refresh or None,
            "IpRelaxation": policy.value("ipRelaxation") or None,
            "SessionPolicyAction": session.value("policyAction") or None,
            "SessionTimeout": int(timeout) if timeout.isdigit() else None,
            "StartUrl": document.value("startUrl") or None,
            "MobileStartUrl": document.value("mobileStartUrl") or None,
            "Certificate": grants.as_pem(config.value("certificate")) or None,
            "IsClientCredentialEnabled": config.flag("isClientCredentialEnabled"),
            "ClientCredentialUser": config.value("oauthClientCredentialUser") or None,
            **app_options.of_connected_app(document),
        }
        if record is None and oauth is not None:
            fields["ConsumerKey"] = config.value("consumerKey") or grants.new_consumer_key()
            fields["ConsumerSecret"] = config.value("consumerSecret") or grants.new_consumer_secret()
        elif record is not None and oauth is not None and not record.text("ConsumerKey"):
            fields["ConsumerKey"] = grants.new_consumer_key()
            fields["ConsumerSecret"] = grants.new_consumer_secret()
        return fields

    def _grant(self, state: State, app: Record, document: Node) -> None:
        stays = assumed(state.org, OMITTED_GRANTS_STAY)
        if document.first("permissionSetName") is not None or not stays:
            found = [references.permission_set_of_app(state, name) for name in document.values("permissionSetName")]
            grants.set_grants(state, app, [record.id for record in found if record], of_profiles=False)
        if document.first("profileName") is not None or not stays:
            profiles = [references.profile(state, name) for name in document.values("profileName")]
            owned = [references.profile_permissions(state, record).id for record in profiles if record]
            grants.set_grants(state, app, owned, of_profiles=True)

    def kept(self, document: Node) -> Node:
        node = without(document, "permissionSetName", "profileName")
        for place, child in enumerate(node.children):
            if child.name == "oauthConfig":
                config = without(child, "consumerSecret", "consumerKey", "certificate", "isAdminApproved", "scopes")
                scopes = dict.fromkeys(_NORMALISED.get(scope, scope) for scope in child.values("scopes"))
                config.children += [leaf("scopes", scope) for scope in scopes]
                node.children[place] = config
        return node

    def remove(self, state: State, full_name: str) -> None:
        record = references.owned_app(state, full_name)
        if record is not None:
            grants.remove_grants(state, entity_id=record.id)
            # uninstalling an app ends its tokens (Salesforce's packaging guide); deleting it, by analogy
            state.records.delete_all(state.records.find("OauthToken", AppId=record.id))
            state.records.delete(record.id)

    def renamed(self, state: State, old: str, new: str) -> None:
        record = references.owned_app(state, old)
        if record is not None:
            state.records.update(record.id, DeveloperName=new)

    def reflect(self, state: State, full_name: str, document: Node) -> Node:
        record = references.owned_app(state, full_name)
        if record is None:
            return document
        node = without(document, "permissionSetName", "profileName", "label")
        node.children.append(leaf("label", record.text("Name")))
        permission_sets, profiles = grants.granted(state, record)
        node.children += [leaf("permissionSetName", name) for name in permission_sets]
        node.children += [leaf("profileName", name) for name in profiles]
        for place, child in enumerate(node.children):
            if child.name == "oauthConfig":
                node.children[place] = self._config(child, record)
        self._policies(node, record)
        return node

    @staticmethod
    def _config(config: Node, record: Record) -> Node:
        config = without(config, "isAdminApproved")
        if record.text("ConsumerKey"):
            config.children.append(leaf("consumerKey", record.text("ConsumerKey")))
        if record.text("Certificate"):
            config.children.append(leaf("certificate", grants.bare_certificate(record.text("Certificate"))))
        config.children.append(leaf("isAdminApproved", record.flag("OptionsAllowAdminApprovedUsersOnly")))
        return config

    @staticmethod
    def _policies(node: Node, record: Record) -> None:
        """Policies that were edited in Setup after the deployment."""
        refresh, action = record.text("RefreshTokenPolicy"), record.text("SessionPolicyAction")
        policy, session = node.first("oauthPolicy"), node.first("sessionPolicy")
        if refresh and refresh != (policy.value("refreshTokenPolicy") if policy else ""):
            relaxation = policy.value("ipRelaxation") if policy else "ENFORCE"
            rest = (
                [child for child in policy.children if child.name not in ("ipRelaxation", "refreshTokenPolicy")]
                if policy
                else []
            )
            changed = Node.of(
                "oauthPolicy", leaf("ipRelaxation", relaxation), leaf("refreshTokenPolicy", refresh), *rest
            )
            node.children = [*without(node, "oauthPolicy").children, changed]
        if action != (session.value("policyAction") if session else ""):
            rest = [child for child in session.children if child.name != "policyAction"] if session else []
            action_nodes = [leaf("policyAction", action)] if action else []
            node.children = without(node, "sessionPolicy").children
            if action_nodes or rest:
                node.children.append(Node.of("sessionPolicy", *action_nodes, *rest))

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        for record in references.app_components(state):
            config = Node.of("oauthConfig", leaf("callbackUrl", record.text("CallbackUrl")))
            mail = leaf("contactEmail", record.text("ContactEmail"))
            yield record.text("DeveloperName"), Node.of("ConnectedApp", mail, config), record.id
