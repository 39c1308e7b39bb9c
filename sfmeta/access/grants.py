"""Who is named on an app: its generated "Allow" permission set, and the permission sets that already exist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sfmeta.access.file_index import FileIndex
from sfmeta.access.names import NameRegister, api_name_of, is_api_name
from sfmeta.access.wanted import Value, Wanted
from sfmeta.errors import Problem, Severity
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import App, Decision, PermittedUsers, Policy

ANY_API_CLIENT_LABEL = "Use Any API Client"
ANY_API_CLIENT_PERMISSION = "UseAnyApiClient"
"""Source: Salesforce's published types; it exists only where API Access Control is enabled."""


@dataclass(frozen=True, slots=True)
class AllowSet:
    """The generated permission set of one app: its label and its API name."""

    label: str
    name: str


def wants_allow_set(app: App) -> bool:
    """Whether the policy asks for an "Allow" set: the app is allowed, for approved users, and a label is written."""
    if app.decision is not Decision.ALLOW or not app.permission_set:
        return False
    if app.permitted_users is None:
        return app.grants is not None
    return app.permitted_users is PermittedUsers.ADMIN_APPROVED


def allow_set(app: App, label: str, names: NameRegister) -> AllowSet | None:
    """The "Allow" set of an app, its name reserved.

    Args:
        app: see ``wants_allow_set``.
        label: the app's, "" where nothing gives it.
        names: gets the problem where the name is taken or cannot be made.
    """
    if not wants_allow_set(app):
        return None
    way_out = f"Write another permission_set for '{app.key}'"
    if "{label}" in app.permission_set and not label:
        message = f"the permission set of '{app.key}' needs the app's label"
        names.problems.append(
            Problem(message, "policy-name", names.file, app.place.line, app.place.column, "Write match.label")
        )
        return None
    own = app.permission_set.replace("{label}", label)
    name = names.name(own, app.place, way_out)
    if name is None:
        return None
    component = ComponentId.of("PermissionSet", name)
    return AllowSet(own, name) if names.claim(component, f"the label '{own}'", app.place, way_out) else None


def permission_set(label: str, name: str, app: App) -> Wanted:
    """The file of an "Allow" set: a label and nothing else."""
    return Wanted(
        ComponentId.of("PermissionSet", name), "PermissionSet", {"label": label}, place=app.place, app=app.key
    )


def any_api_client_set(policy: Policy, names: NameRegister) -> Wanted | None:
    """The permission set for those who may use any API client; None where nobody may."""
    if not policy.any_api_client:
        return None
    place = policy.any_api_client[0].place
    component = ComponentId.of("PermissionSet", api_name_of(ANY_API_CLIENT_LABEL))
    if not names.claim(component, "any_api_client", place, "Write another permission_set for that app"):
        return None
    permissions = ({"name": ANY_API_CLIENT_PERMISSION, "enabled": "true"},)
    values: dict[str, Value] = {"label": ANY_API_CLIENT_LABEL, "user_permissions": permissions}
    return Wanted(component, "PermissionSet", values, place=place)


def named_permission_sets(
    app: App, allow: AllowSet | None, present: Iterable[str], index: FileIndex, file: str
) -> tuple[tuple[str, ...] | None, list[Problem]]:
    """The full list of permission sets on an app.

    The list is written whole, because an org may take an absent entry for a removal (not established). Salesforce's
    guide calls the value "permission set name": API names are written, labels are looked up in the project.

    Args:
        app: its grants.
        allow: its generated set.
        present: what the file names now; kept where the policy does not list permission sets itself.
        index: the project, for labels.
        file: the policy, for messages.

    Returns:
        The list, or None where the policy says nothing about it; and warnings.
    """
    grants = app.grants
    listed = grants.permission_sets if grants else None
    if allow is None and listed is None:
        return None, []
    names: dict[str, None] = dict.fromkeys([allow.name] if allow else [])
    problems: list[Problem] = []
    if listed is None:
        # a file may hold the label instead: which of the two an org gives back is not settled
        names.update(dict.fromkeys(name for name in present if not allow or name != allow.label))
    for entry in listed or ():
        resolved = _resolved(entry, index)
        taken = resolved or api_name_of(entry) or entry
        if resolved is None and not index.has_unreadable("PermissionSet"):
            place = grants.place if grants else app.place
            message = f"no permission set '{entry}' is in the project; '{taken}' is taken for its API name"
            hint = "Retrieve it, or write its API name"
            problems.append(Problem(message, "policy-grant", file, place.line, place.column, hint, Severity.WARNING))
        names[taken] = None
    return tuple(names), problems


def idle_grants(app: App, is_approved: bool, file: str) -> list[Problem]:
    """Grants on an app that everyone may authorize themselves do nothing, and a deploy wants the two together.

    Args:
        app: its policy.
        is_approved: the app's file already says that users must be approved.
        file: the policy, for messages.

    Source: Metadata API guide, ConnectedApp: permissionSetName and profileName need isAdminApproved.
    """
    grants = app.grants
    if grants is None or app.permitted_users is not None or is_approved:
        return []
    if not (grants.profiles or grants.permission_sets or grants.users):
        return []
    message = f"the grants of '{app.key}' mean nothing while everyone may authorize the app themselves"
    hint = "Write permitted_users: admin_approved, or remove grants"
    return [Problem(message, "policy-grant", file, grants.place.line, grants.place.column, hint)]


def _resolved(entry: str, index: FileIndex) -> str | None:
    if ComponentId.of("PermissionSet", entry) in index.existing:
        return entry
    labelled = index.holding("PermissionSet", "label", entry)
    if len(labelled) == 1:
        return labelled[0].full_name
    return entry if is_api_name(entry) else None
