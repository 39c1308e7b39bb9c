"""An org in memory that deploys as Salesforce does, as far as sources say; where none says, both ways.

Sources: /facts in the lead's notes, in short: a profile takes what is written and leaves the rest; a permission set is
replaced; of an app a list that is written is the whole list and an empty element clears it. What becomes of an element
of an app that a file leaves out, no source says: ``omission_clears`` chooses. Deleting a permission set takes its
assignments and its grants on apps with it. An app's consumer key comes from the org and never changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, BinaryIO

from sfmeta.errors import OrgRefused
from sfmeta.model.component import Entry
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import DeployOptions, DeployOutcome, JobStatus, RetrieveOutcome
from sfmeta.source.manifest import read_manifest
from tests.ops.fake_org import START, FakeOrg
from tests.rollback.documents import (
    Doc,
    Place,
    component_of,
    kind_of,
    list_of,
    parse,
    path_of,
    render,
)

KEY: Place = ("oauthConfig", "consumerKey")
APPROVED: Place = ("oauthConfig", "isAdminApproved")
CANARY = "canary-5f1d-secret"
FOREIGN = "Foreign"
"""An installed app of another org: no metadata, grants as records only."""

Grant = tuple[str, str, str]
"""(sobject, permission set, subject), subjects as the code under test names them."""


@dataclass
class World:
    """All that an org holds.

    Attributes:
        docs: by component.
        grants: assignments and the access to foreign apps; the value is the expiry.
    """

    docs: dict[str, Doc] = field(default_factory=dict)
    grants: dict[Grant, str] = field(default_factory=dict)

    def copy(self) -> World:
        return deepcopy(self)


def normal(kind: str, doc: Mapping[Place, str]) -> Doc:
    """As an org keeps it: a user permission that is off is not there."""
    off = ("userPermissions", "classAccesses") if kind == "PermissionSet" else ("userPermissions",)
    return {
        place: value
        for place, value in doc.items()
        if not (value == "false" and (list_of(place[0]) in off or place == APPROVED or kind == "Settings"))
    }


def deployed(component: str, held: Doc | None, said: Doc, cleared: Iterable[Place], omission_clears: bool) -> Doc:
    """What an org holds of a component after a file of it was deployed."""
    kind, there = kind_of(component), dict(held or {})
    if kind == "PermissionSet":
        return normal(kind, said)
    if kind == "Profile":
        gone = {place[0] for place in cleared}
        if omission_clears and any(place[0] == "loginHours" for place in said):
            gone.add("loginHours")
        kept = {place: value for place, value in there.items() if place[0] not in gone}
        return normal(kind, kept | said)
    if omission_clears:
        kept = {}
    else:
        lists = {(*place[:-1], list_of(place[-1])) for place in said if "[" in place[-1] and len(place) < 3}
        lists |= {(list_of(place[0]),) for place in said if "[" in place[0]} | set(cleared)
        kept = {place: value for place, value in there.items() if not _in_lists(place, lists)}
    key = {KEY: there.get(KEY) or f"3MVG{component.partition(':')[2]}"} if kind == "ConnectedApp" else {}
    return normal(kind, kept | said | key)


def _in_lists(place: Place, lists: set[Place]) -> bool:
    return any((*place[:depth], list_of(place[depth])) in lists for depth in range(len(place)))


@dataclass
class ModelOrg(FakeOrg):
    """See the module.

    Attributes:
        world: what it holds.
        omission_clears: what an app's or a settings file leaves out is cleared.
        leaky: a retrieve gives a secret away.
        refuse_records: records cannot be written.
        fuse: called before and after every call; may raise.
    """

    world: World = field(default_factory=World)
    omission_clears: bool = False
    leaky: bool = False
    refuse_records: bool = False
    fuse: Callable[[], None] = lambda: None
    began_at: list[datetime] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What each deploy job failed with, "" where it did not."""

    # metadata

    def start_deploy(self, archive: BinaryIO, options: DeployOptions) -> JobId:
        self.fuse()
        job = super().start_deploy(archive, replace(options, check_only=True))
        _, files = self.jobs[-1]
        self.jobs[-1] = (options, files)
        self.began_at.append(self.at or START)
        problem = ("" if options.check_only else self.fail) or self._problem(files)
        self.problems.append(problem)
        if not problem and not options.check_only:
            self._keep(files)
        self.fuse()
        return job

    def _row(self, number: int) -> dict[str, object]:
        stamp = self.began_at[number - 1].strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        files = self.jobs[number - 1][1]
        total = sum("/" in path for path in files) + len(_deletions(files))
        return {
            **super()._row(number),
            "CreatedDate": stamp,
            "CompletedDate": stamp,
            "Status": "Failed" if self.problems[number - 1] else "Succeeded",
            "NumberComponentsTotal": total,
        }

    def server_time(self) -> datetime | None:
        self.fuse()
        return super().server_time()

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        self.fuse()
        return super().pages(soql, tooling=tooling)

    def _problem(self, files: Mapping[str, bytes]) -> str:
        sets = {item.partition(":")[2] for item in {*self.world.docs, *map(_name, files)} if item[:14] == SET_PREFIX}
        held = {grant[1] for grant in self.world.grants if grant[0] == "PermissionSetAssignment"}
        for component in _deletions(files):
            if component.type == "PermissionSet" and component.full_name in held:
                return f"Cannot delete {component.full_name}: it is assigned"
        for path, data in files.items():
            for place in parse(data)[0] if path.startswith("connectedApps/") else ():
                if list_of(place[0]) == "permissionSetName" and place[0][18:-1] not in sets:
                    return f"In field: permissionSetName - no PermissionSet named {place[0][18:-1]} found"
            if path.startswith(f"{EXTERNAL}/"):
                for name in sorted(listed(parse(data)[0]) - sets):
                    return f"In field: commaSeparatedPermissionSet - no PermissionSet named {name} found"
        return ""

    def _keep(self, files: dict[str, bytes]) -> None:
        for path, data in files.items():
            if "/" in path and path not in self.swallow:
                component = component_of(path)
                said, cleared = parse(data)
                held = self.world.docs.get(component)
                self.world.docs[component] = deployed(component, held, said, cleared, self.omission_clears)
        for component in _deletions(files):
            self.delete(str(component))
        self.settle_names()

    def delete(self, component: str) -> None:
        """It is gone, and a permission set with everything that hangs on it."""
        self.world.docs.pop(component, None)
        kind, _, name = component.partition(":")
        if kind == "PermissionSet":
            self.world.grants = {grant: at for grant, at in self.world.grants.items() if grant[1] != name}
            self.settle_names()

    def settle_names(self) -> None:
        """An app opens itself only to permission sets that are there."""
        there = set(self._sets())
        for component, doc in self.world.docs.items():
            if kind_of(component) == "ConnectedApp":
                for place in [place for place in doc if list_of(place[0]) == "permissionSetName"]:
                    if doc[place] not in there:
                        del doc[place]
            elif kind_of(component) == POLICIES:
                list_only(doc, listed(doc) & there)

    def deploy_status(self, job: JobId) -> DeployOutcome:
        self.fuse()
        number = int(job[3:15]) - 1
        options, files = self.jobs[number]
        problem = self.problems[number]
        status = JobStatus.FAILED if problem else JobStatus.SUCCEEDED
        return DeployOutcome(
            job, status, done=True, success=not problem, check_only=options.check_only, error=problem,
            components_total=len(files) - 1,
        )  # fmt: skip

    def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
        self.fuse()
        return super().start_retrieve(components)

    def retrieve_status(self, job: JobId, sink: BinaryIO) -> RetrieveOutcome:
        self.fuse()
        return super().retrieve_status(job, sink)

    def _there(self) -> dict[ComponentId, tuple[Entry, ...]]:
        return {
            ComponentId.parse(component): (Entry.of(path_of(component), render(component, self._given(component))),)
            for component in sorted(self.world.docs)
        }

    def _given(self, component: str) -> Doc:
        doc = dict(self.world.docs[component])
        if kind_of(component) == "ConnectedApp":
            doc.setdefault(APPROVED, "false")
            if self.leaky:
                doc["oauthConfig", "consumerSecret"] = CANARY
        return doc

    # records

    def query(self, soql: str) -> Iterator[Mapping[str, object]]:
        self.fuse()
        [sobject] = re.findall(r" FROM (\w+)", soql)
        _, _, where = soql.partition(" WHERE ")
        tests = [_test(text) for text in where.split(" AND ") if text]
        return iter([row for row in self._rows(sobject) if all(test(row) for test in tests)])

    def _rows(self, sobject: str) -> list[dict[str, Any]]:
        if sobject == "PermissionSet":
            return [{"Id": f"0PS{name}", "Name": name} for name in self._sets()]
        if sobject == "User":
            return [{"Id": f"005{name}", "Username": name, "Profile": {"Name": "Nobody"}} for name in USERS]
        if sobject == "ConnectedApplication":
            return [{"Id": id_, "Name": label} for label, id_ in self.apps().items()]
        if sobject == "PermissionSetAssignment":
            return [
                {
                    "Id": f"0Pa{parent}/{subject}",
                    "PermissionSet": {"Name": parent},
                    "Assignee": {"Username": subject},
                    "ExpirationDate": expires or None,
                    "PermissionSetGroupId": None,
                }
                for (kind, parent, subject), expires in sorted(self.world.grants.items())
                if kind == "PermissionSetAssignment"
            ]
        apps = self.apps()
        return [
            {
                "Id": f"0J0{parent}/{apps[subject.partition('/')[2]]}",
                "Parent": {"Name": parent},
                "SetupEntityId": apps[subject.partition("/")[2]],
                "SetupEntityType": "ConnectedApplication",
            }
            for kind, parent, subject in sorted(all_grants(self.world))
            if kind == "SetupEntityAccess" and parent in self._sets()
        ]

    def _sets(self) -> list[str]:
        return sorted(item[14:] for item in self.world.docs if item.startswith(SET_PREFIX))

    def apps(self) -> dict[str, str]:
        """Ids of apps by their labels."""
        return {FOREIGN: "0H4-foreign"} | {
            doc["label",]: f"0H4{component}"
            for component, doc in self.world.docs.items()
            if kind_of(component) == "ConnectedApp"
        }

    def create_record(self, sobject: str, fields: Mapping[str, object]) -> str:
        self.fuse()
        self._refused()
        if sobject == "PermissionSetAssignment":
            parent = str(fields["PermissionSetId"])[3:]
            grant = (sobject, parent, str(fields["AssigneeId"])[3:])
            if grant in self.world.grants:
                raise OrgRefused("Duplicate PermissionSetAssignment", code="DUPLICATE_VALUE")
            self.world.grants[grant] = str(fields.get("ExpirationDate") or "")
        else:
            parent, app = str(fields["ParentId"])[3:], str(fields["SetupEntityId"])
            self.open(parent, app)
        assert parent in self._sets()
        self.fuse()
        return "new"

    def open(self, parent: str, app: str) -> None:
        """A permission set opens an app."""
        if app == "0H4-foreign":
            self.world.grants["SetupEntityAccess", parent, f"ConnectedApplication/{FOREIGN}"] = ""
        else:
            self.world.docs[app[3:]][f"permissionSetName[{parent}]",] = parent

    def update_record(self, sobject: str, record_id: str, fields: Mapping[str, object]) -> None:
        self.fuse()
        self._refused()
        parent, _, subject = record_id[3:].partition("/")
        assert (sobject, parent, subject) in self.world.grants
        self.world.grants[sobject, parent, subject] = str(fields.get("ExpirationDate") or "")
        self.fuse()

    def delete_record(self, sobject: str, record_id: str) -> None:
        self.fuse()
        self._refused()
        parent, _, subject = record_id[3:].partition("/")
        if sobject == "PermissionSetAssignment":
            del self.world.grants[sobject, parent, subject]
        elif subject == "0H4-foreign":
            del self.world.grants[sobject, parent, f"ConnectedApplication/{FOREIGN}"]
        else:
            del self.world.docs[subject[3:]][f"permissionSetName[{parent}]",]
        self.fuse()

    def _refused(self) -> None:
        if self.refuse_records:
            raise OrgRefused("insufficient access rights", code="INSUFFICIENT_ACCESS")


