"""The rules of a type: what is refused, what is kept, what may go."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sfmeta.localorg.caller import has_permission
from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.catalog import say
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.state import OrgFacts, State


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at.

    Attributes:
        state: the org as it is at this point of the deployment.
        api_version: of the package.
        author: the id of the user who deploys.
        coming: (type, name) of what the same package holds.
    """

    state: State
    api_version: int
    author: str
    coming: Collection[tuple[str, str]] = ()

    def may(self, *permissions: str) -> bool:
        """Whether the user who deploys holds all of these permissions."""
        return all(has_permission(self.state, self.author, name) for name in permissions)

    @property
    def org(self) -> OrgFacts:
        """The org's facts."""
        return self.state.org

    def holds(self, type_name: str, full_name: str) -> bool:
        """Whether the org has a component now."""
        return Components(self.state).get(type_name, full_name) is not None

    def current(self, type_name: str, full_name: str) -> Node | None:
        """A component as a retrieve would give it."""
        return effects.current(self.state, type_name, full_name)


class TypeRules:
    """A type without rules of its own: what the schema allows is kept as it is."""

    order = 50
    """Types with lower numbers are deployed first, so that references find what comes with them."""

    def root(self, full_name: str) -> str:
        """The type that a file's root must have, "" for the type itself."""
        return ""

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        """What is wrong with a component beyond its schema."""
        yield from ()

    def merged(self, full_name: str, document: Node, context: Context) -> Node:
        """What the org holds after the deployment."""
        return document

    def deletion_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        """Why a component may not be deleted."""
        yield from ()


def problem(rule: str, node: Node | None = None, **names: object) -> Problem:
    """A problem in the words of a rule, at a node's place."""
    text = say(rule, **names)
    return Problem(text, node.line, node.column, rule) if node is not None else Problem(text, rule=rule)


def missing_reference(field: str, type_name: str, node: Node) -> Problem:
    """What a node's text names is not there."""
    return problem("reference-missing", node, field=field, type=type_name, name=node.text.strip())
