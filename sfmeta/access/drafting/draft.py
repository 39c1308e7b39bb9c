"""An inventory to decisions: what a policy could say of each app that it does not mention yet.

Careful rather than complete. ``allow`` is proposed for what is in use and was brought in by somebody of the org,
``block`` only for what is merely used (not owned, not installed, not well known) and what nobody used in the window;
everything else stays ``undecided``, with what an "allow" would say beneath it. Owners, tickets and dates are people's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum

from sfmeta.access.drafting.catalogue import CatalogueEntry
from sfmeta.access.drafting.evidence import Evidence, gather
from sfmeta.access.drafting.identity import Identities, Keys, PermissionSets, label_can_be_written, ownership_of
from sfmeta.access.drafting.people import break_glass, canaries, soap_users
from sfmeta.access.forecasting.effective import as_audited
from sfmeta.access.forecasting.own_way import own_way
from sfmeta.access.matching import Matches, match_apps
from sfmeta.errors import Problem
from sfmeta.model.inventory import App as SeenApp
from sfmeta.model.inventory import Blocked, Inventory, Standing, Visibility
from sfmeta.model.policy import (
    App,
    Decision,
    EnvText,
    Grants,
    Match,
    PermittedUsers,
    Policy,
    UserGrant,
)

SHORTEST_WINDOW = 30
"""Days; of a shorter window "nobody used it" says too little to block an app. A judgement, no source."""

FEW_USERS = 5
FEW_USES = 50
"""Up to these an app is restricted first: the fewest people notice a mistake. A judgement, no source."""


class Wave(IntEnum):
    """In which order apps are restricted: least harm first, so that a mistake is noticed where it hurts least."""

    FEW = 1
    SOME = 2
    DAILY = 3
    INTEGRATIONS = 4


WAVES: Mapping[Wave, str] = {
    Wave.FEW: f"at most {FEW_USERS} people, and seldom",
    Wave.SOME: f"at most {FEW_USERS} people often, or more people seldom",
    Wave.DAILY: f"more than {FEW_USERS} people, often",
    Wave.INTEGRATIONS: "integrations work with it, or sfmeta itself: nobody is there to notice and log in again",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one app.

    Attributes:
        app: as it would stand in the policy.
        seen: the org's app.
        evidence: what was seen of it.
        reason: why this decision, one sentence.
        prepared: for an undecided app, what an "allow" would say.
        own_way_in: it is the app that sfmeta itself came in by, or may be it where the org does not tell.
    """

    app: App
    seen: SeenApp
    evidence: Evidence
    reason: str
    prepared: App | None = None
    own_way_in: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An app that is not proposed, because the policy could not name it.

    Attributes:
        seen: the org's app.
        reason: why, one sentence.
    """

    seen: SeenApp
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """All that is proposed.

    Attributes:
        inventory: what it rests on.
        users_days: whose use lies no further back is granted.
        proposals: waves first, then by label.
        left_out: what a person must settle first.
        soap_users: who logs in by SOAP with a password and is in no exception of the policy.
        break_glass: who could untick the boxes, where the policy names nobody.
        canaries: who could prove that access works, where the policy names nobody.
        problems: of the policy's own matches; what is ambiguous there hides apps from the draft.
    """

    inventory: Inventory
    users_days: int
    proposals: tuple[Proposal, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    soap_users: tuple[str, ...] = ()
    break_glass: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def draft(inventory: Inventory, policy: Policy, users_days: int | None = None) -> Draft:
    """What a policy could say of the apps of an org that it does not mention.

    Args:
        inventory: one audit.
        policy: as it is; empty where there is none.
        users_days: whose use lies no further back is to keep access; None, or more than the window, for all of it.

    Returns:
        Proposals only; nothing of the policy is changed.
    """
    days = inventory.days if users_days is None else min(users_days, inventory.days)
    matches = match_apps(policy, inventory)
    holdings = as_audited(inventory)
    evidence = gather(inventory, days, holdings)
    proposals, left_out = _Drafting(inventory, policy, matches).all(evidence)
    machines = {name for found in evidence.values() for name, _ in found.integrations}
    return Draft(
        inventory,
        days,
        tuple(sorted(proposals, key=_order)),
        tuple(left_out),
        soap_users=soap_users(inventory, policy),
        break_glass=() if policy.break_glass else break_glass(inventory, holdings),
        canaries=() if policy.canaries else canaries(inventory, holdings, [one.app for one in proposals], machines),
        problems=matches.problems,
    )


class _Drafting:
    """Drafts one app after another, names given once."""

    def __init__(self, inventory: Inventory, policy: Policy, matches: Matches) -> None:
        self.inventory = inventory
        self.matches = matches
        self.identities = Identities(inventory, policy)
        self.keys = Keys(policy.apps)
        self.permission_sets = PermissionSets(policy)
        absent = {app.key for app in matches.absent}
        self.ambiguous = [app for key, app in policy.apps.items() if key not in matches.apps and key not in absent]
        self.thin = _why_thin(inventory)
        self.own_apps, self.is_own_known = _own_apps(inventory)

    def all(self, evidence: Mapping[str, Evidence]) -> tuple[list[Proposal], list[LeftOut]]:
        """Every app that the policy does not mention, in an order that does not depend on the audit's."""
        proposals: list[Proposal] = []
        left_out: list[LeftOut] = []
        for found in sorted(evidence.values(), key=lambda one: (one.app.label.casefold(), one.app.label, one.app.key)):
            if found.app.key in self.matches.keys:
                continue
            rival = next((app for app in self.ambiguous if _may_mean(app, found.app)), None)
            match = self.identities.match(found.app)
            if rival is not None:
                left_out.append(LeftOut(found.app, f"'{rival.key}' of the policy may mean it, or another one"))
            elif match is None:
                left_out.append(LeftOut(found.app, _why_nameless(found.app)))
            else:
                proposals.append(self.one(found, match))
        return proposals, left_out

    def one(self, found: Evidence, match: Match) -> Proposal:
        seen = found.app
        decision, reason = decide(found, self.inventory, self.thin)
        own = seen.key in self.own_apps
        if own and self.is_own_known:
            decision, reason = Decision.ALLOW, "sfmeta itself comes in by it"
        bare = App(self.keys.give(seen), match, seen.kind, ownership_of(seen), decision)
        if decision is Decision.BLOCK:
            return Proposal(bare, seen, found, reason)
        allowed = self._allowed(replace(bare, decision=Decision.ALLOW), found, own=own)
        if decision is Decision.ALLOW:
            return Proposal(allowed, seen, found, reason, own_way_in=own)
        return Proposal(bare, seen, found, reason, replace(allowed, decision=decision), own)

    def _allowed(self, app: App, found: Evidence, *, own: bool) -> App:
        """For approved users: these who used it lately. What this org's app says otherwise is left as it is."""
        names = {*found.grantable}
        if own and self.is_own_known:
            names.add(self.inventory.username.lower())
        grants = Grants(users=tuple(UserGrant(EnvText(name)) for name in sorted(names))) if names else None
        wave = int(wave_of(found, own=own))
        app = replace(app, wave=wave, permitted_users=PermittedUsers.ADMIN_APPROVED, grants=grants)
        return replace(app, permission_set=self.permission_sets.give(app))


