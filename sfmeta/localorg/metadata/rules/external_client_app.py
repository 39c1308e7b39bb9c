"""The external client app family: references between its files and to what it grants."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.metadata import grants, references
from sfmeta.localorg.metadata.effects.external_client_app import APP, names_in
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, TypeRules, missing_reference, problem
from sfmeta.localorg.metadata.xml import Node


class ExternalClientApplicationRules(TypeRules):
    """The app comes before its settings."""

    order = 40


class SatelliteRules(TypeRules):
    """Settings and policies need their app."""

    order = 41

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        node = document.first(APP)
        if node is not None and references.external_client_app(context.state, node.text.strip()) is None:
            yield missing_reference(APP, "ExternalClientApplication", node)


class GlobalOauthSettingsRules(SatelliteRules):
    """A key of one's own must be free."""

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from super().problems(full_name, document, context)
        node, app = document.first("consumerKey"), references.external_client_app(context.state, document.value(APP))
        if node is None or app is None or not node.text.strip() or node.text.strip() == app.text("ConsumerKey"):
            return
        if grants.consumer_key_taken(context.state, node.text.strip(), app.id):
            yield problem("app-key-taken", node)


class PoliciesRules(SatelliteRules):
    """Who is pre-authorised must exist: for OAuth and for SAML alike."""

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from super().problems(full_name, document, context)
        for element, type_name, find in (
            ("commaSeparatedPermissionSet", "PermissionSet", references.permission_set),
            ("commaSeparatedProfile", "Profile", references.profile),
        ):
            node = document.first(element)
            for name in names_in(document, element):
                if node is not None and find(context.state, name) is None and context.state.records.get(name) is None:
                    yield problem("reference-missing", node, field=element, type=type_name, name=name)


class OauthPoliciesRules(PoliciesRules):
    """So must the user that the client credentials flow runs as."""

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from super().problems(full_name, document, context)
        user = document.first("clientCredentialsFlowUser")
        if user is not None and user.text.strip() and references.user(context.state, user.text.strip()) is None:
            yield missing_reference(user.name, "User", user)
