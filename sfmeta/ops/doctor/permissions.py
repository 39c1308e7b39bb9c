"""Whether our own user may do what sfmeta does."""

from __future__ import annotations

from sfmeta.ops.doctor.check import Check, Verdict, ok, problem, warning
from sfmeta.ops.doctor.examination import Examination
from sfmeta.ops.doctor.holdings import NEEDED, Holder

_SOON_DAYS = 30


def _permissions(seen: Examination) -> Verdict:
    held = seen.ourselves
    missing = [f"{label} ({why})" for name, (label, why) in NEEDED.items() if not _may(held, name)]
    if missing:
        fix = f"Give {seen.org.info.username} a permission set with these"
        return problem(f"Missing: {'; '.join(missing)}", fix)
    if ends := [name for name in NEEDED if name in held.ends and (held.ends[name] - seen.now).days < _SOON_DAYS]:
        first = min(ends, key=lambda name: held.ends[name])
        return warning(
            f"All are there, but {NEEDED[first][0]} ends on {held.ends[first]:%Y-%m-%d}, with the assignment that "
            "gives it",
            "Move the expiration date of that assignment",
        )
    if not held.has("ManageUsers"):
        also = "" if held.has("AssignPermissionSets") else " and permission sets cannot be assigned"
        return warning(
            f"All that a deployment needs; without Manage Users the logins of others are not visible{also}",
            "Give Manage Users (or Monitor Login History and Assign Permission Sets)",
        )
    return ok(f"All that is needed, by {', '.join(sorted({via for name in NEEDED for via in held.via[name]}))}")


def _may(held: Holder, name: str) -> bool:
    """Modify All Data stands in for Modify Metadata (Metadata API guide, quick start)."""
    return held.has(name) or (name == "ModifyMetadata" and held.has("ModifyAllData"))


CHECKS = (
    Check(
        "permissions",
        "Our permissions",
        _permissions,
        "Metadata API guide, prerequisites; Help connected_app_manage_additional_settings; object reference, "
        "OauthToken, LoginHistory",
        "A",
    ),
)
"""In this order."""
