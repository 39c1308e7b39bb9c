"""What a test does with a running org, whether it runs on a thread here or in a process of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sfmeta.errors import OrgUnreachable, UsageError
from sfmeta.localorg.clock import from_stamp
from sfmeta.localorg.running.home import NOBODY, Admin
from sfmeta.localorg.running.remote import Remote


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What the owner of an app knows.

    Attributes:
        client_id: its consumer key.
        client_secret: its consumer secret.
        private_key_file: of an app with a made key pair, else None.
    """

    client_id: str
    client_secret: str
    private_key_file: Path | None


@dataclass(frozen=True, slots=True)
class LoginTried:
    """What a login came to.

    Attributes:
        let_in: whether a session was opened.
        code: of the refusal, "" where there was none: ``invalid_app_access``.
        message: likewise: ``user is not admin approved to access this app``.
        rule: the id of the rule that decided, "" where something else did; see ``sfmeta localorg rules``.
        opens: each API with "" where the session is good for it now, else the reason why not.
        token: the session, "" where there is none.
    """

    let_in: bool
    code: str
    message: str
    rule: str
    opens: Mapping[str, str]
    token: str = field(repr=False)


class FaultDesk:
    """Orders what goes wrong (``faults.fault`` says what there is).

    Args:
        remote: the org.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def add(self, kind: str, **values: Any) -> str:
        """Adds a fault: ``add("drop-after", operation="deploy", nth=1)``.

        Args:
            kind: ``drop-before``, ``drop-after``, ``cut``, ``delay``, ``bad-gateway``, ``unavailable``,
                ``request-limit``, ``concurrent-limit``, ``expire-session``, ``org-locked``, ``org-in-maintenance`` or
                ``truncated-zip``.
            values: which requests (method, path, operation), at which of them (nth, or after, every, times,
                probability and seed), and delay_s or share.

        Returns:
            Its id.

        Raises:
            OperationFailed: something is wrong with it.
        """
        return str(self._remote.ask("POST", "faults/add", {"kind": kind, **values})["id"])

    def remove(self, name: str) -> None:
        """Takes one away, by its id."""
        self._remote.ask("POST", "faults/remove", {"id": name})

    def clear(self) -> None:
        """Takes all away; deployments are fast again, API requests without a limit."""
        self._remote.ask("POST", "faults/clear", {})

    def listed(self) -> list[Mapping[str, Any]]:
        """All of them, with ``matched`` and ``hits``."""
        found: list[Mapping[str, Any]] = self._remote.ask("GET", "faults")["faults"]
        return found

    def slow_jobs(self, mode: str) -> None:
        """How long deployments and retrieves take: ``immediate``, ``polls:3`` or ``seconds:60`` of the org's clock."""
        self._remote.ask("POST", "faults/jobs", {"mode": mode})

    def api_requests_left(self, remaining: int | None) -> None:
        """So many API requests are left in the next 24 hours; None is without a limit."""
        self._remote.ask("POST", "faults/api-limit", {"remaining": remaining})


