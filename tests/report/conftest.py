"""The commands run in a project with a local org behind real HTTP, as those of ``tests/cli`` do."""

from __future__ import annotations

from tests.cli.conftest import acme_data, shop, start_org

__all__ = ["acme_data", "shop", "start_org"]
