"""What probes found out about Salesforce, taken for a new org's assumptions.

``sfmeta doctor --probe`` writes the file; here it is read by the local org's own code. An answer was learned in one
org on one day: a local org that takes it behaves like that one. What was learned in a local org counts where no real
org told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sfmeta.errors import Problem, SourceError, UsageError
from sfmeta.localorg.assumptions import ASSUMPTIONS
from sfmeta.localorg.seed.format import Seed

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer.

    Attributes:
        name: of the assumption.
        answer: yes or no.
        learned_at: when.
        org: where: its name, or its id where it has none.
        is_local: that is a local org.
    """

    name: str
    answer: bool
    learned_at: datetime
    org: str
    is_local: bool = False


def load_findings(path: Path) -> list[Finding]:
    """The findings of a file.

    Raises:
        UsageError: there is no such file.
        SourceError: it is no file of findings, or an answer is about nothing that a local org knows.
    """
    try:
        content: Any = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise UsageError(f"there are no findings {path}", "sfmeta doctor --probe writes them") from error
    except OSError as error:
        raise SourceError.at(f"the findings cannot be read: {error.strerror}", str(path)) from error
    except (ValueError, RecursionError) as error:
        raise SourceError.at("this is no JSON", str(path)) from error
    said = content.get("answers") if isinstance(content, dict) and content.get("sfmeta_findings") == _FORMAT else None
    if not isinstance(said, list):
        hint = "Give the file that sfmeta doctor --probe wrote"
        raise SourceError.at(f"these are no findings of format {_FORMAT}", str(path), hint=hint)
    read = [_finding(number, one) for number, one in enumerate(said, 1)]
    problems = [Problem(one[0], "findings", str(path), hint=one[1]) for one in read if not isinstance(one, Finding)]
    if problems:
        raise SourceError.of(problems, "findings")
    return [one for one in read if isinstance(one, Finding)]


def _finding(number: int, said: object) -> Finding | tuple[str, str]:
    """An answer, or what is wrong with it and what to do."""
    entry: Mapping[str, Any] = said if isinstance(said, dict) else {}
    name, answer = entry.get("name"), entry.get("answer")
    if not isinstance(name, str) or not isinstance(answer, bool):
        return f"answer {number} has no name, or is neither true nor false", ""
    if name not in ASSUMPTIONS:
        near = get_close_matches(name, ASSUMPTIONS, 1)
        return f"answer {number}: there is no assumption {name}", f"Did you mean {near[0]}?" if near else ""
    is_local = entry.get("local", False)
    if not isinstance(is_local, bool):
        return f"answer {number}, {name}: local is neither true nor false", ""
    try:
        moment = datetime.fromisoformat(str(entry.get("learned_at")))
    except ValueError:
        return f"answer {number}, {name}: {entry.get('learned_at')} is no date and time", ""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    org = str(entry.get("org_name") or entry.get("org_id") or "an org")
    return Finding(name, answer, moment, org, is_local)


def with_findings(seed: Seed, findings: Iterable[Finding]) -> tuple[Seed, list[str]]:
    """A seed whose open questions are answered by findings, as far as it does not answer them itself.

    Args:
        seed: checked.
        findings: of several orgs that disagree the latest counts; a local org's only where no real org answered.

    Returns:
        The seed, and what should be said about it.
    """
    warnings = []
    latest: dict[str, Finding] = {}
    for one in sorted(_counting(list(findings)), key=lambda one: one.learned_at):
        other = latest.get(one.name)
        if other is not None and other.answer is not one.answer:
            warnings.append(f"{one.name}: {other.org} answered {_word(other)}, {one.org} later {_word(one)}")
        latest[one.name] = one
    own = seed.org.assumptions
    for name, one in sorted(latest.items()):
        if name in own and own[name] is not one.answer:
            answer = "yes" if own[name] else "no"
            warnings.append(
                f"{name}: the seed says {answer}, {one.org} answered {_word(one)}; the seed's answer counts"
            )
    found = {name: one.answer for name, one in sorted(latest.items())}
    return replace(seed, org=replace(seed.org, assumptions={**found, **own})), warnings


def _counting(findings: Sequence[Finding]) -> list[Finding]:
    real = {one.name for one in findings if not one.is_local}
    return [one for one in findings if not one.is_local or one.name not in real]


def _word(finding: Finding) -> str:
    return "yes" if finding.answer else "no"
