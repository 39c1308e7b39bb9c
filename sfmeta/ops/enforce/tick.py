"""The flip: written down, sent, proven, confirmed by a person, or taken back at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace

from sfmeta.errors import Interrupted, OperationFailed, OrgRefused, SfmetaError
from sfmeta.model.deployment import Deployment, UndoState, stamp
from sfmeta.model.enforcement import Flip, FlipStage
from sfmeta.ops.deploy import execute
from sfmeta.ops.deployment import DeployPlan
from sfmeta.ops.enforce.boxes import named
from sfmeta.ops.enforce.family import Changed, Family, compare, read_family, to_json
from sfmeta.ops.enforce.logins import Doors, Proof, troubles
from sfmeta.ops.enforce.untick import Unheard, Unticked, Way, untick, words_of
from sfmeta.ops.enforce.waiting import Word, reverting, wait_for_word
from sfmeta.ops.ports import OnInterrupt, Org, Tools
from sfmeta.workspace.flips import Flips
from sfmeta.workspace.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Asking:
    """How a person is asked, and kept from breaking in. What is told may fail: the terminal may be gone.

    Attributes:
        tell: says what happened, before anybody is asked.
        ask: looks whether somebody has answered here; None for not yet.
        unbroken: while a flip is taken back, Ctrl-C and SIGTERM wait.
        who: who answers here.
        author: the same as the ledger knows them (git's identity), "" where git has none.
    """

    tell: Callable[[Flip, Ticked], None]
    ask: Callable[[], bool | None]
    unbroken: Callable[[], AbstractContextManager[None]]
    who: str
    author: str


@dataclass(frozen=True, slots=True)
class Ends:
    """What a flip works with.

    Attributes:
        org: it is deployed by this session.
        kept: another login, made before, and kept for the way back. An org may have answered with the same session.
        ledger: of the org.
        doors: the stored logins.
        flips: where it is written down.
    """

    org: Org
    kept: Org
    ledger: Ledger
    doors: Doors
    flips: Flips

    @property
    def ways(self) -> tuple[Way, ...]:
        """How the org is reached to take the flip back, the surest first."""
        return (
            Way("the session that was kept open", lambda: self.kept),
            Way("the session of the flip", lambda: self.org),
            Way("a fresh login", self.doors.open),
        )


@dataclass(frozen=True, slots=True)
class Ticked:
    """What came of a flip.

    Attributes:
        word: confirmed, or by whom not; None where it did not come to that.
        flip: as it is written down now.
        proofs: the logins after it.
        changed: what of the access family changed by itself; None where that was not read.
        record: its ledger entry.
        failure: why it was taken back where no person was asked, "" otherwise.
        interrupted: Ctrl-C, SIGTERM or SIGHUP.
        unticked: what came of taking it back; None where it stands.
        stuck: why it could not be taken back, "" otherwise: the boxes may be ticked.
        not_as_before: what of the access family is not as it was after it was taken back; None where not read.
        note: what else a person should know.
    """

    flip: Flip
    word: Word | None = None
    proofs: tuple[Proof, ...] = ()
    changed: Changed | None = None
    record: Deployment | None = None
    failure: str = ""
    interrupted: bool = False
    unticked: Unticked | None = None
    stuck: str = ""
    not_as_before: Changed | None = None
    note: str = ""


@dataclass
class _Run:
    """What is known of a flip so far.

    Attributes:
        done: what came of it until now.
        broken: somebody broke in while the org was at it.
    """

    done: Ticked
    broken: bool = False


def tick(ends: Ends, plan: DeployPlan, flip: Flip, before: Family, asking: Asking, tools: Tools) -> Ticked:
    """Flip the boxes, prove that access works, wait for a person. Whatever goes wrong, it is taken back.

    Args:
        ends: what to work with.
        plan: agreed to; it turns the boxes of ``flip`` and nothing else.
        flip: in stage ``INTENDED``.
        before: the access family, read a moment ago.
        asking: how a person is asked.
        tools: the clock, progress and scratch space.

    Returns:
        What came of it; ``Ticked.failure`` and ``interrupted`` say why it was taken back.
    """
    tools = replace(tools, progress=Unheard(tools.progress))
    _write_down(ends.flips, flip, before, tools, asking.who)
    run = _Run(Ticked(flip))
    try:
        _go(ends, plan, before, asking, tools, run)
    except (KeyboardInterrupt, Interrupted):
        run.done = replace(run.done, interrupted=True)
    except SfmetaError as error:
        broken = isinstance(error.__cause__, KeyboardInterrupt)
        run.done = replace(run.done, failure="" if broken else str(error), interrupted=broken)
    except BaseException:
        _take_back(ends, before, asking, tools, run.done)
        raise
    if run.done.word is Word.CONFIRMED and not run.done.interrupted:
        return _recorded(ends, run.done)
    return _take_back(ends, before, asking, tools, run.done)


def _write_down(flips: Flips, flip: Flip, before: Family, tools: Tools, who: str) -> None:
    """Before anything is sent: whoever comes after a killed process has to find it."""
    try:
        flips.begin(flip, to_json(before))
    except KeyboardInterrupt:
        if flips.open() is not None:
            now = stamp(tools.clock.now())
            flips.move(lambda one: replace(one, stage=FlipStage.REVERTED, settled_at=now, settled_by=who))
        raise


def _go(ends: Ends, plan: DeployPlan, before: Family, asking: Asking, tools: Tools, run: _Run) -> None:
    flip = run.done.flip

    def stop_job(_job: object) -> OnInterrupt:
        run.broken = True
        return OnInterrupt.CANCEL

    tools.progress.step(f"Ticking the box for {named(flip.boxes)}")
    report = execute(ends.org, plan, ends.ledger, replace(tools, on_interrupt=stop_job))
    run.done = replace(run.done, record=report.record)
    if run.broken:
        raise KeyboardInterrupt
    if not report.success:
        raise OrgRefused(f"The org did not take the flip: {words_of(report)}")
    if report.record is not None and report.record.undo.state is UndoState.REFUSED:
        # taking it back by the same way will be refused, too: a person has to know while the way by hand is open
        said = "; ".join(report.record.undo.problems) or "without a reason"
        run.done = replace(run.done, note=f"The org refused the package that would untick the boxes: {said}")
    tools.progress.step("Logging in anew, as sfmeta and as each canary")
    proofs = ends.doors.prove_all(flip.canaries)
    run.done = replace(run.done, proofs=proofs)
    if said := troubles(proofs):
        raise OperationFailed(f"Somebody who has to get in does not any more: {said}")
    run.done = replace(run.done, changed=compare(before, read_family(ends.org, tools)))
    deadline = stamp(tools.clock.now() + flip.within_s)
    deployment = report.record.id if report.record else ""
    waiting = ends.flips.move(
        lambda one: replace(one, stage=FlipStage.WAITING, deadline=deadline, deployment=deployment)
    )
    run.done = replace(run.done, flip=waiting)
    with suppress(OSError):
        asking.tell(waiting, run.done)
    word, now = wait_for_word(ends.flips, flip.within_s, tools.clock, asking.ask, asking.who)
    run.done = replace(run.done, word=word, flip=now)


def _take_back(ends: Ends, before: Family, asking: Asking, tools: Tools, done: Ticked) -> Ticked:
    with asking.unbroken():
        try:
            flip = ends.flips.move(reverting)
            if flip.stage is FlipStage.CONFIRMED:
                # confirmed in another process at the very moment of the interruption: a person's word stands
                return _recorded(ends, replace(done, flip=flip, word=Word.CONFIRMED))
        except SfmetaError:
            flip = replace(done.flip, stage=FlipStage.REVERTING)
        try:
            unticked = untick(ends.ways, flip.boxes, ends.ledger, tools, asking.author)
        except SfmetaError as error:
            return replace(done, flip=flip, stuck=error.message)
        now = stamp(tools.clock.now())
        try:
            flip = ends.flips.move(
                lambda one: replace(one, stage=FlipStage.REVERTED, settled_at=now, settled_by=asking.who)
            )
        except SfmetaError as error:
            done = replace(done, note=f"That it was taken back is not written down: {error.message}")
        remains = None
        if unticked.boxes:
            with suppress(SfmetaError):
                remains = compare(before, read_family(ends.kept, tools))
        return replace(done, flip=flip, unticked=unticked, not_as_before=remains)


def _recorded(ends: Ends, done: Ticked) -> Ticked:
    try:
        record = record_confirmation(ends.ledger, done.flip)
    except SfmetaError as error:
        said = f"The confirmation is not in the ledger: {error.message}"
        return replace(done, note=". ".join(filter(None, (done.note, said))))
    return replace(done, record=record or done.record)


def record_confirmation(ledger: Ledger, flip: Flip) -> Deployment | None:
    """Write into the ledger who confirmed a flip; the entry, None where the ledger does not have it."""
    for commit, entry in ledger.deployments():
        if entry.id == flip.deployment:
            known = replace(entry, confirmed_at=flip.settled_at, confirmed_by=flip.settled_by)
            ledger.advance(known, commit)
            return known
    return None
