"""Questions about what an org lists, takes and gives back as metadata; apps in them are our own, or only read."""

from __future__ import annotations

import re

from sfmeta.change.guards import SWITCHES
from sfmeta.errors import OrgRefused
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId, TypeName
from sfmeta.ops.doctor.examination import SETTINGS
from sfmeta.ops.probe.answer import Learned, NotSettled
from sfmeta.ops.probe.apps import Doorway, files_of
from sfmeta.ops.probe.bench import Bench, label_of
from sfmeta.ops.probe.question import Question
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.org.soql import quoted

# apps that other companies or Salesforce made, by label: an org that shows one has it installed
_FOREIGN = frozenset(
    {
        "Ant Migration Tool",
        "Chatter Desktop",
        "Dataloader Bulk",
        "Dataloader Partner",
        "Dataloader.io",
        "Force.com IDE",
        "Salesforce CLI",
        "Salesforce Chatter",
        "Salesforce Files",
        "Salesforce Mobile Dashboards",
        "Salesforce for Android",
        "Salesforce for Outlook",
        "Salesforce for iOS",
        "Workbench",
    }
)


def _boxes_without_feature(bench: Bench) -> Learned:
    held = bench.documents(SETTINGS)
    if any(root.first(name) is not None for root in held for name in SWITCHES):
        raise NotSettled("this org has API Access Control")
    file = Element.of("ConnectedAppSettings", *(Element.of(name, text="false") for name in SWITCHES))
    refused = bench.deploy({SETTINGS: file}, check_only=True)
    if refused:
        return Learned(False, f"A check-only deployment of both boxes, unticked, was refused: {refused}")
    return Learned(True, "A check-only deployment of both boxes, unticked, was accepted")


def _installed_apps(bench: Bench) -> Learned:
    known = {str(row.get("Name")) for row in bench.rows("SELECT Name FROM ConnectedApplication")}
    listed = {component.full_name for component in bench.org.list_metadata([TypeName("ConnectedApp")])}
    names = {_plain(name) for name in listed}
    unlisted = sorted(name for name in known if _plain(name) not in names and name in _FOREIGN)
    found = sorted(name for name in known & _FOREIGN if _plain(name) in names)
    if bool(unlisted) is bool(found):
        raise NotSettled(
            "none of the installed apps here is known for sure to be another org's"
            if not found
            else f"{found[0]} is listed and {unlisted[0]} is not"
        )
    if found:
        return Learned(True, f"listMetadata lists {', '.join(found)} as ConnectedApp")
    return Learned(False, f"ConnectedApplication holds {', '.join(unlisted)}, and listMetadata does not list them")


