"""What a command works with, made when it is first asked for: the project, git, the org, tools."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from sfmeta.cli.ui import Ui
from sfmeta.errors import SfmetaError, UsageError
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import CHILD_TYPES, types
from sfmeta.workspace.files import scratch
from sfmeta.workspace.places import Places, places
from sfmeta.workspace.project import Project, find_project

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.codec.schema import Schema
    from sfmeta.model.component import Entry, Package
    from sfmeta.model.element import Element
    from sfmeta.model.environment import Environments
    from sfmeta.model.inventory import Inventory
    from sfmeta.model.names import OrgId
    from sfmeta.model.outcome import OrgInfo
    from sfmeta.model.policy import Policy
    from sfmeta.ops.deployment import Provenance
    from sfmeta.ops.orgs import Workshop
    from sfmeta.ops.ports import Tools
    from sfmeta.ops.selection import Selection
    from sfmeta.org.client import OrgClient
    from sfmeta.source.derivation import Derived
    from sfmeta.workspace.cache import SchemaCache
    from sfmeta.workspace.ledger import Ledger
    from sfmeta.workspace.lock import Locks
    from sfmeta.workspace.orgs import OrgRegistry
    from sfmeta.workspace.repository import Repository
    from sfmeta.workspace.secrets import Vault
    from sfmeta.workspace.validations import Validations


AUDIT_DAYS = 90
"""How far back an audit looks, where nobody says."""
AUDIT_WAIT_MINUTES = 33
"""How long an audit waits for the retrieve of the apps' files, where nobody says."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def read_policy_file(file: Path) -> bytes:
    """The bytes of a policy file.

    Raises:
        UsageError: there is none.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"No policy at {file}", "Run sfmeta init, or name the file") from None
    except IsADirectoryError:
        raise UsageError(f"{file} is a folder, not a policy file") from None


@contextmanager
def no_collector() -> Iterator[None]:
    """Without the cycle collector: thousands of files are a million small values and no cycles, and it would look
    through them again and again (half of the time of ``generate``)."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Desk:
    """One run's workplace; a context manager, so that scratch files and connections are gone at its end."""

    def __init__(self, ui: Ui, project: Path | None = None) -> None:
        """Args:
        ui: the terminal of the run.
        project: ``--project``; None for the current folder.
        """
        self.ui = ui
        self._start = project
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def places(self) -> Places:
        """The user's own folders."""
        return places(self.ui.environ)

    @cached_property
    def project(self) -> Project:
        """The project here or above."""
        return find_project(self._start or Path())

    @cached_property
    def cache(self) -> SchemaCache:
        """What is derived from the WSDL."""
        from sfmeta.workspace.cache import SchemaCache

        return SchemaCache(self.places.cache)

    @cached_property
    def schema(self) -> Schema:
        """The schema of metadata files."""
        return self.cache.schema()

    @cached_property
    def repository(self) -> Repository:
        """The git repository around the project."""
        from sfmeta.workspace.repository import find_repository

        return find_repository(self.project.root)

    @cached_property
    def scratch(self) -> Callable[[], BinaryIO]:
        """Opens scratch files that are gone at the end of the run."""
        return self._stack.enter_context(scratch())

    @property
    def registry(self) -> OrgRegistry:
        """The orgs that this user has added."""
        from sfmeta.workspace.orgs import OrgRegistry

        return OrgRegistry(self.places.config)

    @property
    def vault(self) -> Vault:
        """Where their secrets lie."""
        from sfmeta.workspace.secrets import Vault

        return Vault(self.places.config)

    def workshop(self) -> Workshop:
        """What the org verbs work with."""
        from sfmeta.codec.wsdl import wsdl_version
        from sfmeta.ops.orgs import Workshop
        from sfmeta.org.soap import Wsdl

        text = self.cache.pruned_wsdl()
        wsdl = Wsdl(wsdl_version(text), lambda: text)
        return Workshop(self.registry, self.vault, self.ui.environ, wsdl)

    def connect(self, alias: str) -> OrgClient:
        """Log in to an org; the connection is closed at the end of the run."""
        from sfmeta.ops.orgs import connect

        work = self.workshop()
        self.ui.target_org = work.registry.find(alias or self.ui.environ.get("SFMETA_TARGET_ORG", "")).alias
        org = connect(alias, work)
        self._stack.callback(org.close)
        return org

    def tools(self, wait_minutes: int) -> Tools:
        """What the verbs that talk to an org are given."""
        from sfmeta.ops.ports import Tools

        waiting = wait_minutes * 60.0
        return Tools(
            SystemClock(), self.ui.progress, self.scratch, waiting, self._in_order, on_interrupt=self.ui.interrupted
        )

    def _in_order(self, root: Element) -> Element:
        from sfmeta.codec.canonical import canonical

        return canonical(root, self.schema)

    def ledger(self, info: OrgInfo) -> Ledger:
        """The ledger of an org, in the repository around the project.

        Where the git setting ``sfmeta.remote`` names a remote, it is synchronised with it now and after each stage.
        """
        from sfmeta.workspace.ledger import Ledger
        from sfmeta.workspace.sharing import remote_of, sync

        remote = remote_of(self.repository)
        if not remote:
            return Ledger(self.repository, info.id)
        sync(self.repository, remote, info.id)
        return Ledger(self.repository, info.id, partial(self._send_on, remote, info))

    def ledger_if_any(self, info: OrgInfo) -> Ledger | None:
        """The ledger, or None outside a project or a repository."""
        return self.ledger(info) if self._is_in_repository else None

    def lock(self, info: OrgInfo) -> None:
        """Let no other operation change this org until the end of the run. Outside a repository there is no lock.

        Raises:
            GuardRefused: another one is at it (``workspace.lock.LOCKED``).
        """
        if self._is_in_repository:
            locks = self.locks(info.id)
            self._stack.enter_context(locks.held(f"sfmeta {self.ui.command}", SystemClock().now()))

    def locks(self, org_id: OrgId) -> Locks:
        """The locks of an org, here and on the remote that ledgers are shared with."""
        from sfmeta.workspace.lock import Locks
        from sfmeta.workspace.sharing import remote_of

        return Locks(self.repository, org_id, remote_of(self.repository), self.ui.warn)

    @property
    def _is_in_repository(self) -> bool:
        try:
            return bool(self.repository)
        except UsageError:
            return False

    def _send_on(self, remote: str, info: OrgInfo) -> None:
        """What was written here is not lost where it cannot be sent on."""
        from sfmeta.workspace.sharing import sync

        try:
            sync(self.repository, remote, info.id)
        except SfmetaError as error:
            self.ui.warn(f"Recorded here, but not yet on '{remote}': {error.message} (later: sfmeta ledger sync)")

    def validations(self, info: OrgInfo) -> Validations:
        """What was validated in an org, in the repository around the project."""
        from sfmeta.workspace.validations import Validations

        return Validations(self.repository, info.id)

    def validations_if_any(self, info: OrgInfo) -> Validations | None:
        """The same, or None outside a repository."""
        return self.validations(info) if self._is_in_repository else None

    def ledger_of(self, alias: str) -> Ledger:
        """The ledger of an org that need not be reached."""
        from sfmeta.workspace.ledger import Ledger

        return Ledger(self.repository, self.registry.find(alias).org_id)

    @property
    def root_if_any(self) -> Path | None:
        """The project's folder, or None outside a project."""
        try:
            return self.project.root
        except UsageError:
            return None

    def root_beside(self, policy: Path | None) -> Path:
        """The project's folder; outside a project that of the policy that is named, else the current one."""
        return self.root_if_any or (policy.parent if policy else Path())

    def policy(self, named: Path | None) -> Policy:
        """The project's policy, or another that is named.

        Raises:
            UsageError: there is none.
            SourceError: it is wrong.
        """
        from sfmeta.config.policy import read_policy

        file = named or self.project.root / "policy.yml"
        return read_policy(read_policy_file(file), str(named) if named else file.name)

    @cached_property
    def environments(self) -> Environments:
        """The project's environments; none where there is no such file.

        Raises:
            SourceError: it is wrong.
        """
        from sfmeta.config.environments import ENVIRONMENTS_FILE, read_environments
        from sfmeta.model.environment import NO_ENVIRONMENTS

        data = self.project.read(ENVIRONMENTS_FILE)
        return NO_ENVIRONMENTS if data is None else read_environments(data)

    def derived(self, package: Package, info: OrgInfo) -> Derived:
        """A package of the project's files for one org: with the values of its environment.

        Raises:
            SourceError: values that match nothing.
        """
        from sfmeta.ops.environments import derived

        # nobody reads the whole project's names for a project without a chain
        known = self.components() if self.environments.chain else frozenset()
        return derived(package, self.environments, info.id, known)

    def derived_at(self, revision: str, entries: tuple[Entry, ...], info: OrgInfo) -> tuple[Entry, ...]:
        """Files of a revision for one org, with the values that the revision itself has for it.

        A revision that does not name the org (a sandbox that was refreshed since) takes the project's values of now.

        Raises:
            SourceError: the revision's environments.yml is wrong, or a value matches nothing.
        """
        from sfmeta.config.environments import ENVIRONMENTS_FILE, read_environments
        from sfmeta.ops.environments import derived, environment_of
        from sfmeta.source.package import build_package

        found = self.repository.entries(revision, [ENVIRONMENTS_FILE])
        then = (
            read_environments(found[0].read(), f"{revision[:12]}:{ENVIRONMENTS_FILE}") if found else self.environments
        )
        chosen = then if environment_of(then, info.id) else self.environments
        if environment_of(chosen, info.id) is None or not entries:
            return entries
        package = build_package(entries, self.project.api_version)
        return derived(package, chosen, info.id, self.components()).package.entries

    def components(self) -> frozenset[ComponentId]:
        """Every component of which the project has a file."""
        return frozenset(component for component, _ in self._placed())

    def inventory(self, alias: str, file: Path | None, days: int) -> Inventory:
        """Who uses what: from a file, or from an org that is audited now.

        Args:
            alias: the org; with a file, one that the file must be of, or "".
            file: what ``sfmeta audit -f`` wrote; then no org is contacted.
            days: how far back an audit looks.

        Raises:
            UsageError: there is no such file, or it is of another org than the alias.
            SourceError: it holds no inventory.
        """
        if file is not None:
            from sfmeta.codec.inventory_json import read_inventory

            try:
                found = read_inventory(file.read_bytes(), str(file))
            except FileNotFoundError:
                raise UsageError(f"No inventory at {file}", "Write one: sfmeta audit -o ORG -f FILE") from None
            if alias:
                self._check_is_of(found, file, alias)
            return found
        from sfmeta.ops.audit import AuditRequest, audit

        return audit(self.connect(alias), AuditRequest(days=days), self.tools(AUDIT_WAIT_MINUTES))

    def _check_is_of(self, inventory: Inventory, file: Path, alias: str) -> None:
        """Who names an org and an inventory means one org; which, an alias says without asking it."""
        org = self.registry.find(alias)
        if org.org_id != inventory.org_id:
            named = "SFMETA_TARGET_ORG" if alias == self.ui.environ.get("SFMETA_TARGET_ORG") else "-o"
            raise UsageError(
                f"{file} is of {inventory.org_name} ({inventory.org_id}), not of {alias} ({org.org_id})",
                f"Leave {named} out, or audit {alias}: sfmeta audit -o {alias} -f FILE",
            )

    def entries(self, below: tuple[str, ...], rev: str = "") -> tuple[Entry, ...]:
        """The project's files, as they are or at a revision."""
        if not rev:
            return self.project.entries(below)
        repository = self.repository
        found = repository.entries(repository.revision(rev), below or self.project.package_directories)
        return self.project.kept(found)

    def files(self) -> dict[str, str]:
        """The project's file of each component, by ``Type:FullName``."""
        return {str(component): path for component, path in self._placed()}

    def _placed(self) -> Iterator[tuple[ComponentId, str]]:
        from sfmeta.source.paths import component_at

        return ((component, path) for path in self.project.paths() if (component := component_at(path)))

    def selection(self, source_dirs: list[Path], manifest: Path | None, members: list[str]) -> Selection:
        """``-d``, ``-x`` and ``-m`` as one value.

        Raises:
            UsageError: a path does not exist or lies outside the project, or a member is no ``Type:Name``.
        """
        from sfmeta.ops.selection import Selection

        return Selection(
            below=tuple(self.project.relative(path) for path in source_dirs),
            manifest=self.project.relative(manifest) if manifest else "",
            members=tuple(component_named(text) for text in members),
        )

    def provenance(self, below: tuple[str, ...] = ()) -> Provenance:
        """Where the files come from, for the ledger; nothing is claimed outside a repository."""
        from sfmeta.ops.deployment import Provenance

        try:
            repository = self.repository
        except UsageError:
            return Provenance(dirty=True)
        dirty = repository.is_dirty(below or self.project.package_directories)
        return Provenance("deploy", repository.head(), dirty, repository.identity())


def component_named(text: str) -> ComponentId:
    """A component from the command line; a misspelt type gets the nearest known one named."""
    component = ComponentId.parse(text)
    known = {*types(), *CHILD_TYPES}
    if component.type not in known:
        near = get_close_matches(component.type, known, 1)
        raise UsageError(f"There is no metadata type {component.type}", f"Did you mean {near[0]}" if near else "")
    return component
