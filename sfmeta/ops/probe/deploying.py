"""A probe's own deployments: by the plain port, without the ledger, because nothing of them stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sfmeta.codec import xml
from sfmeta.model.component import Entry
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.outcome import DeployOptions, DeployOutcome
from sfmeta.ops.packing import run_unrecorded
from sfmeta.ops.ports import Org, Tools
from sfmeta.source.package import build_package
from sfmeta.source.paths import package_path

Files = Mapping[ComponentId, Element]
"""Components to deploy, each one document."""


def deploy(
    org: Org, tools: Tools, files: Files, *, deletions: Iterable[ComponentId] = (), check_only: bool = False
) -> DeployOutcome:
    """Deploys, and waits for the end. A deployment that fails is a value.

    Args:
        org: where.
        tools: the clock, progress and scratch space.
        files: what to deploy.
        deletions: what to delete afterwards.
        check_only: save nothing.
    """
    entries = [Entry.of(package_path(component), xml.write(root)) for component, root in files.items()]
    package = build_package(entries, org.info.api_version, delete_after=tuple(deletions))
    return run_unrecorded(org, package, DeployOptions(check_only=check_only, ignore_warnings=True), tools)


def why(outcome: DeployOutcome) -> str:
    """The org's words about a deployment that failed."""
    first = next((message.problem for message in outcome.failures if message.problem), "")
    return outcome.error or first or str(outcome.status)
