"""What a package leaves open, and what else a reader of its forecast should know."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """Collects; what was said once is not said again.

    Attributes:
        unresolved: what leaves open whom the package hits; no forecast is clean with it.
        warnings: what else the reader should know.
    """

    unresolved: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def open(self, text: str) -> None:
        """Something that nobody can tell."""
        if text not in self.unresolved:
            self.unresolved.append(text)

    def warn(self, text: str) -> None:
        """Something to know."""
        if text not in self.warnings:
            self.warnings.append(text)
