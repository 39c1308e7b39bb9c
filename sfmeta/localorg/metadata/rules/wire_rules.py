"""The faults of the door itself, before any operation looks at its arguments; see ``rules.catalog``."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_GUIDE = "Metadata API guide"

WIRE_RULES: tuple[Sourced, ...] = (
    Sourced(
        "api-version",
        "The URL names an API version that the org knows.",
        "RoseSilverSoftware/IlluminatedCloud#2515 for the words",
        "B",
        "Invalid Api version specified on URL",
    ),
    Sourced(
        "metadata-access",
        "The Metadata API is for users with Modify All Data or Modify Metadata Through Metadata API Functions.",
        "forcedotcom/code-builder-feedback#66",
        "B",
        "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions",
    ),
    Sourced(
        "envelope-malformed",
        "A request is well-formed XML.",
        "the words were not found; the parser's own are told",
        "emulator",
        "{problem} (line {line}, column {column})",
    ),
    Sourced(
        "envelope-missing",
        "A request is a SOAP envelope with an operation in its Body.",
        "the words were not found",
        "emulator",
        "The request is no SOAP envelope with an operation in its Body",
    ),
    Sourced(
        "operation-unknown",
        "The Body's first element names an operation.",
        "the words are remembered from the partner API; they were not found",
        "emulator",
        "No operation available for request {{{namespace}}}{name}, please check the WSDL for the service.",
    ),
    Sourced(
        "zip-file-missing",
        "deploy brings a ZipFile.",
        "the WSDL; the words were not found",
        "emulator",
        "The ZipFile of the deploy call is missing",
    ),
    Sourced(
        "zip-file-encoding",
        "It is base64.",
        "the WSDL; the words were not found",
        "emulator",
        "The ZipFile of the deploy call is not valid base64",
    ),
    Sourced(
        "job-id-malformed",
        "The id of a job is 15 or 18 letters and digits.",
        "the WSDL; the words were not found",
        "emulator",
        "bad id {id}",
    ),
    Sourced(
        "job-unknown",
        "It belongs to a job of this org.",
        "forcedotcom/salesforcedx-vscode#1529",
        "B",
        "invalid cross reference id",
    ),
    Sourced(
        "list-unknown-type",
        "listMetadata is asked for types that there are.",
        "an end-to-end test against a real org in jetstreamapp/jetstream",
        "B",
        "Unknown type:{name}",
    ),
    Sourced(
        "list-queries",
        "listMetadata takes three queries.",
        f"{_GUIDE}, listMetadata; the words were not found",
        "emulator",
        "listMetadata takes at most {limit} queries",
    ),
    Sourced(
        "no-such-package",
        "A retrieve of a package that is not there fails, and its errorStatusCode is UNKNOWN_EXCEPTION.",
        "a captured answer in SFDO-Tooling/CumulusCI, test_UninstallPackaged",
        "B",
        "No package named '{name}' found",
    ),
    Sourced(
        "rest-method",
        "deployRequest is posted, a job is looked at and patched.",
        f"{_GUIDE}, meta_rest_deploy; the words are those of the REST API for other resources",
        "emulator",
        "HTTP Method '{method}' not allowed. Allowed are {allowed}",
    ),
)
"""What a request must be to reach an operation and its job."""
