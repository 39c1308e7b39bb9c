"""The assertion of the JWT bearer flow: a real RS256 check against the app's certificate."""

from __future__ import annotations

import binascii
import json
import textwrap
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from sfmeta.localorg.apps import App, app_by_key
from sfmeta.localorg.caller import Fault
from sfmeta.localorg.doors.catalog import fault
from sfmeta.localorg.doors.words import INVALID_CLIENT_ID
from sfmeta.localorg.state import State

INVALID_ASSERTION = fault("assertion")
INVALID_AUDIENCE = fault("audience")

# PyJWT's own, and what its JSON reader may say to a hostile text
_UNREADABLE = (jwt.PyJWTError, ValueError, RecursionError)
# the largest second that an assertion can mean; the sf CLI 2.146.3 sends exp in milliseconds (observed)
_MILLISECONDS_FROM = 100_000_000_000
# Infinity (which JSON does not have) and numbers of a thousand digits are no moments
_NO_MOMENT_FROM = 2**63


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a checked assertion says.

    Attributes:
        app: who signed it.
        username: for whom.
    """

    app: App
    username: str


def check_assertion(state: State, text: str, base_url: str) -> Assertion | Fault:
    """Checks issuer, signature, audience, expiry and subject, in this order.

    Args:
        text: the assertion as sent.
        base_url: how the client reached the org, an audience of its own.
    """
    unchecked = _claims(text)
    if unchecked is None:
        return INVALID_ASSERTION
    app = app_by_key(state, str(unchecked.get("iss", "")))
    if app is None:
        return INVALID_CLIENT_ID
    key = public_key(app.record.text("Certificate"))
    if key is None:
        return INVALID_ASSERTION
    claims = _claims(text, key)
    if claims is None:
        return INVALID_ASSERTION
    if not _audience_is_right(claims.get("aud"), base_url, sandbox=state.org.is_sandbox):
        return INVALID_AUDIENCE
    if not _is_fresh(claims.get("exp"), state.clock.outside()):
        return INVALID_ASSERTION
    subject = claims.get("sub") or claims.get("prn")
    return Assertion(app, str(subject)) if subject else INVALID_ASSERTION


def claimed_subject(text: str) -> str:
    """Whom an assertion names that need not be true, "" for nobody."""
    unchecked = _claims(text) or {}
    return str(unchecked.get("sub") or unchecked.get("prn") or "")


def _claims(text: str, key: RSAPublicKey | None = None) -> dict[str, Any] | None:
    """What an assertion says, signed with a key where one is given; None where it is not so, or cannot be read."""
    # the audience and the expiry follow Salesforce's own rules, in ``check_assertion``
    left_open: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        if key is None:
            claims: dict[str, Any] = jwt.decode(text, options={"verify_signature": False})
        else:
            claims = jwt.decode(text, key, algorithms=["RS256"], options=left_open)
        # a lone surrogate is no text: nobody is named like that, and no row can be looked up by it
        json.dumps(claims, ensure_ascii=False).encode()
    except _UNREADABLE:
        return None
    return claims


def public_key(certificate: str) -> RSAPublicKey | None:
    """The key of a certificate or public key: PEM, or the bare base64 that ConnectedApp metadata holds."""
    pem = certificate.strip()
    if not pem:
        return None
    if "-----BEGIN" not in pem:
        body = "\n".join(textwrap.wrap("".join(pem.split()), 64))
        pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
    try:
        if "BEGIN CERTIFICATE" in pem:
            key = load_pem_x509_certificate(pem.encode()).public_key()
        else:
            key = load_pem_public_key(pem.encode())  # type: ignore[assignment]  # looked at below
    except (ValueError, binascii.Error):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def _audience_is_right(audience: object, base_url: str, *, sandbox: bool) -> bool:
    login_host = "https://test.salesforce.com" if sandbox else "https://login.salesforce.com"
    allowed = {base_url.rstrip("/"), login_host}
    given = audience if isinstance(audience, list) else [audience]
    return any(isinstance(one, str) and one.rstrip("/") in allowed for one in given)


def _is_fresh(expires: object, now: datetime) -> bool:
    if not isinstance(expires, int | float) or not expires < _NO_MOMENT_FROM:
        return False
    unit = 1000 if expires >= _MILLISECONDS_FROM else 1
    # a far future is accepted, by inference: read as seconds, the sf CLI's exp is one, and it logs in to real orgs
    return expires > now.timestamp() * unit
