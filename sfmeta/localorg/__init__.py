"""The embedded Salesforce org: real wire protocols on loopback, real state, the access gate on its doors.

``from sfmeta.localorg import LocalOrg`` is how a test starts one; ``LocalOrgProcess`` is the same in a process of its
own.

May import: ``errors``, ``model.registry``, and its own libraries (see ``tests/architecture``).
Must not: import anything else of sfmeta, so that client and org check each other; listen beyond loopback unasked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sfmeta.localorg.process import LocalOrgProcess
    from sfmeta.localorg.server import LocalOrg

__all__ = ["LocalOrg", "LocalOrgProcess"]


def __getattr__(name: str) -> Any:
    # who imports a part of the package does not wait for the server
    if name == "LocalOrg":
        from sfmeta.localorg.server import LocalOrg

        return LocalOrg
    if name == "LocalOrgProcess":
        from sfmeta.localorg.process import LocalOrgProcess

        return LocalOrgProcess
    raise AttributeError(f"module {__name__} has no attribute {name}")
