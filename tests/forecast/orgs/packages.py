"""Random packages for random orgs: what an org holds is retrieved, a few things of it are changed, and it goes back.

An ``Edit`` is drawn from the seed alone; what it means is found out in the org, so that a package is made of whole
files as the org gives them. ``Packager.undo`` is the package that puts the files back.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache

from sfmeta.codec import xml
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema, compile_table
from sfmeta.errors import SessionExpired
from sfmeta.model.component import Entry, Holdings, Package
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.records import RecordChange
from sfmeta.ops.ports import Tools
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.org.client import OrgClient
from sfmeta.org.polling import wait_for
from sfmeta.source.archive import write_zip
from sfmeta.source.package import build_package
from sfmeta.source.paths import package_path
from sfmeta.workspace.cache import shipped_wsdl
from tests.forecast.orgs.edits import Edit
from tests.forecast.orgs.grants import set_record
from tests.forecast.orgs.making import BOXES, FLOWS, KINDS, Making, permission_elements
from tests.forecast.orgs.memory import MemoryOrg

TYPES = (
    "BlacklistedConsumer",
    "ConnectedApp",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
    "PermissionSet",
    "PermissionSetGroup",
    "Profile",
)
VERSION = ApiVersion(63)


@dataclass(slots=True)
class Sent:
    """A package for one org.

    Attributes:
        files: what is deployed.
        deletions: what is deleted.
        records: which grants are made or taken away.
        held: what the org holds of all of it.
    """

    files: dict[ComponentId, tuple[Entry, ...]] = field(default_factory=dict)
    deletions: tuple[ComponentId, ...] = ()
    records: tuple[RecordChange, ...] = ()
    held: Holdings = field(default_factory=dict)


class Packager:
    """Makes packages of edits for an org, and sends them.

    Args:
        org: where to.
    """

    def __init__(self, org: MemoryOrg, tools: Tools) -> None:
        self.org, self._tools = org, tools
        self._client: OrgClient = org.client()[0]

    def package(self, wanted: tuple[Edit, ...]) -> Sent:
        """The package of some edits; empty where none of them means anything in this org."""
        held = self._retrieved()
        making = Making(self.org, {one: xml.parse(files[0].read()) for one, files in held.items()})
        for edit in wanted:
            KINDS[edit.kind](making, edit)
        files = {one: (_entry(one, making.documents[one]),) for one in sorted(making.changed - making.deleted)}
        touched = {*files, *making.deleted}
        return Sent(
            files,
            tuple(sorted(making.deleted)),
            tuple(making.records),
            {one: held[one] for one in touched if one in held},
        )

    def undo(self, sent: Sent) -> Sent:
        """The package that puts back what another changed: files as they were, what was made is deleted."""
        made = {one for one in sent.files if one not in sent.held}
        names = {one.full_name for one in made}
        now = self._retrieved()
        files = {one: entries for one, entries in sent.held.items() if one not in sent.deletions}
        # what a profile gained is only gone where it is written so
        for one in [one for one in files if one.type == "Profile"]:
            files[one] = (_entry(one, _revoking(xml.parse(files[one][0].read()), xml.parse(now[one][0].read()))),)
        again = {one: sent.held[one] for one in sent.deletions if one.type == "BlacklistedConsumer"}
        records = tuple(change.inverse() for change in sent.records if change.id.parent not in names)
        touched = {*files, *again, *made}
        return Sent({**files, **again}, tuple(sorted(made)), records, {one: now[one] for one in touched if one in now})

    def send(self, sent: Sent) -> bool:
        """Deploys it and changes its records; False where the org refuses the deployment, and then nothing happened."""
        if sent.files or sent.deletions:
            entries = [entry for found in sent.files.values() for entry in found]
            if not self._deployed(build_package(entries, VERSION, delete_after=sent.deletions)):
                return False
        for change in sent.records:
            set_record(self.org, change)
        return True

    def _deployed(self, package: Package) -> bool:
        archive = io.BytesIO()
        write_zip(package.entries, archive)
        archive.seek(0)
        job = self._client.start_deploy(archive, DeployOptions())
        if self._has_ended():
            self.org.forget_session()
            self._client = self.org.client()[0]
        return wait_for(job, lambda: self._client.deploy_status(job), self._tools.clock, 60).success

    def _has_ended(self) -> bool:
        """Whether the deployment ended the very session that it was sent with, as ticking a box may."""
        try:
            self._client.limits()
        except SessionExpired:
            return True
        return False

    def _retrieved(self) -> dict[ComponentId, tuple[Entry, ...]]:
        wanted = [ComponentId.of(name, "*") for name in TYPES]
        return dict(take_snapshot(self._client, [*wanted, BOXES, FLOWS], self._tools).holdings)


def _revoking(was: Element, now: Element) -> Element:
    """A profile's file that takes away what the profile gained, and clears what it had not."""
    before = {one.value("name") for one in was.all("userPermissions")}
    gained = tuple(name for one in now.all("userPermissions") if (name := one.value("name")) and name not in before)
    more = [*permission_elements(gained, "false")]
    more += [Element.of(name) for name in ("loginHours", "loginIpRanges") if now.first(name) and not was.first(name)]
    return was.with_children((*was.children, *more))


def _entry(component: ComponentId, root: Element) -> Entry:
    return Entry.of(package_path(component), xml.write(canonical(root, _schema())))


@cache
def _schema() -> Schema:
    return Schema.load(compile_table(shipped_wsdl().read_bytes()))
