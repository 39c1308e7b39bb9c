"""``generate``: what is written, what survives, what is refused, and that nothing is half-written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfmeta.config.policy import read_policy
from sfmeta.errors import Severity, SourceError
from sfmeta.ops.generate import GenerateRequest, generate
from tests.generate.conftest import NOW, Generate, MemoryTree, the_schema, tree_of

HOME = "force-app/main/default"
NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def document(root: str, **values: str) -> str:
    """A file with nothing but leaves."""
    return f"<{root} {NS}>" + "".join(f"<{name}>{text}</{name}>" for name, text in values.items()) + f"</{root}>"


PORTAL = {
    "force-app/main/default/externalClientApps/Portal.eca-meta.xml": document(
        "ExternalClientApplication", label="Portal"
    )
}
DEFAULTS = 'version: 1\ndefaults: {permission_set: "Allow {label}", contact_email: sec@acme.example}\n'
BILLING = f"{HOME}/connectedApps/Billing.connectedApp-meta.xml"
BILLING_XML = f"""<ConnectedApp {NS}>
  <contactEmail>old@acme.example</contactEmail>
  <label>Billing</label>
  <infoUrl>https://info.example</infoUrl>
  <oauthConfig>
    <callbackUrl>https://by.hand/</callbackUrl>
    <certificate>MIIDmasked==</certificate>
    <isAdminApproved>true</isAdminApproved>
    <scopes>Api</scopes>
  </oauthConfig>
  <permissionSetName>By_Hand</permissionSetName>
  <profileName>System Administrator</profileName>
  <samlConfig>
    <acsUrl>https://acs/</acsUrl>
    <entityUrl>https://entity/</entityUrl>
    <samlSubjectType>Username</samlSubjectType>
  </samlConfig>
  <sessionPolicy><policyAction>Block</policyAction><sessionTimeout>60</sessionTimeout></sessionPolicy>
