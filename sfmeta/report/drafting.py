"""A policy draft as text and as JSON-able values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from sfmeta.access.drafting.draft import Draft, Proposal
from sfmeta.access.drafting.text import evidence_lines
from sfmeta.access.listing import some
from sfmeta.model.inventory import User
from sfmeta.model.policy import Decision, Match
from sfmeta.report.changes import Style
from sfmeta.report.words import counted

SHOWN = 50

_COLORS = {Decision.ALLOW: "green", Decision.UNDECIDED: "yellow", Decision.BLOCK: "red"}


class Drafted(Protocol):
    """A draft and the file it goes into."""

    @property
    def file(self) -> str:
        """The policy's path."""

    @property
    def draft(self) -> Draft:
        """What is proposed."""

    @property
    def differs(self) -> bool:
        """Whether there is anything to write."""


def draft_text(found: Drafted, style: Style, *, written: bool) -> str:
    """What was added, and what only a person can decide.

    Args:
        found: the draft.
        style: colours a text.
        written: whether the file was changed.
    """
    return "\n".join(_lines(found, style, written=written))


def _lines(found: Drafted, style: Style, *, written: bool) -> Iterator[str]:
    draft = found.draft
    would = "" if written else "would add "
    for one in draft.proposals[:SHOWN]:
        wave = f", wave {one.app.wave}" if one.app.wave is not None else ""
        yield style(f"{would}{one.app.key}: {one.app.decision}{wave}", _COLORS[one.app.decision]) + f" ({one.reason})"
    if len(draft.proposals) > SHOWN:
        yield f"... and {len(draft.proposals) - SHOWN} more (--json lists them all)"
    yield from (f"not drafted: {left.seen.label or left.seen.key}: {left.reason}" for left in draft.left_out)
    yield _summary(found, written=written)
    yield from (f"  - {text}" for text in _questions(draft))


def _summary(found: Drafted, *, written: bool) -> str:
    number = len(found.draft.proposals)
    if not number:
        rest = "" if not found.differs else "; comments at its end" + (" were added" if written else " would be added")
        return f"{found.file} mentions every app that it could name{rest}."
    counts = [
        f"{count} {decision}"
        for decision in (Decision.ALLOW, Decision.UNDECIDED, Decision.BLOCK)
        if (count := sum(one.app.decision is decision for one in found.draft.proposals))
    ]
    verb = "added to" if written else "would be added to"
    return f"{counted(number, 'app')} {verb} {found.file} ({', '.join(counts)}). All are proposals; people decide:"


def _questions(draft: Draft) -> Iterator[str]:
    undecided = sum(one.app.decision is Decision.UNDECIDED for one in draft.proposals)
    if undecided:
        yield f"{counted(undecided, 'undecided app')}: allow or block; one in use that stays undecided stops enforce"
    if draft.proposals:
        yield "owner, ticket and review_by of each; whether its users are all who need it"
    if draft.soap_users:
        users = counted(len(draft.soap_users), "user")
        yield f"{users} without an app, by SOAP with a password: {some(draft.soap_users)}"
    if draft.break_glass:
        yield f"break_glass, one of: {some(draft.break_glass)}"
    if draft.canaries:
        yield f"canaries, some of: {some(draft.canaries)}"


def draft_json(found: Drafted, *, written: bool) -> dict[str, Any]:
    """The same for machines.

    Args:
        found: the draft.
        written: whether the file was changed.
    """
    draft = found.draft
    return {
        "org_id": str(draft.inventory.org_id),
        "org": draft.inventory.org_name,
        "file": found.file,
        "written": written,
        "differs": found.differs,
        "added": [_proposal_json(one, draft) for one in draft.proposals],
        "left_out": [
            {"app": left.seen.key, "label": left.seen.label, "reason": left.reason} for left in draft.left_out
        ],
        "soap_users": list(draft.soap_users),
        "break_glass": list(draft.break_glass),
        "canaries": list(draft.canaries),
    }


def _proposal_json(one: Proposal, draft: Draft) -> dict[str, Any]:
    shown = one.prepared or one.app
    return {
        "key": one.app.key,
        "app": one.seen.key,
        "label": one.seen.label,
        "match": _match_json(one.app.match),
        "kind": str(one.app.kind),
        "standing": str(one.seen.standing),
        "decision": str(one.app.decision),
        "reason": one.reason,
        "wave": shown.wave,
        "users": [grant.username.text for grant in shown.grants.users] if shown.grants else [],
        "seen_users": [_user_json(user) for user in one.evidence.users],
        "last_used": one.evidence.last_ever.isoformat() if one.evidence.last_ever else None,
        "count": one.evidence.count,
        "integrations": [{"username": name, "sign": sign} for name, sign in one.evidence.integrations],
        "catalogue": one.evidence.known_as.id if one.evidence.known_as else None,
        "evidence": list(evidence_lines(one.evidence, draft.inventory)),
    }


def _match_json(match: Match) -> dict[str, str]:
    named = {"label": match.label, "api_name": match.api_name, "consumer_key": match.consumer_key}
    return {name: value for name, value in named.items() if value}


def _user_json(user: User) -> dict[str, Any]:
    return {"username": user.username, "active": user.is_active and not user.is_frozen, "external": user.is_external}
