"""Asks the rules in order; the first that applies decides. An open question is tried both ways."""

from __future__ import annotations

from collections.abc import Mapping

from sfmeta.access.rules.case import Case
from sfmeta.access.rules.rule import Answers, Rule, StillOpen
from sfmeta.access.rules.table import RULES
from sfmeta.model.forecast import Decision, Verdict


def judge(case: Case, answers: Mapping[str, bool]) -> Decision:
    """What the rules say of a case.

    Args:
        case: who, with what, how, where.
        answers: to open questions, by name; what is missing is tried both ways.

    Returns:
        Works or refused where every answer to every open question leads there; else unknown, with the questions that
        decide and the rule that would refuse.
    """
    return _judge(case, answers, frozenset(answers))


def fix_of(rule_id: str) -> str:
    """What would let somebody in whom a rule refuses; "" for a rule that lets in."""
    return _FIXES.get(rule_id, "")


def _judge(case: Case, answers: Mapping[str, bool], learned: frozenset[str]) -> Decision:
    asked = Answers(answers, set())
    try:
        rule = _first(case, asked)
    except StillOpen as question:
        yes = _judge(case, {**answers, question.name: True}, learned)
        no = _judge(case, {**answers, question.name: False}, learned)
        return _both(question.name, yes, no)
    return Decision(rule.verdict, rule.info, (), tuple(sorted(asked.asked & learned)))


def _first(case: Case, asked: Answers) -> Rule:
    return next(rule for rule in RULES if rule.applies(case, asked))


def _both(question: str, yes: Decision, no: Decision) -> Decision:
    learned = tuple(sorted({*yes.learned, *no.learned}))
    if yes.verdict is no.verdict and yes.verdict is not Verdict.UNKNOWN:
        # the surer of the two reasons is enough; which one applies does not matter
        surer = no if yes.rule.is_shaky and not no.rule.is_shaky else yes
        return Decision(surer.verdict, surer.rule, (), learned)
    worse = yes if yes.verdict is Verdict.REFUSED else no
    if Verdict.REFUSED not in (yes.verdict, no.verdict):
        worse = yes if yes.verdict is Verdict.UNKNOWN else no
    decides = {question} if yes.verdict is not no.verdict else set()
    return Decision(Verdict.UNKNOWN, worse.rule, tuple(sorted({*yes.questions, *no.questions, *decides})), learned)


_FIXES = {rule.info.id: rule.fix for rule in RULES}
