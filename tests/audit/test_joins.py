"""Tokens, logins and calls become uses of the right app, and of no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sfmeta.access.app_elements import refresh_policy
from sfmeta.model.element import Element
from sfmeta.model.inventory import App, Source, Standing, User, Way
from sfmeta.model.names import ComponentId
from sfmeta.ops.audit import app_files
from sfmeta.ops.audit.app_names import AppNames
from sfmeta.ops.audit.app_tables import AppTables
from sfmeta.ops.audit.apps import known_apps
from sfmeta.ops.audit.calls import Call
from sfmeta.ops.audit.code import calls_back, found_in
from sfmeta.ops.audit.components import Components
from sfmeta.ops.audit.logins import Door, Login
from sfmeta.ops.audit.people import Access
from sfmeta.ops.audit.tokens import Token
from sfmeta.ops.audit.uses import Joiner

WHEN = datetime(2026, 11, 1, tzinfo=UTC)
USER, OTHER = "005000000000001AAA", "005000000000002AAA"
ONE, TWO = "0H4000000000001AAA", "0H4000000000002AAA"


def app(id_: str, label: str, **more: object) -> App:
    return App(id_, label, standing=Standing.INSTALLED, id=id_, **more)  # type: ignore[arg-type]


def token(name: str, id_: str = "", user: str = USER, created: datetime | None = None) -> Token:
    return Token(user, id_, name, 2, None, created)


def login(name: str, way: Way | None = None, **more: object) -> Login:
    given: dict[str, object] = {"user_id": USER, "door": Door.OAUTH, "is_success": True, "address": "192.0.2.1"}
    return Login(application=name, way=way, count=1, latest=WHEN, **{**given, **more})  # type: ignore[arg-type]


def call(app_id: str = "", address: str = "192.0.2.1") -> Call:
    return Call(USER, app_id, "tool/1.0", address, 5, WHEN)


def joiner(*apps: App) -> Joiner:
    users = {USER: User(USER, "one@x.example"), OTHER: User(OTHER, "two@x.example")}
    return Joiner(AppNames({one.key: one for one in apps}), users)


def seen(found: Joiner) -> list[tuple[str, Way]]:
    return [(use.app, use.way) for use in found.uses()]


def test_an_id_decides_whatever_the_name_says() -> None:
    found = joiner(app(ONE, "New name"), app(TWO, "Old name"))
    found.tokens([token("Old name", ONE)])
    assert seen(found) == [(ONE, Way.REFRESH_TOKEN)]


def test_a_name_decides_where_there_is_no_id_and_one_app_has_it() -> None:
    found = joiner(app(ONE, "Tool"))
    found.tokens([token("Tool")])
    assert seen(found) == [(ONE, Way.REFRESH_TOKEN)]
    assert found.gaps() == ()


def test_a_token_without_an_id_is_not_given_to_an_app_whose_tokens_have_one() -> None:
    found = joiner(app(ONE, "Tool"))
    found.tokens([token("Tool", ONE), token("Tool", user=OTHER)])
    assert {(use.user_id, use.app) for use in found.uses()} == {(USER, ONE), (OTHER, "used:Tool")}
    assert [gap.name for gap in found.gaps()] == ["ambiguous-app"]


def test_a_name_of_two_apps_decides_nothing() -> None:
    found = joiner(app(ONE, "Tool"), app(TWO, "Tool"))
    found.tokens([token("Tool")])
    assert seen(found) == [("used:Tool", Way.REFRESH_TOKEN)]
    assert [gap.name for gap in found.gaps()] == ["ambiguous-app"]


def test_two_strangers_of_one_name_stay_two() -> None:
    found = joiner()
    found.tokens([token("Tool", ONE), token("Tool", TWO), token("Tool")])
    assert {use.app for use in found.uses()} == {"used:Tool", f"used:Tool ({TWO})", "used:Tool (no id)"}


def test_a_login_by_the_name_of_two_apps_shows_at_the_one_that_the_user_has_authorised() -> None:
    found = joiner(app(ONE, "Tool"), app(TWO, "Tool"))
    found.tokens([token("Tool", TWO)])
    found.logins([login("Tool"), login("Tool", user_id=OTHER)])
    assert {(use.user_id, use.app) for use in found.uses()} == {(USER, TWO), (OTHER, ONE), (OTHER, TWO)}
    assert [gap.name for gap in found.gaps()] == ["ambiguous-app"]


def test_a_login_with_a_name_that_no_token_has_is_a_use_all_the_same() -> None:
    found = joiner()
    found.logins([login("Nightly job")])
    assert seen(found) == [("used:Nightly job", Way.OAUTH_PASSWORD)]
    assert found.tally.guessed == 1


def test_a_long_name_is_known_by_its_first_64_characters() -> None:
    label = "An app with a name that is much longer than LoginHistory can hold, really"
    found = joiner(app(ONE, label))
    found.logins([login(label[:64], Way.OAUTH_PASSWORD)])
    assert seen(found) == [(ONE, Way.OAUTH_PASSWORD)]


def test_an_oauth_login_without_a_name_is_counted() -> None:
    found = joiner()
    found.logins([login("N/A")])
    assert found.uses() == ()
    assert [gap.name for gap in found.gaps()] == ["logins-without-app"]


def test_calls_belong_to_the_use_of_their_app() -> None:
    found = joiner(app(ONE, "Tool"))
    found.tokens([token("Tool", ONE)])
    found.calls([call(ONE[:15]), call("888000000000001")])
    (use,) = found.uses()
    assert (use.count, use.last_used, use.addresses) == (2, WHEN, set())  # a call is no login
    assert use.sources == {Source.OAUTH_TOKEN, Source.API_EVENTS}
    assert [gap.name for gap in found.gaps()] == ["calls-of-unknown-app"]


def test_calls_without_an_app_are_of_a_soap_session_or_a_browsers() -> None:
    found = joiner()
    found.logins([login("N/A", door=Door.SOAP)])
    found.calls([call(), call(address="198.51.100.1"), call(address="198.51.100.2")])
    assert {use.way: use.count for use in found.uses()} == {Way.SOAP_LOGIN: 1, Way.BROWSER_SESSION: 10}


def test_every_use_of_an_app_tells_when_its_user_authorised_it_last() -> None:
    found = joiner(app(ONE, "Tool"), app(TWO, "Other"))
    found.tokens([token("Tool", ONE, created=WHEN - timedelta(days=day)) for day in (3, 1, 2)])
    found.tokens([token("Other", TWO, created=WHEN - timedelta(days=9)), token("Tool", ONE, created=None)])
    ways = (Way.USER_AGENT, Way.OAUTH_PASSWORD, Way.REFRESH_TOKEN, Way.CLIENT_CREDENTIALS)
    found.logins([login("Tool", way) for way in ways])
    found.logins([login("Tool", Way.WEB, user_id=OTHER), login("N/A", door=Door.SOAP)])
    told = {(use.user_id, use.app, use.way): use.authorised for use in found.uses()}
    assert {told[USER, ONE, way] for way in ways} == {WHEN - timedelta(days=1)}
    assert told[USER, TWO, Way.REFRESH_TOKEN] == WHEN - timedelta(days=9)
    assert told[OTHER, ONE, Way.WEB] is None
    assert told[USER, "", Way.SOAP_LOGIN] is None


def test_addresses_are_those_from_which_the_org_let_somebody_in() -> None:
    found = joiner(app(ONE, "Tool"))
    found.logins([login("Tool", Way.OAUTH_PASSWORD), login("Tool", Way.OAUTH_PASSWORD, address="192.0.2.2")])
    found.logins([login("Tool", Way.OAUTH_PASSWORD, address="203.0.113.9", is_success=False)])
    found.logins([login("N/A", door=Door.SOAP, address="203.0.113.9", is_success=False)])
    told = {use.way: (use.addresses, use.failures) for use in found.uses()}
    assert told == {Way.OAUTH_PASSWORD: ({"192.0.2.1", "192.0.2.2"}, 1), Way.SOAP_LOGIN: (set(), 1)}


def test_a_browsers_session_was_opened_where_its_user_logged_in() -> None:
    found = joiner()
    found.logins([login("Browser", door=Door.BROWSER, address="192.0.2.7")])
    found.logins([login("Browser", door=Door.BROWSER, address="203.0.113.9", is_success=False)])
    found.calls([call(address="198.51.100.1")])
    (use,) = found.uses()
    assert (use.way, use.addresses) == (Way.BROWSER_SESSION, {"192.0.2.7"})


def test_a_call_is_not_taken_for_a_soap_session_by_the_address_of_a_refused_login() -> None:
    found = joiner()
    found.logins([login("N/A", door=Door.SOAP, is_success=False)])
    found.calls([call()])
    assert {use.way for use in found.uses()} == {Way.SOAP_LOGIN, Way.BROWSER_SESSION}


def test_who_runs_a_server_is_a_use_without_ever_being_seen() -> None:
    found = joiner(app(ONE, "Server", execution_user="two@x.example"), app(TWO, "Lost", execution_user="who@x.example"))
    found.execution_users()
    (use,) = found.uses()
    assert (use.user_id, use.way, use.sources) == (OTHER, Way.CLIENT_CREDENTIALS, {Source.APP_METADATA})
    assert [gap.name for gap in found.gaps()] == ["execution-user"]


def test_a_secret_in_an_app_s_file_goes_nowhere() -> None:
    canary = "canary-77-of-a-secret"
    shared = Element.of(
        "ExtlClntAppGlobalOauthSettings",
        Element.of("consumerKey", text="key"),
        Element.of("consumerSecret", text=canary),
        Element.of("externalClientApplication", text="Server"),
    )
    components = Components({ComponentId.of(shared.name, "Any_Name"): shared})
    row = {"Id": "0xI000000000001AAA", "MasterLabel": "Server", "DeveloperName": "Server"}
    (found,) = known_apps(AppTables(external=[row]), components, Access(), "00D").apps.values()
    assert found.consumer_key == "key"
    assert canary not in repr(found)
    own = app_files.of_connected_app(found, Element.of("a", Element.of("oauthConfig", shared.children[1])))
    assert canary not in repr(own)


def test_what_only_the_block_list_names_is_an_app() -> None:
    block = Element.of(
        "BlacklistedConsumer", Element.of("consumerKey", text="key"), Element.of("masterLabel", text="Rogue")
    )
    components = Components({ComponentId.of("BlacklistedConsumer", "Rogue"): block})
    names = AppNames(known_apps(AppTables(), components, Access(), "00D").apps)
    assert names.of_tokens({("", "Rogue")}) == {("", "Rogue"): "used:Rogue"}
    assert len(names.apps) == 1


def test_refresh_policies_of_external_client_apps_are_spelled_as_those_of_connected_apps() -> None:
    assert refresh_policy("Infinite", "", "") == "infinite"
    assert refresh_policy("SpecificLifetime", "7", "Days") == "specific_lifetime:7:DAYS"
    assert refresh_policy("SpecificLifetime", "", "") == ""
    assert refresh_policy("", "", "") == ""


def test_session_ids_are_found_in_code() -> None:
    assert list(found_in("String s = userinfo . getSessionId();")) == ["userinfo.getSessionId"]
    assert list(found_in("<apex:param value='{!$Api.Session_ID}'/>")) == ["$Api.Session_ID"]
    assert list(found_in("{!API.Session_ID}")) == ["API.Session_ID"]
    assert list(found_in("{!GETSESSIONID()}")) == ["GETSESSIONID"]
    assert list(found_in("UserInfo.getUserId(); // (hidden)")) == []


def test_endpoints_that_lead_back_are_found() -> None:
    def credential(name: str, url: str) -> tuple[ComponentId, Element]:
        return ComponentId.of("NamedCredential", name), Element.of("NamedCredential", Element.of("endpoint", text=url))

    components = Components(
        dict(
            [
                credential("Self", "https://acme.my.salesforce.com/services"),
                credential("Page", "https://acme.lightning.force.com"),
                credential("Other", "https://acme.example.com"),
                credential("Elsewhere", "https://acmetwo.my.salesforce.com"),
            ]
        )
    )
    found = calls_back(components, "https://acme.my.salesforce.com")
    assert found == (
        "NamedCredential Self: calls back into this org",
        "NamedCredential Page: calls back into this org",
    )


def test_what_was_seen_counts_whatever_its_token_counts() -> None:
    """OauthToken.UseCount may be 0 beside a login of yesterday; a forecast asks how often somebody got in."""
    found = joiner(app(ONE, "Tool"))
    found.tokens([Token(USER, ONE, "Tool", 0, None, WHEN), Token(OTHER, ONE, "Tool", 0, WHEN, WHEN)])
    found.logins([login("Tool"), login("Tool")])
    assert {use.user_id: use.count for use in found.uses()} == {USER: 2, OTHER: 1}
    unseen = joiner(app(ONE, "Tool"))
    unseen.tokens([Token(USER, ONE, "Tool", 0, None, WHEN)])
    unseen.logins([login("Tool", is_success=False)])
    assert [(use.count, use.failures) for use in unseen.uses()] == [(0, 1)]
