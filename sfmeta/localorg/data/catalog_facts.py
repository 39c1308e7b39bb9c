"""What is peculiar about the records of an org: the truths that surprise people who query them."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

DATA_FACTS: tuple[Sourced, ...] = (
    Sourced(
        "data-tokens-stop",
        "OauthToken gives 2,500 rows at most and says nothing of the rest, 500 in a batch; COUNT() gives their true "
        "number. Split a query by UserId.",
        "Object Reference, OauthToken",
        "A",
    ),
    Sourced(
        "data-tokens-own",
        "OauthToken shows a caller without Customize Application only rows of their own.",
        "Object Reference, OauthToken",
        "A",
    ),
    Sourced(
        "data-tokens-id",
        "OauthToken.Id is shown as null (reserved for future use). Public code uses it all the same, so an org may "
        "give one.",
        "Object Reference, OauthToken; against it sfdx-hardis",
        "A",
    ),
    Sourced(
        "data-tokens-last-used",
        "OauthToken.LastUsedDate is filtered and sorted, not grouped. How GROUP BY treats this sobject otherwise was "
        "not found: here by the properties of its fields.",
        "Object Reference, OauthToken",
        "A",
    ),
    Sourced(
        "data-tokens-app",
        "OauthToken.AppMenuItem is empty for an app that is not installed; AppName is then all that is known of it.",
        "public code that joins by AppMenuItem.ApplicationId first and by name second",
        "B",
    ),
    Sourced(
        "data-login-history-filter",
        "LoginHistory: ApiType, ApiVersion, Application, Browser, ClientVersion, Platform and Status are grouped, not "
        "filtered. SourceIp is filtered: its page's table says so, the list at the page's end leaves it out.",
        "Object Reference, LoginHistory",
        "A",
    ),
    Sourced(
        "data-login-history-own",
        "LoginHistory shows a caller without Manage Users or Monitor Login History only rows of their own.",
        "Object Reference, LoginHistory (37+)",
        "A",
    ),
    Sourced(
        "data-login-history-subtype",
        "LoginHistory.LoginSubType names the flow: OauthRefreshToken, OauthWebServer, OauthUserAgent, "
        "OauthUsernamePassword, OauthClientCredentials, UsernamePasswordUiLogin. It has no value for JWT bearer and "
        "the device flow, and calls those of SOAP login() internal: here these rows have none.",
        "Object Reference, LoginHistory.LoginSubType",
        "A",
    ),
    Sourced(
        "data-user-login",
        "UserLogin has a row for each user, which says whether the user is frozen; who holds Manage Users sees it and "
        "changes it, an IsPasswordLocked to false only. That Freeze Users is enough to change what one cannot see is "
        "left open by the page.",
        "Object Reference, UserLogin; Help users_freeze",
        "A",
    ),
    Sourced(
        "data-sessions-own",
        "AuthSession shows a caller without Manage Users only sessions of their own. Which permission it is was not "
        "found: the page says administrators. Deleting one ends the session.",
        "Object Reference, AuthSession",
        "A",
    ),
    Sourced(
        "data-feature-fields",
        "PermissionsUseAnyApiClient is no column until Support enables API Access Control.",
        "orgs whose describe lacks it; Metadata API guide, ConnectedAppSettings",
        "B",
    ),
    Sourced(
        "data-version-fields",
        "A field or sobject is not there in versions before its first: PermissionSetAssignment.ExpirationDate 52, "
        "ExternalClientApplication 59 (its metadata's first version), ApiTotalUsageEventLog 61.",
        "Object Reference, the page of each",
        "A",
    ),
    Sourced(
        "data-access-by-id",
        "SetupEntityAccess is filtered by SetupEntityId and SetupEntityType, never by an app's name or other fields: "
        "there is no way up from it to the app.",
        "Object Reference, SetupEntityAccess",
        "A",
    ),
    Sourced(
        "data-audit-trail-filter",
        "SetupAuditTrail: Section and Display are shown and sorted, not filtered; COUNT() is answered, other "
        "aggregates are not. Only callers with View Setup and Configuration see it.",
        "Object Reference, SetupAuditTrail",
        "A",
    ),
    Sourced(
        "data-groups-sum",
        "A permission set group has a PermissionSet of type Group: it shows what its members give and its muting "
        "permission sets do not take away.",
        "Object Reference, PermissionSet ('contains the aggregated permissions for the group')",
        "A",
    ),
    Sourced(
        "data-assignment-active",
        "PermissionSetAssignment.IsActive is judged by the org's clock. What a real org shows at the very moment of "
        "ExpirationDate was not found.",
        "Object Reference, PermissionSetAssignment",
        "A",
    ),
    Sourced(
        "data-application-org",
        "ConnectedApplication.ApplicationOrg (Tooling) is always empty: what it holds was not found.",
        "@salesforce/types 1.7.1 names it",
        "emulator",
    ),
    Sourced(
        "data-external-apps-everywhere",
        "ExternalClientApplication and ExtlClntAppOauthPlcyCnfg are there in every org from API 59 on. Some real orgs "
        "lack them; what decides it was not found.",
        "three public tools that query them and expect a refusal",
        "B",
    ),
    Sourced(
        "data-setup-objects-open",
        "PermissionSet, its assignments, groups and SetupEntityAccess are read by every caller. Real orgs ask for View "
        "Setup and Configuration or one of a few others since 2020; what they answer without it was not found.",
        "Object Reference, the page of each",
        "emulator",
    ),
    Sourced(
        "data-event-log",
        "With the feature EventLogObjects every call of REST and of the Metadata API that is let in leaves a row in "
        "ApiTotalUsageEventLog, at once; the latest 2,000 are kept. Real rows come later and stay longer. The "
        "permission View Event Log Object Data is not asked for: its API name was not found.",
        "Object Reference, ApiTotalUsageEventLog",
        "emulator",
    ),
    Sourced(
        "data-no-case",
        "Texts compare, match and sort without regard to case; ids have a case, and are the same with 15 and 18 "
        "characters. Groups and COUNT_DISTINCT go by the exact text: what a real org does there was not found.",
        "SOQL reference, Comparison Operators",
        "A",
    ),
    Sourced(
        "data-nulls",
        "What is empty is found by != and NOT IN, by no other comparison; it comes first unless NULLS LAST is said.",
        "SOQL reference, ORDER BY; for the comparisons texts of users",
        "B",
    ),
    Sourced(
        "data-empty",
        "An empty text counts as empty, and nothing is greater or less than null.",
        "remembered, not verified",
        "emulator",
    ),
    Sourced(
        "data-days",
        "Date literals count days, weeks from Sunday on, months and years at midnight GMT, fiscal ones as the "
        "calendar's, all by the org's clock.",
        "SOQL reference, Date Formats and Date Literals; time zone and locale are those of the org's users",
        "A",
    ),
    Sourced(
        "data-batches",
        "A query answers 2,000 records at a time, or as many as Sforce-Query-Options asks for between 200 and 2,000.",
        "REST API guide, Query Options Header",
        "A",
    ),
    Sourced(
        "data-collections-types",
        "A collection may mix sobjects. A real org refuses to mix those of Setup with others, and more than ten "
        "changes of type; here nothing is refused for that.",
        "REST API guide, sObject Collections",
        "emulator",
    ),
    Sourced(
        "data-composite-transaction",
        "A composite request is one transaction only with allOrNone.",
        "REST API guide, Composite",
        "A",
    ),
    Sourced(
        "data-connect-usage",
        "/apps/oauth/usage lists external client apps only. What it says of a user beyond id and name, and how its "
        "list of apps is worded beyond developerName, identifier and label, was not found.",
        "Connect REST API guide, OAuth Usage Resources; sfdx-hardis",
        "B",
    ),
)
"""Every such truth."""
