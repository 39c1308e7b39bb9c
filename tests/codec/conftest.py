"""The schema of the WSDL that simple-salesforce ships, read once."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from sfmeta.codec.schema import Schema, compile_table


@pytest.fixture(scope="session")
def wsdl() -> bytes:
    spec = importlib.util.find_spec("simple_salesforce")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return (Path(spec.submodule_search_locations[0]) / "metadata.wsdl").read_bytes()


@pytest.fixture(scope="session")
def table(wsdl: bytes) -> bytes:
    return compile_table(wsdl)


@pytest.fixture(scope="session")
def schema(table: bytes) -> Schema:
    return Schema.load(table)
