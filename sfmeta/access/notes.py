"""What is worth saying about a policy at a given moment, and fails nothing: dates, assumed zones, idle fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sfmeta.errors import Problem, Severity
from sfmeta.model.policy import App, Decision, Place, Policy, Until

ANY_API_CLIENT_DAYS = 90
"""How far ahead "Use Any API Client" may be given: a way around the whole policy should not be forgotten."""


def notes(policy: Policy, now: datetime) -> tuple[Problem, ...]:
    """Warnings about a policy.

    Args:
        policy: well formed.
        now: with a time zone; dates are compared with it and with nothing else.

    Returns:
        In reading order.
    """
    found = [*_dates(policy, now), *_zones(policy), *_idle(policy)]
    return tuple(
        Problem(message, rule, policy.file, place.line, place.column, hint, Severity.WARNING)
        for message, rule, place, hint in sorted(found, key=lambda note: (note[2].line, note[2].column, note[0]))
    )


_Note = tuple[str, str, Place, str]


def _ends(policy: Policy) -> Iterator[tuple[str, Until, Place]]:
    """Every end in time that takes something away when it comes."""
    for app in policy.apps.values():
        for user in app.grants.users if app.grants else ():
            if user.until:
                yield f"the grant of '{app.key}' to {user.username}", user.until, user.place
    for entry in policy.any_api_client:
        yield f"any_api_client of {entry.username}", entry.until, entry.place
    for loss in policy.accepted_losses:
        yield f"the accepted loss of {loss.user}", loss.until, loss.place


def _dates(policy: Policy, now: datetime) -> Iterator[_Note]:
    for what, until, place in _ends(policy):
        if until.at <= now:
            yield f"{what} ended on {until}", "policy-past-date", place, "Extend it or remove it"
    limit = now + timedelta(days=ANY_API_CLIENT_DAYS)
    for entry in policy.any_api_client:
        if entry.until.at > limit:
            message = (
                f"any_api_client of {entry.username} ends more than {ANY_API_CLIENT_DAYS} days from now ({entry.until})"
            )
            yield message, "policy-far-date", entry.place, "Bring the date nearer: this permission opens every app"
    for app in policy.apps.values():
        if app.review_by and app.review_by.at <= now:
            yield f"'{app.key}' was to be reviewed by {app.review_by}", "policy-review", app.place, "Review it"


def _zones(policy: Policy) -> Iterator[_Note]:
    assumed = [(until, place) for _, until, place in _ends(policy) if until.zone_assumed]
    if assumed:
        until, place = assumed[0]
        more = f" ({len(assumed)} such dates)" if len(assumed) > 1 else ""
        message = f"'{until.text}' has no time zone and is taken as {until}{more}"
        yield message, "policy-time-zone", place, "Write the time and its zone to be exact: 2027-01-31T18:00+01:00"


def _idle(policy: Policy) -> Iterator[_Note]:
    for app in policy.apps.values():
        if app.decision is not Decision.UNDECIDED:
            continue
        fields = _acting_fields(app)
        if fields:
            message = f"'{app.key}' is undecided, so its {', '.join(fields)} do nothing yet"
            yield message, "policy-undecided", app.place, "Write decision: allow or block"


def _acting_fields(app: App) -> list[str]:
    fields = {
        "permitted_users": app.permitted_users,
        "refresh_token": app.refresh_token,
        "ip_relaxation": app.ip_relaxation,
        "session": app.session,
        "grants": app.grants,
        "callback_url": app.callback_url,
        "scopes": app.scopes,
    }
    return [name for name, value in fields.items() if value is not None]
