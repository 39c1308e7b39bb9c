"""Setup's pages as a browser without JavaScript uses them: links followed, forms filled in and posted."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Self

import pytest
import requests
from lxml import html

from sfmeta.localorg.doors.attempt import INTERNAL_BOX
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.records import Record
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.localorg.setup import site
from sfmeta.localorg.setup.pages.page import DONE
from sfmeta.localorg.setup.routes import ROUTES
from tests.localorg.visitor import PASSWORD, Visitor

ADMIN, SUPER, FORMER = "admin@acme.example", "super.user@acme.example", "former.tool.user@acme.example"
INTEGRATION = "billing.integration@acme.example"
HOSTILE = "<script>alert(1)</script>\"'&"


class Tab:
    """A browser's tab: it keeps cookies and knows what the page looks like."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org
        self.session = requests.Session()
        self.session.trust_env = False
        self.answer = requests.Response()

    def go(self, path: str, **query: str) -> Self:
        """Opens a path below ``/setup``."""
        return self.open(f"{self.org.url}/setup{path}", **query)

    def open(self, url: str, **query: str) -> Self:
        """Opens an address."""
        return self._shows(self.session.get(url, params=query, timeout=30))

    def _shows(self, answer: requests.Response) -> Self:
        self.answer = answer
        assert "<script" not in answer.text.lower()
        return self

    @property
    def page(self) -> html.HtmlElement:
        """The page as a tree, links made absolute."""
        tree = html.fromstring(self.answer.content)
        tree.make_links_absolute(self.answer.url)
        return tree

    @property
    def title(self) -> str:
        return self.page.xpath("string(//h1)").strip()

    @property
    def text(self) -> str:
        """What the page says, without the menu."""
        return " ".join(self.page.xpath("string(//main)").split())

    @property
    def error(self) -> str:
        return self.page.xpath("string(//*[@role='alert'])").strip()

    @property
    def done(self) -> str:
        return self.page.xpath("string(//*[@role='status'])").strip()

    def row(self, first: str) -> str:
        """The row of a table whose first cell begins so."""
        for row in self.page.xpath("//tbody/tr"):
            cells = row.xpath("./*[self::th or self::td]")
            if cells and cells[0].text_content().strip().startswith(first):
                return " | ".join(" ".join(cell.text_content().split()) for cell in cells)
        raise LookupError(first)

    def click(self, name: str) -> Self:
        """Follows the link of that name (its label for screen readers, or its text)."""
        for link in self.page.xpath("//a"):
            if name in (link.get("aria-label"), link.text_content().strip()):
                return self.open(link.get("href"))
        raise LookupError(name)

    def post(self, button: str, **values: object) -> Self:
        """Fills in the form that has the button, and presses it.

        Args:
            button: its text.
            **values: by the name of the field: a text, True or False for a checkbox, a set of values for several.
        """
        for form in self.page.forms:
            if any(one.text_content().strip() == button for one in form.xpath(".//button")):
                break
        else:
            raise LookupError(button)
        for name, value in values.items():
            field = form.inputs[name]
            if isinstance(value, bool):
                field.checked = value
            elif isinstance(value, set):
                for box in form.xpath(f".//input[@name='{name}']"):
                    box.checked = box.get("value") in value
            else:
                field.value = value
        assert form.method == "POST"
        return self._shows(self.session.post(form.action, data=form.form_values(), timeout=30))

    def log_in(self, username: str = ADMIN, password: str = PASSWORD) -> Self:
        return self.go("/login").post("Log In", username=username, password=password)


@pytest.fixture
def tab(acme: LocalOrg) -> Iterator[Tab]:
    """An administrator's tab."""
    tab = Tab(acme)
    with tab.session:
        yield tab.log_in()


@pytest.fixture
def stranger(acme: LocalOrg) -> Iterator[Tab]:
    """A tab in which nobody is logged in."""
    tab = Tab(acme)
    with tab.session:
        yield tab


