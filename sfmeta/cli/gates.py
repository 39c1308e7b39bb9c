"""Gates on the screen and in the document: every one with what was found, and what would satisfy it."""

from __future__ import annotations

from typing import Any

from sfmeta.cli.ui import Ui
from sfmeta.ops.gates import Gate, Verdict

_COLORS = {Verdict.PASSED: "green", Verdict.REFUSED: "red", Verdict.OPEN: "yellow"}


def show_gates(ui: Ui, gates: tuple[Gate, ...]) -> None:
    """The gates on stderr, before anything is asked."""
    ui.tell(gates_text(ui, gates))


def gates_text(ui: Ui, gates: tuple[Gate, ...]) -> str:
    """One line per gate, and one more for what would satisfy it."""
    lines = []
    for gate in gates:
        lines.append(f"{ui.style(f'{gate.verdict:8}', _COLORS[gate.verdict])}{gate.name:13}{gate.what}")
        if gate.satisfy:
            lines += [f"{'':21}{line}" for line in gate.details] if ui.verbose else []
            lines.append(f"{'':21}-> {gate.satisfy}")
    return "\n".join(lines)


def gates_json(gates: tuple[Gate, ...]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {
            "name": gate.name,
            "verdict": str(gate.verdict),
            "what": gate.what,
            "satisfy": gate.satisfy or None,
            "details": list(gate.details),
        }
        for gate in gates
    ]
