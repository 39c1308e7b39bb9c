"""Beginning a project: the files that every project needs. Nothing that exists is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sfmeta.errors import UsageError
from sfmeta.workspace.files import write_atomic

_POLICY = """\
# Who may use the API of our orgs, through which app. Check it with: sfmeta policy check
# Editors: sfmeta policy schema prints the JSON Schema of this file.
version: 1

defaults: # applied only because they are written here
  permission_set: "Allow {label}"
  # contact_email: security@example.com

apps:
  # dataloader_io:                    # our own name for the app; uncomment and make it yours
  #   match: {label: Dataloader.io}   # how the org knows it
  #   ownership: installed            # owned (defined in this org) or installed
  #   decision: allow                 # allow, block or undecided
  #   permitted_users: admin_approved
  #   grants:
  #     users:
  #       - admin@example.com
  #       - {username: loader@example.com, until: 2036-01-15T18:00Z, reason: year-end load}

# The two boxes of Setup > API Access Control. Written here, they become a file of their own in
# force-app/enforcement, which no deploy sends.
enforcement: {internal_users: false, external_users: false}
"""

_ENVIRONMENTS = """\
# The orgs that a package goes through, in order, and what differs in each of them.
version: 1

environments:
  # uat:
  #   org: uat                          # its alias: sfmeta org list
  #   org_id: 00D000000000001           # a refreshed sandbox has a new one: what was proven in it starts again
  #   usernames: {suffix: .uat}         # or {map: {user@example.com: user@example.com.uat}}
  #   values:                           # set when a package for this org is made; never a secret
  #     ConnectedApp:Billing_Sync:
  #       oauthConfig/callbackUrl: https://uat.example.com/callback
  # production:
  #   org: production
  #   org_id: 00D000000000002
  #   gates: {after: uat, soak: 24 hours, approval: second_person}   # and: validated: RunLocalTests
  #   test_level: RunLocalTests
"""

_SFDX_PROJECT = """\
{
  "packageDirectories": [{"path": "force-app/main", "default": true}],
  "sourceApiVersion": "63.0"
}
"""

_FORCEIGNORE = """\
# The switches of API Access Control: no ordinary deploy, ours or another tool's, may tick the boxes.
force-app/enforcement
"""

_GITIGNORE = """\
# who uses what: files of sfmeta audit, forecast and report
inventory*.json
report*.html
report*.json
forecast*.json
forecast*.html
forecast*.csv
rows*.csv
*.sarif
drift*.xml
evidence*.json
evidence*.html
watch*.html
*.plan
# but metadata may be called so
!/force-app/**

.sfdx/
.sf/
*.key
*.pem
"""

FILES: Mapping[str, str] = MappingProxyType(
    {
        "policy.yml": _POLICY,
        "environments.yml": _ENVIRONMENTS,
        "sfdx-project.json": _SFDX_PROJECT,
        ".forceignore": _FORCEIGNORE,
        ".gitignore": _GITIGNORE,
    }
)


@dataclass(frozen=True, slots=True)
class Begun:
    """What ``init`` did.

    Attributes:
        written: new files.
        kept: files that were there already and stay as they are.
        missing_rules: lines of ``.forceignore`` that an existing file lacks; the user must add them.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]
    missing_rules: tuple[str, ...]


def begin(folder: Path) -> Begun:
    """Write the files that are not there yet.

    Args:
        folder: of the project; made where it is missing.

    Raises:
        UsageError: it is a file.
        OperationFailed: it cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, not a folder")
    written, kept = [], []
    for name, text in FILES.items():
        if (folder / name).exists():
            kept.append(name)
        else:
            write_atomic(folder / name, text.encode())
            written.append(name)
    (folder / "force-app" / "main" / "default").mkdir(parents=True, exist_ok=True)
    return Begun(tuple(written), tuple(kept), _missing_rules(folder / ".forceignore"))


def _missing_rules(file: Path) -> tuple[str, ...]:
    """What an existing ``.forceignore`` must say so that the boxes are never ticked by accident."""
    present = {line.strip().strip("/") for line in file.read_text(encoding="utf-8").splitlines()}
    return tuple(rule for rule in ("force-app/enforcement",) if rule not in present)
