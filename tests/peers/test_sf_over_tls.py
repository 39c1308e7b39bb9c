"""The Salesforce CLI over TLS, with the org's own authority: what a user must set is one variable."""

from __future__ import annotations

import pytest

from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.running.server import LocalOrg
from tests.peers.conftest import Sf
from tests.peers.project import Project

pytestmark = pytest.mark.npm


def test_login_deploy_and_retrieve(sf: Sf, bare: Project) -> None:
    with LocalOrg.start("acme", tls=True) as org:
        admin = org.admin
        login = ["--client-id", admin.client_id, "--username", admin.username, "--jwt-key-file", admin.private_key_file]
        words = ["org", "login", "jwt", *map(str, login), "--instance-url", org.url, "--alias", "tls"]
        assert sf.run(*words, cwd=bare.root).code != 0, "it must not trust just any certificate"

        trusted = {"NODE_EXTRA_CA_CERTS": org.ca_file}
        sf.ok(*words, cwd=bare.root, **trusted)
        file = bare.permission_set("Over_Tls")
        sf.ok("project", "deploy", "start", "-o", "tls", "-d", "app", cwd=bare.root, **trusted)
        assert Components(org.state).document("PermissionSet", "Over_Tls") is not None
        text = file.read_text(encoding="utf-8")
        file.unlink()
        sf.ok("project", "retrieve", "start", "-o", "tls", "-m", "PermissionSet:Over_Tls", cwd=bare.root, **trusted)
        assert file.read_text(encoding="utf-8") == text
