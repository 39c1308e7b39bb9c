"""Seeds: the shipped ones, their schema, and how a wrong one is refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, get_args

import jsonschema
import pytest
import yaml

from sfmeta.errors import SourceError, UsageError
from sfmeta.localorg.features import FEATURES
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.effects.base import leaf
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.running.environment import as_shell, recipes
from sfmeta.localorg.running.home import NOBODY
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.localorg.seed.format import FeatureName, Scope, Seed, SettingName, seed_json_schema
from sfmeta.localorg.seed.loader import plant
from sfmeta.localorg.seed.reader import SHIPPED, load_seed, read_seed
from sfmeta.localorg.seed.shape import AtLeast, Like, ShapeError, json_schema, read
from sfmeta.localorg.state import State
from tests.localorg.visitor import Visitor


def test_every_seed_in_the_package_is_shipped() -> None:
    found = {
        path.name.removesuffix(".yml")
        for path in resources.files("sfmeta.localorg.seed").iterdir()
        if path.name.endswith(".yml")
    }
    assert found == set(SHIPPED)


def test_acme_is_the_story(shared: Visitor) -> None:
    state = shared.org.state
    assert (state.org.name, state.org.is_sandbox, state.org.is_production) == ("Acme", True, False)
    assert not state.org.setting("enableAdminApprovedAppsOnly")
    tokens = shared.query("SELECT AppName, User.Username FROM OauthToken ORDER BY AppName, User.Username")["records"]
    users: dict[str, list[str]] = {}
    for token in tokens:
        users.setdefault(token["AppName"], []).append(token["User"]["Username"].partition("@")[0])
    assert users == {
        "Billing Sync": ["billing.integration"],
        "Dataloader.io": ["admin", "super.user"],
        "Partner Portal": ["portal.integration"],
        "Rogue Exporter": ["former.tool.user"],
        "Salesforce for Android": ["admin", "former.tool.user", "soapui.dev", "super.user"],
        "sfmeta": ["admin"],
    }
    logins = shared.query("SELECT UserId FROM LoginHistory WHERE LoginType = 'Other Apex API'")
    assert logins["totalSize"] >= 20


def test_the_metadata_of_acme_is_in_the_component_store(shared: Visitor) -> None:
    store = Components(shared.org.state)
    assert [stored.full_name for stored in store.list("ConnectedApp")] == ["Billing_Sync"]
    assert [stored.full_name for stored in store.list("ExternalClientApplication")] == ["Partner_Portal"]
    assert sorted(stored.full_name for stored in store.list("Profile")) == ["Admin", "Integration User", "Standard"]


def test_the_empty_org_has_an_admin_who_can_log_in() -> None:
    with LocalOrg.start("empty", production=True) as org, Visitor(org) as visitor:
        assert org.state.org.is_production
        assert org.admin.username == "admin@local.example"
        assert visitor.jwt("sfmeta", org.admin.username).status_code == 200
        assert visitor.rest("/limits").status_code == 200
        # SOAP login() is off, as in new orgs
        assert "INVALID_OPERATION" in visitor.soap_login("admin@local.example", "local-org-1").text


def test_a_seed_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text(
        """{
        "org": {"name": "Mine", "assumptions": {"self_authorize_survives_first_box": false}},
        "profiles": [{"name": "Standard User", "permissions": ["ApiEnabled"]}],
        "permission_sets": [{"name": "Allow_X", "permissions": ["ViewSetup"]}],
        "users": [{"username": "A@mine.example", "profile": "Standard User", "type": "PowerPartner",
                   "permission_sets": [{"name": "Allow_X", "until": "2099-01-01T00:00:00Z"}]}],
        "apps": [{"label": "X: the app", "permitted_users": "admin_approved", "permission_sets": ["Allow_X"]},
                 {"label": "Bad", "ownership": "installed", "blocked": "block_list", "consumer_key": "bad"}],
        "metadata": {"CustomPermission:Foo": "<CustomPermission><label>Foo</label></CustomPermission>"}
        }"""
    )
    state = State.open()
    plant(state, load_seed(str(file)), production=False, keys=tmp_path / "keys")
    assert state.org.name == "Mine"
    assert [app["DeveloperName"] for app in state.records.find("ConnectedApplication")] == ["X_the_app", "Bad"]
    user = state.records.find("User")[0]
    assert (user["Username"], user["UserType"]) == ("a@mine.example", "PowerPartner")
    assignments = state.records.find("PermissionSetAssignment", AssigneeId=user.id)
    assert [one["ExpirationDate"] for one in assignments] == [None, "2099-01-01T00:00:00.000+0000"]
    assert len(state.records.find("SetupEntityAccess")) == 1
    assert state.records.find("BlacklistedConsumer")[0]["ConsumerKey"] == "bad"
    assert Components(state).get("CustomPermission", "Foo") is not None


def test_every_problem_of_a_seed_is_told_at_once_with_its_line() -> None:
    text = """\
