"""Components that are one XML document: most types, and settings."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.keepers.base import Keeper
from sfmeta.localorg.metadata.kinds import PARENTS, SETTINGS, settings_name
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, problem
from sfmeta.localorg.metadata.rules.table import rules_of
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node


class DocumentKeeper(Keeper):
    """The store's document, with the rules and effects that a deployment has."""

    def exists(self, full_name: str, context: Context) -> bool:
        return context.holds(self.type_name, full_name) or is_standard_object(self.type_name, full_name)

    def read(self, full_name: str, context: Context) -> Node | None:
        return context.current(self.type_name, full_name)

    def spelled(self, full_name: str, context: Context) -> str:
        stored = Components(context.state).get(self.type_name, full_name)
        return stored.full_name if stored is not None else full_name

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from self.naming_problems(full_name, context)
        yield from rules_of(self.type_name).problems(full_name, document, context)

    def missing_children(self, full_name: str, document: Node, context: Context) -> Iterator[tuple[str, str]]:
        before = context.current(self.type_name, full_name) or Node.of(self.type_name)
        for child_type, element in PARENTS.get(self.type_name, ()):
            held = {child.value("fullName").casefold() for child in before.all(element)}
            for child in document.all(element):
                name = child.value("fullName")
                if name and name.casefold() not in held:
                    yield child_type, name if self.type_name == "CustomLabels" else f"{full_name}.{name}"

    def put(self, full_name: str, document: Node, context: Context) -> None:
        merged = rules_of(self.type_name).merged(full_name, document, context)
        effects.put(context.state, self.type_name, full_name, merged, author=context.author)

    def delete(self, full_name: str, context: Context) -> None:
        effects.delete(context.state, self.type_name, full_name, author=context.author)

    def rename(self, old: str, new: str, context: Context) -> None:
        effects.rename(context.state, self.type_name, old, new, author=context.author)


def is_standard_object(type_name: str, full_name: str) -> bool:
    """Whether a custom object's name is a standard object's: it is there without ever having been deployed."""
    return type_name == "CustomObject" and "__" not in full_name


class SettingsKeeper(Keeper):
    """The one component of a settings type. It always exists, and any name stands for it.

    Source: @salesforce/plugin-user reads SecuritySettings by the name ``passwordPolicies``, others by ``Security``.
    """

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self._member = settings_name(type_name)
        self._settings = DocumentKeeper(SETTINGS)

    def exists(self, full_name: str, context: Context) -> bool:
        return True

    def read(self, full_name: str, context: Context) -> Node | None:
        return self._settings.read(self._member, context)

    def spelled(self, full_name: str, context: Context) -> str:
        return self._member

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from self._settings.problems(self._member, document, context)

    def put(self, full_name: str, document: Node, context: Context) -> None:
        self._settings.put(self._member, document, context)

    def deletion_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        yield problem("settings-not-deletable", name=self._member)

    def delete(self, full_name: str, context: Context) -> None:
        raise LookupError(self.type_name)  # deletion_problems always has one

    def rename(self, old: str, new: str, context: Context) -> None:
        raise LookupError(self.type_name)  # the new name exists always
