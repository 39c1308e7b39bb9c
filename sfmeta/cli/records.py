"""What the repository around the project records of orgs: ledgers, validations, and who changes one now."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sfmeta.cli.clock import SystemClock
from sfmeta.cli.ui import Ui
from sfmeta.errors import SfmetaError, UsageError

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.model.names import OrgId
    from sfmeta.model.outcome import OrgInfo
    from sfmeta.workspace.ledger import Ledger
    from sfmeta.workspace.lock import Locks
    from sfmeta.workspace.orgs import OrgRegistry
    from sfmeta.workspace.repository import Repository
    from sfmeta.workspace.validations import Validations


class Records:
    """The records of one run's repository."""

    def __init__(
        self,
        repository: Callable[[], Repository],
        registry: OrgRegistry,
        ui: Ui,
        until_the_end: Callable[[AbstractContextManager[object]], object],
        config: Path,
    ) -> None:
        """Args:
        repository: finds it; raises ``UsageError`` where there is none.
        registry: the orgs that this user has added.
        ui: the terminal of the run.
        until_the_end: enters a context that lasts as long as the run.
        config: the user's configuration folder.
        """
        self._find = repository
        self._registry = registry
        self._ui = ui
        self._until_the_end = until_the_end
        self._locked: set[OrgId] = set()
        self._config = config

    @property
    def _repository(self) -> Repository:
        return self._find()

    def ledger(self, info: OrgInfo) -> Ledger:
        """The ledger of an org.

        Where the git setting ``sfmeta.remote`` names a remote, it is synchronised with it now and after each stage.
        """
        from sfmeta.workspace.ledger import Ledger
        from sfmeta.workspace.sharing import remote_of, sync

        repository = self._repository
        remote = remote_of(repository)
        if not remote:
            return Ledger(repository, info.id)
        sync(repository, remote, info.id)
        return Ledger(repository, info.id, partial(self._send_on, remote, info))

    def ledger_if_any(self, info: OrgInfo) -> Ledger | None:
        """The ledger, or None outside a project or a repository."""
        return self.ledger(info) if self._is_in_repository else None

    def ledger_of(self, alias: str) -> Ledger:
        """The ledger of an org that need not be reached."""
        from sfmeta.workspace.ledger import Ledger

        return Ledger(self._repository, self._registry.find(alias).org_id)

    def validations(self, info: OrgInfo) -> Validations:
        """What was validated in an org."""
        from sfmeta.workspace.validations import Validations

        return Validations(self._repository, info.id)

    def validations_if_any(self, info: OrgInfo) -> Validations | None:
        """The same, or None outside a repository."""
        return self.validations(info) if self._is_in_repository else None

    def lock(self, info: OrgInfo, *, settling: bool = False) -> None:
        """Let no other operation change this org until the end of the run. Outside a repository there is no lock.

        Asked again in the same run, it holds what it has.

        Args:
            info: the org.
            settling: this operation settles the flip of API Access Control that is open in the org, where one is.

        Raises:
            GuardRefused: another one is at it (``workspace.lock.LOCKED``), or a flip has to be settled first.
        """
        from sfmeta.cli.flips_left import require_settled

        if not settling:
            require_settled(self._config, info, SystemClock().now())
        if self._is_in_repository and info.id not in self._locked:
            self._locked.add(info.id)
            held = self.locks(info.id).held(f"sfmeta {self._ui.command}", SystemClock().now())
            self._until_the_end(held)

    def locks(self, org_id: OrgId) -> Locks:
        """The locks of an org, here and on the remote that ledgers are shared with."""
        from sfmeta.workspace.lock import Locks
        from sfmeta.workspace.sharing import remote_of

        repository = self._repository
        return Locks(repository, org_id, remote_of(repository), self._ui.warn)

    @property
    def _is_in_repository(self) -> bool:
        try:
            return bool(self._repository)
        except UsageError:
            return False

    def _send_on(self, remote: str, info: OrgInfo) -> None:
        """What was written here is not lost where it cannot be sent on."""
        from sfmeta.workspace.sharing import sync

        try:
            sync(self._repository, remote, info.id)
        except SfmetaError as error:
            self._ui.warn(f"Recorded here, but not yet on '{remote}': {error.message} (later: sfmeta ledger sync)")
