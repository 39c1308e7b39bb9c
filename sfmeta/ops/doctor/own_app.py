"""Whether the app that sfmeta comes through survives both boxes: installed or owned, open, granted to our user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sfmeta.ops.doctor.check import Check, Verdict, ok, problem, unknown, warning
from sfmeta.ops.doctor.examination import Examination
from sfmeta.org.soql import field_of, quoted

_SURE = "Look at it in Setup (Connected Apps OAuth Usage, External Client App Manager), or add the org with JWT"
_APPROVE = (
    "Set the app's Permitted Users to 'Admin approved users are pre-authorized' and attach a permission set that our "
    "user holds"
)


@dataclass(frozen=True, slots=True)
class OwnApp:
    """The app, as far as it can be seen.

    Attributes:
        label: as people know it.
        id: of its record.
        admin_approved: Permitted Users; None where not known.
    """

    label: str
    id: str
    admin_approved: bool | None


def judge_own_app(seen: Examination) -> Verdict:
    """Whether the app that sfmeta comes through survives both boxes."""
    if seen.org.login_kind == "password":
        return problem(
            "SOAP login() comes through no app: the first box shuts it out", "Use JWT: sfmeta org add --help"
        )
    # a blocked app lets nobody in and keeps no session (Metadata API guide, BlacklistedConsumer, sessionPolicy), and
    # we are in
    app = _find(seen)
    return unknown(_not_found(seen), _SURE) if app is None else _granted(seen, app)


def _granted(seen: Examination, app: OwnApp) -> Verdict:
    named = f"The app {app.label}, through which sfmeta comes,"
    if app.admin_approved is None:
        return unknown(f"{named} is there; who may use it could not be read", _SURE)
    if not app.admin_approved:
        return warning(
            f"{named} lets all users authorise themselves: whether that still works under the first box is not "
            "established",
            _APPROVE,
        )
    held = seen.ourselves
    attached = {
        str(row.get("ParentId")): str(field_of(row, "Parent.Name"))
        for row in seen.rows(
            "SELECT ParentId, Parent.Name FROM SetupEntityAccess "  # noqa: S608 (quoted)
            f"WHERE SetupEntityId = {quoted(app.id)}"
        )
    }
    direct = [one for one in attached if one in held.permission_sets]
    if not direct and held.through_groups & set(attached):
        return _through_group(seen, named)
    if not direct:
        return problem(f"{named} is admin approved, and our user is not among the approved", _APPROVE)
    ends = [held.permission_sets[one] for one in direct]
    dated = [end for end in ends if end is not None]
    if len(dated) == len(ends):
        return warning(
            f"{named} is granted to our user until {max(dated):%Y-%m-%d %H:%M} UTC; then sfmeta is locked out",
            "Move the expiration date of that assignment",
        )
    return ok(
        f"{named} is installed or owned, not blocked, admin approved, and granted to our user: it survives both boxes"
    )


def _through_group(seen: Examination, named: str) -> Verdict:
    if seen.known.group_members_preauthorize:
        return ok(
            f"{named} is granted to our user through a permission set group, which counts here (sfmeta probed it)"
        )
    return warning(
        f"{named} is granted to our user only through a permission set group: whether that counts is not established",
        "Assign a permission set of the app itself, or find out with: sfmeta doctor -o ORG --probe",
    )


def _find(seen: Examination) -> OwnApp | None:
    """By its consumer key in metadata, else by the label that our own login left in LoginHistory."""
    for component, root, _ in seen.own_app_files():
        if root.name == "ConnectedApp":
            return _connected(seen, str(root.value("label") or component.full_name))
        return _external(seen, "DeveloperName", str(root.value("externalClientApplication")))
    label = seen.own_app_label
    return (_connected(seen, label) or _external(seen, "MasterLabel", label)) if label else None


def _connected(seen: Examination, label: str) -> OwnApp | None:
    found = seen.rows(
        "SELECT Id, Name, OptionsAllowAdminApprovedUsersOnly FROM ConnectedApplication "  # noqa: S608 (quoted)
        f"WHERE Name = {quoted(label)}"
    )
    if len(found) != 1:
        return None
    return OwnApp(label, str(found[0]["Id"]), found[0].get("OptionsAllowAdminApprovedUsersOnly") is True)


def _external(seen: Examination, field: str, value: str) -> OwnApp | None:
    where = f"WHERE {field} = {quoted(value)}"
    found = seen.optional_rows(f"SELECT Id, MasterLabel FROM ExternalClientApplication {where}")  # noqa: S608 (quoted)
    if found is None or len(found) != 1:
        return None
    app_id = str(found[0]["Id"])
    policies = seen.optional_rows(
        "SELECT PermittedUsersPolicyType FROM ExtlClntAppOauthPlcyCnfg "  # noqa: S608 (quoted)
        f"WHERE ExternalClientApplicationId = {quoted(app_id)}"
    )
    return OwnApp(str(found[0]["MasterLabel"]), app_id, _approved(policies))


def _approved(policies: list[Mapping[str, object]] | None) -> bool | None:
    if policies is None:
        return None
    return any(row.get("PermittedUsersPolicyType") == "AdminApprovedPreAuthorized" for row in policies)


def _not_found(seen: Examination) -> str:
    if label := seen.own_app_label:
        return f"sfmeta comes through an app that is neither owned nor installed here, or named twice: {label}"
    if not seen.org.info.client_id:
        return f"A login by {seen.org.login_kind} does not say which app it comes through"
    return "The app that sfmeta comes through is not among those whose consumer key the org shows"


CHECKS = (
    Check(
        "own-app",
        "Our own app",
        judge_own_app,
        "Metadata API guide, ConnectedAppOauthConfig.isAdminApproved, ConnectedAppSettings; object reference, "
        "SetupEntityAccess, LoginHistory",
        "A",
    ),
)
"""In this order."""
