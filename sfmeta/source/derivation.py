"""The package for one environment: the package that is the same for all, with that environment's own values set. Pure.

What was tested elsewhere is what is deployed only if it is known what was changed on the way. So the package before
and the values are both recorded, by their digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sfmeta.codec import xml
from sfmeta.errors import Problem, SourceError
from sfmeta.model import registry
from sfmeta.model.component import Entry, Package
from sfmeta.model.deployment import Derivation
from sfmeta.model.element import Element
from sfmeta.model.environment import Environment, Setting, Usernames
from sfmeta.model.names import ComponentId
from sfmeta.source.paths import component_at


@dataclass(frozen=True, slots=True)
class Derived:
    """A package for one environment.

    Attributes:
        package: to send there.
        derivation: how it came about, for the ledger.
        base: the files of the package before, where they differ.
    """

    package: Package
    derivation: Derivation
    base: tuple[Entry, ...] = ()


def underived(package: Package) -> Derived:
    """A package for an org that no environment names: as it is."""
    return Derived(package, Derivation(base_digest=package.digest))


def underlying(package: Package, base: Iterable[Entry]) -> Package:
    """The package as it was before an environment's values were set.

    Args:
        package: with them.
        base: the files before, where they differ.
    """
    entries = {entry.path: entry for entry in (*package.entries, *base)}
    return replace(package, entries=tuple(entries.values()))


def derive(
    package: Package,
    environment: Environment,
    *,
    known: Collection[ComponentId] = (),
    file: str = "environments.yml",
) -> Derived:
    """Set an environment's values in a package.

    Args:
        package: the same for every org, in Metadata API format.
        environment: with its values.
        known: components that are not in this package but elsewhere in the project: their values do not matter now.
        file: where the values are written, for messages.

    Returns:
        The package; a component in which nothing changes keeps its bytes.

    Raises:
        SourceError: with every value whose component or element is not there, or that an element cannot hold.
    """
    settings: dict[ComponentId, list[Setting]] = {}
    for setting in environment.settings:
        settings.setdefault(setting.component, []).append(setting)
    problems = [
        _problem(found[0], file, f"no file holds {component}", "Names are case-sensitive")
        for component, found in settings.items()
        if component not in package.components and component not in known
    ]
    entries, base = [], []
    for entry in package.entries:
        component = component_at(entry.path)
        new = entry
        if component is not None and registry.is_document(component.type):
            new = _derived(entry, component, settings.pop(component, ()), environment.usernames, problems, file)
        entries.append(new)
        if new.sha256 != entry.sha256:
            base.append(entry)
    problems += [
        _problem(setting, file, f"{component} is not one XML file, so nothing in it can be set")
        for component, found in settings.items()
        for setting in found
        if component in package.components
    ]
    if problems:
        raise SourceError.of(problems, "environments")
    derivation = Derivation(environment.name, package.digest, values_digest(environment))
    return Derived(replace(package, entries=tuple(entries)), derivation, tuple(base))


def values_digest(environment: Environment) -> str:
    """sha256 over what an environment sets, as canonical JSON; "" where it sets nothing.

    It depends on the content alone: not on the order in which it is written, nor on the environment's name.
    """
    usernames = environment.usernames
    if usernames is None and not environment.settings:
        return ""
    names = {"suffix": usernames.suffix, "map": dict(usernames.map)} if usernames else None
    values = {f"{setting.component} {setting.path}": setting.text for setting in environment.settings}
    text = json.dumps({"usernames": names, "values": values}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _derived(
    entry: Entry,
    component: ComponentId,
    settings: Collection[Setting],
    usernames: Usernames | None,
    problems: list[Problem],
    file: str,
) -> Entry:
    names = registry.types()[component.type].username_paths if usernames else ()
    if not settings and not names:
        # a package may be large: what nothing applies to is not even read
        return entry
    root = old = xml.parse(entry.read(), entry.path)
    for path in names:
        root = _renamed(root, path, usernames)
    for setting in settings:
        wrong = _wrong(root, setting)
        if wrong:
            problems.append(_problem(setting, file, *wrong))
        elif setting.text is None:
            root = root.without(setting.path)
        else:
            root = _with_text(root, setting.path, setting.text)
    return entry if root == old else Entry.of(entry.path, xml.write(root))


def _wrong(root: Element, setting: Setting) -> tuple[str, str] | None:
    """Why a value cannot be set, and what to do; None where it can."""
    found = list(root.find(setting.path))
    if not found:
        hint = "Write the element into the component's file, or take the value out here"
        return f"{setting.component} has no element {setting.path}", hint
    if setting.text is None:
        return None
    if len(found) > 1:
        return f"{setting.component} has {len(found)} elements {setting.path}", "Only a single one can be set"
    if found[0].children:
        return f"{setting.component} {setting.path} holds elements, no text", "Name one of them"
    return None


def _renamed(root: Element, path: str, usernames: Usernames | None) -> Element:
    for element in root.find(path):
        name = element.text.strip()
        # an id or an empty element is no username
        if usernames and "@" in name and usernames.name_here(name) != name:
            return _with_text(root, path, usernames.name_here(name))
    return root


def _with_text(element: Element, path: str, text: str) -> Element:
    """A copy with this text in every element at ``a/b/c``."""
    head, _, rest = path.partition("/")
    return element.with_children(tuple(_new_children(element.children, head, rest, text)))


def _new_children(children: Iterable[Element], head: str, rest: str, text: str) -> Iterator[Element]:
    for child in children:
        if child.name != head:
            yield child
        else:
            yield _with_text(child, rest, text) if rest else replace(child, text=text)


def _problem(setting: Setting, file: str, message: str, hint: str = "") -> Problem:
    return Problem(message, "environments-value", file, setting.place.line, setting.place.column, hint)
