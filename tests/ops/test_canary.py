"""A secret that an org gives back never reaches git: searched for in every object, whatever was deployed or undone."""

from __future__ import annotations

import subprocess

import pytest

from sfmeta.model import registry
from sfmeta.model.component import Entry
from sfmeta.model.names import ApiVersion
from sfmeta.ops import rollback
from sfmeta.source.paths import component_at
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, FakeOrg, tools
from tests.ops.test_deploy import package, run
from tests.workspace.test_ledger import deployment

CANARY = "CANARY-7c1f0a"
HOLDERS = [kind for kind in registry.types().values() if kind.secret_paths]


@pytest.fixture
def ledger(git_folder: GitFolder) -> Ledger:
    return Ledger(find_repository(git_folder.root), INFO.id)


def document(kind: registry.MetadataType, label: str, secret: str) -> bytes:
    """A file of the type with a value at every place where one may be secret."""
    inner: dict[str, list[str]] = {}
    for path in kind.secret_paths if secret else ():
        *parents, name = path.split("/")
        inner.setdefault("/".join(parents), []).append(f"<{name}>{secret}</{name}>")
    body = f"<label>{label}</label>"
    for parents, elements in inner.items():
        names = parents.split("/") if parents else []
        body += "".join(f"<{name}>" for name in names)
        body += "".join(elements)
        body += "".join(f"</{name}>" for name in reversed(names))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<{kind.name} xmlns="http://soap.sforce.com/2006/04/metadata">{body}</{kind.name}>'.encode()


def every_object(ledger: Ledger) -> bytes:
    """Loose and packed, reachable or not."""
    command = ["git", "-C", ledger.repository.root, "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_the_types_that_hold_secrets_are_known() -> None:
    assert {str(kind.name) for kind in HOLDERS} >= {"ConnectedApp", "AuthProvider", "NamedCredential"}


@pytest.mark.parametrize("kind", HOLDERS, ids=lambda kind: str(kind.name))
def test_no_object_of_git_holds_it_after_a_deployment_and_a_rollback(
    ledger: Ledger, kind: registry.MetadataType
) -> None:
    path = f"{kind.directory}/Holder.{kind.suffix}"
    assert component_at(path) is not None
    org = FakeOrg(held={path: document(kind, "Before", CANARY)})
    run(org, package({path: document(kind, "After", "")}), ledger)
    # the org goes on giving its secret back
    org.held[path] = document(kind, "After", CANARY)
    request = rollback.RollbackRequest(("force-app",), ApiVersion(63), side=rollback.Side.OURS)
    plan = rollback.prepare(org, request, ledger.repository, ledger, tools())
    rollback.execute(org, plan, ledger, tools())
    assert len(list(ledger.deployments())) == 2
    found = every_object(ledger)
    assert b"<label>Before</label>" in found
    assert b"<label>After</label>" in found
    assert CANARY.encode() not in found


@pytest.mark.parametrize("kind", HOLDERS, ids=lambda kind: str(kind.name))
def test_not_even_a_package_brings_it_there(ledger: Ledger, kind: registry.MetadataType) -> None:
    path = f"{kind.directory}/Holder.{kind.suffix}"
    files = [Entry.of(path, document(kind, "X", CANARY))]
    ledger.prepare(deployment(), files, files, tip="", base=files)
    assert CANARY.encode() not in every_object(ledger)
