"""A project in memory, and the schema of the WSDL that simple-salesforce ships."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import pytest

from sfmeta.codec.schema import Schema, compile_table
from sfmeta.config.policy import read_policy
from sfmeta.ops.generate import GenerateRequest, GenerateResult, generate
from sfmeta.workspace.cache import shipped_wsdl

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class MemoryTree:
    """Files by path; remembers what was written."""

    files: dict[str, bytes] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    def paths(self, below: Iterable[str] = ()) -> Iterable[str]:
        tops = tuple(below) or ("force-app/main",)
        return sorted(path for path in self.files if path.startswith(tuple(f"{top}/" for top in tops)))

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def write_together(self, files: Mapping[str, bytes]) -> None:
        self.written += sorted(files)
        self.files |= files


Generate = Callable[..., GenerateResult]


@cache
def the_schema() -> Schema:
    """For tests that hypothesis runs: a fixture would be shown with every example."""
    return Schema.load(compile_table(shipped_wsdl().read_bytes()))


@pytest.fixture(scope="session")
def schema() -> Schema:
    return the_schema()


@pytest.fixture
def run(schema: Schema) -> Generate:
    """Generate from a policy's text into a tree."""

    def run(policy: str, tree: MemoryTree | None = None, *, check: bool = False) -> GenerateResult:
        target = MemoryTree() if tree is None else tree
        return generate(GenerateRequest(read_policy(policy), target, schema, NOW, check=check))

    return run


def tree_of(files: Mapping[str, str]) -> MemoryTree:
    return MemoryTree({path: text.encode() for path, text in files.items()})
