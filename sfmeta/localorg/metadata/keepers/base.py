"""The face of all keepers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from sfmeta.localorg.metadata.kinds import type_of
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, problem
from sfmeta.localorg.metadata.rules.table import rules_of
from sfmeta.localorg.metadata.xml import Node


class Keeper(ABC):
    """Keeps the components of one type. Names are decoded; documents have the type's name and no ``fullName``.

    Attributes:
        type_name: the metadata type.
    """

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def exists(self, full_name: str, context: Context) -> bool:
        """Whether the org has such a component, also where nothing of it was ever deployed."""
        return self.read(full_name, context) is not None

    @abstractmethod
    def read(self, full_name: str, context: Context) -> Node | None:
        """The component as the org would give it back, None where it has none."""

    @abstractmethod
    def spelled(self, full_name: str, context: Context) -> str:
        """The name in the case in which the component was made."""

    @abstractmethod
    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        """What is wrong with a document that is to be put, beyond its schema."""

    def naming_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        """What is wrong with a name for a component of the type."""
        entry = type_of(self.type_name)
        if entry is not None and entry.in_folder and "/" not in full_name:
            yield problem("crud-name", name=full_name)

    def missing_children(self, full_name: str, document: Node, context: Context) -> Iterator[tuple[str, str]]:
        """Child components, type and full name, that a document brings and the org does not have."""
        yield from ()

    @abstractmethod
    def put(self, full_name: str, document: Node, context: Context) -> None:
        """Makes the org hold what the document says, as a deployment would."""

    def deletion_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        """Why the component may not be deleted."""
        yield from rules_of(self.type_name).deletion_problems(full_name, context)

    @abstractmethod
    def delete(self, full_name: str, context: Context) -> None:
        """Takes an existing component out of the org."""

    @abstractmethod
    def rename(self, old: str, new: str, context: Context) -> None:
        """Gives an existing component another name; what belongs to it stays with it."""