def decide(found: Evidence, inventory: Inventory, thin: str) -> tuple[Decision, str]:
    """The decision about one app, and why.

    Args:
        found: its evidence.
        inventory: for the window.
        thin: why "nobody used it" cannot be concluded from this audit; "" where it can.
    """
    seen, known, days = found.app, found.known_as, inventory.days
    used = bool(found.users or found.unknown)
    if seen.blocked is not Blocked.NO:
        return (
            Decision.UNDECIDED,
            f"it is blocked in the org ({seen.blocked.replace('_', ' ')}): keep that, or say why not",
        )
    if used and not found.grantable:
        return (
            Decision.UNDECIDED,
            "it is in use, but by nobody who could be granted it: allowing it would end their access",
        )
    if used and known is not None and seen.standing is not Standing.OWNED:
        return _decide_known(found, known)
    if used and seen.standing is Standing.OWNED:
        return Decision.ALLOW, "it is in use, and this org defines it"
    if used and seen.standing is Standing.INSTALLED:
        return Decision.ALLOW, "it is in use, and somebody installed it here"
    if used:
        return Decision.UNDECIDED, "it is in use, but nobody installed it: whether it is welcome only a person knows"
    if seen.standing is not Standing.USED_ONLY:
        return Decision.UNDECIDED, f"no use was seen in {days} days; a job may be rarer than that"
    if known is not None:
        return Decision.UNDECIDED, f"no use was seen in {days} days; it goes by the name of {known.title}"
    if found.undated or not found.earlier:
        return Decision.UNDECIDED, "when it was used last is not known"
    if thin:
        return Decision.UNDECIDED, f"no use was seen in {days} days, but {thin}"
    return Decision.BLOCK, f"nobody used it in {days} days, and nobody installed it"


