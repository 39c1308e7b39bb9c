"""``org add`` and connecting: proven by one login, nothing kept when it fails, the org pinned, no secret written."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfmeta.errors import GuardRefused, LoginRefused, OperationFailed, SfmetaError, UnknownOrg, UsageError
from sfmeta.model.secret import Secret
from sfmeta.ops import orgs
from sfmeta.ops.orgs import AddOrg, InFile, InVariable, Workshop
from sfmeta.workspace.orgs import OrgRegistry
from sfmeta.workspace.secrets import Vault

from .conftest import ORG_ID, ORGANIZATION, TOKEN, USER_ID, FakeOrg, Reply, wsdl

CANARY = "canary-7d10-secret"


def workshop(tmp_path: Path, **environ: str) -> Workshop:
    return Workshop(OrgRegistry(tmp_path), Vault(tmp_path, lambda: None), environ, wsdl())


def token_answer(fake: FakeOrg, **more: str) -> Reply:
    extra = "".join(f',"{name}":"{value}"' for name, value in more.items())
    return Reply(
        f'{{"access_token":"{TOKEN}","instance_url":"{fake.url}","id":"{fake.url}/id/{ORG_ID}/{USER_ID}"{extra}}}'
    )


def files_below(folder: Path) -> str:
    return "\n".join(file.read_text() for file in folder.rglob("*") if file.is_file())


def by_token(fake: FakeOrg, **changed: object) -> AddOrg:
    return AddOrg("dev", "access-token", {"instance_url": fake.url}, {"access_token": InVariable("TOKEN")}, **changed)  # type: ignore[arg-type]


def test_a_token_is_kept_by_the_name_of_its_variable(fake: FakeOrg, tmp_path: Path) -> None:
    work = workshop(tmp_path, TOKEN=TOKEN)
    added = orgs.add(by_token(fake, make_default=True), work)
    assert added.info.name == "Acme"
    assert added.kept == {"access_token": "the variable TOKEN"}
    assert str(added.record.org_id) == ORG_ID
    assert TOKEN not in files_below(tmp_path)
    assert TOKEN not in repr(work)
    client = orgs.connect("", work)
    assert client.info == added.info
    client.close()


def test_the_named_org_comes_before_the_default(fake: FakeOrg, tmp_path: Path) -> None:
    orgs.add(by_token(fake), workshop(tmp_path, TOKEN=TOKEN))
    orgs.connect("", workshop(tmp_path, TOKEN=TOKEN, SFMETA_TARGET_ORG="dev")).close()
    with pytest.raises(UnknownOrg):
        orgs.connect("", workshop(tmp_path, TOKEN=TOKEN))
    with pytest.raises(UnknownOrg, match="'other'"):
        orgs.connect("other", workshop(tmp_path, TOKEN=TOKEN, SFMETA_TARGET_ORG="dev"))


def test_a_variable_that_is_not_set(fake: FakeOrg, tmp_path: Path) -> None:
    orgs.add(by_token(fake), workshop(tmp_path, TOKEN=TOKEN))
    with pytest.raises(UsageError, match="TOKEN is not set"):
        orgs.connect("dev", workshop(tmp_path))


def test_another_org_under_the_alias_is_refused_with_the_way_out(fake: FakeOrg, tmp_path: Path) -> None:
    work = workshop(tmp_path, TOKEN=TOKEN)
    orgs.add(by_token(fake), work)
    refreshed = str(ORGANIZATION.body).replace(ORG_ID, "00D000000000009EAA")
    fake.on("/services/data/v63.0/query", Reply(refreshed))
    with pytest.raises(GuardRefused, match="sfmeta org remove, org add"):
        orgs.connect("dev", work)
    orgs.remove(work.registry, work.vault, "dev")
    assert str(orgs.add(by_token(fake), work).record.org_id) == "00D000000000009EAA"


def test_nothing_is_kept_when_the_login_fails(fake: FakeOrg, tmp_path: Path) -> None:
    fake.on(
        "/services/oauth2/token",
        Reply('{"error":"invalid_client","error_description":"invalid client credentials"}', 400),
    )
    request = AddOrg(
        "dev", "client-credentials", {"client_id": "3MVG", "login_url": fake.url}, {"client_secret": Secret(CANARY)}
    )
    with pytest.raises(LoginRefused):
        orgs.add(request, workshop(tmp_path / "config"))
    assert not (tmp_path / "config").exists()


def test_nothing_is_kept_when_the_registry_cannot_be_written(
    fake: FakeOrg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.on("/services/oauth2/token", token_answer(fake))

    def refuse(*_: object, **__: object) -> None:
        raise OperationFailed("disk full")

    monkeypatch.setattr(OrgRegistry, "save", refuse)
    request = AddOrg(
        "dev", "client-credentials", {"client_id": "3MVG", "login_url": fake.url}, {"client_secret": Secret(CANARY)}
    )
    with pytest.raises(OperationFailed, match="disk full"):
        orgs.add(request, workshop(tmp_path))
    assert CANARY not in files_below(tmp_path)


def test_a_typed_secret_goes_to_the_vault_and_away_with_the_org(fake: FakeOrg, tmp_path: Path) -> None:
    fake.on("/services/oauth2/token", token_answer(fake))
    work = workshop(tmp_path)
    request = AddOrg(
        "dev", "client-credentials", {"client_id": "3MVG", "login_url": fake.url}, {"client_secret": Secret(CANARY)}
    )
    added = orgs.add(request, work)
    assert added.kept == {"client_secret": "a file that only you can read"}
    assert CANARY not in work.registry.file.read_text()
    orgs.connect("dev", work).close()
    assert f"client_secret={CANARY}".encode() in next(r for r in reversed(fake.requests) if r.method == "POST").body
    orgs.add(request, work)  # again: the first secret is not left behind
    assert len(list((tmp_path / "secrets").iterdir())) == 1
    orgs.remove(work.registry, work.vault, "dev")
    assert CANARY not in files_below(tmp_path)
    assert orgs.list_orgs(work.registry).records == {}


def test_a_rotated_refresh_token_takes_the_place_of_the_old_one(fake: FakeOrg, tmp_path: Path) -> None:
    fake.on(
        "/services/oauth2/token",
        token_answer(fake, refresh_token="second"),
        token_answer(fake, refresh_token="third"),
        token_answer(fake),
    )
    work = workshop(tmp_path)
    url = Secret(f"force://3MVG::first@{fake.url.removeprefix('http://')}")
    added = orgs.add(AddOrg("dev", "auth-url", {}, {"auth_url": url}), work)
    assert added.record.login == "refresh-token"
    orgs.connect("dev", work).close()
    orgs.connect("dev", work).close()
    sent = [r.body.decode() for r in fake.requests if r.path.endswith("/token")]
    assert [body.partition("refresh_token=")[2] for body in (b.rpartition("&")[2] for b in sent)] == [
        "first",
        "second",
        "third",
    ]
    assert "first" not in files_below(tmp_path)


def test_a_key_file_stays_where_it_is(fake: FakeOrg, tmp_path: Path, private_key: str) -> None:
    fake.on("/services/oauth2/token", token_answer(fake))
    key = tmp_path / "key.pem"
    key.write_text(private_key)
    work = workshop(tmp_path / "config")
    settings = {"client_id": "3MVG", "username": "ada@example.com", "login_url": fake.url}
    added = orgs.add(AddOrg("ci", "jwt", settings, {"private_key": InFile(key)}), work)
    assert added.kept == {"private_key": f"the file {key}"}
    assert "PRIVATE KEY" not in files_below(tmp_path / "config")
    orgs.connect("ci", work).close()
    orgs.remove(work.registry, work.vault, "ci")
    assert key.exists()


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (AddOrg("dev", "magic"), "no login 'magic'"),
        (AddOrg("dev", "jwt", {"client_id": "3MVG"}), "needs username, login url, private key"),
        (AddOrg("dev", "sf", {"target_org": "x", "client_id": "y"}), "no use for client id"),
        (AddOrg("a b", "sf", {"target_org": "x"}), "alias"),
        (
            AddOrg("dev", "access-token", {"instance_url": "https://x"}, {"access_token": Secret(CANARY)}),
            "name of its variable",
        ),
        (
            AddOrg("dev", "access-token", {"instance_url": "https://x"}, {"access_token": InVariable(TOKEN)}),
            "no name of a variable",
        ),
        (
            AddOrg(
                "dev",
                "access-token",
                {"instance_url": "http://acme.example.com"},
                {"access_token": InVariable("TOKEN")},
            ),
            "plain http",
        ),
        (AddOrg("dev", "auth-url", {}, {"auth_url": Secret(f"force:{CANARY}")}), "no sfdx auth URL"),
    ],
)
def test_wrong_requests_are_said_plainly(tmp_path: Path, request_: AddOrg, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refusal:
        orgs.add(request_, workshop(tmp_path, TOKEN=TOKEN))
    assert CANARY not in str(refusal.value)
    assert TOKEN not in str(refusal.value)


def test_a_dead_port(tmp_path: Path, dead_port: int) -> None:
    request = AddOrg(
        "dev", "access-token", {"instance_url": f"http://127.0.0.1:{dead_port}"}, {"access_token": InVariable("TOKEN")}
    )
    with pytest.raises(SfmetaError, match=r"cannot reach 127\.0\.0\.1") as refusal:
        orgs.add(request, workshop(tmp_path, TOKEN=TOKEN))
    assert refusal.value.exit_code == 6
    assert refusal.value.code == "OrgUnreachable"


def test_show_and_use(fake: FakeOrg, tmp_path: Path) -> None:
    work = workshop(tmp_path, TOKEN=TOKEN)
    orgs.add(by_token(fake), work)
    orgs.use(work.registry, "dev")
    assert orgs.show(work.registry, "").alias == "dev"
    assert orgs.list_orgs(work.registry).default == "dev"
