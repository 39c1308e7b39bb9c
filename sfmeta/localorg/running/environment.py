"""What each client needs to reach a running org: variables for the shell, and the command or lines that log in.

Observed with the versions of each client that the tests run; the recipes are those of the tests.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfmeta.localorg.http.tls import trust_beside
from sfmeta.localorg.running.home import NOBODY

CLIENTS = ("sfmeta", "sf", "jsforce", "simple-salesforce", "zeep", "curl")
SECRETS = frozenset({"SF_ACCESS_TOKEN", "SFMETA_LOCALORG_TOKEN"})
"""Variables that hold a session. It is made up: this org takes it, no other does."""

_MADE_UP = "# the token is made up: only this org takes it; whoever reads this can use this org"
_LEFT_OUT = "# variables with the session are left out; --secrets prints them"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One client.

    Attributes:
        client: its name.
        variables: for its environment.
        lines: how it logs in, and what is worth knowing.
    """

    client: str
    variables: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def recipes(ready: Mapping[str, Any], ready_file: str) -> tuple[Recipe, ...]:
    """What every client needs.

    Args:
        ready: what the ready file says.
        ready_file: its path, "" for none.
    """
    url, admin, ca_file = str(ready["url"]), ready["admin"], ready["ca_file"]
    token = str(admin["access_token"])
    no_proxy = {"NO_PROXY": "127.0.0.1,localhost,::1"}
    here = {"SFMETA_LOCALORG": ready_file} if ready_file else {}
    node = {"NODE_EXTRA_CA_CERTS": ca_file} if ca_file else {}
    # these settings replace what a client trusts otherwise, Node's adds to it
    trust = str(trust_beside(Path(ca_file))) if ca_file else ""
    python = {"REQUESTS_CA_BUNDLE": trust, "SSL_CERT_FILE": trust} if ca_file else {}
    # plain http is nothing that simple-salesforce would speak by itself: its URLs begin with https
    only_https = () if ca_file else ("needs https for all that it can do: start the org with --tls",)
    jwt = (
        f"sf org login jwt --alias local --instance-url {url} --client-id {admin['client_id']} "
        f"--username {admin['username']} --jwt-key-file {shlex.quote(str(admin['private_key_file']))}"
    )
    found = (
        Recipe(
            "sfmeta",
            {
                **here,
                "SFMETA_LOCALORG_TOKEN": token,
                **python,
                **no_proxy,
            },
            (f"sfmeta org add local --instance-url {url} --access-token-env SFMETA_LOCALORG_TOKEN",),
        ),
        Recipe(
            "sf",
            {
                "SF_AUDIENCE_URL": url,
                "SF_ACCESS_TOKEN": token,
                "SF_DISABLE_TELEMETRY": "true",
                "SF_DISABLE_AUTOUPDATE": "true",
                "SF_SKIP_NEW_VERSION_CHECK": "true",
                **node,
                **no_proxy,
            },
            (
                jwt,
                f"sf org login access-token --alias local --instance-url {url} --no-prompt",
                "leave sfdcLoginUrl out of sfdx-project.json, and SF_ORG_INSTANCE_URL out of the environment of",
                "sf project ...: there sf takes only Salesforce's own domains",
            ),
        ),
        Recipe(
            "jsforce",
            {**node, **no_proxy},
            (
                f'new jsforce.Connection({{ loginUrl: "{url}", version: "63.0" }}).login(USERNAME, PASSWORD)',
                f'new jsforce.Connection({{ instanceUrl: "{url}", accessToken: TOKEN }})',
            ),
        ),
        Recipe(
            "simple-salesforce",
            {**python, **no_proxy},
            (f'Salesforce(instance_url="{url}", session_id=TOKEN)', *only_https),
        ),
        Recipe(
            "zeep",
            {**python, **no_proxy},
            (
                "client.create_service('{http://soap.sforce.com/2006/04/metadata}MetadataBinding', "
                f'"{url}/services/Soap/m/63.0")',
            ),
        ),
        Recipe(
            "curl",
            {"CURL_CA_BUNDLE": trust, **no_proxy} if ca_file else no_proxy,
            (f'curl -H "Authorization: Bearer $SFMETA_LOCALORG_TOKEN" {url}/services/data/v63.0/limits',),
        ),
    )
    return found if admin["username"] else tuple(_of_nobody(recipe) for recipe in found)


def _of_nobody(recipe: Recipe) -> Recipe:
    """What is left where there is no session: how the client finds and trusts the org."""
    kept = {name: value for name, value in recipe.variables.items() if name not in SECRETS}
    return Recipe(recipe.client, kept, (NOBODY,))


def variables(chosen: tuple[Recipe, ...], *, secrets: bool) -> dict[str, str]:
    """The variables of several clients together; those of ``SECRETS`` only when asked for."""
    merged: dict[str, str] = {}
    for recipe in chosen:
        merged |= recipe.variables
    return {name: value for name, value in merged.items() if secrets or name not in SECRETS}


def as_shell(chosen: tuple[Recipe, ...], *, secrets: bool) -> str:
    """Lines that a POSIX shell evaluates; what people read is in comments."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables(chosen, secrets=secrets).items()]
    if any(name in SECRETS for recipe in chosen for name in recipe.variables):
        lines.append(_MADE_UP if secrets else _LEFT_OUT)
    for recipe in chosen:
        lines += [f"# {recipe.client}:", *(f"#   {line}" for line in recipe.lines)]
    return "\n".join(lines)