org:
  name: Acme
  feature: [X]
users:
  - {username: nobody, profile: P}
  - {username: a@b.example, profile: P, age: 5}
"""
    with pytest.raises(SourceError) as error:
        read_seed(text, "seed.yml")
    told = [(problem.line, problem.message) for problem in error.value.problems]
    assert [line for line, _ in told] == [3, 5, 6]
    assert told[0][1] == "unknown key feature in the seed (org.feature)"
    assert error.value.problems[0].hint == "Did you mean features?"
    assert "users.0.username" in told[1][1]
    assert told[2][1] == "unknown key age in the seed (users.1.age)"


def test_names_that_stand_for_nothing_are_told_with_the_nearest_one() -> None:
    text = """\
org: {assumptions: {nonsense: true}}
admin: nobody@b.example
profiles:
  - {name: Standard User, permissions: [ApiEnable]}
users:
  - {username: a@b.example, profile: Standard Usr, permission_sets: [None]}
  - {username: a@b.example, profile: Standard User}
apps:
  - {label: X, profiles: [P], permission_sets: [S], client_credentials_user: c@b.example}
  - {label: Y, kind: external_client_app, ownership: uninstalled}
tokens:
  - {user: d@b.example, app: Z}
logins:
  - {user: e@b.example, app: Z}
"""
    with pytest.raises(SourceError) as error:
        read_seed(text, "seed.yml")
    told = {(problem.line, problem.message, problem.hint) for problem in error.value.problems}
    assert (4, "there is no permission ApiEnable", "Did you mean ApiEnabled?") in told
    assert (6, "there is no profile Standard Usr", "Did you mean Standard User?") in told
    assert (7, "a@b.example is there twice", "") in told
    assert len(told) == 14


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("org:\n  name: A\norg: {}\n", 3, "org is there twice"),
        ('{"org": {},\n "org": {}}', 2, "org is there twice"),
        ("apps:\n  - {label: A, consumer_key: k}\n  - {label: B, consumer_key: k}\n", 3, "consumer key k is taken"),
        ("apps:\n  - label: A\n    scopes: [Apy]\n", 3, "apps.0.scopes.0: this is none of the 33 known values"),
        ("org:\n  features: [Foo]\n", 2, "give ApiAccessControl, ConnectedAppCreation, EventLogObjects or SoapLogin"),
        ("org:\n  settings:\n    enableFoo: true\n", 3, "no such name; there are enableAdminApprovedAppsOnly, "),
        ("org:\n  settings:\n    enableAdminApprovedAppsOnly: true\n", 3, "this org has no box"),
        ('apps:\n  - label: A\n    refresh_token: "zero\\n"\n', 3, "give infinite, zero"),
        ("apps:\n  - label: A\n    certificate: junk\n", 3, "no certificate"),
        ("apps:\n  - label: A\n    refresh_token: 7 days\n", 3, "give infinite, zero"),
        ("users:\n  - {username: a@b, profile: P, type: Partner}\n", 2, "give Standard, "),
        ("tokens:\n  - {user: a@b, app: A, created_days_ago: 1.0e+300}\n", 2, "give 36500 or less"),
        ("logins:\n  - {user: a@b, count: 9999999999}\n", 2, "give 36500 or less"),
        (
            "users:\n  - {username: a@b, profile: P, permission_sets: [{name: S, until: 2026-13-01}]}\n",
            2,
            "give a date or time",
        ),
        ("org: {name: !!int x}\n", 0, "this is no YAML"),
    ],
)
def test_what_a_reader_might_pass_over(text: str, line: int, message: str) -> None:
    with pytest.raises(SourceError) as error:
        read_seed(text, "seed.yml")
    told = [problem for problem in error.value.problems if message in problem.message]
    assert [problem.line for problem in told] == [line], error.value.problems


def test_the_nearest_value_is_told_beside_a_wrong_one() -> None:
    text = """\
