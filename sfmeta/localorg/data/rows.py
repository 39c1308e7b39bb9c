"""The records of a table as a caller sees them: what is computed, and what only an administrator may see."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from sfmeta.localorg.apps import App, Kind, all_apps, app_by_id
from sfmeta.localorg.caller import Caller
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.data.sobjects import SObject
from sfmeta.localorg.ids import to_18
from sfmeta.localorg.records import Record, Value

_OWN_ROWS_WITHOUT = {"OauthToken": "CustomizeApplication", "LoginHistory": "ManageUsers"}
"""A caller without the permission sees only rows of their own (Object Reference, OauthToken and LoginHistory)."""


class Rows:
    """Reads records for one caller and one query; each is read once."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._state = caller.state
        self._org = caller.state.org
        self._now = caller.state.clock.now()
        self._known: dict[str, Record | None] = {}

    def all(self, sobject: SObject) -> list[Record]:
        """Every record that the caller may see."""
        if sobject.name == "Organization":
            return [self._organization()]
        if sobject.name == "AppMenuItem":
            return [self._menu_item(app) for app in all_apps(self._state)]
        records = self._state.records.find(sobject.name)
        guard = _OWN_ROWS_WITHOUT.get(sobject.name)
        if guard and not self._caller.has(guard):
            records = [record for record in records if record["UserId"] == self._caller.user_id]
        return [self._shown(record) for record in records]

    def one(self, sobject: str, id_: str) -> Record | None:
        """A record by its id, for relationships and by-id reads."""
        if id_ not in self._known:
            self._known[id_] = self._read(sobject, id_)
        return self._known[id_]

    def _read(self, sobject: str, id_: str) -> Record | None:
        if sobject == "Organization":
            return self._organization() if id_[:15] == self._org.id[:15] else None
        if sobject == "AppMenuItem":
            app = app_by_id(self._state, _app_of_menu_item(self, id_))
            return None if app is None else self._menu_item(app)
        record = self._state.records.get(id_)
        return self._shown(record) if record is not None and record.sobject == sobject else None

    def _organization(self) -> Record:
        org = self._org
        fields: dict[str, Value] = {
            "Name": org.name,
            "InstanceName": "LOCAL",
            "IsSandbox": org.is_sandbox,
            "OrganizationType": org.organization_type,
            "LanguageLocaleKey": "en_US",
        }
        return Record(org.id, "Organization", MappingProxyType(fields))

    def _menu_item(self, app: App) -> Record:
        fields: dict[str, Value] = {
            "ApplicationId": app.id,
            "Label": app.label,
            "Name": app.record.text("DeveloperName") or app.label,
            "IsUsingAdminAuthorization": app.admin_approved_only,
            "Type": "ConnectedApplication" if app.kind is Kind.CONNECTED else "ExternalClientApplication",
        }
        return Record(_menu_item_id(app.id), "AppMenuItem", MappingProxyType(fields))

    def _shown(self, record: Record) -> Record:
        compute = _COMPUTED.get(record.sobject)
        if compute is None:
            return record
        return replace(record, fields=MappingProxyType({**record.fields, **compute(self, record)}))

    def _user(self, record: Record) -> dict[str, Value]:
        first, last = record.text("FirstName"), record.text("LastName")
        return {"Name": f"{first} {last}".strip()}

    def _assignment(self, record: Record) -> dict[str, Value]:
        until = record.text("ExpirationDate")
        return {"IsActive": not until or from_stamp(until) > self._now}

    def _token(self, record: Record) -> dict[str, Value]:
        # an app that is not installed has no entry in the menu
        app = app_by_id(self._state, record.text("AppId"))
        listed = app is not None and app.kind is not Kind.FOREIGN
        return {"AppMenuItemId": _menu_item_id(record.text("AppId")) if listed else None}

    def _app(self, record: Record) -> dict[str, Value]:
        kind, _, rest = record.text("RefreshTokenPolicy").partition(":")
        amount = rest.partition(":")[0]
        return {
            "RefreshTokenValidityPeriod": int(amount) if amount.isdigit() else None,
            "OptionsRefreshTokenValidityMetric": kind == "specific_inactivity",
            "OptionsHasSessionLevelPolicy": record["SessionPolicyAction"] is not None,
        }


_COMPUTED = {
    "ConnectedApplication": Rows._app,
    "OauthToken": Rows._token,
    "PermissionSetAssignment": Rows._assignment,
    "User": Rows._user,
}


def _menu_item_id(app_id: str) -> str:
    # 0DS is AppMenuItem's key prefix; one item per app, so the rest of the id is the app's
    return to_18("0DS" + app_id[3:15]) if app_id else ""


def _app_of_menu_item(rows: Rows, id_: str) -> str:
    apps = all_apps(rows._state)
    return next((app.id for app in apps if _menu_item_id(app.id)[:15] == id_[:15]), "")
