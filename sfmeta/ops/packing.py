"""A package as the zip that an org takes; and a deployment of which nothing is recorded, from its zip to its end."""

from __future__ import annotations

from typing import BinaryIO

from sfmeta.model.component import Package
from sfmeta.model.outcome import DeployOptions, DeployOutcome
from sfmeta.ops.ports import Deploying, Tools
from sfmeta.org.polling import wait_for
from sfmeta.source.archive import write_zip


def zipped(package: Package, tools: Tools) -> BinaryIO:
    """The package's zip in scratch space, at its beginning."""
    archive = tools.scratch()
    write_zip(package.entries, archive)
    archive.seek(0)
    return archive


def run_unrecorded(org: Deploying, package: Package, options: DeployOptions, tools: Tools) -> DeployOutcome:
    """Deploy, and wait for the end; for checks and trials, of which the ledger says nothing.

    Args:
        org: where.
        package: what.
        options: how.
        tools: the clock, progress and scratch space.

    Raises:
        StillRunning: the deadline passed; the job goes on.
    """
    job = org.start_deploy(zipped(package, tools), options)
    return wait_for(job, lambda: org.deploy_status(job), tools.clock, tools.deadline_s)
