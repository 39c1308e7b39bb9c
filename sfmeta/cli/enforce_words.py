"""What a flip came to, for ``enforce on`` and ``enforce off``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sfmeta.ops.enforce.family import Changed
from sfmeta.ops.enforce.logins import Proof
from sfmeta.ops.enforce.untick import Unticked
from sfmeta.report.changes import Style, changes_json, changes_text
from sfmeta.report.enforcement import rows_text


def changed_text(changed: Changed | None, title: str, style: Style) -> list[str]:
    """What of the access family differs, for people."""
    if changed is None:
        return ["What of the access family differs is not known here."]
    lines = []
    if changed.is_empty:
        lines.append("The access family is as it was: apps, policies, blocks, grants.")
    if changed.files:
        lines += [style(f"{title}:", "yellow"), changes_text(changed.files, style)]
    lines += rows_text(f"{title}, records that were not there:", changed.appeared, style)
    lines += rows_text(f"{title}, records that are gone:", changed.gone, style)
    lines += rows_text("Not compared, as the org did not give it:", changed.unread, style)
    return lines


def changed_json(changed: Changed | None) -> dict[str, Any] | None:
    """The same for machines."""
    if changed is None:
        return None
    return {
        "changes": changes_json(changed.files),
        "records_new": list(changed.appeared),
        "records_gone": list(changed.gone),
        "not_compared": list(changed.unread),
    }


def unticked_json(done: Unticked | None) -> dict[str, Any] | None:
    """What came of unticking."""
    if done is None:
        return None
    return {
        "boxes": list(done.boxes),
        "by": done.by or None,
        "deployment": done.record.id if done.record else None,
        "troubles": list(done.troubles),
    }


def proofs_json(proofs: Sequence[Proof]) -> list[dict[str, Any]]:
    """The logins that were tried."""
    return [
        {"username": one.username, "alias": one.alias or None, "works": one.works, "trouble": one.trouble or None}
        for one in proofs
    ]
