"""What the commands of ``sfmeta grant`` share: the policy and its edit, the guard, the writing, the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sfmeta.access.assigning import ANY_API_CLIENT, generated_sets, is_external, why_no_set
from sfmeta.access.listing import some
from sfmeta.cli.desk import Desk, no_collector
from sfmeta.config.grant_edit import GrantEntry
from sfmeta.config.policy import read_policy
from sfmeta.config.policy_shape import USERNAME
from sfmeta.errors import OperationFailed, OrgRefused, Severity, SourceError, UsageError
from sfmeta.model.deployment import Purpose
from sfmeta.model.policy import EnvText, Policy
from sfmeta.ops import granting as op
from sfmeta.ops.deployment import Provenance
from sfmeta.ops.environments import environment_of
from sfmeta.ops.forecast import resolved
from sfmeta.ops.project_files import ProjectFiles
from sfmeta.report.conflicts import grant_json
from sfmeta.report.granting import by_hand_text, standing_json, write_text
from sfmeta.report.words import counted

if TYPE_CHECKING:
    from sfmeta.model.environment import Usernames
    from sfmeta.org.client import OrgClient

POLICY_FILE = "policy.yml"

App = Annotated[
    str,
    typer.Option(
        "--app", metavar="APP", help=f"The policy's name of the app; {ANY_API_CLIENT} for Use Any API Client."
    ),
]
User = Annotated[str, typer.Option("--user", metavar="USERNAME", help="As policy.yml names users, or as the org does.")]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the command line agrees to.

    Attributes:
        accept_loss: to what hangs on open questions.
        skip_forecast: nobody asks whom it locks out.
        begin_history: a history may begin here.
        yes: to the questions.
    """

    accept_loss: bool = False
    skip_forecast: bool = False
    begin_history: bool = False
    yes: bool = False


def policy_bytes(desk: Desk) -> bytes:
    """The project's policy as it stands in its file.

    Raises:
        UsageError: there is none.
    """
    data = desk.project.read(POLICY_FILE)
    if data is None:
        raise UsageError(f"There is no {POLICY_FILE}", "Write one: sfmeta policy draft -o ORG")
    return data


def sets_of(desk: Desk, policy: Policy) -> Mapping[str, str]:
    """API names of the generated permission sets by app.

    Raises:
        SourceError: the policy gives none, or two of one name.
    """
    files = ProjectFiles.of(desk.project)
    sets, problems = generated_sets(policy, files, files.unreadable)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise SourceError.of(errors, "policy")
    return sets


