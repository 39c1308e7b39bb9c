"""The command line's user with a local org, as its own tests have it."""

from tests.cli.conftest import acme_data, shop, start_org

__all__ = ["acme_data", "shop", "start_org"]
