"""Whether our user may see enough for an audit: an org does not say what it leaves out, so permissions are asked."""

from __future__ import annotations

from datetime import datetime

from sfmeta.errors import GuardRefused
from sfmeta.model.inventory import Gap
from sfmeta.ops.audit.reading import Reader
from sfmeta.ops.audit.rows import Row
from sfmeta.org.soql import field_of, moment_of, quoted

_MUST = "CustomizeApplication"
_ASKED = (_MUST, "ManageUsers", "ViewSetup")
_WATCHES_LOGINS = "MonitorLoginHistory"


class Rights:
    """What our user may see.

    Args:
        held: of the permissions that matter here, those that the user holds.
    """

    def __init__(self, held: frozenset[str]) -> None:
        self.held = held

    @property
    def sees_logins(self) -> bool:
        """LoginHistory of everybody. Source: Object Reference, LoginHistory."""
        return bool(self.held & {"ManageUsers", _WATCHES_LOGINS})

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is not whole for want of a permission.

        Source: Object Reference, SetupEntityAccess and PermissionSetAssignment (View Setup and Configuration, since
            2020; what an org shows without it was not found).
        """
        if "ViewSetup" in self.held:
            return ()
        return (
            Gap(
                "not-permitted-setup",
                "Our user lacks View Setup and Configuration: grants and assignments may be missing here",
                "Assign a permission set with View Setup and Configuration to the user and audit again",
            ),
        )


def own_rights(reader: Reader, now: datetime) -> Rights:
    """Asks what our user may see.

    Args:
        reader: the org.
        now: an assignment that ended before counts no more.

    Raises:
        GuardRefused: it is not known who we are; or without Customize Application, as OauthToken shows only rows of
            one's own then (Object Reference, OauthToken): the audit would report a fraction and look whole.
    """
    if not reader.org.info.user_id:
        raise GuardRefused(
            "the org does not tell who we are, so nothing tells whether we may see enough for an audit",
            "Log in through an app (JWT, client credentials) and audit again",
            "UNKNOWN_USER",
        )
    held = _held(reader, _ASKED, now)
    if _MUST not in held:
        raise GuardRefused(
            f"{reader.org.info.username} lacks the permission Customize Application: without it an org shows nobody "
            "else's authorisations (OauthToken), and the audit would be a fraction that looks whole",
            "Assign a permission set with Customize Application to that user, or audit as another one",
            "MISSING_PERMISSION",
        )
    if "ManageUsers" not in held:
        held |= _held(reader, (_WATCHES_LOGINS,), now)
    return Rights(frozenset(held))


def _held(reader: Reader, permissions: tuple[str, ...], now: datetime) -> set[str]:
    """Those of them that some permission set gives our user: a profile's own, an assigned one, or a group's aggregate.

    One that a session has to activate does not count: nothing tells whether ours has.
    """
    columns = [f"PermissionSet.Permissions{name}" for name in permissions]
    table = reader.table(
        "PermissionSetAssignment",
        ["PermissionSet.HasActivationRequired"],
        optional=[*columns, "ExpirationDate"],
        where=f"AssigneeId = {quoted(reader.org.info.user_id)}",
    )
    counting = [row for row in table.rows if _counts(row, now)]
    return {
        name
        for name in permissions
        if any(field_of(row, f"PermissionSet.Permissions{name}") is True for row in counting)
    }


def _counts(row: Row, now: datetime) -> bool:
    ends = moment_of(row, "ExpirationDate")
    return field_of(row, "PermissionSet.HasActivationRequired") is not True and (ends is None or ends > now)
