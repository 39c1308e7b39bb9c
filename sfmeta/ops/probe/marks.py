"""How a probe marks what it makes. Without imports: an audit needs it too, to leave these things out."""

from __future__ import annotations

PREFIX = "sfmeta_probe"
"""What every name begins with."""
