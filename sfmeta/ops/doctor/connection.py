"""Who and where we are, how we logged in, which API, which time."""

from __future__ import annotations

from datetime import datetime

from sfmeta.ops.doctor.check import Check, Verdict, ok, problem, unknown, warning
from sfmeta.ops.doctor.examination import Examination
from sfmeta.org.certificates import certificate_end

_OLDEST = (
    60  # below it external client apps have no policies (Metadata API guide, ExtlClntAppOauthConfigurablePolicies)
)
_SKEW_WARNING_S = 30
_SKEW_PROBLEM_S = 100  # our assertions are good for 120 seconds
_CERTIFICATE_DAYS = 30


def _connection(seen: Examination) -> Verdict:
    info = seen.org.info
    return ok(f"{info.title}, {info.id}, as {info.username} at {info.instance_url}")


_RENEW = "Use JWT: sfmeta org add ALIAS --client-id KEY --username USER --jwt-key-file FILE --login-url URL"
_LOGINS = {
    "jwt": ok("By JWT bearer: no password, and it renews itself"),
    "client-credentials": ok("By client credentials: it renews itself"),
    "refresh-token": warning(
        "By a refresh token: it ends when the app's refresh token policy says so, or when somebody revokes it", _RENEW
    ),
    "access-token": warning("By an access token that somebody else obtained: it ends, and cannot be renewed", _RENEW),
    "sf": warning(
        "By the Salesforce CLI's login: it comes through the CLI's own app, which must then be allowlisted too", _RENEW
    ),
    "password": problem(
        "By SOAP login() with a password: the first box shuts it out, and login() retires in Summer '27", _RENEW
    ),
}


def _login(seen: Examination) -> Verdict:
    verdict = _LOGINS.get(seen.org.login_kind, unknown(f"By {seen.org.login_kind}"))
    return _certificate(seen) or verdict if seen.org.login_kind == "jwt" else verdict


def _certificate(seen: Examination) -> Verdict | None:
    """What is to be said of the certificate behind a JWT login; None for nothing."""
    texts = (config.value("certificate") for *_, config in seen.own_app_files())
    end = next((end for text in texts if text and (end := certificate_end(text))), None)
    if end is None:
        return None
    days = (end - seen.now).days
    renew = "Make a new key pair and upload its certificate to the app in Setup"
    if days < 0:
        return problem(f"By JWT bearer with a certificate that ended on {end:%Y-%m-%d}", renew)
    if days < _CERTIFICATE_DAYS:
        return warning(f"By JWT bearer; its certificate ends on {end:%Y-%m-%d}", renew)
    return ok(f"By JWT bearer: no password, and it renews itself; its certificate is good until {end:%Y-%m-%d}")


def _api_version(seen: Examination) -> Verdict:
    spoken, newest = seen.org.info.api_version, seen.org.versions()[-1]
    if spoken.major < _OLDEST:
        return problem(
            f"This org speaks API {newest} at most: External Client App policies need {_OLDEST}.0",
            "Nothing helps but a newer release of the org",
        )
    if spoken == newest:
        return ok(f"API {spoken}, the org's newest")
    return ok(f"API {spoken}, the newest that sfmeta's WSDL describes; the org speaks up to {newest}")


def _clock(seen: Examination) -> Verdict:
    before = seen.now
    there = seen.org.server_time()
    if there is None:
        return unknown("The org's web server does not tell the time")
    # the header has whole seconds, and the answer took a while
    skew = _skew_s(there, before, seen.now)
    words = f"This machine's clock is {abs(skew):.0f} seconds {'behind' if skew > 0 else 'ahead of'} the org's"
    fix = "Set this machine's clock by NTP"
    if abs(skew) >= _SKEW_PROBLEM_S and seen.org.login_kind == "jwt":
        return problem(f"{words}: JWT logins are refused", fix)
    if abs(skew) >= _SKEW_WARNING_S:
        return warning(f"{words}: JWT logins and dates of grants depend on it", fix)
    return ok("This machine's clock agrees with the org's to within 30 seconds")


def _skew_s(there: datetime, before: datetime, after: datetime) -> float:
    """How far the org is ahead of us; 0 where it lies within the time that the answer took."""
    if there < before:
        return min(0.0, (there - before).total_seconds() + 1)
    return max(0.0, (there - after).total_seconds())


CHECKS = (
    Check("connection", "Connection", _connection, "Organization, /services/oauth2/userinfo", "A"),
    Check(
        "login",
        "Way in",
        _login,
        "Help 005132110 (SOAP login), Help remoteaccess_oauth_jwt_flow; API Access Control: Help "
        "security_api_access_control_about",
        "A",
    ),
    Check("api-version", "API version", _api_version, "GET /services/data", "A"),
    Check("clock", "Clock", _clock, "RFC 9110, Date; Help remoteaccess_oauth_jwt_flow (exp)", "A"),
)
"""In this order."""
