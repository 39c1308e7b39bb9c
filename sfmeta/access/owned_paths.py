"""What a policy owns in a file, per root element, and the merge that keeps everything else as a person wrote it.

The rule: what a template renders wins; what the policy owns and the template does not render goes only where the
policy implies it (``Wanted.cleared``); all the rest of an existing file stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sfmeta.model.element import Element


@dataclass(frozen=True, slots=True)
class OwnedPaths:
    """The policy's part of one type of file.

    Attributes:
        paths: every element the policy can write or clear.
        parts: elements of which the policy owns only some children.
        keyed: repeated elements that are told apart by a child; only those rendered are touched.
    """

    paths: frozenset[str]
    parts: frozenset[str] = frozenset()
    keyed: Mapping[str, str] = field(default_factory=dict)


OWNED_PATHS: Mapping[str, OwnedPaths] = MappingProxyType(
    {
        "ConnectedApp": OwnedPaths(
            paths=frozenset(
                {
                    "contactEmail",
                    "label",
                    "oauthConfig/callbackUrl",
                    "oauthConfig/isAdminApproved",
                    "oauthConfig/scopes",
                    "oauthPolicy/ipRelaxation",
                    "oauthPolicy/refreshTokenPolicy",
                    "permissionSetName",
                    "profileName",
                    "sessionPolicy/policyAction",
                    "sessionPolicy/sessionTimeout",
                }
            ),
            parts=frozenset({"oauthConfig", "oauthPolicy", "sessionPolicy"}),
        ),
        "PermissionSet": OwnedPaths(
            paths=frozenset({"label", "userPermissions"}), keyed=MappingProxyType({"userPermissions": "name"})
        ),
        "Profile": OwnedPaths(
            paths=frozenset({"userPermissions"}), keyed=MappingProxyType({"userPermissions": "name"})
        ),
        "ConnectedAppSettings": OwnedPaths(
            paths=frozenset({"enableAdminApprovedAppsOnly", "enableAdminApprovedAppsOnlyForExternalUser"})
        ),
        "BlacklistedConsumer": OwnedPaths(
            paths=frozenset({"blockedByApiWhitelisting", "consumerKey", "consumerName", "masterLabel"})
        ),
        "ExternalClientApplication": OwnedPaths(paths=frozenset({"contactEmail", "distributionState", "label"})),
        "ExtlClntAppOauthSettings": OwnedPaths(
            paths=frozenset({"commaSeparatedOauthScopes", "externalClientApplication", "label"})
        ),
        "ExtlClntAppGlobalOauthSettings": OwnedPaths(
            paths=frozenset({"callbackUrl", "externalClientApplication", "label"})
        ),
        "ExtlClntAppOauthConfigurablePolicies": OwnedPaths(
            paths=frozenset(
                {
                    "commaSeparatedPermissionSet",
                    "commaSeparatedProfile",
                    "externalClientApplication",
                    "ipRelaxationPolicyType",
                    "label",
                    "permittedUsersPolicyType",
                    "refreshTokenPolicyType",
                    "refreshTokenValidityPeriod",
                    "refreshTokenValidityUnit",
                    "sessionTimeoutInMinutes",
                }
            )
        ),
        "ExtlClntAppConfigurablePolicies": OwnedPaths(
            paths=frozenset({"externalClientApplication", "isEnabled", "isOauthPluginEnabled", "label"})
        ),
    }
)
"""By root element, which is also the template's name."""


def merge(existing: Element, rendered: Element, cleared: Collection[str] = ()) -> Element:
    """An existing file with the policy's part replaced.

    Args:
        existing: the root element of the file.
        rendered: the root element that the template gave, of the same name.
        cleared: paths that go unless the template rendered them.

    Returns:
        The new root; the order of its children is not settled (see ``codec.canonical``).
    """
    owned = OWNED_PATHS[rendered.name]
    kept = existing
    written = {path for path, _ in rendered.walk()}
    for path in cleared:
        if path not in written:
            kept = _without(kept, path)
    return _merged(kept, rendered, owned)


def _without(element: Element, path: str) -> Element:
    """Without what stands at a path, and without the part around it if that holds nothing else."""
    slimmer = element.without(path)
    part, _, inner = path.rpartition("/")
    if inner and part and all(not child.children and not child.text.strip() for child in slimmer.find(part)):
        return slimmer.without(part)
    return slimmer


def _merged(old: Element, new: Element, owned: OwnedPaths) -> Element:
    children = list(old.children)
    for name in dict.fromkeys(child.name for child in new.children):
        fresh = [child for child in new.children if child.name == name]
        stale = [child for child in children if child.name == name]
        others = [child for child in children if child.name != name]
        if name in owned.parts and len(fresh) == len(stale) == 1 and stale[0].children:
            fresh = [_merged(stale[0], fresh[0], OwnedPaths(frozenset()))]
        elif name in owned.keyed:
            key = owned.keyed[name]
            said = {child.value(key) for child in fresh}
            fresh = sorted(
                [*(child for child in stale if child.value(key) not in said), *fresh],
                key=lambda child: child.value(key) or "",
            )
        children = [*others, *fresh]
    return old.with_children(tuple(children))
