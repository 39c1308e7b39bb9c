"""What ``plan`` and ``apply`` share: the policy and the org as they are now, and who would stop."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sfmeta.access.app_access import app_access
from sfmeta.access.matching import match_apps
from sfmeta.cli.desk import Desk
from sfmeta.cli.granting import POLICY_FILE, policy_bytes, sets_of
from sfmeta.cli.inventories import AUDIT_DAYS, AUDIT_WAIT_MINUTES
from sfmeta.config.policy import read_policy
from sfmeta.errors import UsageError
from sfmeta.model.forecast import Forecast, Stage
from sfmeta.model.inventory import Inventory
from sfmeta.model.names import ComponentId
from sfmeta.ops import generate as generating
from sfmeta.ops import granting
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.environments import environment_of
from sfmeta.ops.forecast import ForecastRequest, look_ahead, named_here, resolved
from sfmeta.workspace.findings import read_findings
from sfmeta.workspace.project import ENFORCEMENT

if TYPE_CHECKING:
    from sfmeta.model.environment import Environment
    from sfmeta.model.forecast import Answer
    from sfmeta.model.policy import Policy
    from sfmeta.model.records import RecordChange
    from sfmeta.org.client import OrgClient


@dataclass(frozen=True, slots=True)
class Aim:
    """A stage, and of ``restrict`` how many waves."""

    stage: Stage
    wave: int | None

    def __post_init__(self) -> None:
        if self.stage is Stage.ENFORCE:
            raise UsageError("The boxes are no plan's business", "See: sfmeta enforce --help")
        if self.wave is not None and self.stage is not Stage.RESTRICT:
            raise UsageError(f"--wave goes with --stage restrict, not with {self.stage}", "Leave --wave out")


class Planning:
    """One run: the project and one org, looked at now."""

    def __init__(self, desk: Desk, org: OrgClient, aim: Aim) -> None:
        """Args:
        desk: of the run.
        org: logged in.
        aim: what is to be done.
        """
        self.desk, self.org, self.aim = desk, org, aim
        data = policy_bytes(desk)
        self.policy_digest = hashlib.sha256(data).hexdigest()
        # as the files have it; users are called otherwise in the org, perhaps
        self.written: Policy = resolved(read_policy(data, POLICY_FILE), desk.ui.environ)
        self.environment: Environment | None = environment_of(desk.values.environments, org.info.id)
        self.policy: Policy = named_here(self.written, self.environment.usernames if self.environment else None)

    @cached_property
    def inventory(self) -> Inventory:
        """The org, audited now."""
        return audit(self.org, AuditRequest(days=AUDIT_DAYS), self.desk.tools(AUDIT_WAIT_MINUTES))

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """What probes found out about this org."""
        return dict(read_findings(self.desk.project.root).for_org(self.org.info.id))

    @cached_property
    def foreseen(self) -> Forecast:
        """The stage by itself, on the org as it is."""
        request = ForecastRequest(self.aim.stage, self.aim.wave, as_is=True)
        return look_ahead(self.inventory, self.policy, request, self.answers, datetime.now(UTC))

    def generated(self) -> generating.GenerateResult:
        """The policy compared with the files, as they are now."""
        request = generating.GenerateRequest(
            # no file names a user of the policy; what a person is told to do names them as they are called here
            policy=self.policy,
            tree=self.desk.project,
            schema=self.desk.schema,
            now=datetime.now(UTC),
            home=self.desk.project.home,
            enforcement=ENFORCEMENT,
            api_version=self.desk.project.api_version,
            check=True,
        )
        return generating.generate(request)

    @cached_property
    def sets(self) -> Mapping[str, str]:
        """API names of the generated permission sets by app.

        Raises:
            SourceError: the policy gives none, or two of one name.
        """
        return sets_of(self.desk, self.written)

    def app_access(self) -> tuple[RecordChange, ...]:
        """Records that open installed apps to permission sets; what needs a person is said."""
        found, left = app_access(self.policy, match_apps(self.policy, self.inventory), self.inventory, self.sets)
        for text in left:
            self.desk.ui.warn(text)
        return found

    def grants(self, coming: frozenset[str]) -> granting.Difference:
        """Who is to hold the generated permission sets, and who does.

        Args:
            coming: permission sets that the plan itself makes.

        Raises:
            SourceError: with every problem of the policy and its users.
        """
        usernames = self.environment.usernames if self.environment else None
        request = granting.GrantRequest(self.written, self.sets, usernames, coming=coming)
        found = granting.difference(self.org, request, datetime.now(UTC))
        found.require_sound()
        return found

    @property
    def elsewhere(self) -> dict[ComponentId, frozenset[str]]:
        """Paths of elements whose value the environment sets."""
        found: dict[ComponentId, set[str]] = {}
        if self.environment is None:
            return {}
        for setting in self.environment.settings:
            found.setdefault(setting.component, set()).add(setting.path)
        return {component: frozenset(paths) for component, paths in found.items()}
