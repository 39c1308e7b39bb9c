"""``sfmeta doctor --probe``: asks every question, takes everything back, and says what it learned."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sfmeta.errors import GuardRefused, NotSent, SfmetaError
from sfmeta.model.diagnosis import Probing, Tried
from sfmeta.model.forecast import Answer
from sfmeta.model.outcome import OrgInfo
from sfmeta.ops.doctor.examination import Circumstances, Examination
from sfmeta.ops.ports import Tools
from sfmeta.ops.probe.answer import Learned, NotSettled
from sfmeta.ops.probe.bench import Bench, Pace, is_local, label_of
from sfmeta.ops.probe.cleaning import take_away, wait_until_quiet
from sfmeta.ops.probe.marks import PREFIX
from sfmeta.ops.probe.port import ProbeOrg
from sfmeta.ops.probe.question import Question
from sfmeta.ops.probe.table import QUESTIONS, UNTESTED
from sfmeta.workspace.journal import Journal, is_open

_APPS = ("ConnectedApp:", "ExternalClientApplication:")
# Object Reference, PermissionSet, PermissionSetAssignment, SetupEntityAccess; Metadata API guide, prerequisites; Help
# connected_app_manage_additional_settings
_NEEDED = {
    "AssignPermissionSets": "Assign Permission Sets",
    "CustomizeApplication": "Customize Application",
    "ManageProfilesPermissionsets": "Manage Profiles and Permission Sets",
    "ModifyAllData": "Modify All Data",
    "ViewSetup": "View Setup and Configuration",
}
_NAMES = re.compile(rf"(?:{PREFIX}|{label_of(PREFIX)})[_ ][0-9a-f]{{8}}[_ ]\d+")
_IDS = re.compile(r"\b(?:005|00D|0PS|0PG|0Pa|0H4|0xI|0J0)[0-9A-Za-z]{15}\b")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What came of cleaning up after an earlier run.

    Attributes:
        gone: what was taken away, as the journal names it.
        left: what could not be, with the org's words.
    """

    gone: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def check_org(info: OrgInfo) -> str:
    """Whether an org may be probed, and what must be agreed to.

    Returns:
        The question.

    Raises:
        GuardRefused: it is a production org; nothing overrules that.
    """
    if info.is_production:
        raise GuardRefused(
            f"{info.title} is a production org, and a probe never touches one",
            "Probe a sandbox of it: its answers count for production until something better is known",
            "PRODUCTION",
        )
    return (
        f"A probe makes throw-away permission sets, a group and an app in {info.title}, assigns them to "
        f"{info.username} alone, logs in through that app, and deletes all of it; in a real org that takes about ten "
        "minutes"
    )


def check_user(org: ProbeOrg, tools: Tools) -> None:
    """Whether our user may make, assign and delete what a probe needs: half a probe would learn little.

    Raises:
        GuardRefused: naming what is missing.
    """
    held = Examination(org, tools, Circumstances()).holder(org.info.user_id, tuple(_NEEDED))
    if missing := [label for name, label in _NEEDED.items() if not held.has(name)]:
        raise GuardRefused(
            f"A probe needs more than {org.info.username} may do: {', '.join(missing)}",
            "Give these for the time of the probe, or probe as somebody else",
            "PERMISSIONS",
        )


def probe(org: ProbeOrg, tools: Tools, config: Path, pace: Pace | None = None, only: Collection[str] = ()) -> Probing:
    """Ask the open questions.

    Args:
        org: logged in; see ``check_org``.
        tools: the clock, progress and scratch space.
        config: the user's configuration folder, for the journal.
        pace: how long to wait for what an org does by and by.
        only: names of questions; all of them where empty.

    Raises:
        GuardRefused: it is a production org, our user may too little, or another probe of it is running.
        NotSent: the org cannot be reached any more; the journal is kept for the next run.
    """
    check_org(org.info)
    check_user(org, tools)
    asked = [question for question in QUESTIONS if not only or question.name in only]
    with Journal.open(config, org.info.id) as journal:
        earlier = _clean(org, tools, journal)
        bench = Bench(org, tools, journal, pace or Pace.of(org.info))
        tried: list[Tried] = []
        try:
            for number, question in enumerate(asked):
                tools.progress.advance(number, len(asked), question.name.replace("_", " "))
                tried.append(_ask(question, bench, journal))
        finally:
            tools.progress.step("Taking back what was made")
            left = take_away(org, tools, journal, journal.things)
    tried += [Tried(name, reason=reason) for name, reason in UNTESTED.items() if not only]
    return Probing(org.info, tuple(sorted(tried, key=lambda one: one.name)), earlier.gone, left)


def clean_up(org: ProbeOrg, tools: Tools, config: Path) -> Cleaned:
    """Takes away what a probe that was killed left behind; nothing where there is nothing.

    Raises:
        GuardRefused: a probe of this org is running now.
        NotSent: the org cannot be reached any more.
    """
    if not is_open(config, org.info.id):
        return Cleaned()
    with Journal.open(config, org.info.id) as journal:
        return _clean(org, tools, journal)


def _clean(org: ProbeOrg, tools: Tools, journal: Journal) -> Cleaned:
    things = journal.things
    if not things:
        return Cleaned()
    tools.progress.step("Cleaning up after a probe that was killed")
    wait_until_quiet(org, tools)
    left = take_away(org, tools, journal, things)
    return Cleaned(tuple(thing for thing in things if thing not in journal.things), left)


def _ask(question: Question, bench: Bench, journal: Journal) -> Tried:
    before = journal.things
    try:
        learned = _answer(question.name, question.ask(bench), bench)
        return Tried(question.name, learned, text=question.text)
    except NotSettled as reason:
        return Tried(question.name, reason=str(reason), text=question.text)
    except NotSent:
        raise
    except SfmetaError as error:
        return Tried(question.name, reason=f"it could not be tested: {error.message}", text=question.text)
    finally:
        # the app serves the next question, too; what cannot be taken back now is tried again at the end
        take_away(
            bench.org, bench.tools, journal, [one for one in journal.things if one not in before and not _is_app(one)]
        )


def _is_app(thing: str) -> bool:
    return thing.startswith(_APPS)


def _answer(name: str, learned: Learned, bench: Bench) -> Answer:
    info, now = bench.org.info, bench.tools.now.replace(microsecond=0)
    how = _without_names(learned.how)
    return Answer(name, learned.answer, now, str(info.id), info.title, how, is_local=is_local(info))


def _without_names(text: str) -> str:
    """A sentence that is the same in every run: the findings are kept in git."""
    return _IDS.sub("...", _NAMES.sub("a throw-away thing", text))
