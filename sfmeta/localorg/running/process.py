"""A local org in a process of its own: for tests that kill it, or that must not share an interpreter with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sfmeta.errors import OperationFailed
from sfmeta.localorg.http.addresses import LOOPBACK
from sfmeta.localorg.running.handle import Handle

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 20.0
_LOOK_EVERY_S = 0.01


class LocalOrgProcess(Handle):
    """``with LocalOrgProcess(seed="acme") as org:`` starts ``sfmeta localorg start`` for the time of the block.

    Args:
        seed: what a new org holds: ``empty``, ``acme`` or a file.
        data: where it keeps everything over restarts; None keeps it in the process's memory.
        production: a new org is no sandbox.
        tls: speak https.
        port: 0 takes a free one.
        listen: the address to listen at.
        ready_file: besides the one that this object reads.
        findings: what ``sfmeta doctor --probe`` found out, for a new org's assumptions.
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
        self._options = ["--seed", seed, "--listen", listen]
        self._options += ["--data", str(data)] if data else []
        self._options += ["--production"] if production else []
        self._options += ["--tls"] if tls else []
        self._options += ["--findings", str(findings)] if findings else []
        self._data, self._port, self._copy = data, port, ready_file
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def _is_running(self) -> bool:
        return self._process is not None

    def _begin(self) -> None:
        """Starts it.

        Raises:
            OperationFailed: it did not start; the message is what it said.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="sfmeta-localorg-")
        folder = Path(self._folder.name)
        ready_file, said = folder / "ready.json", folder / "said.txt"
        command = [sys.executable, "-m", "sfmeta", "localorg", "start", "--quiet"]
        command += [*self._options, "--port", str(self._port), "--ready-file", str(ready_file)]
        with said.open("wb") as sink:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        try:
            ready = _awaited(self._process, ready_file, said)
        except BaseException:
            self.kill()
            raise
        self._known(ready)
        self._port = int(self.url.rpartition(":")[2])
        if self._copy is not None:
            self._copy.write_text(json.dumps(ready))

    def stop(self) -> None:
        """Ends it in order. What it holds in ``data`` stays; calling it twice does no harm."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it as a power cut would; ``start`` with the same ``data`` finds all that was done."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kills it and starts it again at the same URL.

        Raises:
            OperationFailed: it keeps nothing: give ``data``.
        """
        if self._data is None:
            raise OperationFailed("an org in memory cannot be started again", "Give data, a directory")
        self.kill()
        self._begin()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            os.kill(process.pid, number)
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        if self._copy is not None:
            self._copy.unlink(missing_ok=True)


def _awaited(process: subprocess.Popen[bytes], ready_file: Path, said: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if ready_file.exists():
            ready: dict[str, Any] = json.loads(ready_file.read_bytes())
            return ready
        if process.poll() is not None:
            raise OperationFailed(f"the local org did not start: {said.read_text(errors='replace').strip()}")
        time.sleep(_LOOK_EVERY_S)
    raise OperationFailed("the local org did not start in time")
