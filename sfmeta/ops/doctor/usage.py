"""What breaks with the platform's own dates, or under the first box, whoever does it: SOAP logins, scratch orgs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sfmeta.ops.doctor.check import Check, Verdict, ok, unknown, warning
from sfmeta.ops.doctor.examination import Examination
from sfmeta.org.soql import quoted

DAYS = 90
_SHOWN = 8
_MOST_GROUPS = 2000  # rows of a grouped query in one answer; there is no second page (SOQL reference, GROUP BY)
_IDS_PER_QUERY = 200
_SOAP_ENDS = date(2027, 7, 1)  # Summer '27, which reaches orgs from June on; the day is not published
_RETIRES = "SOAP login() does not exist from API 65 on, and retires in Summer '27 (Help 005132110)"


def _soap_logins(seen: Examination) -> Verdict:
    grouped = seen.rows(
        "SELECT UserId, ApiType, ApiVersion, LoginType, Status, COUNT(Id) uses FROM LoginHistory "  # noqa: S608
        f"WHERE LoginTime = LAST_N_DAYS:{DAYS} GROUP BY UserId, ApiType, ApiVersion, LoginType, Status"
    )
    soap = [row for row in grouped if _is_soap_login(row)]
    sees_all = seen.ourselves.has("ManageUsers")
    if not soap and not sees_all:
        return unknown(
            "Without Manage Users only our own logins are visible", "Give Manage Users, or Monitor Login History"
        )
    if not soap:
        return ok(f"Nobody logged in by SOAP login() in the last {DAYS} days")
    gaps = "" if sees_all else "; more may exist, as only our own logins are visible"
    gaps += f"; the list is cut at {_MOST_GROUPS} rows" if len(grouped) >= _MOST_GROUPS else ""
    versions = sorted({str(row.get("ApiVersion")) for row in soap}, key=lambda text: (len(text), text))
    late = " (past)" if seen.now.date() >= _SOAP_ENDS else ""
    return warning(
        f"{_named(seen, soap)} logged in by SOAP login() in the last {DAYS} days, API {', '.join(versions)}{gaps}. "
        f"{_RETIRES}{late}; the first box shuts it out too, unless Use Any API Client covers it",
        "Move them to OAuth (JWT bearer or client credentials); until then any_api_client in policy.yml, with an end",
    )


def _is_soap_login(row: Mapping[str, object]) -> bool:
    """A login by login(): OAuth sessions are ``Remote Access``, whatever API they are used with."""
    soap = str(row.get("ApiType") or "").startswith("SOAP")
    return soap and not str(row.get("LoginType")).startswith("Remote Access") and row.get("Status") == "Success"


def _named(seen: Examination, rows: list[Mapping[str, object]]) -> str:
    uses: dict[str, int] = {}
    for row in rows:
        count = row.get("uses")
        uses[str(row["UserId"])] = uses.get(str(row["UserId"]), 0) + (count if isinstance(count, int) else 0)
    most = sorted(uses, key=lambda user: (-uses[user], user))[:_IDS_PER_QUERY]
    listed = ", ".join(quoted(user) for user in most)
    users = {
        str(row["Id"]): str(row["Username"])
        for row in seen.rows(f"SELECT Id, Username FROM User WHERE Id IN ({listed})")  # noqa: S608 (quoted)
    }
    shown = [f"{users.get(user, user)} ({uses[user]} times)" for user in most[:_SHOWN]]
    more = f" and {len(uses) - _SHOWN} more" if len(uses) > _SHOWN else ""
    return ", ".join(shown) + more


def _dev_hub(seen: Examination) -> Verdict:
    found = seen.optional_rows("SELECT COUNT(Id) number FROM ActiveScratchOrg")
    if found is None:
        return ok("This org is no Dev Hub, or our user does not see that it is one")
    number = found[0].get("number") if found else 0
    return warning(
        f"This org is a Dev Hub with {number} active scratch orgs: making scratch orgs is known to fail while the "
        "first box is ticked",
        "Make scratch orgs from another Dev Hub, or plan for unticking the box while one is made",
    )


CHECKS = (
    Check("soap-login", "SOAP login()", _soap_logins, "Help 005132110; object reference, LoginHistory", "A"),
    Check(
        "dev-hub",
        "Dev Hub",
        _dev_hub,
        "forcedotcom/cli#3260 and known issue a028c00000sc8WkAAI; object reference, ActiveScratchOrg",
        "B",
    ),
)
"""In this order."""
