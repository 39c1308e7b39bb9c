"""SetupEntityAccess: which permission sets and profiles are attached to an app.

Source: Object Reference, SetupEntityAccess; for who may, Help connected_app_manage_additional_settings.
"""

from __future__ import annotations

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.writes.checks import Fields, needs, referenced, required
from sfmeta.localorg.data.writes.refused import refuse
from sfmeta.localorg.records import Record
from sfmeta.localorg.setup import trail

NEEDED = (("CustomizeApplication", "ModifyAllData", "ManageProfilesPermissionsets"),)
_APPS = ("ConnectedApplication", "ExternalClientApplication")


def create(caller: Caller, fields: Fields) -> str:
    """Attaches."""
    needs(caller, *NEEDED)
    required(fields, "ParentId", "SetupEntityId")
    parent = referenced(caller, fields, "ParentId", "PermissionSet")
    app = referenced(caller, fields, "SetupEntityId", *_APPS)
    if not assumed(caller.state.org, "setup_entity_access_takes_apps"):
        raise refuse("rest-access-of-apps", sobject=app.sobject)
    if caller.state.records.find("SetupEntityAccess", ParentId=parent.id, SetupEntityId=app.id):
        raise refuse("rest-duplicate")
    trail.access(caller.state, caller.user_id, _label(app), parent, given=True)
    return caller.state.records.insert(
        "SetupEntityAccess",
        {
            "ParentId": parent.id,
            "SetupEntityId": app.id,
            "SetupEntityType": app.sobject,
            "SystemModstamp": caller.state.clock.stamp(),
        },
    )


def delete(caller: Caller, record: Record) -> None:
    """Takes off."""
    needs(caller, *NEEDED)
    records = caller.state.records
    app, parent = records.get(record.text("SetupEntityId")), records.get(record.text("ParentId"))
    if app is not None and parent is not None:
        trail.access(caller.state, caller.user_id, _label(app), parent, given=False)
    records.delete(record.id)


def _label(app: Record) -> str:
    return app.text("Name") or app.text("MasterLabel")
