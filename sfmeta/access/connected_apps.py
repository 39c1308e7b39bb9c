"""An owned connected app: what the policy writes into its file."""

from __future__ import annotations

from sfmeta.access.file_index import FileIndex
from sfmeta.access.grants import AllowSet, idle_grants, named_permission_sets
from sfmeta.access.wanted import Value, Wanted
from sfmeta.errors import Problem
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import App, Decision, IpRelaxation, PermittedUsers, RefreshToken, RefreshTokenRule

# Metadata API guide, ConnectedAppOauthPolicy
IP_RELAXATION = {
    IpRelaxation.ENFORCE: "ENFORCE",
    IpRelaxation.RELAX_WITH_SECOND_FACTOR: "BYPASS_2FACTOR",
    IpRelaxation.RELAX: "BYPASS",
    IpRelaxation.ENFORCE_BUT_RELAX_FOR_REFRESH: "ENFORCE_RELAXREFRESH",
}
_REFRESH_RULE = {
    RefreshTokenRule.UNTIL_REVOKED: "infinite",
    RefreshTokenRule.IMMEDIATELY: "zero",
    RefreshTokenRule.EXPIRE_AFTER: "specific_lifetime",
    RefreshTokenRule.EXPIRE_IF_UNUSED_FOR: "specific_inactivity",
}
_GRANT_PATHS = frozenset({"permissionSetName", "profileName"})


def refresh_token_policy(rule: RefreshToken) -> str:
    """As ``ConnectedApp`` spells it: ``infinite``, ``zero``, ``specific_lifetime:7:DAYS``."""
    name = _REFRESH_RULE[rule.rule]
    return f"{name}:{rule.duration.amount}:{rule.duration.unit}" if rule.duration else name


def connected_app(
    app: App, component: ComponentId, allow: AllowSet | None, index: FileIndex, file: str
) -> tuple[Wanted, list[Problem]]:
    """The file of an owned connected app.

    Args:
        app: its policy.
        component: its id, existing or new.
        allow: its generated permission set.
        index: the project.
        file: the policy, for messages.

    Returns:
        What to render, and problems.
    """
    existing = index.get(component)
    sets, problems = named_permission_sets(app, allow, _texts(existing, "permissionSetName"), index, file)
    problems += _check(app, existing, file)
    values: dict[str, Value] = {}
    if app.match.label:
        values["label"] = app.match.label
    if app.contact_email:
        values["contact_email"] = app.contact_email
    if app.callback_url:
        values["callback_url"] = app.callback_url
    if app.scopes:
        values["scopes"] = app.scopes
    if app.permitted_users:
        values["admin_approved"] = "true" if app.permitted_users is PermittedUsers.ADMIN_APPROVED else "false"
    if app.ip_relaxation:
        values["ip_relaxation"] = IP_RELAXATION[app.ip_relaxation]
    if app.refresh_token:
        values["refresh_token_policy"] = refresh_token_policy(app.refresh_token)
    # an empty list is written as an empty element: leaving grants out need not take any away
    may_be_empty = existing is not None and app.permitted_users is not PermittedUsers.EVERYONE
    if sets or (sets == () and may_be_empty):
        values["permission_sets"] = sets
    profiles = app.grants.profiles if app.grants else None
    if profiles or (profiles == () and may_be_empty):
        values["profiles"] = profiles
    if app.decision is Decision.BLOCK:
        values["policy_action"] = "Block"
    if app.session and app.session.timeout_minutes:
        # the unit is minutes in Setup; the guide does not state it for the element
        values["session_timeout"] = str(app.session.timeout_minutes)
    return Wanted(component, "ConnectedApp", values, _cleared(app, existing, sets), app.place, app.key), problems


def _texts(existing: Element | None, name: str) -> list[str]:
    return [child.text.strip() for child in existing.all(name) if child.text.strip()] if existing else []


def _cleared(app: App, existing: Element | None, sets: tuple[str, ...] | None) -> frozenset[str]:
    """What the policy implies must not stay: grants on an app open to everyone, an empty list, a lifted block."""
    cleared = set(_GRANT_PATHS) if app.permitted_users is PermittedUsers.EVERYONE else set()
    if sets == ():
        cleared.add("permissionSetName")
    if app.grants and app.grants.profiles == ():
        cleared.add("profileName")
    if app.decision is Decision.ALLOW and existing:
        actions = [element.text.strip() for element in existing.find("sessionPolicy/policyAction")]
        if actions == ["Block"]:  # RaiseSessionLevel is another matter and stays
            cleared.add("sessionPolicy/policyAction")
    return frozenset(cleared)


def _check(app: App, existing: Element | None, file: str) -> list[Problem]:
    place = app.place
    problems = []
    policy = existing.first("oauthPolicy") if existing else None
    has_ip = app.ip_relaxation is not None or (policy is not None and bool(policy.value("ipRelaxation")))
    has_refresh = app.refresh_token is not None or (policy is not None and bool(policy.value("refreshTokenPolicy")))
    if has_ip != has_refresh:
        written, absent = ("ip_relaxation", "refresh_token") if has_ip else ("refresh_token", "ip_relaxation")
        message = f"'{app.key}' gets {written} but no {absent}; Salesforce's schema wants both or none"
        hint = f"Write {absent} too, or retrieve the app so that its file says what the org has"
        problems.append(Problem(message, "policy-oauth-policy", file, place.line, place.column, hint))
    approved = [element.text.strip() for element in existing.find("oauthConfig/isAdminApproved")] if existing else []
    return problems + idle_grants(app, approved == ["true"], file)
