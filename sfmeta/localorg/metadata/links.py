"""Which elements name which other components, in the access family: what must exist, and what a rename follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sfmeta.localorg.metadata.xml import Node


@dataclass(frozen=True, slots=True)
class Link:
    """One element that names another component.

    Attributes:
        holder: the type whose document has the element.
        path: element names from the document's root down to the one that holds the name.
        target: the type of what is named.
        must_exist: a deployment refuses a name that stands for nothing.
        is_start: the text begins with the name and goes on with a dot (``Object.Field``).
    """

    holder: str
    path: tuple[str, ...]
    target: str
    must_exist: bool = True
    is_start: bool = False

    def nodes(self, document: Node) -> Iterator[Node]:
        """The elements of a document that hold a name."""
        found = [document]
        for name in self.path:
            found = [child for node in found for child in node.all(name)]
        return (node for node in found if node.text.strip())


def _access_links() -> Iterator[Link]:
    for holder in ("PermissionSet", "MutingPermissionSet", "Profile"):
        for section, element, target in ACCESS_SECTIONS:
            yield Link(holder, (section, element), target)
        # standard objects and fields are there without being in the store, so what is not is not refused
        yield Link(holder, ("objectPermissions", "object"), "CustomObject", must_exist=False)
        yield Link(holder, ("fieldPermissions", "field"), "CustomObject", must_exist=False, is_start=True)
        yield Link(holder, ("fieldPermissions", "field"), "CustomField", must_exist=False)
        yield Link(holder, ("recordTypeVisibilities", "recordType"), "CustomObject", must_exist=False, is_start=True)
        yield Link(holder, ("recordTypeVisibilities", "recordType"), "RecordType", must_exist=False)


ACCESS_SECTIONS = (
    ("classAccesses", "apexClass", "ApexClass"),
    ("pageAccesses", "apexPage", "ApexPage"),
    ("applicationVisibilities", "application", "CustomApplication"),
    ("customPermissions", "name", "CustomPermission"),
)
"""Sections of permission sets and profiles, and what their entries name."""

_APP = "externalClientApplication"
_SATELLITES = (
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
    "ExtlClntAppSamlConfigurablePolicies",
)

LINKS: tuple[Link, ...] = (
    *_access_links(),
    *(Link(holder, (_APP,), "ExternalClientApplication") for holder in _SATELLITES),
    Link("CustomPermission", ("connectedApp",), "ConnectedApp"),
    Link("CustomPermission", (_APP,), "ExternalClientApplication"),
    Link("CustomPermission", ("requiredPermission", "customPermission"), "CustomPermission"),
    # the element's name says id, real files hold names; a name that is an id is not checked
    Link("ConnectedApp", ("oauthConfig", "assetTokenConfig", "assetSigningCertId"), "Certificate", must_exist=False),
    Link("NamedCredential", ("authProvider",), "AuthProvider"),
    Link("NamedCredential", ("certificate",), "Certificate"),
    Link("NamedCredential", ("jwtSigningCertificate",), "Certificate"),
    Link("SamlSsoConfig", ("decryptionCertificate",), "Certificate", must_exist=False),
    Link("SamlSsoConfig", ("requestSigningCertId",), "Certificate", must_exist=False),
)
"""Every link. ``Profile`` and ``PermissionSet`` names in apps and groups are not here: records hold those by id."""


def links_of(holder: str) -> tuple[Link, ...]:
    """The links of a type's documents."""
    return tuple(link for link in LINKS if link.holder == holder)


def links_to(target: str) -> tuple[Link, ...]:
    """The links that name components of a type."""
    return tuple(link for link in LINKS if link.target == target)