def _plain(name: str) -> str:
    """A label or an API name, as far as they agree; a package's namespace is left out."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition("__")[2].casefold())


def _setup_entity_access(bench: Bench) -> Learned:
    name, made = bench.permission_set()
    row = {"ParentId": made, "SetupEntityId": bench.app_id}
    try:
        record = bench.org.create_record("SetupEntityAccess", row)
    except OrgRefused as error:
        return Learned(False, f"SetupEntityAccess of {name} and {bench.app.kind} was refused: {error.message}")
    there = bench.rows(f"SELECT Id FROM SetupEntityAccess WHERE Id = {quoted(record)}")  # noqa: S608 (quoted)
    if not there:
        return Learned(False, f"SetupEntityAccess of {name} and {bench.app.kind} was accepted, and is not there")
    return Learned(True, f"SetupEntityAccess of {name} and {bench.app.kind} was created")


def _omitted_grants(bench: Bench) -> Learned:
    name, made = bench.permission_set()
    bench.attach(name)
    soql = (
        f"SELECT Id FROM SetupEntityAccess WHERE ParentId = {quoted(made)} "  # noqa: S608 (quoted)
        f"AND SetupEntityId = {quoted(bench.app_id)}"
    )
    if not bench.rows(soql):
        raise NotSettled("the grant was deployed, and SetupEntityAccess does not show it (forcedotcom/cli#634)")
    bench.set_door(Doorway())
    stays = bool(bench.rows(soql))
    bench.set_door(Doorway(()))
    words = "stayed" if stays else "was gone"
    return Learned(stays, f"The grant of {name} on {bench.app.kind} {words} after a deployment that left it out")


def _names_are_labels(bench: Bench) -> Learned:
    try:
        app = bench.connected_app
    except NotSettled:
        return _as_apps_have_it(bench)
    name, _ = bench.permission_set()
    label = label_of(name)
    refused = bench.deploy(files_of(app, Doorway((name,))))
    if refused and (words := bench.deploy(files_of(app, Doorway((label,))))):
        raise NotSettled(f"neither API name nor label was taken: {refused}; {words}")
    given = [
        node.text
        for root in bench.documents(ComponentId.of("ConnectedApp", app.name))
        for node in root.all("permissionSetName")
    ]
    bench.set_door(Doorway(()))
    if given == [label] and refused:
        how = f"permissionSetName took the label, came back as label, and refused the API name: {refused}"
        return Learned(True, how)
    if given == [name] and not refused:
        return Learned(False, "permissionSetName took the API name, and came back as such")
    raise NotSettled(f"the API name was {'refused' if refused else 'taken'}, and {given or 'nothing'} came back")


def _as_apps_have_it(bench: Bench) -> Learned:
    """What the org gives back of the apps that it has, where a permission set's label is not its name."""
    sets = bench.rows("SELECT Name, Label FROM PermissionSet WHERE IsOwnedByProfile = false")
    names, labels = ({str(row.get(field)) for row in sets} for field in ("Name", "Label"))
    snapshot = take_snapshot(bench.org, [ComponentId.of("ConnectedApp", "*")], bench.tools)
    given = {node.text for root in snapshot.documents.values() for node in root.all("permissionSetName")}
    as_labels, as_names = given & (labels - names), given & (names - labels)
    if bool(as_labels) is bool(as_names):
        raise NotSettled("this org makes no new connected apps, and what it gives back of those it has tells nothing")
    word = "label" if as_labels else "API name"
    return Learned(bool(as_labels), f"Connected apps of this org came back with permissionSetName as {word}")


_APP = "an app that only admin-approved users may use and that nobody is approved for"
_BACK = "what was made is deleted"

QUESTIONS = (
    Question(
        "boxes_without_feature_are_ignored",
        "Does a deployment of the boxes succeed in an org without API Access Control?",
        "",
        "where the org has no API Access Control: a check-only deployment of both boxes, unticked; nothing is saved",
        "",
        _boxes_without_feature,
    ),
    Question(
        "installed_apps_are_components",
        "Are installed apps of other orgs listed as ConnectedApp metadata?",
        "",
        "ConnectedApplication and listMetadata are compared, by apps that are known to be other companies'",
        "",
        _installed_apps,
    ),
    Question(
        "setup_entity_access_takes_apps",
        "Can SetupEntityAccess records be created for apps?",
        f"an empty permission set, and {_APP}",
        "a SetupEntityAccess record of the two is created",
        _BACK,
        _setup_entity_access,
    ),
    Question(
        "omitted_app_grants_stay",
        "Do an app's grants stay when a deployment of the app leaves them out?",
        f"an empty permission set, and {_APP}",
        "the app is deployed with the permission set, and again without a word about it",
        _BACK,
        _omitted_grants,
    ),
    Question(
        "permission_set_names_are_labels",
        "Does ConnectedApp.permissionSetName hold labels, not API names?",
        "a permission set whose label differs from its name, and a connected app (where new ones can be made)",
        "the app is deployed with the one or the other, and retrieved; else only apps that there are, are read",
        _BACK,
        _names_are_labels,
    ),
)
"""In this order."""
