"""The OAuth token endpoint: one form out, a session or a refusal back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from sfmeta.errors import UsageError
from sfmeta.model.names import to_18
from sfmeta.model.secret import Secret
from sfmeta.org.faults import login_refused, no_salesforce, one_line
from sfmeta.org.http import Answer, Http
from sfmeta.org.session import Session
from sfmeta.org.urls import base_url


def audience_of(login_url: str) -> str:
    """The JWT audience that goes with a login URL.

    Salesforce expects its general login hosts (help "OAuth 2.0 JWT Bearer Flow": ``aud``), also where the token
    endpoint is that of a My Domain.
    """
    host = urlsplit(login_url).hostname or ""
    if host == "test.salesforce.com" or host.endswith(".sandbox.my.salesforce.com"):
        return "https://test.salesforce.com"
    if host == "login.salesforce.com" or host.endswith(".my.salesforce.com"):
        return "https://login.salesforce.com"
    return login_url


def token_session(http: Http, login_url: str, form: Mapping[str, str], secrets: tuple[Secret, ...]) -> Session:
    """Asks the token endpoint, again where its answer is lost: a session that nobody got harms nobody.

    Args:
        http: for the call.
        login_url: a parsed base URL.
        form: the grant.
        secrets: what the form holds; the org must not quote it back to the user.

    Raises:
        LoginRefused: the org said no.
        OrgUnreachable: no answer, or none of a token endpoint.
    """
    url = f"{login_url}/services/oauth2/token"
    answer = http.call("POST", url, data=dict(form), headers={"Accept": "application/json"}, idempotent=True)
    said = _json_object(answer)
    if answer.status != 200 or "access_token" not in said:
        code = said.get("error")
        if not isinstance(code, str):
            raise no_salesforce(url, f"its token endpoint answers HTTP {answer.status}")
        raise login_refused(code, one_line(said.get("error_description"), secrets), secrets)
    instance = said.get("instance_url")
    if not isinstance(instance, str) or not isinstance(said["access_token"], str):
        raise no_salesforce(url, "its token answer has no instance_url")
    org_id, user_id = _identity(said.get("id"))
    rotated = said.get("refresh_token")
    return Session(
        _trusted(instance, url),
        Secret(said["access_token"]),
        org_id,
        user_id,
        refresh_token=Secret(rotated) if isinstance(rotated, str) and rotated else None,
    )


def _trusted(instance_url: str, asked: str) -> str:
    """An instance URL out of an answer, which decides where the token goes next."""
    try:
        return base_url(instance_url)
    except UsageError:
        raise no_salesforce(asked, "it names an instance URL that is not https") from None


def _identity(url: object) -> tuple[str, str]:
    """Org and user out of an identity URL, ``https://host/id/<org>/<user>``."""
    match = re.search(r"/id/(00D[A-Za-z0-9]{12,15})/(005[A-Za-z0-9]{12,15})\Z", url if isinstance(url, str) else "")
    return (to_18(match[1]), to_18(match[2])) if match else ("", "")


def _json_object(answer: Answer) -> dict[str, object]:
    try:
        said = json.loads(answer.body)
    except ValueError:
        # no cause is kept: it would hold the whole answer
        raise no_salesforce(answer.url, f"its token endpoint answers HTTP {answer.status} without JSON") from None
    return said if isinstance(said, dict) else {}
