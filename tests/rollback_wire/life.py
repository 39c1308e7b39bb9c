"""One life of a local org: sfmeta's commands, what people do beside them, failures; every rollback held to its law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import singledispatchmethod
from typing import Any

import requests
import yaml

from sfmeta.errors import OperationFailed
from sfmeta.model.deployment import Deployment, Stage
from sfmeta.model.names import OrgId
from sfmeta.ops.grants import permission_sets
from sfmeta.ops.snapshot import by_component
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import find_repository
from tests.faultmatrix.play import MOST_FOLLOWED, advice
from tests.faultmatrix.stage import KILLED, Ran, Scene
from tests.faultmatrix.stage import Stage as Theatre
from tests.rollback import law
from tests.rollback_wire.held import Held, doc_of, held_by
from tests.rollback_wire.steps import (
    NO_TROUBLE,
    POLICY,
    Assign,
    Back,
    BackTo,
    Deploy,
    Describe,
    Drop,
    Open,
    Promote,
    Setup,
    Slot,
    Step,
    Tick,
    Trouble,
)
from tests.rollback_wire.told import told

REFUSED_UNDO = 3
DONE = frozenset({0, REFUSED_UNDO})
"""Exit codes of a deployment that is through; the second: and the org refused the package that would undo it."""
_TIMEOUT_S = 30


class Life:
    """See the module.

    Attributes:
        seen: how often what happened.
        story: the commands so far, with what they came to.
    """

    def __init__(self, stage: Theatre, scene: Scene) -> None:
        stage.set(scene)
        self.stage = stage
        self.org = stage.org
        self.policy: dict[str, Any] = yaml.safe_load((stage.root / "policy.yml").read_text(encoding="utf-8"))
        self.chosen: dict[Slot, int] = {}
        self.done: list[law.Done] = []
        self.recorded: list[str] = []
        self.commits: list[str] = [stage.git("rev-parse", "HEAD")]
        self.seen: Counter[str] = Counter()
        self.story: list[str] = []

    # what happens

    @singledispatchmethod
    def live(self, step: Step) -> None:
        """One step.

        Raises:
            AssertionError: a law was broken.
        """
        raise TypeError(step)

    @live.register
    def _(self, step: Deploy) -> None:
        if self._edited(step.edits):
            only = [word for name in step.only for word in ("-m", name)]
            with self._recorded():
                ran = self._run(("deploy", "--skip-forecast", "--yes", *only), step.trouble)
                self._came_to("deploy", ran)

    @live.register
    def _(self, step: Promote) -> None:
        if not self._edited(step.edits):
            return
        uat = self._run(("deploy", "-o", "uat", "--skip-forecast", "--yes"))
        if uat.code in DONE:
            with self._recorded():
                ran = self._run(("promote", "--to", "production", "--yes"))
                self._came_to("promote", ran)

    @live.register
    def _(self, step: Setup) -> None:
        try:
            self.org.ask("POST", "app/policy", {"app": step.app, **dict(step.change)})
        except OperationFailed as refused:
            self._saw(f"Setup says no: {refused}")

    @live.register
    def _(self, step: Assign) -> None:
        records = self.org.state.records
        parent = records.first("PermissionSet", Name=step.name)
        user = records.first("User", Username=step.user)
        assert user is not None
        if parent is None:
            return
        for row in records.find("PermissionSetAssignment", PermissionSetId=parent.id, AssigneeId=user.id):
            self._rest("DELETE", f"PermissionSetAssignment/{row.id}")
        if step.ends is not None:
            fields = {"PermissionSetId": parent.id, "AssigneeId": user.id, "ExpirationDate": step.ends or None}
            self._rest("POST", "PermissionSetAssignment", fields)

    @live.register
    def _(self, step: Open) -> None:
        records = self.org.state.records
        parent = records.first("PermissionSet", Name=step.name)
        app = records.first("ConnectedApplication", Name=step.app) or records.first(
            "ExternalClientApplication", MasterLabel=step.app
        )
        assert app is not None
        if parent is None:
            return
        held = records.find("SetupEntityAccess", ParentId=parent.id, SetupEntityId=app.id)
        if step.opens and not held:
            self._rest("POST", "SetupEntityAccess", {"ParentId": parent.id, "SetupEntityId": app.id})
        for row in () if step.opens else held:
            self._rest("DELETE", f"SetupEntityAccess/{row.id}")

    @live.register
    def _(self, step: Describe) -> None:
        found = self.org.state.records.first("PermissionSet", Name=step.name)
        fields = {step.field: step.value}
        if found is None:
            self._rest("POST", "PermissionSet", {"Name": step.name, "Label": step.name, **fields})
        else:
            self._rest("PATCH", f"PermissionSet/{found.id}", fields)

    @live.register
    def _(self, step: Drop) -> None:
        records = self.org.state.records
        found = records.first("PermissionSet", Name=step.name)
        if found is not None:
            for row in records.find("PermissionSetAssignment", PermissionSetId=found.id):
                self._rest("DELETE", f"PermissionSetAssignment/{row.id}")
            self._rest("DELETE", f"PermissionSet/{found.id}")

    @live.register
    def _(self, step: Tick) -> None:
        self.org.tick(internal=step.internal)

    @live.register
    def _(self, step: Back) -> None:
        if not self.done:
            return
        undone = self.done[-1 - min(step.back, len(self.done) - 1) :]
        # what was broken off is said again: "the last" would then be another
        newest = self.ledger()[0][1]
        named = step.back or step.trouble != NO_TROUBLE or undone[0].id != newest.id or newest.kind == "rollback"
        words = ("rollback", *(("--deployment", undone[0].id) if named else ("--last",)))
        self._roll_back((*words, *(() if step.forecast else ("--skip-forecast",))), step.side, undone, step.trouble)

    @live.register
    def _(self, step: BackTo) -> None:
        revision = self.commits[-1 - min(step.back, len(self.commits) - 1)]
        self._roll_back(("rollback", "--to", revision, "--skip-forecast"), step.side, None)

    # how it is done

    def _edited(self, edits: tuple[tuple[Slot, int], ...]) -> bool:
        """Edits the policy, generates and commits; False where sfmeta refuses the policy, which stays as it was."""
        chosen, policy = self.chosen | dict(edits), deepcopy(self.policy)
        for slot, number in chosen.items():
            place = policy
            for name in slot[:-1]:
                place = place[name]
            place[slot[-1]] = deepcopy(POLICY[slot][number])
        for app in policy["apps"].values():
            if app.get("permitted_users") == "everyone":
                app.pop("grants", None)  # they would mean nothing
        text = yaml.safe_dump(policy, sort_keys=False, allow_unicode=True)
        (self.stage.root / "policy.yml").write_text(text, encoding="utf-8")
        ran = self._run(("generate",))
        if ran.code:
            self._saw(f"generate: {ran.code} {ran.message}")
            self.stage.git("checkout", "--quiet", ".")
            self.stage.git("clean", "-fdq")
            return False
        self.chosen = chosen
        if self.stage.git("status", "--porcelain"):
            self.stage.commit("edited")
            self.commits.append(self.stage.git("rev-parse", "HEAD"))
        return True

    def _roll_back(
        self, words: tuple[str, ...], side: str, undone: list[law.Done] | None, trouble: Trouble = NO_TROUBLE
    ) -> None:
        now = held_by(self.org)
        asked = (*words, "--yes", "--accept-loss", *((f"--{side}",) if side else ()))
        with self._recorded():
            ran = self._run(asked, trouble)
            self._came_to("rollback", ran)
            after = held_by(self.org)
            if trouble != NO_TROUBLE:
                return
            if ran.code not in DONE:
                assert after == now, f"sfmeta {' '.join(ran.words)}: {ran.code} {ran.message}, and the org changed"
            if ran.error_code == "rollback-conflict":
                assert not side, ran
            elif ran.code not in DONE:
                return
            if undone is not None:
                said = told(ran.document["result"], now.world, theirs=side == "theirs")
                if said.met:
                    self._saw(f"conflict, {side or 'not settled'}")
                aside = law.entangled(undone, now.world)
                wrong = (
                    law.agreement(undone, now.world, said, aside=aside)
                    if ran.code not in DONE
                    else law.violations(undone, now.world, after.world, said, aside=aside)
                )
                problems = list(wrong)
                assert not problems, "\n".join(problems)

    def _run(self, words: tuple[str, ...], trouble: Trouble = NO_TROUBLE) -> Ran:
        """A command, and where it was broken off, what it advises, until it is through or says no."""
        if trouble.fault:
            self.org.faults.add(trouble.fault, operation=trouble.operation, nth=1)
        ran = self._told(self.stage.run(*words, kill_at=trouble.killed), killed=bool(trouble.killed))
        self.org.faults.clear()
        for _ in range(MOST_FOLLOWED if trouble != NO_TROUBLE else 0):
            if ran.code in DONE or ran.error_code == "rollback-conflict":
                break
            ran = self._told(self.stage.run(*advice(self.stage, words, ran)))
        return ran

    def _told(self, ran: Ran, *, killed: bool = False) -> Ran:
        self.story.append(f"sfmeta {' '.join(ran.words)}: {ran.code} {ran.message}")
        said = ran.out + ran.err
        assert "Traceback" not in said, ran
        assert "mistake in sfmeta" not in said, ran
        assert ran.code in (0, 1, 2, 3, 4, 5, 6, *((KILLED,) if killed else ())), ran
        return ran

    def _rest(self, method: str, path: str, fields: dict[str, Any] | None = None) -> None:
        url = f"{self.org.url}/services/data/v63.0/sobjects/{path}"
        headers = {"Authorization": f"Bearer {self.org.admin.access_token}"}
        answer = requests.request(method, url, json=fields, headers=headers, timeout=_TIMEOUT_S)
        assert answer.ok, answer.text

    def _came_to(self, what: str, ran: Ran) -> None:
        undo = (ran.document.get("result") or {}).get("undo") or {} if ran.code == REFUSED_UNDO else {}
        self._saw(" ".join([what, str(ran.code), ran.error_code, *undo.get("problems", ())]).strip())

    def _saw(self, what: str) -> None:
        self.seen[what] += 1

    # the ledger

    def ledger(self) -> list[tuple[str, Deployment]]:
        """All of it, newest first; it can be read, and nothing in it is under way."""
        with self._ledger() as ledger:
            found = list(ledger.deployments())
        for _, entry in found:
            assert entry.stage is Stage.FINISHED, f"{entry.id} is left at {entry.stage}"
        return found

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        repository = find_repository(self.stage.root)
        try:
            yield Ledger(repository, OrgId.parse(self.org.org_id))
        finally:
            repository.repo.close()

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        """Keeps account of what a command did to the org, and compares the ledger's last entry with the org."""
        before = held_by(self.org)
        yield
        after = held_by(self.org)
        known = set(self.recorded)
        new = [(commit, entry) for commit, entry in self.ledger() if entry.was_taken and entry.id not in known]
        self.recorded += [entry.id for _, entry in reversed(new)]
        if not new:
            assert after == before, "the org changed, and the ledger has no entry of it"
            return
        commit, entry = new[0]
        with self._ledger() as ledger:
            problems = list(_unlike(ledger, commit, entry, after))
            writes = ledger.writes(commit)
        assert not problems, "\n".join(problems)
        if len(new) > 1:
            # broken off and said again: what there was between the two, nobody saw
            self.done.clear()
            return
        touched = (*entry.components, *entry.deletions)
        sets = {*permission_sets(touched), *(change.id.parent for change in writes)}
        self.done.append(law.Done(entry.id, frozenset(map(str, touched)), frozenset(sets), before.world, after.world))

    def check(self) -> None:
        """What holds at any time."""
        taken = [entry.id for _, entry in self.ledger() if entry.was_taken]
        assert taken[::-1] == self.recorded


def _unlike(ledger: Ledger, commit: str, entry: Deployment, held: Held) -> Iterator[str]:
    """Where an entry says otherwise than the org what the org holds after it."""
    files = {str(component): entries for component, entries in by_component(ledger.after(commit)).items()}
    for component in map(str, (*entry.components, *entry.deletions)):
        there = held.world.docs.get(component)
        said = doc_of(component, files[component][0].read()) if component in files else None
        if (said is None) != (there is None):
            yield f"the ledger has {component}: {said is not None}, the org: {there is not None}"
        elif said is not None and there is not None and said != there:
            differ = f"{said.items() - there.items()}, the org {there.items() - said.items()}"
            yield f"the ledger has {component} with {differ}"
    records = ledger.records(commit, after=True)
    sets = permission_sets((*entry.components, *entry.deletions))
    if records is not None:
        said_of = {(str(one.id.kind), one.id.parent, one.id.subject): one.expires_at for one in records}
        wanted = {grant: ends for grant, ends in held.records.items() if grant[1] in sets}
        said_here = {grant: ends for grant, ends in said_of.items() if grant[1] in sets}
        if said_here != wanted:
            yield f"the ledger has grants {said_here}, the org {wanted}"