def _decide_known(found: Evidence, known: CatalogueEntry) -> tuple[Decision, str]:
    if found.app.standing is Standing.USED_ONLY and known.comes_with_org:
        reason = f"it goes by the name of {known.title}, which Salesforce installs itself; this one is not installed"
        return Decision.UNDECIDED, f"{reason}: it may be an imitation"
    if known.suggestion is not Decision.ALLOW:
        return Decision.UNDECIDED, f"{known.title}: {known.why}"
    return Decision.ALLOW, f"it is in use as {known.title}: {known.why}"


def wave_of(found: Evidence, *, own: bool = False) -> Wave:
    """How much harm restricting an app could do.

    Args:
        found: its evidence.
        own: sfmeta itself comes in by it, or may.
    """
    if own or found.integrations:
        return Wave.INTEGRATIONS
    many, often = len(found.users) + len(found.unknown) > FEW_USERS, found.count > FEW_USES
    if many and often:
        return Wave.DAILY
    return Wave.SOME if many or often else Wave.FEW


def _order(proposal: Proposal) -> tuple[int, int, str, str]:
    decisions = (Decision.ALLOW, Decision.UNDECIDED, Decision.BLOCK)
    app = proposal.app
    return (decisions.index(app.decision), app.wave or 0, proposal.seen.label.casefold(), app.key)


def _may_mean(app: App, seen: SeenApp) -> bool:
    match = app.match
    return (
        bool(match.label and match.label == seen.label)
        or bool(match.api_name and match.api_name.lower() == seen.api_name.lower())
        or bool(match.consumer_key and match.consumer_key == seen.consumer_key)
    )


def _why_nameless(seen: SeenApp) -> str:
    if not seen.label.strip():
        return "the org tells no name of it"
    if not label_can_be_written(seen.label):
        return "no policy can hold its label, and the org tells nothing else of it"
    return "nothing that the org tells sets it apart from others of its name"


def _why_thin(inventory: Inventory) -> str:
    """Why "nobody used it" cannot be concluded from an audit."""
    if inventory.days < SHORTEST_WINDOW:
        return f"{inventory.days} days are few"
    gap = next(
        (gap for gap in inventory.gaps if gap.name.startswith(("tokens", "incomplete", "uses-of-unknown"))), None
    )
    if gap is not None:
        return f"the audit has a gap ({gap.name})"
    # logins by password leave no token, so without LoginHistory the tokens are not the whole story
    enough = {"oauth_tokens": (Visibility.SEEN,), "oauth_password": (Visibility.SEEN, Visibility.PARTLY)}
    hidden = [one for one in inventory.coverage if one.visibility not in enough.get(one.name, (one.visibility,))]
    return f"the audit does not see all of it ({hidden[0].name})" if hidden else ""


def _own_apps(inventory: Inventory) -> tuple[frozenset[str], bool]:
    """The app that sfmeta came in by, and whether it is known; else those that its user used while the audit was read.

    Source: consumer keys of apps that another org made are given by no API.
    """
    own = own_way(inventory)
    if own.app is not None:
        return frozenset({own.app}), True
    since = inventory.taken_at - timedelta(hours=1)
    used = {use.app for use in inventory.uses if own.is_own(use) and use.last_used and use.last_used >= since}
    return frozenset(key for key in used if key in inventory.apps and not inventory.apps[key].consumer_key), False
