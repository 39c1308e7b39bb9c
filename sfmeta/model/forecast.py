"""Who works now, who works after a change, and which rule decides. Values only; ``access.forecasting`` makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sfmeta.model.inventory import App, Coverage, Inventory, Use, User, Way
from sfmeta.model.policy import AcceptedLoss


class Stage(StrEnum):
    """The stages of a roll-out, in their fixed order; ``after`` a stage means that those before it are done too."""

    PREPARE = "prepare"
    RESTRICT = "restrict"
    BLOCK = "block"
    ENFORCE = "enforce"


class Verdict(StrEnum):
    """Whether a client gets in."""

    WORKS = "works"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """How Salesforce decides it is not established; ``Decision.questions`` says what is not."""


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule as people read it.

    Attributes:
        id: stable.
        sentence: what it says.
        source: where that comes from.
        grade: A Salesforce's documentation, B a maintainer's statement or working code, C a vendor or blog,
            ``assumption`` an open question.
    """

    id: str
    sentence: str
    source: str
    grade: str

    @property
    def is_shaky(self) -> bool:
        """Below grade B: worth saying beside every verdict that rests on it."""
        return self.grade not in ("A", "B")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say of one client at one moment.

    Attributes:
        verdict: works, refused or unknown.
        rule: the rule that decided; of an unknown verdict the one that applies if the worst is true.
        questions: the open questions that decide, by name; empty unless the verdict is unknown.
        learned: the answers that a probe found and that decided, by name.
    """

    verdict: Verdict
    rule: RuleInfo
    questions: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()


class Harm(StrEnum):
    """What a change does to somebody."""

    NONE = "none"
    MIGHT_STOP = "might stop"
    STOPS = "stops"


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends by itself.

    Attributes:
        at: when.
        why: one sentence: "the assignment of Allow Billing ends", "the refresh token is 7 days old".
        rule: the rule by which it ends.
    """

    at: datetime
    why: str
    rule: RuleInfo


@dataclass(frozen=True, slots=True)
class Row:
    """One user with one app (or protocol), before and after.

    Attributes:
        user: who.
        app: with what; None without an app.
        way: how.
        before: now.
        after: after the stage, and at ``Forecast.at`` where that is later.
        harm: what the change does.
        use: as the audit saw it; None for a grant of the policy that nobody used yet.
        ending: what will end by itself after the stage, the first one; None where nothing does.
        fix: what would let the user in, one sentence; "" where nothing needs to be done.
        accepted: the accepted loss of the policy that covers it, where one does; never for sfmeta's own way in.
        is_own: sfmeta itself comes in this way.
        is_integration: the user looks like an integration user (API only, or never seen in a browser).
        is_granted_by_policy: the policy grants this user this app.
    """

    user: User
    app: App | None
    way: Way
    before: Decision
    after: Decision
    harm: Harm = Harm.NONE
    use: Use | None = None
    ending: Ending | None = None
    fix: str = ""
    accepted: AcceptedLoss | None = None
    is_own: bool = False
    is_integration: bool = False
    is_granted_by_policy: bool = False

    @property
    def questions(self) -> tuple[str, ...]:
        """The open questions on which it hangs what happens to the client, by name."""
        return tuple(sorted({*self.before.questions, *self.after.questions}))

    @property
    def is_outstanding(self) -> bool:
        """Somebody stops working, or might, and nobody accepted it."""
        return self.harm is not Harm.NONE and self.accepted is None


@dataclass(frozen=True, slots=True)
class Review:
    """A date of the policy that passes: a review, or an accepted loss that ends.

    Attributes:
        at: when.
        what: one sentence.
    """

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that a forecast counts as done, as it belongs to a stage before the one that is asked for, and is not.

    Attributes:
        stage: to which it belongs.
        what: one sentence.
        is_visible: the audit saw that it is not done; else no API tells.
    """

    stage: Stage
    what: str
    is_visible: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe found out about an open question.

    Attributes:
        name: the question.
        answer: yes or no.
        learned_at: when.
        org_id: in which org.
        org_name: its name, for people.
        how: what was done and seen, one sentence.
        is_local: learned in a local org, which proves nothing about Salesforce.
    """

    name: str
    answer: bool
    learned_at: datetime
    org_id: str
    org_name: str
    how: str
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """A whole forecast.

    Attributes:
        inventory: what it rests on.
        stage: up to which stage; None for a package, which is forecast as it is.
        wave: up to which wave of ``restrict``; None for all.
        at: the moment that was looked at; the audit's own unless asked for.
        as_is: the stage alone, on the org as it is; else the stages before it count as done.
        rows: harm first: sfmeta's own way in, integration users, then by use; then those whom nothing happens to.
            There may be a million of them: the latter are made when they are looked at.
        harmed: how many rows at the beginning have harm.
        refused_already: how many of the others were seen to get in, and are refused today and after.
        open_already: how many of the others were seen to get in, and hang on the same open questions today and after.
        endings: rows of those who work after the stage and stop by themselves within 30 days of ``at`` if nothing is
            done; earliest first.
        blind_spots: classes of access that the audit does not see and that the policy does not accept.
        accepted_blind_spots: those that it accepts.
        reviews: dates of the policy that pass by ``at``.
        answers: what probes found and decides about somebody, by question.
        questions: the text of every open question that is named in ``rows``, by name.
        unresolved: what leaves open whom the policy hits: an app, a profile or a permission set that cannot be told, an
            undecided app in use before the boxes, a stage that the policy says nothing of. No forecast is clean with
            one.
        pending: what counts as done and is not, or may not be; with ``as_is`` only what no API tells. A forecast may be
            clean with it: it is about an org where that is done.
        warnings: what else the reader should know.
        subject: what is forecast where it is no stage: "this package".
    """

    inventory: Inventory
    stage: Stage | None
    wave: int | None
    at: datetime
    rows: Sequence[Row]
    harmed: int
    refused_already: int = 0
    open_already: int = 0
    endings: tuple[Row, ...] = ()
    blind_spots: tuple[Coverage, ...] = ()
    accepted_blind_spots: tuple[Coverage, ...] = ()
    reviews: tuple[Review, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    unresolved: tuple[str, ...] = ()
    pending: tuple[Pending, ...] = ()
    warnings: tuple[str, ...] = ()
    as_is: bool = False
    subject: str = ""

    @property
    def todo(self) -> tuple[str, ...]:
        """What counts as done and is not."""
        return tuple(one.what for one in self.pending if one.is_visible)

    @property
    def untold(self) -> tuple[str, ...]:
        """What the policy writes and no API tells."""
        return tuple(one.what for one in self.pending if not one.is_visible)

    @property
    def outstanding(self) -> tuple[Row, ...]:
        """Whoever stops working, or might, and is accepted by nobody."""
        return tuple(row for row in self.rows[: self.harmed] if row.is_outstanding)

    @property
    def is_clean(self) -> bool:
        """Nobody is locked out by surprise, as far as can be seen, and what cannot be seen is accepted."""
        if self.unresolved or self.blind_spots:
            return False
        return not any(row.is_outstanding for row in self.rows[: self.harmed])
