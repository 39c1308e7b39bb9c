"""An org for tests of the verbs: it keeps what it is given, and misbehaves when told to. Speaks no wire protocol."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from sfmeta.model.component import Entry
from sfmeta.model.names import ApiVersion, ComponentId, JobId, OrgId
from sfmeta.model.outcome import DeployOptions, DeployOutcome, JobStatus, OrgInfo, RetrieveMessage, RetrieveOutcome
from sfmeta.ops.ports import Tools
from sfmeta.ops.snapshot import by_component
from sfmeta.source.archive import read_zip, write_zip
from sfmeta.source.manifest import read_manifest

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
    """

    info: OrgInfo = INFO
    held: dict[str, bytes] = field(default_factory=dict)
    swallow: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    polls: int = 0
    fail: str = ""
    rows: list[dict[str, object]] = field(default_factory=list)
    deploys: list[tuple[DeployOptions, dict[str, bytes]]] = field(default_factory=list)
    on_deploy: Callable[[], None] = lambda: None
    _asked: list[ComponentId] = field(default_factory=list)

    def start_deploy(self, archive: BinaryIO, options: DeployOptions) -> JobId:
        files = {entry.path: entry.read() for entry in read_zip(archive, "package.zip")}
        self.deploys.append((options, files))
        self.on_deploy()
        if not options.check_only and not self.fail:
            self._keep(files)
        return JobId(f"0Af{len(self.deploys):012d}AAA")

    def _keep(self, files: dict[str, bytes]) -> None:
        for path, data in files.items():
            if not path.endswith("Changes.xml") and path != "package.xml" and path not in self.swallow:
                self.held[path] = data
        for name in ("destructiveChangesPre.xml", "destructiveChangesPost.xml"):
            gone = read_manifest(files[name], name).components if name in files else ()
            for component in gone:
                for entry in by_component([Entry.of(path, b"") for path in self.held]).get(component, ()):
                    self.held.pop(entry.path)

    def deploy_status(self, job: JobId) -> DeployOutcome:
        options, files = self.deploys[int(job[3:15]) - 1]
        if self.polls > 0:
            self.polls -= 1
            return DeployOutcome(job, JobStatus.IN_PROGRESS, done=False, success=False)
        status = JobStatus.FAILED if self.fail else JobStatus.SUCCEEDED
        return DeployOutcome(
            job, status, done=True, success=not self.fail, check_only=options.check_only, error=self.fail,
            components_total=len(files) - 1,
        )  # fmt: skip

    def cancel_deploy(self, job: JobId) -> None:
        raise NotImplementedError(job)

    def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
        self._asked = list(components)
        return JobId("09S000000000001AAA")

    def retrieve_status(self, job: JobId, sink: BinaryIO) -> RetrieveOutcome:
        there = by_component([Entry.of(path, data) for path, data in sorted(self.held.items())])
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
        return iter(self.rows)


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0

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
