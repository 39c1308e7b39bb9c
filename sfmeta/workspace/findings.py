"""``findings.json`` in the project: what probes found out about open questions, dated and bound to an org.

It is meant to be committed: sorted, one answer per entry, no secret in it. Two orgs that disagree are both kept. An
answer of a local org is marked, and counts for that org alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sfmeta.errors import SourceError
from sfmeta.model.forecast import Answer
from sfmeta.model.names import OrgId
from sfmeta.workspace.files import write_atomic

FINDINGS_FILE = "findings.json"
_FORMAT = 1
_TEXTS = ("name", "learned_at", "org_id", "org_name", "how")


@dataclass(frozen=True, slots=True)
class Findings:
    """Every answer there is.

    Attributes:
        answers: sorted by question, then org; one for each question and org.
    """

    answers: tuple[Answer, ...] = ()

    def for_org(self, org_id: OrgId) -> Mapping[str, Answer]:
        """What counts for an org: what was learned there, else the newest of another real org.

        Args:
            org_id: the org in question; ``Answer.org_id`` says where an answer comes from.
        """
        chosen: dict[str, Answer] = {}
        counting = [one for one in self.answers if one.org_id == str(org_id) or not one.is_local]
        for answer in sorted(counting, key=lambda one: (one.org_id == str(org_id), one.learned_at, one.org_id)):
            chosen[answer.name] = answer
        return dict(sorted(chosen.items()))

    def with_answers(self, learned: Iterable[Answer]) -> Findings:
        """These and those that were learned now, which replace older ones of the same question and org."""
        every = {(one.name, one.org_id): one for one in (*self.answers, *learned)}
        return Findings(tuple(every[key] for key in sorted(every)))


def read_findings(root: Path) -> Findings:
    """The findings of a project; none where there is no file.

    Args:
        root: the project's folder.

    Raises:
        SourceError: the file is no JSON, of another format, or an answer lacks something or says it wrongly.
    """
    file = root / FINDINGS_FILE
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        return Findings()
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        hint = "After a merge: keep both sides' entries, or run sfmeta doctor --probe again"
        raise SourceError.at("is no JSON", FINDINGS_FILE, line, hint=hint) from error
    entries = data.get("answers") if isinstance(data, dict) else None
    if not isinstance(data, dict) or data.get("sfmeta_findings") != _FORMAT or not isinstance(entries, list):
        raise SourceError.at(
            f"is no list of findings of format {_FORMAT}", FINDINGS_FILE, hint="A newer sfmeta wrote it?"
        )
    return Findings().with_answers(_answer(number, entry) for number, entry in enumerate(entries, 1))


def record(root: Path, learned: Iterable[Answer]) -> Findings:
    """Adds answers to a project's findings; the file is whole or as it was.

    Args:
        root: the project's folder.
        learned: they replace older ones of the same question and org.

    Returns:
        All findings.
    """
    findings = read_findings(root).with_answers(learned)
    document = {"sfmeta_findings": _FORMAT, "answers": [_entry(one) for one in findings.answers]}
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomic(root / FINDINGS_FILE, text.encode())
    return findings


def _entry(answer: Answer) -> dict[str, Any]:
    return {
        "name": answer.name,
        "answer": answer.answer,
        "learned_at": answer.learned_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "org_id": answer.org_id,
        "org_name": answer.org_name,
        "how": answer.how,
        **({"local": True} if answer.is_local else {}),
    }


def _answer(number: int, said: object) -> Answer:
    entry: Mapping[str, object] = said if isinstance(said, dict) else {}
    texts, answer, is_local = [entry.get(name) for name in _TEXTS], entry.get("answer"), entry.get("local", False)
    if not isinstance(answer, bool) or not all(isinstance(text, str) for text in texts):
        raise SourceError.at(f"answer {number} lacks one of answer, {', '.join(_TEXTS)}", FINDINGS_FILE)
    if not isinstance(is_local, bool):
        raise SourceError.at(f"answer {number}: local is neither true nor false", FINDINGS_FILE)
    name, learned, org_id, org_name, how = (str(text) for text in texts)
    try:
        moment = datetime.fromisoformat(learned)
    except ValueError:
        raise SourceError.at(f"answer {number}: {learned} is no date and time", FINDINGS_FILE) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return Answer(name, answer, moment, org_id, org_name, how, is_local)
