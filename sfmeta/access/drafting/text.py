"""A draft in words: the comment above each app, the commented proposals at the end, and a new policy around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from textwrap import wrap

from sfmeta.access.drafting.catalogue import name_of
from sfmeta.access.drafting.draft import WAVES, Draft, LeftOut, Proposal, Wave
from sfmeta.access.drafting.evidence import Evidence
from sfmeta.config.policy_text import NewApp, one_line
from sfmeta.model.inventory import Inventory, Standing
from sfmeta.model.policy import Decision

NAMES_SHOWN = 5
WIDTH = 110
"""Of a line of comment, without its margin."""

SKELETON = """\
# Who may use the API of this org, through which app. Check it with: sfmeta policy check
# Editors: sfmeta policy schema prints the JSON Schema of this file.
version: 1

defaults: # applied only because they are written here
  permission_set: "Allow {label}"
  # contact_email: security@example.com

apps:

# The two boxes of Setup > API Access Control. Uncommented, they become a file of their own in
# force-app/enforcement, which no deploy sends. Leave them until the apps above are decided.
# enforcement: {internal_users: true, external_users: true}
"""
"""A policy before its apps are drafted into it."""

_STANDING = {
    Standing.OWNED: "this org's own",
    Standing.INSTALLED: "installed",
    Standing.USED_ONLY: "only used, not installed",
}


def heading(draft: Draft) -> str:
    """Above the first app that is added: where the proposals come from."""
    inventory = draft.inventory
    return (
        f"Drafted from {inventory.org_name or inventory.org_id}, {_day(inventory.taken_at)}, "
        f"{inventory.days} days. Proposals: read the evidence, decide, add owner, ticket and review_by."
    )


def new_app(proposal: Proposal, draft: Draft) -> NewApp:
    """A proposal as it is added to a policy."""
    return NewApp(proposal.app, tuple(_wrapped(_comments(proposal, draft))), proposal.prepared)


def remarks(draft: Draft, text: str) -> list[str]:
    """What is proposed beside the apps, for the end of the file; what the file mentions already is not said again.

    Args:
        draft: see there.
        text: the policy as it is.
    """
    lines: list[str] = []
    mentioned = text.lower()
    soap = [name for name in draft.soap_users if f"username: {name.lower()}," not in mentioned]
    if soap:
        lines += [
            f"These log in by SOAP with a password, without an app (seen within {draft.inventory.days} days).",
            "Give each a way through an app, or carry it over with an end and a reason, which only a person can give:",
            "any_api_client:",
            *(f"  - {{username: {name}, until: , reason: }}" for name in soap),
        ]
    if draft.break_glass and "break_glass" not in mentioned:
        lines += [*_gap(lines), "Who can untick the boxes: a person with Setup in a browser. Candidates:"]
        lines += [f"break_glass: {{username: {name}}}" for name in draft.break_glass]
    if draft.canaries and "canaries" not in mentioned:
        lines += [*_gap(lines), "Who proves that access works: people without powerful permissions. Candidates:"]
        lines.append(f"canaries: [{', '.join(draft.canaries)}]")
    left_out = [one_line(f"Not drafted: {_title(left)}: {left.reason}") for left in draft.left_out]
    unsaid = [line for line in left_out if line.lower() not in mentioned]
    return [*lines, *(_gap(lines) if unsaid else []), *unsaid]


def _title(left: LeftOut) -> str:
    return left.seen.label.strip() or left.seen.key


def _gap(lines: Sequence[str]) -> list[str]:
    return [""] if lines else []


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        text = one_line(line)
        behind = "    " if text.startswith("- ") else "  "
        yield from wrap(text, WIDTH, subsequent_indent=behind, break_long_words=False, break_on_hyphens=False) or [""]


def _comments(proposal: Proposal, draft: Draft) -> Iterator[str]:
    found, app = proposal.evidence, proposal.app
    yield f"{proposal.seen.label.strip() or app.key}: {', '.join(_state(proposal))}"
    yield from evidence_lines(found, draft.inventory)
    yield f"{app.decision}: {proposal.reason}"
    if proposal.own_way_in:
        yield f"sfmeta, as {draft.inventory.username}, comes in by it or may do so: never lock that out"
    yield from _catalogue_lines(proposal)
    if app.decision is Decision.BLOCK:
        return
    shown = proposal.prepared or app
    if shown.wave is not None:
        yield f"wave {shown.wave}: {WAVES[Wave(shown.wave)]}"
    yield from _grant_lines(proposal, draft)


def _state(proposal: Proposal) -> Iterator[str]:
    seen = proposal.seen
    yield _STANDING[seen.standing]
    if seen.admin_approved is not None:
        yield "for approved users" if seen.admin_approved else "open to all users"
    if seen.blocked:
        yield f"blocked ({seen.blocked.replace('_', ' ')})"
    if seen.grants:
        yield f"granted to {_counted(len(seen.grants), 'permission set or profile', 'permission sets and profiles')}"


def evidence_lines(found: Evidence, inventory: Inventory) -> Iterator[str]:
    """What was seen of an app, as sentences.

    Args:
        found: its evidence.
        inventory: for the window.
    """
    yield f"{_use(found, inventory)}; scopes: {_scopes(found)}"
    if found.sources or found.ways:
        ways = ", ".join(way.replace("_", " ") for way in found.ways)
        yield f"seen in {', '.join(found.sources) or 'no table'}{f'; by {ways}' if ways else ''}"
    if found.integrations:
        signs = [f"{name} ({sign})" for name, sign in found.integrations[:NAMES_SHOWN]]
        yield f"integrations: {', '.join(signs)}{_more(len(found.integrations))}"
    outside = [user.username for user in found.users if user.is_external]
    if outside:
        yield f"customers or partners: {_names(outside)}"
    if found.leavers:
        yield f"inactive or frozen, so not granted: {_names(found.leavers)}"
    if found.unknown:
        yield f"users that the audit could not read, so not granted: {_names(found.unknown)}"
    if found.unwritable:
        yield f"usernames that a policy cannot hold, so not granted: {_names(found.unwritable)}"
    if found.undated:
        yield f"authorised, use not dated, so not granted: {_names(found.undated)}"
    if found.refused:
        yield f"refused at every login in the window: {_names(found.refused)}"


def _use(found: Evidence, inventory: Inventory) -> str:
    users = len(found.users) + len(found.unknown)
    if not users:
        earlier = f", last {_day(found.last_ever)} by {_counted(found.earlier, 'user')}" if found.last_ever else ""
        return f"no use in {inventory.days} days{earlier}"
    last = f", last {_day(found.last)}" if found.last else ""
    times = f", {found.count} times" if found.count else ""
    return f"used by {_counted(users, 'user')} in {inventory.days} days{last}{times}"


def _scopes(found: Evidence) -> str:
    scopes = found.app.scopes
    return "not known" if scopes is None else ", ".join(sorted(scopes)) or "none"


def _catalogue_lines(proposal: Proposal) -> Iterator[str]:
    known = proposal.evidence.known_as
    if known is None:
        return
    claim = name_of(known, proposal.seen.label)
    yield f"looks like {known.title}, by its name only ({claim.grade}: {claim.source}); any app may call itself so"
    yield from (f"- {need}" for need in known.needs)


def _grant_lines(proposal: Proposal, draft: Draft) -> Iterator[str]:
    shown = proposal.prepared or proposal.app
    if not proposal.seen.admin_approved:
        yield "restricting it to approved users ends access for everybody who is not granted it"
    granted = {grant.username.text for grant in shown.grants.users} if shown.grants else set()
    found = proposal.evidence
    behind = sorted({user.username for user in found.users} - granted - {*found.leavers} - {*found.unwritable})
    if behind:
        yield f"used it, but not in the last {draft.users_days} days, so not granted: {_names(behind)}"
    if shown.grants and len(shown.grants.users) > 50:
        yield f"{len(shown.grants.users)} users: profiles may say it shorter ({_profiles(proposal, draft.inventory)})"
    if proposal.prepared is not None:
        yield "undecided: what follows commented out is what 'decision: allow' would need"
        if not shown.grants:
            yield "nobody was seen who could be granted it: name its users before you allow it"


def _profiles(proposal: Proposal, inventory: Inventory) -> str:
    ids = {user.profile_id for user in proposal.evidence.recent}
    return _names(sorted(inventory.profiles[id_].name for id_ in ids if id_ in inventory.profiles))


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMES_SHOWN]) + _more(len(names))


def _more(number: int) -> str:
    return f" and {number - NAMES_SHOWN} more" if number > NAMES_SHOWN else ""


def _counted(number: int, noun: str, many: str = "") -> str:
    return f"{number} {noun if number == 1 else many or noun + 's'}"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
