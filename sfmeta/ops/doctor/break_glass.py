"""The person who can untick the boxes in a browser when nothing else gets in any more."""

from __future__ import annotations

from datetime import datetime

from sfmeta.ops.doctor.check import Check, Verdict, ok, problem, unknown, warning
from sfmeta.ops.doctor.examination import Examination
from sfmeta.org.soql import moment_of, quoted

DAYS = 90
_NEEDED = {"ViewSetup": "View Setup and Configuration", "CustomizeApplication": "Customize Application"}
_PERMISSIONS = (*_NEEDED, "ApiUserOnly", "ManageUsers")


def judge_break_glass(seen: Examination, days: int = DAYS) -> Verdict:
    """Whether the break-glass admin of the policy could untick the boxes now.

    Args:
        seen: the org, and whom the policy names.
        days: the last login with a browser may be so old.
    """
    username = seen.known.break_glass
    if username is None:
        return unknown("There is no policy.yml here that could name a break-glass admin", "Run this in the project")
    if not username:
        return warning("policy.yml names no break-glass admin", "Add break_glass: {username: ...}: a person with Setup")
    found = seen.rows(f"SELECT Id, IsActive, UserType FROM User WHERE Username = {quoted(username)}")  # noqa: S608
    if not found:
        return problem(f"There is no user {username}", "Name a user of this org under break_glass in policy.yml")
    if found[0].get("IsActive") is not True:
        return problem(f"{username} is not active", "Activate the user, or name somebody else")
    user_id = str(found[0]["Id"])
    logins = seen.optional_rows(f"SELECT IsFrozen FROM UserLogin WHERE UserId = {quoted(user_id)}")  # noqa: S608
    if logins and logins[0].get("IsFrozen") is True:
        return problem(f"{username} is frozen", "Unfreeze the user, or name somebody else")
    return _may(seen, username, user_id, days, sees_frozen=logins is not None)


def _may(seen: Examination, username: str, user_id: str, days: int, *, sees_frozen: bool) -> Verdict:
    held = seen.holder(user_id, _PERMISSIONS)
    if held.has("ApiUserOnly"):
        return problem(f"{username} is an API-only user and cannot open Setup", "Name a person who uses a browser")
    if missing := [label for name, label in _NEEDED.items() if not held.has(name)]:
        return problem(
            f"{username} lacks {' and '.join(missing)} and cannot untick the boxes", "Give that, or name another"
        )
    if ends := [end for name in _NEEDED if (end := held.ends.get(name))]:
        return warning(f"{username} can untick the boxes only until {min(ends):%Y-%m-%d}", "Give it without an end")
    login = _last_browser_login(seen, user_id, days)
    if login is None:
        return warning(
            f"{username} has not logged in with a browser in the last {days} days, as far as we see",
            "Have that person log in now: a password or a second factor may be lost",
        )
    others = "" if held.has("ManageUsers") else "; without Manage Users, so other users cannot be helped"
    frozen = "" if sees_frozen else "; whether the user is frozen cannot be seen here"
    return ok(f"{username} can untick the boxes; last in a browser on {login:%Y-%m-%d}{others}{frozen}")


def _last_browser_login(seen: Examination, user_id: str, days: int) -> datetime | None:
    """Of the window; Status is not filterable (object reference, LoginHistory)."""
    rows = seen.rows(
        "SELECT LoginTime, LoginType, Status FROM LoginHistory "  # noqa: S608 (quoted)
        f"WHERE UserId = {quoted(user_id)} AND LoginType = 'Application' AND LoginTime = LAST_N_DAYS:{days} "
        "ORDER BY LoginTime DESC LIMIT 200"
    )
    return next((moment_of(row, "LoginTime") for row in rows if row.get("Status") == "Success"), None)


CHECKS = (
    Check(
        "break-glass",
        "Break-glass admin",
        judge_break_glass,
        "object reference, User, UserLogin, LoginHistory; that Setup stays reachable under the boxes is an inference",
        "judgement",
    ),
)
"""In this order."""
