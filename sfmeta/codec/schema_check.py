"""One file against the schema, as lenient as an org is.

Order is never a problem. For the types that decide who may use the API, what an org would refuse is an error; for all
others it is a warning, because files that orgs really gave out break the raw schema in harmless ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from sfmeta.codec.schema_shape import FREE_CONTENT, Field, Shape, Shapes
from sfmeta.codec.schema_values import PLACEHOLDER, expectation
from sfmeta.codec.xml import XSI_NIL
from sfmeta.errors import Problem, Severity
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion
from sfmeta.model.registry import ACCESS_TYPES, by_suffix

ACCESS_ROOTS = frozenset({*ACCESS_TYPES, "ConnectedAppSettings"} - {"Settings"})
"""Root elements of the access family. Of the settings only the two switches' own: real retrieves of the others hold
elements that are newer than the schema, and a warning is all they deserve."""

# Guide, Profile: login hours are removed by an explicit empty element; the ranges have the same empty form.
_CLEARED_BY_EMPTY = frozenset({"loginHours", "loginIpRanges"})


def check(shapes: Shapes, root: Element, file: str, project_version: ApiVersion | None) -> list[Problem]:
    """All that is wrong with one file.

    Args:
        shapes: the schema.
        root: the parsed file.
        file: its path; its name also says which root is expected.
        project_version: of the project, where it has one.

    Returns:
        The problems in reading order.
    """
    schema_version = shapes.table.api_version
    newer = project_version if project_version is not None and project_version > schema_version else None
    run = _Run(shapes, file, root.name in ACCESS_ROOTS, newer)
    wrong = _wrong_root(root, file, run)
    if wrong is not None and shapes.get(root.name) is None:
        return [wrong]
    problems = [] if wrong is None else [wrong]
    shape = shapes.get(root.name)
    if shape is None:
        close = get_close_matches(root.name, shapes.roots, n=1)
        message = f"<{root.name}> is no metadata type of API {schema_version}"
        problems.append(run.unknown(message, root, "schema-unknown-root", close, Severity.WARNING))
        return problems
    problems.extend(_children(root, shape, run))
    problems.sort(key=lambda problem: problem.line)
    return problems


@dataclass(frozen=True, slots=True)
class _Run:
    """What the checks of one file share.

    Attributes:
        strict: whether the file belongs to the access family.
        newer: the project's API version, where it is newer than the schema.
    """

    shapes: Shapes
    file: str
    strict: bool
    newer: ApiVersion | None

    def problem(self, message: str, element: Element, rule: str, hint: str = "") -> Problem:
        severity = Severity.ERROR if self.strict else Severity.WARNING
        return Problem(message, rule, self.file, element.line, hint=hint, severity=severity)

    def unknown(
        self, message: str, element: Element, rule: str, close: list[str], severity: Severity | None = None
    ) -> Problem:
        """Something the schema does not know: no error where the project may know more than the schema."""
        hint = f"Did you mean {close[0]}?" if close else ""
        if self.newer is not None:
            message += f"; the project says API {self.newer}, the schema is {self.shapes.table.api_version}"
            return Problem(message, rule, self.file, element.line, hint=hint, severity=Severity.WARNING)
        found = self.problem(message, element, rule, hint)
        return found if severity is None else Problem(message, rule, self.file, element.line, 0, hint, severity)


def _wrong_root(root: Element, file: str, run: _Run) -> Problem | None:
    """The file's name promises a type; does the root keep it?"""
    name = file.rpartition("/")[2].removesuffix("-meta.xml")
    stem, _, suffix = name.rpartition(".")
    promised = by_suffix().get(suffix, ()) if suffix != "xml" else ()
    if not promised or any(entry.name == root.name for entry in promised):
        return None
    strict = run.strict or any(entry.name in ACCESS_ROOTS for entry in promised)
    expected = " or ".join(entry.name for entry in promised)
    if any(entry.name == "Settings" for entry in promised):
        expected = f"{stem}Settings"
        if root.name == expected:
            return None
        # any settings document at least lies in the right folder; which member it is, the manifest decides
        strict = not root.name.endswith("Settings")
    message = f"the root is <{root.name}>, a .{suffix} file holds <{expected}>"
    severity = Severity.ERROR if strict else Severity.WARNING
    hint = "Rename the file or the root element"
    return Problem(message, "schema-wrong-root", file, root.line, hint=hint, severity=severity)


def _children(parent: Element, shape: Shape, run: _Run) -> Iterator[Problem]:
    if parent.text and not parent.text.isspace():
        yield run.problem(f"<{parent.name}> holds text where elements belong", parent, "schema-wrong-value")
        return
    seen: set[str] = set()
    fields = shape.fields
    for child in parent.children:
        field = fields.get(child.name)
        if field is None:
            close = get_close_matches(child.name, fields, n=1)
            message = f"<{parent.name}> has no element {child.name} in API {run.shapes.table.api_version}"
            yield run.unknown(message, child, "schema-unknown-element", close)
            continue
        if child.name in seen and not field.repeated:
            message = f"{child.name} stands more than once in <{parent.name}>"
            yield run.problem(message, child, "schema-repeated-element", "Keep one of them")
        seen.add(child.name)
        if field.type != "string" or child.children:
            yield from _value(child, field, run)
    if shape.required <= seen:
        return
    if not parent.children and parent.name in _CLEARED_BY_EMPTY:
        return
    for name in sorted(shape.required - seen, key=lambda missing: fields[missing].position):
        message = f"<{parent.name}> misses {name}"
        yield run.problem(message, parent, "schema-missing-element", f"Add <{name}>; the schema requires it")


def _value(element: Element, field: Field, run: _Run) -> Iterator[Problem]:
    if field.type in FREE_CONTENT or (XSI_NIL, "true") in element.attributes:
        return
    shape = run.shapes.get(field.type)
    if shape is not None:
        yield from _children(element, shape, run)
        return
    if element.children:
        yield run.problem(f"{element.name} holds elements where a value belongs", element, "schema-wrong-value")
        return
    text = element.text.strip()
    values = run.shapes.enum(field.type)
    if values:
        # real files hold empty enumerations; an org takes them as unset
        if text and text not in values:
            yield from _wrong_enum(element, text, values, run)
        return
    expected = expectation(field.type, text)
    if not expected:
        return
    if not text or PLACEHOLDER.fullmatch(text):
        yield _soft(element, f"{element.name} is {'empty' if not text else 'a placeholder'}, not {expected}", run)
    else:
        yield run.problem(f"{element.name} is '{_short(text)}', not {expected}", element, "schema-wrong-value")


def _wrong_enum(element: Element, text: str, values: tuple[str, ...], run: _Run) -> Iterator[Problem]:
    if PLACEHOLDER.fullmatch(text):
        yield _soft(element, f"{element.name} is a placeholder", run)
        return
    close = get_close_matches(text, values, n=1)
    message = f"'{_short(text)}' is no value of {element.name} in API {run.shapes.table.api_version}"
    problem = run.unknown(message, element, "schema-wrong-value", close)
    if not problem.hint and len(values) <= 12:
        hint = "One of " + ", ".join(values)
        problem = Problem(message, problem.rule, problem.file, problem.line, 0, hint, problem.severity)
    yield problem


def _soft(element: Element, message: str, run: _Run) -> Problem:
    return Problem(message, "schema-wrong-value", run.file, element.line, severity=Severity.WARNING)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
