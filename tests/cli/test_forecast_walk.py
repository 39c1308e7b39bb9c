"""A forecast, then the roll-out with sfmeta's own files and a person's work in Setup: it comes as it was said."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.conftest import Shop


def test_what_was_forecast_is_what_happens(generated: Shop) -> None:
    shop = generated
    said = _rows(shop.result("forecast", code=3))
    answered = {
        "self_authorize_survives_first_box": True,
        "flip_rewrites_app_policies": False,
        "flip_writes_blocks": False,
        "admin_approval_ends_authorizations": False,
        "refresh_policy_hits_issued_tokens": True,
        "use_any_api_client_covers_soap_login": True,
        "use_any_api_auth_required": False,
    }
    shop.learn(answered)
    surely = _rows(shop.result("forecast", code=3))
    assert said.keys() == surely.keys()
    # what a probe would find out leaves nothing open, and contradicts nothing that was sure before
    assert {verdict for _, verdict in surely.values()} == {"works", "refused"}
    assert all(before[1] in ("unknown", surely[client][1]) for client, before in said.items())

    assert shop.result("forecast", code=3)["pending"]
    _roll_out(shop)
    # now that all is done, nothing only counts as done; and the stage alone comes to what all of them came to
    assert not [one for one in shop.result("forecast", code=3)["pending"] if one["visible"]]
    day = shop.result("forecast", "--stage", "enforce", "--as-is", code=3)
    assert [one["what"].partition(":")[0] for one in day["pending"]] == ["Dataloader.io"]
    alone = _rows(day)
    shop.org.tick(internal=True)
    for (user, app), (_, verdict) in surely.items():
        # whether the lifetime of its tokens is set, no API tells, and the forecast says that
        assert alone[user, app][1] == verdict or app == "Dataloader.io", (user, app)
        assert _is_let_in(shop, user, app) is (verdict == "works"), (user, app, verdict)


def test_a_box_that_was_ticked_too_early_is_told_before_and_after(generated: Shop) -> None:
    shop = generated
    shop.learn({"self_authorize_survives_first_box": True, "flip_rewrites_app_policies": False})
    before = _rows(shop.result("forecast", "--stage", "enforce", "--as-is", code=3))
    lost = {client for client, (now, then) in before.items() if now == "works" and then == "refused"}
    assert lost
    shop.org.tick(internal=True)
    assert not any(_is_let_in(shop, *client) for client in lost)
    after = shop.result("forecast", "--stage", "enforce", "--as-is", code=3)
    told = {client for client, verdicts in _rows(after).items() if verdicts == ("unknown", "refused")}
    # whoever was last seen longer ago is only counted
    assert told <= lost
    assert len(told) + after["counts"]["refused_already"] >= len(lost)
    assert told


def _is_let_in(shop: Shop, user: str, app: str) -> bool:
    tried = shop.org.login(user, app)
    return tried.let_in and not tried.opens.get("Metadata API" if not app else "REST API", "")


def test_a_clean_forecast_is_exit_0_and_rests_on_a_file_alone(shop: Shop) -> None:
    shop.ok("audit", "-f", "audit.json")
    shop.org.stop()
    # nothing is taken from anybody yet: preparing is only giving
    document = shop.result("forecast", "--inventory", "audit.json", "--stage", "prepare")
    assert document["rows"]
    assert all(row["harm"] == "none" for row in document["rows"])
    refused = shop.run("forecast", "--inventory", "audit.json", "--stage", "restrict", "--wave", "9")
    assert refused.code == 2
    assert "no wave 9" in refused.err


def _rows(result: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Verdicts before and after, by user and app; each pair of this story has one way."""
    return {
        (row["user"]["username"], row["app"]["label"] if row["app"] else ""): (
            row["before"]["verdict"],
            row["after"]["verdict"],
        )
        for row in result["rows"]
        if row["way"] in ("refresh_token", "jwt_bearer", "soap_login")
    }


def _roll_out(shop: Shop) -> None:
    """All stages but the last: our files by deployment, what belongs to others in Setup."""
    shop.ok("deploy", "--skip-forecast", "-m", "PermissionSet", "--yes")
    local = ["--ready-file", _ready(shop)]
    shop.ok("localorg", "user", "assign", "super.user@acme.example", "--permission-set", "Allow_Dataloader_io", *local)
    shop.ok("localorg", "user", "assign", "soapui.dev@acme.example", "--permission-set", "Use_Any_API_Client", *local)
    shop.ok("deploy", "--skip-forecast", "--yes")
    policy = ["--permitted-users", "admin_approved", "--refresh-token", "specific_lifetime:7:DAYS"]
    grants = ["--permission-set", "Allow_Dataloader_io", "--profile", "System Administrator"]
    shop.ok("localorg", "app", "policy", "Dataloader.io", *policy, *grants, *local)
    shop.ok("localorg", "app", "block", "Rogue Exporter", *local)


def _ready(shop: Shop) -> str:
    file = shop.root / "ready.json"
    file.write_text(json.dumps(shop.org.ready()), encoding="utf-8")
    return str(file)
