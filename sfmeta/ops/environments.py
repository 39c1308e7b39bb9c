"""Which environment an org is, and the package that goes there."""

from __future__ import annotations

from collections.abc import Collection

from sfmeta.model.component import Package
from sfmeta.model.environment import Environment, Environments
from sfmeta.model.names import ComponentId, OrgId
from sfmeta.source.derivation import Derived, derive, underived


def environment_of(environments: Environments, org_id: OrgId) -> Environment | None:
    """The environment that an org is; None where no environment names it.

    Args:
        environments: the project's.
        org_id: what the org says it is: a refreshed sandbox is none of them until somebody writes its id down.
    """
    return next((one for one in environments if one.org_id == org_id), None)


def derived(
    package: Package, environments: Environments, org_id: OrgId, known: Collection[ComponentId] = ()
) -> Derived:
    """The package for one org: with the values of its environment, or as it is where it is none.

    Args:
        package: the same for every org.
        environments: the project's.
        org_id: of the target.
        known: what else the project holds, so that a value of a part that is left out now is no mistake.

    Raises:
        SourceError: values that match nothing.
    """
    environment = environment_of(environments, org_id)
    if environment is None:
        return underived(package)
    return derive(package, environment, known=known, file=environments.file)
