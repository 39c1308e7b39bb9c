"""One life of an org: deployments, changes by hand, failures, kills; and rollbacks, each held against its law."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import singledispatchmethod
from typing import Any

from sfmeta.codec.canonical import canonical
from sfmeta.errors import GuardRefused, SfmetaError
from sfmeta.model.component import Entry, Package
from sfmeta.model.deployment import Stage
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.outcome import DeployOptions
from sfmeta.model.records import Record, RecordChange, RecordKind
from sfmeta.ops import deploy, job, rollback
from sfmeta.ops.deployment import Provenance
from sfmeta.ops.grants import permission_sets
from sfmeta.ops.ports import Tools
from sfmeta.ops.settle import UNDER_WAY_S, settle
from sfmeta.source.package import build_package
from sfmeta.workspace.ledger import Ledger
from tests.ops.fake_org import INFO, FakeClock, Said
from tests.ops.test_rollback import schema
from tests.rollback import law, law_of_revision
from tests.rollback.documents import File, kind_of, path_of, source_path
from tests.rollback.memory import MemoryLedger, MemoryRepository
from tests.rollback.model_org import CANARY, SET_PREFIX, ModelOrg, deployed, normal
from tests.rollback.places import SLOTS
from tests.rollback.steps import Back, BackTo, Delete, Deploy, Drift, DriftOnOurs, Drop, Grant, Make, Step, Trouble

VERSION = ApiVersion(63)


class Killed(BaseException):
    """The process is gone: nobody may catch it."""


class Life:
    """See the module.

    Attributes:
        seen: how often what happened.
    """

    def __init__(
        self,
        held: tuple[File, ...],
        *,
        omission_clears: bool = False,
        leaky: bool = False,
        project: tuple[Any, Ledger] | None = None,
    ) -> None:
        self.org = ModelOrg(omission_clears=omission_clears, leaky=leaky)
        in_memory: Any = MemoryRepository()
        self.repository, self.ledger = project or (in_memory, MemoryLedger(in_memory, INFO.id))
        self.clock = FakeClock()
        self.files: dict[str, File] = {}
        self.done: list[law.Done] = []
        self.recorded: list[str] = []
        self.seen: Counter[str] = Counter()
        for file in held:
            self._put(file)
        self.org.settle_names()

    @property
    def tools(self) -> Tools:
        self.clock.time += 60
        self.org.at = datetime.fromtimestamp(self.clock.time, UTC)
        return Tools(self.clock, Said(), io.BytesIO, 60.0, lambda root: canonical(root, schema()))

    def _put(self, file: File) -> None:
        held = {("classAccesses[Job]", "enabled"): "false"} if kind_of(file.component) == "Profile" else None
        self.org.world.docs[file.component] = deployed(file.component, held, dict(file.doc), (), False)

    # what happens

    @singledispatchmethod
    def live(self, step: Step) -> None:
        """One step."""
        raise TypeError(step)

    @live.register
    def _(self, step: Drift) -> None:
        self._set(step.edit.component, step.edit.place, step.edit.value)

    @live.register
    def _(self, step: DriftOnOurs) -> None:
        for done in self.done[::-1][step.back : step.back + 1]:
            before, after = law.spots(done.before), law.spots(done.after)
            changed = sorted(spot for spot in {*before, *after} if before.get(spot) != after.get(spot) and spot[1])
            if changed:
                component, place = changed[step.place % len(changed)]
                [slot] = [slot for slot in SLOTS[kind_of(component)] if slot.place == place]
                values = slot.values if slot.required else (None, *slot.values)
                self._set(component, place, values[step.value % len(values)])

    def _set(self, component: str, place: tuple[str, ...], value: str | None) -> None:
        doc = self.org.world.docs.get(component)
        if doc is None:
            return
        new = {there: held for there, held in doc.items() if there != place}
        if value is not None:
            new[place] = value
        elif place == ("classAccesses[Job]", "enabled") and kind_of(component) == "Profile":
            new[place] = "false"
        self.org.world.docs[component] = normal(kind_of(component), new)
        self.org.settle_names()

    @live.register
    def _(self, step: Make) -> None:
        if step.file.component not in self.org.world.docs:
            self._put(step.file)

    @live.register
    def _(self, step: Drop) -> None:
        self.org.delete(step.component)

    @live.register
    def _(self, step: Grant) -> None:
        key = (str(step.grant.kind), step.grant.parent, step.grant.subject)
        if f"{SET_PREFIX}{step.grant.parent}" not in self.org.world.docs:
            return
        expires = "" if step.expires and step.grant.kind is RecordKind.APP_ACCESS else step.expires
        if not step.by_hand:
            held = self.org.world.grants.get(key)
            old = None if held is None else Record(step.grant, held)
            new = None if expires is None else Record(step.grant, expires)
            if old != new:
                self._deploy(build_package([], VERSION), step.trouble, (RecordChange(old, new),))
        elif expires is None:
            self.org.world.grants.pop(key, None)
        else:
            self.org.world.grants[key] = expires

    @live.register
    def _(self, step: Deploy) -> None:
        self.files |= {file.component: file for file in step.files}
        only = None if step.everything else [ComponentId.parse(file.component) for file in step.files]
        entries = [Entry.of(source_path(name), file.data) for name, file in self.files.items()]
        self._deploy(build_package(entries, VERSION, only=only), step.trouble)

    @live.register
    def _(self, step: Delete) -> None:
        self.files.pop(step.component, None)
        self._deploy(build_package([], VERSION, delete_after=[ComponentId.parse(step.component)]), step.trouble)

    @live.register
    def _(self, step: Back) -> None:
        if self.done:
            first = self.done[-1 - min(step.back, len(self.done) - 1)]
            is_rollback = self._kind_of(first.id) == "rollback"
            request = self._request(deployment="" if step.back == 0 and not is_rollback else first.id, side=step.side)
            self._roll_back(request, self.done[self.done.index(first) :], step.trouble)

    @live.register
    def _(self, step: BackTo) -> None:
        if self.repository.commits:
            revision = self.repository.commits[-1 - min(step.back, len(self.repository.commits) - 1)]
            self._roll_back(self._request(revision=revision, side=step.side), None, step.trouble)

    # how it is done

    def _deploy(self, package: Package, trouble: Trouble, writes: tuple[RecordChange, ...] = ()) -> None:
        tree = {source_path(name): file.data for name, file in self.files.items()}
        revision = self.repository.commit(tree)
        touched = {*package.components, *package.deletions}
        accepted = [item for item in touched if trouble.kind == "unreadable"]
        with self._going_wrong(trouble), self._recorded(trouble):
            plan = deploy.prepare(
                self.org,
                package,
                DeployOptions(),
                Provenance(revision=revision),
                self.ledger,
                self.tools,
                accept_unreadable=accepted,
                writes=writes,
            )
            report = deploy.execute(self.org, plan, self.ledger, self.tools)
            self._saw(f"deployment {'succeeds' if report.success else 'fails'}")

    def _kind_of(self, name: str) -> str:
        return next(entry.kind for _, entry in self.ledger.deployments() if entry.id == name)

    def _request(self, **fields: Any) -> rollback.RollbackRequest:
        return rollback.RollbackRequest(("force-app",), VERSION, **fields)

    def _roll_back(self, request: rollback.RollbackRequest, undone: list[law.Done] | None, trouble: Trouble) -> None:
        if trouble.kind == "unreadable":
            request = replace(request, accept_unreadable=[ComponentId.parse(trouble.component)])
        fog = frozenset({trouble.component}) if trouble.kind == "unreadable" else frozenset()
        now, sent = self.org.world.copy(), len(self.org.deploys)
        with self._going_wrong(trouble), self._recorded(trouble):
            plan = rollback.prepare(self.org, request, self.repository, self.ledger, self.tools)
            assert self.org.world == now, "a plan changes nothing"
            if not plan.is_settled:
                try:
                    rollback.execute(self.org, plan, self.ledger, self.tools)
                except GuardRefused:
                    pass
                assert (self.org.world, len(self.org.deploys)) == (now, sent), "an unsettled plan sends nothing"
                if undone is not None:
                    problems = list(law.agreement(undone, now, law.Said.of(plan, now), fog, law.entangled(undone, now)))
                    assert not problems, "\n".join(problems)
                self._saw("rollback: conflict, nobody settled it")
                return
            report = rollback.execute(self.org, plan, self.ledger, self.tools)
            self._saw(f"rollback {'succeeds' if report.success else 'fails'}")
            if trouble.kind not in ("", "unreadable"):
                return
            outcome = report.deployment.outcome
            if outcome is not None and not outcome.success:
                self._saw("rollback refused by the org")
                assert "no PermissionSet named" in outcome.error
                assert self.org.world == now
                return
            if undone is not None:
                said, aside = law.Said.of(plan, now), law.entangled(undone, now)
                problems = list(law.violations(undone, now, self.org.world, said, fog, aside))
                assert not problems, "\n".join(problems)
                assert report.success, report
            elif not trouble.kind:
                files, said = self.repository.trees[request.revision], law.Said.of(plan, now)
                problems = list(law_of_revision.violations(files, self.done, now, self.org.world, said))
                assert not problems, "\n".join(problems)

    def _saw(self, what: str) -> None:
        self.seen[what] += 1

    @contextmanager
    def _going_wrong(self, trouble: Trouble) -> Iterator[None]:
        org = self.org
        org.fail = "UNKNOWN_EXCEPTION" if trouble.kind == "fails" else ""
        org.refuse_records = trouble.kind == "records"
        org.swallow = {path_of(trouble.component)} if trouble.kind == "swallows" else set()
        org.unreadable = {trouble.component} if trouble.kind == "unreadable" else set()
        if trouble.kind in ("killed", "interrupted"):
            self._light(trouble)
        try:
            yield
        except Killed:
            self._saw("killed")
        except KeyboardInterrupt:
            self._saw("interrupted")
        except SfmetaError as error:
            self._saw(f"stopped: {error.code or type(error).__name__}")
            if trouble.kind != "interrupted" and not _is_fair(error, trouble):
                raise AssertionError(str(error)) from error
        finally:
            org.fail, org.refuse_records, org.swallow, org.unreadable = "", False, set(), set()
            org.fuse = self.repository.fuse = lambda: None

    def _light(self, trouble: Trouble) -> None:
        left = [trouble.calls]

        def burn() -> None:
            left[0] -= 1
            if left[0] == -1:
                self.org.fuse = self.repository.fuse = lambda: None
                raise Killed if trouble.kind == "killed" else KeyboardInterrupt

        self.org.fuse = self.repository.fuse = burn

    @contextmanager
    def _recorded(self, trouble: Trouble) -> Iterator[None]:
        """Keeps account of what a deployment did; where it was killed, it is settled or resumed first."""
        before = self.org.world.copy()
        try:
            yield
        finally:
            self.org.fuse = self.repository.fuse = lambda: None
            self._recover()
            self._account(before, trouble)

    def _recover(self) -> None:
        self.clock.time += UNDER_WAY_S + 1
        newest = next(self.ledger.deployments(), None)
        if newest is not None and newest[1].stage is Stage.SENT:
            job.resume(self.org, newest[1].job_id, self.ledger, self.tools)
        else:
            settle(self.org, self.ledger, self.tools)

    def _account(self, before: Any, trouble: Trouble) -> None:
        newest = next(self.ledger.deployments(), None)
        if newest is None or newest[1].id in self.recorded:
            return
        commit, entry = newest
        assert entry.stage is Stage.FINISHED
        self.recorded.append(entry.id)
        if not entry.was_taken:
            assert self.org.world == before
            return
        self.done.append(
            law.Done(
                entry.id,
                frozenset(map(str, (*entry.components, *entry.deletions))),
                frozenset(
                    {
                        *permission_sets((*entry.components, *entry.deletions)),
                        *(change.id.parent for change in self.ledger.writes(commit)),
                    }
                ),
                before,
                self.org.world.copy(),
                frozenset({trouble.component} if trouble.kind == "unreadable" else ()),
            )
        )

    def check(self) -> None:
        """What holds at any time: no secret is in the ledger."""
        for commit in self.repository.chain[-2:]:
            for path, data in self.repository.trees[commit].items():
                assert CANARY.encode() not in data, path


def _is_fair(error: SfmetaError, trouble: Trouble) -> bool:
    """What a run may be refused for."""
    if error.code == "profile-unknown":
        return trouble.kind == "unreadable"
    return "would not give" in error.message or "would not take grants" in error.message
