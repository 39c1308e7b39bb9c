"""What each stage of a policy makes of an org. Pure: an org state in, another one out; the order of stages is fixed.

What only a person can do in Setup (install, unblock, edit policies of apps that other companies own) counts as done
with the stage it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sfmeta.access.components import STANDARD_PROFILES
from sfmeta.access.connected_apps import IP_RELAXATION, refresh_token_policy
from sfmeta.access.forecasting.state import OrgState
from sfmeta.access.grants import ANY_API_CLIENT_LABEL, ANY_API_CLIENT_PERMISSION, wants_allow_set
from sfmeta.access.listing import some
from sfmeta.access.matching import Matches
from sfmeta.access.names import api_name_of
from sfmeta.model.forecast import Stage
from sfmeta.model.inventory import App as SeenApp
from sfmeta.model.inventory import Assignment, Blocked, OrgSettings, PermissionSet, Standing
from sfmeta.model.policy import App, AppKind, AssignedBy, Decision, PermittedUsers, Policy, Until

STAGES = tuple(Stage)
"""In their order."""


def last_wave(policy: Policy) -> int:
    """The last wave of a policy; apps without a wave, and profiles, belong to it."""
    return max((app.wave for app in policy.apps.values() if app.wave is not None), default=1)


def stages_of(policy: Policy, settings: OrgSettings) -> Stage:
    """How far a policy goes: to the boxes where it ticks or unticks one of this org, else to blocks or restrictions."""
    if moves_a_box(policy, settings):
        return Stage.ENFORCE
    blocks = any(app.decision is Decision.BLOCK for app in policy.apps.values())
    return Stage.BLOCK if blocks else Stage.RESTRICT


def moves_a_box(policy: Policy, settings: OrgSettings) -> bool:
    """Whether a policy asks for another state of a box than an org has."""
    wanted = policy.enforcement
    if wanted is None:
        return False
    boxes = ((wanted.internal_users, settings.internal_box), (wanted.external_users, settings.external_box))
    return any(asked is not None and asked is not bool(there) for asked, there in boxes)


def asks_for_a_box(policy: Policy) -> bool:
    """Whether a policy wants a box ticked, be it already or not."""
    wanted = policy.enforcement
    return wanted is not None and bool(wanted.internal_users or wanted.external_users)


class UpTo(NamedTuple):
    """How far a forecast looks.

    Attributes:
        stage: up to and with which stage.
        wave: of ``restrict``, up to and with which wave; None for all.
        as_is: that stage alone, on the org as it is; else those before it count as done.
    """

    stage: Stage
    wave: int | None = None
    as_is: bool = False


def says_nothing_of(policy: Policy, matches: Matches, settings: OrgSettings, until: UpTo) -> tuple[str, ...]:
    """Why a forecast says nothing: the policy asks for nothing up to that stage, and "nobody stops" would mislead."""
    if until.stage is Stage.ENFORCE:
        if not asks_for_a_box(policy) and not moves_a_box(policy, settings):
            return (
                "the policy ticks no box, so this forecast does not say whom a ticked one hits: write "
                "enforcement: {internal_users: true}",
            )
        return ()
    if until.stage is Stage.PREPARE or _restricts_anything(policy, matches, until.wave):
        return ()
    if until.stage is Stage.BLOCK and any(policy.apps[key].decision is Decision.BLOCK for key in matches.apps):
        return ()
    if until.wave is None:
        return (f"the policy decides about no app of this org up to {until.stage}: write decisions, then look again",)
    waves = sorted({app.wave for app in policy.apps.values() if app.wave is not None})
    there_are = f": its waves are {', '.join(map(str, waves))}" if waves else ""
    return (f"no app of this org is restricted up to wave {until.wave}{there_are}",)


def _restricts_anything(policy: Policy, matches: Matches, wave: int | None) -> bool:
    last = last_wave(policy)
    until = last if wave is None else wave
    if until >= last and policy.profiles:
        return True
    allowed = (app for key in matches.apps if (app := policy.apps[key]).decision is Decision.ALLOW)
    return any((last if app.wave is None else app.wave) <= until for app in allowed)


def stage_before(stage: Stage, wave: int | None) -> tuple[Stage, int | None] | None:
    """The stage, and of ``restrict`` the wave, that must be done before another; None before the first."""
    if stage is Stage.PREPARE:
        return None
    if stage is Stage.RESTRICT and wave is not None and wave > 1:
        return stage, wave - 1
    return STAGES[STAGES.index(stage) - 1], None


@dataclass(slots=True)
class Staging:
    """The making of a later state.

    Attributes:
        policy: with its usernames resolved.
        matches: what its apps are in this org.
        before: the org as it is.
        warnings: what could not be found.
        unresolved: what leaves open what the policy will do; no forecast is clean with it.
    """

    policy: Policy
    matches: Matches
    before: OrgState
    warnings: list[str] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)
    _users: dict[str, str] = field(default_factory=dict)
    _by_name: dict[str, str] = field(default_factory=dict)
    _by_label: dict[str, list[str]] = field(default_factory=dict)
    _profiles: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        inventory = self.before.inventory
        self._users = {user.username.lower(): user.id for user in inventory.users.values()}
        for one in inventory.permission_sets.values():
            if not one.profile_id and not one.group_id:
                self._by_name[one.name.lower()] = one.id
                self._by_label.setdefault(one.label.lower(), []).append(one.id)
        for profile in inventory.profiles.values():
            for name in (profile.full_name, profile.name):
                if name:
                    self._profiles[name.lower()] = profile.id
        for shown, file in STANDARD_PROFILES.items():
            if shown.lower() in self._profiles:
                self._profiles.setdefault(file.lower(), self._profiles[shown.lower()])

    def after(self, stage: Stage, wave: int | None = None, *, alone: bool = False) -> OrgState:
        """The org once a stage, and those before it, are done.

        Args:
            stage: up to and with which stage.
            wave: of ``restrict``, up to and with which wave; None for all. Later stages have all waves behind them.
            alone: the stage by itself, without those before it.
        """
        state = self.before
        steps: Mapping[Stage, Callable[[OrgState], OrgState]] = {
            Stage.PREPARE: self._prepare,
            Stage.RESTRICT: lambda one: self._restrict(one, wave if stage is Stage.RESTRICT else None),
            Stage.BLOCK: self._block,
            Stage.ENFORCE: self._enforce,
        }
        for step in (stage,) if alone else STAGES[: STAGES.index(stage) + 1]:
            state = steps[step](state)
        return state

    def allow_set_id(self, app: App) -> str:
        """The id of an app's "Allow" set, an id of our own where the org has none yet; "" where the app gets none."""
        label = self._allow_label(app)
        return self._set_id(label) if label else ""

    def user_id(self, username: str, wanted_for: str) -> str:
        """The id of a user of the policy, "" after saying that the org has none."""
        found = self._users.get(username.lower(), "")
        if not found:
            self._warn(f"the policy names {username} ({wanted_for}), who is no user of this org")
        return found

    def _warn(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self.warnings.append(text)

    def _unresolved(self, text: str) -> None:
        if text not in self.unresolved:
            self.unresolved.append(text)

    def _prepare(self, state: OrgState) -> OrgState:
        sets = dict(state.permission_sets)
        made: list[Assignment] = []
        for key in self.matches.apps:
            app = self.policy.apps[key]
            label = self._allow_label(app)
            if not label:
                continue
            id_ = self._make_set(label, sets)
            if app.grants is None or app.grants.assigned_by is AssignedBy.EXTERNAL:
                continue
            for user in app.grants.users:
                made += self._assigned(user.username.text, id_, user.until, f"grants of '{key}'")
        if self.policy.any_api_client:
            id_ = self._make_set(ANY_API_CLIENT_LABEL, sets, frozenset({ANY_API_CLIENT_PERMISSION}))
            for holder in self.policy.any_api_client:
                made += self._assigned(holder.username.text, id_, holder.until, "any_api_client")
        return replace(state, permission_sets=sets, assignments=(*state.assignments, *made))

    def _assigned(self, username: str, set_id: str, until: Until | None, wanted_for: str) -> list[Assignment]:
        user_id = self.user_id(username, wanted_for)
        if until is not None and until.at <= self.before.inventory.taken_at:
            # whether an org takes a date that has passed is not established: nothing is assigned with one
            self._warn(
                f"the grant of {username} ({wanted_for}) ended on {until}; it is not made, and none is taken away"
            )
            return []
        return [Assignment(user_id, set_id, until.at if until else None)] if user_id else []

    def _allow_label(self, app: App) -> str:
        """The label of an app's "Allow" set, "" where it gets none."""
        if not wants_allow_set(app):
            return ""
        return app.permission_set.replace("{label}", app.match.label or self.matches.apps[app.key].label)

    def _set_id(self, label: str) -> str:
        """The id of a permission set that a deployment makes: an id of our own unless the org has that API name."""
        name = api_name_of(label)
        return self._by_name.get(name.lower(), f"new:{name}")

    def _make_set(self, label: str, sets: dict[str, PermissionSet], permissions: frozenset[str] = frozenset()) -> str:
        """A permission set that a deployment makes, or changes where the org has one of that API name; its id."""
        id_ = self._set_id(label)
        known = self.before.inventory.permission_sets.get(id_)
        if known is None:
            sets[id_] = PermissionSet(id_, api_name_of(label), label, permissions)
            return id_
        if more := sorted(known.permissions - permissions):
            self._unresolved(
                f"the org's permission set {known.name} gives {', '.join(more)}; a file that sfmeta makes anew takes "
                f"that away: retrieve it first (sfmeta retrieve -m PermissionSet:{known.name})"
            )
        if not permissions <= known.permissions:
            sets[id_] = replace(known, permissions=known.permissions | permissions)
        return id_

    def _restrict(self, state: OrgState, wave: int | None) -> OrgState:
        last = last_wave(self.policy)
        until = last if wave is None else wave
        apps = dict(state.apps)
        for key, seen in self.matches.apps.items():
            app = self.policy.apps[key]
            if app.decision is Decision.ALLOW and (last if app.wave is None else app.wave) <= until:
                apps[seen.key] = self._allowed(app, seen)
        changes = self._profile_changes() if until >= last else {}
        return replace(state, apps=apps, profile_changes=changes)

    def _allowed(self, app: App, seen: SeenApp) -> SeenApp:
        approved = {PermittedUsers.ADMIN_APPROVED: True, PermittedUsers.EVERYONE: False, None: seen.admin_approved}
        return replace(
            seen,
            standing=Standing.INSTALLED if seen.standing is Standing.USED_ONLY else seen.standing,
            admin_approved=approved[app.permitted_users],
            blocked=_unblocked(seen.blocked, app, seen.standing),
            grants=self._grants(app, seen.grants),
            refresh_policy=refresh_token_policy(app.refresh_token) if app.refresh_token else seen.refresh_policy,
            ip_relaxation=IP_RELAXATION[app.ip_relaxation] if app.ip_relaxation else seen.ip_relaxation,
            session_minutes=(app.session.timeout_minutes if app.session else None) or seen.session_minutes,
        )

    def _grants(self, app: App, present: frozenset[str]) -> frozenset[str]:
        if app.permitted_users is PermittedUsers.EVERYONE:
            return frozenset()
        inventory = self.before.inventory
        of_profiles = {id_ for id_ in present if (one := inventory.permission_sets.get(id_)) and one.profile_id}
        others = set(present) - of_profiles
        grants = app.grants
        if grants is not None and grants.permission_sets is not None:
            listed = {id_ for name in grants.permission_sets if (id_ := self._named_set(name, app.key))}
            # a group's grant comes with one of its members'
            others = listed | {id_ for id_ in others if listed & inventory.comes_with(id_)}
        if grants is not None and grants.profiles is not None:
            of_profiles = {id_ for name in grants.profiles if (id_ := self._profile_set(name, app.key))}
        allow = self._allow_label(app)
        return frozenset(others | of_profiles | ({self._set_id(allow)} if allow else set()))

    def _named_set(self, name: str, key: str) -> str:
        found = self._by_name.get(name.lower(), "")
        labelled = self._by_label.get(name.lower(), [])
        if not found and len(labelled) > 1:
            self._unresolved(
                f"'{key}' is granted to the permission set {name}: several have that label, write the API name"
            )
        if not found and not labelled:
            self._warn(f"the policy grants '{key}' to the permission set {name}, which this org does not have")
        return found or (labelled[0] if labelled else "")

    def _profile_set(self, name: str, key: str) -> str:
        profile_id = self._profiles.get(name.lower(), "")
        if not profile_id:
            self._warn(f"the policy grants '{key}' to the profile {name}, which this org does not have")
            return ""
        return self.before.inventory.profiles[profile_id].permission_set_id

    def _profile_changes(self) -> dict[str, Mapping[str, bool]]:
        changes: dict[str, Mapping[str, bool]] = {}
        for profile in self.policy.profiles:
            profile_id = self._profiles.get(profile.name.lower(), "")
            if not profile_id:
                self._unresolved(
                    f"the policy changes the profile {profile.name}, which this org does not show by that name; whom "
                    "it hits is not known"
                )
                continue
            changes[profile_id] = dict(profile.user_permissions)
            if changes[profile_id].get("ApiUserOnly"):
                self._front_door(profile_id, profile.name)
        return changes

    def _front_door(self, profile_id: str, name: str) -> None:
        """API Only User ends the browser logins of everybody who has it."""
        people = sorted(
            user.username
            for user in self.before.inventory.users.values()
            if user.profile_id == profile_id and user.is_active and user.last_browser_login is not None
        )
        if people:
            self._unresolved(f"API Only User on the profile {name} ends the browser logins of {some(people)}")

    def _block(self, state: OrgState) -> OrgState:
        apps = dict(state.apps)
        for key, seen in self.matches.apps.items():
            if self.policy.apps[key].decision is Decision.BLOCK:
                apps[seen.key] = replace(seen, blocked=_block_of(seen))
        return replace(state, apps=apps)

    def _enforce(self, state: OrgState) -> OrgState:
        wanted = self.policy.enforcement
        if wanted is None:
            return state
        org = state.org
        internal = org.internal_box if wanted.internal_users is None else wanted.internal_users
        external = org.external_box if wanted.external_users is None else wanted.external_users
        known = state.known_permissions
        if self.before.inventory.settings.internal_box is None and (internal or external):
            self._warn("the org has no API Access Control yet; the forecast takes it as enabled by Salesforce Support")
            known |= {ANY_API_CLIENT_PERMISSION}
        ticks_internal = internal and not org.internal_box
        ticks_external = external and not org.external_box
        boxed = replace(
            org,
            internal_box=internal,
            external_box=external,
            ticks_internal_box=ticks_internal,
            ticks_a_box=ticks_internal or ticks_external,
        )
        return replace(state, org=boxed, known_permissions=known)


def _unblocked(blocked: Blocked, app: App, standing: Standing) -> Blocked:
    """What an allowed app is freed of: an owned one of its session policy, others of the block list."""
    is_freed = {
        Blocked.BY_POLICY: standing is Standing.OWNED and app.kind is AppKind.CONNECTED_APP,
        Blocked.DISABLED: True,
        Blocked.BY_LIST: standing is not Standing.OWNED,
        Blocked.BY_BOX: standing is not Standing.OWNED,
        Blocked.NO: True,
    }
    return Blocked.NO if is_freed[blocked] else blocked


def _block_of(app: SeenApp) -> Blocked:
    """How a blocked app is shut: by its policy or switch where its files are ours, else by Setup's Block."""
    if app.blocked is not Blocked.NO:
        return app.blocked
    if app.kind is AppKind.EXTERNAL_CLIENT_APP and app.standing is not Standing.USED_ONLY:
        return Blocked.DISABLED
    return Blocked.BY_POLICY if app.standing is Standing.OWNED else Blocked.BY_LIST
