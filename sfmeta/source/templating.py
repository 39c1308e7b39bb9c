"""Templates: Jinja2 XML files, one per metadata type; a project's own take the place of ours one by one.

What the policy does not say is not defined in a template. Using an undefined value, never using one that the policy
gives, and any mistake in a template are all reported together, with file and line where there is one.
"""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, TemplateError, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.meta import find_referenced_templates, find_undeclared_variables

from sfmeta.errors import Problem, SourceError
from sfmeta.source.template_sandbox import Gaps, Source, sandbox

SUFFIX = ".xml.j2"
TEMPLATES: tuple[str, ...] = (
    "BlacklistedConsumer",
    "ConnectedApp",
    "ConnectedAppSettings",
    "ExternalClientApplication",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
    "PermissionSet",
    "Profile",
)
"""The types that have a template; each file is named after the root element it writes."""


@dataclass(frozen=True, slots=True)
class Use:
    """One template and the values it will get, for the check before anything is rendered.

    Attributes:
        template: its name.
        values: the names the policy gives.
        asked_in: "policy.yml:12", for messages.
    """

    template: str
    values: frozenset[str]
    asked_in: str


class Templates:
    """The templates of one project, ready to render."""

    def __init__(self, overrides: Mapping[str, str], folder: str = "templates") -> None:
        """Compile what there is.

        Args:
            overrides: file name (``ConnectedApp.xml.j2``) -> text, from the project's folder.
            folder: its path, for messages.

        Raises:
            SourceError: with every syntax error and every file that is no known template and is included by none.
        """
        self._sources = {name: Source(f"sfmeta/source/templates/{name}", built_in(name), False) for name in _files()}
        self._sources |= {name: Source(f"{folder}/{name}", text, True) for name, text in sorted(overrides.items())}
        self._gaps = Gaps()
        self._environment = sandbox(self._sources, self._gaps)
        self._trees: dict[str, nodes.Template] = {}
        self._names: dict[str, frozenset[str]] = {}
        problems = [*self._parse(), *self._strangers(overrides)]
        if problems:
            raise SourceError.of(problems, "templates")

    def unused(self, uses: list[Use]) -> list[Problem]:
        """Values that the policy gives and a template never mentions: they would be lost without a word."""
        first: dict[tuple[str, str], str] = {}
        for use in uses:
            for name in use.values - self._names_in(use.template):
                first.setdefault((use.template, name), use.asked_in)
        return [
            Problem(
                f"the template never uses '{name}', which the policy gives ({asked_in})",
                "template-unused",
                self._sources[template + SUFFIX].path,
                hint=f"Write {{{{ {name} }}}} where it belongs, or take the value out of the policy",
            )
            for (template, name), asked_in in sorted(first.items())
        ]

    def render(self, template: str, values: Mapping[str, object]) -> tuple[str, list[Problem]]:
        """One file's text.

        Args:
            template: its name, e.g. ``ConnectedApp``.
            values: what the policy gives; everything is escaped for XML.

        Returns:
            The text, of no use where there are problems; every value that was missing.
        """
        name = template + SUFFIX
        self._gaps.names.clear()
        try:
            text = self._environment.get_template(name).render(values)
        except Exception as error:  # a template is a user's program: it can raise anything
            return "", [self._failure(name, error), *self._missing(name)]
        return text, self._missing(name)

    def path(self, template: str) -> str:
        """The file of a template, for messages."""
        return self._sources[template + SUFFIX].path

    def _parse(self) -> Iterator[Problem]:
        for name, source in self._sources.items():
            try:
                self._trees[name] = self._environment.parse(source.text, name, source.path)
                if source.own:
                    self._environment.get_template(name)  # unknown filters and tests show only here
            except TemplateSyntaxError as error:
                path = self._sources[error.name].path if error.name in self._sources else source.path
                yield Problem(f"not a valid template: {error.message}", "template-syntax", path, error.lineno)
            except TemplateError as error:
                yield Problem(f"not a valid template: {error.message}", "template-syntax", source.path)

    def _strangers(self, overrides: Mapping[str, str]) -> Iterator[Problem]:
        used = {name for tree in self._trees.values() for name in find_referenced_templates(tree)}
        for name in sorted(set(overrides) - set(_files()) - used):
            near = difflib.get_close_matches(name, _files(), n=1)
            hint = f"Did you mean {near[0]}?" if near else "Known: " + ", ".join(_files())
            yield Problem("no metadata type has this template", "template-unknown", self._sources[name].path, hint=hint)

    def _names_in(self, template: str) -> frozenset[str]:
        """Every value a template mentions, and those of the templates it includes."""
        if template not in self._names:
            seen: set[str] = set()
            names: set[str] = set()
            todo: list[str] = [template + SUFFIX]
            while todo:
                name = todo.pop()
                if name in seen or name not in self._trees:
                    continue
                seen.add(name)
                names |= find_undeclared_variables(self._trees[name])
                todo += [part for part in find_referenced_templates(self._trees[name]) if part]
            self._names[template] = frozenset(names)
        return self._names[template]

    def _missing(self, name: str) -> list[Problem]:
        return [
            Problem(message, "template-missing", path, line, hint=self._hint(name, value))
            for value, message in self._gaps.names.items()
            for path, line in [self._line_of(name, value)]
        ]

    def _hint(self, name: str, value: str) -> str:
        ours = find_undeclared_variables(_built_in_tree(name))
        near = [] if value in ours else difflib.get_close_matches(value, ours, n=1)
        if near:
            return f"Did you mean {near[0]}?"
        return f"Guard it with {{% if {value} is defined %}}, or give it in the policy"

    def _line_of(self, name: str, value: str) -> tuple[str, int]:
        """Where a template, or one it includes, first mentions a value."""
        head, _, attribute = value.rpartition(".")
        todo, seen = [name], set[str]()
        while todo:
            current = todo.pop(0)
            if current in seen or current not in self._trees:
                continue
            seen.add(current)
            tree = self._trees[current]
            found = [node.lineno for node in tree.find_all(nodes.Getattr) if head and node.attr == attribute]
            found += [node.lineno for node in tree.find_all(nodes.Name) if not head and node.name == value]
            if found:
                return self._sources[current].path, min(found)
            todo += [part for part in find_referenced_templates(tree) if part]
        return self._sources[name].path, 0

    def _failure(self, name: str, error: Exception) -> Problem:
        path, line = self._sources[name].path, 0
        paths = {source.path for source in self._sources.values()}
        trace = error.__traceback__
        while trace is not None:  # Jinja2 rewrites tracebacks so that they name the template's own lines
            if trace.tb_frame.f_code.co_filename in paths:
                path, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
            trace = trace.tb_next
        if isinstance(error, TemplateNotFound):
            return Problem(f"there is no template '{error.name}' to include", "template-missing", path, line)
        return Problem(f"the template failed: {error}", "template-failed", path, line)


@cache
def built_in(file_name: str) -> str:
    """The text of one of our own templates, out of the package."""
    data = pkgutil.get_data("sfmeta.source", f"templates/{file_name}")
    assert data is not None  # noqa: S101  # it is part of the package
    return data.decode("utf-8")


@cache
def _files() -> tuple[str, ...]:
    return tuple(name + SUFFIX for name in TEMPLATES)


@cache
def _built_in_tree(file_name: str) -> nodes.Template:
    return Environment(autoescape=True).parse(built_in(file_name) if file_name in _files() else "")
