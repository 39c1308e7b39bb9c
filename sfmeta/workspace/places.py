"""Where a user's own files lie: settings and secrets, and the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

HOME_VARIABLE = "SFMETA_HOME"


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of one user on one machine; none need exist yet.

    Attributes:
        config: orgs and, where there is no keyring, secrets.
        cache: derived files that can be deleted at any time.
    """

    config: Path
    cache: Path


def places(environ: Mapping[str, str]) -> Places:
    """The folders: below ``SFMETA_HOME`` where that is set, else where the platform wants them."""
    home = environ.get(HOME_VARIABLE)
    if home:
        return Places(Path(home) / "config", Path(home) / "cache")
    return Places(platformdirs.user_config_path("sfmeta"), platformdirs.user_cache_path("sfmeta"))
