"""Rules between the parts of a policy that need nothing but the policy: no files, no org, no clock."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sfmeta.config.shape import Report, not_one_of
from sfmeta.model.policy import AcceptedLoss, App, AssignedBy, Decision, PermittedUsers, Place, Policy


def check(policy: Policy, app_keys: Collection[str], report: Report) -> None:
    """Report what contradicts itself.

    Args:
        policy: as far as it could be read.
        app_keys: every app the file names, also those that could not be read.
        report: gets the problems.
    """
    for app in policy.apps.values():
        _check_match(app, report)
        _check_grants(app, report)
        _check_ownership(app, report)
        _check_pattern(app.permission_set, app.place, report)
    _check_twins(policy, report)
    _check_losses(policy.accepted_losses, app_keys, report)
    if policy.permission_set_pattern and "{label}" not in policy.permission_set_pattern:
        place = next((app.place for app in policy.apps.values()), Place(1, 1))
        message = f"defaults.permission_set '{policy.permission_set_pattern}' names one permission set for all apps"
        report.add(place, message, "policy-rule", "Put {label} into it, e.g. Allow {label}")


def _check_match(app: App, report: Report) -> None:
    match = app.match
    if not (match.label or match.api_name or match.consumer_key):
        report.add(match.place, f"match of '{app.key}' is empty", "policy-rule", "Give label, api_name or consumer_key")


def _check_grants(app: App, report: Report) -> None:
    grants = app.grants
    if grants is None:
        return
    if app.permitted_users is PermittedUsers.EVERYONE:
        message = f"'{app.key}' is open to everyone, so its grants mean nothing"
        report.add(grants.place, message, "policy-rule", "Remove grants, or write permitted_users: admin_approved")
    if app.decision is Decision.BLOCK:
        message = f"'{app.key}' is blocked, so nobody can be granted it"
        report.add(grants.place, message, "policy-rule", "Remove grants, or write decision: allow")
    elif grants.users and grants.assigned_by is AssignedBy.SFMETA and not app.permission_set:
        message = f"the users of '{app.key}' need a permission set to be assigned"
        hint = "Write permission_set here, or 'Allow {label}' as defaults.permission_set"
        report.add(grants.place, message, "policy-rule", hint)


def _check_ownership(app: App, report: Report) -> None:
    if app.is_owned:
        return
    written = [
        name
        for name, value in (
            ("contact_email", app.contact_email),
            ("callback_url", app.callback_url),
            ("scopes", app.scopes),
        )
        if value is not None
    ]
    if written:
        message = f"'{app.key}' is installed, so {' and '.join(written)} cannot be set here"
        report.add(
            app.place, message, "policy-rule", "Remove it, or write ownership: owned if this org defines the app"
        )


def _check_pattern(pattern: str, place: Place, report: Report) -> None:
    for unknown in re.findall(r"\{(?!label\})[^{}]*\}?", pattern):
        report.add(place, f"'{unknown}' in permission_set stands for nothing", "policy-rule", "Only {label} is known")


def identities(app: App) -> Iterator[tuple[str, str]]:
    """By what an app is told from the others of a policy; two that share one are taken for the same app."""
    if app.match.consumer_key:
        yield "consumer_key", app.match.consumer_key
    if app.match.api_name:
        yield f"{app.kind} api_name", app.match.api_name.lower()
    elif app.match.label:
        yield f"{app.kind} label", app.match.label


def _check_twins(policy: Policy, report: Report) -> None:
    first: dict[tuple[str, str], App] = {}
    for app in policy.apps.values():
        for identity in identities(app):
            twin = first.setdefault(identity, app)
            if twin is not app:
                message = f"'{app.key}' matches the same app as '{twin.key}' in line {twin.place.line}"
                report.add(app.match.place, message, "policy-rule", "Keep one of them, or tell them apart by api_name")


def _check_losses(losses: Collection[AcceptedLoss], app_keys: Collection[str], report: Report) -> None:
    seen: dict[tuple[str, str], AcceptedLoss] = {}
    for loss in losses:
        if loss.app and loss.app not in app_keys:
            message, rule, hint = not_one_of(loss.app, sorted(app_keys))
            report.add(loss.place, message if app_keys else f"'{loss.app}' is no app of this policy", rule, hint)
        first = seen.setdefault((loss.user.text.lower(), loss.app or str(loss.protocol)), loss)
        if first is not loss:
            message = f"the loss of '{loss.user}' is accepted twice; first in line {first.place.line}"
            report.add(loss.place, message, "policy-duplicate")
