"""What a local org holds, read out of the org itself: no part of sfmeta that is under test takes part."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass

from sfmeta.localorg.metadata.manifest import PACKAGE_XML, Manifest
from sfmeta.localorg.metadata.retrieve import retrieve
from sfmeta.localorg.metadata.zipfiles import Limits
from sfmeta.localorg.records import Record
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.localorg.state import State
from tests.rollback.documents import Doc, kind_of, parse
from tests.rollback.model_org import KEY, Grant, World, normal

_LIMITS = Limits(files=10_000, zip_bytes=None, uncompressed_bytes=100_000_000)
_ACTIVATION = ("hasActivationRequired",)
_LABELS = {"ConnectedApplication": "Name", "ExternalClientApplication": "MasterLabel"}


@dataclass(frozen=True)
class Held:
    """An org at a moment.

    Attributes:
        world: its files, place by place, and the grants that no file shows.
        records: all grants as records, with their ends.
    """

    world: World
    records: dict[Grant, str]


def held_by(org: LocalOrg) -> Held:
    """What an org holds now."""
    state = org.state
    with state.lock:
        docs = _docs(state)
        records = _assignments(state) | _app_access(state)
    owned = {f"ConnectedApplication/{doc['label',]}" for name, doc in docs.items() if name.startswith("ConnectedApp:")}
    # what an external client app's file shows, too
    unshown = {
        grant: ends
        for grant, ends in records.items()
        if grant[2] not in owned and not grant[2].startswith("ExternalClientApplication/")
    }
    return Held(World(docs, unshown), records)


def doc_of(component: str, data: bytes) -> Doc:
    """What a file says: values by their places; what an org takes where a file says nothing is nothing."""
    doc, _ = parse(data)
    return {
        place: value
        for place, value in normal(kind_of(component), doc).items()
        if place != KEY and not (place == _ACTIVATION and value == "false")
    }


def _docs(state: State) -> dict[str, Doc]:
    members: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for kind, name in state.connection.execute("SELECT type, full_name FROM metadata_component ORDER BY 1, 2"):
        members[kind] = (*members[kind], name)
    found = retrieve(state, Manifest(members, "63.0"), single_package=True, limits=_LIMITS)
    docs = {}
    with zipfile.ZipFile(io.BytesIO(found.archive)) as archive:
        for file in found.files:
            if file.path != PACKAGE_XML:
                assert file.stored is not None
                component = f"{file.stored.type}:{file.stored.full_name}"
                docs[component] = doc_of(component, archive.read(file.path))
    return docs


def _assignments(state: State) -> dict[Grant, str]:
    found: dict[Grant, str] = {}
    for row in state.records.find("PermissionSetAssignment"):
        parent = _row(state, row.text("PermissionSetId"))
        if not parent.flag("IsOwnedByProfile") and not row.text("PermissionSetGroupId"):
            user = _row(state, row.text("AssigneeId")).text("Username")
            found["PermissionSetAssignment", parent.text("Name"), user] = row.text("ExpirationDate")
    return found


def _app_access(state: State) -> dict[Grant, str]:
    found: dict[Grant, str] = {}
    for row in state.records.find("SetupEntityAccess"):
        parent, app = _row(state, row.text("ParentId")), _row(state, row.text("SetupEntityId"))
        label = app.text(_LABELS[row.text("SetupEntityType")])
        found["SetupEntityAccess", parent.text("Name"), f"{row.text('SetupEntityType')}/{label}"] = ""
    return found


def _row(state: State, id_: str) -> Record:
    found = state.records.get(id_)
    assert found is not None, id_
    return found
