"""A running local org in this process, on a thread of its own; on loopback unless somebody asks for more."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sfmeta.errors import UsageError
from sfmeta.localorg.app import Doors
from sfmeta.localorg.apps import app_by_key
from sfmeta.localorg.asgi import Application
from sfmeta.localorg.caller import Door
from sfmeta.localorg.control import Control
from sfmeta.localorg.control_table import control_table
from sfmeta.localorg.doors.gate import Login, log_in
from sfmeta.localorg.doors.sessions import find_session
from sfmeta.localorg.faults.table import Faults
from sfmeta.localorg.handle import AppCredentials, Handle
from sfmeta.localorg.home import READY_NAME, Admin, Home, ready_content, write_ready_file
from sfmeta.localorg.keys import key_file
from sfmeta.localorg.seed.loader import ADMIN_APP, plant
from sfmeta.localorg.seed.reader import load_seed
from sfmeta.localorg.serving import LOOPBACK, Serving, host_of, listen
from sfmeta.localorg.state import State
from sfmeta.localorg.tls import server_context

__all__ = ["AppCredentials", "LocalOrg"]


class LocalOrg(Handle):
    """A local org. ``with LocalOrg(seed="acme") as org:`` starts one for the time of the block.

    Args:
        seed: what a new org holds: ``empty``, ``acme`` or a file. One that is already in ``data`` stays.
        data: where it keeps everything; None keeps it in memory, for this process only.
        production: a new org is no sandbox.
        tls: speak https, with a certificate signed by ``ca_file``.
        port: 0 takes a free one.
        listen: the address to listen at; any but a loopback address opens the org to others.
        ready_file: written once the org listens, besides ``ready.json`` in ``data``; gone when it stops.

    Attributes:
        state: its memory, for tests in the same process.
        stopping: set when somebody asked it to stop.
    """

    def __init__(
        self,
        seed: str = "acme",
        data: Path | None = None,
        production: bool = False,
        *,
        tls: bool = False,
        port: int = 0,
        listen: str = LOOPBACK,
        ready_file: Path | None = None,
    ) -> None:
        self._seed, self._data, self._production = seed, data, production
        self._tls, self._port, self._address, self._ready_file = tls, port, listen, ready_file
        self.stopping = threading.Event()
        self._started = False
        self._written: list[Path] = []
        self._serving: Serving | None = None
        self._application: Application | None = None

    @classmethod
    def start(
        cls,
        seed: str = "acme",
        data: Path | None = None,
        production: bool = False,
        *,
        tls: bool = False,
        port: int = 0,
        listen: str = LOOPBACK,
        ready_file: Path | None = None,
    ) -> Self:
        """Starts an org and returns once it answers; the arguments are those of the class.

        Raises:
            UsageError: there is no such seed, or ``data`` holds another kind of org.
            SourceError: the seed is wrong.
            OperationFailed: the directory or the port cannot be used.
        """
        org = cls(seed, data, production, tls=tls, port=port, listen=listen, ready_file=ready_file)
        org._begin()
        return org

    def _begin(self) -> None:
        self._home = Home(self._data)
        try:
            self.state = self._home.open_state()
            try:
                _prepare(self.state, self._home, self._seed, production=self._production)
                self._token = self._home.secret("control_token")
                self._admin = _admin(self._home, self.state)
                self._serve(self._port)
                for file in (self._home.path / READY_NAME, self._ready_file):
                    if file is not None:
                        write_ready_file(file.absolute(), self.ready())
                        self._written.append(file.absolute())
            except BaseException:
                self._end_serving()
                self._take_back()
                self.state.close()
                raise
        except BaseException:
            self._home.close()
            raise
        self._started = True

    def _serve(self, port: int) -> None:
        context, authority = server_context(self._home.tls, self._address) if self._tls else (None, None)
        sock = listen(self._address, port)
        self._port = sock.getsockname()[1]
        faults = Faults()
        control = Control(self.state, self._token, control_table(self.stopping.set, faults, self._home.keys))
        self._application = Application(self.state, Doors(self.state, control).answer, faults)
        url = f"{'https' if self._tls else 'http'}://{host_of(self._address)}:{self._port}"
        self._known(
            ready_content(
                url, self._address, self.state.org.id, str(authority or ""), self._token, self._admin, os.getpid()
            )
        )
        self._serving = Serving(self._application, sock, context, f"local org {self.org_id}")
        self._serving.begin()

    def _end_serving(self) -> None:
        if self._serving is not None:
            self._serving.end()
        if self._application is not None:
            self._application.close()

    def ready(self) -> dict[str, Any]:
        """What the ready file says."""
        return ready_content(
            self.url, self._address, self.org_id, self.ca_file, self.control_token, self.admin, self.pid
        )

    def restart(self) -> None:
        """Ends all connections and serves again at the same URL; what the org holds stays, faults are gone."""
        self._end_serving()
        self._serve(self._port)

    def stop(self) -> None:
        """Stops it. What it holds in ``data`` stays; calling it twice does no harm."""
        if not self._started:
            return
        self._started = False
        self._end_serving()
        self._take_back()
        self.state.close()
        self._home.close()

    def _take_back(self) -> None:
        for file in self._written:
            file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        if not self._started:
            self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


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
