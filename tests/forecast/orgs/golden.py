"""Cases that people can read: a text for a failure, and a folder for a case that is kept.

A golden folder holds ``seed.yml``, ``policy.yml``, ``expected.txt`` and ``intent.md``: there a person says what it is
about, and nothing here ever writes over that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from sfmeta.config.policy import read_policy
from sfmeta.localorg.seed.format import Seed
from sfmeta.localorg.seed.reader import read_seed
from sfmeta.model.policy import Policy
from tests.forecast.orgs.tries import Client, Tried

GOLDEN = Path(__file__).parents[1] / "golden"
"""Where the folders lie."""


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """A case that is kept.

    Attributes:
        name: its folder's.
        seed: the org.
        policy_text: ``policy.yml``.
        intent: what it is about, in a person's words.
        expected: what was expected when it was kept, line by line.
    """

    name: str
    seed: Seed
    policy_text: str
    intent: str
    expected: str

    @property
    def policy(self) -> Policy:
        """The policy as sfmeta reads it."""
        return read_policy(self.policy_text)


def seed_yaml(seed: Seed) -> str:
    """A seed as its file, without what is the default anyway."""
    return yaml.safe_dump(_plain(seed), sort_keys=False, width=110, default_flow_style=None)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(said) for one in fields(value) if (said := getattr(value, one.name)) != _default(one)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value


def _default(one: Any) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def describe(seed: Seed, policy_text: str = "", tried: Mapping[Client, Tried] | None = None, more: str = "") -> str:
    """An org, a policy and what came of tries, to be read in a failure.

    Args:
        seed: the org.
        policy_text: ``policy.yml``.
        tried: by whom.
        more: what else there is to say.
    """
    parts = [f"--- seed.yml\n{seed_yaml(seed)}"]
    if policy_text:
        parts.append(f"--- policy.yml\n{policy_text}")
    if tried:
        parts.append("--- tries\n" + "\n".join(tried_lines(tried)))
    return "\n".join([*parts, more] if more else parts)


def tried_lines(tried: Mapping[Client, Tried]) -> list[str]:
    """One line for each try, sorted."""
    words = {True: "works", False: "refused"}
    return [
        f"{client}: {words[one.works]}{f' ({one.said})' if one.said else ''}" for client, one in sorted(tried.items())
    ]


def keep(
    name: str, seed: Seed, policy_text: str, expected: Iterable[str], intent: str = "", root: Path = GOLDEN
) -> Path:
    """Writes a case as a folder.

    Args:
        name: of the folder.
        seed: the org.
        policy_text: ``policy.yml``.
        expected: lines.
        intent: for a folder that does not say yet what it is about.
        root: where folders lie.

    Returns:
        The folder.
    """
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "seed.yml": seed_yaml(seed),
        "policy.yml": policy_text,
        "expected.txt": "".join(f"{one}\n" for one in expected),
    }
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
    if not (folder / "intent.md").exists():
        (folder / "intent.md").write_text(f"{intent or 'Say here what this case is about.'}\n", encoding="utf-8")
    return folder


def kept(root: Path = GOLDEN) -> list[GoldenCase]:
    """Every case that is kept, by name."""
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    return [_read(folder) for folder in folders]


def _read(folder: Path) -> GoldenCase:
    seed = read_seed((folder / "seed.yml").read_text(encoding="utf-8"), str(folder / "seed.yml"))
    texts = {file: (folder / file).read_text(encoding="utf-8") for file in ("policy.yml", "intent.md", "expected.txt")}
    return GoldenCase(folder.name, seed, texts["policy.yml"], texts["intent.md"], texts["expected.txt"])
