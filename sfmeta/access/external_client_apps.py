"""An external client app: the app itself and the satellites that hold its OAuth settings and policies.

A satellite names its app in ``externalClientApplication``; its own name follows no fixed rule, so an existing file is
found by what it says. New ones are named after the app, and the two policies ``<app>_defaultPolicy``, as orgs have
been seen to name those they make themselves for an app that was deployed (community reports; no document says so).
"""

from __future__ import annotations

from collections.abc import Mapping

from sfmeta.access.file_index import FileIndex
from sfmeta.access.grants import AllowSet, idle_grants, named_permission_sets
from sfmeta.access.wanted import Value, Wanted
from sfmeta.errors import Problem
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import App, Decision, IpRelaxation, PermittedUsers, RefreshTokenRule

# WSDL and guide, ExtlClntAppOauthConfigurablePolicies
_IP_RELAXATION = {
    IpRelaxation.ENFORCE: "Enforce",
    IpRelaxation.RELAX_WITH_SECOND_FACTOR: "Bypass_2factor",
    IpRelaxation.RELAX: "Bypass",
    IpRelaxation.ENFORCE_BUT_RELAX_FOR_REFRESH: "Enforce_RelaxRefresh",
}
_PERMITTED_USERS = {
    PermittedUsers.ADMIN_APPROVED: "AdminApprovedPreAuthorized",
    PermittedUsers.EVERYONE: "AllSelfAuthorized",
}
_REFRESH_RULE = {
    RefreshTokenRule.UNTIL_REVOKED: "Infinite",
    RefreshTokenRule.IMMEDIATELY: "Zero",
    RefreshTokenRule.EXPIRE_AFTER: "SpecificLifetime",
    RefreshTokenRule.EXPIRE_IF_UNUSED_FOR: "SpecificInactivity",
}
_SETTINGS = "ExtlClntAppOauthSettings"
_GLOBAL = "ExtlClntAppGlobalOauthSettings"
_OAUTH_POLICIES = "ExtlClntAppOauthConfigurablePolicies"
_POLICIES = "ExtlClntAppConfigurablePolicies"
_NEW_NAME = {_SETTINGS: "{}", _GLOBAL: "{}", _OAUTH_POLICIES: "{}_defaultPolicy", _POLICIES: "{}_defaultPolicy"}
_GRANT_PATHS = frozenset({"commaSeparatedPermissionSet", "commaSeparatedProfile"})
_PERIOD_PATHS = frozenset({"refreshTokenValidityPeriod", "refreshTokenValidityUnit"})


def external_client_app(
    app: App, component: ComponentId, allow: AllowSet | None, index: FileIndex, file: str
) -> tuple[list[Wanted], list[Problem]]:
    """The files of an external client app, as far as the policy says something about each.

    Args:
        app: its policy.
        component: the app's own id, existing or new.
        allow: its generated permission set.
        index: the project.
        file: the policy, for messages.

    Returns:
        What to render, and problems.
    """
    run = _Family(app, component, index, file)
    policies = run.satellite(_OAUTH_POLICIES)
    present = index.get(policies)
    listed = _split(present, "commaSeparatedPermissionSet")
    sets, problems = named_permission_sets(app, allow, listed, index, file)
    approved = present.value("permittedUsersPolicyType") if present else ""
    problems += run.problems + idle_grants(app, approved == "AdminApprovedPreAuthorized", file)
    oauth = _oauth_policies(app, present, sets)
    wanted = [run.wanted(component, run.header())]
    wanted += run.of(_SETTINGS, _scopes(app, index.get(run.satellite(_SETTINGS))))
    wanted += run.of(_GLOBAL, {"callback_url": app.callback_url} if app.callback_url else {})
    wanted += run.of(_OAUTH_POLICIES, oauth, _cleared(app, sets))
    wanted += run.of(_POLICIES, run.enabled())
    return [one for one in wanted if one.values], problems


