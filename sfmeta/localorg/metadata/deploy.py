"""A deployment: the zip opened, each component checked against the org as it is at that point, and put into it.

All happens in one transaction. A check-only run, and a failed one that rolls back, end by undoing it; so rules need no
second notion of what is there or in the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sfmeta.localorg.audit import Line, note_all
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.apex.runs import run_tests
from sfmeta.localorg.metadata.apex.sources import CLASS, TRIGGER
from sfmeta.localorg.metadata.conformity import Conformity
from sfmeta.localorg.metadata.deletions import delete_components
from sfmeta.localorg.metadata.deploy_options import NO_TESTS, DeployOptions
from sfmeta.localorg.metadata.descriptions import description_problems
from sfmeta.localorg.metadata.effects import trail
from sfmeta.localorg.metadata.layout import MAX_NAME, META, is_known_type, is_name, parent_of
from sfmeta.localorg.metadata.manifest import (
    DESTRUCTIVE,
    DESTRUCTIVE_POST,
    DESTRUCTIVE_PRE,
    PACKAGE_XML,
    Manifest,
    major_version,
    read_manifest,
)
from sfmeta.localorg.metadata.messages import Message, Outcome
from sfmeta.localorg.metadata.package import Component, PackageFiles, holds_child, is_named, packages_in
from sfmeta.localorg.metadata.parts import told_of_parts
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, problem
from sfmeta.localorg.metadata.rules.table import rules_of, since
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node, XmlError, many_nodes, parse
from sfmeta.localorg.metadata.zipfiles import Archive
from sfmeta.localorg.state import State, Undo
from sfmeta.localorg.versions import MAXIMUM, MINIMUM

OLDEST_API, NEWEST_API = MINIMUM, MAXIMUM
_APEX = (CLASS, TRIGGER)


def deploy(state: State, archive: Archive, options: DeployOptions, author: str, level: str = NO_TESTS) -> Outcome:
    """Runs a deployment to its end.

    Args:
        state: the org.
        archive: the zip.
        options: what was asked for.
        author: the id of the user who deploys.
        level: which Apex tests run once all components are in.
    """
    outcome = Outcome()
    with state.undoable(), many_nodes():
        effects.adopt(state)
        for package in packages_in(archive, options.single_package):
            _Run(state, package, options, author, outcome).run()
        if not (outcome.errors and options.rollback_on_error):
            outcome.tests = run_tests(state, level, options.run_tests, outcome.apex)
        if options.check_only or (options.rollback_on_error and outcome.status(True) != "Succeeded"):
            raise Undo
    return outcome


@dataclass(slots=True)
class _Run:
    """One package on its way into the org."""

    state: State
    package: PackageFiles
    options: DeployOptions
    author: str
    outcome: Outcome
    _parents: dict[str, Node | None] = field(default_factory=dict)
    _trail: list[Line] = field(default_factory=list)

    def run(self) -> None:
        """Deletions, additions, deletions, in the order of the manifests' names."""
        if PACKAGE_XML not in self.package.descriptors:
            self._fail(PACKAGE_XML, PACKAGE_XML, "", problem("no-package-xml"))
            return
        manifest = self._manifest(PACKAGE_XML)
        if manifest is None:
            return
        context = Context(
            self.state,
            major_version(manifest.version, NEWEST_API),
            self.author,
            self.package.components.keys(),
        )
        for name in (DESTRUCTIVE_PRE, DESTRUCTIVE):
            self._delete(name, context)
        self._add(manifest, context)
        self._delete(DESTRUCTIVE_POST, context)

    def _manifest(self, name: str) -> Manifest | None:
        try:
            root = parse(self.package.read(name))
        except XmlError as error:
            wrong = problem("manifest-malformed", problem=error.problem)
            self._fail(name, name, "", wrong._replace(line=error.line, column=error.column))
            return None
        found = list(Conformity(salesforce_schema(), since).problems(root, "Package", OLDEST_API))
        if name != PACKAGE_XML:
            # deletions need no version (Metadata API guide, meta_deploy_deleting_files)
            found = [one for one in found if one.rule != "element-missing"]
        manifest = read_manifest(root)
        version = major_version(manifest.version, 0)
        if not found and name == PACKAGE_XML and not OLDEST_API <= version <= NEWEST_API:
            found.append(problem("package-version", root, version=manifest.version))
        for one in found:
            self._fail(name, name, "", one)
        if found:
            return None
        self.outcome.messages.append(Message(self.package.root + name, name))
        return manifest

    def _delete(self, name: str, context: Context) -> None:
        manifest = self._manifest(name) if name in self.package.descriptors else None
        if manifest is not None:
            messages = delete_components(manifest, context, self.package.root + name, self.options.ignore_warnings)
            self.outcome.total += len(messages)
            self.outcome.messages += messages

    def _add(self, manifest: Manifest, context: Context) -> None:
        self.outcome.total += len(self.package.components)
        for type_name, member in manifest.pairs():
            self._check_member(type_name, member)
        for type_name in (name for name, members in manifest.members.items() if "*" in members):
            if not is_known_type(type_name):
                self._fail(PACKAGE_XML, type_name, "", problem("unknown-type-name", type=type_name))
        order = sorted(self.package.components.values(), key=lambda one: (rules_of(one.type).order, one.paths))
        for component in order:
            if not is_name(component.full_name):
                wrong = problem("crud-name", name=component.full_name[:80])
                self._fail(component.main_path, component.full_name[:MAX_NAME], component.type, wrong)
            elif not is_named(manifest, component):
                self._fail(component.main_path, component.full_name, component.type, problem("not-named"))
            elif component.is_document:
                self._document(component, context)
            else:
                self._content(component, context)
        if self.author:
            note_all(self.state, self.author, self._trail)
            self._trail.clear()

    def _check_member(self, type_name: str, member: str) -> None:
        if not is_known_type(type_name):
            self._fail(PACKAGE_XML, member, "", problem("unknown-type-name", type=type_name))
        elif (type_name, member) not in self.package.components and not self._is_child(type_name, member):
            if self.options.allow_missing_files:
                return
            self.outcome.total += 1
            self._fail(PACKAGE_XML, member, "", problem("named-not-in-zip", name=member, type=type_name))

    def _is_child(self, type_name: str, member: str) -> bool:
        place = parent_of(type_name, member)
        parent = self.package.components.get(place[:2]) if place else None
        if place is None or parent is None:
            return False
        if parent.main_path not in self._parents:
            try:
                self._parents[parent.main_path] = parse(self.package.read(parent.main_path))
            except XmlError:
                self._parents[parent.main_path] = None  # told about the parent's file
        document = self._parents[parent.main_path]
        return document is None or holds_child(document, place[2], place[3]) is not None

    def _document(self, component: Component, context: Context) -> None:
        try:
            document = parse(self.package.read(component.main_path))
        except XmlError as error:
            wrong = problem("xml-malformed", problem=error.problem)._replace(line=error.line, column=error.column)
            self._fail(component.main_path, component.full_name, component.type, wrong)
            return
        found = list(self._problems(component, document, context))
        for one in found:
            self._fail(component.main_path, component.full_name, self._shown_type(component, document), one)
        if found:
            return
        merged = rules_of(component.type).merged(component.full_name, document, context)
        stored, before, after = effects.replace(
            self.state, component.type, component.full_name, merged, author=self.author
        )
        self._trail += trail.lines(component.type, stored.full_name, before, after)
        file_name = self.package.root + component.main_path
        parts = list(told_of_parts(component.type, component.full_name, file_name, document, before))
        self.outcome.total += len(parts)
        self.outcome.messages += parts
        self.outcome.messages.append(
            Message(
                file_name,
                component.full_name,
                self._shown_type(component, document),
                stored.id,
                created=before is None,
                changed=before != after,
            )
        )

    def _problems(self, component: Component, document: Node, context: Context) -> Iterator[Problem]:
        rules = rules_of(component.type)
        schema = salesforce_schema()
        root = rules.root(component.full_name) or component.type
        if schema.fields(root) is not None:
            shape = list(Conformity(schema, since).problems(document, root, context.api_version))
            yield from shape
            if shape:
                return
        yield from rules.problems(component.full_name, document, context)

    @staticmethod
    def _shown_type(component: Component, document: Node) -> str:
        # messages about settings name the root's type (source-deploy-retrieve 12.37.2 expects it)
        return document.name if component.type == "Settings" else component.type

    def _content(self, component: Component, context: Context) -> None:
        files = {path: self.package.read(path) for path in component.paths}
        failed = False
        for path in (path for path in files if path.endswith(META)):
            checked = description_problems(component.type, component.full_name, files[path], context.api_version)
            for wrong in checked:
                self._fail(path, component.full_name, component.type, wrong)
                failed = True
        if failed:
            return
        store = Components(self.state)
        before = store.files(component.type, component.full_name)
        stored = store.put(component.type, component.full_name, files, author=self.author)
        if component.type in _APEX:
            self.outcome.apex.append((component.type, component.full_name))
        self.outcome.messages.append(
            Message(
                self.package.root + component.main_path,
                component.full_name,
                component.type,
                stored.id,
                created=not before,
                changed=before != files,
            )
        )

    def _fail(self, path: str, full_name: str, type_name: str, wrong: Problem) -> None:
        name = self.package.root + path
        self.outcome.messages.append(Message(name, full_name, type_name, problem=wrong, success=False))
