"""Makes the stages of a policy true in a local org, as a person in Setup and a deployment would.

Written from the design alone, and sharing nothing with sfmeta's own reading of a policy but the policy's values:

prepare    the "Allow" permission sets and their assignments, and "Use Any API Client"; nobody loses anything
restrict   wave by wave, the apps that are allowed: those of others are installed and unblocked, all get policies and
           grants that are written; an app without a wave, and profiles, come with the last wave
block      the apps that nobody may use: owned ones by their session policy, external client apps by their switch, those
           of others on the list
enforce    the boxes

What is absent stays. ``grants.permission_sets`` and ``grants.profiles`` are the whole list where they are written; the
"Allow" set stands beside them. An app for everyone keeps no grants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sfmeta.localorg.apps import App as OrgApp
from sfmeta.localorg.apps import Kind
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.doors.blocks import is_blocked
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.setup import actions
from sfmeta.model.forecast import Stage
from sfmeta.model.policy import (
    App,
    AppKind,
    AssignedBy,
    Decision,
    Grants,
    IpRelaxation,
    PermittedUsers,
    Policy,
    RefreshToken,
    RefreshTokenRule,
    Until,
)
from tests.forecast.orgs.memory import MemoryOrg

_EXCEPTIONS = "Use Any API Client"
_RELAXATION = {
    IpRelaxation.ENFORCE: "ENFORCE",
    IpRelaxation.RELAX: "BYPASS",
    IpRelaxation.RELAX_WITH_SECOND_FACTOR: "BYPASS_2FACTOR",
    IpRelaxation.ENFORCE_BUT_RELAX_FOR_REFRESH: "ENFORCE_RELAXREFRESH",
}
_REFRESH = {
    RefreshTokenRule.UNTIL_REVOKED: "infinite",
    RefreshTokenRule.IMMEDIATELY: "zero",
    RefreshTokenRule.EXPIRE_AFTER: "specific_lifetime:{0.amount}:{0.unit.value}",
    RefreshTokenRule.EXPIRE_IF_UNUSED_FOR: "specific_inactivity:{0.amount}:{0.unit.value}",
}
_BY_THE_ORG = ""


@dataclass
class Stager:
    """Takes an org through the stages of a policy, each once and in their order.

    Args:
        org: as it was audited.
        policy: about its apps, by their labels.
    """

    org: MemoryOrg
    policy: Policy
    _done: list[Stage] = field(default_factory=list, init=False)
    _wave: int = field(default=0, init=False)

    def reach(self, stage: Stage, wave: int | None = None) -> None:
        """Makes a stage true, and those before it that are not yet.

        Args:
            stage: up to and with which one.
            wave: of ``restrict``, up to and with which wave; None for all.
        """
        self.prepare()
        if stage is not Stage.PREPARE:
            self.restrict(wave if stage is Stage.RESTRICT else None)
        if stage in (Stage.BLOCK, Stage.ENFORCE):
            self.block()
        if stage is Stage.ENFORCE:
            self.enforce()

    def alone(self, stage: Stage, wave: int | None = None) -> None:
        """Makes a stage true, and none of those before it.

        Args:
            stage: which one.
            wave: of ``restrict``, up to and with which wave; None for all.
        """
        steps = {
            Stage.PREPARE: self.prepare,
            Stage.RESTRICT: lambda: self.restrict(wave),
            Stage.BLOCK: self.block,
            Stage.ENFORCE: self.enforce,
        }
        steps[stage]()

    @property
    def last_wave(self) -> int:
        """The highest wave that is written."""
        return max([app.wave for app in self.policy.apps.values() if app.wave is not None], default=1)

    def prepare(self) -> None:
        """Permission sets and assignments."""
        if not self._begins(Stage.PREPARE):
            return
        for app in self.policy.apps.values():
            label = self._allow_label(app)
            if not label:
                continue
            set_id = self._permission_set(label)
            if app.grants is not None and app.grants.assigned_by is AssignedBy.SFMETA:
                for user in app.grants.users:
                    self._assign(str(user.username), set_id, user.until)
        for holder in self.policy.any_api_client:
            set_id = self._permission_set(_EXCEPTIONS, "UseAnyApiClient")
            self._assign(str(holder.username), set_id, holder.until)

    def restrict(self, wave: int | None = None) -> None:
        """The apps that are allowed, up to a wave."""
        until = self.last_wave if wave is None else wave
        for app in self.policy.apps.values():
            own = self.last_wave if app.wave is None else app.wave
            if app.decision is Decision.ALLOW and self._wave < own <= until:
                self._allow(app)
        if self._wave < self.last_wave <= until:
            self._profiles()
        self._wave = max(self._wave, until)

    def block(self) -> None:
        """The apps that nobody may use."""
        if not self._begins(Stage.BLOCK):
            return
        for app in self.policy.apps.values():
            if app.decision is Decision.BLOCK:
                self._block(app)

    def enforce(self) -> None:
        """The boxes."""
        wanted = self.policy.enforcement
        if not self._begins(Stage.ENFORCE) or wanted is None:
            return
        if not self.org.state.org.has_feature(API_ACCESS_CONTROL):
            return
        boxes = {INTERNAL_BOX: wanted.internal_users, EXTERNAL_BOX: wanted.external_users}
        said = {name: value for name, value in boxes.items() if value is not None}
        actions.set_boxes(self.org.state, said, _BY_THE_ORG)

    def _begins(self, stage: Stage) -> bool:
        is_new = stage not in self._done
        self._done.append(stage)
        return is_new

    def _allow_label(self, app: App) -> str:
        """The label of an app's "Allow" set, "" where the policy asks for none."""
        approves = app.permitted_users is PermittedUsers.ADMIN_APPROVED
        approves = approves or (app.permitted_users is None and app.grants is not None)
        if app.decision is not Decision.ALLOW or not approves:
            return ""
        return app.permission_set.replace("{label}", app.match.label)

    def _permission_set(self, label: str, *permissions: str) -> str:
        records = self.org.state.records
        found = records.first("PermissionSet", Label=label)
        if found is not None:
            return found.id
        name = re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")
        gives = {f"Permissions{one}": True for one in permissions}
        return records.insert("PermissionSet", {"Name": name, "Label": label, "IsCustom": True, **gives})

    def _assign(self, username: str, set_id: str, until: Until | None) -> None:
        if self.org.state.records.first("User", Username=username.lower()) is not None:
            user = self.org.user(username)
            actions.assign(self.org.state, user.id, set_id, _BY_THE_ORG, until.at if until else None)

    def _allow(self, app: App) -> None:
        state = self.org.state
        theirs = self.org.app(app.match.label)
        if theirs.kind is Kind.FOREIGN:
            actions.install(state, theirs.id, _BY_THE_ORG)
            theirs = self.org.app(app.match.label)
        if not self._is_ours(theirs) and is_blocked(state, theirs.consumer_key):
            actions.unblock(state, theirs.id, _BY_THE_ORG)
        actions.set_policy(state, theirs.id, self._change(app, theirs), _BY_THE_ORG)

    def _change(self, app: App, theirs: OrgApp) -> actions.PolicyChange:
        now = actions.policy_of(self.org.state, theirs)
        sets, profiles = self._grants(app, now)
        lifts = self._is_ours(theirs) and theirs.kind is Kind.CONNECTED and now.session_action == "Block"
        return actions.PolicyChange(
            permitted_users=app.permitted_users.value if app.permitted_users else None,
            refresh_token=_refresh_policy(app.refresh_token),
            ip_relaxation=_RELAXATION[app.ip_relaxation] if app.ip_relaxation else None,
            session_action="" if lifts else None,
            session_timeout=app.session.timeout_minutes if app.session else None,
            enabled=True if theirs.kind is Kind.EXTERNAL else None,
            permission_sets=sets,
            profiles=profiles,
        )

    def _grants(self, app: App, now: actions.Policy) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        """The ids of the permission sets and profiles to be attached, None for those there are."""
        if app.permitted_users is PermittedUsers.EVERYONE:
            return (), ()
        grants = app.grants or Grants()
        label = self._allow_label(app)
        allow = [self._permission_set(label)] if label else []
        sets: tuple[str, ...] | None = None
        if grants.permission_sets is not None:
            sets = (*allow, *(self._set_named(name) for name in grants.permission_sets))
        elif allow:
            sets = (*allow, *now.permission_sets)
        profiles = grants.profiles
        return sets, None if profiles is None else tuple(self._profile_named(name) for name in profiles)

    def _set_named(self, name: str) -> str:
        records = self.org.state.records
        found = records.first("PermissionSet", Name=name) or records.first("PermissionSet", Label=name)
        if found is None:
            raise LookupError(name)
        return found.id

    def _profile_named(self, name: str) -> str:
        found = self.org.state.records.first("Profile", Name=name)
        if found is None:
            raise LookupError(name)
        return found.id

    def _profiles(self) -> None:
        """Permissions of profiles: those of the permission set that each owns."""
        records = self.org.state.records
        for profile in self.policy.profiles:
            owned = records.first("PermissionSet", ProfileId=self._profile_named(profile.name))
            if owned is not None:
                records.update(owned.id, **{f"Permissions{name}": on for name, on in profile.user_permissions})

    def _block(self, app: App) -> None:
        state = self.org.state
        theirs = self.org.app(app.match.label)
        if app.kind is AppKind.EXTERNAL_CLIENT_APP:
            actions.set_policy(state, theirs.id, actions.PolicyChange(enabled=False), _BY_THE_ORG)
        elif self._is_ours(theirs):
            actions.set_policy(state, theirs.id, actions.PolicyChange(session_action="Block"), _BY_THE_ORG)
        elif not is_blocked(state, theirs.consumer_key):
            actions.block(state, theirs.id, _BY_THE_ORG)

    @staticmethod
    def _is_ours(theirs: OrgApp) -> bool:
        """Whether this org defines the app, so that its policies are a file."""
        return theirs.kind is Kind.EXTERNAL or theirs.record["Ownership"] == "owned"


def _refresh_policy(rule: RefreshToken | None) -> str | None:
    return None if rule is None else _REFRESH[rule.rule].format(rule.duration)
