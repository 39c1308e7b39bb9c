"""``environments.yml`` to ``Environments``: everything that is wrong with it at once, with line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yaml import MappingNode, Node

from sfmeta.config.environments_shape import ENVIRONMENTS, DraftChain, DraftEnvironment
from sfmeta.config.shape import SECRET_KEYS, JsonSchema, Report, Wrong, not_one_of
from sfmeta.config.yaml_document import compose, decode, is_null
from sfmeta.errors import SourceError
from sfmeta.model.environment import Environment, Environments, Gates, Setting
from sfmeta.model.names import ComponentId, OrgId
from sfmeta.model.outcome import TestLevel
from sfmeta.model.registry import types

ENVIRONMENTS_FILE = "environments.yml"


def read_environments(source: str | bytes, file: str = ENVIRONMENTS_FILE) -> Environments:
    """The environments in a file.

    Args:
        source: the whole file.
        file: its path, for messages.

    Raises:
        SourceError: with every problem of the file: YAML, keys, values, and rules between its parts.
    """
    root = compose(decode(source, file) if isinstance(source, bytes) else source, file)
    if root is None or is_null(root):
        raise SourceError.at("the file is empty", file, hint="Start with 'version: 1'; `sfmeta init` writes an example")
    report = Report(file, subject="environments")
    draft = ENVIRONMENTS.read(root, report)
    if isinstance(draft, Wrong):
        raise SourceError.of(report.problems, "environments")
    _check(draft, _names(root), report)
    if report.problems:
        raise SourceError.of(report.problems, "environments")
    return Environments(
        file,
        {
            name: _environment(name, written, written.org_id)
            for name, written in draft.environments.items()
            if written.org_id is not None  # one without has been reported
        },
    )


def environments_json_schema() -> JsonSchema:
    """The JSON Schema (draft 2020-12) of ``environments.yml``, for editors."""
    head: JsonSchema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sfmeta environments",
        "description": "The chain of orgs that packages are promoted through, and what differs in each of them",
    }
    return head | ENVIRONMENTS.json_schema()


def _environment(name: str, written: DraftEnvironment, org_id: OrgId) -> Environment:
    return Environment(
        name=name,
        org=written.org,
        org_id=org_id,
        usernames=written.usernames,
        settings=tuple(_settings(written)),
        gates=written.gates,
        test_level=written.test_level,
        place=written.place,
    )


def _settings(written: DraftEnvironment) -> Iterator[Setting]:
    for component, paths in written.values.items():
        for path, value in paths.items():
            yield Setting(ComponentId.parse(component), path, value.text, value.place)


def _names(root: Node) -> tuple[str, ...]:
    """Every environment that the file names, in order, also one that could not be read."""
    chain = next((value for key, value in root.value if key.value == "environments"), None)
    return tuple(str(key.value) for key, _ in chain.value) if isinstance(chain, MappingNode) else ()


def _check(draft: DraftChain, names: Sequence[str], report: Report) -> None:
    """Report what contradicts itself."""
    first: dict[OrgId, tuple[str, DraftEnvironment]] = {}
    for name, written in draft.environments.items():
        if written.org_id is not None:
            twin, other = first.setdefault(written.org_id, (name, written))
            if other is not written:
                message = f"'{name}' is the same org as '{twin}' in line {other.place.line}"
                report.add(written.place, message, "environments-rule", "Each environment is an org of its own")
        _check_gates(name, written.gates, names, report)
        if written.test_level is TestLevel.RUN_SPECIFIED_TESTS:
            message = f"the test level of '{name}' needs names of tests, for which there is no place here"
            report.add(written.place, message, "environments-rule", "Write RunLocalTests")
        _check_secrets(written, report)


def _check_gates(name: str, gates: Gates, names: Sequence[str], report: Report) -> None:
    if gates.validated in (TestLevel.NO_TEST_RUN, TestLevel.RUN_SPECIFIED_TESTS):
        message = f"{gates.validated} proves too little of what goes to '{name}'"
        report.add(gates.place, message, "environments-rule", "Write RunLocalTests or RunAllTestsInOrg")
    if not gates.after:
        if gates.soak or gates.approval:
            message = f"the gates of '{name}' do not say after which environment"
            report.add(gates.place, message, "environments-rule", "Write after: and the environment before it")
        return
    earlier = names[: names.index(name)]
    if gates.after in earlier:
        return
    if gates.after in names:
        message = f"'{gates.after}' does not stand before '{name}'"
        report.add(gates.place, message, "environments-rule", "The environments are a chain, in order")
    elif earlier:
        report.add(gates.place, *not_one_of(gates.after, earlier))
    else:
        message = f"no environment stands before '{name}', so it comes after none"
        report.add(gates.place, message, "environments-rule", f"Write '{gates.after}' above it, or take after: out")


def _check_secrets(written: DraftEnvironment, report: Report) -> None:
    for setting in _settings(written):
        secret = types()[setting.component.type].secret_paths
        if setting.path in secret or setting.path.rpartition("/")[2].lower() in SECRET_KEYS:
            message = f"{setting.component} {setting.path} is a secret, which must not stand in this file"
            hint = "Secrets do not belong in git; remove it and rotate it"
            report.add(setting.place, message, "environments-secret", hint)
