"""All that can be known to be wrong with metadata files without asking an org."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sfmeta.codec import xml
from sfmeta.codec.schema import Schema
from sfmeta.errors import Problem, Severity, SourceError
from sfmeta.model.component import Component, Entry
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.registry import CHILD_TYPES, Shape, by_suffix
from sfmeta.source.cross_references import Files, cross_check
from sfmeta.source.manifest import DESTRUCTIVE_FILES, PACKAGE_XML, Manifest, read_manifest
from sfmeta.source.package import doubles
from sfmeta.source.paths import META, known_directory, parts_of
from sfmeta.source.placement import Placed, homeless, is_component_file, place_one

_PRIVATE_KEY = b"PRIVATE KEY-----"


def validate(
    entries: Iterable[Entry],
    schema: Schema | None = None,
    *,
    project_version: ApiVersion | None = None,
    manifest: Manifest | None = None,
    manifest_file: str = PACKAGE_XML,
) -> tuple[Problem, ...]:
    """Every problem of a set of files: form, schema, rules between elements and files, the manifest.

    Args:
        entries: files in either format, also lone ones outside any metadata folder; a manifest among them is checked
            against the others.
        schema: the schema to check with; None leaves that part out.
        project_version: of the project; newer than the schema, it makes unknown elements warnings.
        manifest: what the files are meant to hold, where that is not a file among ``entries``.
        manifest_file: its path, for messages.

    Returns:
        The problems in reading order. Files that orgs really gave out have warnings at most.
    """
    run = _Run()
    for entry in entries:
        run.read(entry)
    if schema is not None:
        for component in run.all():
            run.problems.extend(schema.check(component.content, component.file, project_version))
    files = Files.of(run.components)
    for component in run.all():
        run.problems.extend(cross_check(component, files))
    run.problems.extend(doubles(run.placed))
    manifests = [*run.manifests, *([(manifest_file, manifest)] if manifest is not None else [])]
    for path, found in manifests:
        run.problems.extend(_against(found, path, run))
    return tuple(sorted(set(run.problems), key=lambda problem: problem.sort_key))


@dataclass(slots=True)
class _Run:
    """What has been read so far.

    Attributes:
        components: parsed documents by the name of their root.
        placed: every file that belongs to a component.
        manifests: those among the files, with their paths.
        problems: all of them.
    """

    components: dict[str, list[Component]] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    manifests: list[tuple[str, Manifest]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def all(self) -> Iterator[Component]:
        """Every parsed document."""
        for components in self.components.values():
            yield from components

    def read(self, entry: Entry) -> None:
        """Take in one file."""
        path = entry.path
        name = parts_of(path)[-1]
        try:
            if name == PACKAGE_XML:
                self.manifests.append((path, read_manifest(entry.read(), path)))
                return
            if name in DESTRUCTIVE_FILES:
                read_manifest(entry.read(), path)
                return
            if not is_component_file(path):
                return
            placed = place_one(entry)
            if placed is not None:
                self.placed.append(placed)
            self._read_content(entry, placed)
        except SourceError as error:
            self.problems.extend(error.problems)

    def _read_content(self, entry: Entry, placed: Placed | None) -> None:
        if placed is None:
            problem = homeless(entry.path)
            # a lone file may be checked wherever it lies; in a type's own folder it is in a package's way
            self.problems.append(problem if known_directory(entry.path) else replace(problem, severity=_WARNING))
        data = entry.read()
        if _PRIVATE_KEY in data:
            line = data.count(b"\n", 0, data.index(_PRIVATE_KEY)) + 1
            hint = "Remove it and make a new key pair: it may have been seen"
            self.problems.append(
                Problem("a private key stands in a file", "secret-in-file", entry.path, line, hint=hint)
            )
        if not _is_document(entry.path, placed):
            return
        root = xml.parse(data, entry.path)
        name = entry.path.rpartition("/")[2].removesuffix(META).partition(".")[0]
        id_ = ComponentId.of(root.name, name) if placed is None else placed.id
        self.components.setdefault(root.name, []).append(Component(id_, root, entry.path))


_WARNING = Severity.WARNING


def _is_document(path: str, placed: Placed | None) -> bool:
    """Whether a file holds metadata as XML, and not content."""
    if placed is not None and placed.location.type.shape in (Shape.FILE, Shape.DECOMPOSED):
        return True
    if path.endswith(META):
        return True
    if placed is not None:
        return False
    suffix = path.rpartition(".")[2]
    return suffix == "xml" or any(entry.shape is Shape.FILE for entry in by_suffix().get(suffix, ()))


def _against(manifest: Manifest, path: str, run: _Run) -> Iterator[Problem]:
    """A manifest and the files, both ways."""
    held = {item.id for item in run.placed} | {item.location.id for item in run.placed}
    wildcards = {component.type for component in manifest.components if component.full_name == "*"}
    named = set(manifest.components)
    lines = manifest.lines or (0,) * len(manifest.components)
    inside: set[ComponentId] | None = None
    for component, line in zip(manifest.components, lines, strict=True):
        if component.full_name == "*" or component in held:
            continue
        if component.type in CHILD_TYPES:
            inside = _parts(run) if inside is None else inside
            if component in inside:
                continue
        message = f"{component} is named here, and no file holds it"
        yield Problem(message, "manifest-missing-file", path, line, hint="Add the file, or remove the member")
    for item in sorted(run.placed, key=lambda item: item.entry.path):
        if {item.id, item.location.id} & named or {item.id.type, item.location.type.name} & wildcards:
            continue
        if item.is_part and any(other.type == item.location.type.name for other in named):
            continue  # its object is named, and carries it
        message = f"{item.id} is not named in {path}"
        hint = "Name it in the manifest, or leave the file out"
        yield Problem(message, "manifest-unnamed-file", item.entry.path, 0, 0, hint, _WARNING)


def _parts(run: _Run) -> set[ComponentId]:
    """The components that are elements of other components' files."""
    found = set()
    for type_name, (parent, element) in CHILD_TYPES.items():
        for component in run.components.get(parent, ()):
            for child in component.content.all(element):
                name = child.value("fullName") or ""
                # custom labels are named alone, parts of an object or a workflow by their owner too
                full_name = name if parent == "CustomLabels" else f"{component.id.full_name}.{name}"
                found.add(ComponentId.of(type_name, full_name))
    return found
