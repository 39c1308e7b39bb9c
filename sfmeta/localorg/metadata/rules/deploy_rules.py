"""The rules about packages, files and retrieves; see ``rules.catalog``."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_DELETES = "Metadata API guide, meta_deploy_deleting_files"

PACKAGE_RULES: tuple[Sourced, ...] = (
    # the package
    Sourced(
        "no-package-xml",
        "A package needs its package.xml.",
        "CustomMetadataLoader#34, gulp-jsforce-deploy#7",
        "B",
        "No package.xml found",
    ),
    Sourced(
        "named-not-in-zip",
        "What package.xml names must be in the zip.",
        "forcedotcom/cli#2182 and many others",
        "B",
        "An object '{name}' of type {type} was named in package.xml, but was not found in zipped directory",
    ),
    Sourced(
        "not-named",
        "What is in the zip must be named in package.xml.",
        "hicham-elmansouri/SFRelatedListEditor#16, douglascayers/sfdc-convert-documents-to-files#2",
        "B",
        "Not in package.xml",
    ),
    Sourced(
        "manifest-malformed",
        "A manifest must be well-formed XML without a DTD.",
        "SalesforceLabs/FileExplorer#27",
        "B",
        "Bad file:{problem}",
    ),
    Sourced(
        "unknown-type-name",
        "package.xml may name only types that the org knows.",
        "forcedotcom/cli#866, ForceCLI/force#506",
        "B",
        "Unknown type name '{type}' specified in package.xml",
    ),
    Sourced(
        "package-version",
        "A package.xml without a version, or with one the org does not know, is refused.",
        "required by the WSDL; the words for an unknown version were not found",
        "emulator",
        "Invalid Api version specified in package.xml: {version}",
    ),
    Sourced(
        "destructive-wildcard",
        "A manifest of deletions has no wildcards.",
        f"{_DELETES}; the words were not found",
        "emulator",
        "Wildcards are not allowed in a destructive changes manifest",
    ),
    Sourced(
        "deletion-missing", "Deleting what is not there is a warning.", _DELETES, "B", "No {type} named: {name} found"
    ),
    Sourced(
        "ignore-warnings",
        "Without ignoreWarnings a warning counts as an error.",
        "Metadata API guide, deploy options",
        "A",
    ),
    # the files
    Sourced(
        "xml-malformed",
        "A file must be well-formed XML without a DTD.",
        "sfdx-hardis#352; that Xerces' other words pass through is judgement",
        "B",
        "Error parsing file: {problem}",
    ),
    Sourced(
        "element-unknown",
        "A file holds only elements that its type has (in a package of an API version up to 63, the schema's).",
        "texts pasted from real orgs",
        "B",
        "Error parsing file: Element {{http://soap.sforce.com/2006/04/metadata}}{element} invalid at this location in "
        "type {type}",
    ),
    Sourced(
        "element-duplicated",
        "Elements of one name stand together, a single one comes once; otherwise any order will do.",
        "many reports from real orgs: 'Element fieldPermissions is duplicated at this location in type PermissionSet'",
        "B",
        "Error parsing file: Element {element} is duplicated at this location in type {type}",
    ),
    Sourced(
        "element-missing",
        "Required elements must be there.",
        "sfdx-hardis deployTipsList and others",
        "B",
        "Required field is missing: {element}",
    ),
    Sourced(
        "enum-value",
        "An enumeration takes its values only; an empty one passes, as orgs hand such files out.",
        "texts pasted from real orgs: 'is not a valid value for the enum'",
        "B",
        "'{value}' is not a valid value for the enum '{type}'",
    ),
    Sourced(
        "boolean-value",
        "Booleans must be such.",
        "certinia/apex-mdapi#146, of createMetadata; that files are told the same is judgement",
        "B",
        "'{value}' is not valid for type xsd:boolean, should be '0', '1', 'true' or 'false'",
    ),
    Sourced(
        "simple-value",
        "Numbers and dates must be such.",
        "the WSDL; the words were not found",
        "emulator",
        "'{value}' is not a valid value for the type {type}",
    ),
    Sourced(
        "element-since",
        "An element needs the API version in which it appeared.",
        "fflib-apex-common-samplecode#16 for the words; the guide for the versions",
        "B",
        "Property '{element}' not valid in version {version}.0",
    ),
    # the messages
    Sourced(
        "part-messages",
        "Components in another's file, such as fields, have messages of their own, and are counted.",
        "an answer of a real org in akohan91/libak-salesforce-ci, test_validation_result_mock_fail_code_coverage.js",
        "B",
    ),
)
"""The package, and the shape of its files."""

RETRIEVE_RULES: tuple[Sourced, ...] = (  # retrieve
    Sourced(
        "retrieve-missing",
        "A member that is not there gives a message, not a failure.",
        "forcedotcom/cli#7",
        "B",
        "Entity of type '{type}' named '{name}' cannot be found",
    ),
    Sourced(
        "retrieve-unknown-type",
        "So does an unknown type.",
        "texts pasted from real orgs",
        "B",
        "Entity type: '{type}' is unknown",
    ),
    Sourced(
        "retrieve-type-version",
        "And a type that the API version does not have.",
        "texts pasted from real orgs",
        "B",
        "Entity type '{type}' is not available in this api version",
    ),
    Sourced(
        "retrieve-profile-sections",
        "A profile's sections come only for what the same manifest names; of its user permissions only what is on.",
        "Metadata API guide, meta_profile; Help 000395615; Gearset, Copado",
        "A",
    ),
    Sourced(
        "retrieve-permission-set-whole",
        "From API 40 a permission set comes whole.",
        "Salesforce product notice, quoted at salesforce.stackexchange 169048",
        "B",
    ),
    Sourced(
        "retrieve-wildcard-objects",
        "The wildcard of CustomObject gives no standard object, that of its parts nothing of one: they are named.",
        "Metadata API guide, meta_types_list; Migration guide, daas_package_by_component_type",
        "A",
    ),
    Sourced(
        "retrieve-no-wildcard",
        "What lies in folders, standard value sets and reporting snapshots have no wildcard; it gives nothing.",
        "Metadata API guide, the types' pages; vignaesh01/sfdx-package-generator#102, celador/ForceCode#152",
        "B",
    ),
    Sourced(
        "retrieve-zip-once",
        "The zip of a retrieve is deleted once it was handed over.",
        "Metadata API guide, checkRetrieveStatus; Summer '15 release notes; what a later call says is judgement",
        "A",
    ),
)
"""What a retrieve gives."""
