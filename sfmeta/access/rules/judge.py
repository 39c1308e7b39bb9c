"""Asks the rules in order; the first that applies decides. An open question is tried both ways."""

from __future__ import annotations

from collections.abc import Mapping

from sfmeta.access.rules.case import Case
from sfmeta.access.rules.rule import Answers, RestsOn, Rule, StillOpen
from sfmeta.access.rules.table import RULES
from sfmeta.model.forecast import Decision, Verdict


def judge(case: Case, answers: Mapping[str, bool], without: frozenset[str] = frozenset()) -> Decision:
    """What the rules say of a case.

    Args:
        case: who, with what, how, where.
        answers: to open questions, by name; what is missing is tried both ways.
        without: ids of rules that are not asked: something that was seen contradicts them.

    Returns:
        Works or refused where every answer to every open question leads there; else unknown, with the questions that
        decide and the rule that would refuse.
    """
    rules = RULES if not without else tuple(rule for rule in RULES if rule.info.id not in without)
    return _judge(case, answers, frozenset(answers), rules)


def fix_of(rule_id: str) -> str:
    """What would let somebody in whom a rule refuses; "" for a rule that lets in."""
    return _FIXES.get(rule_id, "")


def rests_on(rule_id: str) -> RestsOn:
    """What the refusal of a rule rests on."""
    return _RESTS_ON[rule_id]


def _judge(case: Case, answers: Mapping[str, bool], learned: frozenset[str], rules: tuple[Rule, ...]) -> Decision:
    asked = Answers(answers, set())
    for rule in rules:
        try:
            if rule.applies(case, asked):
                return Decision(rule.verdict, rule.info, (), tuple(sorted(asked.asked & learned)))
        except StillOpen as question:
            yes, no = (_judge(case, {**answers, question.name: said}, learned, rules) for said in (True, False))
            return either(question.name, yes, no, asker=rule.info.id)
    raise AssertionError("the last rules apply to every case")  # pragma: no cover


def either(question: str, yes: Decision, no: Decision, asker: str = "") -> Decision:
    """What is decided where a question is open: what both answers lead to, else unknown.

    Args:
        question: its name.
        yes: the decision if the answer is yes.
        no: likewise.
        asker: id of the rule that asks, "" where none does.
    """
    learned = tuple(sorted({*yes.learned, *no.learned}))
    if yes.verdict is no.verdict and yes.verdict is not Verdict.UNKNOWN:
        # which of the two reasons applies does not matter: the one that hangs on no question, else the surer one
        best = min((yes, no), key=lambda one: (one.rule.id == asker, one.rule.is_shaky))
        return Decision(best.verdict, best.rule, (), learned)
    worse = min((yes, no), key=lambda one: _WORST_FIRST.index(one.verdict))
    decides = {question} if yes.verdict is not no.verdict else set()
    return Decision(Verdict.UNKNOWN, worse.rule, tuple(sorted({*yes.questions, *no.questions, *decides})), learned)


_WORST_FIRST = (Verdict.REFUSED, Verdict.UNKNOWN, Verdict.WORKS)
_FIXES = {rule.info.id: rule.fix for rule in RULES}
_RESTS_ON = {rule.info.id: rule.rests_on for rule in RULES}
