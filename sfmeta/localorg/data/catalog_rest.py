"""What REST says of a record, or a request about one, that it does not take: ``CODE: words``."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_QUOTED = "texts that users quote from real orgs"
_OURS = "not found"

REST_TEXTS: tuple[Sourced, ...] = (
    Sourced(
        "rest-not-found",
        "There is no such resource, or no such record. A sobject that an org does not have is one, too: so sf learns "
        "that an org does not track sources (SourceMember).",
        _QUOTED,
        "B",
        "NOT_FOUND: The requested resource does not exist",
    ),
    Sourced(
        "rest-no-such-id",
        "Where an id of the sobject belongs stands something else.",
        "recorded answers in tests of public clients, .NET and Perl among them",
        "B",
        "NOT_FOUND: Provided external ID field does not exist or is not accessible: {id}",
    ),
    Sourced(
        "rest-method",
        "A resource does not know the method; a sobject that cannot be written is read-only by it.",
        "a public integration's log: HTTP Method 'PATCH' not allowed. Allowed are GET,HEAD,POST",
        "B",
        "METHOD_NOT_ALLOWED: HTTP Method '{method}' not allowed. Allowed are {allowed}",
    ),
    Sourced(
        "rest-auth-header",
        "The Authorization header is neither Bearer nor OAuth: 401, as restforce maps it.",
        "restforce#489, #811",
        "B",
        "INVALID_AUTH_HEADER: INVALID_HEADER_TYPE",
    ),
    Sourced(
        "rest-retired",
        "A version below 31 is retired: 410 (Help 005132110); the words are the local org's.",
        _OURS,
        "emulator",
        "UNSUPPORTED_API_VERSION: The requested API version is retired",
    ),
    Sourced(
        "rest-body",
        "A body is not the JSON that the resource takes.",
        _OURS,
        "emulator",
        "JSON_PARSER_ERROR: {problem}",
    ),
    Sourced(
        "rest-no-field",
        "A record has a field that its sobject has not, or that is not there for this version.",
        _QUOTED,
        "B",
        "INVALID_FIELD: No such column '{name}' on sobject of type {sobject}",
    ),
    Sourced(
        "rest-closed-field",
        "A field is not createable, or not updateable.",
        _QUOTED,
        "B",
        "INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: {names}. Please check the security settings "
        "of this field and verify that it is read/write for your profile or permission set.",
    ),
    Sourced(
        "rest-required",
        "A required field is missing or empty.",
        "Ph33rr/cirrusgo#10 for the fields of User, in its order; texts that users quote",
        "B",
        "REQUIRED_FIELD_MISSING: Required fields are missing: [{names}]",
    ),
    Sourced(
        "rest-value-type",
        "A value is of another type than its field.",
        _QUOTED,
        "B",
        "JSON_PARSER_ERROR: Cannot deserialize instance of {type} from {found} value {value}",
    ),
    Sourced(
        "rest-too-long",
        "A text is longer than its field.",
        "texts that users quote, with the field's label; that a long value is cut was not found",
        "B",
        "STRING_TOO_LONG: {label}: data value too large: {value} (max length={length})",
    ),
    Sourced(
        "rest-picklist",
        "A value is none of a restricted picklist.",
        "SalesforceFoundation/NPSP#5456, #5409",
        "B",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: {label}: bad value for restricted picklist field: {value}",
    ),
    Sourced(
        "rest-malformed-id",
        "A reference has not the shape of an id.",
        "recorded answers in tests of public clients, with the field's label (Account ID)",
        "B",
        "MALFORMED_ID: {label}: id value of incorrect type: {value}",
    ),
    Sourced(
        "rest-other-sobject",
        "A reference leads to a record of another sobject.",
        "texts that users quote (Owner ID), from Apex",
        "B",
        "FIELD_INTEGRITY_EXCEPTION: {label}: id value of incorrect type: {value}",
    ),
    Sourced(
        "rest-malformed-id-alone",
        "An id in a list has not the shape of one, or is of no sobject here.",
        "remembered, not verified",
        "emulator",
        "MALFORMED_ID: malformed id {id}",
    ),
    Sourced(
        "rest-cross-reference",
        "A reference leads nowhere.",
        _QUOTED,
        "B",
        "INVALID_CROSS_REFERENCE_KEY: invalid cross reference id",
    ),
    Sourced(
        "rest-access",
        "The caller lacks the permissions. For each sobject: assignments View Setup and Assign Permission Sets, or "
        "Manage Users; SetupEntityAccess what Help names for the same in Setup (connected_app_manage_additional_"
        "settings); permission sets and groups Manage Profiles and Permission Sets; users Manage Users or Manage "
        "Internal Users. Which code a real org gives for these was not found; this is its usual one.",
        "Object Reference, the page of each",
        "emulator",
        "INSUFFICIENT_ACCESS_OR_READONLY: insufficient access rights on object id",
    ),
    Sourced(
        "rest-owned-set",
        "A permission set that a profile or a group owns is not written itself (Object Reference, PermissionSet).",
        _OURS,
        "emulator",
        "INSUFFICIENT_ACCESS_OR_READONLY: A permission set that a profile or a group owns cannot be {done} itself",
    ),
    Sourced(
        "rest-verb",
        "One of several records is of a sobject that cannot be written so.",
        _OURS,
        "emulator",
        "INVALID_TYPE_FOR_OPERATION: entity type {sobject} does not support {verb}",
    ),
    Sourced(
        "rest-developer-name",
        "An API name breaks the rule for API names (Object Reference, PermissionSet.Name).",
        _QUOTED,
        "B",
        "FIELD_INTEGRITY_EXCEPTION: {field}: The {field} field can only contain underscores and alphanumeric "
        "characters. It must be unique, begin with a letter, not include spaces, not end with an underscore, and not "
        "contain two consecutive underscores.",
    ),
    Sourced(
        "rest-name-taken",
        "An API name is taken.",
        _OURS,
        "emulator",
        "DUPLICATE_DEVELOPER_NAME: The name {name} is already used or was previously used. Choose another name.",
    ),
    Sourced(
        "rest-duplicate-assignment",
        "The user has the permission set already.",
        "texts that users quote (B in the literature of permission set assignments)",
        "B",
        "DUPLICATE_VALUE: Duplicate PermissionSetAssignment. Assignee: {user}; Permission Set: {permission_set}",
    ),
    Sourced(
        "rest-duplicate",
        "There is such a row already.",
        "texts that users quote, with both places masked",
        "B",
        "DUPLICATE_VALUE: duplicate value found: <unknown> duplicates value on record with id: <unknown>",
    ),
    Sourced(
        "rest-assignment-of-profile",
        "The assignment of a profile's own permission set comes and goes with the user's profile.",
        _OURS,
        "emulator",
        "INVALID_OPERATION: The assignment of a profile's own permission set stays",
    ),
    Sourced(
        "rest-assign-owned",
        "A permission set that a profile owns is not assigned.",
        _OURS,
        "emulator",
        "FIELD_INTEGRITY_EXCEPTION: A permission set that a profile owns cannot be assigned",
    ),
    Sourced(
        "rest-assign-both",
        "An assignment is of a permission set or of a group.",
        _OURS,
        "emulator",
        "FIELD_INTEGRITY_EXCEPTION: Assign a permission set or a permission set group, not both",
    ),
    Sourced(
        "rest-expired",
        "An assignment would have ended before it begins.",
        _OURS,
        "emulator",
        "FIELD_INTEGRITY_EXCEPTION: The expiration date must be in the future",
        "past_expiration_is_refused",
    ),
    Sourced(
        "rest-access-of-apps",
        "SetupEntityAccess is not created for apps.",
        _OURS,
        "emulator",
        "INVALID_TYPE_FOR_OPERATION: SetupEntityAccess cannot be created for {sobject}",
        "setup_entity_access_takes_apps",
    ),
    Sourced(
        "rest-group-member",
        "Only a permission set of its own, or one that mutes, is a member of a group.",
        _OURS,
        "emulator",
        "FIELD_INTEGRITY_EXCEPTION: Only a permission set of its own can be in a group",
    ),
    Sourced(
        "rest-set-in-use",
        "A permission set or group that is assigned to users is not deleted (Object Reference, PermissionSet); the "
        "code is the WSDL's, the words are the local org's.",
        _OURS,
        "emulator",
        "DELETE_FAILED: {name} is assigned to users",
    ),
    Sourced(
        "rest-email",
        "A username or an e-mail address has not the form of one.",
        "REST API guide, Composite Subrequest Result",
        "A",
        "INVALID_EMAIL_ADDRESS: {name}: invalid email address: {value}",
    ),
    Sourced(
        "rest-username-taken",
        "Another user has the username.",
        "remembered, not verified",
        "emulator",
        "DUPLICATE_USERNAME: Duplicate Username.<br>Another user has already selected this username.<br>Please select "
        "another username.",
    ),
    Sourced(
        "rest-deactivate-self",
        "A user cannot deactivate themself.",
        _OURS,
        "emulator",
        "CANNOT_DEACTIVATE_USER: You cannot deactivate yourself",
    ),
)
"""Every such text."""
