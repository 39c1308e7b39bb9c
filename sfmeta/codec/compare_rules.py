"""What two files of a type have to agree in: list keys, sets, equal spellings, what an org never gives back.

One ``Rules`` per type, registered in a table; a type without an entry gets the rules that hold for all.
Source where nothing else is said: the WSDL's types; the Metadata API guide's pages for ConnectedApp, PermissionSet
and Profile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from sfmeta.model.names import TypeName
from sfmeta.model.registry import CHILD_TYPES, types


class Owns(StrEnum):
    """What a file asserts about an org beyond what it says in words."""

    ALL = "all"
    """What the file leaves out must not be there."""
    LISTS = "lists"
    """A list that the file holds is the whole list; an element it leaves out is left to the org."""
    STATED = "stated"
    """Nothing: only what the file says."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How files of one type are compared. Paths are from the root's children down: ``oauthConfig/scopes``.

    Attributes:
        keys: the elements that name a block of a list.
        sets: lists of plain values where twice is once.
        values: spellings of a value that mean the same, as a function to one of them.
        defaults: elements for which absence means this value.
        grants: blocks in which an absent element means ``false``.
        void: the blocks among them that mean nothing while they grant nothing; as good as absent.
        ignored: never compared: secrets, and what an org does not give back.
        owns: see ``Owns``.
        open_lists: lists that a file adds to even where others are whole.
    """

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sets: frozenset[str] = frozenset()
    values: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    grants: frozenset[str] = frozenset()
    void: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    owns: Owns = Owns.LISTS
    open_lists: frozenset[str] = frozenset()


_PERMISSION_KEYS: Mapping[str, tuple[str, ...]] = {
    "applicationVisibilities": ("application",),
    "categoryGroupVisibilities": ("dataCategoryGroup",),
    "classAccesses": ("apexClass",),
    "customMetadataTypeAccesses": ("name",),
    "customPermissions": ("name",),
    "customSettingAccesses": ("name",),
    "emailRoutingAddressAccesses": ("name",),
    "externalCredentialPrincipalAccesses": ("externalCredentialPrincipal",),
    "externalDataSourceAccesses": ("externalDataSource",),
    "fieldPermissions": ("field",),
    "flowAccesses": ("flow",),
    "layoutAssignments": ("layout", "recordType"),
    "loginIpRanges": ("startAddress", "endAddress"),
    "objectPermissions": ("object",),
    "pageAccesses": ("apexPage",),
    "profileActionOverrides": ("actionName", "pageOrSobjectType", "formFactor", "recordType"),
    "recordTypeVisibilities": ("recordType",),
    "tabSettings": ("tab",),
    "tabVisibilities": ("tab",),
    "userPermissions": ("name",),
}
_PERMISSION_BLOCKS = frozenset(
    {
        "applicationVisibilities",
        "classAccesses",
        "customMetadataTypeAccesses",
        "customPermissions",
        "customSettingAccesses",
        "emailRoutingAddressAccesses",
        "externalCredentialPrincipalAccesses",
        "externalDataSourceAccesses",
        "fieldPermissions",
        "flowAccesses",
        "objectPermissions",
        "pageAccesses",
        "recordTypeVisibilities",
        "userPermissions",
    }
)

# Guide, ConnectedApp, scopes, "when retrieving": these come back under the name of the scope that contains them.
_SCOPES = {
    "Address": "Basic",
    "Email": "Basic",
    "Phone": "Basic",
    "Profile": "Basic",
    "OfflineAccess": "RefreshToken",
}

_ARMOUR = re.compile(r"-----(BEGIN|END) [A-Z ]+-----|\s+")


def _scope(value: str) -> str:
    return _SCOPES.get(value, value)


def _certificate(value: str) -> str:
    """Real retrieves hold the bare base64 of what was deployed in PEM armour."""
    return _ARMOUR.sub("", value)


def _comma_set(value: str) -> str:
    return ",".join(sorted({part.strip() for part in value.split(",") if part.strip()}))


def _lines(value: str) -> str:
    """Callback URLs stand one per line; their indentation is formatting."""
    return "\n".join(line.strip() for line in value.splitlines() if line.strip())


_PERMISSION_SET = Rules(
    keys=_PERMISSION_KEYS,
    grants=_PERMISSION_BLOCKS,
    # a permission set is replaced as a whole: an entry that grants nothing is not there when it is retrieved
    void=_PERMISSION_BLOCKS | {"tabSettings"},
    defaults={"hasActivationRequired": "false"},
    owns=Owns.ALL,
)

_TABLE: Mapping[str, Rules] = {
    "PermissionSet": _PERMISSION_SET,
    "MutingPermissionSet": _PERMISSION_SET,
    "PermissionSetGroup": Rules(
        sets=frozenset({"permissionSets", "mutingPermissionSets"}),
        defaults={"hasActivationRequired": "false"},
    ),
    # retrieved profiles hold user permissions only where they are true, but other sections with `false` entries
    "Profile": Rules(
        keys=_PERMISSION_KEYS, grants=_PERMISSION_BLOCKS, void=frozenset({"userPermissions"}), owns=Owns.STATED
    ),
    "ConnectedApp": Rules(
        keys={"attributes": ("key",), "ipRanges": ("start", "end")},
        sets=frozenset({"permissionSetName", "profileName", "oauthConfig/scopes", "canvasConfig/locations"}),
        values={
            "oauthConfig/scopes": _scope,
            "oauthConfig/certificate": _certificate,
            "oauthConfig/callbackUrl": _lines,
            "samlConfig/certificate": _certificate,
            "samlConfig/encryptionCertificate": _certificate,
        },
        defaults={"oauthConfig/isAdminApproved": "false"},
    ),
    "ExtlClntAppOauthConfigurablePolicies": Rules(
        keys={"customAttributes": ("key",)},
        values={
            "commaSeparatedCustomScopes": _comma_set,
            "commaSeparatedPermissionSet": _comma_set,
            "commaSeparatedProfile": _comma_set,
        },
    ),
    "ExtlClntAppOauthSettings": Rules(
        keys={"customAttributes": ("key",), "trustedIpRanges": ("startIpAddress", "endIpAddress")},
        values={"commaSeparatedCustomScopes": _comma_set, "commaSeparatedOauthScopes": _comma_set},
    ),
    "ExtlClntAppGlobalOauthSettings": Rules(values={"callbackUrl": _lines, "certificate": _certificate}),
    "Settings": Rules(owns=Owns.STATED),
}


@cache
def rules_for(type_name: str) -> Rules:
    """The rules of a type; unknown types get those that hold for all."""
    rules = _TABLE.get(type_name, Rules())
    entry = types().get(TypeName(type_name))
    ignored = set(rules.ignored)
    if entry is not None:
        ignored.update(entry.secret_paths, entry.unreturned_paths)
    # children that are components of their own have names, and are only taken away by destructive changes
    children = frozenset(element for parent, element in CHILD_TYPES.values() if parent == type_name)
    return Rules(
        keys={**dict.fromkeys(children, ("fullName",)), **rules.keys},
        sets=rules.sets,
        values=rules.values,
        defaults=rules.defaults,
        grants=rules.grants,
        void=rules.void,
        ignored=frozenset(ignored),
        owns=rules.owns,
        open_lists=children,
    )
