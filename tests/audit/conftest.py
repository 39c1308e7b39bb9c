"""Orgs to audit: real ones on loopback, and a fake that misbehaves."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from sfmeta.localorg.running.server import LocalOrg
from sfmeta.model.inventory import Inventory
from sfmeta.model.secret import Secret
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.ports import Tools
from sfmeta.org.auth import AccessToken
from sfmeta.org.client import OrgClient
from tests.localorg.conftest import key_pairs, ready_keys
from tests.ops.fake_org import FakeClock, Said
from tests.org.conftest import wsdl

__all__ = ["key_pairs", "ready_keys"]

ADMIN = {
    "name": "System Administrator",
    "full_name": "Admin",
    "permissions": [
        "ApiEnabled",
        "AssignPermissionSets",
        "CustomizeApplication",
        "ManageUsers",
        "ModifyAllData",
        "ModifyMetadata",
        "ViewSetup",
    ],
}
BASE: Mapping[str, Any] = {
    "org": {"name": "Audited", "features": ["ApiAccessControl", "SoapLogin"]},
    "admin": "admin@audit.example",
    "profiles": [ADMIN, {"name": "Worker", "permissions": ["ApiEnabled"]}],
    "users": [{"username": "admin@audit.example", "profile": "System Administrator", "password": "pw"}],
}


def seed(**more: Any) -> dict[str, Any]:
    """The base with more users, apps, ...: lists are added to, everything else takes its place."""
    found = dict(BASE)
    for name, value in more.items():
        found[name] = [*found.get(name, []), *value] if isinstance(value, list) else value
    return found


def worker(name: str, **more: Any) -> dict[str, Any]:
    return {"username": f"{name}@audit.example", "profile": "Worker", "password": "pw", **more}


Start = Callable[..., LocalOrg]


@pytest.fixture
def start(tmp_path: Path, ready_keys: None) -> Iterator[Start]:
    """Starts orgs of seeds."""
    with ExitStack() as stack:

        def run(**more: Any) -> LocalOrg:
            path = tmp_path / f"seed{len(list(tmp_path.iterdir()))}.yml"
            path.write_text(yaml.safe_dump(seed(**more)))
            return stack.enter_context(LocalOrg.start(str(path)))

        yield run


def client(org: LocalOrg, token: str = "") -> OrgClient:
    """Logged in, as the administrator unless another session is given."""
    return OrgClient.connect(AccessToken(org.url, Secret(token or org.admin.access_token)), wsdl())


def audited(org: LocalOrg, token: str = "", **asked: int) -> Inventory:
    """An audit of it."""
    connected = client(org, token)
    try:
        return audit(connected, AuditRequest(**asked), tools())
    finally:
        connected.close()


def tools() -> Tools:
    """Tools with the machine's time and no waiting."""
    return Tools(QuickClock(), Said(), io.BytesIO, 60.0)


class QuickClock(FakeClock):
    """The machine's time; waiting takes none."""

    def now(self) -> float:
        import time

        return time.time()