class _Family:
    """The files of one app, by type."""

    def __init__(self, app: App, component: ComponentId, index: FileIndex, file: str) -> None:
        self.app = app
        self.component = component
        self.index = index
        self.file = file
        self.is_new = index.get(component) is None
        self.problems: list[Problem] = []
        self._found: dict[str, ComponentId] = {}

    def satellite(self, type_name: str) -> ComponentId:
        """The existing satellite that names the app, else the name of a new one."""
        if type_name not in self._found:
            name = self.component.full_name
            existing = self.index.holding(type_name, "externalClientApplication", name)
            if len(existing) > 1:
                place = self.app.place
                message = f"several files say they belong to {self.component}: {', '.join(map(str, existing))}"
                self.problems.append(
                    Problem(message, "policy-match", self.file, place.line, place.column, "Delete all but one")
                )
            new = ComponentId.of(type_name, _NEW_NAME[type_name].format(name))
            self._found[type_name] = existing[0] if existing else new
        return self._found[type_name]

    def header(self) -> dict[str, Value]:
        """The app itself. Only a new one is said to be local: that is what owning it means."""
        values: dict[str, Value] = {}
        if self.app.match.label:
            values["label"] = self.app.match.label
        if self.app.contact_email:
            values["contact_email"] = self.app.contact_email
        if self.is_new:
            values["distribution_state"] = "Local"
        return values

    def enabled(self) -> dict[str, Value]:
        """The app's main switch: off for a blocked app; on for a new one, and where a file says anything about it."""
        if self.app.decision is Decision.BLOCK:
            return {"enabled": "false"}
        if self.is_new:
            return {"enabled": "true", "oauth_enabled": "true"}
        return {} if self.index.get(self.satellite(_POLICIES)) is None else {"enabled": "true"}

    def of(self, type_name: str, values: Mapping[str, Value], cleared: frozenset[str] = frozenset()) -> list[Wanted]:
        """One satellite, where the policy says something about it."""
        component = self.satellite(type_name)
        if not values and not (cleared and self.index.get(component)):
            return []
        complete: dict[str, Value] = {"external_client_application": self.component.full_name, **values}
        if self.index.get(component) is None:
            complete["label"] = component.full_name
        return [self.wanted(component, complete, cleared)]

    def wanted(
        self, component: ComponentId, values: Mapping[str, Value], cleared: frozenset[str] = frozenset()
    ) -> Wanted:
        """One file of the family."""
        return Wanted(component, component.type, values, cleared, self.app.place, self.app.key)


def _scopes(app: App, present: Element | None) -> dict[str, Value]:
    # with a space, as files from orgs have it; whether one is allowed between permission sets is not known
    return {"scopes": _joined(app.scopes, present, "commaSeparatedOauthScopes", ", ")} if app.scopes else {}


def _oauth_policies(app: App, present: Element | None, sets: tuple[str, ...] | None) -> dict[str, Value]:
    values: dict[str, Value] = {}
    if app.permitted_users:
        values["permitted_users"] = _PERMITTED_USERS[app.permitted_users]
    if sets:
        values["permission_sets"] = _joined(sets, present, "commaSeparatedPermissionSet")
    if app.grants and app.grants.profiles:
        values["profiles"] = _joined(app.grants.profiles, present, "commaSeparatedProfile")
    if app.ip_relaxation:
        values["ip_relaxation"] = _IP_RELAXATION[app.ip_relaxation]
    if app.refresh_token:
        values["refresh_token_policy"] = _REFRESH_RULE[app.refresh_token.rule]
        if app.refresh_token.duration:
            values["refresh_token_period"] = str(app.refresh_token.duration.amount)
            values["refresh_token_unit"] = app.refresh_token.duration.unit.capitalize()
    if app.session and app.session.timeout_minutes:
        values["session_timeout"] = str(app.session.timeout_minutes)
    return values


def _cleared(app: App, sets: tuple[str, ...] | None) -> frozenset[str]:
    cleared = set(_GRANT_PATHS) if app.permitted_users is PermittedUsers.EVERYONE else set()
    if sets == ():
        cleared.add("commaSeparatedPermissionSet")
    if app.grants and app.grants.profiles == ():
        cleared.add("commaSeparatedProfile")
    if app.refresh_token and not app.refresh_token.duration:
        cleared |= _PERIOD_PATHS
    return frozenset(cleared)


def _split(present: Element | None, name: str) -> list[str]:
    text = (present.value(name) or "") if present else ""
    return [part.strip() for part in text.split(",") if part.strip()]


def _joined(names: tuple[str, ...], present: Element | None, element: str, separator: str = ",") -> str:
    """A comma-separated list; one that already says the same in another order or spacing stays as it is."""
    text = (present.value(element) or "") if present else ""
    return text if set(_split(present, element)) == set(names) and text else separator.join(names)
