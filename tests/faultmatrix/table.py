"""The results as Markdown, rows and columns that are alike written once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from tests.faultmatrix.cells import KINDS, Fault, Kill
from tests.faultmatrix.law import DONE_ALREADY
from tests.faultmatrix.play import Result

LEGEND = """\
- `on`: the command carried on and succeeded.
- `N again`: it ended with exit N, nothing was sent or all was recorded; the same command again succeeded.
- `done`: likewise, and the same command again says that it is done (`rollback --last`: exit 4).
- `N resume`: it ended with exit N and named the job; `sfmeta job resume` succeeded.
- `BROKEN`: the law did not hold.
"""


def words(result: Result) -> str:
    """What came of a cell, in two words."""
    if result.wrong:
        return "BROKEN"
    if not result.broken.code:
        return "on"
    resumed = any(ran.words[:2] == ("job", "resume") for ran in result.followed)
    done = bool(result.followed) and result.followed[-1].error_code == DONE_ALREADY
    how = "resume" if resumed else "done" if done else "again"
    if isinstance(result.cell, Kill):
        return how if len(result.followed) == 1 or resumed else f"{how}, {len(result.followed)} times"
    return f"{result.broken.code} {how}"


def fault_table(results: Iterable[Result]) -> str:
    """Rows: operations. Columns: kinds. Cells: what came of the fault once, and where it differs, of it lasting."""
    found: dict[str, dict[str, dict[bool, list[str]]]] = {}
    for result in results:
        cell = result.cell
        assert isinstance(cell, Fault)
        by_kind = found.setdefault(cell.operation, {})
        said = by_kind.setdefault(cell.kind, {}).setdefault(cell.lasting, [])
        if (text := words(result)) not in said:
            said.append(text)
    rows = {operation: {kind: _cell(both) for kind, both in kinds.items()} for operation, kinds in found.items()}
    columns = _alike([kind for kind in KINDS if any(kind in row for row in rows.values())], rows)
    lines = [" | ".join(["call", *(", ".join(kinds) for kinds in columns)])]
    lines.append(" | ".join(["---"] * (len(columns) + 1)))
    merged: dict[tuple[str, ...], list[str]] = {}
    for operation, row in rows.items():
        merged.setdefault(tuple(row.get(kinds[0], "") for kinds in columns), []).append(operation)
    lines += [" | ".join([", ".join(operations), *cells]) for cells, operations in merged.items()]
    return "\n".join(f"| {line} |" for line in lines)


def kill_table(results: Sequence[Result]) -> str:
    """Rows: moments, in order. Cells: what is to be done then."""
    lines = ["| killed | then |", "| --- | --- |"]
    ordered = sorted(results, key=lambda result: result.cell.nth)
    for text, group in groupby(ordered, words):
        moments = [result.cell for result in group]
        first, last = moments[0], moments[-1]
        where = f"{first.nth} {_step(first)}" + ("" if first == last else f" to {last.nth} {_step(last)}")
        lines.append(f"| {where} | {text} |")
    return "\n".join(lines)


def _step(cell: Fault | Kill) -> str:
    return cell.step if isinstance(cell, Kill) else cell.operation


def _cell(both: Mapping[bool, Sequence[str]]) -> str:
    once, lasting = (" or ".join(both.get(key, ())) for key in (False, True))
    return once if not lasting or once == lasting else f"{once}; lasting: {lasting}"


def _alike(kinds: Sequence[str], rows: Mapping[str, Mapping[str, str]]) -> list[list[str]]:
    """The kinds, those with the same column together."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for kind in kinds:
        grouped.setdefault(tuple(row.get(kind, "") for row in rows.values()), []).append(kind)
    return list(grouped.values())
