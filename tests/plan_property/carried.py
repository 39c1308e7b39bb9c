"""Carries stages out as ``sfmeta plan`` and ``sfmeta apply`` do, with the product's own operations, in memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sfmeta.access.assigning import generated_sets
from sfmeta.codec.schema import Schema
from sfmeta.codec.xml import parse, write
from sfmeta.model.component import Entry
from sfmeta.model.forecast import Stage
from sfmeta.model.inventory import Inventory
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.plan import StepKind
from sfmeta.model.policy import Policy
from sfmeta.model.records import RecordChange
from sfmeta.model.registry import CONSUMER_KEY_PATHS
from sfmeta.ops import granting
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.deployment import Provenance
from sfmeta.ops.forecast import ForecastRequest, look_ahead
from sfmeta.ops.generate import GenerateRequest, GenerateResult, generate
from sfmeta.ops.plan.applying import Ends, Terms, execute, require_as_planned, what_was_left
from sfmeta.ops.plan.making import Made, PlanRequest, make
from sfmeta.ops.plan.standing import Ground, State, standings
from sfmeta.ops.plan.unsettled import with_the_orgs
from sfmeta.ops.ports import Tools
from sfmeta.ops.project_files import ProjectFiles
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.ops.validation import Demand
from sfmeta.source.derivation import underived
from sfmeta.source.paths import source_path
from sfmeta.workspace.validations import Validations
from tests.forecast.agreement import OrgClock, Silent
from tests.forecast.orgs.memory import MemoryOrg
from tests.forecast.orgs.stager import Stager
from tests.rollback.memory import MemoryLedger, MemoryRepository

_HOME = "force-app/main/default"
_API = ApiVersion.parse("63.0")
_TYPES = (
    "ConnectedApp",
    "ExternalClientApplication",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
)
_NO_DEMAND = Demand("", None, "", "")


@dataclass
class MemoryTree:
    """A project's files in memory: a ``SourceTree``."""

    files: dict[str, bytes] = field(default_factory=dict)

    def paths(self, below: Iterable[str] = ()) -> list[str]:
        wanted = tuple(f"{one}/" for one in below) or (f"{_HOME}/",)
        return sorted(path for path in self.files if path.startswith(wanted))

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def write_together(self, files: Mapping[str, bytes]) -> None:
        self.files |= files


class Carrier:
    """A project with the files of a policy, and an org that its stages are carried out in.

    Args:
        org: as it was seeded.
        policy: about it.
        schema: the Metadata API's.
    """

    def __init__(self, org: MemoryOrg, policy: Policy, schema: Schema) -> None:
        self.org, self.policy, self.schema = org, policy, schema
        self.client, self._http = org.client()
        self.tools = Tools(OrgClock(org), Silent(), io.BytesIO, 60)
        self.tree = MemoryTree()
        self.person = Stager(org, policy)
        repository = MemoryRepository()
        self.ends = Ends(
            self.client,
            MemoryLedger(repository, self.client.info.id),  # type: ignore[arg-type]
            repository,  # type: ignore[arg-type]
            Validations(repository, self.client.info.id),  # type: ignore[arg-type]
            self.tools,
        )
        self._retrieve()

    def close(self) -> None:
        """Ends the session."""
        self.client.close()
        self._http.close()

    def carry_out(self, stage: Stage) -> None:
        """Plans a stage, does what is to be done in Setup, applies the plan; then nothing of it may be left."""
        made = self._made(stage)
        if made.unsettled:
            self.tree.write_together(with_the_orgs(made.unsettled, made.files, self.schema))
            made = self._made(stage)
        assert not made.unsettled, [str(one) for one in made.unsettled]
        for step in made.plan.steps:
            if step.kind is StepKind.MANUAL:
                self.person._allow(self.policy.apps[step.app])
        self._apply(made)
        # whether a visit is done, no API always tells
        left = [step.title for step in self._made(stage).plan.steps if step.kind is not StepKind.MANUAL]
        assert not left, left

    def _apply(self, made: Made) -> None:
        left = what_was_left(self.ends.ledger, made.plan)
        ground = Ground(made.plan, made.packages, self.policy, self._inventory(), {}, left)
        found = standings(self.client, ground, self.tools)
        unseen = {one.step.number for one in found if one.state is State.UNSEEN}
        terms = Terms(unseen, None, _NO_DEMAND, begin_history=True)
        require_as_planned(made.plan, found, terms)
        done = execute(self.ends, ground, found, terms, lambda _: None)
        assert len(done) == len(made.plan.steps)
        assert all(one.success for one in done), [one.why for one in done]

    def _inventory(self) -> Inventory:
        return audit(self.client, AuditRequest(90, 1), self.tools)

    def _made(self, stage: Stage) -> Made:
        self._generated(check=False)
        generated = self._generated(check=True)
        inventory = self._inventory()
        now = self.org.state.clock.now()
        foreseen = look_ahead(inventory, self.policy, ForecastRequest(stage, as_is=True), {}, now)
        request = PlanRequest(
            stage=stage,
            wave=None,
            policy=self.policy,
            policy_digest="",
            generated=generated,
            entries=tuple(Entry.of(path, self.tree.files[path]) for path in self.tree.paths()),
            api_version=_API,
            derived=underived,
            provenance=Provenance(),
            writes=self._writes(generated) if stage is Stage.PREPARE else (),
        )
        return make(self.client, request, inventory, foreseen, self.tools)

    def _generated(self, *, check: bool) -> GenerateResult:
        request = GenerateRequest(self.policy, self.tree, self.schema, self.org.state.clock.now(), check=check)
        return generate(request)

    def _writes(self, generated: GenerateResult) -> tuple[RecordChange, ...]:
        files = ProjectFiles.of(self.tree)
        sets, problems = generated_sets(self.policy, files, files.unreadable)
        assert not problems, problems
        coming = frozenset(one.id.full_name for one in generated.wanted if one.id.type == "PermissionSet")
        request = granting.GrantRequest(self.policy, sets, coming=coming)
        found = granting.difference(self.client, request, self.org.state.clock.now())
        found.require_sound()
        return found.writes

    def _retrieve(self) -> None:
        """The files of the org's own apps, without its keys, as the README says."""
        held = take_snapshot(self.client, {ComponentId.of(name, "*") for name in _TYPES}, self.tools).holdings
        for component, entries in held.items():
            [entry] = entries
            root = parse(entry.read(), entry.path)
            for path in CONSUMER_KEY_PATHS:
                root = root.without(path)
            self.tree.files[f"{_HOME}/{source_path(component)}"] = write(root)
