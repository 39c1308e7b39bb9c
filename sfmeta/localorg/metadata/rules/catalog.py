"""Every rule that a deployment or retrieve obeys, with its words, its source and how sure it is.

Grades: A Salesforce's documentation or WSDL, B a maintainer's statement, a real retrieve or a text that users pasted
from real orgs, C a vendor or blog, ``emulator`` where nothing was found: the behaviour or the words are this org's own
choice. A rule that hangs on an open question names the assumption that answers it. ``sfmeta localorg rules`` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class DeployRule:
    """One sentence that deployments obey.

    Attributes:
        id: stable, for tests.
        sentence: what it says.
        source: where that comes from.
        grade: A, B, C or emulator.
        message: the text of the problem, with places for names; "" where the rule says nothing.
        assumption: the open question it hangs on, "" where it hangs on none.
    """

    id: str
    sentence: str
    source: str
    grade: str
    message: str = ""
    assumption: str = ""


_WIRE = "facts/wire.md section 3"
_DELETES = "Metadata API guide, meta_deploy_deleting_files; facts/wire.md section 2"
_APP = "Metadata API guide v67, ConnectedApp"

DEPLOY_RULES: tuple[DeployRule, ...] = (
    # the package
    DeployRule("no-package-xml", "A package needs its package.xml.", _WIRE, "B", "No package.xml found"),
    DeployRule(
        "named-not-in-zip",
        "What package.xml names must be in the zip.",
        _WIRE,
        "B",
        "An object '{name}' of type {type} was named in package.xml, but was not found in zipped directory",
    ),
    DeployRule(
        "not-named",
        "What is in the zip must be named in package.xml.",
        "hicham-elmansouri/SFRelatedListEditor#16, douglascayers/sfdc-convert-documents-to-files#2",
        "B",
        "Not in package.xml",
    ),
    DeployRule(
        "manifest-malformed",
        "A manifest must be well-formed XML without a DTD.",
        "SalesforceLabs/FileExplorer#27",
        "B",
        "Bad file:{problem}",
    ),
    DeployRule(
        "unknown-type-name",
        "package.xml may name only types that the org knows.",
        "forcedotcom/cli#866, ForceCLI/force#506",
        "B",
        "Unknown type name '{type}' specified in package.xml",
    ),
    DeployRule(
        "package-version",
        "A package.xml without a version, or with one the org does not know, is refused.",
        "required by the WSDL; the words for an unknown version were not found",
        "emulator",
        "Invalid Api version specified in package.xml: {version}",
    ),
    DeployRule(
        "destructive-wildcard",
        "A manifest of deletions has no wildcards.",
        f"{_DELETES}; the words were not found",
        "emulator",
        "Wildcards are not allowed in a destructive changes manifest",
    ),
    DeployRule(
        "deletion-missing", "Deleting what is not there is a warning.", _DELETES, "B", "No {type} named: {name} found"
    ),
    DeployRule(
        "ignore-warnings",
        "Without ignoreWarnings a warning counts as an error.",
        "Metadata API guide, deploy options; facts/wire.md section 2",
        "A",
    ),
    DeployRule(
        "rollback-in-production",
        "A production org requires rollbackOnError.",
        "forcedotcom/cli#61, #251, #305, #2601",
        "B",
        "rollbackOnError option must be true on a production org",
    ),
    # the files
    DeployRule(
        "xml-malformed", "A file must be well-formed XML without a DTD.", _WIRE, "B", "Error parsing file: {problem}"
    ),
    DeployRule(
        "element-unknown",
        "A file holds only elements that its type has (in a package of an API version up to 63, the schema's).",
        _WIRE,
        "B",
        "Error parsing file: Element {{http://soap.sforce.com/2006/04/metadata}}{element} invalid at this location in "
        "type {type}",
    ),
    DeployRule(
        "element-duplicated",
        "Elements of one name stand together, a single one comes once; otherwise any order will do.",
        "many reports from real orgs: 'Element fieldPermissions is duplicated at this location in type PermissionSet'",
        "B",
        "Error parsing file: Element {element} is duplicated at this location in type {type}",
    ),
    DeployRule(
        "element-missing", "Required elements must be there.", _WIRE, "B", "Required field is missing: {element}"
    ),
    DeployRule(
        "enum-value",
        "An enumeration takes its values only; an empty one passes, as orgs hand such files out.",
        "texts pasted from real orgs: 'is not a valid value for the enum'",
        "B",
        "'{value}' is not a valid value for the enum '{type}'",
    ),
    DeployRule(
        "simple-value",
        "Booleans, numbers and dates must be such.",
        "the WSDL; the words were not found",
        "emulator",
        "'{value}' is not a valid value for the type {type}",
    ),
    DeployRule(
        "element-since",
        "An element needs the API version in which it appeared.",
        "fflib-apex-common-samplecode#16 for the words; the guide for the versions",
        "B",
        "Property '{element}' not valid in version {version}.0",
    ),
    # permission sets and profiles
    DeployRule(
        "permission-unknown", "A user permission must exist in the org.", _WIRE, "B", "Unknown user permission: {name}"
    ),
    DeployRule(
        "reference-missing",
        "What a file refers to must exist.",
        _WIRE,
        "B",
        "In field: {field} - no {type} named {name} found",
    ),
    DeployRule(
        "object-permission-dependency",
        "Create, edit and delete on an object need read.",
        "facts/wire.md section 3 for create; the others by analogy",
        "B",
        "Permission {permission} {object} depends on permission(s): Read {object}",
    ),
    DeployRule(
        "permission-set-replaces",
        "From API 40 a permission set's file is the whole truth, before it adds.",
        "Salesforce product notice, quoted at salesforce.stackexchange 169048",
        "B",
    ),
    DeployRule(
        "profile-adds",
        "A profile's file adds: what it does not mention stays; an empty loginHours or loginIpRanges clears them.",
        "Copado's documentation; Metadata API guide, Profile, for loginHours; loginIpRanges by analogy",
        "C",
    ),
    DeployRule(
        "profile-created", "Deploying a profile that does not exist creates it.", "Metadata API guide, Profile", "A"
    ),
    DeployRule(
        "permission-set-assigned",
        "A permission set that is assigned to users is not deleted.",
        "remembered from Help for Setup; not found for the Metadata API, nor the words",
        "emulator",
        "This permission set is assigned to users and can't be deleted: {name}",
        "assigned_permission_set_can_be_deleted",
    ),
    DeployRule(
        "profile-in-use",
        "A profile that users have is not deleted.",
        "judgement; the words are facts/wire.md section 3's for references",
        "emulator",
        "This Profile is referenced elsewhere in salesforce.com",
    ),
    # connected apps
    DeployRule(
        "app-creation",
        "New connected apps can be made only where Support enabled it.",
        "Help 005228017 (A) for the rule; the words were not found",
        "emulator",
        "You can't create a connected app. To enable connected app creation, contact Salesforce Customer Support.",
    ),
    DeployRule(
        "app-key-taken",
        "A consumer key is unique across Salesforce; another org's generated key is taken.",
        "sfdx_dev_troubleshoot_consumer_key_taken; forcedotcom/devops-center-feedback#256",
        "B",
        "The consumer key is already taken",
    ),
    DeployRule(
        "app-key-given",
        "An existing app's key cannot be replaced; its own key may stand in the file.",
        "SFDO-Tooling/CumulusCI#2943, ready-to-fly#29 for the words; that the own key passes is judgement",
        "B",
        "You cannot provide a Consumer Key",
    ),
    DeployRule(
        "app-key-form",
        "A consumer key has 8 to 256 letters and digits (dots and underscores pass, as generated keys have them).",
        f"{_APP}; the words were not found",
        "emulator",
        "Invalid consumer key: it must have 8 to 256 alphanumeric characters",
    ),
    DeployRule("app-secret", "A consumer secret is taken at creation, ignored later and never given back.", _APP, "A"),
    DeployRule(
        "app-grants-need-admin-approval",
        "permissionSetName and profileName need isAdminApproved.",
        f"{_APP}; that a deployment fails without it, and the words, were not found",
        "emulator",
        "In field: {field} - isAdminApproved must be true",
    ),
    DeployRule(
        "app-grants-unique",
        "A name is granted once.",
        f"{_APP}; the words were not found",
        "emulator",
        "duplicate value found: {field} duplicates value {name}",
    ),
    DeployRule(
        "app-grants-empty",
        "An empty permissionSetName or profileName removes all grants of that kind.",
        _APP,
        "A",
    ),
    DeployRule(
        "app-grants-omitted",
        "Leaving permissionSetName or profileName out keeps the grants there are.",
        "not found",
        "emulator",
        "",
        "omitted_app_grants_stay",
    ),
    DeployRule(
        "app-scopes",
        "On retrieve Address, Email, Phone and Profile are Basic, OfflineAccess is RefreshToken.",
        _APP,
        "A",
    ),
    DeployRule(
        "app-certificate",
        "A certificate comes back as bare base64.",
        "real retrieves (facts/salesforce.md section 1)",
        "B",
    ),
    DeployRule(
        "app-policy-value",
        "ipRelaxation and refreshTokenPolicy take the guide's values only.",
        f"{_APP}; the words were not found",
        "emulator",
        "'{value}' is not a valid value for {element}",
    ),
    DeployRule(
        "app-plugin-user",
        "A pluginExecutionUser that the org does not have is dropped without a word.",
        _APP,
        "A",
    ),
    DeployRule(
        "app-not-owned",
        "Installed apps of other orgs are no metadata of this one.",
        "certinia/apex-mdapi#108 (2015); a newer statement was not found",
        "B",
    ),
    # external client apps, blocks, settings
    DeployRule(
        "eca-global-secret",
        "Key and secret are generated where none is given; the secret is never given back.",
        "Metadata API guide, ExtlClntAppGlobalOauthSettings",
        "A",
    ),
    DeployRule(
        "eca-deleted-with-family",
        "Deleting an external client app deletes its settings, policies and grants.",
        "judgement",
        "emulator",
    ),
    DeployRule(
        "block-key-fixed",
        "The consumer key of a block cannot be changed.",
        "Metadata API guide, BlacklistedConsumer; the words were not found",
        "emulator",
        "You cannot change the consumer key of a blocked consumer",
    ),
    DeployRule(
        "block-deleted", "Deleting a block lets the app in again.", "inference; no example was found", "emulator"
    ),
    DeployRule(
        "boxes-need-feature",
        "The boxes of API Access Control can be set only where Support enabled it.",
        "Metadata API guide, ConnectedAppSettings; what a deployment without it does was not found",
        "emulator",
        "Property '{element}' is not available: API Access Control is not enabled for this organization",
        "boxes_without_feature_are_ignored",
    ),
    DeployRule(
        "settings-add",
        "A settings file changes what it mentions.",
        "judgement",
        "emulator",
    ),
    DeployRule(
        "settings-not-deletable",
        "Settings cannot be deleted.",
        "judgement; the words were not found",
        "emulator",
        "You cannot delete Settings: {name}",
    ),
    # retrieve
    DeployRule(
        "retrieve-missing",
        "A member that is not there gives a message, not a failure.",
        "forcedotcom/cli#7",
        "B",
        "Entity of type '{type}' named '{name}' cannot be found",
    ),
    DeployRule("retrieve-unknown-type", "So does an unknown type.", _WIRE, "B", "Entity type: '{type}' is unknown"),
    DeployRule(
        "retrieve-type-version",
        "And a type that the API version does not have.",
        _WIRE,
        "B",
        "Entity type '{type}' is not available in this api version",
    ),
    DeployRule(
        "retrieve-profile-sections",
        "A profile's sections come only for what the same manifest names; of its user permissions only what is on.",
        "Metadata API guide, meta_profile; Help 000395615; Gearset, Copado",
        "A",
    ),
    DeployRule(
        "retrieve-permission-set-whole",
        "From API 40 a permission set comes whole.",
        "Salesforce product notice, quoted at salesforce.stackexchange 169048",
        "B",
    ),
    DeployRule(
        "quick-deploy",
        "A validation of the last ten days can be deployed once if its Apex tests ran or it held no Apex.",
        "Metadata API guide, deployRecentValidation; the refusal's words were not found",
        "emulator",
        "The validation {name} cannot be deployed: no successful validation of the last 10 days",
    ),
    DeployRule(
        "cancel-finished",
        "A finished deployment cannot be cancelled.",
        "Metadata API guide, cancelDeploy; the words were not found",
        "emulator",
        "The deployment {name} is already finished",
    ),
)
"""Every rule, in the order in which a reader meets them."""

_BY_ID: Mapping[str, DeployRule] = MappingProxyType({rule.id: rule for rule in DEPLOY_RULES})


def say(rule_id: str, **names: object) -> str:
    """The words of a rule about certain names."""
    return _BY_ID[rule_id].message.format_map(names)
