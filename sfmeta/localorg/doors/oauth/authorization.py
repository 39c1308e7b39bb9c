"""A request to the authorize endpoint, checked, and the ways back to the client.

A redirect URI that is not the app's is never used: the error is shown. A scope that the app does not have ends on the
error page (jetstream#1462); all else goes back to the client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from sfmeta.localorg.apps import App, app_by_key
from sfmeta.localorg.caller import Fault
from sfmeta.localorg.doors import pages, scopes
from sfmeta.localorg.doors.attempt import PKCE_REQUIRED
from sfmeta.localorg.doors.catalog import fault
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

ERROR_PAGE = "/setup/secur/RemoteAccessErrorPage.apexp"
_PARAMETERS = (
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "display",
    "immediate",
    "login_hint",
    "prompt",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
)


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a client asks a user for.

    Attributes:
        app: the client.
        redirect_uri: one of its callback URLs.
        gives_code: the web server flow; False for the user-agent flow.
        scopes: what it gets if the user agrees.
        parameters: as they came, those that are known.
    """

    app: App
    redirect_uri: str
    gives_code: bool
    scopes: frozenset[str]
    parameters: Mapping[str, str]

    @property
    def prompt(self) -> frozenset[str]:
        """Which pages the client wants to be shown: ``login``, ``consent``."""
        return frozenset(self.parameters.get("prompt", "").split())

    @property
    def is_immediate(self) -> bool:
        """The client wants no page at all."""
        return self.parameters.get("immediate", "").lower() == "true"

    def back(self, fields: Mapping[str, str]) -> Reply:
        """Sends the browser to the client: in the query, or in the fragment for the user-agent flow."""
        state = self.parameters.get("state")
        text = urlencode({**fields, **({} if state is None else {"state": state})})
        if not self.gives_code:
            return pages.redirect(f"{self.redirect_uri}#{text}")
        return pages.redirect(f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{text}")

    def refused(self, refusal: Fault) -> Reply:
        """Sends the browser to the client with an error."""
        return self.back({"error": refusal.code, "error_description": refusal.message})

    def ticket(self, user: Record) -> dict[str, Value]:
        """What a row keeps of it while a person or the client has the next word."""
        return {
            "UserId": user.id,
            "AppId": self.app.id,
            "RedirectUri": self.redirect_uri,
            "GivesCode": self.gives_code,
            "Scopes": " ".join(sorted(self.scopes)),
            "ClientState": self.parameters.get("state"),
            "Challenge": self.parameters.get("code_challenge") or None,
            "ChallengeMethod": self.parameters.get("code_challenge_method") or None,
        }

    @classmethod
    def of_ticket(cls, app: App, row: Record) -> Authorization:
        """The request that a row was made of."""
        kept = {
            "state": row["ClientState"],
            "code_challenge": row["Challenge"],
            "code_challenge_method": row["ChallengeMethod"],
        }
        parameters = {name: str(value) for name, value in kept.items() if value is not None}
        wanted = frozenset(row.text("Scopes").split())
        return cls(app, row.text("RedirectUri"), row.flag("GivesCode"), wanted, parameters)


def read(state: State, fields: Mapping[str, str]) -> Authorization | Reply:
    """Checks a request: client, redirect URI, response type, code challenge and scopes, in this order."""
    parameters = {name: fields[name] for name in _PARAMETERS if name in fields}
    app = app_by_key(state, parameters.get("client_id", ""))
    if app is None:
        return _shown(fault("client-unknown"))
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in app.callback_urls:
        return _shown(fault("redirect-uri"))
    kind = parameters.get("response_type", "")
    asked = Authorization(app, redirect_uri, kind != "token", frozenset(), parameters)
    if kind not in ("code", "token"):
        return asked.refused(fault("response-type"))
    needs_challenge = kind == "code" and (state.org.setting(PKCE_REQUIRED) or app.option("isPkceRequired"))
    if needs_challenge and not parameters.get("code_challenge"):
        return asked.refused(fault("challenge-missing"))
    if parameters.get("code_challenge_method", "S256") not in ("S256", "plain"):
        return asked.refused(fault("challenge-method"))
    wanted = scopes.asked(app, parameters.get("scope", ""))
    if wanted is None:
        refusal = fault("scope-too-much")
        return pages.redirect(
            f"{ERROR_PAGE}?{urlencode({'error': refusal.code, 'error_description': refusal.message})}"
        )
    return Authorization(app, redirect_uri, kind == "code", wanted, parameters)


def _shown(refusal: Fault) -> Reply:
    """An error that must not go to the address that was asked for, as orgs show it (salesforce_restphp_example#1)."""
    text = f"error={refusal.code}&error_description={quote(refusal.message)}"
    return Reply(400, text.encode(), "text/plain;charset=UTF-8")
