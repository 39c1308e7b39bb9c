"""One REST request of a caller who was let in, and what every resource asks of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sfmeta.localorg.caller import Caller
from sfmeta.localorg.data.batches import Batches
from sfmeta.localorg.data.query import Engine
from sfmeta.localorg.data.schema import SObject
from sfmeta.localorg.data.tables import SOBJECTS
from sfmeta.localorg.data.writes.refused import Refused, not_found, refuse
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply


@dataclass(frozen=True, slots=True)
class Service:
    """A request.

    Attributes:
        caller: who asks.
        batches: what is left of long results.
        call: the request; its method is never HEAD.
        version: of the API.
        tooling: it goes to the Tooling API.
        again: answers another request of the same caller, for resources that hold requests.
    """

    caller: Caller
    batches: Batches
    call: Call
    version: int
    tooling: bool
    again: Callable[[Call], Reply]

    @property
    def base(self) -> str:
        """What the urls of this API begin with."""
        return f"/services/data/v{self.version}.0" + ("/tooling" if self.tooling else "")

    @property
    def engine(self) -> Engine:
        """Answers queries for the caller, as the org is now."""
        return Engine(self.caller, self.version, tooling=self.tooling)

    def table(self, name: object) -> SObject:
        """A table that the caller sees, by its name in any case.

        Raises:
            Refused: there is none.
        """
        found = SOBJECTS.get(str(name).lower())
        if found is None or not found.is_seen(self.engine.view):
            raise not_found()
        return found

    def content(self) -> dict[str, Any]:
        """The body: a JSON object.

        Raises:
            Refused: it is none, or holds what is no text.
        """
        content = read_json(self.call.body)
        if not isinstance(content, dict):
            raise refuse("rest-body", problem="The request body is no JSON object")
        return content

    def only(self, *methods: str) -> None:
        """Refuses other methods.

        Raises:
            Refused: METHOD_NOT_ALLOWED.
        """
        if self.call.method not in methods:
            raise not_allowed(self.call.method, *methods)


def not_allowed(method: str, *allowed: str) -> Refused:
    """METHOD_NOT_ALLOWED; where one may GET, one may HEAD."""
    names = ",".join(name for one in allowed for name in (("GET", "HEAD") if one == "GET" else (one,)))
    return refuse("rest-method", status=405, method=method, allowed=names)


def read_json(body: bytes) -> Any:
    """JSON, None for what is none, and for texts that are none (lone surrogates)."""
    try:
        content = json.loads(body)
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return content
