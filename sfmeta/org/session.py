"""A session with an org, and what a way to get one looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from sfmeta.model.secret import Secret
from sfmeta.org.http import Http


@dataclass(frozen=True, slots=True)
class Session:
    """What a login gave.

    Attributes:
        instance_url: where the API is, without a trailing slash.
        access_token: for ``Authorization`` and ``SessionHeader``.
        org_id: 18 characters, "" where the login did not say.
        user_id: 18 characters, "" where the login did not say.
        username: "" where the login did not say.
        refresh_token: a new one, where the org rotates them.
    """

    instance_url: str
    access_token: Secret
    org_id: str = ""
    user_id: str = ""
    username: str = ""
    refresh_token: Secret | None = None


class LoginFlow(Protocol):
    """One way in."""

    kind: ClassVar[str]
    can_renew: ClassVar[bool]

    def log_in(self, http: Http, now: Callable[[], float]) -> Session:
        """Get a session.

        Args:
            http: for the calls it takes.
            now: seconds since the epoch.

        Raises:
            LoginRefused: the org said no.
            OrgUnreachable: it said nothing.
        """
