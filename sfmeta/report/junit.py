"""Drift as JUnit XML, for build servers: one test case per component that the ledger knows.

Source: the JUnit schema of Jenkins' xUnit plugin (testsuites, testsuite, testcase, failure, error, system-out); GitLab
docs, Unit test reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from sfmeta.model.drift import Drift, DriftedComponent, DriftedRecord
from sfmeta.model.names import ComponentId
from sfmeta.report.changes import changes_text
from sfmeta.report.drift import record_values, summary, who_text

_SUITE = "sfmeta drift"
# what XML 1.0 cannot carry; an org's own text may hold it
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def drift_junit(drift: Drift) -> bytes:
    """A failure for each component that drifts, a permission set's grants included; an error for each unknown one."""
    changed = {one.change.id: one for one in drift.components}
    suite = ElementTree.Element("testsuite")
    holders = (ComponentId.of("PermissionSet", name) for name in drift.sets)
    for component in sorted({*drift.compared, *holders}):
        _case(suite, drift, component, changed.get(component))
    counts = {
        "tests": str(len(suite.findall("testcase"))),
        "failures": str(len(suite.findall("testcase/failure"))),
        "errors": str(len(suite.findall("testcase/error"))),
    }
    suite.attrib |= {"name": _clean(f"{drift.org_title} {drift.org_id}"), "timestamp": drift.checked_at.rstrip("Z")}
    suite.attrib |= counts
    _put(suite, "system-out", {}, summary(drift))
    root = ElementTree.Element("testsuites", {"name": _SUITE, **counts})
    root.append(suite)
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data + b"\n"


def begins_junit(head: bytes) -> bool:
    """Whether a file is such a report of some version, by its first 400 bytes."""
    return b"<testsuites " in head and f'name="{_SUITE}"'.encode() in head


def _case(suite: ElementTree.Element, drift: Drift, component: ComponentId, change: DriftedComponent | None) -> None:
    grants = tuple(drift.records_of(component))
    unknown = drift.unreadable.get(component, "")
    if not unknown and drift.unread_records and component.type == "PermissionSet" and component.full_name in drift.sets:
        unknown = f"who holds it is not known: {drift.unread_records}"
    case = _put(suite, "testcase", {"classname": f"drift.{component.type}", "name": str(component)})
    if change or grants:
        text = "\n".join(_lines(change, grants))
        _put(case, "failure", {"message": _message(change, grants), "type": "drift"}, text)
    elif unknown:
        _put(case, "error", {"message": unknown, "type": "unreadable"}, unknown)


def _message(change: DriftedComponent | None, grants: tuple[DriftedRecord, ...]) -> str:
    said = [f"{change.change.kind} since deployment {change.since}"] if change else []
    said += [f"{one.change.id} {one.change.kind}" for one in grants]
    return "; ".join(said)


def _lines(change: DriftedComponent | None, grants: tuple[DriftedRecord, ...]) -> Iterator[str]:
    if change:
        yield changes_text([change.change], lambda text, _color: text)
        yield from (f"    {text}" for text in who_text(change.who))
    for one in grants:
        yield f"{one.change.id} {one.change.kind}: {record_values(one.change)}"
        yield from (f"    {text}" for text in who_text(one.who))


def _put(parent: ElementTree.Element, name: str, attributes: dict[str, str], text: str = "") -> ElementTree.Element:
    clean = {key: _clean(value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, name, clean)
    element.text = _clean(text) or None
    return element


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
