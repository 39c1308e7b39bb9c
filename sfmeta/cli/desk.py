"""What a command works with, made when it is first asked for: the project, git, the org, tools."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self, TypeVar

from sfmeta.cli.clock import SystemClock
from sfmeta.cli.ui import Ui
from sfmeta.errors import UsageError
from sfmeta.model.names import ComponentId
from sfmeta.model.registry import CHILD_TYPES, types
from sfmeta.workspace.files import scratch
from sfmeta.workspace.places import Places, places
from sfmeta.workspace.project import Project, find_project

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.cli.environment_values import EnvironmentValues
    from sfmeta.cli.records import Records
    from sfmeta.codec.schema import Schema
    from sfmeta.model.component import Entry
    from sfmeta.model.element import Element
    from sfmeta.model.policy import Policy
    from sfmeta.ops.deployment import Provenance
    from sfmeta.ops.orgs import Workshop
    from sfmeta.ops.ports import Tools
    from sfmeta.ops.selection import Selection
    from sfmeta.org.client import OrgClient
    from sfmeta.workspace.cache import SchemaCache
    from sfmeta.workspace.orgs import OrgRegistry
    from sfmeta.workspace.repository import Repository
    from sfmeta.workspace.secrets import Vault

T = TypeVar("T")


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

    def until_the_end(self, context: AbstractContextManager[T]) -> T:
        """Enter a context that lasts as long as the run."""
        return self._stack.enter_context(context)

    @cached_property
    def scratch(self) -> Callable[[], BinaryIO]:
        """Opens scratch files that are gone at the end of the run."""
        return self.until_the_end(scratch())

    @cached_property
    def records(self) -> Records:
        """What the repository records of orgs."""
        from sfmeta.cli.records import Records

        return Records(lambda: self.repository, self.registry, self.ui, self.until_the_end, self.places.config)

    @cached_property
    def values(self) -> EnvironmentValues:
        """What ``environments.yml`` says, and what it makes of files for one org."""
        from sfmeta.cli.environment_values import EnvironmentValues

        return EnvironmentValues(self.project, lambda: self.repository, self.components)

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

    def connect(self, alias: str, *, heed_flip: bool = True) -> OrgClient:
        """Log in to an org; the connection is closed at the end of the run.

        Args:
            alias: "" for ``SFMETA_TARGET_ORG``, then the default org.
            heed_flip: say it where a flip of API Access Control in this org is open.
        """
        from sfmeta.cli.flips_left import heed
        from sfmeta.ops.orgs import connect

        work = self.workshop()
        self.ui.target_org = work.registry.find(alias or self.ui.environ.get("SFMETA_TARGET_ORG", "")).alias
        org = connect(alias, work)
        self._stack.callback(org.close)
        if heed_flip:
            heed(self, org, self.ui.target_org)
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

    @property
    def who(self) -> str:
        """Who runs this: as git knows them, else as the machine does."""
        import getpass
        import platform

        return self.author or f"{getpass.getuser()} on {platform.node()}"

    @property
    def author(self) -> str:
        """Who runs this, as git knows them; "" where it does not."""
        try:
            return self.repository.identity()
        except UsageError:
            return ""

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

    def components(self) -> frozenset[ComponentId]:
        """Every component of which the project has a file."""
        return frozenset(component for component, _ in self._placed())

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
