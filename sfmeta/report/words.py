"""Small words."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 component``, ``2 components``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
