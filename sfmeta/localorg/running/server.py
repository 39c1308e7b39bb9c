"""A running local org in this process, on a thread of its own; on loopback unless somebody asks for more."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from sfmeta.localorg.http.addresses import LOOPBACK, host_of
from sfmeta.localorg.running.handle import AppCredentials, Handle
from sfmeta.localorg.running.home import READY_NAME, Home, ready_content, write_ready_file
from sfmeta.localorg.running.preparing import administrator, prepared

if TYPE_CHECKING:
    from sfmeta.localorg.backdoor.control import Control
    from sfmeta.localorg.faults.table import Faults
    from sfmeta.localorg.http.asgi import Application
    from sfmeta.localorg.http.serving import Serving

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
        findings: what ``sfmeta doctor --probe`` found out, for a new org's assumptions; the seed's own come first.

    Attributes:
        warnings: what should be said about how it started.
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
        findings: Path | None = None,
    ) -> None:
        self._findings = findings
        self.warnings: list[str] = []
        self._seed, self._data, self._production = seed, data, production
        self._tls, self._port, self._address, self._ready_file = tls, port, listen, ready_file
        self.stopping = threading.Event()
        self._started = False
        self._written: list[Path] = []
        self._serving: Serving | None = None
        self._application: Application | None = None

    @property
    def _is_running(self) -> bool:
        return self._started

    def _begin(self) -> None:
        """Starts it.

        Raises:
            UsageError: there is no such seed, or ``data`` holds another kind of org.
            SourceError: the seed is wrong.
            OperationFailed: the directory or the port cannot be used.
        """
        self._home = Home(self._data)
        try:
            self.state = self._home.open_state()
            try:
                self._admin, self.warnings = prepared(
                    self.state, self._home, self._seed, production=self._production, findings=self._findings
                )
                self._token = self._home.secret("control_token")
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
        # here, because making keys goes on meanwhile: see `prepared`
        from sfmeta.localorg.app import Doors
        from sfmeta.localorg.faults.table import Faults
        from sfmeta.localorg.http.asgi import Application
        from sfmeta.localorg.http.serving import Serving, listen
        from sfmeta.localorg.http.tls import server_context

        context, authority = server_context(self._home.tls, self._address) if self._tls else (None, None)
        sock = listen(self._address, port)
        self._port = sock.getsockname()[1]
        faults = Faults()
        doors = Doors(self.state, lambda: self._control(faults))
        self._application = Application(self.state, doors.answer, faults)
        url = f"{'https' if self._tls else 'http'}://{host_of(self._address)}:{self._port}"
        self._known(
            ready_content(
                url, self._address, self.state.org.id, str(authority or ""), self._token, self._admin, os.getpid()
            )
        )
        self._serving = Serving(self._application, sock, context, f"local org {self.org_id}")
        self._serving.begin()

    def _control(self, faults: Faults) -> Control:
        from sfmeta.localorg.backdoor.control import Control
        from sfmeta.localorg.backdoor.table import control_table

        table = control_table(self.stopping.set, faults, self._home.keys, self._administrator)
        return Control(self.state, self._token, table)

    def _administrator(self) -> Mapping[str, str]:
        """The administrator's way in with a session that lives; a new one stands in the ready files, too."""
        with self.state.lock:
            admin = administrator(self.state, self._home)
            if admin != self._admin:
                self._admin = admin
                self._ready = {**self._ready, "admin": asdict(admin)}
                for file in self._written:
                    write_ready_file(file, self.ready())
        return asdict(admin)

    def _end_serving(self) -> None:
        if self._serving is not None:
            self._serving.end()
        if self._application is not None:
            self._application.close()

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
