"""What ``sfmeta localorg env`` prints for each client is what the client needs: its own lines, in its own shell."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfmeta.localorg.running.environment import Recipe, as_shell, recipes
from sfmeta.localorg.running.server import LocalOrg
from tests.peers.conftest import Sf
from tests.peers.installed import NODE_OPTIONS, folders, node_binaries, path_with
from tests.peers.project import Project

PASSWORD = "acme-demo-1"
_PYTHON = os.pathsep.join(path for path in sys.path if path)


@pytest.fixture(scope="module", params=["http", "tls"])
def org(request: pytest.FixtureRequest) -> Iterator[LocalOrg]:
    """The story's org, over http and over TLS."""
    with LocalOrg.start("acme", tls=request.param == "tls") as running:
        yield running


def recipe(org: LocalOrg, client: str) -> Recipe:
    [found] = [one for one in recipes(org.ready(), "ready.json") if one.client == client]
    return found


def shell(org: LocalOrg, found: Recipe, *lines: str, cwd: Path, environ: dict[str, str] | None = None) -> str:
    """Runs lines in a shell that has evaluated the recipe; they must succeed."""
    script = "\n".join(["set -e", as_shell((found,), secrets=True), *lines])
    env = {"PATH": path_with(), "HOME": str(cwd), **(environ or {})}
    done = subprocess.run(["bash", "-c", script], cwd=cwd, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def python(org: LocalOrg, found: Recipe, *lines: str, cwd: Path) -> str:
    """Runs lines of Python in such a shell."""
    (cwd / "told.py").write_text("\n".join(lines), encoding="utf-8")
    told = f"{sys.executable} -W error told.py"
    return shell(org, found, told, cwd=cwd, environ={"PYTHONPATH": _PYTHON})


@pytest.mark.npm
def test_sf(org: LocalOrg, sf: Sf, tmp_path: Path) -> None:
    found = recipe(org, "sf")
    by_jwt, by_token, *_ = found.lines
    Project.create(tmp_path)
    query = "sf data query -o local -q 'SELECT Name FROM Organization' --json"
    retrieve = "sf project retrieve start -o local -m Profile:Admin --json"
    for login in (by_jwt, by_token):
        told = shell(org, found, login, query, retrieve, cwd=tmp_path, environ={**sf.environ, "HOME": str(tmp_path)})
        assert '"Name": "Acme"' in told
    assert list(tmp_path.rglob("autoupdate*")) == []
    assert (tmp_path / "app/main/default/profiles/Admin.profile-meta.xml").exists()


@pytest.mark.npm
def test_jsforce(org: LocalOrg, tmp_path: Path) -> None:
    found = recipe(org, "jsforce")
    [packages] = folders("jsforce")
    by_login, by_token = found.lines
    secrets = f"const [USERNAME, PASSWORD, TOKEN] = ['{org.admin.username}', '{PASSWORD}', '{org.admin.access_token}'];"
    (tmp_path / "told.cjs").write_text(
        f"const jsforce = require('{packages}/node_modules/jsforce');\n{secrets}\n"
        f"(async () => {{\n  const user = await {by_login};\n  console.log(user.organizationId);\n"
        f"  const conn = {by_token};\n  console.log((await conn.identity()).username);\n}})();\n",
        encoding="utf-8",
    )
    environ = {"PATH": path_with(node_binaries()), "NODE_OPTIONS": NODE_OPTIONS}
    told = shell(org, found, "node told.cjs", cwd=tmp_path, environ=environ)
    assert told.split() == [org.org_id, org.admin.username]


def test_simple_salesforce(org: LocalOrg, tmp_path: Path) -> None:
    found = recipe(org, "simple-salesforce")
    line = found.lines[0].replace("TOKEN", repr(org.admin.access_token))
    lines = ["from simple_salesforce import Salesforce", f"sf = {line}"]
    if org.url.startswith("http:"):
        # what the recipe says: https only, because the client writes https into its addresses by itself
        assert "--tls" in found.lines[1]
        lines.append("sf.base_url = sf.base_url.replace('https:', 'http:')")
    lines.append("print(sf.query('SELECT Name FROM Organization')['records'][0]['Name'])\nsf.session.close()")
    assert python(org, found, *lines, cwd=tmp_path) == "Acme\n"


def test_zeep(org: LocalOrg, tmp_path: Path) -> None:
    found = recipe(org, "zeep")
    told = python(
        org,
        found,
        "import zeep, simple_salesforce, pathlib, warnings",
        "wsdl = pathlib.Path(simple_salesforce.__file__).with_name('metadata.wsdl')",
        "client = zeep.Client(wsdl.as_uri())",
        f"service = {found.lines[0]}",
        f"header = {{'SessionHeader': {{'sessionId': {org.admin.access_token!r}}}}}",
        "listed = service.listMetadata([{'type': 'ConnectedApp'}], 63.0, _soapheaders=header)",
        "print(sorted(one.fullName for one in listed)[0])",
        "client.transport.session.close()",
        cwd=tmp_path,
    )
    assert told == "Billing_Sync\n"


def test_curl(org: LocalOrg, tmp_path: Path) -> None:
    found = recipe(org, "curl")
    token = f"SFMETA_LOCALORG_TOKEN={org.admin.access_token}"
    told = shell(org, found, token, found.lines[0].replace("curl ", "curl --silent --fail "), cwd=tmp_path)
    assert "DailyApiRequests" in told
