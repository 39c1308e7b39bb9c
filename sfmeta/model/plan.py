"""A plan: the steps of one stage for one org, bound to what was seen when it was made. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sfmeta.model.forecast import Harm, Stage
from sfmeta.model.names import ApiVersion, ComponentId, OrgId
from sfmeta.model.records import RecordChange


class StepKind(StrEnum):
    """Who does a step, and by which way."""

    MANUAL = "manual"
    """A person in Setup: no API is known for it."""
    METADATA = "metadata"
    """A deployment of one package."""
    RECORDS = "records"
    """Records of grants are written."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the org held of one component when the plan was made.

    Attributes:
        component: which.
        fingerprint: of what it said (``change.fingerprint``); "" where the org did not have it.
    """

    component: ComponentId
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class AppGrants:
    """Who must be let in to a connected app after a step.

    Attributes:
        label: of the app, as its record has it.
        permission_sets: API names or labels, as the package has them.
        profiles: by the name Setup shows.
    """

    label: str
    permission_sets: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()

    def not_granted_to(self, names: Iterable[str]) -> tuple[str, ...]:
        """A line for each of these whom the app is not open to."""
        return tuple(f"{self.label} is not granted to {name}" for name in names)


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step.

    Attributes:
        number: from 1; the steps are done in this order.
        kind: see ``StepKind``.
        title: one line.
        app: the policy's key of the app; "" where it concerns none alone.
        where: of a manual step, the page in Setup.
        actions: of a manual step, what to do there, in order.
        verify: of a manual step, how to see that it was done.
        digest: of a metadata step, the package's (``packages/NN.zip``).
        components: what the package holds.
        baseline: what the org held of each of them.
        changes: what will differ, one line each, for people.
        grants: of a metadata step, who must be let in afterwards; None where it grants no connected app.
        environment: by whose values the package was derived, "" for none.
        base_digest: of the package before that.
        values_digest: of those values.
        undo_digest: of the package that would take it back (``undo/NN.zip``), "" where there is none.
        losses: what that could not put back, one line each.
        records: of a records step, what is written.
    """

    number: int
    kind: StepKind
    title: str
    app: str = ""
    where: str = ""
    actions: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    digest: str = ""
    components: tuple[ComponentId, ...] = ()
    baseline: tuple[Held, ...] = ()
    changes: tuple[str, ...] = ()
    grants: AppGrants | None = None
    environment: str = ""
    base_digest: str = ""
    values_digest: str = ""
    undo_digest: str = ""
    losses: tuple[str, ...] = ()
    records: tuple[RecordChange, ...] = ()

    @property
    def name(self) -> str:
        """``03``: of its files in the plan, and for people."""
        return f"{self.number:02}"


@dataclass(frozen=True, slots=True)
class Loser:
    """Somebody of whom the plan's forecast says that they stop working, or might, and whom nobody accepted.

    Attributes:
        user: the username.
        app: the app's label, "" without an app.
        way: how they come in.
        harm: what happens to them: ``stops``, or ``might stop``, which hangs on an open question.
    """

    user: str
    app: str
    way: str
    harm: Harm = Harm.STOPS


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the forecast said when the plan was made.

    Attributes:
        headline: one sentence.
        is_clean: nobody is locked out by surprise, and what cannot be seen is accepted.
        losers: whoever stops, or might, and is accepted by nobody.
        unresolved: what leaves open whom it hits.
    """

    headline: str
    is_clean: bool
    losers: tuple[Loser, ...] = ()
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one stage for one org.

    Attributes:
        id: unique and sorting by time.
        made_at: when.
        made_by: whom git knows, "" where it knows nobody.
        stage: which.
        wave: of ``restrict``, up to and with which wave; None for all.
        org_id: the only org that it may be applied to.
        org_name: for people.
        username: who we were in the org.
        policy_digest: sha256 of ``policy.yml``.
        revision: the commit of the project, "" where there is none.
        dirty: the files that count differ from it.
        api_version: of the packages.
        foreseen: what the forecast said.
        steps: in their order; none where there is nothing to do.
        notes: what a person should know.
    """

    id: str
    made_at: datetime
    made_by: str
    stage: Stage
    wave: int | None
    org_id: OrgId
    org_name: str
    username: str
    policy_digest: str
    revision: str
    dirty: bool
    api_version: ApiVersion
    foreseen: Foreseen
    steps: tuple[PlanStep, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        """``restrict, up to wave 2``."""
        return f"{self.stage}, up to wave {self.wave}" if self.wave is not None else str(self.stage)

    @property
    def options(self) -> str:
        """What to give ``sfmeta plan`` for the same again: ``--stage restrict --wave 2``."""
        return f"--stage {self.stage}" + (f" --wave {self.wave}" if self.wave is not None else "")