class Handle(ABC):
    """A running org.

    Attributes:
        url: where it listens, without a trailing slash.
        org_id: 18 characters.
        ca_file: the authority that signed its TLS certificate, "" without TLS.
        control_token: opens ``/_local``.
        pid: the process it runs in.
        faults: what goes wrong on demand.
    """

    url: str
    org_id: str
    ca_file: str
    control_token: str
    pid: int
    faults: FaultDesk
    _remote: Remote
    _first_admin: Admin
    _ready: Mapping[str, Any]

    @classmethod
    def start(cls, *arguments: Any, **options: Any) -> Self:
        """Starts an org and returns once it answers; the arguments are those of the class.

        Raises:
            SfmetaError: see ``_begin`` of the class.
        """
        org = cls(*arguments, **options)
        org._begin()
        return org

    @property
    @abstractmethod
    def _is_running(self) -> bool: ...

    @abstractmethod
    def _begin(self) -> None: ...

    @abstractmethod
    def stop(self) -> None:
        """Stops it. What it holds in ``data`` stays; calling it twice does no harm."""

    def __enter__(self) -> Self:
        if not self._is_running:
            self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _known(self, ready: Mapping[str, Any]) -> None:
        """Takes over what the ready file says."""
        self._ready = dict(ready)
        self.url, self.org_id, self.pid = ready["url"], ready["org_id"], ready["pid"]
        self.ca_file, self.control_token = ready["ca_file"] or "", ready["control_token"]
        self._first_admin = Admin(**ready["admin"])
        self._remote = Remote(self.url, self.control_token, self.ca_file)
        self.faults = FaultDesk(self._remote)

    @property
    def admin(self) -> Admin:
        """How the administrator comes in. Where the session has ended (a moved clock, a fault), it is a new one."""
        try:
            return Admin(**self._remote.ask("GET", "admin"))
        except OrgUnreachable:
            return self._first_admin

    def ready(self) -> dict[str, Any]:
        """What the ready file says."""
        return dict(self._ready)

    def variables(self, *clients: str) -> dict[str, str]:
        """What clients need in their environment to reach the org, the administrator's session included.

        Args:
            clients: of ``environment.CLIENTS``, as ``"sf"``; none stands for all.
        """
        from sfmeta.localorg.running.environment import recipes, variables

        ready = {**self._ready, "admin": asdict(self.admin)}
        chosen = tuple(one for one in recipes(ready, "") if not clients or one.client in clients)
        return variables(chosen, secrets=True)

    def status(self) -> Mapping[str, Any]:
        """How it is set: ``production``, ``features``, ``access``, ``assumptions``, ``time``."""
        return self._remote.ask("GET", "status")

    def ask(self, method: str, name: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Anything else that the back door can do."""
        return self._remote.ask(method, name, content)

    def query(self, soql: str) -> list[dict[str, Any]]:
        """All records of a query, asked with the administrator's session.

        Raises:
            UsageError: the org's seed names no admin.
            OperationFailed: the org said no.
        """
        admin = self.admin
        if not admin.username:
            raise UsageError(NOBODY, "Add admin: USERNAME to the seed")
        return self._remote.query(soql, admin.access_token)

    def app(self, label: str) -> AppCredentials:
        """The credentials of an app by its label or name, installed here or not.

        Raises:
            LookupError: there is no such app.
        """
        for found in self._remote.ask("GET", "credentials")["apps"]:
            if label in (found["label"], found["name"]):
                key = found["private_key_file"]
                return AppCredentials(found["client_id"], found["client_secret"], Path(key) if key else None)
        raise LookupError(label)

    def login(self, username: str, app: str = "", *, flow: str = "", source_ip: str = "") -> LoginTried:
        """Logs in through the org's own door, as a client of that user and app would.

        Args:
            username: as whom.
            app: its label, API name or consumer key; "" for SOAP login().
            flow: ``jwt``, ``password``, ``refresh``, ``client-credentials`` or ``soap``; "" for the one that there are
                credentials for.
            source_ip: from where, for IP ranges.

        Raises:
            OperationFailed: there is no such user or app, or there are no credentials to try.
        """
        asked = {"app": app, "flow": flow, "source_ip": source_ip}
        content = {"username": username, "show_token": True, **{name: text for name, text in asked.items() if text}}
        said = self._remote.ask("POST", "login", content)
        opens = {name: reason or "" for name, reason in said["opens"].items()}
        rule = said["rule"]["id"] if said["rule"] else ""
        return LoginTried(said["let_in"], said["code"] or "", said["message"] or "", rule, opens, said["token"] or "")

    def tick(self, **boxes: bool) -> None:
        """Ticks or unticks the boxes of API Access Control: ``tick(internal=True)``."""
        self._remote.ask("POST", "access", boxes)

    @property
    def time(self) -> datetime:
        """What the org's clock says."""
        return from_stamp(str(self.status()["time"]))

    def advance_clock(self, by: timedelta) -> datetime:
        """Moves the org's clock; tokens, sessions and assignments grow older with it.

        Returns:
            What it says then.
        """
        return from_stamp(str(self._remote.ask("POST", "clock", {"advance_s": by.total_seconds()})["time"]))

    def set_clock(self, moment: datetime) -> datetime:
        """Sets the org's clock; it goes on from there."""
        return from_stamp(str(self._remote.ask("POST", "clock", {"set": moment.isoformat()})["time"]))
