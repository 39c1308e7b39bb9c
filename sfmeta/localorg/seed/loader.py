"""Puts a seed into a new org. What is metadata goes through ``metadata.effects``, as a deployment would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sfmeta.errors import SourceError
from sfmeta.localorg.apps import App, app_by_id
from sfmeta.localorg.caller import Door
from sfmeta.localorg.clock import to_stamp
from sfmeta.localorg.doors.frozen import new_user_login
from sfmeta.localorg.doors.logins import login_subtype, login_type
from sfmeta.localorg.doors.tokens import token_fields
from sfmeta.localorg.metadata import effects, references
from sfmeta.localorg.metadata.effects.base import leaf
from sfmeta.localorg.metadata.xml import Node, XmlError, parse
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.running.keys import make_key_pairs
from sfmeta.localorg.seed import format as form
from sfmeta.localorg.seed.app_planter import AppPlanter, a_range
from sfmeta.localorg.seed.apps import apps_of, key_names
from sfmeta.localorg.state import State

_DOORS: Mapping[str, Door] = {
    "soap": Door.SOAP_LOGIN,
    "refresh": Door.OAUTH_REFRESH,
    "jwt": Door.OAUTH_JWT,
    "password": Door.OAUTH_PASSWORD,
    "client_credentials": Door.OAUTH_CLIENT_CREDENTIALS,
    "web": Door.OAUTH_CODE,
    "user_agent": Door.OAUTH_USER_AGENT,
    "device": Door.OAUTH_DEVICE,
    "browser": Door.UI,
}


def plant(state: State, seed: form.Seed, *, production: bool, keys: Path) -> None:
    """Fills a new org, all or nothing.

    Args:
        state: an org without anything in it.
        seed: checked.
        production: the org is no sandbox.
        keys: the directory for private keys.

    Raises:
        SourceError: a piece of the metadata of a seed that was never read from a file is no XML.
    """
    apps = apps_of(seed)
    certificates = make_key_pairs(keys, key_names(seed))
    with state.transaction():
        planter = _Planter(state, certificates)
        planter.org(seed.org, production=production)
        planter.licences(seed)
        for one in seed.profiles:
            planter.profile(one)
        for permission_set in seed.permission_sets:
            planter.permission_set(permission_set)
        for group in seed.permission_set_groups:
            planter.group(group)
        for user in seed.users:
            planter.user(user)
        for app in apps:
            planter.app(app)
        planter.tokens(seed.tokens)
        for login in seed.logins:
            planter.login(login)
        for name, text in seed.metadata.items():
            planter.metadata(name, text)
        effects.adopt(state)


def _flags(permissions: tuple[str, ...]) -> dict[str, Value]:
    return {f"Permissions{name}": True for name in permissions}


def _login_hours(profile: form.Profile) -> Node:
    """A profile's login hours as metadata has them."""
    parts = []
    for day, hours in profile.login_hours.items():
        start, _, end = hours.partition("-")
        parts += [leaf(f"{day}End", end), leaf(f"{day}Start", start)]
    return Node.of("loginHours", *sorted(parts, key=lambda part: part.name))