org: {features: [apiaccesControl], settings: {enableAdminApprovedAppOnly: true}}
apps: [{label: A, scopes: [refreshtoken, Nothing]}]
"""
    with pytest.raises(SourceError) as error:
        read_seed(text, "seed.yml")
    assert [(one.line, one.column, one.hint) for one in error.value.problems] == [
        (1, 18, "Did you mean ApiAccessControl?"),
        (1, 47, "Did you mean enableAdminApprovedAppsOnly?"),
        (2, 28, "Did you mean RefreshToken?"),
        (2, 42, ""),
    ]


def test_the_names_in_the_schema_are_those_of_the_org() -> None:
    assert set(get_args(FeatureName)) == set(FEATURES)
    assert set(get_args(Scope)) == salesforce_schema().enums["ConnectedAppOauthAccessScope"]
    state = State.open()
    state.change_org(id="00D", features=tuple(FEATURES))
    for name in ("ConnectedApp", "OauthOidc"):
        root = f"{name}Settings"
        flags = [field.name for field in salesforce_schema().types[root].values() if field.type == "xsd:boolean"]
        effects.put(state, "Settings", name, Node.of(root, *(leaf(flag, "true") for flag in flags)))
    assert set(get_args(SettingName)) == set(state.org.settings)


@pytest.mark.parametrize(
    ("key", "xml", "message"),
    [
        ("Foo", "<a/>", "Foo is no Type:FullName"),
        (":Foo", "<a/>", "Foo is no Type:FullName"),
        ("CustomPermision:X", "<a/>", "there is no metadata type CustomPermision (Did you mean CustomPermission?)"),
        ("Metadata:X", "<a/>", "there is no metadata type Metadata"),
        ("ApexClass:X", "<a/>", "a component of ApexClass is not one XML document"),
        ("SecuritySettings:Security", "<a/>", "(Write it as Settings:Security)"),
        ("CustomPermission:X", "<CustomPermission>", "line 1, column 19 of the XML: XML document structures"),
        ("CustomPermission:X", "<Foo/>", "line 1, column 1 of the XML: "),
        ("CustomPermission:X", "<CustomPermission><labl>x</labl></CustomPermission>", "column 19 of the XML: "),
        ("Settings:Security", "<SecuritySettings><foo/></SecuritySettings>", "column 19 of the XML: "),
    ],
)
def test_metadata_that_the_org_cannot_take_is_told_with_its_line(key: str, xml: str, message: str) -> None:
    with pytest.raises(SourceError) as error:
        read_seed(f"org:\n  name: A\nmetadata:\n  '{key}': '{xml}'\n", "seed.yml")
    [problem] = error.value.problems
    assert str(problem).startswith(f"seed.yml:4:3: {key}: ")
    assert message in str(problem)


def test_metadata_may_leave_out_what_a_deployment_would_miss() -> None:
    text = "metadata: {'CustomPermission:X': '<CustomPermission/>', 'Settings:Security': '<SecuritySettings/>'}"
    assert len(read_seed(text, "seed.yml").metadata) == 2


@pytest.mark.parametrize("text", ["[]", "5", "a: [", "\t- x", "org: {name: [}", "users: 5", "org: null"])
def test_what_is_no_seed_is_refused_in_words(text: str) -> None:
    with pytest.raises(SourceError) as error:
        read_seed(text, "seed.yml")
    assert str(error.value).startswith("seed.yml")


def test_a_seed_that_is_not_there_or_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no seed nowhere"):
        load_seed("nowhere")
    with pytest.raises(SourceError, match="cannot be read"):
        load_seed(str(tmp_path))
    bad = tmp_path / "bad.yml"
    bad.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError):
        load_seed(str(bad))


def test_metadata_that_is_no_xml_leaves_nothing_behind(tmp_path: Path) -> None:
    state = State.open()
    for key, text in (("Foo:Bar", "<a>"), ("Foo", "<a/>")):
        with pytest.raises(SourceError, match=f"metadata {key}"):
            plant(state, Seed(metadata={key: text}), production=False, keys=tmp_path)
    assert state.org.id == ""


def test_the_schema_names_every_key() -> None:
    schema = seed_json_schema()
    assert set(schema["properties"]) == {one.name for one in fields(Seed)}
    assert schema["additionalProperties"] is False


def test_the_schema_takes_every_seed_there_is() -> None:
    schema = seed_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    files = [resources.files("sfmeta.localorg.seed") / f"{name}.yml" for name in SHIPPED]
    for file in (*files, Path(__file__).with_name("doors.yml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert list(validator.iter_errors(content or {})) == [], file
    assert not validator.is_valid({"apps": [{"label": "A", "refresh_token": "7 days"}]})
    assert not validator.is_valid({"logins": [{"user": "a@b", "count": 0}]})
    assert not validator.is_valid({"org": {"features": ["Foo"]}})
    assert not validator.is_valid({"org": {"settings": {"foo": True}}})
    assert not validator.is_valid({"apps": [{"label": "A", "scopes": ["Foo"]}]})


@dataclass(frozen=True)
class Leaf:
    """A leaf."""

    size: Annotated[float, AtLeast(1), "how large"] = 1


@dataclass(frozen=True)
class Tree:
    """A tree."""

    name: Annotated[str, Like("^[a-z]+$", "small letters")]
    kind: Literal["", "oak", "elm"] = ""
    leaves: tuple[str | Leaf, ...] = ()
    heights: dict[str, int] = field(default_factory=dict)
    planted: datetime = datetime(2000, 1, 1, tzinfo=UTC)


def test_values_become_what_the_annotations_say() -> None:
    content = {"name": "x", "kind": "elm", "leaves": ["a", {"size": 2}], "heights": {"b": 3}, "planted": "2026-01-02"}
    tree = read(Tree, content)
    assert tree == Tree("x", "elm", ("a", Leaf(2.0)), {"b": 3}, datetime(2026, 1, 2, tzinfo=UTC))
    assert type(tree.leaves[1].size) is float  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({}, {"name": "is missing"}),
        ([], {"": "give a mapping"}),
        ({"name": "X9"}, {"name": "give small letters"}),
        (
            {"name": 5, "kind": "ash", "color": 1},
            {"name": "give a text", "kind": 'give "", oak or elm', "color": "unknown key"},
        ),
        ({"name": "x", "leaves": "a"}, {"leaves": "give a list"}),
        ({"name": "x", "leaves": [True, {"size": 0}]}, {"leaves.0": "give a text", "leaves.1.size": "give 1 or more"}),
        ({"name": "x", "leaves": [{"size": True}]}, {"leaves.0.size": "give a number"}),
        ({"name": "x", "leaves": [{"size": float("nan")}]}, {"leaves.0.size": "give a number"}),
        (
            {"name": "x", "heights": {"a": 1.5, "b": True}},
            {"heights.a": "give a whole number", "heights.b": "give a whole number"},
        ),
        ({"name": "x", "heights": {1: 1}}, {"heights": "give a mapping of names"}),
        ({"name": "x", "planted": "soon"}, {"planted": "give a date or time as ISO 8601 spells it"}),
    ],
)
def test_every_problem_of_a_shape_is_told(content: object, told: dict[str, str]) -> None:
    with pytest.raises(ShapeError) as error:
        read(Tree, content)
    assert {".".join(map(str, one.place)): one.message for one in error.value.problems} == told


def test_the_json_schema_accepts_what_the_reader_accepts() -> None:
    schema = json_schema(Tree)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for content, right in (
        ({"name": "x", "kind": "oak", "leaves": ["a", {"size": 2}], "heights": {"b": 3}}, True),
        ({"name": "x", "leaves": [{"size": 0}]}, False),
        ({"name": "X"}, False),
        ({"name": "x", "heights": {"b": "c"}}, False),
        ({"name": "x", "other": 1}, False),
        ({}, False),
    ):
        assert validator.is_valid(content) is right
        try:
            read(Tree, content)
            assert right
        except ShapeError:
            assert not right
    assert schema["properties"]["name"]["pattern"] == "^[a-z]+$"
    assert schema["$defs"]["Leaf"]["properties"]["size"]["description"] == "how large"


def test_an_unused_seed_stands_among_the_warnings_of_the_json_document(tmp_path: Path) -> None:
    data, ready_file = tmp_path / "org", tmp_path / "ready.json"
    with LocalOrg("empty", data):
        pass
    command = [sys.executable, "-m", "sfmeta", "localorg", "start", "--json", "--seed", "acme", "--data", str(data)]
    with subprocess.Popen(
        [*command, "--ready-file", str(ready_file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        told = running.stderr.readline().strip()
        running.send_signal(signal.SIGTERM)
        out, error = running.communicate(timeout=60)
    assert told == f"Warning: {data} holds an org already, which stays as it is: --seed acme is not used"
    assert (json.loads(out)["warnings"], error) == ([told.removeprefix("Warning: ")], "")


def test_without_an_admin_clients_are_told_how_to_find_the_org_all_the_same(tmp_path: Path) -> None:
    seed = tmp_path / "nobody.yml"
    seed.write_text("org: {name: Nobody}\n")
    with LocalOrg(seed=str(seed), tls=True) as org:
        shown = as_shell(recipes(org.ready(), ""), secrets=True)
        assert "SF_ACCESS_TOKEN" not in org.variables()
        assert org.variables()["NODE_EXTRA_CA_CERTS"] == org.ca_file
    assert f"#   {NOBODY}" in shown
    assert "''" not in shown
    assert "token" not in shown.lower()
