"""A project, its repository, a fake org and a ledger that change together; time passes only when a test says so."""

from __future__ import annotations

import io
from collections.abc import Mapping

from sfmeta.model.component import Entry
from sfmeta.model.deployment import Deployment, stamp
from sfmeta.model.drift import Drift
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.ops import deploy
from sfmeta.ops.deployment import Provenance
from sfmeta.ops.drift import Measured, measure
from sfmeta.ops.ports import Tools
from sfmeta.source.package import build_package
from sfmeta.source.paths import component_at, source_path
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.project import Project, find_project
from sfmeta.workspace.repository import find_repository
from tests.conftest import GitFolder
from tests.ops.fake_org import INFO, FakeClock, FakeOrg, Said

HOME = "force-app/main/default"
APP = "connectedApps/Billing.connectedApp"
ALLOW = "permissionsets/Allow_X.permissionset"
PROFILE = "profiles/Integration.profile"


class Scene:
    """See the module.

    Attributes:
        folder: the project.
        org: the org.
        clock: time, also the org's.
    """

    def __init__(self, folder: GitFolder) -> None:
        folder.write("sfdx-project.json", '{"packageDirectories": [{"path": "force-app/main"}]}')
        folder.write("notes.txt", "nothing of ours\n")
        folder.git("config", "user.name", "Ada")
        folder.git("config", "user.email", "ada@example.com")
        folder.commit("begin")
        self.folder = folder
        self.org = FakeOrg()
        self.clock = FakeClock()
        self.repository = find_repository(folder.root)
        self.ledger = Ledger(self.repository, INFO.id)

    @property
    def project(self) -> Project:
        return find_project(self.folder.root)

    @property
    def tools(self) -> Tools:
        return Tools(self.clock, Said(), io.BytesIO, 60.0)

    @property
    def last(self) -> Deployment:
        return next(self.ledger.deployments())[1]

    def path(self, file: str) -> str:
        """Where a file of the Metadata API's format lies in the project."""
        component = component_at(file)
        assert component is not None
        return f"{HOME}/{source_path(component)}"

    def deploy(self, files: Mapping[str, bytes] | None = None, delete: tuple[str, ...] = ()) -> str:
        """Commit files and deploy them, a minute later; the deployment's id."""
        for file, data in (files or {}).items():
            self.folder.write(self.path(file), data.decode())
        revision = self.folder.commit("files")
        entries = [Entry.of(file, data) for file, data in (files or {}).items()]
        made = build_package(entries, ApiVersion(63), delete_after=[ComponentId.parse(text) for text in delete])
        self.clock.sleep(60)
        plan = deploy.prepare(self.org, made, DeployOptions(), Provenance(revision=revision), self.ledger, self.tools)
        report = deploy.execute(self.org, plan, self.ledger, self.tools)
        assert report.success
        return self.last.id

    def says(self, what: str, action: str, by: str = "eve@example.com", section: str | None = "Manage Users") -> None:
        """A row of the audit trail, a minute later."""
        self.clock.sleep(60)
        rows = self.org.rows.setdefault("SetupAuditTrail", [])
        moment = stamp(self.clock.now()).replace("Z", ".000+0000")
        created = {"Username": by} if by else None
        rows.append(
            {"Display": what, "Action": action, "Section": section, "CreatedDate": moment, "CreatedBy": created}
        )

    def measure(self, since: str = "") -> Measured:
        return measure(self.org, self.ledger, self.tools, since)

    def drift(self, since: str = "") -> Drift:
        return self.measure(since).drift