def test_the_login_leads_to_the_page_that_was_asked_for_and_nowhere_else(stranger: Tab) -> None:
    stranger.go("/oauth-usage")
    assert stranger.answer.url.endswith("/setup/login?next=oauth-usage")
    stranger.post("Log In", username=ADMIN, password="wrong")
    assert (stranger.answer.status_code, bool(stranger.error)) == (403, True)
    assert stranger.page.forms[0].inputs["username"].value == ADMIN
    stranger.post("Log In", username=ADMIN, password=PASSWORD)
    assert stranger.answer.url == f"{stranger.org.url}/setup/oauth-usage"
    assert stranger.title == "Connected Apps OAuth Usage"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "\\evil", "../services", "%0d%0aX: y"])
def test_the_login_leads_to_no_other_place(stranger: Tab, back: str) -> None:
    stranger.go("/login", next=back)
    answer = stranger.session.post(
        f"{stranger.org.url}/setup/login",
        data={**dict(stranger.page.forms[0].form_values()), "username": ADMIN, "password": PASSWORD},
        allow_redirects=False,
        timeout=30,
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/setup/")
    assert "//" not in answer.headers["Location"]
    assert ".." not in answer.headers["Location"]


@pytest.mark.parametrize("username", [INTEGRATION, "nobody@acme.example", ""])
def test_users_without_a_browser_login_stay_outside(stranger: Tab, username: str) -> None:
    stranger.log_in(username)
    assert stranger.answer.status_code == 403
    assert stranger.error
    assert stranger.go("/users").answer.url.endswith("/setup/login?next=users")


def test_an_inactive_user_is_out_at_the_next_click(tab: Tab, acme: LocalOrg) -> None:
    other = Tab(acme)
    with other.session:
        administrator = acme.state.records.first("Profile", FullName="Admin")
        assert administrator is not None
        acme.state.records.update(_user_id(acme, SUPER), ProfileId=administrator.id)
        other.log_in(SUPER)
        assert other.go("/").title == "Company Information"
        tab.go("/users").click("Super, Sam").click("Deactivate").post("Deactivate")
        assert tab.done == DONE["deactivated"]
        assert other.go("/").answer.url.endswith("/setup/login")
    tab.click("Activate").post("Activate")
    assert tab.done == DONE["activated"]


def test_setup_is_for_those_who_may_view_it(stranger: Tab) -> None:
    stranger.log_in(SUPER)
    assert stranger.answer.status_code == 403
    assert "Insufficient Privileges: you need View Setup and Configuration" in stranger.text


def test_the_cookie_is_out_of_reach_of_scripts(stranger: Tab) -> None:
    stranger.go("/login")
    form = {**dict(stranger.page.forms[0].form_values()), "username": ADMIN, "password": PASSWORD}
    answer = stranger.session.post(f"{stranger.org.url}/setup/login", data=form, allow_redirects=False, timeout=30)
    cookie = answer.headers["Set-Cookie"]
    assert "; HttpOnly" in cookie
    assert "; SameSite=" in cookie
    assert "Secure" not in cookie
    assert answer.headers["Location"] == "/setup"


def test_pages_forbid_scripts_frames_and_caches(tab: Tab) -> None:
    headers = tab.go("/").answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_every_page_of_the_menu_is_there_and_well_made(tab: Tab) -> None:
    tab.go("/")
    links = [(link.get("href"), link.text_content()) for link in tab.page.xpath("//nav//a")]
    assert len(links) == 10
    for href, words in links:
        tab.open(href)
        assert tab.answer.status_code == 200, words
        tree = tab.page
        assert tree.get("lang") == "en"
        assert [one.text_content() for one in tree.xpath("//nav//a[@aria-current='page']")] == [words]
        assert len(tree.xpath("//h1")) == len(tree.xpath("//main")) == 1
        assert all(tree.xpath(f"//*[@id='{target[1:]}']") for target in tree.xpath("//a/@href") if target[:1] == "#")
        for field in tree.xpath("//main//input[not(@type='hidden')] | //main//select"):
            named = field.xpath("ancestor::label") or tree.xpath(f"//label[@for='{field.get('id')}']")
            assert named or field.get("aria-label"), field.get("name")
        for form in tree.xpath("//form"):
            assert form.inputs["_form"].value, words


def test_logging_out_ends_the_session(tab: Tab) -> None:
    cookies = tab.session.cookies.copy()
    tab.go("/").post("Log Out")
    assert tab.answer.url.endswith("/setup/login")
    tab.session.cookies = cookies
    assert tab.go("/").answer.url.endswith("/setup/login")


def test_an_app_is_installed_restricted_and_given_to_a_permission_set(
    tab: Tab, acme: LocalOrg, visitor: Visitor
) -> None:
    permission_set = acme.state.records.insert(
        "PermissionSet", {"Name": "Exporters", "Label": "Exporters", "IsOwnedByProfile": False}
    )
    tab.go("/oauth-usage")
    assert tab.row("Rogue Exporter") == "Rogue Exporter | Not installed | 1 | InstallBlock"
    tab.click("Install Rogue Exporter")
    assert tab.title == "Install connected app?"
    assert "made in another org" in tab.text
    tab.post("Install")
    assert (tab.title, tab.done) == ("Rogue Exporter", DONE["installed"])
    tab.click("Edit Policies").post(
        "Save",
        permitted_users="admin_approved",
        refresh_kind="specific_inactivity",
        specific_inactivity_amount="3",
        specific_inactivity_unit="MONTHS",
        session_timeout="30",
    )
    assert "Users of this app lose access unless" in tab.text
    assert not _app(acme, "Rogue Exporter").flag("OptionsAllowAdminApprovedUsersOnly")
    tab.post("Save")
    assert tab.done == DONE["policies"]
    assert "Admin approved users are pre-authorized" in tab.text
    assert "Expire refresh token if not used for 3 Months" in tab.text
    assert visitor.refresh("Rogue Exporter", "refresh-rogue-former").json()["error"] == "invalid_app_access"
    tab.click("Manage Permission Sets").post("Save", attached={permission_set})
    assert tab.done == DONE["attached"]
    tab.go("/permission-sets").click("Exporters").click("Add Assignment")
    tab.post("Assign", other=_user_id(acme, FORMER), expiration="7")
    assert tab.done == DONE["assigned"]
    assert visitor.refresh("Rogue Exporter", "refresh-rogue-former").status_code == 200
    acme.state.move_clock(timedelta(days=8))
    assert visitor.refresh("Rogue Exporter", "refresh-rogue-former").status_code == 400
    # eight days later the administrator must log in again
    assert tab.go("/permission-sets").answer.url.endswith("/login?next=permission-sets")
    tab.log_in().go("/permission-sets").click("Exporters")
    assert "Expired" in tab.row("Finn Former")
    tab.click("Remove Exporters from Finn Former").post("Remove")
    assert tab.done == DONE["unassigned"]


def test_block_uninstall_and_revoke_ask_first_and_are_seen_at_the_doors(
    tab: Tab, acme: LocalOrg, visitor: Visitor
) -> None:
    tab.go("/oauth-usage").click("Block Dataloader.io")
    assert "All current user sessions with it end" in tab.text
    tab.post("Block")
    assert tab.done == DONE["blocked"]
    assert "Blocked" in tab.row("Dataloader.io")
    assert visitor.password("Dataloader.io", SUPER).json()["error"] == "app_blocked"
    tab.click("Unblock Dataloader.io").post("Unblock")
    assert visitor.password("Dataloader.io", SUPER).status_code == 200
    tab.click("2 users of Dataloader.io").click("Revoke the access of Sam Super").post("Revoke")
    assert tab.done == DONE["revoked"]
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-super").status_code == 400
    tab.go("/oauth-usage").click("Uninstall Dataloader.io").post("Uninstall")
    assert tab.done == DONE["uninstalled"]
    assert visitor.refresh("Dataloader.io", "refresh-dataloader-admin").status_code == 400
    with pytest.raises(LookupError):
        tab.row("Dataloader.io")


def test_the_box_asks_first_and_the_refusal_shows_in_login_history(tab: Tab, acme: LocalOrg, visitor: Visitor) -> None:
    tab.go("/api-access-control").post("Save", **{INTERNAL_BOX: True})
    assert not acme.state.org.setting(INTERNAL_BOX)
    assert "stops at its next use" in tab.text
    tab.post("Save")
    assert tab.done == DONE["boxes"]
    assert tab.page.forms[-1].inputs[INTERNAL_BOX].checked
    assert visitor.refresh("Rogue Exporter", "refresh-rogue-former").json()["error"] == "app_blocked"
    row = tab.go("/login-history").row(FORMER)
    assert "Rogue Exporter" in row
    assert "Success" not in row
    assert "Rogue Exporter" in tab.go("/oauth-usage").text
    tab.go("/api-access-control").post("Save", **{INTERNAL_BOX: False})
    assert tab.done == DONE["boxes"]
    assert "from on to off" in tab.go("/audit-trail").text


def test_without_the_feature_the_page_says_how_to_get_it(tab: Tab, acme: LocalOrg) -> None:
    acme.state.change_org(features=())
    tab.go("/api-access-control")
    assert "request API Access Control from Salesforce Customer Support" in tab.text
    assert not tab.page.xpath("//input[@type='checkbox']")


def test_a_user_is_added_and_what_was_typed_stays_when_it_is_refused(tab: Tab, acme: LocalOrg) -> None:
    standard = acme.state.records.first("Profile", Name="Standard User")
    assert standard is not None
    tab.go("/users").click("New User").post(
        "Save", last_name=HOSTILE, username=SUPER, profile=standard.id, user_type="PowerPartner", password="made-up"
    )
    assert tab.answer.status_code == 400
    assert "Duplicate Username" in tab.error
    form = next(form for form in tab.page.forms if "last_name" in form.inputs)
    assert form.inputs["last_name"].value == HOSTILE
    assert form.inputs["user_type"].value == "PowerPartner"
    assert not form.inputs["password"].value
    tab.post("Save", username="new.one@acme.example", password="made-up")
    assert tab.done == DONE["user"]
    assert tab.title == HOSTILE


def test_what_the_org_holds_is_shown_as_text(tab: Tab, acme: LocalOrg) -> None:
    records = acme.state.records
    records.update(_app(acme, "Rogue Exporter").id, Name=HOSTILE)
    records.update(_app(acme, "Dataloader.io").id, Name=f"installed {HOSTILE}")
    records.insert("PermissionSet", {"Name": HOSTILE, "Label": HOSTILE, "IsOwnedByProfile": False})
    records.insert("LoginHistory", {"UserId": HOSTILE, "LoginTime": acme.state.clock.stamp(), "Status": HOSTILE})
    records.insert("SetupAuditTrail", {"Display": HOSTILE, "CreatedDate": acme.state.clock.stamp()})
    acme.state.change_org(name=HOSTILE)
    for path in ("/oauth-usage", "/apps", "/permission-sets", "/login-history", "/audit-trail", "/"):
        tab.go(path)
        assert HOSTILE in tab.page.text_content(), path
    tab.go("/oauth-usage").click(f"Install {HOSTILE}")
    assert HOSTILE in tab.text
    tab.post("Install")
    assert tab.title == HOSTILE
    tab.click("Edit Policies")
    assert tab.title == f"Edit Policies: {HOSTILE}"


def test_deployments_show_with_their_errors(tab: Tab, visitor: Visitor) -> None:
    package = _zip(
        {
            "package.xml": '<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types><members>A</members>'
            "<name>PermissionSet</name></types><version>63.0</version></Package>",
            "permissionsets/A.permissionset": '<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">'
            "<label>A</label><userPermissions><enabled>true</enabled><name>Nonsense</name></userPermissions>"
            "</PermissionSet>",
        }
    )
    answer = visitor.call(
        "POST",
        "/services/data/v63.0/metadata/deployRequest",
        files={
            "json": (None, '{"deployOptions": {"singlePackage": true, "rollbackOnError": true}}', "application/json"),
            "file": ("p.zip", package, "application/zip"),
        },
    )
    assert answer.status_code == 201, answer.text
    tab.go("/deployments")
    assert "Failed" in tab.row(answer.json()["id"])
    tab.click(answer.json()["id"])
    assert "Unknown user permission: Nonsense" in tab.row("A")


def test_a_permission_set_group_shows_what_it_is_made_of(tab: Tab, acme: LocalOrg) -> None:
    records = acme.state.records
    group = records.insert("PermissionSetGroup", {"DeveloperName": "Loaders", "MasterLabel": "Loading Crew"})
    fields = {"Name": "Loaders", "Label": "Loading Crew", "Type": "Group", "PermissionSetGroupId": group}
    records.insert("PermissionSet", {**fields, "IsOwnedByProfile": False, "IsCustom": False})
    for sobject, name in (("PermissionSet", "Exporters"), ("MutingPermissionSet", "Silence")):
        member = records.insert(sobject, {"Name": name, "Label": name, "DeveloperName": name})
        records.insert("PermissionSetGroupComponent", {"PermissionSetGroupId": group, "PermissionSetId": member})
    tab.go("/permission-sets").click("Loading Crew")
    assert "Permission Sets in GroupExporters" in tab.text
    assert "Muting Permission SetsSilence" in tab.text
    tab.click("Add Assignment").post(
        "Assign", other=_user_id(acme, FORMER), expiration="custom", until="2099-01-01T12:00"
    )
    assert tab.done == DONE["assigned"]
    assert "1/1/2099, 12:00:00 PM GMT" in tab.row("Finn Former")


def test_over_tls_the_cookie_of_a_visitor_stays_on_tls(acme: LocalOrg) -> None:
    for url, secure in (("https://127.0.0.1:1", True), ("http://127.0.0.1:1", False)):
        call = Call("GET", "setup/login", {}, {}, b"", url, "127.0.0.1")
        cookie = site.handle(acme.state, call, ("login",)).headers["Set-Cookie"]
        assert ("; Secure" in cookie) is secure
        assert "; HttpOnly; SameSite=Strict" in cookie


@pytest.mark.parametrize("cookie", ['"a\\015\\012Set-Cookie: b=c"', '"a; Domain=evil.example"', "x" * 31, "ü" * 32])
def test_a_cookie_that_setup_did_not_make_is_not_given_back(acme: LocalOrg, cookie: str) -> None:
    sent = {"cookie": f"visitor_{acme.state.org.id[:15]}={cookie}"}
    answer = site.handle(acme.state, Call("GET", "setup/login", {}, sent, b"", acme.url, "127.0.0.1"), ("login",))
    assert re.fullmatch(
        r"visitor_\w{15}=[\w-]{32}; Path=/setup; HttpOnly; SameSite=Strict", answer.headers["Set-Cookie"]
    )
    assert cookie.strip('"') not in answer.headers["Set-Cookie"]


FORGED = {"_form": "0" * 64, "confirmed": "on"}


@pytest.mark.parametrize("forged", [{}, FORGED, {**FORGED, "_form": "ü"}])
def test_a_form_from_elsewhere_is_refused(tab: Tab, acme: LocalOrg, forged: dict[str, str]) -> None:
    app_id = _app(acme, "Dataloader.io").id
    answer = tab.session.post(f"{acme.url}/setup/apps/{app_id}/block", data=forged, timeout=30)
    assert answer.status_code == 403
    assert acme.state.records.find("BlacklistedConsumer") == []


def test_a_right_form_from_another_origin_is_refused(tab: Tab, acme: LocalOrg) -> None:
    tab.go("/oauth-usage").click("Block Dataloader.io")
    form = dict(next(form for form in tab.page.forms if "confirmed" in form.inputs).form_values())
    for origin, status in (("http://evil.example", 403), (acme.url, 303)):
        answer = tab.session.post(
            tab.answer.url, data=form, headers={"Origin": origin}, allow_redirects=False, timeout=30
        )
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nonsense", b"", 404),
        ("GET", "/apps/0H4000000000000AAA", b"", 404),
        ("GET", "/apps/%00/edit", b"", 404),
        ("GET", "/users/x/y/z/%2e%2e", b"", 404),
        ("GET", "/deployments/0Af", b"", 404),
        ("GET", "/oauth-usage/x/revoke/y", b"", 404),
        ("PUT", "/users", b"", 405),
        ("DELETE", "/", b"", 405),
        ("POST", "/users/new", b"\xff\xfe", 403),
        ("POST", "/users/new", b"&".join([b"a=1"] * 5000), 403),
        ("POST", "/users/new", b"_form=%00", 403),
        ("POST", "/logout", b"", 403),
    ],
)
def test_nonsense_gets_a_page_and_no_accident(
    tab: Tab, acme: LocalOrg, method: str, path: str, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = tab.session.request(method, f"{acme.url}/setup{path}", data=body, headers=headers, timeout=30)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Traceback" not in answer.text


def test_a_form_of_a_page_takes_no_nonsense(tab: Tab, acme: LocalOrg) -> None:
    billing = _app(acme, "Billing Sync")
    tab.go(f"/apps/{billing.id}/edit")
    right = dict(next(form for form in tab.page.forms if "permitted_users" in form.inputs).form_values())
    for changes in (
        {"permitted_users": "all"},
        {"permitted_users": "\x00"},
        {"refresh_kind": "specific_lifetime", "specific_lifetime_amount": "-1"},
        {"refresh_kind": "never"},
        {"session_timeout": "forever"},
        {"session_timeout": "9" * 400},
        {"ip_relaxation": ""},
    ):
        answer = tab.session.post(tab.answer.url, data={**right, **changes}, timeout=30)
        assert answer.status_code in (400, 403), changes
    assert acme.state.records.find("SetupAuditTrail") == []
    tab.go(f"/users/{_user_id(acme, SUPER)}/assign")
    right = dict(next(form for form in tab.page.forms if "expiration" in form.inputs).form_values())
    for changes in ({"expiration": "soon"}, {"expiration": "custom", "until": "tomorrow"}, {"other": "x"}):
        answer = tab.session.post(tab.answer.url, data={**right, **changes}, timeout=30)
        assert answer.status_code in (400, 404), changes


def test_a_session_of_an_api_client_is_no_login_to_setup(stranger: Tab, acme: LocalOrg) -> None:
    name = f"sid_{acme.org_id[:15]}"
    answer = requests.get(
        f"{acme.url}/setup/users", cookies={name: acme.admin.access_token}, timeout=30, allow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/setup/login")


def test_every_act_has_a_page_that_asks_or_a_form() -> None:
    assert len({route.pattern for route in ROUTES}) == len(ROUTES)
    assert {route.pattern.rpartition("/")[2] for route in ROUTES if route.act} >= {"install", "block", "edit", "assign"}


def _zip(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return out.getvalue()


def _app(org: LocalOrg, label: str) -> Record:
    found = org.state.records.first("ConnectedApplication", Name=label) or org.state.records.first(
        "ForeignApp", Name=label
    )
    assert found is not None
    return found


def _user_id(org: LocalOrg, username: str) -> str:
    found = org.state.records.first("User", Username=username)
    assert found is not None
    return found.id
