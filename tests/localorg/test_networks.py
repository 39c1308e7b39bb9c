"""Login IP ranges, trusted networks, security tokens and login hours, by clients at several loopback addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sfmeta.localorg.doors.networks import Ranges
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.xml import parse
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.localorg.state import State
from tests.localorg.browser import Browser, sent_back, session_from
from tests.localorg.visitor import Visitor

FAY, TOM, UMA = (f"{name}@doors.example" for name in ("fay", "tom", "uma"))
HOME, TRUSTED = "127.0.0.2", "127.0.0.3"
RESTRICTED = {"error": "invalid_grant", "error_description": "ip restricted"}
EVERY_REQUEST = (
    "<SecuritySettings><sessionSettings><enforceIpRangesEveryRequest>true</enforceIpRangesEveryRequest>"
    "<sessionTimeout>FifteenMinutes</sessionTimeout></sessionSettings></SecuritySettings>"
)


@pytest.fixture
def at_home(doors: LocalOrg) -> Iterator[Visitor]:
    """The same, from the address in the profile's range."""
    with Visitor(doors) as one:
        one.session.close()
        one.session = session_from(HOME)
        yield one


def statuses(state: State, username: str) -> list[tuple[str, str]]:
    user = state.records.first("User", Username=username)
    assert user is not None
    rows = state.records.find("LoginHistory", UserId=user.id)
    return [(row.text("SourceIp"), row.text("Status")) for row in rows]


def test_a_profile_with_ranges_lets_users_in_only_from_there(client: Visitor, at_home: Visitor) -> None:
    assert client.password("Portal", FAY, "pw-1").json() == RESTRICTED
    assert "LOGIN_DURING_RESTRICTED_DOMAIN: cannot log in from current domain" in client.soap_login(FAY, "pw-1").text
    inside = at_home.password("Portal", FAY, "pw-1")
    assert inside.status_code == 200
    assert at_home.soap_login(FAY, "pw-1").status_code == 200
    assert statuses(client.org.state, FAY) == [
        ("127.0.0.1", "Restricted IP"),
        ("127.0.0.1", "Restricted IP"),
        (HOME, "Success"),
        (HOME, "Success"),
    ]
    # a session is not bound to where it was opened, unless the org says so
    token = inside.json()["access_token"]
    assert client.rest("/limits", token).status_code == 200
    effects.put(client.org.state, "Settings", "Security", parse(EVERY_REQUEST.encode()))
    refused = client.rest("/limits", token)
    assert (refused.status_code, refused.json()[0]["message"]) == (401, "Session expired or invalid")
    assert at_home.rest("/limits", token).status_code == 200


def test_what_a_client_says_of_its_address_does_not_count(client: Visitor) -> None:
    known = client.org.app("Portal")
    form = {"grant_type": "password", "client_id": known.client_id, "client_secret": known.client_secret}
    said = {"X-Forwarded-For": HOME, "Forwarded": f"for={HOME}", "X-Real-IP": HOME}
    answer = client.call(
        "POST", "/services/oauth2/token", "", data={**form, "username": FAY, "password": "pw-1"}, headers=said
    )
    assert answer.json() == RESTRICTED
    assert statuses(client.org.state, FAY) == [("127.0.0.1", "Restricted IP")]


def test_an_app_relaxes_the_ranges(client: Visitor) -> None:
    assert client.password("Bypass", FAY, "pw-1").status_code == 200
    assert client.password("Relaxed", FAY, "pw-1").json() == RESTRICTED
    assert client.refresh("Relaxed", "refresh-relaxed-fay").status_code == 200
    assert client.refresh("Portal", "refresh-portal-fay").json() == RESTRICTED


def test_the_pages_keep_the_ranges(doors: LocalOrg) -> None:
    for address, expected in (("127.0.0.1", "OAUTH_APP_ACCESS_DENIED"), (HOME, "")):
        browser = Browser(doors, address)
        page = browser.log_in(browser.authorize("key.portal"), FAY)
        browser.session.close()
        assert sent_back(page).get("error", "") == expected


