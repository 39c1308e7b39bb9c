"""Which app of an org an app of the policy means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sfmeta.config.policy_text import scalar
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
        problems: errors where a match is ambiguous, looks misspelt or means another sort of app; warnings.
        unresolved: what a match leaves open: an app that the org may have, but does not show by what the policy gives.
    """

    apps: Mapping[str, SeenApp] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[App, ...] = ()
    problems: tuple[Problem, ...] = ()
    unresolved: tuple[str, ...] = ()


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
    run = _Matching(policy, inventory)
    for app in policy.apps.values():
        run.match(app)
    return Matches(run.found, run.keys, tuple(run.absent), tuple(run.problems), tuple(run.unresolved))


class _Matching:
    """The matching of one policy."""

    def __init__(self, policy: Policy, inventory: Inventory) -> None:
        self.found: dict[str, SeenApp] = {}
        self.keys: dict[str, str] = {}
        self.absent: list[App] = []
        self.problems: list[Problem] = []
        self.unresolved: list[str] = []
        self._file = policy.file
        self._written = frozenset(app.match.label for app in policy.apps.values())
        self._seen = tuple(inventory.apps.values())
        self._by_label: dict[str, list[SeenApp]] = {}
        for seen in self._seen:
            self._by_label.setdefault(seen.label, []).append(seen)

    def match(self, app: App) -> None:
        candidates = self._by_label.get(app.match.label, []) if app.match.label else self._seen
        fits = _closest([seen for seen in candidates if _fits(app, seen)], app)
        if not fits:
            self.absent.append(app)
            self._not_found(app, candidates if app.match.label else ())
        elif len(fits) > 1:
            names = ", ".join(sorted(f"{one.label} ({one.standing}, {one.api_name or one.key})" for one in fits))
            self._problem(app, f"'{app.key}' fits several apps of the org: {names}", "Give match.api_name as well")
        else:
            self._one(app, fits[0])

    def _one(self, app: App, seen: SeenApp) -> None:
        self.found[app.key] = seen
        if seen.key in self.keys:
            message = f"'{app.key}' and '{self.keys[seen.key]}' are the same app of the org"
            self._problem(app, message, "Keep one of them, or tell them apart by api_name")
        self.keys[seen.key] = app.key
        is_owned = seen.standing is Standing.OWNED
        if app.is_owned is is_owned or app.decision is Decision.UNDECIDED:
            return
        standing = seen.standing.replace("_", "-")
        message = f"the policy calls '{app.key}' {app.ownership}, but in this org it is {standing}"
        # a file would be made for an app of its own, and the one in use left alone; the other way round, where an org
        # gives installed apps out as files, too, an audit may take one for owned
        severity = Severity.ERROR if app.is_owned else Severity.WARNING
        self._problem(app, message, f"Write ownership: {'owned' if is_owned else 'installed'}", severity)

    def _not_found(self, app: App, same_label: Iterable[SeenApp]) -> None:
        if app.decision is Decision.UNDECIDED:
            return
        others = sorted({seen.kind for seen in same_label if seen.kind is not app.kind})
        if others:
            message = f"'{app.match}' of '{app.key}' is no {app.kind} in this org, but a {others[0]}"
            self._problem(app, message, f"Write kind: {others[0]}")
        elif app.match.label:
            # a label that another key of the policy writes is that one's
            self._misspelt(app, self._by_label.keys() - self._written)
        elif any(_may_be(app, seen) for seen in self._seen):
            self.unresolved.append(
                f"which app of the org '{app.key}' is ({app.match}) cannot be seen, so nobody knows whom its decision "
                "hits: write match.label, too"
            )

    def _misspelt(self, app: App, labels: Collection[str]) -> None:
        """An error where the org has a name that is nearly the same; first of all one of the same letters."""
        wanted = _letters(app.match.label)
        same = sorted(label for label in labels if _letters(label) == wanted)
        near = same or get_close_matches(app.match.label, labels, 3, 0.85)
        if not near:
            return
        hint = "Correct match.label, or remove the app from this policy"
        if same:
            writable = [scalar(label) for label in same if label == label.strip()]
            hint = f"Write match.label: {' or '.join(writable)}" if writable else "Give match.api_name instead"
        message = f"the org shows no app '{app.match.label}' of '{app.key}', but {' and '.join(map(repr, near))}"
        self._problem(app, message, hint)

    def _problem(self, app: App, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        place = app.match.place
        self.problems.append(Problem(message, "policy-match", self._file, place.line, place.column, hint, severity))


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


def _letters(label: str) -> str:
    """A label without what people overlook: case, and white space around and doubled."""
    return " ".join(label.split()).casefold()


def _may_be(app: App, seen: SeenApp) -> bool:
    """Whether an app that the org shows could be the one that is meant, as far as can be known."""
    if app.kind is not seen.kind and seen.standing is not Standing.USED_ONLY:
        return False
    if app.match.consumer_key and seen.consumer_key:
        return False
    return not (app.match.api_name and seen.api_name)


def _closest(fits: list[SeenApp], app: App) -> list[SeenApp]:
    """Of several that fit: those known by more than the label, else those that stand in the org as the policy says."""
    if len(fits) < 2:
        return fits
    match = app.match
    known = [
        seen
        for seen in fits
        if (match.consumer_key and match.consumer_key == seen.consumer_key)
        or (match.api_name and match.api_name.lower() == seen.api_name.lower())
    ]
    if known:
        return known
    wanted = (Standing.OWNED,) if app.ownership is Ownership.OWNED else (Standing.INSTALLED, Standing.USED_ONLY)
    for standing in wanted:
        if found := [seen for seen in fits if seen.standing is standing]:
            return found
    return fits
