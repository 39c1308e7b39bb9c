"""Acme after all stages but the last: who may stop is accepted, Setup is open, and a canary can log in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sfmeta.cli import desk
from sfmeta.localorg.doors.ui import UiSession, open_ui_session
from sfmeta.org.http import Http
from tests.cli.conftest import Shop, acme_data, generated, shop, start_org

__all__ = ["acme_data", "generated", "shop", "start_org"]

ROOT = Path(__file__).parents[2]
ON = ("enforce", "on", "--setup-open", "--yes")
ADMIN, CANARY = "admin@acme.example", "super.user@acme.example"
PASSWORD = "acme-demo-1"
BLIND = "[browser_session, visualforce_and_packages, jwt_and_client_credentials, rare_jobs]"
ANSWERS = {
    "self_authorize_survives_first_box": True,
    "flip_rewrites_app_policies": False,
    "flip_writes_blocks": False,
    "admin_approval_ends_authorizations": False,
    "refresh_policy_hits_issued_tokens": True,
    "use_any_api_client_covers_soap_login": True,
    "use_any_api_auth_required": False,
    "group_members_preauthorize": True,
}
OWN_APP = """  sfmeta:
    match: {label: sfmeta}
    ownership: installed
    decision: allow

"""


def roll_out(shop: Shop) -> None:
    """All stages but the last: our files by deployment, what belongs to others in Setup."""
    shop.ok("deploy", "-m", "PermissionSet", "--yes")
    ready = shop.root.parent / "ready.json"
    ready.write_text(json.dumps(shop.org.ready()), encoding="utf-8")
    local = ["--ready-file", str(ready)]
    shop.ok("localorg", "user", "assign", CANARY, "--permission-set", "Allow_Dataloader_io", *local)
    shop.ok("localorg", "user", "assign", "soapui.dev@acme.example", "--permission-set", "Use_Any_API_Client", *local)
    shop.ok("deploy", "--yes")
    policy = ["--permitted-users", "admin_approved", "--refresh-token", "specific_lifetime:7:DAYS"]
    grants = ["--permission-set", "Allow_Dataloader_io", "--profile", "System Administrator"]
    shop.ok("localorg", "app", "policy", "Dataloader.io", *policy, *grants, *local)
    shop.ok("localorg", "app", "block", "Rogue Exporter", *local)


def open_setup(shop: Shop) -> None:
    """The break-glass admin logs in with a browser."""
    assert isinstance(open_ui_session(shop.org.state, ADMIN, PASSWORD), UiSession)


def add_canary(shop: Shop, alias: str = "canary") -> None:
    """The canary's login, through the app for the telephone."""
    os.environ["CANARY_TOKEN"], os.environ["CANARY_SECRET"] = "refresh-android-super", "made-up-secret-of-android"
    words = ["-i", "localorg.SalesforceForAndroid", "--refresh-token-env", "CANARY_TOKEN"]
    shop.ok("org", "add", alias, *words, "--client-secret-env", "CANARY_SECRET", "--login-url", shop.org.url)


@pytest.fixture
def rolled_out(generated: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """All conditions of ``enforce on`` are met but those that a person meets at the moment."""
    for name in ("CANARY_TOKEN", "CANARY_SECRET"):
        monkeypatch.setenv(name, "")
    shop = generated
    shop.edit("policy.yml", "accepted_blind_spots: []", f"accepted_blind_spots: {BLIND}")
    shop.edit("policy.yml", "any_api_client:", f"{OWN_APP}any_api_client:")
    shop.learn(ANSWERS)
    roll_out(shop)
    shop.folder.commit("rolled out")
    open_setup(shop)
    add_canary(shop)
    return shop


class Hurried:
    """A clock that does not wait: sleeping moves its time.

    Attributes:
        at_first_sleep: does something while a command waits, once: what another process would do.
    """

    ahead = 0.0
    at_first_sleep: Callable[[], Any] | None = None

    def now(self) -> float:
        return time.time() + Hurried.ahead

    def monotonic(self) -> float:
        return time.monotonic() + Hurried.ahead

    def sleep(self, seconds: float) -> None:
        Hurried.ahead += seconds
        act, Hurried.at_first_sleep = Hurried.at_first_sleep, None
        if act is not None:
            act()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> type[Hurried]:
    """For what runs in this process: nothing waits."""
    monkeypatch.setattr(Hurried, "ahead", 0.0)
    monkeypatch.setattr(Hurried, "at_first_sleep", None)
    monkeypatch.setattr(desk, "SystemClock", Hurried)
    monkeypatch.setitem(Http.__init__.__kwdefaults__, "sleep", Hurried().sleep)
    return Hurried


def boxes(shop: Shop) -> dict[str, bool]:
    """What the org itself says of its boxes."""
    return dict(shop.org.status()["access"])


def ticked(shop: Shop) -> bool:
    """Whether the box for internal users is ticked."""
    return boxes(shop)["internal"]


def start(shop: Shop, code: str, *words: str) -> subprocess.Popen[str]:
    """This very code of sfmeta in a process of its own, after some lines of Python."""
    script = f"{code}\nimport sys\nfrom sfmeta.cli.main import main\nsys.exit(main(sys.argv[1:]))\n"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", script, *words]
    return subprocess.Popen(command, cwd=shop.root, env=environ, stdout=pipe, stderr=pipe, text=True)
