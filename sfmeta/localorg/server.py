"""A running local org: in this process on a thread of its own, on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
import uvicorn

from sfmeta.errors import OperationFailed, UsageError
from sfmeta.localorg.app import Application
from sfmeta.localorg.apps import all_apps, app_by_key
from sfmeta.localorg.caller import Door
from sfmeta.localorg.control import Control
from sfmeta.localorg.control_table import control_table
from sfmeta.localorg.doors.gate import Login, log_in
from sfmeta.localorg.doors.sessions import find_session
from sfmeta.localorg.faults.table import Faults
from sfmeta.localorg.home import READY_NAME, Admin, Home, ready_content, write_ready_file
from sfmeta.localorg.keys import key_file, write_private
from sfmeta.localorg.records import Record
from sfmeta.localorg.seed.loader import ADMIN_APP, plant
from sfmeta.localorg.seed.reader import load_seed
from sfmeta.localorg.state import State
from sfmeta.localorg.wire import MOST_HEAD_BYTES, Wire

_START_TIMEOUT_S = 20
_STOP_TIMEOUT_S = 10
_BACKLOG = 2048  # the sf CLI opens hundreds of connections at once (observed with 2.146.3)


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


class LocalOrg:
    """A running org. Use ``LocalOrg.start``, as a context manager or with ``stop``.

    Attributes:
        url: where it listens, without a trailing slash.
        org_id: 18 characters.
        admin: how to come in.
        state: its memory, for tests in the same process.
        ca_file: the authority that signed its TLS certificate, "" without TLS.
        control_token: opens ``/_local``.
        stopping: set when somebody asked it to stop.
        faults: what goes wrong on demand.
    """

    def __init__(self, home: Home, state: State, port: int, *, tls: bool) -> None:
        self._home = home
        self.state = state
        self.org_id = state.org.id
        self.control_token = home.secret("control_token")
        self.stopping = threading.Event()
        self._ready_files: list[Path] = []
        context, self.ca_file = _tls(home) if tls else (None, "")
        self.admin = _admin(home, state)
        sock = _listen(port)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{sock.getsockname()[1]}"
        self.faults = Faults()
        control = Control(state, self.control_token, control_table(self.stopping.set, self.faults))
        self._server = _Server(
            uvicorn.Config(
                Application(state, control, self.faults),
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                http=Wire,
                h11_max_incomplete_event_size=MOST_HEAD_BYTES,
                loop="asyncio",
                backlog=_BACKLOG,
                server_header=False,
                date_header=False,  # its value is kept up to date by the loop that `_Server` replaces
                timeout_graceful_shutdown=2,
            ),
            context,
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [sock]}, name=f"local org {self.org_id}", daemon=True
        )

    @classmethod
    def start(
        cls,
        seed: str = "acme",
        data: Path | None = None,
        production: bool = False,
        *,
        tls: bool = False,
        port: int = 0,
        ready_file: Path | None = None,
    ) -> Self:
        """Starts an org and returns once it answers.

        Args:
            seed: what a new org holds: ``empty``, ``acme`` or a file. One that is already in ``data`` stays.
            data: where it keeps everything; None keeps it in memory, for this process only.
            production: a new org is no sandbox.
            tls: speak https, with a certificate signed by ``ca_file``.
            port: 0 takes a free one.
            ready_file: written once the org listens, besides ``ready.json`` in ``data``; gone when it stops.

        Raises:
            UsageError: there is no such seed, or ``data`` holds another kind of org.
            SourceError: the seed is wrong.
            OperationFailed: the directory or the port cannot be used.
        """
        home = Home(data)
        state: State | None = None
        org: Self | None = None
        try:
            state = home.open_state()
            _prepare(state, home, seed, production=production)
            org = cls(home, state, port, tls=tls)
            org._run()
            for file in (home.path / READY_NAME, ready_file):
                if file is not None:
                    write_ready_file(file.absolute(), org.ready())
                    org._ready_files.append(file.absolute())
        except BaseException:
            if org is not None:
                org.stop()
            if state is not None:
                state.close()
            home.close()
            raise
        return org

    def _run(self) -> None:
        self._thread.start()
        if not self._server.answers.wait(_START_TIMEOUT_S):
            raise OperationFailed("the local org did not start")

    def ready(self) -> dict[str, Any]:
        """What the ready file says."""
        return ready_content(self.url, self.org_id, self.ca_file, self.control_token, self.admin)

    def app(self, label: str) -> AppCredentials:
        """The credentials of an app by its label, installed here or not.

        Raises:
            LookupError: there is no such app.
        """
        with self.state.lock:
            records: list[Record] = [app.record for app in all_apps(self.state)] + self.state.records.find("ForeignApp")
        for record in records:
            if label in (record["Name"], record["MasterLabel"]):
                file = key_file(self._home.keys, record.text("DeveloperName"))
                key = file if record.text("DeveloperName") and file.exists() else None
                return AppCredentials(record.text("ConsumerKey"), record.text("ConsumerSecret"), key)
        raise LookupError(label)

    def stop(self) -> None:
        """Stops it. What it holds in ``data`` stays; calling it twice does no harm."""
        self._server.end()
        if self._thread.is_alive():
            self._thread.join(_STOP_TIMEOUT_S)
        for file in self._ready_files:
            file.unlink(missing_ok=True)
        self.state.close()
        self._home.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """A server that says when it answers, and takes a ready TLS context."""

    def __init__(self, config: uvicorn.Config, context: ssl.SSLContext | None) -> None:
        super().__init__(config)
        self.answers = threading.Event()
        config.load()
        config.ssl = context

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self.answers.set()

    async def main_loop(self) -> None:
        # uvicorn's own looks ten times a second whether it should end; this one is told
        await self._ended.wait()

    def end(self) -> None:
        """Ends the server, from any thread; calling it twice does no harm."""
        self.should_exit = True
        if self.answers.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if not self.server_state.tasks:
            # a client that keeps its TLS connection open would make an orderly goodbye wait for its own
            for connection in list(self.server_state.connections):
                transport = getattr(connection, "transport", None)
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
        await super().shutdown(sockets)


def _prepare(state: State, home: Home, seed: str, *, production: bool) -> None:
    if not state.org.id:
        chosen = load_seed(seed)
        plant(state, chosen, production=production, keys=home.keys)
        state.set_fact("admin", chosen.admin.lower())
    elif production and not state.org.is_production:
        hint = "Give another --data for a production org, or leave --production out"
        raise UsageError(f"{home.path} holds a sandbox", hint)


def _admin(home: Home, state: State) -> Admin:
    """The administrator's way in; the session is the one from before, or a new one where that ended."""
    username = str(state.fact("admin", ""))
    user = state.records.first("User", Username=username) if username else None
    app = app_by_key(state, ADMIN_APP.consumer_key)
    if user is None or app is None:
        return Admin("", "", "", "", "")
    token = home.kept("access_token")
    if find_session(state, token) is None:
        login = log_in(state, user, app, Door.OAUTH_JWT)
        token = login.token if isinstance(login, Login) else ""
        home.keep("access_token", token)
    private_key = key_file(home.keys, ADMIN_APP.developer_name)
    return Admin(username, user.text("Password"), token, app.consumer_key, str(private_key))


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is given: without it every answer takes 40 ms longer
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        sock.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise OperationFailed(f"port {port} cannot be used: {reason}", "Give another --port, or 0") from error
    return sock


def _tls(home: Home) -> tuple[ssl.SSLContext, str]:
    """A context and the file of the authority; both stay the same over restarts."""
    chain, authority = home.tls / "server.pem", home.tls / "ca.pem"
    if not chain.exists():
        home.tls.mkdir(mode=0o700, exist_ok=True)
        ca = trustme.CA()
        leaf = ca.issue_cert("127.0.0.1", "localhost")
        write_private(authority, ca.cert_pem.bytes())
        write_private(chain, leaf.private_key_and_cert_chain_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, str(authority)
