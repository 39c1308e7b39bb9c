"""Names in a seed that stand for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TypeAlias

from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.doors.networks import Ranges
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.metadata.permissions import USER_PERMISSIONS
from sfmeta.localorg.seed.format import Seed

Loose: TypeAlias = "tuple[tuple[int | str, ...], str, str]"
"""Where it stands, what is wrong with it, what to do (\"\" for nothing known)."""


def _names(seed: Seed) -> dict[str, list[str]]:
    return {
        "profile": [profile.name for profile in seed.profiles],
        "permission set": [one.name for one in seed.permission_sets],
        "permission set group": [one.name for one in seed.permission_set_groups],
        "user": [user.username.lower() for user in seed.users],
        "app": [app.label for app in seed.apps],
        "permission": sorted(USER_PERMISSIONS),
        "assumption": list(ASSUMPTIONS),
    }


class References:
    """Finds names that stand for nothing.

    Args:
        seed: of the right shape.
    """

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self._names = _names(seed)
        self._known = {kind: frozenset(names) for kind, names in self._names.items()}

    def problems(self) -> Iterator[Loose]:
        """Where, what is wrong, what to do."""
        yield from self._org()
        yield from self._users()
        yield from self._apps()
        yield from self._networks()
        yield from self._history()
        yield from self._twice()
        yield from self._components()

    def _check(self, kind: str, names: Iterable[str], *loc: int | str) -> Iterator[Loose]:
        for name in names:
            if name and name not in self._known[kind]:
                near = get_close_matches(name, self._names[kind], 1)
                yield loc, f"there is no {kind} {name}", f"Did you mean {near[0]}?" if near else ""

    def _org(self) -> Iterator[Loose]:
        seed = self.seed
        for box, ticked in seed.org.settings.items():
            if ticked and box in (INTERNAL_BOX, EXTERNAL_BOX) and API_ACCESS_CONTROL not in seed.org.features:
                hint = f"Add {API_ACCESS_CONTROL} to org.features"
                yield ("org", "settings", box), f"this org has no box {box}", hint
        yield from self._check("assumption", seed.org.assumptions, "org", "assumptions")
        yield from self._check("user", [seed.admin.lower()], "admin")
        for at, profile in enumerate(seed.profiles):
            yield from self._check("permission", profile.permissions, "profiles", at, "permissions")
        for at, permission_set in enumerate(seed.permission_sets):
            yield from self._check("permission", permission_set.permissions, "permission_sets", at, "permissions")
        for at, group in enumerate(seed.permission_set_groups):
            place = ("permission_set_groups", at)
            yield from self._check("permission set", group.permission_sets, *place, "permission_sets")
            yield from self._check("permission", group.muted, *place, "muted")

    def _networks(self) -> Iterator[Loose]:
        places: list[tuple[tuple[int | str, ...], tuple[str, ...]]] = [
            (("org", "trusted_ip_ranges"), self.seed.org.trusted_ip_ranges)
        ]
        places += [
            (("profiles", at, "login_ip_ranges"), one.login_ip_ranges) for at, one in enumerate(self.seed.profiles)
        ]
        places += [(("apps", at, "ip_ranges"), one.ip_ranges) for at, one in enumerate(self.seed.apps)]
        for place, ranges in places:
            for text in ranges:
                if not Ranges.parse(text).is_sound:
                    yield place, f"{text} is no range of addresses", "Write start-end, such as 10.0.0.1-10.0.0.9"

    def _users(self) -> Iterator[Loose]:
        for at, user in enumerate(self.seed.users):
            yield from self._check("profile", [user.profile], "users", at, "profile")
            names = [one if isinstance(one, str) else one.name for one in user.permission_sets]
            yield from self._check("permission set", names, "users", at, "permission_sets")
            groups = [one if isinstance(one, str) else one.name for one in user.permission_set_groups]
            yield from self._check("permission set group", groups, "users", at, "permission_set_groups")

    def _apps(self) -> Iterator[Loose]:
        for at, app in enumerate(self.seed.apps):
            yield from self._check("profile", app.profiles, "apps", at, "profiles")
            yield from self._check("permission set", app.permission_sets, "apps", at, "permission_sets")
            user = app.client_credentials_user.lower()
            yield from self._check("user", [user], "apps", at, "client_credentials_user")
            if app.certificate and not _is_certificate(app.certificate):
                yield ("apps", at, "certificate"), "this is no certificate with an RSA key", "Give it as PEM"
            if not app.enabled and app.kind != "external_client_app":
                yield (
                    ("apps", at, "enabled"),
                    "only an external client app can be switched off",
                    "Write blocked: policy",
                )
            if app.kind == "external_client_app" and app.ownership != "owned":
                yield ("apps", at, "ownership"), "an external client app is owned here", ""

    def _history(self) -> Iterator[Loose]:
        for at, token in enumerate(self.seed.tokens):
            yield from self._check("user", [token.user.lower()], "tokens", at, "user")
            yield from self._check("app", [token.app], "tokens", at, "app")
        for at, login in enumerate(self.seed.logins):
            yield from self._check("user", [login.user.lower()], "logins", at, "user")
            yield from self._check("app", [login.app], "logins", at, "app")

    def _twice(self) -> Iterator[Loose]:
        places = {
            "profile": "profiles",
            "permission set": "permission_sets",
            "permission set group": "permission_set_groups",
            "user": "users",
            "app": "apps",
        }
        for kind, place in places.items():
            seen: set[str] = set()
            for at, name in enumerate(self._names[kind]):
                if name in seen:
                    yield (place, at), f"{name} is there twice", ""
                seen.add(name)
        keys: set[str] = set()
        for at, app in enumerate(self.seed.apps):
            if app.consumer_key in keys:
                yield ("apps", at, "consumer_key"), f"the consumer key {app.consumer_key} is taken", ""
            keys |= {app.consumer_key} - {""}

    def _components(self) -> Iterator[Loose]:
        if not self.seed.metadata:
            return
        # the rules of all types take longer to import than most seeds take to read
        from sfmeta.localorg.seed.components import component_problems

        for key, message, hint in component_problems(self.seed.metadata):
            yield ("metadata", key), f"{key}: {message}", hint


def _is_certificate(text: str) -> bool:
    # what checks it takes longer to import than most seeds take to read
    from sfmeta.localorg.doors.oauth.jwt_bearer import public_key

    return public_key(text) is not None