def listed(doc: Mapping[Place, str]) -> set[str]:
    """The permission sets in the list of an external client app, all in one value."""
    return {name.strip() for name in doc.get(LIST, "").split(",") if name.strip()}


def list_only(doc: Doc, names: Collection[str]) -> None:
    """The list holds these; without any it is not there."""
    if names:
        doc[LIST] = ",".join(sorted(names))
    else:
        doc.pop(LIST, None)


SET_PREFIX = "PermissionSet:"
POLICIES, EXTERNAL = "ExtlClntAppOauthConfigurablePolicies", "extlClntAppOauthPolicies"
LIST: Place = ("commaSeparatedPermissionSet",)
USERS = ("ada@example.com", "bob@example.com")


def _deletions(files: Mapping[str, bytes]) -> list[ComponentId]:
    names = [name for name in ("destructiveChangesPre.xml", "destructiveChangesPost.xml") if name in files]
    return [component for name in names for component in read_manifest(files[name], name).components]


def _name(path: str) -> str:
    return component_of(path) if "/" in path else ""


def all_grants(world: World) -> dict[Grant, str]:
    """The grants as records show them: those that an app's metadata holds are records, too."""
    owned: dict[Grant, str] = {}
    for component, doc in world.docs.items():
        if kind_of(component) == "ConnectedApp":
            for place, name in doc.items():
                if list_of(place[0]) == "permissionSetName":
                    owned["SetupEntityAccess", name, f"ConnectedApplication/{doc['label',]}"] = ""
    return world.grants | owned


def _test(text: str) -> Callable[[Mapping[str, Any]], bool]:
    match = re.fullmatch(r"(\S+) (?:IN \((.*)\)|= (.*))", text)
    assert match, text
    wanted = set(re.findall(r"'((?:\\.|[^'])*)'", match[2] or match[3] or ""))

    def holds(row: Mapping[str, Any]) -> bool:
        value: Any = row
        for name in match[1].split("."):
            value = value.get(name) if value else None
        return value is None if match[3] == "null" else value in wanted

    return holds
