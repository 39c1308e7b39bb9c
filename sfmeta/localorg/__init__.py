"""The embedded Salesforce org: real wire protocols on loopback, real state, the access gate on its doors.

``from sfmeta.localorg import LocalOrg`` is how a test starts one; ``LocalOrgProcess`` is the same in a process of its
own. A request goes through these rooms::

    http      connections, limits, one ``Call`` per request
    app       routes it by its path
    doors     logins, sessions, and the gate that judges each
    metadata  the Metadata API over SOAP and REST
    data      SOQL, records, REST
    setup     the Setup pages and their actions
    backdoor  ``/_local``: control for tests and commands
    faults    what goes wrong on demand

and rests on ``state`` (records, ids, clock, settings), ``seed`` (what an org holds at first), ``running`` (directory,
keys, ready file; on a thread or in a process) and ``rulebook`` (all that it claims, with source and grade).

May import: ``errors``, ``model.registry``, and its own libraries (see ``tests/architecture``).
Must not: import anything else of sfmeta, so that client and org check each other; listen beyond loopback unasked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sfmeta.localorg.running.process import LocalOrgProcess
    from sfmeta.localorg.running.server import LocalOrg

__all__ = ["LocalOrg", "LocalOrgProcess"]


def __getattr__(name: str) -> Any:
    # who imports a part of the package does not wait for the server
    if name == "LocalOrg":
        from sfmeta.localorg.running.server import LocalOrg

        return LocalOrg
    if name == "LocalOrgProcess":
        from sfmeta.localorg.running.process import LocalOrgProcess

        return LocalOrgProcess
    raise AttributeError(f"module {__name__} has no attribute {name}")
