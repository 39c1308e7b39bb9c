"""The way in through the Salesforce CLI: whoever is logged in there is logged in here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from sfmeta.errors import LoginRefused, OperationFailed
from sfmeta.model.secret import Secret
from sfmeta.org.faults import one_line
from sfmeta.org.http import Http
from sfmeta.org.session import Session
from sfmeta.org.urls import base_url

TIMEOUT_S = 90.0

Run = Callable[[Sequence[str], Mapping[str, str], float], tuple[int, str]]
"""Runs a command: arguments, environment, time-out in seconds -> exit code, standard output."""


def run(command: Sequence[str], environ: Mapping[str, str], timeout_s: float) -> tuple[int, str]:
    """The real one.

    Raises:
        OperationFailed: there is no such command, or it does not end.
    """
    try:
        done = subprocess.run(
            list(command),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError as exc:
        raise OperationFailed(
            "the Salesforce CLI (sf) is not installed",
            "Install it (npm install --global @salesforce/cli), or add the org with a JWT or a token",
            "SF_CLI_MISSING",
        ) from exc
    except subprocess.TimeoutExpired:
        # no cause is kept: it holds what the command had printed, which may be a token
        raise OperationFailed(f"{' '.join(command[:3])} did not end within {timeout_s:g} seconds") from None
    except OSError as exc:
        raise OperationFailed(f"the Salesforce CLI (sf) could not be started: {exc.strerror}") from exc
    return done.returncode, done.stdout.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class SfCli:
    """The CLI's own login of an org.

    Attributes:
        target_org: alias or user name as the CLI knows it.
        environ: for the command; must hold PATH and HOME.
        run: runs a command.
    """

    kind: ClassVar[str] = "sf"
    can_renew: ClassVar[bool] = True  # `sf org display` renews the session where it can

    target_org: str
    environ: Mapping[str, str] = field(repr=False)
    run: Run = field(default=run, repr=False)

    def log_in(self, http: Http, now: Callable[[], float]) -> Session:  # noqa: ARG002 (the CLI does the talking)
        """See ``org.session.LoginFlow``."""
        shown = self._ask("org", "display", "--target-org", self.target_org, "--json")
        token, url = _text(shown, "accessToken"), _text(shown, "instanceUrl")
        if not _is_token(token):
            # newer CLIs redact the token here ("[REDACTED] ...") and have a command of its own for it
            said = self._ask(
                "org", "auth", "show-access-token", "--target-org", self.target_org, "--json", "--no-prompt"
            )
            token = _text(said, "accessToken")
        if not _is_token(token) or not url:
            raise LoginRefused(
                f"the Salesforce CLI shows no access token for '{self.target_org}'",
                "Log in there again: sf org login web",
                "SF_CLI_NO_TOKEN",
            )
        return Session(base_url(url), Secret(token), _text(shown, "id"), username=_text(shown, "username"))

    def _ask(self, *arguments: str) -> Mapping[str, object]:
        # its updater reads this name alone; the other one that is documented, SF_AUTOUPDATE_DISABLE, starts the updater
        # where sf came with npm (@salesforce/cli 2.146.3, cli.js; @oclif/plugin-update, hooks/init.js)
        quiet = {"SF_DISABLE_TELEMETRY": "true", "SF_DISABLE_AUTOUPDATE": "true", "SF_SKIP_NEW_VERSION_CHECK": "true"}
        code, output = self.run(("sf", *arguments), {**self.environ, **quiet}, TIMEOUT_S)
        try:
            said = json.loads(output)
        except ValueError:
            said = None  # the output is not quoted: it may hold a token
        if not isinstance(said, dict):
            raise OperationFailed(f"sf {' '.join(arguments[:2])} gave no JSON (exit code {code})")
        if code != 0:
            name = said.get("name")
            raise LoginRefused(
                f"the Salesforce CLI refused: {one_line(said.get('message'))}",
                "See: sf org list",
                name if isinstance(name, str) else "SF_CLI",
            )
        result = said.get("result")
        if isinstance(result, str):
            return {"accessToken": result}
        return result if isinstance(result, dict) else {}


def _text(said: Mapping[str, object], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _is_token(text: str) -> bool:
    """A session id holds a ``!``; a JWT-shaped token begins with ``ey`` and has dots; a redaction has spaces."""
    return bool(text) and not any(char.isspace() for char in text) and ("!" in text or text.count(".") >= 2)
