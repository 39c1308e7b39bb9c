"""Forecasts of packages, type by type: what deploying, deleting and granting does to who can log in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sfmeta.errors import SourceError
from sfmeta.model.component import Entry, Holdings
from sfmeta.model.forecast import Answer, Forecast, Harm, Row, Verdict
from sfmeta.model.inventory import (
    App,
    Blocked,
    Coverage,
    Inventory,
    IpRange,
    LoginHours,
    PermissionSet,
    PermissionSetGroup,
    Profile,
    Standing,
    Visibility,
    Way,
)
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import AppKind
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind
from sfmeta.ops.package_forecast import forecast_package
from tests.forecast.small import NOW, app, assigned, inventory, permission_set, policy, use, user

SCOPES = frozenset({"api", "refresh_token"})
OAUTH = "<callbackUrl>https://x</callbackUrl>{0}<scopes>Api</scopes><scopes>RefreshToken</scopes>"
POLICIES = "<ipRelaxation>ENFORCE</ipRelaxation><refreshTokenPolicy>infinite</refreshTokenPolicy>"
POLICY = f"<oauthPolicy>{POLICIES}</oauthPolicy>"
APPROVED = "<isAdminApproved>true</isAdminApproved>"
SOAP_ANSWERS = {"use_any_api_auth_required": False}


def file(type_name: str, name: str, body: str, root: str = "") -> Holdings:
    """One component and its file."""
    text = f'<{root or type_name} xmlns="http://soap.sforce.com/2006/04/metadata">{body}</{root or type_name}>'
    return {ComponentId.of(type_name, name): (Entry.of(f"{name}.xml", text.encode()),)}


def connected_app(*more: str, oauth: str = APPROVED, policies: str = POLICY) -> Holdings:
    """The file of the app Loader."""
    body = "<label>Loader</label>" + f"<oauthConfig>{OAUTH.format(oauth)}</oauthConfig>" + policies + "".join(more)
    return file("ConnectedApp", "Loader", body)


def granted(*names: str) -> str:
    return "".join(f"<permissionSetName>{name}</permissionSetName>" for name in names or ("",)) + "<profileName/>"


def loader(**more: Any) -> App:
    fields = {"standing": Standing.OWNED, "api_name": "Loader", "refresh_policy": "infinite", "scopes": SCOPES}
    return app("Loader", **{**fields, **more})


def portal(**more: Any) -> App:
    """An external client app."""
    return loader(kind=AppKind.EXTERNAL_CLIENT_APP, **{"api_name": "Portal", **more})


def deploy(
    there: Inventory,
    files: Holdings | None = None,
    *deletions: str,
    records: tuple[RecordChange, ...] = (),
    answers: dict[str, bool] | None = None,
    policy_text: str = "",
    **more: Any,
) -> Forecast:
    """The forecast of a package."""
    known = {"admin_approval_ends_authorizations": False, **(answers or {})}
    said = {name: Answer(name, yes, NOW, "", "", "") for name, yes in known.items()}
    gone = tuple(map(ComponentId.parse, deletions))
    return forecast_package(there, policy(policy_text), files or {}, gone, records, said, NOW, **more)


def row(found: Forecast, name: str, way: Way = Way.REFRESH_TOKEN) -> Row:
    return next(one for one in found.rows if one.user.id == f"user-{name}" and one.way is way)


def harm(found: Forecast, name: str, way: Way = Way.REFRESH_TOKEN) -> tuple[Harm, str]:
    one = row(found, name, way)
    return one.harm, one.after.rule.id


def two_users(*more: Any, **fields: Any) -> Inventory:
    """Ann holds the permission set Allow and Ben nothing; both use Loader."""
    return inventory(
        user("ann"),
        user("ben"),
        permission_set("Allow"),
        assigned("ann", "Allow"),
        loader(**fields),
        use("ann", "Loader"),
        use("ben", "Loader"),
        *more,
    )


def test_restricting_an_app_stops_whoever_has_no_grant() -> None:
    found = deploy(two_users(), connected_app(granted("Allow")))
    assert harm(found, "ann") == (Harm.NONE, "granted")
    assert harm(found, "ben") == (Harm.STOPS, "admin-approved-only")
    assert not found.is_clean
    assert (found.stage, found.as_is, found.pending, found.subject) == (None, True, (), "this package")


def test_a_permission_set_may_be_named_by_its_label_too() -> None:
    there = inventory(
        user("ann"), permission_set("Allow_X"), assigned("ann", "Allow_X"), loader(), use("ann", "Loader")
    )
    assert harm(deploy(there, connected_app(granted("Allow X"))), "ann") == (Harm.NONE, "granted")


def test_a_name_that_means_two_permission_sets_is_open() -> None:
    other = PermissionSet("set-B", "B", "Allow")
    found = deploy(two_users(other), connected_app(granted("Allow")))
    assert any("which of them counts is not established" in one for one in found.unresolved)
    assert not found.is_clean


def test_a_permission_set_that_the_org_does_not_have_is_open() -> None:
    found = deploy(two_users(), connected_app(granted("Nobody")))
    assert any("Nobody, which this org does not show" in one for one in found.unresolved)


def test_grants_that_a_file_leaves_out_are_an_open_question() -> None:
    there = two_users(admin_approved=True, grants=frozenset({"set-Allow"}))
    found = deploy(there, connected_app("<profileName/>"))
    ann = row(found, "ann")
    assert (ann.harm, ann.after.verdict, ann.after.questions) == (
        Harm.MIGHT_STOP,
        Verdict.UNKNOWN,
        ("omitted_app_grants_stay",),
    )
    assert found.questions["omitted_app_grants_stay"]
    kept = deploy(there, connected_app("<profileName/>"), answers={"omitted_app_grants_stay": True})
    assert harm(kept, "ann") == (Harm.NONE, "granted")
    assert row(kept, "ann").after.learned == ("omitted_app_grants_stay",)
    assert kept.answers.keys() == {"omitted_app_grants_stay"}
    lost = deploy(there, connected_app("<profileName/>"), answers={"omitted_app_grants_stay": False})
    assert harm(lost, "ann")[0] is Harm.STOPS


def test_a_file_that_is_what_the_org_holds_does_nothing() -> None:
    there = two_users(admin_approved=True, grants=frozenset({"set-Allow"}))
    files = connected_app("<profileName/>")
    found = deploy(there, files, held=files)
    assert found.harmed == 0
    assert found.is_clean


def test_an_empty_list_takes_all_grants() -> None:
    there = two_users(admin_approved=True, grants=frozenset({"set-Allow"}))
    assert harm(deploy(there, connected_app(granted())), "ann") == (Harm.STOPS, "admin-approved-only")


def test_undoing_a_restriction_stops_nobody() -> None:
    there = two_users(admin_approved=True, grants=frozenset({"set-Allow"}))
    found = deploy(there, connected_app(granted(), oauth="<isAdminApproved>false</isAdminApproved>"))
    assert found.harmed == 0
    assert row(found, "ben").after.verdict is Verdict.WORKS


def test_the_clients_of_a_replaced_certificate_might_stop() -> None:
    there = inventory(
        user("robot"),
        loader(has_certificate=True, certificate="0" * 64),
        use("robot", "Loader", Way.JWT_BEARER, authorised=NOW - timedelta(days=9)),
    )
    new = deploy(there, connected_app(granted(), oauth="<certificate>MIIB</certificate>"))
    assert harm(new, "robot", Way.JWT_BEARER) == (Harm.MIGHT_STOP, "jwt-certificate")
    assert row(new, "robot", Way.JWT_BEARER).after.questions == ("new_key_not_seen",)
    # left out: kept, or gone
    out = deploy(there, connected_app(granted(), oauth=""))
    assert row(out, "robot", Way.JWT_BEARER).after.questions == ("omitted_app_settings_stay",)


def test_the_same_certificate_in_other_armour_is_the_same() -> None:
    from sfmeta.access.app_elements import certificate_print

    there = inventory(
        user("robot"),
        loader(has_certificate=True, certificate=certificate_print("MIIBAA==")),
        use("robot", "Loader", Way.JWT_BEARER, authorised=NOW - timedelta(days=9)),
    )
    armoured = "<certificate>-----BEGIN CERTIFICATE-----\nMIIB\nAA==\n-----END CERTIFICATE-----</certificate>"
    assert deploy(there, connected_app(granted(), oauth=armoured)).harmed == 0


def test_an_inventory_that_tells_no_certificate_leaves_it_open() -> None:
    there = inventory(user("robot"), loader(has_certificate=True), use("robot", "Loader", Way.JWT_BEARER))
    found = deploy(there, connected_app(granted(), oauth="<certificate>MIIB</certificate>"))
    assert any("audit again" in one for one in found.unresolved)


def test_the_client_credentials_flow_of_another_user_stops_the_first_one() -> None:
    there = inventory(
        user("robot"), loader(execution_user="robot@acme.example"), use("robot", "Loader", Way.CLIENT_CREDENTIALS)
    )
    runs = "<isClientCredentialEnabled>true</isClientCredentialEnabled>"
    runs += "<oauthClientCredentialUser>{0}@acme.example</oauthClientCredentialUser>"
    same = deploy(there, connected_app(granted(), oauth=runs.format("robot")))
    assert same.harmed == 0
    other = deploy(there, connected_app(granted(), oauth=runs.format("other")))
    assert harm(other, "robot", Way.CLIENT_CREDENTIALS) == (Harm.STOPS, "client-credentials-user")


def test_scopes_and_switches_that_are_taken_are_open() -> None:
    there = inventory(user("ann"), loader(options=frozenset({"isConsumerSecretOptional"})), use("ann", "Loader"))
    body = "<label>Loader</label><oauthConfig><callbackUrl>https://x</callbackUrl><isPkceRequired>true</isPkceRequired>"
    found = deploy(there, file("ConnectedApp", "Loader", f"{body}<scopes>Api</scopes></oauthConfig>{POLICY}"))
    assert any("takes the scope refresh_token away" in one for one in found.unresolved)
    assert any("isConsumerSecretOptional, isPkceRequired" in one for one in found.unresolved)


def test_a_callback_url_that_goes_is_open_where_it_can_be_compared() -> None:
    there = inventory(user("ann"), loader(), use("ann", "Loader"))
    held = connected_app(oauth="")
    other = held[ComponentId.of("ConnectedApp", "Loader")][0].read().replace(b"https://x", b"https://y")
    files = {ComponentId.of("ConnectedApp", "Loader"): (Entry.of("Loader.xml", other),)}
    assert any("callback URL https://x away" in one for one in deploy(there, files, held=held).unresolved)
    assert any("which callback URLs" in one for one in deploy(there, files).warnings)


@pytest.mark.parametrize(
    ("session", "rule"),
    [
        ("<policyAction>Block</policyAction>", "app-blocked-by-policy"),
        ("<policyAction>RaiseSessionLevel</policyAction>", "session-level"),
    ],
)
def test_a_session_policy_shuts_an_app(session: str, rule: str) -> None:
    there = inventory(user("ann"), loader(has_certificate=True), use("ann", "Loader", Way.JWT_BEARER, authorised=NOW))
    found = deploy(there, connected_app(granted(), f"<sessionPolicy>{session}</sessionPolicy>", oauth=""))
    assert harm(found, "ann", Way.JWT_BEARER) == (Harm.STOPS, rule)


def test_ip_relaxation_and_ranges_of_an_app() -> None:
    ranges = (IpRange("10.0.0.0", "10.255.255.255"),)
    elsewhere = use("ann", "Loader", addresses=frozenset({"8.8.8.8"}))
    profiles = {"profile-standard": Profile("profile-standard", "Standard User", "own-standard", ranges)}
    there = inventory(user("ann"), loader(ip_relaxation="BYPASS"), elsewhere, profiles=profiles)
    found = deploy(there, connected_app(granted(), oauth=""))
    assert harm(found, "ann") == (Harm.STOPS, "login-ip-ranges")


def test_a_refresh_token_policy_ends_old_tokens() -> None:
    zero = POLICY.replace("infinite", "specific_lifetime:1:DAYS")
    found = deploy(
        inventory(user("ann"), loader(), use("ann", "Loader")), connected_app(granted(), policies=zero, oauth="")
    )
    ann = row(found, "ann")
    assert (ann.harm, ann.after.questions) == (Harm.MIGHT_STOP, ("refresh_policy_hits_issued_tokens",))


def test_a_new_app_is_nobodys_and_one_that_cannot_be_told_is_open() -> None:
    there = inventory(user("ann"), app("Loader"), use("ann", "Loader"))
    assert any(
        "whether ConnectedApp:Loader is the app Loader" in one for one in deploy(there, connected_app()).unresolved
    )
    fresh = deploy(there, file("ConnectedApp", "Fresh", "<label>Fresh</label>"))
    assert (fresh.harmed, fresh.unresolved) == (0, ())


def test_deleting_an_app_stops_all_its_clients() -> None:
    found = deploy(two_users(), None, "ConnectedApp:Loader")
    assert harm(found, "ann") == harm(found, "ben") == (Harm.STOPS, "app-deleted")


ECA = "<externalClientApplication>Portal</externalClientApplication>"


@pytest.mark.parametrize(
    ("type_name", "body", "rule"),
    [
        (
            "ExtlClntAppOauthConfigurablePolicies",
            "<permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>"
            "<commaSeparatedPermissionSet></commaSeparatedPermissionSet><commaSeparatedProfile></commaSeparatedProfile>",
            "admin-approved-only",
        ),
        ("ExtlClntAppOauthConfigurablePolicies", "<policyAction>Block</policyAction>", "app-blocked-by-policy"),
        ("ExtlClntAppConfigurablePolicies", "<isEnabled>false</isEnabled>", "app-blocked-by-policy"),
        (
            "ExtlClntAppConfigurablePolicies",
            "<isEnabled>true</isEnabled><isOauthPluginEnabled>false</isOauthPluginEnabled>",
            "app-blocked-by-policy",
        ),
    ],
)
def test_the_files_of_an_external_client_app(type_name: str, body: str, rule: str) -> None:
    there = inventory(user("ann"), portal(), use("ann", "Loader"))
    found = deploy(there, file(type_name, "Portal_x", ECA + body))
    assert harm(found, "ann") == (Harm.STOPS, rule)
    other = deploy(there, file(type_name, "Portal_x", body))
    assert other.harmed == 0  # whose it is, the file says


def test_an_external_client_app_granted_by_a_list() -> None:
    there = inventory(user("ann"), permission_set("Allow"), assigned("ann", "Allow"), portal(), use("ann", "Loader"))
    body = (
        f"{ECA}<permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>"
        "<commaSeparatedPermissionSet>Other, Allow</commaSeparatedPermissionSet>"
        "<commaSeparatedProfile>Admin</commaSeparatedProfile>"
    )
    found = deploy(there, file("ExtlClntAppOauthConfigurablePolicies", "P", body))
    assert harm(found, "ann") == (Harm.NONE, "granted")
    assert any("Other, which this org does not show" in one for one in found.unresolved)
    assert not any("profile" in one for one in found.unresolved)


def test_a_permission_set_gives_no_more_than_its_file_says() -> None:
    there = inventory(
        user("ann", profile_id="profile-none"),
        permission_set("Api", "ApiEnabled"),
        assigned("ann", "Api"),
        use("ann", "", Way.SOAP_LOGIN),
    )
    kept = "<label>Api</label><userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>"
    assert deploy(there, file("PermissionSet", "Api", kept), answers=SOAP_ANSWERS).harmed == 0
    found = deploy(there, file("PermissionSet", "Api", "<label>Api</label>"), answers=SOAP_ANSWERS)
    assert harm(found, "ann", Way.SOAP_LOGIN) == (Harm.STOPS, "api-enabled")
    session = deploy(
        there,
        file("PermissionSet", "Api", f"{kept}<hasActivationRequired>true</hasActivationRequired>"),
        answers=SOAP_ANSWERS,
    )
    assert harm(session, "ann", Way.SOAP_LOGIN) == (Harm.STOPS, "api-enabled")


def test_deleting_a_permission_set_takes_its_assignments_and_its_grants() -> None:
    there = two_users(admin_approved=True, grants=frozenset({"set-Allow"}))
    found = deploy(there, None, "PermissionSet:Allow")
    assert harm(found, "ann") == (Harm.STOPS, "admin-approved-only")


def test_a_new_permission_set_lets_in_whom_it_is_assigned_to() -> None:
    there = two_users()
    files = {**connected_app(granted("Allow", "Fresh")), **file("PermissionSet", "Fresh", "<label>Fresh set</label>")}
    ben = RecordId(RecordKind.ASSIGNMENT, "Fresh", "ben@acme.example")
    found = deploy(there, files, records=(RecordChange(None, Record(ben)),))
    assert (found.harmed, found.unresolved) == (0, ())
    soon = RecordChange(None, Record(ben, "2026-11-25T00:00:00.000+0000"))
    ending = row(deploy(there, files, records=(soon,)), "ben").ending
    assert ending is not None
    assert (ending.at.day, ending.why) == (25, "the assignment of Fresh set ends")


def test_an_assignment_that_goes_takes_access() -> None:
    there = two_users(admin_approved=True, grants=frozenset({"set-Allow"}))
    ann = RecordId(RecordKind.ASSIGNMENT, "Allow", "Ann@acme.example")
    assert harm(deploy(there, records=(RecordChange(Record(ann), None),)), "ann")[0] is Harm.STOPS
    ben = RecordId(RecordKind.ASSIGNMENT, "Allow", "ben@acme.example")
    given = deploy(there, records=(RecordChange(None, Record(ben)),))
    assert row(given, "ben").after.verdict is Verdict.WORKS
    nobody = RecordId(RecordKind.ASSIGNMENT, "Nothing", "ben@acme.example")
    assert deploy(there, records=(RecordChange(None, Record(nobody)),)).unresolved


def test_an_app_access_that_comes_or_goes() -> None:
    there = two_users(admin_approved=True, grants=frozenset({"set-Allow"}))
    access = Record(RecordId(RecordKind.APP_ACCESS, "Allow", "ConnectedApplication/Loader"))
    assert harm(deploy(there, records=(RecordChange(access, None),)), "ann")[0] is Harm.STOPS
    of_profile = Record(RecordId(RecordKind.APP_ACCESS, "Profile/Standard User", "Loader"))
    found = deploy(there, records=(RecordChange(access, None), RecordChange(None, of_profile)))
    assert found.harmed == 0
    assert row(found, "ben").after.verdict is Verdict.WORKS
    unknown = Record(RecordId(RecordKind.APP_ACCESS, "Allow", "ConnectedApplication/Other"))
    assert deploy(there, records=(RecordChange(unknown, None),)).unresolved


def test_a_profile_changes_only_by_what_it_writes() -> None:
    there = inventory(user("ann"), use("ann", "", Way.SOAP_LOGIN))
    assert deploy(there, file("Profile", "Standard", "<custom>false</custom>"), answers=SOAP_ANSWERS).is_clean
    off = "<userPermissions><enabled>false</enabled><name>ApiEnabled</name></userPermissions>"
    found = deploy(there, file("Profile", "Standard", off), answers=SOAP_ANSWERS)
    assert harm(found, "ann", Way.SOAP_LOGIN) == (Harm.STOPS, "api-enabled")
    unknown = deploy(there, file("Profile", "Sales%3A X", off), answers=SOAP_ANSWERS)
    assert (unknown.harmed, len(unknown.warnings) > 0) == (0, True)


def test_login_hours_and_ranges_of_a_profile() -> None:
    there = inventory(user("ann"), use("ann", "", Way.SOAP_LOGIN, addresses=frozenset({"8.8.8.8"})))
    ranges = "<loginIpRanges><endAddress>10.0.0.9</endAddress><startAddress>10.0.0.1</startAddress></loginIpRanges>"
    found = deploy(there, file("Profile", "Standard User", ranges), answers=SOAP_ANSWERS)
    assert harm(found, "ann", Way.SOAP_LOGIN) == (Harm.STOPS, "login-ip-ranges")
    never = "".join(
        f"<{day}End>0</{day}End><{day}Start>0</{day}Start>"
        for day in ("friday", "monday", "saturday", "sunday", "thursday", "tuesday", "wednesday")
    )
    found = deploy(there, file("Profile", "Standard User", f"<loginHours>{never}</loginHours>"), answers=SOAP_ANSWERS)
    assert harm(found, "ann", Way.SOAP_LOGIN) == (Harm.STOPS, "login-hours")


def test_api_only_user_ends_browser_logins_whatever_gives_it() -> None:
    there = inventory(user("ann"), permission_set("Api"), assigned("ann", "Api"))
    only = "<userPermissions><enabled>true</enabled><name>ApiUserOnly</name></userPermissions>"
    for files in (file("Profile", "Standard", only), file("PermissionSet", "Api", f"<label>Api</label>{only}")):
        assert any("ends the browser logins of ann@acme.example" in one for one in deploy(there, files).unresolved)


def test_a_group_counts_with_its_members_and_with_what_it_mutes() -> None:
    api = permission_set("Api", "ApiEnabled")
    aggregate = PermissionSet("set-sum", "Team", "Team", group_id="group-Team")
    group = PermissionSetGroup("group-Team", "Team", "Team", frozenset({"set-Api"}))
    there = inventory(
        user("ann", profile_id="profile-none"),
        api,
        permission_set("Other"),
        aggregate,
        assigned("ann", "sum"),
        use("ann", "", Way.SOAP_LOGIN),
        groups={"group-Team": group},
    )
    label = "<label>Team</label>"
    other = deploy(
        there,
        file("PermissionSetGroup", "Team", f"{label}<permissionSets>Other</permissionSets>"),
        answers=SOAP_ANSWERS,
    )
    assert harm(other, "ann", Way.SOAP_LOGIN) == (Harm.STOPS, "api-enabled")
    mutes = "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>"
    muting = file("MutingPermissionSet", "Quiet", f"<label>Quiet</label>{mutes}")
    named = f"{label}<mutingPermissionSets>Quiet</mutingPermissionSets><permissionSets>Api</permissionSets>"
    both = deploy(there, {**muting, **file("PermissionSetGroup", "Team", named)}, answers=SOAP_ANSWERS)
    assert harm(both, "ann", Way.SOAP_LOGIN)[0] is Harm.STOPS
    assert deploy(there, muting, answers=SOAP_ANSWERS).unresolved
    assert deploy(there, file("PermissionSetGroup", "Team", named), answers=SOAP_ANSWERS).unresolved
    assert (
        harm(deploy(there, None, "PermissionSetGroup:Team", answers=SOAP_ANSWERS), "ann", Way.SOAP_LOGIN)[0]
        is Harm.STOPS
    )


BLOCK = (
    "<blockedByApiWhitelisting>false</blockedByApiWhitelisting><consumerKey>{0}</consumerKey>"
    "<masterLabel>{1}</masterLabel>"
)


def test_a_block_shuts_the_app_of_its_consumer_key() -> None:
    there = two_users(consumer_key="key.1")
    found = deploy(there, file("BlacklistedConsumer", "L", BLOCK.format("key.1", "Other")))
    assert harm(found, "ben") == (Harm.STOPS, "app-on-block-list")
    assert deploy(there, file("BlacklistedConsumer", "L", BLOCK.format("key.2", "Other"))).harmed == 0


def test_a_block_of_an_app_whose_key_is_not_known_goes_by_its_label_or_is_open() -> None:
    there = inventory(user("ann"), app("Rogue", standing=Standing.USED_ONLY, admin_approved=None), use("ann", "Rogue"))
    assert harm(deploy(there, file("BlacklistedConsumer", "R", BLOCK.format("k", "Rogue"))), "ann")[0] is Harm.STOPS
    assert deploy(there, file("BlacklistedConsumer", "R", BLOCK.format("k", "Other"))).unresolved


def test_deleting_a_block_may_let_the_app_in() -> None:
    there = inventory(
        user("ann"),
        app("Rogue App", standing=Standing.USED_ONLY, admin_approved=None, blocked=Blocked.BY_LIST),
        use("ann", "Rogue App", last_used=NOW - timedelta(days=30)),
    )
    found = deploy(there, None, "BlacklistedConsumer:Rogue_App")
    ann = row(found, "ann")
    assert (found.harmed, ann.after.questions) == (0, ("deleting_a_block_unblocks",))
    sure = deploy(there, None, "BlacklistedConsumer:Rogue_App", answers={"deleting_a_block_unblocks": True})
    assert row(sure, "ann").after.verdict is Verdict.WORKS
    held = file("BlacklistedConsumer", "Named_otherwise", BLOCK.format("", "Rogue App"))
    known = deploy(there, None, "BlacklistedConsumer:Named_otherwise", held=held)
    assert row(known, "ann").after.verdict is Verdict.UNKNOWN


def test_the_boxes_and_the_flows() -> None:
    there = inventory(user("ann"), use("ann", "", Way.SOAP_LOGIN))
    box = "<enableAdminApprovedAppsOnly>true</enableAdminApprovedAppsOnly>"
    found = deploy(there, file("Settings", "ConnectedApp", box, "ConnectedAppSettings"))
    assert harm(found, "ann", Way.SOAP_LOGIN) == (Harm.STOPS, "no-app-under-box")
    there = inventory(user("ann"), loader(), use("ann", "Loader", Way.OAUTH_PASSWORD))
    flow = file("Settings", "OauthOidc", "<blockOAuthUnPwFlow>true</blockOAuthUnPwFlow>", "OauthOidcSettings")
    assert harm(deploy(there, flow), "ann", Way.OAUTH_PASSWORD) == (Harm.STOPS, "password-flow-blocked")
    every = "<sessionSettings><enforceIpRangesEveryRequest>true</enforceIpRangesEveryRequest></sessionSettings>"
    assert deploy(there, file("Settings", "Security", every, "SecuritySettings")).unresolved
    assert deploy(there, file("Settings", "MyDomain", "", "MyDomainSettings")).warnings


def test_types_that_decide_and_that_no_rule_knows_are_named_and_others_are_not() -> None:
    there = two_users()
    assert deploy(there, file("TransactionSecurityPolicy", "T", "")).unresolved
    assert deploy(there, None, "UserAccessPolicy:U").unresolved
    assert deploy(there, file("SamlSsoConfig", "S", "")).warnings
    nothing = deploy(there, file("ApexClass", "A", "no XML at all"))
    assert nothing.is_clean
    assert not any("Apex" in one for one in nothing.warnings)


def test_a_file_that_is_no_xml_is_an_error_of_the_source() -> None:
    broken = {ComponentId.of("Profile", "Admin"): (Entry.of("profiles/Admin.profile", b"<Profile>"),)}
    with pytest.raises(SourceError, match=r"profiles/Admin\.profile"):
        deploy(two_users(), broken)


def test_what_is_deployed_and_deleted_is_open() -> None:
    found = deploy(two_users(), file("PermissionSet", "Allow", "<label>A</label>"), "PermissionSet:Allow")
    assert any("deployed and deleted" in one for one in found.unresolved)


SOAP = Coverage("soap_login", "SOAP", Visibility.NOT_VISIBLE, "why")
TOKENS = Coverage("tokens", "Tokens", Visibility.PARTLY, "why")


def test_blind_spots_count_as_far_as_the_package_reaches() -> None:
    def spots(found: Forecast) -> list[str]:
        return [one.name for one in found.blind_spots]

    there = inventory(user("ann"), loader(), permission_set("Allow"), coverage=(SOAP, TOKENS))
    assert spots(deploy(there, file("ApexClass", "A", ""))) == []
    assert spots(deploy(there, connected_app(granted()))) == ["tokens"]
    off = "<userPermissions><enabled>false</enabled><name>ApiEnabled</name></userPermissions>"
    assert spots(deploy(there, file("Profile", "Standard", off))) == ["soap_login", "tokens"]
    # what only gives takes nothing from anybody who is not seen
    assert spots(deploy(there, file("Profile", "Standard", off.replace("false", "true")))) == []
    access = Record(RecordId(RecordKind.APP_ACCESS, "Allow", "ConnectedApplication/Loader"))
    assert spots(deploy(there, records=(RecordChange(None, access),))) == []


def test_a_loss_of_last_week_that_the_package_has_nothing_to_do_with_is_not_its_own() -> None:
    there = two_users(blocked=Blocked.BY_POLICY)
    assert deploy(there, file("ApexClass", "A", "")).is_clean
    # who may be out already counts where the package decides about the app
    again = deploy(there, connected_app(granted(), "<sessionPolicy><policyAction>Block</policyAction></sessionPolicy>"))
    assert not again.is_clean


LOSS = (
    "apps: {loader: {match: {label: Loader}, decision: allow}}\n"
    "accepted_losses: [{user: ben@acme.example, app: loader, reason: R, approved_by: x@a.example, until: 2027-01-31}]"
)


def test_a_loss_that_the_policy_accepts_by_name_is_accepted_here_too() -> None:
    found = deploy(two_users(), connected_app(granted("Allow")), policy_text=LOSS)
    assert row(found, "ben").accepted is not None
    assert found.is_clean


def test_an_old_inventory_is_no_clean_ground() -> None:
    found = forecast_package(two_users(), policy(""), {}, (), (), {}, NOW + timedelta(days=8))
    assert any("8 days old" in one for one in found.unresolved)
    with pytest.raises(SourceError, match="still to come"):
        forecast_package(two_users(), policy(""), {}, (), (), {}, NOW - timedelta(days=1))


def test_hours_are_read_as_an_audit_reads_them() -> None:
    from sfmeta.access.profile_elements import login_hours
    from sfmeta.codec import xml

    text = b"<Profile><loginHours><mondayEnd>60</mondayEnd><mondayStart>0</mondayStart></loginHours></Profile>"
    assert login_hours(xml.parse(text)) == LoginHours(((0, 60), None, None, None, None, None, None))
