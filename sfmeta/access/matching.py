"""Which app of an org an app of the policy means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sfmeta.errors import Problem, Severity
from sfmeta.model.inventory import App as SeenApp
from sfmeta.model.inventory import Inventory, Standing
from sfmeta.model.policy import App, Decision, Ownership, Policy


@dataclass(frozen=True, slots=True)
class Matches:
    """What the apps of a policy are in one org.

    Attributes:
        apps: the org's app by the policy's key, for those that were found.
        keys: the policy's key by ``inventory.App.key``.
        absent: policy apps that the org does not show.
        problems: errors where a match is ambiguous or looks misspelt; warnings where ownership disagrees.
    """

    apps: Mapping[str, SeenApp] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[App, ...] = ()
    problems: tuple[Problem, ...] = ()


def match_apps(policy: Policy, inventory: Inventory) -> Matches:
    """Finds every app of a policy in an inventory.

    All that a match gives must agree; what an audit could not read (a consumer key, an API name) says nothing for or
    against.

    Args:
        policy: well formed.
        inventory: of one org.

    Returns:
        The matches. An app that the org does not show is an error only where a name there is nearly the same.
    """
    by_label: dict[str, list[SeenApp]] = {}
    for seen in inventory.apps.values():
        by_label.setdefault(seen.label, []).append(seen)
    found: dict[str, SeenApp] = {}
    keys: dict[str, str] = {}
    absent: list[App] = []
    problems: list[Problem] = []
    for app in policy.apps.values():
        candidates = by_label.get(app.match.label, []) if app.match.label else inventory.apps.values()
        fits = _closest([seen for seen in candidates if _fits(app, seen)], app)
        if not fits:
            absent.append(app)
            problems += _misspelt(app, inventory, policy.file)
        elif len(fits) > 1:
            problems.append(_ambiguous(app, fits, policy.file))
        else:
            seen = fits[0]
            found[app.key] = seen
            if seen.key in keys:
                problems.append(_twins(app, keys[seen.key], policy.file))
            keys[seen.key] = app.key
            problems += _other_standing(app, seen, policy.file)
    return Matches(found, keys, tuple(absent), tuple(problems))


def _fits(app: App, seen: SeenApp) -> bool:
    match = app.match
    if app.kind is not seen.kind and seen.standing is not Standing.USED_ONLY:
        return False
    if match.label and match.label != seen.label:
        return False
    if match.api_name and seen.api_name:
        if match.api_name.lower() != seen.api_name.lower():
            return False
    elif match.api_name and not match.label:
        return False
    if match.consumer_key and seen.consumer_key:
        return match.consumer_key == seen.consumer_key
    return bool(match.label or match.api_name)


def _closest(fits: list[SeenApp], app: App) -> list[SeenApp]:
    """Of several that fit, those that stand in the org as the policy says."""
    if len(fits) < 2:
        return fits
    wanted = {Standing.OWNED} if app.ownership is Ownership.OWNED else {Standing.INSTALLED, Standing.USED_ONLY}
    return [seen for seen in fits if seen.standing in wanted] or fits


def _problem(app: App, file: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> Problem:
    place = app.match.place
    return Problem(message, "policy-match", file, place.line, place.column, hint, severity)


def _ambiguous(app: App, fits: Iterable[SeenApp], file: str) -> Problem:
    names = ", ".join(sorted(f"{seen.label} ({seen.standing}, {seen.api_name or seen.key})" for seen in fits))
    return _problem(app, file, f"'{app.key}' fits several apps of the org: {names}", "Give match.api_name as well")


def _twins(app: App, other: str, file: str) -> Problem:
    message = f"'{app.key}' and '{other}' are the same app of the org"
    return _problem(app, file, message, "Keep one of them, or tell them apart by api_name")


def _misspelt(app: App, inventory: Inventory, file: str) -> list[Problem]:
    if app.decision is Decision.UNDECIDED or not app.match.label:
        return []
    labels = {seen.label for seen in inventory.apps.values()} - {app.match.label}
    near = get_close_matches(app.match.label, labels, 3, 0.85)
    if not near:
        return []
    message = f"the org shows no app '{app.match.label}' of '{app.key}', but {' and '.join(map(repr, near))}"
    return [_problem(app, file, message, "Correct match.label, or remove the app from this policy")]


def _other_standing(app: App, seen: SeenApp, file: str) -> list[Problem]:
    is_owned = seen.standing is Standing.OWNED
    if app.is_owned is is_owned:
        return []
    message = f"the policy calls '{app.key}' {app.ownership}, but in this org it is {seen.standing.replace('_', '-')}"
    hint = f"Write ownership: {'owned' if is_owned else 'installed'}"
    return [_problem(app, file, message, hint, Severity.WARNING)]