def test_a_security_token_is_needed_outside_trusted_networks(client: Visitor, doors: LocalOrg) -> None:
    assert client.password("Portal", TOM, "pw-1").json()["error_description"] == "authentication failure"
    fault = client.soap_login(TOM, "pw-1")
    assert "<sf:exceptionCode>LOGIN_MUST_USE_SECURITY_TOKEN</sf:exceptionCode>" in fault.text
    assert "Are you at a new location?" in fault.text
    assert client.soap_login(TOM, "pw-1TOKEN").status_code == 200
    assert client.password("Portal", TOM, "pw-1TOKEN").status_code == 200
    assert client.password("Portal", TOM, "TOKEN").status_code == 400
    with Visitor(doors) as trusted:
        trusted.session.close()
        trusted.session = session_from(TRUSTED)
        assert trusted.password("Portal", TOM, "pw-1").status_code == 200
    # who has no token never needs one
    assert client.soap_login(UMA, "pw-1").status_code == 200
    assert [status for _, status in statuses(client.org.state, TOM)] == [
        "Failed: API security token required",
        "Failed: API security token required",
        "Success",
        "Success",
        "Invalid Password",
        "Success",
    ]


def test_ranges_and_networks_are_deployed(client: Visitor, at_home: Visitor) -> None:
    state = client.org.state
    profile = (
        "<Profile><loginIpRanges><endAddress>127.0.0.1</endAddress><startAddress>127.0.0.1</startAddress>"
        "</loginIpRanges></Profile>"
    )
    effects.put(state, "Profile", "Plain", parse(profile.encode()))
    assert at_home.password("Portal", UMA, "pw-1").json() == RESTRICTED
    assert client.password("Portal", UMA, "pw-1").status_code == 200
    network = (
        "<SecuritySettings><networkAccess><ipRanges><end>127.0.0.1</end><start>127.0.0.1</start></ipRanges>"
        "</networkAccess></SecuritySettings>"
    )
    effects.put(state, "Settings", "Security", parse(network.encode()))
    assert client.soap_login(TOM, "pw-1").status_code == 200


def test_login_hours_by_the_orgs_clock(client: Visitor) -> None:
    state = client.org.state
    hours = "<Profile><loginHours><mondayEnd>600</mondayEnd><mondayStart>480</mondayStart></loginHours></Profile>"
    effects.put(state, "Profile", "Plain", parse(hours.encode()))
    for moment, allowed in (
        (datetime(2030, 1, 7, 7, 59, tzinfo=UTC), False),
        (datetime(2030, 1, 7, 8, 0, tzinfo=UTC), True),
        (datetime(2030, 1, 7, 10, 0, tzinfo=UTC), False),
        (datetime(2030, 1, 8, 7, 0, tzinfo=UTC), True),
    ):
        state.move_clock(moment - state.clock.now())
        assert (client.soap_login(UMA, "pw-1").status_code == 200) is allowed, moment
    assert client.password("Portal", UMA, "pw-1").status_code == 200
    assert [status for _, status in statuses(state, UMA)].count("Restricted Time") == 2


@pytest.mark.parametrize(
    ("text", "address", "inside"),
    [
        ("10.0.0.1-10.0.0.9", "10.0.0.1", True),
        ("10.0.0.1-10.0.0.9", "10.0.0.9", True),
        ("10.0.0.1-10.0.0.9", "10.0.0.10", False),
        ("10.0.0.1-10.0.0.9, 10.1.0.1", "10.1.0.1", True),
        ("2001:db8::1-2001:db8::ff", "2001:db8::42", True),
        ("0.0.0.0-255.255.255.255", "::1", False),
        ("nonsense", "10.0.0.1", False),
        ("10.0.0.1", "nonsense", False),
        ("", "10.0.0.1", False),
    ],
)
def test_ranges(text: str, address: str, inside: bool) -> None:
    assert Ranges.parse(text).hold(address) is inside
    assert Ranges.parse(str(Ranges.parse(text))) == Ranges.parse(text)
