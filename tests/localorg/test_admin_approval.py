"""An app for everyone that a deployment makes one for admin-approved users; and boxes that are unticked one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.doors.boxes import set_box
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.seed import format as form
from sfmeta.localorg.seed.loader import plant
from sfmeta.localorg.state import State

APPS = (
    form.App(label="Own", developer_name="Own", consumer_key="own-key", client_credentials_user="Bob@acme.example"),
    form.App(
        label="Client",
        developer_name="Client",
        kind="external_client_app",
        consumer_key="client-key",
        client_credentials_user="bob@acme.example",
    ),
    form.App(label="Foreign", ownership="uninstalled", consumer_key="foreign-key"),
)
FILES = {
    "Own": ("ConnectedApp", "Own"),
    "Client": ("ExtlClntAppOauthConfigurablePolicies", "Client_defaultPolicy"),
}


@pytest.fixture
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    bob = form.User(username="bob@acme.example", profile="Standard User")
    tokens = tuple(form.Token(user="bob@acme.example", app=app.label) for app in APPS)
    seed = form.Seed(
        org=form.Org(features=("ApiAccessControl",)),
        profiles=(form.Profile(name="Standard User", full_name="Standard"),),
        users=(bob,),
        apps=APPS,
        tokens=tokens,
    )
    state = State.open()
    plant(state, seed, production=False, keys=tmp_path_factory.mktemp("keys"))
    yield state
    state.close()


def app_id(state: State, label: str) -> str:
    sobject, field = (
        ("ExternalClientApplication", "MasterLabel") if label == "Client" else ("ConnectedApplication", "Name")
    )
    found = state.records.first(sobject, **{field: label})
    assert found is not None
    return found.id


def deploy(state: State, label: str, approved: bool) -> None:
    """What is there, with another answer to who may use it."""
    type_name, name = FILES[label]
    document = effects.current(state, type_name, name)
    assert document is not None
    if label == "Own":
        config = document.first("oauthConfig")
        assert config is not None
        said(config, "isAdminApproved", "true" if approved else "false")
    else:
        value = "AdminApprovedPreAuthorized" if approved else "AllSelfAuthorized"
        said(document, "permittedUsersPolicyType", value)
    effects.put(state, type_name, name, document)


def said(parent: Node, name: str, value: str) -> None:
    found = parent.first(name)
    assert found is not None
    found.text = value


@pytest.mark.parametrize("label", FILES)
@pytest.mark.parametrize("ends", [True, False])
def test_a_deployed_approval_may_end_authorisations_by_assumption(state: State, label: str, ends: bool) -> None:
    state.change_org(assumptions={"admin_approval_ends_authorizations": ends})
    deploy(state, label, False)
    assert state.records.count("OauthToken", AppId=app_id(state, label)) == 1
    deploy(state, label, True)
    assert state.records.count("OauthToken", AppId=app_id(state, label)) == (0 if ends else 1)


@pytest.mark.parametrize("label", FILES)
def test_a_deployment_leaves_the_execution_user_of_a_seed(state: State, label: str) -> None:
    deploy(state, label, True)
    record = state.records.get(app_id(state, label))
    assert record is not None
    assert record.flag("IsClientCredentialEnabled")
    assert record["ClientCredentialUser"] == "bob@acme.example"


def test_unticking_one_box_writes_no_blocks_and_unticking_the_last_takes_them(state: State) -> None:
    state.change_org(settings={INTERNAL_BOX: True, EXTERNAL_BOX: True}, assumptions={"flip_writes_blocks": True})
    set_box(state, INTERNAL_BOX, False)
    assert state.records.count("BlacklistedConsumer") == 0
    set_box(state, INTERNAL_BOX, True)
    assert state.records.count("BlacklistedConsumer", ConsumerKey="foreign-key") == 1
    set_box(state, EXTERNAL_BOX, False)
    assert state.records.count("BlacklistedConsumer") == 1
    set_box(state, INTERNAL_BOX, False)
    assert state.records.count("BlacklistedConsumer") == 0