class Granting:
    """One run: the policy as it stands in the file, and the org."""

    def __init__(self, desk: Desk, target_org: str) -> None:
        """Args:
        desk: of the run.
        target_org: the alias.
        """
        self.desk = desk
        self.alias = target_org
        self.original = policy_bytes(desk)
        self.policy = read_policy(self.original, POLICY_FILE)
        self.org: OrgClient = desk.connect(target_org)
        environment = environment_of(desk.values.environments, self.org.info.id)
        self.usernames: Usernames | None = environment.usernames if environment else None

    def resolve(self, policy: Policy) -> Policy:
        """A policy with its usernames resolved."""
        return resolved(policy, self.desk.ui.environ)

    def request(self, data: bytes, apps: tuple[str, ...], user: str = "", *, prune: bool = False) -> op.GrantRequest:
        """What is to be compared.

        Args:
            data: the policy as it is, or will be.
            apps: keys; empty: all.
            user: as ``entry`` has it; "" for all.
            prune: take away what was made by hand.
        """
        policy = self.resolve(read_policy(data, POLICY_FILE))
        with no_collector():
            sets = sets_of(self.desk, policy)
        name = EnvText(user).resolve(self.desk.ui.environ)
        return op.GrantRequest(policy, sets, self.usernames, apps, name, prune)

    def entry(self, app: str, user: str) -> GrantEntry:
        """The place in the policy that ``--app`` and ``--user`` mean; the user spelled as the policy has it.

        Raises:
            UsageError: the policy has no such app, an identity provider assigns it, or that is no username.
        """
        if app != ANY_API_CLIENT and app not in self.policy.apps:
            hint = f"Its apps: {some(sorted(self.policy.apps), 12)}" if self.policy.apps else "It has none"
            raise UsageError(f"{POLICY_FILE} knows no app '{app}'", hint)
        if app != ANY_API_CLIENT and is_external(self.policy.apps[app]):
            raise UsageError(
                f"An identity provider assigns '{app}' (assigned_by: external)",
                f"Change it there, and in {POLICY_FILE}; sfmeta grant list verifies it",
            )
        name = EnvText(user)
        if not name.names and not re.fullmatch(USERNAME, user):
            raise UsageError(f"'{user}' is no username", "Write it as the org does: name@example.com")
        wanted = name.resolve(self.desk.ui.environ)
        if self.usernames:
            wanted = self.usernames.name_in_files(wanted)
        for text in self._names(app):
            if text.resolve(self.desk.ui.environ).lower() == wanted.lower():
                return GrantEntry(_key(app), text.text)
        return GrantEntry(_key(app), user if name.names else wanted)

    def require_set(self, app: str) -> None:
        """Stop where an app's users get no permission set.

        Raises:
            UsageError: it is blocked, undecided or open to everyone, or no permission set is asked for.
        """
        why = why_no_set(self.policy.apps[app]) if app != ANY_API_CLIENT else ""
        if why:
            raise UsageError(f"'{app}' gets no permission set: {why}", f"Write otherwise in {POLICY_FILE}")

    def stands(self, entry: GrantEntry) -> bool:
        """Whether the policy has that entry."""
        return entry.username.lower() in {text.text.lower() for text in self._names(entry.app or ANY_API_CLIENT)}

    def _names(self, app: str) -> tuple[EnvText, ...]:
        if app == ANY_API_CLIENT:
            return tuple(user.username for user in self.policy.any_api_client)
        grants = self.policy.apps[app].grants
        return tuple(user.username for user in grants.users) if grants else ()

    def write_policy(self, data: bytes) -> bool:
        """Write the policy where it changes; whether it did.

        Raises:
            OperationFailed: somebody changed the file meanwhile.
        """
        if data == self.original:
            return False
        if self.desk.project.read(POLICY_FILE) != self.original:
            raise OperationFailed(f"{POLICY_FILE} was changed while it was being worked on", "Run the command again")
        self.desk.project.write(POLICY_FILE, data)
        return True


class Writing:
    """The way of one request into the org: worked out, guarded, agreed to, then done."""

    def __init__(self, granting: Granting, request: op.GrantRequest, agreed: Agreed, wait: int, subject: str) -> None:
        """Args:
        granting: of the run.
        request: what is asked for.
        agreed: by the command line.
        wait: minutes, for a deployment that another run left open.
        subject: how the forecast calls it: "the revoke".
        """
        desk, org = granting.desk, granting.org
        desk.records.lock(org.info)
        self._ledger, self._tools = desk.records.ledger(org.info), desk.tools(wait)
        self._granting, self._request, self._agreed = granting, request, agreed
        self.forecast: Mapping[str, object] | None = None
        repository = desk.repository
        provenance = Provenance(
            Purpose.GRANT, repository.head(), repository.is_dirty((POLICY_FILE,)), repository.identity()
        )
        self.plan = op.prepare(
            org,
            request,
            provenance,
            self._ledger,
            self._tools,
            desk.project.api_version,
            begin_history=agreed.begin_history,
        )
        for warning in self.plan.difference.warnings:
            desk.ui.warn(warning)
        self._show()
        if self.plan.difference.takes_away and not agreed.skip_forecast:
            self._foresee(subject)
        for question in self.plan.deployment.consent if self.plan.deployment else ():
            desk.ui.consent(question, yes=agreed.yes)

    def execute(self) -> op.GrantReport:
        """Write."""
        return op.execute(self._granting.org, self.plan, self._ledger, self._tools)

    def _show(self) -> None:
        """What will be written, on stderr, before anything is asked."""
        ui, found = self._granting.desk.ui, self.plan.difference
        if self.plan.deployment:
            for note in self.plan.deployment.notes:
                ui.warn(note)
        apps = {name: app for app, name in self._request.sets.items()}
        lines = [f"{self._granting.org.info.title}, {self._granting.org.info.id}:"] if found.writes else []
        lines += [write_text(change, apps) for change in found.writes]
        left = [one for one in found.by_hand if not (self._request.prune and not one.is_external)]
        if left:
            lines += ["Not in the policy, and left:", *by_hand_text(left)]
        if lines:
            ui.tell("\n".join(lines))

    def _foresee(self, subject: str) -> None:
        """Whom it locks out, shown and guarded."""
        from sfmeta.cli.package_outlook import for_ledger, foresee, guard, json_of, text_of
        from sfmeta.ops.foresight import Sending

        ui = self._granting.desk.ui
        sending = Sending({}, records=self.plan.difference.writes, held={}, subject=subject)
        forecast = foresee(self._granting.desk, self._granting.alias, sending, org=self._granting.org)
        ui.tell(text_of(ui, forecast))
        guard(forecast, accept_open=self._agreed.accept_loss)
        self.forecast = json_of(forecast)
        if self.plan.deployment is not None:
            deployment = replace(self.plan.deployment, foreseen=for_ledger(forecast))
            self.plan = replace(self.plan, deployment=deployment)


