"""What ``environments.yml`` says, and the project's files with the values that it has for an org."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from sfmeta.model.component import Entry, Package
    from sfmeta.model.environment import Environments
    from sfmeta.model.names import ComponentId, OrgId
    from sfmeta.model.outcome import OrgInfo
    from sfmeta.model.policy import Policy
    from sfmeta.source.derivation import Derived
    from sfmeta.workspace.project import Project
    from sfmeta.workspace.repository import Repository


class EnvironmentValues:
    """The environments of one run's project."""

    def __init__(
        self, project: Project, repository: Callable[[], Repository], components: Callable[[], frozenset[ComponentId]]
    ) -> None:
        """Args:
        project: whose files they are.
        repository: finds the one around it.
        components: names every component of which the project has a file.
        """
        self._project = project
        self._repository = repository
        self._components = components

    @cached_property
    def environments(self) -> Environments:
        """The project's environments; none where there is no such file.

        Raises:
            SourceError: it is wrong.
        """
        from sfmeta.config.environments import ENVIRONMENTS_FILE, read_environments
        from sfmeta.model.environment import NO_ENVIRONMENTS

        data = self._project.read(ENVIRONMENTS_FILE)
        return NO_ENVIRONMENTS if data is None else read_environments(data)

    def named_here(self, policy: Policy, org_id: OrgId) -> Policy:
        """A policy, its users called as they are in an org; as it is where no environment names the org.

        Args:
            policy: its usernames resolved.
            org_id: of the org.
        """
        from sfmeta.ops.environments import environment_of
        from sfmeta.ops.forecast import named_here

        environment = environment_of(self.environments, org_id)
        return named_here(policy, environment.usernames if environment else None)

    def derived(self, package: Package, info: OrgInfo) -> Derived:
        """A package of the project's files for one org: with the values of its environment.

        Raises:
            SourceError: values that match nothing.
        """
        from sfmeta.ops.environments import derived

        # nobody reads the whole project's names for a project without a chain
        known = self._components() if self.environments.chain else frozenset()
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

        found = self._repository().entries(revision, [ENVIRONMENTS_FILE])
        then = (
            read_environments(found[0].read(), f"{revision[:12]}:{ENVIRONMENTS_FILE}") if found else self.environments
        )
        chosen = then if environment_of(then, info.id) else self.environments
        if environment_of(chosen, info.id) is None or not entries:
            return entries
        package = build_package(entries, self._project.api_version)
        return derived(package, chosen, info.id, self._components()).package.entries