</ConnectedApp>
"""


def apps(*entries: str) -> str:
    return DEFAULTS + "apps:\n" + "".join(f"  {entry}\n" for entry in entries)


def failure(run: Generate, policy: str, tree: MemoryTree) -> list[str]:
    before = dict(tree.files)
    with pytest.raises(SourceError) as caught:
        run(policy, tree)
    assert tree.files == before, "nothing is written where anything is wrong"
    assert tree.written == []
    return [str(problem) for problem in caught.value.problems]


def test_an_absent_field_changes_nothing(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML})
    run("version: 1\napps:\n  b: {match: {label: Billing}, session: {timeout_minutes: 5}, decision: allow}\n", tree)
    text = tree.files[BILLING].decode()
    for kept in (
        "old@acme",
        "info.example",
        "by.hand",
        "MIIDmasked==",
        "By_Hand",
        "System Administrator",
        "acs",
        "Api",
    ):
        assert kept in text
    assert "<sessionTimeout>5</sessionTimeout>" in text
    assert "Block" not in text, "an allowed app is not blocked"


def test_what_the_policy_writes_wins_and_the_allow_set_joins_what_is_there(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML})
    entry = "b: {match: {label: Billing}, decision: allow, permitted_users: admin_approved, scopes: [Web]}"
    result = run(apps(entry), tree)
    text = tree.files[BILLING].decode()
    assert (
        "<permissionSetName>Allow_Billing</permissionSetName>\n    <permissionSetName>By_Hand</permissionSetName>"
        in text
    )
    assert "sec@acme.example" in text
    assert "<scopes>Web</scopes>" in text
    assert "<scopes>Api</scopes>" not in text
    assert result.changed == (BILLING,)
    assert result.created == (f"{HOME}/permissionsets/Allow_Billing.permissionset-meta.xml",)


def test_open_to_everyone_takes_the_grants_away(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML})
    run(apps("b: {match: {label: Billing}, decision: allow, permitted_users: everyone}"), tree)
    text = tree.files[BILLING].decode()
    assert "permissionSetName" not in text
    assert "profileName" not in text
    assert "<isAdminApproved>false</isAdminApproved>" in text


def test_an_empty_list_is_said_and_an_absent_one_is_not(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML})
    run("version: 1\napps: {b: {match: {label: Billing}, decision: allow, grants: {profiles: []}}}", tree)
    text = tree.files[BILLING].decode()
    # Metadata API guide, ConnectedApp: an empty element removes all grants of its kind; of none at all it says nothing
    assert re.findall("<profileName.*", text) == ["<profileName/>"]
    assert "By_Hand" in text
    again = run("version: 1\napps: {b: {match: {label: Billing}, decision: allow, grants: {profiles: []}}}", tree)
    assert not again.differs


def test_an_app_for_everyone_and_a_new_one_have_no_grants_to_take_away(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML})
    run(apps("b: {match: {label: Billing}, decision: allow, permitted_users: everyone}"), tree)
    assert "profileName" not in tree.files[BILLING].decode()
    new = MemoryTree()
    wish = "permitted_users: admin_approved, callback_url: 'https://a.example/c', scopes: [Api], grants: {profiles: []}"
    run(apps(f"n: {{match: {{label: New One}}, decision: allow, contact_email: a@a.example, {wish}}}"), new)
    assert not any("profileName" in data.decode() for data in new.files.values())


def test_a_blocked_owned_app(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML.replace("Block", "RaiseSessionLevel")})
    run(apps("b: {match: {label: Billing}, decision: block}"), tree)
    assert "<policyAction>Block</policyAction>" in tree.files[BILLING].decode()


def test_an_undecided_app_is_left_alone(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML})
    result = run(apps("b: {match: {label: Billing}, scopes: [Web]}"), tree)
    assert tree.written == []
    assert "scopes do nothing yet" in str(result.warnings[0])


def test_a_file_stays_where_it_is(run: Generate) -> None:
    elsewhere = "force-app/main/integration/connectedApps/Billing.connectedApp-meta.xml"
    tree = tree_of({elsewhere: BILLING_XML})
    assert run(apps("b: {match: {label: Billing}, decision: block}"), tree).changed == (elsewhere,)


def test_a_block_with_a_consumer_key_is_metadata_and_without_one_a_manual_step(run: Generate) -> None:
    tree = MemoryTree()
    result = run(
        apps(
            "a: {match: {label: Rogue One, consumer_key: rogue.key.1}, ownership: installed, decision: block}",
            "b: {match: {label: Rogue Two}, ownership: installed, decision: block}",
        ),
        tree,
    )
    text = tree.files[f"{HOME}/blacklistedConsumers/Rogue_One.blacklistedConsumer-meta.xml"].decode()
    assert "<blockedByApiWhitelisting>false</blockedByApiWhitelisting>" in text
    assert "<consumerKey>rogue.key.1</consumerKey>" in text
    assert [step.app for step in result.manual_steps] == ["b"]


def test_a_row_that_the_org_made_is_left_alone(run: Generate) -> None:
    path = f"{HOME}/blacklistedConsumers/X.blacklistedConsumer-meta.xml"
    row = document("BlacklistedConsumer", blockedByApiWhitelisting="true", consumerKey="rogue.key.1")
    tree = tree_of({path: row})
    result = run(apps("a: {match: {label: R, consumer_key: rogue.key.1}, ownership: installed, decision: block}"), tree)
    assert tree.written == []
    assert "was made by API Access Control itself" in str(result.warnings[0])


def test_labels_of_permission_sets_become_api_names(run: Generate) -> None:
    tree = tree_of(
        {
            BILLING: BILLING_XML,
            f"{HOME}/permissionsets/Sales_X.permissionset-meta.xml": document("PermissionSet", label="Sales Ops"),
        }
    )
    grants = "grants: {permission_sets: [Sales Ops, Other Set, Given_Name]}"
    result = run(
        apps(f"b: {{match: {{label: Billing}}, decision: allow, permitted_users: admin_approved, {grants}}}"), tree
    )
    text = tree.files[BILLING].decode()
    for name in ("Allow_Billing", "Sales_X", "Other_Set", "Given_Name"):
        assert f"<permissionSetName>{name}</permissionSetName>" in text
    assert "By_Hand" not in text, "the policy lists them itself"
    assert "no permission set 'Other Set' is in the project" in str(result.warnings[0])


def test_an_external_client_app_keeps_the_names_of_its_files(run: Generate) -> None:
    policies = f"{HOME}/extlClntAppOauthPolicies/Old_oauthPlcy.ecaOauthPlcy-meta.xml"
    held = {"externalClientApplication": "Portal", "commaSeparatedPermissionSet": "Mine", "label": "By hand"}
    tree = tree_of({**PORTAL, policies: document("ExtlClntAppOauthConfigurablePolicies", **held)})
    entry = "p: {match: {label: Portal}, kind: external_client_app, decision: allow, permitted_users: admin_approved,"
    result = run(apps(entry + " refresh_token: {expire_if_unused_for: 12 hours}, ip_relaxation: relax}"), tree)
    text = tree.files[policies].decode()
    assert "<commaSeparatedPermissionSet>Allow_Portal,Mine</commaSeparatedPermissionSet>" in text
    assert "<label>By hand</label>" in text
    assert "<refreshTokenPolicyType>SpecificInactivity</refreshTokenPolicyType>" in text
    assert "<refreshTokenValidityPeriod>12</refreshTokenValidityPeriod>" in text
    assert "<refreshTokenValidityUnit>Hours</refreshTokenValidityUnit>" in text
    assert "<ipRelaxationPolicyType>Bypass</ipRelaxationPolicyType>" in text
    assert not [path for path in result.created if "extlClntApp" in path], "no second policy for the same app"


def test_a_blocked_external_client_app_is_switched_off(run: Generate) -> None:
    tree = tree_of(PORTAL)
    run(apps("p: {match: {label: Portal}, kind: external_client_app, decision: block}"), tree)
    assert (
        b"<isEnabled>false</isEnabled>"
        in tree.files[f"{HOME}/extlClntAppPolicies/Portal_defaultPolicy.ecaPlcy-meta.xml"]
    )


def test_profiles_say_false_and_keep_the_rest(run: Generate) -> None:
    path = f"{HOME}/profiles/Admin.profile-meta.xml"
    permission = "<enabled>true</enabled><name>ViewSetup</name>"
    held = document("Profile", custom="false", userPermissions=permission)
    tree = tree_of({path: held})
    run("version: 1\nprofiles: {System Administrator: {user_permissions: {UseAnyApiClient: false}}}", tree)
    text = tree.files[path].decode()
    assert text.index("UseAnyApiClient") < text.index("ViewSetup")
    assert "<enabled>false</enabled>" in text
    assert "<custom>false</custom>" in text


def test_all_problems_at_once_before_anything_is_written(run: Generate) -> None:
    tree = tree_of({f"{HOME}/permissionsets/Broken.permissionset-meta.xml": "<PermissionSet>", BILLING: BILLING_XML})
    found = failure(
        run,
        apps(
            "new: {match: {label: New One}, decision: allow}",
            "half: {match: {label: Billing}, decision: allow, refresh_token: immediately}",
            "a: {match: {label: A.B}, ownership: installed, decision: allow, permitted_users: admin_approved}",
            "b: {match: {label: A B}, ownership: installed, decision: allow, permitted_users: admin_approved}",
            "c: {match: {label: データ}, ownership: installed, decision: allow, permission_set: データ, grants: {}}",
            "d: {match: {label: D, api_name: Billing}, decision: block}",
        ),
        tree,
    )
    text = "\n".join(found)
    assert "the owned app 'new' has no file, and to create one the policy lacks callback_url, scopes" in text
    assert "sfmeta retrieve -m ConnectedApp:New_One" in text
    assert "'half' gets refresh_token but no ip_relaxation" in text
    assert "the label 'Allow A B' gives PermissionSet:Allow_A_B, and so does the label 'Allow A.B'" in text
    assert "no API name can be made of the label 'データ'" in text
    assert "no file fits all that the match of 'd' says" in text


PORTAL_ENTRY = "p: {match: {label: Portal}, kind: external_client_app, decision: allow, grants: {users: [a@b.example]}}"


@pytest.mark.parametrize(
    ("entry", "broken"),
    [
        ("b: {match: {label: Billing}, decision: allow}", BILLING),
        ("b: {match: {label: Billing, api_name: Billing}, decision: allow}", BILLING),
        ("b: {match: {api_name: Billing}, decision: allow, permitted_users: admin_approved}", BILLING),
        ("b: {match: {api_name: Billing}, decision: allow, refresh_token: immediately}", BILLING),
        (PORTAL_ENTRY, next(iter(PORTAL))),
        (PORTAL_ENTRY, f"{HOME}/extlClntAppOauthPolicies/Portal_defaultPolicy.ecaOauthPlcy-meta.xml"),
        (PORTAL_ENTRY.replace("decision", "ownership: installed, decision"), next(iter(PORTAL))),
        (
            "b: {match: {label: Billing}, decision: allow, permitted_users: admin_approved, "
            "grants: {permission_sets: [Sales Ops]}}",
            f"{HOME}/permissionsets/Sales_X.permissionset-meta.xml",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_the_only_problem(run: Generate, entry: str, broken: str) -> None:
    tree = tree_of({BILLING: BILLING_XML, **PORTAL, broken: "<NotClosed>"})
    (line,) = failure(run, apps(entry), tree)
    assert line.startswith(f"{broken}:1:")
    assert "not well-formed" in line


def test_a_broken_file_of_another_kind_hides_nothing(run: Generate) -> None:
    broken = f"{HOME}/permissionsets/Sales_X.permissionset-meta.xml"
    tree = tree_of({**PORTAL, BILLING: BILLING_XML, broken: "<NotClosed>"})
    asks = "b: {match: {label: Billing}, decision: allow, grants: {permission_sets: [Sales Ops]}}"
    found = failure(run, apps(PORTAL_ENTRY, "n: {match: {label: N}, decision: allow}", asks), tree)
    for part in (f"{broken}:1:", "grants of 'p' mean nothing", "owned app 'n' has no file"):
        assert [line for line in found if part in line], part
    assert len(found) == 3


def test_two_apps_with_one_label_are_ambiguous(run: Generate) -> None:
    other = f"{HOME}/connectedApps/Billing2.connectedApp-meta.xml"
    (line,) = failure(
        run, apps("b: {match: {label: Billing}, decision: block}"), tree_of({BILLING: BILLING_XML, other: BILLING_XML})
    )
    assert "'Billing' fits several files: ConnectedApp:Billing, ConnectedApp:Billing2" in line


def test_the_schema_has_the_last_word(run: Generate) -> None:
    (line,) = failure(
        run, apps("b: {match: {label: Billing}, decision: allow, scopes: [Appi]}"), tree_of({BILLING: BILLING_XML})
    )
    assert line.startswith(f"{BILLING}: ")
    assert "Appi" in line
    assert "policy.yml:4 and sfmeta/source/templates/ConnectedApp.xml.j2 ask for it" in line


def test_a_mistake_in_a_file_is_shown_where_it_stands(run: Generate) -> None:
    held = BILLING_XML.replace("<certificate>", "<certificat>").replace("</certificate>", "</certificat>")
    (line,) = failure(run, apps("b: {match: {label: Billing}, decision: block}"), tree_of({BILLING: held}))
    assert line.startswith(f"{BILLING}:7: ")


def test_a_template_of_the_project_takes_the_place_of_ours(run: Generate) -> None:
    template = f"<PermissionSet {NS}>\n<label>{{{{ label }}}}</label><description>Ours</description></PermissionSet>"
    tree = tree_of({"templates/PermissionSet.xml.j2": template, BILLING: BILLING_XML})
    run(apps("b: {match: {label: Billing}, decision: allow, permitted_users: admin_approved}"), tree)
    text = tree.files[f"{HOME}/permissionsets/Allow_Billing.permissionset-meta.xml"].decode()
    assert text.index("<description>Ours") < text.index("<label>Allow Billing"), "in schema order"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("<PermissionSet/>", "the template never uses 'label', which the policy gives (policy.yml:4)"),
        ("<PermissionSet><label>{{ label }}{{ lbael }}</label></PermissionSet>", "uses 'lbael', which has no value"),
        ("<Profile><label>{{ label }}</label></Profile>", "the template writes <Profile>, not <PermissionSet>"),
        ("<PermissionSet><label>{{ label }}</PermissionSet>", "not well-formed XML"),
        ("<PermissionSet><name>{{ label }}</name></PermissionSet>", "name"),
        ("<!DOCTYPE x><PermissionSet>{{ label }}</PermissionSet>", "DTD"),
    ],
)
def test_a_template_cannot_make_a_file_that_an_org_would_refuse(run: Generate, template: str, message: str) -> None:
    tree = tree_of({"templates/PermissionSet.xml.j2": template, BILLING: BILLING_XML})
    found = failure(run, apps("b: {match: {label: Billing}, decision: allow, permitted_users: admin_approved}"), tree)
    assert any(message in line for line in found), found


def test_no_secret_gets_out(run: Generate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHO", "CANARY-1")
    held = BILLING_XML.replace("<scopes>", "<consumerSecret>CANARY-2</consumerSecret><scopes>")
    found = failure(run, apps("b: {match: {label: Billing}, decision: block}"), tree_of({BILLING: held}))
    assert "<consumerSecret> holds a secret" in found[0]
    assert "CANARY" not in "".join(found)
    tree = tree_of({BILLING: BILLING_XML})
    entry = "b: {match: {label: Billing}, decision: allow, grants: {users: ['${env:WHO}@acme.example']}}"
    result = run(apps(entry), tree)
    assert "CANARY" not in repr(result) + "".join(map(repr, tree.files.values()))


def test_check_writes_nothing_and_says_what_would_change(run: Generate) -> None:
    tree = MemoryTree()
    policy = "version: 1\nenforcement: {internal_users: true}"
    switches = "force-app/enforcement/settings/ConnectedApp.settings-meta.xml"
    assert run(policy, tree, check=True).created == (switches,)
    assert tree.files == {}
    assert run(policy, tree).differs
    assert not run(policy, tree, check=True).differs
    assert b"ForExternalUser" not in tree.files[switches], "not said, not written"


def test_what_an_earlier_policy_asked_for_is_reported_and_kept(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML})
    entry = "b: {match: {label: Billing}, decision: allow, permitted_users: admin_approved}"
    run(apps(entry) + "any_api_client: [{username: a@b.example, until: 2026-12-01T00:00Z}]\n", tree)
    tree.files[f"{HOME}/permissionsets/Allow_By_Hand.permissionset-meta.xml"] = (
        f"<PermissionSet {NS}><label>Allow By Hand</label><description>Not ours</description></PermissionSet>".encode()
    )
    result = run(DEFAULTS, tree)
    assert result.stale == (
        BILLING,  # it still names the permission set, so generate wrote into it
        f"{HOME}/permissionsets/Allow_Billing.permissionset-meta.xml",
        f"{HOME}/permissionsets/Use_Any_API_Client.permissionset-meta.xml",
    )
    assert set(result.stale) <= set(tree.files)


NEW_PORTAL = (
    "p: {match: {label: Portal}, kind: external_client_app, decision: allow, permitted_users: admin_approved, "
    "callback_url: https://x.example/, scopes: [Api]}"
)
NEW_BILLING = NEW_PORTAL.replace("Portal", "Billing").replace("p: ", "b: ").replace("external_client", "connected")


def test_an_app_that_leaves_the_policy_is_named_with_all_its_files(run: Generate) -> None:
    tree = MemoryTree()
    made = run(apps(NEW_PORTAL, NEW_BILLING), tree).created
    assert len(made) == 8
    assert run(apps(NEW_PORTAL, NEW_BILLING), tree).stale == ()
    billing = tuple(path for path in made if "Billing" in path)
    assert run(apps(NEW_PORTAL), tree).stale == billing
    assert run(DEFAULTS, tree).stale == made
    assert set(made) <= set(tree.files)


def test_an_undecided_app_is_still_the_policys(run: Generate) -> None:
    tree = MemoryTree()
    run(apps(NEW_PORTAL, NEW_BILLING), tree)
    undecided = ("p: {match: {label: Portal}, kind: external_client_app}", "b: {match: {label: Billing}}")
    assert all("permissionsets" in path for path in run(apps(*undecided), tree).stale)


def test_an_app_that_a_person_made_is_not_named(run: Generate) -> None:
    tree = tree_of({BILLING: BILLING_XML, **PORTAL})
    tree.files[f"{HOME}/permissionsets/Allow_Gone.permissionset-meta.xml"] = document(
        "PermissionSet", label="Allow Gone"
    ).encode()
    assert run(DEFAULTS, tree).stale == (f"{HOME}/permissionsets/Allow_Gone.permissionset-meta.xml",)


def test_the_boxes_that_leave_the_policy_are_named(run: Generate) -> None:
    tree = MemoryTree()
    (switches,) = run("version: 1\nenforcement: {internal_users: true}", tree).created
    assert run("version: 1", tree).stale == (switches,)
    retrieved = f"{HOME}/settings/ConnectedApp.settings-meta.xml"
    elsewhere = tree_of({retrieved: document("ConnectedAppSettings", enableAdminApprovedAppsOnly="true")})
    assert run("version: 1", elsewhere).stale == ()


def test_dates_are_warnings(run: Generate) -> None:
    policy = (
        "version: 1\nany_api_client:\n  - {username: a@b.example, until: 2020-01-01}\n"
        "  - {username: c@b.example, until: 2030-01-01T00:00Z}\n"
    )
    warnings = run(policy).warnings
    assert [(warning.line, warning.rule) for warning in warnings] == [
        (3, "policy-time-zone"),
        (3, "policy-past-date"),
        (4, "policy-far-date"),
    ]
    assert "'2020-01-01' has no time zone and is taken as 2020-01-01 23:59:59 UTC" in str(warnings[0])


_WORD = st.text("abAB .-é9", min_size=1, max_size=8).filter(
    lambda text: text.strip() and any(c in "abAB9" for c in text)
)


_APP = st.tuples(
    _WORD.map(str.strip),
    st.sampled_from(["allow", "block"]),
    st.sampled_from(["connected_app", "external_client_app"]),
    st.sampled_from(["", "    permitted_users: admin_approved\n", "    permitted_users: everyone\n"]),
    st.sampled_from(["", "    refresh_token: until_revoked\n    ip_relaxation: relax\n"]),
)


@settings(deadline=None, max_examples=40)
@given(entries=st.lists(_APP, min_size=1, max_size=5, unique_by=lambda entry: entry[0]))
def test_generating_twice_is_generating_once(entries: list[tuple[str, str, str, str, str]]) -> None:
    text = DEFAULTS + "apps:\n"
    for number, (label, decision, kind, users, tokens) in enumerate(entries):
        text += f"  app{number}:\n    match: {{label: '{label}'}}\n    decision: {decision}\n    kind: {kind}\n"
        text += "    callback_url: https://x.example/\n    scopes: [Api]\n" + users + tokens
    policy = read_policy(text)
    tree = MemoryTree()
    try:
        generate(GenerateRequest(policy, tree, the_schema(), NOW))
    except SourceError as error:
        errors = [problem.message for problem in error.problems if problem.severity is Severity.ERROR]
        assert all("gives" in message for message in errors), errors  # names that clash
        assert tree.files == {}
        return
    first = dict(tree.files)
    tree.written.clear()
    again = generate(GenerateRequest(policy, tree, the_schema(), NOW))
    assert not again.differs
    assert tree.written == []
    assert tree.files == first