def result_json(
    granting: Granting, report: op.GrantReport, forecast: Mapping[str, object] | None, **more: object
) -> dict[str, Any]:
    """What a command did, for machines."""
    found = report.plan.difference
    deployment = report.deployment
    return {
        "org_id": str(granting.org.info.id),
        **more,
        "grants": [grant_json(change) for change in found.writes],
        "grants_not_written": list(report.unwritten),
        "by_hand": [standing_json(one) for one in found.by_hand],
        "external_missing": [standing_json(one) for one in found.external_missing],
        "deployment": deployment.record.id if deployment and deployment.record else None,
        "forecast": forecast,
    }


def failure(report: op.GrantReport) -> OrgRefused | None:
    """What the JSON document says where something was not written."""
    if report.success:
        return None
    refused = report.unwritten
    what = f"{counted(len(refused), 'grant')} not written: {some(refused, 5, '; ')}"
    return OrgRefused(what, "Running it again writes only the rest", code="GrantsNotWritten")


def written_text(granting: Granting, report: op.GrantReport) -> list[str]:
    """What came of it, for people."""
    writes, refused = report.plan.difference.writes, report.unwritten
    if not writes:
        return [f"{granting.org.info.title} holds already what is asked for."]
    lines = [f"Not written: {line}" for line in refused]
    if report.deployment and report.deployment.record:
        done = f"{len(writes) - len(refused)} of {counted(len(writes), 'grant')} written and read back."
        lines.append(f"{done} Recorded as {report.deployment.record.id}.")
    if refused:
        lines.append("Running it again writes only the rest.")
    return lines


def with_end(entry: GrantEntry, until: str, reason: str, granting: Granting) -> GrantEntry:
    """The entry with its end and reason.

    Raises:
        UsageError: the end is no date, has passed, or is missing or too far for Use Any API Client.
    """
    from datetime import timedelta

    from sfmeta.access.notes import ANY_API_CLIENT_DAYS
    from sfmeta.config.scalars import UNTIL_EXPECTED, parse_until

    now = granting.desk.tools(0).now
    end = parse_until(until) if until else None
    if until and end is None:
        raise UsageError(f"--until {until} is no date", f"Write {UNTIL_EXPECTED}")
    if end is not None and end.at <= now:
        raise UsageError(f"--until {until} has passed ({end})", "Write a later one")
    if not entry.app:
        if end is None and not granting.stands(entry):
            raise UsageError("Use Any API Client is given for a while only", "Say how long: --until 2027-01-31")
        if end is not None and end.at > now + timedelta(days=ANY_API_CLIENT_DAYS):
            message = f"--until {until} is more than {ANY_API_CLIENT_DAYS} days ahead ({end})"
            raise UsageError(message, "Write a nearer one: this permission opens every app")
    return replace(entry, until=end, reason=reason)


def _key(app: str) -> str:
    return "" if app == ANY_API_CLIENT else app
