"""What is wrong with a query, as the answer says it: ``CODE: words``, and before the words line, caret and place."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."
_OURS = "not found"

SOQL_TEXTS: tuple[Sourced, ...] = (
    Sourced(
        "soql-unexpected",
        "A word stands where the grammar has no place for it: also OR beside AND, and NOT behind them, without "
        "parentheses.",
        "SOQL reference, SELECT (conditionExpression); texts that users quote (jetstreamapp/soql-parser-js#201)",
        "B",
        "MALFORMED_QUERY: unexpected token: '{token}'",
    ),
    Sourced(
        "soql-too-long",
        "A statement has at most 100,000 characters (SOQL and SOSL limits); the words are the local org's.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: SOQL statements cannot be longer than {most} characters.",
    ),
    Sourced(
        "soql-string-too-long",
        "A string in a condition has at most 4,000 characters (SOQL and SOSL limits); the words are the local org's.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: A string in the query is longer than {most} characters",
    ),
    Sourced(
        "soql-timeout",
        "A query that runs too long is broken off: in real orgs after two minutes, here after ten seconds, as nobody "
        "else is served meanwhile.",
        "texts that users quote, in clients that retry on it (error code and words together)",
        "B",
        "QUERY_TIMEOUT: Your query request was running for too long.",
    ),
    Sourced(
        "soql-too-deep",
        "Conditions can be nested only so far; where the end is was not found.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: The query is nested too deeply",
    ),
    Sourced(
        "soql-number-too-long",
        "A number has too many digits.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: A number in the query is too long",
    ),
    Sourced(
        "soql-no-sobject",
        "There is no such sobject, or none for this caller, version and API.",
        "texts that users quote; an sobject that a caller may not see is answered like one that is not there",
        "B",
        "INVALID_TYPE: sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure "
        f"to append the '__c' after the entity name. {_REFERENCE}",
    ),
    Sourced(
        "soql-no-column",
        "There is no such field; fields of a feature that is off are none.",
        "texts that users quote (vlocity_build#364, soql-tooling#86)",
        "B",
        "INVALID_FIELD: No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be "
        f"sure to append the '__c' after the custom field name. {_REFERENCE}",
    ),
    Sourced(
        "soql-no-relationship",
        "There is no such way up.",
        "texts that users quote",
        "B",
        "INVALID_FIELD: Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
        f"relationship, be sure to append the '__r' after the custom relationship name. {_REFERENCE}",
    ),
    Sourced(
        "soql-no-children",
        "There is no such way down.",
        "texts that users quote; the code is remembered",
        "B",
        "INVALID_TYPE: Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to "
        f"use a custom relationship, be sure to append the '__r' after the custom relationship name. {_REFERENCE}",
    ),
    Sourced(
        "soql-not-filterable",
        "A WHERE names a field without the property Filter.",
        "texts that users quote (LoginHistory.Status, ScratchOrgInfo.Description); properties of the Object Reference",
        "B",
        "INVALID_FIELD: field '{name}' can not be filtered in a query call",
    ),
    Sourced(
        "soql-not-groupable",
        "A GROUP BY names a field without the property Group: among them every moment.",
        "texts that users quote (of formulas and long texts), the code remembered; properties of the Object Reference",
        "B",
        "MALFORMED_QUERY: field '{name}' can not be grouped in a query call",
    ),
    Sourced(
        "soql-not-sortable",
        "An ORDER BY names a field without the property Sort; worded like the two above.",
        "properties of the Object Reference",
        "emulator",
        "MALFORMED_QUERY: field '{name}' can not be sorted in a query call",
    ),
    Sourced(
        "soql-value-type",
        "A value is not of its field's type; a day is no moment.",
        "texts that users quote, with this code by several and with MALFORMED_QUERY by one",
        "B",
        "INVALID_FIELD: value of filter criterion for field '{name}' must be of type {type}{ending}",
    ),
    Sourced(
        "soql-id",
        "What is compared with an id has not the shape of one.",
        "forcedotcom/salesforcedx-apex#153; a blog that quotes the code with the words",
        "B",
        "INVALID_QUERY_FILTER_OPERATOR: invalid ID field: {value}",
    ),
    Sourced(
        "soql-operator",
        "LIKE is for texts; ids and booleans have no order.",
        _OURS,
        "emulator",
        "INVALID_QUERY_FILTER_OPERATOR: invalid operator {operator} on {type} field",
    ),
    Sourced(
        "soql-multipicklist",
        "INCLUDES and EXCLUDES are for multi-select picklists; no sobject here has one.",
        _OURS,
        "emulator",
        "INVALID_QUERY_FILTER_OPERATOR: field '{name}' is not a multi-select picklist: INCLUDES and EXCLUDES do not "
        "apply",
    ),
    Sourced(
        "soql-moment",
        "A date or a moment is none in the calendar.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: Invalid {kind}: {text}",
    ),
    Sourced(
        "soql-literal-range",
        "A date literal leads out of the calendar.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: {name}:{amount} is out of range",
    ),
    Sourced(
        "soql-aggregate-in-where",
        "Aggregate functions belong into HAVING.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: Aggregate function {name} is not allowed in WHERE; use HAVING",
    ),
    Sourced(
        "soql-no-aggregate",
        "A function is not for values of that kind; on SetupAuditTrail no function is, but COUNT() without a field.",
        "texts that users quote, of text fields and of SetupAuditTrail; Object Reference, SetupAuditTrail",
        "B",
        "MALFORMED_QUERY: field {name} does not support aggregate operator {function}",
    ),
    Sourced(
        "soql-ungrouped",
        "A query with aggregates names a field that is neither grouped nor aggregated.",
        "SOQL reference, FIELDS(), names the error; the field behind the colon is remembered",
        "A",
        "MALFORMED_QUERY: Field must be grouped or aggregated: {name}",
    ),
    Sourced(
        "soql-limit-without-group",
        "LIMIT with an aggregate and without GROUP BY.",
        "several public logs of calls to real orgs",
        "B",
        "MALFORMED_QUERY: Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
    ),
    Sourced(
        "soql-alias",
        "Only what is grouped or aggregated has an alias.",
        "jetstreamapp/soql-parser-js#75",
        "B",
        "MALFORMED_QUERY: only aggregate expressions use field aliasing",
    ),
    Sourced(
        "soql-duplicate-alias",
        "Two columns of a query with aggregates would have one name.",
        "remembered, not verified",
        "emulator",
        "MALFORMED_QUERY: duplicate alias: {name}",
    ),
    Sourced(
        "soql-duplicate-field",
        "A field is selected twice; of a path its last name is told.",
        "SFDX-Data-Move-Utility#340, fflib-apex-common#218 for the words; the code is remembered",
        "B",
        "INVALID_FIELD: duplicate field selected: {name}",
    ),
    Sourced(
        "soql-rollup",
        "GROUP BY ROLLUP and CUBE are SOQL and not answered by the local org.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: The local org does not answer GROUP BY {name}",
    ),
    Sourced(
        "soql-only-fields-with-aggregates",
        "A query with aggregates selects a subquery or FIELDS().",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: Only fields and functions can be selected in a query with aggregates",
    ),
    Sourced(
        "soql-offset",
        "OFFSET goes up to 2,000 (SOQL reference, OFFSET), also for OauthToken.",
        "recorded answers in tests of public connectors, code and words",
        "B",
        "NUMBER_OUTSIDE_VALID_RANGE: Maximum SOQL offset allowed is {most}",
    ),
    Sourced(
        "soql-fields-limit",
        "FIELDS(ALL) and FIELDS(CUSTOM) need a LIMIT of at most 200.",
        "SOQL reference, FIELDS(); activepieces#14521",
        "B",
        "MALFORMED_QUERY: The SOQL FIELDS function must have a LIMIT of at most {most}",
    ),
    Sourced(
        "soql-fields-version",
        "FIELDS() is there from API 51 on.",
        "SOQL reference, FIELDS(); egen/spark-salesforce#86",
        "B",
        "UNSUPPORTED_API_VERSION: The SOQL FIELDS function is not supported in this version of the API",
    ),
    Sourced(
        "soql-metadata-rows",
        "Metadata and FullName of the Tooling API are given for one row at a time.",
        "xjsender/haoide#98",
        "B",
        "MALFORMED_QUERY: When retrieving results with Metadata or FullName fields, the query qualifications must "
        "specify no more than one row for retrieval.",
    ),
    Sourced(
        "soql-typeof",
        "TYPEOF is for polymorphic relationships (SOQL reference); no sobject here has one.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: TYPEOF can be used with polymorphic relationships only",
    ),
    Sourced(
        "soql-scope",
        "USING SCOPE is for records that belong to people and teams; only everything is answered.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: filterScope '{name}' is not supported for this sObject",
    ),
    Sourced(
        "soql-all-rows",
        "ALL ROWS is Apex; REST has queryAll.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: ALL ROWS not allowed in this context",
    ),
    Sourced(
        "soql-semi-join-field",
        "A semi-join selects one field (SOQL reference, Comparison Operators).",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: semi join sub-selects need exactly one field",
    ),
    Sourced(
        "soql-semi-join-nested",
        "A semi-join stands only at the top of a WHERE.",
        "Apsona's help, semijoin subselect errors",
        "C",
        "MALFORMED_QUERY: Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested "
        "WHERE expressions.",
    ),
    Sourced(
        "soql-semi-join-same",
        "A semi-join asks the sobject that the query itself is about.",
        "texts that users quote; SOQL reference, Comparison Operators",
        "B",
        "MALFORMED_QUERY: The inner and outer selects should not be on the same object type",
    ),
    Sourced(
        "soql-too-many-relationships",
        "A query names at most 55 relationships up (SOQL and SOSL limits).",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: A query can have at most {most} child-to-parent relationships",
    ),
    Sourced(
        "soql-child-of-child",
        "A subquery in SELECT has no subqueries of its own. Later versions of Salesforce take up to five levels.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: SOQL statements cannot query aggregate relationships more than 1 level away",
    ),
    Sourced(
        "soql-child-aggregates",
        "A subquery in SELECT gives records.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: A subquery in SELECT cannot use aggregate functions",
    ),
    Sourced(
        "soql-no-query",
        "The query resource was asked without q.",
        _OURS,
        "emulator",
        "MALFORMED_QUERY: A query string has to be specified",
    ),
    Sourced(
        "soql-no-plan",
        "Query plans (explain) are not answered by the local org.",
        _OURS,
        "emulator",
        "NOT_FOUND: The local org has no query plans",
    ),
    Sourced(
        "soql-locator",
        "A locator is not this user's, or not known any more: the local org keeps the latest 20 results in memory.",
        "texts that users quote, from REST and from SOAP",
        "B",
        "INVALID_QUERY_LOCATOR: invalid query locator",
    ),
)
"""Every such text."""
