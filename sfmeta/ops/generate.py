"""``generate``: policy and templates to files. Everything is worked out first; only then is anything written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sfmeta.access.components import SWITCHES, components_for
from sfmeta.access.notes import notes
from sfmeta.access.owned_paths import merge
from sfmeta.access.stale import stale_components
from sfmeta.access.wanted import ManualStep, Wanted
from sfmeta.codec import xml
from sfmeta.codec.canonical import canonical
from sfmeta.codec.schema import Schema
from sfmeta.errors import Problem, Severity, SourceError
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.model.policy import Policy
from sfmeta.model.registry import types
from sfmeta.ops.project_files import ProjectFiles, SourceTree
from sfmeta.source.paths import source_path
from sfmeta.source.templating import SUFFIX, Templates, Use

__all__ = ["GenerateRequest", "GenerateResult", "SourceTree", "generate"]


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """What to generate, and into which project.

    Attributes:
        policy: as read.
        tree: the project.
        schema: gives the order of elements and says what an org would refuse.
        now: with a time zone; for warnings about dates.
        home: where new files go, e.g. ``force-app/main/default``.
        enforcement: where the two switches go; no package directory.
        templates: the folder with the project's own templates.
        api_version: the project's, where it has one.
        check: write nothing, only say what would change.
    """

    policy: Policy
    tree: SourceTree
    schema: Schema
    now: datetime
    home: str = "force-app/main/default"
    enforcement: str = "force-app/enforcement"
    templates: str = "templates"
    api_version: ApiVersion | None = None
    check: bool = False


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """What was written, or with ``check`` would be.

    Attributes:
        created: paths of new files, sorted.
        changed: paths of rewritten files, sorted.
        unchanged: paths of files that already say it, sorted.
        stale: files an earlier policy asked for and this one does not; kept, because deleting is a decision.
        manual_steps: what a person does in Setup, in this order.
        wanted: what the policy asks for.
        rendered: what the templates gave for each of them.
        warnings: in reading order.
    """

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    manual_steps: tuple[ManualStep, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    rendered: Mapping[ComponentId, Element] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the project does not hold what the policy asks for."""
        return bool(self.created or self.changed)


def generate(request: GenerateRequest) -> GenerateResult:
    """Bring a project's files to what the policy asks for.

    Running it twice changes nothing the second time, byte for byte.

    Args:
        request: see there.

    Returns:
        What was done.

    Raises:
        SourceError: with every problem of policy, templates and files; nothing was written.
    """
    policy = request.policy
    switches = f"{request.enforcement}/{source_path(SWITCHES)}"
    files = ProjectFiles.of(request.tree, (switches,))
    wish = components_for(policy, files, files.unreadable)
    templates = Templates(_overrides(request.tree, request.templates), request.templates)
    writer = _Writer(request, files, templates)
    problems = [*wish.problems, *templates.unused([_use(wanted, policy.file) for wanted in wish.components])]
    for wanted in wish.components:
        problems += writer.add(wanted)
    stale = [path for path in map(files.path, stale_components(policy, wish, files)) if path]
    if files.path(SWITCHES) == switches and all(wanted.id != SWITCHES for wanted in wish.components):
        stale.append(switches)
    problems += files.problems
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise SourceError.of(list(dict.fromkeys(problems)), "policy, templates and files")
    if not request.check:
        request.tree.write_together(writer.out)
    warnings = {*problems, *notes(policy, request.now)}
    return GenerateResult(
        created=tuple(sorted(writer.created)),
        changed=tuple(sorted(set(writer.out) - writer.created)),
        unchanged=tuple(sorted(writer.unchanged)),
        stale=tuple(sorted(stale)),
        manual_steps=wish.manual_steps,
        wanted=wish.components,
        rendered=writer.rendered,
        warnings=tuple(sorted(warnings, key=lambda problem: problem.sort_key)),
    )


