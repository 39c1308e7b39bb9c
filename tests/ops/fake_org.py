"""An org for tests of the verbs: it keeps what it is given, and misbehaves when told to. Speaks no wire protocol."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import BinaryIO

from sfmeta.errors import SfmetaError
from sfmeta.model.component import Entry
from sfmeta.model.names import ApiVersion, ComponentId, JobId, OrgId
from sfmeta.model.outcome import DeployOptions, DeployOutcome, JobStatus, OrgInfo, RetrieveMessage, RetrieveOutcome
from sfmeta.ops.ports import Tools
from sfmeta.ops.snapshot import by_component
from sfmeta.source.archive import read_zip, write_zip
from sfmeta.source.manifest import read_manifest

START = datetime.fromtimestamp(1_700_000_000, UTC)
"""When ``FakeClock`` begins."""

INFO = OrgInfo(
    id=OrgId.parse("00D000000000001"),
    name="Fake",
    instance_url="https://fake.example.com",
    username="admin@example.com",
    user_id="005000000000001AAA",
    is_sandbox=True,
    organization_type="Enterprise Edition",
    is_trial=False,
    api_version=ApiVersion(63),
)


@dataclass
class FakeOrg:
    """See the module.

    Attributes:
        held: files by path, Metadata API format.
        swallow: paths that a deploy claims to have taken and does not keep (forcedotcom/cli#634).
        unreadable: components that a retrieve will not give.
        polls: how many status polls find a job running.
        fail: a deploy fails with this text.
        refuse_checks: a check-only deploy fails with this text.
        tests: how many Apex tests a deploy runs.
        rows: what a query of an sobject gives, whatever its conditions.
        on_deploy: runs when the org has taken a deploy, before its answer; the answer is lost where it raises.
        before_deploy: runs before the org takes one; nothing arrives where it raises.
        began: jobs of anybody: rows of DeployRequest besides those of ``jobs``.
        at: the org's time.
        blind: raised where the list of jobs is asked for.
    """

    info: OrgInfo = INFO
    held: dict[str, bytes] = field(default_factory=dict)
    swallow: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    polls: int = 0
    fail: str = ""
    refuse_checks: str = ""
    tests: int = 0
    rows: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    jobs: list[tuple[DeployOptions, dict[str, bytes]]] = field(default_factory=list)
    on_deploy: Callable[[], None] = lambda: None
    before_deploy: Callable[[], None] = lambda: None
    began: list[dict[str, object]] = field(default_factory=list)
    at: datetime | None = START
    blind: SfmetaError | None = None
    _asked: list[ComponentId] = field(default_factory=list)

    @property
    def deploys(self) -> list[tuple[DeployOptions, dict[str, bytes]]]:
        """The jobs that were to change something."""
        return [job for job in self.jobs if not job[0].check_only]

    @property
    def checks(self) -> list[tuple[DeployOptions, dict[str, bytes]]]:
        """The jobs that were only to validate."""
        return [job for job in self.jobs if job[0].check_only]

    def start_deploy(self, archive: BinaryIO, options: DeployOptions) -> JobId:
        files = {entry.path: entry.read() for entry in read_zip(archive, "package.zip")}
        self.before_deploy()
        self.jobs.append((options, files))
        if not options.check_only and not self.fail:
            self._keep(files)
        self.on_deploy()
        return JobId(f"0Af{len(self.jobs):012d}AAA")

    def _keep(self, files: dict[str, bytes]) -> None:
        for path, data in files.items():
            if not path.endswith("Changes.xml") and path != "package.xml" and path not in self.swallow:
                self.held[path] = data
        for name in ("destructiveChangesPre.xml", "destructiveChangesPost.xml"):
            gone = read_manifest(files[name], name).components if name in files else ()
            for component in gone:
                for entry in by_component([Entry.of(path, b"") for path in self.held]).get(component, ()):
                    self.held.pop(entry.path)
                if component.type == "PermissionSet":
                    rows = self.rows.get("PermissionSetAssignment", [])
                    rows[:] = [row for row in rows if row["PermissionSet"] != {"Name": component.full_name}]

    def deploy_status(self, job: JobId) -> DeployOutcome:
        options, files = self.jobs[int(job[3:15]) - 1]
        if self.polls > 0:
            self.polls -= 1
            return DeployOutcome(job, JobStatus.IN_PROGRESS, done=False, success=False)
        fail = self.fail or (self.refuse_checks if options.check_only else "")
        status = JobStatus.FAILED if fail else JobStatus.SUCCEEDED
        return DeployOutcome(
            job, status, done=True, success=not fail, check_only=options.check_only, error=fail,
            error_code=fail.partition(":")[0], components_total=len(files) - 1,
            tests_total=self.tests,
        )  # fmt: skip

    def cancel_deploy(self, job: JobId) -> None:
        raise NotImplementedError(job)

    def quick_deploy(self, validation: JobId) -> JobId:
        options, files = self.jobs[int(validation[3:15]) - 1]
        self.jobs.append((replace(options, check_only=False), files))
        self._keep(files)
        return JobId(f"0Af{len(self.jobs):012d}AAA")

    def server_time(self) -> datetime | None:
        return self.at

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        assert tooling
        assert "FROM DeployRequest WHERE CreatedById = '" + self.info.user_id in soql
        if self.blind is not None:
            raise self.blind
        since = re.findall(r"CreatedDate >= (\S+)", soql)[0]
        rows = [*self.began, *(self._row(number) for number in range(1, len(self.jobs) + 1))]
        check_only = "CheckOnly = true" in soql
        yield [row for row in rows if row["CheckOnly"] is check_only and str(row["CreatedDate"]) >= since]

    def _row(self, number: int) -> dict[str, object]:
        options, files = self.jobs[number - 1]
        stamp = (self.at or START).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        return {
            "Id": f"0Af{number:012d}AAA",
            "Status": "InProgress" if self.polls else "Succeeded",
            "CheckOnly": options.check_only,
            "CreatedDate": stamp,
            "CompletedDate": None if self.polls else stamp,
            "NumberComponentsTotal": len(files) - 1,
        }

    def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
        self._asked = list(components)
        return JobId("09S000000000001AAA")

    def retrieve_status(self, job: JobId, sink: BinaryIO) -> RetrieveOutcome:
        there = self._there()
        whole = {item.type for item in self._asked if item.full_name == "*"}
        asked = {*self._asked, *(item for item in there if item.type in whole)}
        given = [item for item in sorted(asked) if item in there and str(item) not in self.unreadable]
        messages = [
            RetrieveMessage("package.xml", f"Entity of type '{item.type}' named '{item.full_name}' cannot be found")
            for item in self._asked
            if item not in there and item.full_name != "*"
        ]
        messages += [
            RetrieveMessage(
                "package.xml",
                f"Load of metadata from db failed for metadata of type:{item.type} and file name:{item.full_name}",
            )
            for item in self._asked
            if str(item) in self.unreadable
        ]
        entries = [replace(entry, path=f"unpackaged/{entry.path}") for item in given for entry in there[item]]
        write_zip(entries, sink)
        outcome = RetrieveOutcome(job, JobStatus.SUCCEEDED, done=True, success=True, messages=tuple(messages))
        return replace(outcome, zip_bytes=sink.tell(), components=tuple(given))

    def query(self, soql: str) -> Iterator[Mapping[str, object]]:
        [sobject] = re.findall(r" FROM (\w+)", soql)
        if sobject == "PermissionSet":
            names = [item.full_name for item in self._there() if item.type == "PermissionSet"]
            return iter([{"Id": f"0PS{name}", "Name": name} for name in names])
        return iter([dict(row) for row in self.rows.get(sobject, [])])

    def _there(self) -> dict[ComponentId, tuple[Entry, ...]]:
        return by_component([Entry.of(path, data) for path, data in sorted(self.held.items())])

    def assign(self, permission_set: str, username: str, expires_at: str = "") -> None:
        """Somebody gives a permission set to a user."""
        rows = self.rows.setdefault("PermissionSetAssignment", [])
        rows.append(
            {
                "Id": f"0Pa{permission_set}/{username}",
                "PermissionSet": {"Name": permission_set},
                "Assignee": {"Username": username},
                "ExpirationDate": expires_at or None,
            }
        )

    def create_record(self, sobject: str, fields: Mapping[str, object]) -> str:
        assert sobject == "PermissionSetAssignment"
        permission_set = str(fields["PermissionSetId"]).removeprefix("0PS")
        username = str(fields["AssigneeId"]).removeprefix("005")
        self.assign(permission_set, username, str(fields.get("ExpirationDate") or ""))
        return f"0Pa{permission_set}/{username}"

    def update_record(self, sobject: str, record_id: str, fields: Mapping[str, object]) -> None:
        for row in self.rows[sobject]:
            if row["Id"] == record_id:
                row.update(fields)

    def delete_record(self, sobject: str, record_id: str) -> None:
        self.rows[sobject] = [row for row in self.rows[sobject] if row["Id"] != record_id]


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = START.timestamp()

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Said:
    """Progress, written down."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def step(self, text: str) -> None:
        self.lines.append(text)

    def advance(self, done: int, total: int, text: str = "") -> None:
        self.lines.append(text)


def tools(deadline_s: float = 60.0) -> Tools:
    """Tools that need no machine."""
    return Tools(FakeClock(), Said(), io.BytesIO, deadline_s)
