"""The pruned WSDL: small, the same shapes, nothing but WSDLs accepted."""

from __future__ import annotations

import io
from functools import cache
from importlib.metadata import files
from pathlib import Path

import pytest
import zeep
from lxml import etree

from sfmeta.codec.wsdl import WIRE_OPERATIONS, prune_wsdl, wsdl_version
from sfmeta.errors import SourceError
from sfmeta.model.names import ApiVersion

XSD = "{http://www.w3.org/2001/XMLSchema}"


@cache
def full() -> bytes:
    listed = files("simple-salesforce") or []
    return next(Path(str(entry.locate())) for entry in listed if entry.name == "metadata.wsdl").read_bytes()


def definitions(wsdl: bytes) -> dict[tuple[str, str], str]:
    found = {}
    for schema in etree.fromstring(wsdl).iter(f"{XSD}schema"):
        for node in schema.iterchildren(tag=etree.Element):
            text = etree.tostring(node, method="c14n", exclusive=True, with_comments=False).decode()
            found[str(node.tag), node.get("name", "")] = "".join(text.split())
    return found


def test_what_is_kept_is_word_for_word_what_it_was() -> None:
    before, after = definitions(full()), definitions(prune_wsdl(full()))
    assert len(before) > 2000
    assert 40 <= len(after) <= 80
    assert after.items() <= before.items()


def test_every_operation_of_the_wire_is_there_and_no_other() -> None:
    client = zeep.Client(io.BytesIO(prune_wsdl(full())))
    (binding,) = client.wsdl.bindings.values()
    assert set(binding._operations) == WIRE_OPERATIONS


def test_the_version_is_kept() -> None:
    assert wsdl_version(full()) == wsdl_version(prune_wsdl(full())) == ApiVersion(63)


def test_pruning_is_deterministic_and_idempotent() -> None:
    once = prune_wsdl(full())
    assert prune_wsdl(full()) == once
    assert prune_wsdl(once) == once


def test_one_operation_alone() -> None:
    small = prune_wsdl(full(), ["cancelDeploy"])
    assert b"CancelDeployResult" in small
    assert b"DeployOptions" not in small


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html/>",
        b"not xml",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><definitions xmlns='http://schemas.xmlsoap.org/wsdl/'>&b;</definitions>",
        b"<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>",
    ],
)
def test_what_is_no_wsdl(text: bytes) -> None:
    with pytest.raises(SourceError, match="no WSDL of the Metadata API"):
        prune_wsdl(text)
    with pytest.raises(SourceError, match="no WSDL of the Metadata API"):
        wsdl_version(text)


def test_an_operation_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceError, match="readAllMinds"):
        prune_wsdl(full(), ["deploy", "readAllMinds"])
