"""From a policy to the components it asks for. Pure: the project comes in as a mapping, nothing is read or written."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sfmeta.access.assignments import allow_assignments, any_api_client_assignments
from sfmeta.access.connected_apps import connected_app
from sfmeta.access.external_client_apps import external_client_app
from sfmeta.access.file_index import FileIndex
from sfmeta.access.grants import AllowSet, allow_set, any_api_client_set, permission_set
from sfmeta.access.manual_steps import manual_steps
from sfmeta.access.names import NameRegister
from sfmeta.access.new_app import new_app_id
from sfmeta.access.wanted import ManualStep, Value, Wanted, Wish
from sfmeta.errors import Problem, Severity
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import App, AppKind, Decision, Enforcement, Policy, ProfilePolicy

SWITCHES = ComponentId.of("Settings", "ConnectedApp")
"""The two boxes of API Access Control."""

STANDARD_PROFILES = {"System Administrator": "Admin"}
"""Setup's name -> file name, where they differ (seen in real retrieves; UI names depend on the org's language)."""


def components_for(
    policy: Policy, existing: Mapping[ComponentId, Element], unreadable: Collection[ComponentId] = ()
) -> Wish:
    """All that a policy asks for.

    Args:
        policy: well formed.
        existing: the components of the project; a value is asked for only where it matters.
        unreadable: those whose file turned out to be no XML, as far as they were asked for; an app whose file may be
            among them is left out, as nothing true can be said about it.

    Returns:
        Components, manual steps and problems. Components are of use only where no problem is an error.
    """
    run = _Run(policy, FileIndex(existing, unreadable))
    for app in policy.apps.values():
        run.app(app)
    exceptions = any_api_client_set(policy, run.names)
    if exceptions:
        run.components.append(exceptions)
        run.assignments += any_api_client_assignments(policy)
    for profile in policy.profiles:
        run.profile(profile)
    if policy.enforcement:
        run.switches(policy.enforcement)
    return Wish(
        tuple(sorted(run.components, key=lambda wanted: wanted.id)),
        (*run.assignments, *run.steps),
        tuple(run.names.problems + run.problems),
    )


class _Run:
    """Collects what one policy asks for."""

    def __init__(self, policy: Policy, index: FileIndex) -> None:
        self.policy = policy
        self.index = index
        self.names = NameRegister(policy.file)
        self.components: list[Wanted] = []
        self.assignments: list[ManualStep] = []
        self.steps: list[ManualStep] = []
        self.problems: list[Problem] = []

    def app(self, app: App) -> None:
        if app.decision is Decision.UNDECIDED:
            return
        found = self.index.find(app, self.policy.file)
        if isinstance(found, Problem):
            self.problems.append(found)
            return
        existing = self.index.get(found) if found else None
        if found in self.index.unreadable:
            return
        if found is None and app.is_owned and self.index.may_be_unreadable(app):
            return
        label = app.match.label or (existing.value("label") if existing else "") or ""
        allow = allow_set(app, label, self.names)
        if allow:
            self.components.append(permission_set(allow.label, allow.name, app))
            self.assignments += allow_assignments(app, label, allow)
        if app.is_owned:
            self._owned(app, found, allow)
        elif app.kind is AppKind.EXTERNAL_CLIENT_APP and found:
            self._installed_external(app, found, allow)
        elif app.decision is Decision.BLOCK and app.match.consumer_key:
            self._blocked(app, label)
        else:
            self.steps += manual_steps(app, label or str(app.match), allow)

    def _owned(self, app: App, found: ComponentId | None, allow: AllowSet | None) -> None:
        component = found or new_app_id(app, self.names)
        if component is None:
            return
        if not self.names.claim(component, f"the app '{app.key}'", app.place, "Write match.api_name"):
            return
        if found is None and self.index.get(component) is not None:
            place = app.match.place
            message = f"'{app.key}' would be created as {component}, which has a file with another label"
            hint = "Correct match.label, or give match.api_name alone if it is that app"
            self.problems.append(Problem(message, "policy-name", self.policy.file, place.line, place.column, hint))
            return
        if found is None and app.kind is AppKind.CONNECTED_APP:
            self._warn_of_new_connected_app(app)
        if app.kind is AppKind.CONNECTED_APP:
            wanted, problems = connected_app(app, component, allow, self.index, self.policy.file)
            self.components.append(wanted)
        else:
            family, problems = external_client_app(app, component, allow, self.index, self.policy.file)
            if self.index.may_be_unreadable(app):
                return
            self.components += family
        self.problems += problems

    def _warn_of_new_connected_app(self, app: App) -> None:
        # Salesforce help 005228017
        message = f"'{app.key}' has no file, so it is written as a new connected app; since Spring '26 orgs create none"
        hint = "If the org has it, retrieve its file first; else ask Support, or use kind: external_client_app"
        self.problems.append(
            Problem(
                f"{message} unless Salesforce Support allows it",
                "policy-new-connected-app",
                self.policy.file,
                app.place.line,
                app.place.column,
                hint,
                Severity.WARNING,
            )
        )

    def _installed_external(self, app: App, found: ComponentId, allow: AllowSet | None) -> None:
        """Its policies belong to this org, the app itself to whoever defined it."""
        family, problems = external_client_app(app, found, allow, self.index, self.policy.file)
        if self.index.may_be_unreadable(app):
            return
        self.components += [wanted for wanted in family if wanted.id.type.endswith("ConfigurablePolicies")]
        self.problems += problems

    def _blocked(self, app: App, label: str) -> None:
        key = app.match.consumer_key
        known = self.index.holding("BlacklistedConsumer", "consumerKey", key)
        if known:
            row = self.index.existing[known[0]]
            if row.value("blockedByApiWhitelisting") == "true":
                # a row the org made itself is never deployed nor deleted by us
                place = app.place
                message = f"{known[0]} was made by API Access Control itself; '{app.key}' is left as it is"
                self.problems.append(
                    Problem(
                        message, "policy-block", self.policy.file, place.line, place.column, severity=Severity.WARNING
                    )
                )
                return
        name = known[0].full_name if known else self.names.name(label or app.key, app.place, "Write match.label")
        if name is None:
            return
        component = ComponentId.of("BlacklistedConsumer", name)
        if self.names.claim(component, f"the app '{app.key}'", app.place, "Give them different labels"):
            values = {"consumer_key": key, "label": label or app.key}
            self.components.append(Wanted(component, "BlacklistedConsumer", values, place=app.place, app=app.key))

    def profile(self, profile: ProfilePolicy) -> None:
        if not profile.user_permissions:
            return
        by_file = ComponentId.of("Profile", profile.name)
        standard = ComponentId.of("Profile", STANDARD_PROFILES.get(profile.name, profile.name))
        component = by_file if self.index.get(by_file) is not None else standard
        holder = f"the profile '{profile.name}'"
        if self.names.claim(component, holder, profile.place, "Keep one of them"):
            permissions = tuple(
                {"name": name, "enabled": "true" if enabled else "false"} for name, enabled in profile.user_permissions
            )
            self.components.append(Wanted(component, "Profile", {"user_permissions": permissions}, place=profile.place))

    def switches(self, enforcement: Enforcement) -> None:
        values: dict[str, Value] = {}
        if enforcement.internal_users is not None:
            values["internal_users"] = "true" if enforcement.internal_users else "false"
        if enforcement.external_users is not None:
            values["external_users"] = "true" if enforcement.external_users else "false"
        if values:
            self.components.append(Wanted(SWITCHES, "ConnectedAppSettings", values, place=enforcement.place))
