"""What a deployment says about each component, and the whole that it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sfmeta.localorg.metadata.apex.runs import TestRun
from sfmeta.localorg.metadata.envelope import Fields
from sfmeta.localorg.metadata.problem import Problem


@dataclass(frozen=True, slots=True)
class Message:
    """One DeployMessage. A component with several problems has several.

    Attributes:
        file_name: in the zip.
        full_name: the component, or ``package.xml``.
        component_type: "" for a manifest and what is only named there.
        id: of the component, "" where it has none.
        created: it was not there before.
        changed: it is not as it was.
        deleted: it was taken away.
        problem: None where all is well.
        success: whether it counts as deployed.
    """

    file_name: str
    full_name: str
    component_type: str = ""
    id: str = ""
    created: bool = False
    changed: bool = False
    deleted: bool = False
    problem: Problem | None = None
    success: bool = True

    def row(self) -> list[Any]:
        """As a job keeps it; ``told`` gives it back."""
        found = self.problem
        return [
            self.changed,
            found.column if found and found.line else None,
            self.component_type,
            self.created,
            self.deleted,
            self.file_name,
            self.full_name,
            self.id or None,
            found.line if found and found.line else None,
            found.text if found else None,
            ("Warning" if found.is_warning else "Error") if found else None,
            self.success,
        ]


def told(row: Sequence[Any], when: str) -> Fields:
    """A DeployMessage as it was kept, in the WSDL's order.

    Args:
        row: see ``Message.row``.
        when: its createdDate: the deployment's end.
    """
    changed, column, component_type, created, deleted, file_name, full_name, id_, line, text, kind, success = row
    return (
        ("changed", changed),
        ("columnNumber", column),
        ("componentType", component_type),
        ("created", created),
        ("createdDate", when),
        ("deleted", deleted),
        ("fileName", file_name),
        ("fullName", full_name),
        ("id", id_),
        ("lineNumber", line),
        ("problem", text),
        ("problemType", kind),
        ("success", success),
    )


@dataclass(slots=True)
class Outcome:
    """What a deployment came to.

    Attributes:
        messages: in the order of the work.
        total: components and deletions, manifests left out.
        apex: type and full name of the classes and triggers that went through.
        tests: what came of its Apex tests.
    """

    messages: list[Message] = field(default_factory=list)
    total: int = 0
    apex: list[tuple[str, str]] = field(default_factory=list)
    tests: TestRun = field(default_factory=TestRun)

    @property
    def errors(self) -> int:
        """Components with a failure; several failures of one count once."""
        return len({(m.component_type, m.full_name, m.file_name) for m in self.messages if not m.success})

    @property
    def deployed(self) -> int:
        """Components and deletions that went through."""
        done = (m for m in self.messages if m.success and (m.component_type or m.deleted))
        return len({(m.component_type, m.full_name) for m in done})

    def status(self, rollback_on_error: bool) -> str:
        """Succeeded, SucceededPartial or Failed."""
        if not self.errors and self.tests.passed:
            return "Succeeded"
        return "Failed" if rollback_on_error or not self.deployed else "SucceededPartial"
