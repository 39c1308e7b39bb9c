"""Whom a policy lets in, from the seed of an org and the policy's values alone; nothing of sfmeta's rules is asked.

An app that is allowed lets in

everyone         where ``permitted_users`` says so, or leaves an app that is open as it is
admin_approved   whoever has one of its profiles (``grants.profiles``, or those it had where the policy lists none), one
                 of its permission sets (``grants.permission_sets``, or likewise), or stands in ``grants.users``, until
                 the end that is written there

An app about which the policy decides nothing, or that is blocked in a later stage, is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sfmeta.localorg.seed import format as form
from sfmeta.model.policy import App, Decision, PermittedUsers, Policy
from tests.forecast.orgs.memory import NOW

_UNTIED = ("UseAnyApiClient",)
"""Whoever has it reaches any external client app, whatever its policy says."""


class Expected(Enum):
    """What must come of a login."""

    IN = "lets in"
    OUT = "shuts out"
    AS_BEFORE = "says nothing of"
    UNSAID = "cannot say of"


@dataclass(frozen=True, slots=True)
class Oracle:
    """What is expected of each user and app after prepare and restrict.

    Attributes:
        seed: the org, made simple (see ``cases.plain``).
        policy: about it.
    """

    seed: form.Seed
    policy: Policy

    def expected(self, user: form.User, app: form.App) -> Expected:
        """Of a person who comes with a browser, signs in and agrees."""
        decided = next((one for one in self.policy.apps.values() if one.match.label == app.label), None)
        if decided is None or decided.decision is not Decision.ALLOW:
            return Expected.AS_BEFORE if self._is_untouched(user) else Expected.UNSAID
        if app.blocked == "policy" or (app.blocked and app.ownership == "owned"):
            # nobody unblocks these: a session policy of an app of another org, a row of the block list about our own.
            # The session policy of a connected app of our own goes with its next package, and makes none by itself
            return Expected.OUT if app.kind == "external_client_app" else Expected.UNSAID
        if not self._is_allowed(user, app, decided):
            if app.kind == "external_client_app" and self._has(user, *_UNTIED):
                return Expected.UNSAID
            return Expected.OUT
        # what an API needs besides: of that the policy of an app says nothing
        return Expected.IN if self._has(user, "ApiEnabled") and not self._has(user, "ApiUserOnly") else Expected.UNSAID

    def _is_allowed(self, user: form.User, app: form.App, decided: App) -> bool:
        was_open = app.permitted_users == "everyone" or app.ownership == "uninstalled"
        said = decided.permitted_users
        if said is PermittedUsers.EVERYONE or (said is None and was_open):
            return True
        grants = decided.grants
        listed = grants.profiles if grants else None
        profiles = app.profiles if listed is None else listed
        listed = grants.permission_sets if grants else None
        sets = app.permission_sets if listed is None else listed
        in_time = {
            str(one.username) for one in (grants.users if grants else ()) if one.until is None or one.until.at > NOW
        }
        return user.profile in profiles or bool(set(_held(user)) & set(sets)) or user.username in in_time

    def _is_untouched(self, user: form.User) -> bool:
        exempt = {str(one.username) for one in self.policy.any_api_client}
        return user.username not in exempt and user.profile not in {one.name for one in self.policy.profiles}

    def _has(self, user: form.User, *permissions: str) -> bool:
        """Whether one of these permissions is theirs afterwards."""
        profile = next(one for one in self.seed.profiles if one.name == user.profile)
        has = set(profile.permissions)
        for one in self.policy.profiles:
            if one.name == profile.name:
                for name, on in one.user_permissions:
                    has = has | {name} if on else has - {name}
        for given in self.seed.permission_sets:
            if given.name in _held(user):
                has |= set(given.permissions)
        if user.username in {str(one.username) for one in self.policy.any_api_client}:
            has.add("UseAnyApiClient")
        return bool(has & set(permissions))


def _held(user: form.User) -> Iterator[str]:
    """The permission sets of a user that have not ended."""
    for one in user.permission_sets:
        if isinstance(one, str):
            yield one
        elif one.until is None or one.until > NOW:
            yield one.name
