"""The files of a throw-away app, in the schema's order. Pure.

Source: Metadata API guide and WSDL, ConnectedApp and the ExternalClientApplication family.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.secret import Secret
from sfmeta.ops.probe.deploying import Files

_CALLBACK = "https://localhost/callback"
_CONTACT = "sfmeta-probe@example.com"


@dataclass(frozen=True, slots=True)
class ProbeApp:
    """A throw-away app.

    Attributes:
        name: API name and label.
        is_connected_app: else an external client app.
        key: consumer key.
        secret: consumer secret; it is never written down.
        certificate: base64 without armour.
        private_key: of the certificate; never written down either.
        run_as: the username that client credentials run as.
    """

    name: str
    is_connected_app: bool
    key: str
    secret: Secret = field(repr=False)
    certificate: str
    private_key: Secret = field(repr=False)
    run_as: str

    @property
    def kind(self) -> str:
        """For people."""
        return "a connected app" if self.is_connected_app else "an external client app"

    @property
    def thing(self) -> str:
        """How the journal names it."""
        return f"{'ConnectedApp' if self.is_connected_app else 'ExternalClientApplication'}:{self.name}"


@dataclass(frozen=True, slots=True)
class Doorway:
    """How the app's door stands.

    Attributes:
        permission_sets: names of those that are attached; None leaves the element out.
        scopes: as metadata spells them.
        is_new: with what can be set at creation only.
        everyone: all users may authorise themselves; else only those whom an administrator approved.
    """

    permission_sets: tuple[str, ...] | None = None
    scopes: tuple[str, ...] = ("Api", "RefreshToken")
    is_new: bool = False
    everyone: bool = False


def files_of(app: ProbeApp, door: Doorway) -> Files:
    """All files of the app."""
    return _connected_app(app, door) if app.is_connected_app else _external_client_app(app, door)


def block_of(app: ProbeApp) -> Files:
    """A block of the app's consumer key (Metadata API guide, BlacklistedConsumer)."""
    component = ComponentId.of("BlacklistedConsumer", app.name)
    return {
        component: Element.of(
            "BlacklistedConsumer",
            _leaf("blockedByApiWhitelisting", "false"),
            _leaf("consumerKey", app.key),
            _leaf("consumerName", app.name),
            _leaf("masterLabel", app.name),
        )
    }


def _connected_app(app: ProbeApp, door: Doorway) -> Files:
    config = [_leaf("callbackUrl", _CALLBACK), _leaf("certificate", app.certificate)]
    config += [_leaf("consumerKey", app.key), _leaf("consumerSecret", app.secret.reveal())] if door.is_new else []
    config += [
        _leaf("isAdminApproved", "false" if door.everyone else "true"),
        _leaf("isClientCredentialEnabled", "true"),
    ]
    config += [_leaf("oauthClientCredentialUser", app.run_as), *(_leaf("scopes", scope) for scope in door.scopes)]
    # an empty element removes all grants (guide); left out it is the open question
    names = [""] if door.permission_sets == () else door.permission_sets or ()
    return {
        ComponentId.of("ConnectedApp", app.name): Element.of(
            "ConnectedApp",
            _leaf("contactEmail", _CONTACT),
            _leaf("label", app.name),
            Element.of("oauthConfig", *config),
            *(_leaf("permissionSetName", name) for name in names),
        )
    }


def _external_client_app(app: ProbeApp, door: Doorway) -> Files:
    key = [_leaf("consumerKey", app.key), _leaf("consumerSecret", app.secret.reveal())] if door.is_new else []
    grants = (
        [] if door.permission_sets is None else [_leaf("commaSeparatedPermissionSet", ",".join(door.permission_sets))]
    )
    belongs = _leaf("externalClientApplication", app.name)
    policy = f"{app.name}_defaultPolicy"
    return {
        ComponentId.of("ExternalClientApplication", app.name): Element.of(
            "ExternalClientApplication",
            _leaf("contactEmail", _CONTACT),
            _leaf("distributionState", "Local"),
            _leaf("label", app.name),
        ),
        ComponentId.of("ExtlClntAppOauthSettings", app.name): Element.of(
            "ExtlClntAppOauthSettings",
            _leaf("commaSeparatedOauthScopes", ", ".join(door.scopes)),
            belongs,
            _leaf("label", app.name),
        ),
        ComponentId.of("ExtlClntAppGlobalOauthSettings", app.name): Element.of(
            "ExtlClntAppGlobalOauthSettings",
            _leaf("callbackUrl", _CALLBACK),
            _leaf("certificate", app.certificate),
            *key,
            belongs,
            _leaf("isClientCredentialsFlowEnabled", "true"),
            _leaf("label", app.name),
        ),
        ComponentId.of("ExtlClntAppOauthConfigurablePolicies", policy): Element.of(
            "ExtlClntAppOauthConfigurablePolicies",
            _leaf("clientCredentialsFlowUser", app.run_as),
            *grants,
            belongs,
            _leaf("isClientCredentialsFlowEnabled", "true"),
            _leaf("label", policy),
            _leaf("permittedUsersPolicyType", "AllSelfAuthorized" if door.everyone else "AdminApprovedPreAuthorized"),
        ),
        ComponentId.of("ExtlClntAppConfigurablePolicies", policy): Element.of(
            "ExtlClntAppConfigurablePolicies", belongs, _leaf("isEnabled", "true"), _leaf("label", policy)
        ),
    }


def _leaf(name: str, text: str) -> Element:
    return Element.of(name, text=text)
