"""What names in the files of a package stand for in an org, as an audit shows it. Names are compared without case."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from sfmeta.access.forecasting.package_notes import Notes
from sfmeta.access.profile_elements import STANDARD_PROFILES
from sfmeta.model.inventory import App, Inventory, PermissionSet, Profile, Standing
from sfmeta.model.policy import AppKind


class Names:
    """Looks names up.

    Args:
        inventory: the org.
        notes: what is open is said here.
    """

    def __init__(self, inventory: Inventory, notes: Notes) -> None:
        self._notes = notes
        self._inventory = inventory
        self._users = {user.username.lower(): user.id for user in inventory.users.values()}
        self._sets: dict[str, str] = {}
        self._labels: dict[str, set[str]] = {}
        for one in inventory.permission_sets.values():
            if not one.profile_id and not one.group_id:
                self.add_set(one)
        self._profiles: dict[str, Profile] = {}
        for profile in inventory.profiles.values():
            for name in (profile.full_name, unquote(profile.full_name), profile.name):
                if name:
                    self._profiles.setdefault(name.casefold(), profile)
        for file, shown in STANDARD_PROFILES.items():
            if shown.casefold() in self._profiles:
                self._profiles.setdefault(file.casefold(), self._profiles[shown.casefold()])
        self._groups = {group.name.casefold(): group.id for group in inventory.groups.values()}

    def add_set(self, one: PermissionSet) -> None:
        """A permission set that is there, or that the package makes."""
        self._sets[one.name.casefold()] = one.id
        if one.label:
            self._labels.setdefault(one.label.casefold(), set()).add(one.id)

    def user(self, username: str) -> str:
        """The id of a user, "" for one whom the audit does not hold."""
        return self._users.get(username.casefold(), "")

    def set_named(self, api_name: str) -> str:
        """The id of a permission set by its API name alone, "" for none."""
        return self._sets.get(api_name.casefold(), "")

    def profile(self, name: str) -> Profile | None:
        """A profile by the name of its file (``Admin``, ``Custom%3A Sales``) or by that in Setup."""
        return self._profiles.get(name.casefold()) or self._profiles.get(unquote(name).casefold())

    def group(self, api_name: str) -> str:
        """The id of a permission set group, "" for none."""
        return self._groups.get(api_name.casefold(), "")

    def granted_sets(self, names: Iterable[str], app: str) -> frozenset[str]:
        """Ids of the permission sets that a file attaches to an app, by API name or label.

        Source: the Metadata API guide says name, trailheadapps/ready-to-fly deploys the label; which of them counts is
        not established, so that a name which means two permission sets is open.
        """
        return frozenset(id_ for name in names if (id_ := self._granted_set(name, app)))

    def _granted_set(self, name: str, app: str) -> str:
        by_name, by_label = self.set_named(name), self._labels.get(name.casefold(), set())
        found = {by_name, *by_label} - {""}
        if len(found) > 1:
            self._notes.open(
                f"{app} is granted to the permission set {name}: the API name of one and the label of another, and "
                "which of them counts is not established"
            )
        if not found:
            self._notes.open(f"{app} is granted to the permission set {name}, which this org does not show")
            return ""
        return by_name or min(found)

    def granted_profiles(self, names: Iterable[str], app: str) -> frozenset[str]:
        """Ids of the permission sets of the profiles that a file attaches to an app."""
        found: set[str] = set()
        for name in names:
            profile = self.profile(name)
            if profile is None:
                self._notes.open(f"{app} is granted to the profile {name}, which this org does not show by that name")
            else:
                found.add(profile.permission_set_id)
        return frozenset(found)

    def app(self, api_name: str, kind: AppKind) -> App | None:
        """An app that is a component of the org, by its API name."""
        wanted = api_name.casefold()
        fits = [
            app
            for app in self._inventory.apps.values()
            if app.kind is kind and app.standing is not Standing.USED_ONLY and app.api_name.casefold() == wanted
        ]
        # an installed app may be called like one of this org's own
        return min(fits, key=lambda app: app.standing is not Standing.OWNED, default=None)

    def apps_labelled(self, label: str, kind: AppKind | None = None) -> list[App]:
        """All apps of a label."""
        return [
            app
            for app in self._inventory.apps.values()
            if app.label == label and (kind is None or app.kind is kind or app.standing is Standing.USED_ONLY)
        ]
