"""The rules about the synchronous operations and about groups; see ``rules.catalog``."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_CREATE = "Metadata API guide, createMetadata"

GROUP_RULES: tuple[Sourced, ...] = (
    Sourced(
        "group-members-unknown",
        "The permission sets of a group must exist, or come in the same package.",
        "forcedotcom/cli#1803, #2156",
        "B",
        "Cannot create permission set group components since the following permission set names are invalid: {names}",
    ),
    Sourced(
        "group-replaces",
        "A group's file is the whole list of its members.",
        "judgement; nothing was found",
        "emulator",
    ),
    Sourced(
        "group-member-deleted",
        "A permission set that is deleted leaves the groups it was in.",
        "judgement; nothing was found on whether an org refuses it",
        "emulator",
    ),
    Sourced(
        "group-aggregate",
        "Each group has a permission set of type Group with its name; assignments name both.",
        "octoberswimmer/aer-dist#450; object reference, PermissionSet.Type",
        "B",
    ),
    Sourced(
        "muting-elsewhere",
        "A muting permission set belongs to one group.",
        "Help perm_set_groups_muting as remembered; the words were not found",
        "emulator",
        "The muting permission set {name} belongs to another permission set group",
    ),
    Sourced(
        "group-assigned",
        "A group that is assigned to users is not deleted.",
        "by analogy with permission sets; the words were not found",
        "emulator",
        "This permission set group is assigned to users and can't be deleted: {name}",
        "assigned_permission_set_can_be_deleted",
    ),
    Sourced(
        "text-too-large",
        "Descriptions of the access family have at most 255 characters.",
        "object reference, PermissionSet.Description; GSA/uswds-sf-lightning-community#178 for the words",
        "B",
        "{field}: data value too large: {value} (max length={limit})",
    ),
    Sourced(
        "text-too-long",
        "Labels of the access family have at most 80 characters.",
        "object reference, PermissionSet.Label; coveo/ui-kit#1128 and declarative-lookup-rollup-summaries#25 for the "
        "words",
        "B",
        "Value too long for field: {field} maximum length is:{limit}",
    ),
    Sourced(
        "parent-adds",
        "Fields, rules and other children that a parent's file does not mention stay; only deletions take them away.",
        "Metadata API guide, meta_deploy_deleting_files (package.xml is not enough to delete components)",
        "A",
    ),
    Sourced(
        "trail",
        "Deployments, synchronous calls and changes over REST write SetupAuditTrail for permission sets, groups, "
        "profiles, custom permissions and connected apps.",
        "a public list of rows seen in real orgs, Salesforce Setup Audit Trail Reference",
        "B",
    ),
    Sourced(
        "trail-permissions",
        "There a user permission stands by its API name.",
        "judgement: real rows have its label",
        "emulator",
    ),
    Sourced(
        "type-unlisted",
        "A type of the WSDL for which no source names a directory lies in one of its own name and is not described.",
        "judgement",
        "emulator",
    ),
)
"""Groups, parents, and where files lie."""

CRUD_RULES: tuple[Sourced, ...] = (
    Sourced(
        "crud-limit",
        "A call takes 10 components, 200 of CustomMetadata and CustomApplication.",
        "Metadata API guide, readMetadata and its siblings, for the numbers; texts in public code for the words",
        "B",
        "record limit reached. cannot submit more than {limit} records in this operation",
    ),
    Sourced(
        "crud-no-type",
        "A component says its type in xsi:type.",
        "vpulim/node-soap#606",
        "B",
        "Must specify a {{http://www.w3.org/2001/XMLSchema-instance}}type attribute value for the "
        "{{http://soap.sforce.com/2006/04/metadata}}metadata element",
    ),
    Sourced(
        "crud-one-type",
        "All components of a call have one type.",
        f"{_CREATE}; the words were not found",
        "emulator",
        "All components of a call must be of one type, not {first} and {other}",
    ),
    Sourced(
        "crud-type-unavailable",
        "Apex classes, triggers and test suites, and types that the org does not have, are refused.",
        "jsforce#1206; salto-io/salto's tests for an unknown type",
        "B",
        "This type of metadata is not available for this organization",
    ),
    Sourced(
        "crud-missing",
        "What is updated, renamed or deleted must be there.",
        "simple-salesforce#602 for updateMetadata, certinia/apex-mdapi#86 for deleteMetadata; for renameMetadata by "
        "analogy",
        "B",
        "In field: {field} - no {type} named {name} found",
    ),
    Sourced(
        "crud-read-missing",
        "What is read and not there comes as a nil record in its place.",
        "answers recorded in the tests of several public clients",
        "B",
    ),
    Sourced(
        "crud-duplicate",
        "What is created, or a new name, must not be there.",
        "certinia/apex-mdapi#22 and IlluminatedCloud#486 for the words; that createMetadata says them is judgement",
        "B",
        "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
    ),
    Sourced(
        "crud-duplicate-developer-name",
        "For custom objects and fields that is a duplicate developer name.",
        "Object reference, status code DUPLICATE_DEVELOPER_NAME; the words were not found",
        "emulator",
        "duplicate developer name: {name}",
    ),
    Sourced(
        "crud-duplicate-record",
        "For custom metadata likewise.",
        "vlocityinc/vlocity_build#450",
        "B",
        "Developer name already exists for custom metadata of this type. Please choose a different name.",
    ),
    Sourced(
        "crud-all-or-none",
        "Up to API 33, or with AllOrNoneHeader, one failure undoes the whole call; from 34 on the rest is kept.",
        "Metadata API guide, AllOrNoneHeader; answers of the data API in public code for the words",
        "A",
        "Record rolled back because not all records were valid and the request was using AllOrNone header",
    ),
    Sourced(
        "crud-trims",
        "Blanks around a value are dropped.",
        f"{_CREATE}, String Values",
        "A",
    ),
    Sourced(
        "crud-as-deployed",
        "A component that is updated is merged or replaced as a deployment of the call's API version would.",
        "judgement",
        "emulator",
    ),
    Sourced(
        "crud-no-name",
        "A component says its fullName.",
        "judgement; the words are those for other required fields",
        "emulator",
        "Required field is missing: fullName",
    ),
    Sourced(
        "crud-name",
        "A name has at most 255 characters, none of them a control character, and the parts that its type asks for.",
        "judgement",
        "emulator",
        "Invalid fullName: {name}",
    ),
    Sourced(
        "crud-renamed",
        "The result of a rename has the old name.",
        "jsforce's own test against an org (test/metadata.test.ts)",
        "B",
    ),
    Sourced(
        "crud-settings",
        "Settings always exist, so they are updated, never created; any name stands for those of a type.",
        "@salesforce/plugin-user reads SecuritySettings as passwordPolicies; others as Security",
        "B",
    ),
    Sourced(
        "crud-standard-object",
        "Standard objects exist without having been deployed; what they hold by themselves is not shown.",
        "judgement",
        "emulator",
    ),
    Sourced(
        "folder-not-empty",
        "A folder with something in it is not deleted.",
        "judgement",
        "emulator",
        "You cannot delete a folder that is not empty: {name}",
    ),
    Sourced(
        "value-type-unknown",
        "describeValueType knows the types of the WSDL.",
        "Metadata API guide, describeValueType; the words are those of listMetadata",
        "emulator",
        "Unknown type:{name}",
    ),
    Sourced(
        "value-type-nested",
        "A type that holds itself is described once; further down it has no fields.",
        "judgement",
        "emulator",
    ),
    Sourced(
        "value-type-calls",
        "apiCreatable and its siblings say what the org's synchronous operations do with a type.",
        "Metadata API guide, DescribeValueTypeResult; type by type judgement",
        "emulator",
    ),
)
"""The synchronous operations."""
