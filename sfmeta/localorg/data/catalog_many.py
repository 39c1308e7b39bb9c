"""What REST says of many records, and of requests in a request, that it does not take: ``CODE: words``."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_QUOTED = "texts that users quote from real orgs"
_OURS = "not found"

MANY_TEXTS: tuple[Sourced, ...] = (
    Sourced(
        "rest-rolled-back",
        "allOrNone: another record of the list was refused.",
        "REST API guide, sObject Collections (its example answer)",
        "A",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK: Record rolled back because not all records were valid and the request was "
        "using AllOrNone header",
    ),
    Sourced(
        "rest-too-many-records",
        "A collection holds at most 200 records (2,000 to be read).",
        _QUOTED,
        "B",
        "EXCEEDED_ID_LIMIT: record limit reached. cannot submit more than {most} records into this call",
    ),
    Sourced(
        "rest-no-record-id",
        "A record that is to be changed has no id.",
        _OURS,
        "emulator",
        "MISSING_ARGUMENT: Id not specified in an update call",
    ),
    Sourced(
        "rest-no-record-type",
        "A record in a list does not say what it is, or is of no sobject here.",
        _OURS,
        "emulator",
        "INVALID_TYPE: sObject type '{name}' is not supported.",
    ),
    Sourced(
        "rest-tree-reference",
        "A record of a tree has no reference id.",
        _OURS,
        "emulator",
        "INVALID_INPUT: Include a reference ID for each record in the request.",
    ),
    Sourced(
        "rest-too-many-requests",
        "A composite or batch request holds at most 25 requests, five of them queries (REST API guide); the words are "
        "the local org's.",
        _OURS,
        "emulator",
        "LIMIT_EXCEEDED: A request can hold at most {most} {what}",
    ),
    Sourced(
        "rest-reference-id",
        "A reference id is made of other signs than letters, digits and underscores.",
        "guardian/support-service-lambdas#1512",
        "B",
        "JSON_PARSER_ERROR: Provided referenceId ('{id}') must start with a letter or a number, and it can contain "
        "only letters, numbers and underscores ('_').",
    ),
    Sourced(
        "rest-reference-twice",
        "Two parts of a composite request have one reference id.",
        _OURS,
        "emulator",
        "JSON_PARSER_ERROR: duplicate referenceId: {id}",
    ),
    Sourced(
        "rest-no-reference",
        "A reference leads nowhere: the part it names failed, or its answer has no such value.",
        "REST API guide, Composite; CumulusCI's composite tests",
        "A",
        "PROCESSING_HALTED: Invalid reference specified. No value for {path} found in {name}.",
    ),
    Sourced(
        "rest-halted",
        "allOrNone: another part of the composite request failed.",
        "public tests of clients record it",
        "B",
        "PROCESSING_HALTED: The transaction was rolled back since another operation in the same transaction failed.",
    ),
    Sourced(
        "rest-batch-halted",
        "haltOnError: an earlier part of the batch failed (412). The code is documented, the words are ours.",
        "REST API guide, Batch",
        "A",
        "BATCH_PROCESSING_HALTED: A previous request failed, and haltOnError is true",
    ),
    Sourced(
        "rest-not-in-request",
        "Which resources may be held in a request is documented; the words are the local org's.",
        _OURS,
        "emulator",
        "INVALID_INPUT: {url} cannot be part of a request",
    ),
    Sourced(
        "rest-usage-access",
        "Who may ask for the use of external client apps was not found: here Customize Application, or External Client "
        "App Admin, and to look also Viewer.",
        _OURS,
        "emulator",
        "INSUFFICIENT_ACCESS: insufficient access rights on object id",
    ),
    Sourced(
        "rest-page",
        "A page or its size is no number.",
        _OURS,
        "emulator",
        "ILLEGAL_QUERY_PARAMETER_VALUE: {name} is no number of a page: {value}",
    ),
)
"""Every such text."""
