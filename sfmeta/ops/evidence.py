"""Gathering what an auditor asks for, from git and from the org. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sfmeta.access.holders import ending_grants, powerful_holders
from sfmeta.errors import SfmetaError, UsageError
from sfmeta.model.deployment import Purpose
from sfmeta.model.evidence import Act, Evidence, Exemption, Reviewed
from sfmeta.model.forecast import Answer, Stage
from sfmeta.model.inventory import Inventory
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Policy
from sfmeta.model.watch import Watch
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.audit.ports import AuditOrg
from sfmeta.ops.enforce.left import boxes_after
from sfmeta.ops.enforce.watch import Began, began, watch_in
from sfmeta.ops.forecast import ForecastRequest, look_ahead
from sfmeta.ops.ports import Tools
from sfmeta.report.words import counted
from sfmeta.workspace.approvals import paths_of, review
from sfmeta.workspace.ledger import Ledger
from sfmeta.workspace.repository import Repository


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """What the evidence rests on.

    Attributes:
        policy: its usernames resolved, as they are called in the org.
        policy_file: its path in the project.
        policy_digest: sha256 of the file.
        directories: the package directories.
        days: how far back an audit looks, and how long somebody is waited for.
        answers: what probes found out about this org.
    """

    policy: Policy
    policy_file: str
    policy_digest: str
    directories: Sequence[str]
    days: int
    answers: Mapping[str, Answer]


def gather(org: AuditOrg, request: EvidenceRequest, repository: Repository, ledger: Ledger, tools: Tools) -> Evidence:
    """All of it.

    Args:
        org: logged in.
        request: see there.
        repository: around the project.
        ledger: of the org.
        tools: the clock, progress and scratch space.

    Raises:
        GuardRefused, OrgRefused, OrgUnreachable: as for an audit.
        SourceError: the policy does not fit the org.
    """
    start, unwatched = _start(ledger)
    now = tools.now
    span = request.days + (max(0, (now - start.at).days) + 1 if start else 0)
    inventory = audit(org, AuditRequest(days=span), tools)
    # nothing of the policy counts as done, and its first stage takes from nobody: every row says how it is today
    today = look_ahead(inventory, request.policy, ForecastRequest(Stage.PREPARE, as_is=True), request.answers, now)
    tools.progress.step("Reading who wrote it, who agreed, and what was done")
    return Evidence(
        made_at=now,
        made_by=repository.identity(),
        policy=request.policy,
        policy_digest=request.policy_digest,
        policy_review=_policy_review(repository, request),
        now=today,
        acts=tuple(_acts(ledger, repository, request.directories)),
        watch=_watch(org, inventory, request, start, tools) if start else None,
        unwatched=unwatched,
        exemptions=tuple(_exemptions(request.policy, inventory)),
    )


def _start(ledger: Ledger) -> tuple[Began | None, str]:
    try:
        return began(ledger), ""
    except UsageError as error:
        return None, error.message


def _watch(org: AuditOrg, inventory: Inventory, request: EvidenceRequest, start: Began, tools: Tools) -> Watch:
    until = start.at + timedelta(days=request.days)
    return watch_in(org, inventory, request.policy, start, until, request.days, tools)


def _policy_review(repository: Repository, request: EvidenceRequest) -> Reviewed:
    path, dirty = f"{repository.prefix}{request.policy_file}", repository.is_dirty([request.policy_file])
    return _reviewed(repository, [path], repository.head(), request.policy_digest, dirty=dirty)


def _reviewed(repository: Repository, paths: Sequence[str], revision: str, digest: str, *, dirty: bool) -> Reviewed:
    if not revision:
        return Reviewed(dirty=dirty)
    try:
        found = review(repository, paths, revision, "", digest)
    except SfmetaError as error:
        # a commit that another clone has, or a history that was cut off
        return Reviewed(revision, dirty, trouble=error.message)
    agreed = found.approval
    if agreed is None:
        return Reviewed(revision, dirty, found.authors)
    return Reviewed(revision, dirty, found.authors, agreed.by, agreed.how, agreed.commit)


def _acts(ledger: Ledger, repository: Repository, directories: Sequence[str]) -> Iterator[Act]:
    known: dict[tuple[str, tuple[ComponentId, ...]], Reviewed] = {}
    for commit, record in ledger.deployments():
        found = None
        if record.source_revision and record.components:
            key = (record.source_revision, record.components)
            if key not in known:
                digest = record.derivation.base_digest or record.package_digest
                known[key] = _review_of(repository, directories, record.components, record.source_revision, digest)
            seen = known[key]
            found = Reviewed(
                seen.revision,
                record.source_dirty,
                seen.authors,
                seen.approved_by,
                seen.how,
                seen.approved_in,
                seen.trouble,
            )
        boxes = boxes_after(ledger, commit) if record.kind == Purpose.ENFORCE else {}
        yield Act(record, found, ledger.foreseen(commit), boxes, ledger.writes(commit))


def _review_of(
    repository: Repository,
    directories: Sequence[str],
    components: Sequence[ComponentId],
    revision: str,
    digest: str,
) -> Reviewed:
    try:
        found = paths_of(repository, revision, directories, components)
    except SfmetaError as error:
        return Reviewed(revision, trouble=error.message)
    paths = [path for held in found.values() for path in held]
    return _reviewed(repository, paths, revision, digest, dirty=False)


def _exemptions(policy: Policy, inventory: Inventory) -> Iterator[Exemption]:
    for one in policy.any_api_client:
        yield Exemption("any_api_client", one.username.text, "Use Any API Client", one.until.at, one.reason)
    for app in policy.apps.values():
        for user in app.grants.users if app.grants else ():
            if user.until is not None:
                yield Exemption("dated_grant", user.username.text, app.key, user.until.at, user.reason)
    for loss in policy.accepted_losses:
        what = loss.app or str(loss.protocol)
        yield Exemption("accepted_loss", loss.user.text, what, loss.until.at, loss.reason, loss.approved_by.text)
    for spot in policy.accepted_blind_spots:
        yield Exemption("accepted_blind_spot", str(spot.name), "a way in that no audit sees", None, spot.reason)
    for holder in powerful_holders(inventory):
        through = ", ".join(holder.through)
        yield Exemption(
            "powerful_permission", holder.user.username, f"{holder.permission} by {through}", holder.until, source="org"
        )
    for grant in ending_grants(inventory):
        apps = f" ({counted(len(grant.apps), 'app')}: {', '.join(grant.apps)})" if grant.apps else ""
        yield Exemption("dated_grant", grant.user.username, f"{grant.what}{apps}", grant.at, source="org")
