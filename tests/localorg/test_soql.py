"""SOQL: what the grammar takes, what queries find, how wrong ones are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfmeta.localorg.data.soql import parse
from sfmeta.localorg.data.soql_values import Comparison, SoqlError
from tests.localorg.visitor import Visitor

REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


def rows(shared: Visitor, soql: str) -> list[dict[str, object]]:
    answer = shared.query(soql)
    assert isinstance(answer, dict), answer
    assert answer["totalSize"] == len(answer["records"])
    return [{name: value for name, value in row.items() if name != "attributes"} for row in answer["records"]]


def usernames(shared: Visitor, where: str) -> list[str]:
    found = rows(shared, f"SELECT Username FROM User WHERE {where} ORDER BY Username")
    return [str(row["Username"]).partition("@")[0] for row in found]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Username = 'admin@acme.example'", ["admin"]),
        ("username = 'ADMIN@ACME.EXAMPLE'", ["admin"]),
        ("Username LIKE 'so%'", ["soapui.dev"]),
        ("Username LIKE '_dmin@%' AND IsActive = true", ["admin"]),
        ("FirstName = null", ["billing.integration", "portal.integration"]),
        ("FirstName != null AND (NOT Username LIKE 's%')", ["admin", "former.tool.user"]),
        ("NOT Username LIKE 's%'", ["admin", "billing.integration", "former.tool.user", "portal.integration"]),
        ("FirstName IN ('Ada', 'Finn')", ["admin", "former.tool.user"]),
        ("FirstName NOT IN ('Ada', 'Finn', 'Sam', 'Sophie')", ["billing.integration", "portal.integration"]),
        ("FirstName = 'Ada' OR LastName = 'Super'", ["admin", "super.user"]),
        ("(FirstName = 'Ada' OR LastName = 'Super') AND Profile.Name = 'Standard User'", ["super.user"]),
        ("Profile.UserLicense.Name = 'Salesforce' AND FirstName < 'B'", ["admin"]),
        ("FirstName >= 'SAM' AND FirstName <> 'Sam'", ["soapui.dev"]),
        ("CreatedDate = TODAY AND Username LIKE 'a%'", ["admin"]),
        ("CreatedDate > 2020-01-01T00:00:00Z AND CreatedDate > LAST_N_DAYS:3", []),
        ("CreatedDate >= 2020-01-01T00:00:00+02:00 AND FirstName = 'Ada'", ["admin"]),
        ("DAY_ONLY(CreatedDate) >= 2020-01-01 AND FirstName = 'Ada'", ["admin"]),
        ("ProfileId IN (SELECT Id FROM Profile WHERE Name LIKE 'System%') AND FirstName != ''", ["admin"]),
        ("Id IN (SELECT UserId FROM OauthToken WHERE AppName = 'Rogue Exporter')", ["former.tool.user"]),
        ("Id NOT IN (SELECT UserId FROM OauthToken)", []),
        ("IsActive = false", []),
    ],
)
def test_conditions(shared: Visitor, where: str, expected: list[str]) -> None:
    assert usernames(shared, where) == expected


def test_ids_of_15_and_18_characters_are_the_same_and_have_a_case(shared: Visitor) -> None:
    admin = str(rows(shared, "SELECT Id FROM User WHERE FirstName = 'Ada'")[0]["Id"])
    assert usernames(shared, f"Id = '{admin}'") == ["admin"]
    assert usernames(shared, f"Id = '{admin[:15]}'") == ["admin"]
    assert usernames(shared, f"Id IN ('{admin[:15]}')") == ["admin"]
    assert usernames(shared, f"Id = '{admin[:15].swapcase()}'") == []


def test_a_record_looks_as_rest_shows_it(shared: Visitor) -> None:
    soql = "select u.username, Profile.Name from User u where u.FirstName = 'Ada'"
    row = shared.query(soql)["records"][0]
    user = shared.query("SELECT Id, ProfileId FROM User WHERE FirstName = 'Ada'")["records"][0]
    base = "/services/data/v63.0/sobjects"
    assert row == {
        "attributes": {"type": "User", "url": f"{base}/User/{user['Id']}"},
        "Username": "admin@acme.example",
        "Profile": {
            "attributes": {"type": "Profile", "url": f"{base}/Profile/{user['ProfileId']}"},
            "Name": "System Administrator",
        },
    }


def test_limit_offset_order(shared: Visitor) -> None:
    soql = "SELECT FirstName FROM User ORDER BY FirstName{} LIMIT 3 OFFSET {}"
    assert [row["FirstName"] for row in rows(shared, soql.format("", 1))] == [None, "Ada", "Finn"]
    assert [row["FirstName"] for row in rows(shared, soql.format(" DESC NULLS LAST", 3))] == ["Ada", None, None]
    assert rows(shared, soql.format("", 100)) == []


def test_counts_and_groups(shared: Visitor) -> None:
    assert shared.query("SELECT COUNT() FROM User WHERE FirstName = null") == {
        "totalSize": 2,
        "done": True,
        "records": [],
    }
    assert rows(
        shared, "SELECT COUNT(FirstName), COUNT(Id) n, COUNT_DISTINCT(ProfileId), MIN(FirstName) FROM User"
    ) == [{"expr0": 4, "n": 6, "expr1": 3, "expr2": "Ada"}]
    soql = "SELECT Profile.Name, COUNT(Id) n FROM User GROUP BY Profile.Name ORDER BY COUNT(Id) DESC, Profile.Name"
    assert rows(shared, soql) == [
        {"Name": "Standard User", "n": 3},
        {"Name": "Integration User", "n": 2},
        {"Name": "System Administrator", "n": 1},
    ]
    assert rows(shared, "SELECT SUM(UseCount) s FROM OauthToken WHERE AppName = 'Rogue Exporter'") == [{"s": 3}]
    history = rows(shared, "SELECT Application, Status, COUNT(Id) n FROM LoginHistory GROUP BY Application, Status")
    assert {"Application": "Rogue Exporter", "Status": "Success", "n": 3} in history


def test_what_an_audit_asks(shared: Visitor) -> None:
    org = rows(
        shared, "SELECT Id, Name, InstanceName, IsSandbox, TrialExpirationDate, OrganizationType FROM Organization"
    )
    assert len(org) == 1
    assert (org[0]["Id"], org[0]["IsSandbox"]) == (shared.org.org_id, True)
    apps = rows(shared, "SELECT Name, OptionsAllowAdminApprovedUsersOnly FROM ConnectedApplication ORDER BY Name")
    assert [app["Name"] for app in apps] == ["Billing Sync", "Dataloader.io", "Salesforce for Android", "sfmeta"]
    tokens = rows(shared, "SELECT AppName, AppMenuItem.ApplicationId, Id FROM OauthToken WHERE AppName LIKE 'Rogue%'")
    assert tokens == [{"AppName": "Rogue Exporter", "AppMenuItem": None, "Id": None}]
    joined = rows(
        shared,
        "SELECT AppMenuItem.Label, AppMenuItem.ApplicationId, AppMenuItem.IsUsingAdminAuthorization FROM OauthToken "
        "WHERE AppName = 'Partner Portal'",
    )
    assert joined[0]["AppMenuItem"]["ApplicationId"].startswith("0xI")  # type: ignore[index]
    grants = rows(
        shared,
        "SELECT Parent.IsOwnedByProfile, Parent.Profile.Name, SetupEntityType FROM SetupEntityAccess "
        "WHERE SetupEntityType = 'ConnectedApplication'",
    )
    assert [grant["Parent"]["Profile"]["Name"] for grant in grants] == ["System Administrator"]  # type: ignore[index]
    holders = rows(
        shared,
        "SELECT Assignee.Username FROM PermissionSetAssignment WHERE Assignee.IsActive = true "
        "AND PermissionSet.PermissionsModifyMetadata = true AND IsActive = true",
    )
    assert [holder["Assignee"]["Username"] for holder in holders] == ["admin@acme.example"]  # type: ignore[index]
    policies = rows(
        shared,
        "SELECT ExternalClientApplication.DeveloperName, PermittedUsersPolicyType FROM ExtlClntAppOauthPlcyCnfg",
    )
    assert policies[0]["PermittedUsersPolicyType"] == "AllSelfAuthorized"


@pytest.mark.parametrize(
    ("soql", "code", "message"),
    [
        (
            "SELECT Id, Nme FROM User",
            "INVALID_FIELD",
            "\nSELECT Id, Nme FROM User\n           ^\nERROR at Row:1:Column:12\n"
            "No such column 'Nme' on entity 'User'. If you are attempting to use a custom field, be sure to append the "
            f"'__c' after the custom field name. {REFERENCE}",
        ),
        (
            "SELECT Id FROM Usr",
            "INVALID_TYPE",
            "\nSELECT Id FROM Usr\n               ^\nERROR at Row:1:Column:16\n"
            "sObject type 'Usr' is not supported. If you are attempting to use a custom object, be sure to append the "
            f"'__c' after the entity name. {REFERENCE}",
        ),
        (
            "SELECT Boss.Name FROM User",
            "INVALID_FIELD",
            "\nSELECT Boss.Name FROM User\n       ^\nERROR at Row:1:Column:8\n"
            "Didn't understand relationship 'Boss' in field path. If you are attempting to use a custom relationship, "
            f"be sure to append the '__r' after the custom relationship name. {REFERENCE}",
        ),
        (
            "SELECT Id\nFROM User\nWHERE Name =",
            "MALFORMED_QUERY",
            "\nWHERE Name =\n            ^\nERROR at Row:3:Column:13\nunexpected token: '<EOF>'",
        ),
        ("", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("q=SELECT Id FROM User", "MALFORMED_QUERY", "unexpected token: 'q'"),
        ("SELECT Id FORM User", "MALFORMED_QUERY", "unexpected token: 'User'"),
        ("SELECT Id FROM User WHERE IsActive = 'true'", "INVALID_FIELD", "must be of type boolean"),
        ("SELECT Id FROM User WHERE Username = 5", "INVALID_FIELD", "should be enclosed in quotes"),
        ("SELECT Id FROM User WHERE Username INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR", "multi-select"),
        (
            "SELECT Id FROM LoginHistory WHERE Status = 'Success'",
            "INVALID_FIELD",
            "can not be filtered in a query call",
        ),
        ("SELECT Id FROM User OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT Name, COUNT(Id) FROM User", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        ("SELECT SUM(Name) FROM User", "MALFORMED_QUERY", "does not support aggregate operator SUM"),
        ("SELECT CreatedDate FROM User WHERE CreatedDate = SOMEDAY", "MALFORMED_QUERY", "unexpected token: 'SOMEDAY'"),
        ("SELECT Id FROM User WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY", "Invalid datetime"),
        ("SELECT PermissionsNoSuchThing FROM PermissionSet", "INVALID_FIELD", "No such column"),
        ("SELECT Password FROM User", "INVALID_FIELD", "No such column 'Password'"),
        ("SELECT ConsumerSecret FROM ConnectedApplication", "INVALID_FIELD", "No such column"),
        ("SELECT DeveloperName FROM ConnectedApplication", "INVALID_FIELD", "No such column"),
        ("SELECT Id FROM ForeignApp", "INVALID_TYPE", "not supported"),
        ("SELECT Id FROM DeployRequest", "INVALID_TYPE", "not supported"),
        ("SELECT Id FROM ScratchOrgInfo limit 1", "INVALID_TYPE", "sObject type 'ScratchOrgInfo' is not supported"),
        (
            "SELECT Id FROM User WHERE Name = 'a' AND Id = null OR Name = 'b'",
            "MALFORMED_QUERY",
            "unexpected token: 'OR'",
        ),
        ("SELECT Id FROM User WHERE Name = 'a' AND NOT (Id = null)", "MALFORMED_QUERY", "unexpected token: 'NOT'"),
        (
            "SELECT Id FROM User WHERE CreatedDate > 2026-01-01",
            "INVALID_FIELD",
            "'CreatedDate' must be of type dateTime",
        ),
        ("SELECT Id FROM User WHERE CreatedDate = '2026-01-01'", "INVALID_FIELD", "should not be enclosed in quotes"),
        ("SELECT Id FROM User WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        ("SELECT Id FROM User WHERE IsActive LIKE 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
        ("SELECT Id FROM User WHERE IsActive > true", "INVALID_QUERY_FILTER_OPERATOR", "operator >"),
        ("SELECT Id, Id FROM User", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id one FROM User", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT COUNT(Id) FROM User LIMIT 1", "MALFORMED_QUERY", "cannot also use LIMIT"),
        (
            "SELECT Profile.Name, Name, COUNT(Id) FROM User GROUP BY Profile.Name, Name",
            "MALFORMED_QUERY",
            "duplicate alias",
        ),
        ("SELECT CreatedDate FROM User GROUP BY CreatedDate", "MALFORMED_QUERY", "can not be grouped in a query call"),
        (
            "SELECT LastUsedDate FROM OauthToken GROUP BY LastUsedDate",
            "MALFORMED_QUERY",
            "'LastUsedDate' can not be grouped",
        ),
        ("SELECT Id FROM SetupAuditTrail WHERE Section = 'x'", "INVALID_FIELD", "'Section' can not be filtered"),
        (
            "SELECT COUNT(Id) FROM SetupAuditTrail",
            "MALFORMED_QUERY",
            "field Id does not support aggregate operator COUNT",
        ),
        ("SELECT FORMAT(Name) FROM User LIMIT 1", "MALFORMED_QUERY", "unexpected token: 'FORMAT'"),
        ("SELECT Profile.Name, Profile.Name FROM User", "INVALID_FIELD", "duplicate field selected: Name"),
        (f"SELECT Id FROM User WHERE Name LIKE '{'%' * 4001}'", "MALFORMED_QUERY", "longer than 4000 characters"),
        (f"SELECT Id FROM User WHERE Name IN ('{'x' * 4001}')", "MALFORMED_QUERY", "longer than 4000 characters"),
        (f"SELECT Id FROM OauthToken WHERE UseCount IN (1, {'9' * 400}.0)", "MALFORMED_QUERY", "number in the query"),
        (f"SELECT Id FROM OauthToken WHERE UseCount = {'9' * 400}", "MALFORMED_QUERY", "number in the query"),
        ("SELECT Body FROM ApexClass ORDER BY Body", "MALFORMED_QUERY", "'Body' can not be sorted in a query call"),
        ("SELECT FIELDS(ALL) FROM User", "MALFORMED_QUERY", "FIELDS function must have a LIMIT of at most 200"),
        ("SELECT FIELDS(SOME) FROM User", "MALFORMED_QUERY", "unexpected token: 'SOME'"),
        ("SELECT TYPEOF Owner WHEN User THEN Id END FROM User", "MALFORMED_QUERY", "TYPEOF"),
        ("SELECT Id FROM User WITH SECURITY_ENFORCED", "MALFORMED_QUERY", "unexpected token: 'WITH'"),
        ("SELECT Id FROM User ALL ROWS", "MALFORMED_QUERY", "ALL ROWS"),
        (
            "SELECT Id, (SELECT Id FROM Nothing) FROM User",
            "INVALID_TYPE",
            "Didn't understand relationship 'Nothing' in FROM",
        ),
        ("SELECT Id FROM User WHERE Id IN (SELECT Id FROM User)", "MALFORMED_QUERY", "same object type"),
        (
            "SELECT Id FROM User WHERE Name = 'a' OR (Name = 'b' AND Id IN (SELECT UserId FROM OauthToken))",
            "MALFORMED_QUERY",
            "Semi join sub-selects are only allowed at the top level",
        ),
        ("SELECT MIN(IsActive) FROM User", "MALFORMED_QUERY", "does not support aggregate operator MIN"),
        ("SELECT MAX(COUNT(Id)) FROM User", "MALFORMED_QUERY", "unexpected token: 'COUNT'"),
        ("SELECT NONSENSE(Id) FROM User", "MALFORMED_QUERY", "unexpected token: 'NONSENSE'"),
        ("SELECT Id FROM User USING SCOPE mine", "MALFORMED_QUERY", "filterScope 'mine'"),
        ("SELECT Id FROM User LIMIT -1", "MALFORMED_QUERY", "unexpected token: '-'"),
    ],
)
def test_wrong_queries(shared: Visitor, soql: str, code: str, message: str) -> None:
    answer = shared.rest("/query", params={"q": soql})
    assert answer.status_code == 400
    (error,) = answer.json()
    assert error["errorCode"] == code
    assert message in error["message"]


def test_the_tooling_api_shows_more_of_an_app(shared: Visitor) -> None:
    soql = "SELECT DeveloperName, SessionPolicyAction FROM ConnectedApplication WHERE Name = 'Billing Sync'"
    found = shared.rest("/tooling/query", params={"q": soql}).json()["records"]
    assert (found[0]["DeveloperName"], found[0]["SessionPolicyAction"]) == ("Billing_Sync", None)


def test_use_any_api_client_is_a_column_only_where_the_feature_is(visitor: Visitor) -> None:
    soql = "SELECT PermissionsUseAnyApiClient FROM PermissionSet"
    assert visitor.rest("/query", params={"q": soql}).status_code == 200
    visitor.org.state.change_org(features=())
    assert "No such column 'PermissionsUseAnyApiClient'" in visitor.rest("/query", params={"q": soql}).text


def test_columns_are_described_as_the_sf_cli_asks(shared: Visitor) -> None:
    """A parent's columns are below it, so are a subquery's; that is how sf 2.146.3 reads them (plugin-data)."""
    soql = "SELECT Id, Profile.Name, Profile.UserLicense.Name, (SELECT Id, PermissionSet.Name FROM "
    soql += "PermissionSetAssignments) FROM User"
    answer = shared.rest("/query", params={"q": soql, "columns": "true"}).json()
    assert (answer["entityName"], answer["groupBy"], answer["idSelected"]) == ("User", False, True)
    assert [names(column) for column in answer["columnMetadata"]] == [
        ("Id", False, []),
        ("Profile", False, [("Name", False, []), ("UserLicense", False, [("Name", False, [])])]),
        ("PermissionSetAssignments", True, [("Id", False, []), ("PermissionSet", False, [("Name", False, [])])]),
    ]
    params = {"q": "SELECT COUNT(Id), MAX(Name) last FROM User", "columns": "true"}
    columns = shared.rest("/query", params=params).json()["columnMetadata"]
    shown = [(column["columnName"], column["displayName"], column["aggregate"]) for column in columns]
    assert shown == [("expr0", "count(Id)", True), ("last", "max(Name)", True)]


def names(column: dict[str, Any]) -> tuple[str, bool, list[Any]]:
    """A column and those below it."""
    return column["columnName"], column["aggregate"], [names(one) for one in column["joinColumns"]]


@given(st.text(max_size=40))
def test_any_text_can_be_said_in_a_string(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    where = parse(f"SELECT Id FROM User WHERE Name = '{quoted}'").where
    assert isinstance(where, Comparison)
    assert where.values == (text,)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    for soql in (text, f"SELECT {text} FROM User", f"SELECT Id FROM User WHERE {text}"):
        assert told(soql) != ""


def told(soql: str) -> str | None:
    """What is wrong with a query, None for a right one."""
    try:
        parse(soql)
    except SoqlError as error:
        return error.told(soql)
    return None