class _Planter:
    """The making of one org."""

    def __init__(self, state: State, certificates: Mapping[str, str]) -> None:
        self._state = state
        self._records = state.records
        self._certificates = certificates
        self._now = state.clock.now()
        self._licences: dict[str, str] = {}
        self._apps: dict[str, str] = {}
        # what tokens and logins name again and again
        self._found_apps: dict[str, App | None] = {}
        self._found_users: dict[str, Record] = {}
        self._stamps: dict[float, str] = {}

    def org(self, org: form.Org, *, production: bool) -> None:
        self._state.change_org(
            id=self._state.ids.new("Organization"),
            name=org.name,
            is_sandbox=not production,
            organization_type=org.organization_type,
            features=org.features,
            assumptions=org.assumptions,
            settings=org.settings,
        )
        if org.trusted_ip_ranges:
            ranges = (a_range("ipRanges", "start", "end", one) for one in org.trusted_ip_ranges)
            document = Node.of("SecuritySettings", Node.of("networkAccess", *ranges))
            effects.put(self._state, "Settings", "Security", document)

    def licences(self, seed: form.Seed) -> None:
        for name in dict.fromkeys(profile.license for profile in seed.profiles):
            fields = {"Name": name, "MasterLabel": name, "LicenseDefinitionKey": name.replace(" ", "_").upper()}
            self._licences[name] = self._records.insert("UserLicense", fields)

    def profile(self, profile: form.Profile) -> None:
        fields: dict[str, Value] = {
            "Name": profile.name,
            "FullName": profile.full_name or profile.name,
            "UserLicenseId": self._licences[profile.license],
            "UserType": "Standard",
            "CreatedDate": to_stamp(self._now),
        }
        profile_id = self._records.insert("Profile", fields)
        name = f"X{profile_id}"
        owned: dict[str, Value] = {"Name": name, "Label": name, "IsOwnedByProfile": True, "ProfileId": profile_id}
        self._records.insert("PermissionSet", {**owned, "IsCustom": False, **_flags(profile.permissions)})
        limits = [a_range("loginIpRanges", "startAddress", "endAddress", one) for one in profile.login_ip_ranges]
        if profile.login_hours:
            limits.append(_login_hours(profile))
        if limits:
            effects.put(self._state, "Profile", profile.full_name or profile.name, Node.of("Profile", *limits))

    def permission_set(self, one: form.PermissionSet) -> None:
        fields: dict[str, Value] = {"Name": one.name, "Label": one.label or one.name, "IsOwnedByProfile": False}
        fields["HasActivationRequired"] = one.session_based or None
        self._records.insert("PermissionSet", {**fields, "IsCustom": True, **_flags(one.permissions)})

    def group(self, group: form.PermissionSetGroup) -> None:
        parts = [leaf("label", group.label or group.name)]
        if group.muted:
            muting = f"{group.name}_Muting"
            muted = (Node.of("userPermissions", leaf("enabled", "true"), leaf("name", one)) for one in group.muted)
            effects.put(self._state, "MutingPermissionSet", muting, Node.of("MutingPermissionSet", *muted))
            parts.append(leaf("mutingPermissionSets", muting))
        if group.session_based:
            parts.append(leaf("hasActivationRequired", "true"))
        parts += [leaf("permissionSets", name) for name in group.permission_sets]
        effects.put(self._state, "PermissionSetGroup", group.name, Node.of("PermissionSetGroup", *parts))

    def user(self, user: form.User) -> None:
        profile = self._records.first("Profile", Name=user.profile)
        profile_id = profile.id if profile else None
        username = user.username.lower()
        fields: dict[str, Value] = {
            "Username": username,
            "Email": username,
            "FirstName": user.first_name or None,
            "LastName": user.last_name or username.partition("@")[0],
            "Alias": username[:8],
            "ProfileId": profile_id,
            "IsActive": user.active,
            "UserType": user.type,
            "Password": user.password or None,
            "SecurityToken": user.security_token or None,
            "CreatedDate": to_stamp(self._now),
        }
        user_id = self._records.insert("User", fields)
        new_user_login(self._state, user_id, frozen=user.frozen)
        # a user is assigned to what the profile owns, too (object reference, PermissionSetAssignment)
        owned = self._records.first("PermissionSet", ProfileId=profile_id)
        if owned is not None:
            self._assign(user_id, owned.id, None)
        for one in user.permission_sets:
            name, until = (one, None) if isinstance(one, str) else (one.name, to_stamp(one.until))
            permission_set = references.permission_set(self._state, name)
            if permission_set is not None:
                self._assign(user_id, permission_set.id, until)
        for one in user.permission_set_groups:
            name, until = (one, None) if isinstance(one, str) else (one.name, to_stamp(one.until))
            group = references.permission_set_group(self._state, name)
            aggregate = None if group is None else references.group_aggregate(self._state, group.id)
            if group is not None and aggregate is not None:
                self._assign(user_id, aggregate.id, until, group.id)

    def _assign(self, user_id: str, permission_set_id: str, until: str | None, group_id: str | None = None) -> None:
        fields: dict[str, Value] = {
            "AssigneeId": user_id,
            "PermissionSetId": permission_set_id,
            "PermissionSetGroupId": group_id,
            "ExpirationDate": until,
            "SystemModstamp": to_stamp(self._now),
        }
        self._records.insert("PermissionSetAssignment", fields)

    def app(self, app: form.App) -> None:
        self._apps[app.label] = AppPlanter(self._state, self._certificates, self._now).plant(app)

    def _app_named(self, label: str) -> App | None:
        if label and label not in self._found_apps:
            self._found_apps[label] = app_by_id(self._state, self._apps[label])
        return self._found_apps.get(label)

    def _user_named(self, username: str) -> Record:
        user = self._found_users.get(username) or self._records.first("User", Username=username.lower())
        if user is None:
            raise LookupError(username)
        self._found_users[username] = user
        return user

    def _ago(self, days: float) -> str:
        if days not in self._stamps:
            self._stamps[days] = to_stamp(self._now - timedelta(days=days))
        return self._stamps[days]

    def tokens(self, tokens: tuple[form.Token, ...]) -> None:
        """All of them at once: an org may have hundreds of thousands."""
        self._records.insert_many("OauthToken", (row for token in tokens if (row := self._token(token)) is not None))

    def _token(self, token: form.Token) -> dict[str, Value] | None:
        app = self._app_named(token.app)
        if app is None:
            return None
        return token_fields(
            self._user_named(token.user),
            app,
            use_count=token.uses,
            created=self._ago(token.created_days_ago),
            last_used=self._ago(token.last_used_days_ago) if token.uses else None,
            refresh=token.refresh_token,
            flow=Door.OAUTH_DEVICE if token.flow == "device" else None,
        )

    def login(self, login: form.Login) -> None:
        user, app = self._user_named(login.user), self._app_named(login.app)
        door = _DOORS.get(login.via)
        soap = door is Door.SOAP_LOGIN
        for day in reversed(range(login.count)):
            fields: dict[str, Value] = {
                "UserId": user.id,
                "LoginTime": self._ago(login.days_ago + day),
                "LoginType": login_type(door or Door.OAUTH_CODE),
                "LoginSubType": login_subtype(door) if door else None,
                "Status": login.status,
                "SourceIp": login.source_ip,
                "LoginUrl": "login.salesforce.com",
                "Application": app.label if app else ("Browser" if door is Door.UI else "N/A"),
                "ApiType": "SOAP Partner" if soap else "N/A",
                "ApiVersion": "59.0" if soap else "N/A",
                "Browser": "Unknown",
                "Platform": "Unknown",
                "ClientVersion": "N/A",
            }
            self._records.insert("LoginHistory", fields)

    def metadata(self, name: str, text: str) -> None:
        type_name, separator, full_name = name.partition(":")
        if not separator or not full_name:
            raise SourceError.at(f"metadata {name}: the key is Type:FullName", "")
        try:
            node = parse(text.encode())
        except XmlError as error:
            raise SourceError.at(f"metadata {name}: {error.problem}", "", error.line, error.column) from error
        effects.put(self._state, type_name, full_name, node)