def _overrides(tree: SourceTree, folder: str) -> Mapping[str, str]:
    """The project's own templates by file name."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path in tree.paths((folder,)):
        if not path.startswith(f"{folder}/") or not path.endswith(SUFFIX):
            continue
        try:
            found[path.removeprefix(f"{folder}/")] = (tree.read(path) or b"").decode("utf-8-sig")
        except UnicodeDecodeError:
            problems.append(Problem("the file is not UTF-8", "template-encoding", path, hint="Save it as UTF-8"))
    if problems:
        raise SourceError.of(problems, "templates")
    return found


def _use(wanted: Wanted, file: str) -> Use:
    return Use(wanted.template, frozenset(wanted.values), f"{file}:{wanted.place.line}")


class _Writer:
    """Works out the bytes of one component after another."""

    def __init__(self, request: GenerateRequest, files: ProjectFiles, templates: Templates) -> None:
        self.request = request
        self.files = files
        self.templates = templates
        self.out: dict[str, bytes] = {}
        self.created: set[str] = set()
        self.unchanged: list[str] = []
        self.rendered: dict[ComponentId, Element] = {}

    def add(self, wanted: Wanted) -> Iterable[Problem]:
        """One component's file; gives its problems."""
        path = self.files.path(wanted.id) or self._new_path(wanted.id)
        rendered, problems = self._rendered(wanted)
        if rendered is None:
            return problems
        self.rendered[wanted.id] = rendered
        present = self.files.data(wanted.id)
        content = self._content(wanted, rendered, alone=True)
        data = xml.write(content)
        if present is not None and present != data:
            # a file that is all the policy's needs no look at what it says; any other is merged into
            content = self._content(wanted, rendered)
            data = xml.write(content)
        problems += self._check(wanted, rendered, content, path)
        problems += _secrets(content, wanted.id, path)
        if present == data:
            self.unchanged.append(path)
        else:
            self.out[path] = data
            if present is None:
                self.created.add(path)
        return problems

    def _content(self, wanted: Wanted, rendered: Element, *, alone: bool = False) -> Element:
        existing = None if alone else self.files.get(wanted.id)
        if existing is not None and existing.name == rendered.name:
            rendered = merge(existing, rendered, wanted.cleared)
        return canonical(rendered, self.request.schema)

    def _check(self, wanted: Wanted, rendered: Element, content: Element, path: str) -> list[Problem]:
        """What an org would refuse: in a line of the file as it is, or else in what the policy asks for."""
        schema, version = self.request.schema, self.request.api_version
        if not schema.check(content, path, version):
            return []
        hint = f"{self.request.policy.file}:{wanted.place.line} and {self.templates.path(wanted.template)} ask for it"
        return [
            problem if problem.line else replace(problem, hint=f"{problem.hint} {hint}".strip())
            for problem in schema.check(self._content(wanted, _unplaced(rendered)), path, version)
        ]

    def _new_path(self, component: ComponentId) -> str:
        home = self.request.enforcement if component == SWITCHES else self.request.home
        return f"{home}/{source_path(component)}"

    def _rendered(self, wanted: Wanted) -> tuple[Element | None, list[Problem]]:
        text, problems = self.templates.render(wanted.template, wanted.values)
        if problems:
            return None, problems
        file = self.templates.path(wanted.template)
        try:
            root = xml.parse(text.encode("utf-8", "surrogatepass"), file)
        except SourceError as error:
            # the line is one of the output; the template's own lines do not map onto it
            where = f"what it gave for {wanted.id}, line {error.line}"
            return None, [Problem(f"{error.message} ({where})", "template-output", file)]
        if root.name != wanted.template:
            message = f"the template writes <{root.name}>, not <{wanted.template}>"
            return None, [Problem(message, "template-output", file)]
        return root, []


def _unplaced(element: Element) -> Element:
    """Without lines: those of a template's output are no lines of any file."""
    return replace(element, line=0, children=tuple(map(_unplaced, element.children)))


def _secrets(content: Element, component: ComponentId, path: str) -> list[Problem]:
    """Secrets in a file that is about to be kept in git, without showing them."""
    return [
        Problem(
            f"<{element.name}> holds a secret, which must not be in git",
            "source-secret",
            path,
            element.line,
            hint="Remove the element and rotate the secret; an org never needs it in the file",
        )
        for secret in types()[component.type].secret_paths
        for element in content.find(secret)
        if element.text.strip()
    ]
