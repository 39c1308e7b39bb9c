"""Authorisations: rows of OauthToken, their refresh tokens, and what ends them.

One row for what a user gave an app once. A flow with a page makes a new one each time, at most five for a user and an
app; the flows without a page count on the row there is.
"""

from __future__ import annotations

from datetime import timedelta

from sfmeta.localorg.apps import App
from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Door
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.doors.sessions import end_sessions, hashed, random_text
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State

MOST_APPROVALS = 5
"""How often a user may approve an app before the oldest approval is revoked (Help remoteaccess_request_approve)."""

_LISTED_BY_ASSUMPTION = {Door.OAUTH_JWT, Door.OAUTH_CLIENT_CREDENTIALS}
_UNITS = {"HOURS": timedelta(hours=1), "DAYS": timedelta(days=1), "MONTHS": timedelta(days=30)}
# a refresh token that rotation took out of use, and the authorisation that it belonged to
_ROTATED = "RotatedRefreshToken"


def record_token(state: State, user: Record, app: App, door: Door) -> None:
    """Counts a login without a page in OauthToken: on the row of the user and the app, made where there is none.

    The username-password flow leaves no row (Help remoteaccess_oauth_username_password_flow).
    """
    if door is Door.OAUTH_PASSWORD:
        return
    if door in _LISTED_BY_ASSUMPTION and not assumed(state.org, "jwt_tokens_are_listed"):
        return
    row = state.records.first("OauthToken", UserId=user.id, AppId=app.id)
    if row is None:
        now = state.clock.stamp()
        fields = token_fields(user, app, use_count=1, created=now, last_used=now, flow=door)
        state.records.insert("OauthToken", fields)
    else:
        count_use(state, row)


def count_use(state: State, row: Record) -> None:
    """Counts a use of an authorisation, also one that failed (Help remoteaccess_request_approve)."""
    state.records.update(row.id, UseCount=int(row["UseCount"] or 0) + 1, LastUsedDate=state.clock.stamp())


def token_fields(
    user: Record,
    app: App,
    *,
    use_count: int,
    created: str,
    last_used: str | None,
    refresh: str = "",
    flow: Door | None = None,
    scopes: frozenset[str] | None = None,
) -> dict[str, Value]:
    """The row of an authorisation: what a user gave an app, once, on the consent page or by an administrator's word.

    Args:
        user: who gave it.
        app: to whom.
        use_count: how often it was used.
        created: a stamp.
        last_used: a stamp, None for never.
        refresh: the refresh token that belongs to it, "" for none; only its hash is kept.
        flow: how it came to be, None where that is not known.
        scopes: what it is good for; None for all that the app has.
    """
    return {
        "UserId": user.id,
        "AppId": app.id,
        "AppName": app.label,
        "UseCount": use_count,
        "CreatedDate": created,
        "LastUsedDate": last_used,
        "DeleteToken": random_text(40).replace(".", "a"),
        "Token": hashed(refresh) if refresh else None,
        "Flow": flow.value if flow else None,
        "Scopes": None if scopes is None else " ".join(sorted(scopes)),
        "IssuedPolicy": app.refresh_policy,
    }


def approve(state: State, user: Record, app: App, flow: Door, scopes: frozenset[str]) -> str:
    """Adds what a user approved on a page; the oldest approval gives way to the sixth.

    Returns:
        A refresh token, "" where the scopes do not hold one.
    """
    refresh = f"5Aep{random_text(82)}" if "refresh_token" in scopes else ""
    rows = state.records.find("OauthToken", UserId=user.id, AppId=app.id)
    state.records.delete_all(rows[: max(0, len(rows) + 1 - MOST_APPROVALS)])
    now = state.clock.stamp()
    fields = token_fields(user, app, use_count=1, created=now, last_used=now, refresh=refresh, flow=flow, scopes=scopes)
    state.records.insert("OauthToken", fields)
    return refresh


def by_refresh_token(state: State, refresh: str, app: App) -> Record | None:
    """The authorisation of an app's refresh token, or None where it is not good any more.

    A token that was rotated out ends the one that took its place, and its sessions (Help 005316711).
    """
    if not refresh:
        return None
    row = state.records.first("OauthToken", Token=hashed(refresh))
    if row is not None:
        return row if row["AppId"] == app.id and is_alive(state, row, app) else None
    old = state.records.first(_ROTATED, Token=hashed(refresh))
    current = state.records.get(old.text("OauthTokenId")) if old is not None else None
    if current is not None and current["AppId"] == app.id:
        revoke(state, current)
    return None


def rotate(state: State, row: Record, refresh: str) -> str:
    """Takes a refresh token out of use.

    Returns:
        The one that takes its place.
    """
    new = f"5Aep{random_text(82)}"
    state.records.update(row.id, Token=hashed(new))
    state.records.insert(_ROTATED, {"Token": hashed(refresh), "OauthTokenId": row.id})
    return new


def is_alive(state: State, row: Record, app: App) -> bool:
    """Whether a refresh token may still be used; the app's policy is asked only when it is.

    Source: Metadata API guide, ConnectedAppOauthPolicy.refreshTokenPolicy.
    """
    now_counts = assumed(state.org, "refresh_policy_hits_issued_tokens") or row["IssuedPolicy"] is None
    kind, _, rest = (app.refresh_policy if now_counts else row.text("IssuedPolicy")).partition(":")
    if kind == "zero":
        return False
    if kind not in ("specific_lifetime", "specific_inactivity"):
        return True
    amount, _, unit = rest.partition(":")
    since = row.text("CreatedDate") if kind == "specific_lifetime" else row.text("LastUsedDate")
    lives = int(amount) * _UNITS.get(unit, _UNITS["DAYS"]) if amount.isdigit() else timedelta(0)
    return state.clock.now() <= from_stamp(since or row.text("CreatedDate")) + lives


def end_authorizations(state: State, app_id: str) -> None:
    """Ends what all users gave an app, and all its sessions."""
    for sobject in ("OauthToken", "AuthSession"):
        state.records.delete_all(state.records.find(sobject, AppId=app_id))


def became_admin_approved(state: State, app_id: str) -> None:
    """What follows, by assumption, when an app for everyone becomes one for admin-approved users only."""
    if assumed(state.org, "admin_approval_ends_authorizations"):
        end_authorizations(state, app_id)


def revoke(state: State, row: Record) -> None:
    """Ends an authorisation and the sessions of its user with its app."""
    state.records.delete(row.id)
    end_sessions(state, row.text("UserId"), row.text("AppId"))
