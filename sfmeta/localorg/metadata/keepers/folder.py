"""Folders of reports, dashboards, documents and e-mail templates, which packages name as members of those types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sfmeta.localorg.metadata.keepers.files import FilesKeeper, described, description
from sfmeta.localorg.metadata.kinds import FOLDERS
from sfmeta.localorg.metadata.layout import path_of
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import Context, problem
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.metadata.xml import Node


class FolderKeeper(FilesKeeper):
    """``reports/Name-meta.xml``."""

    @property
    def stored_type(self) -> str:
        return FOLDERS[self.type_name]

    def read(self, full_name: str, context: Context) -> Node | None:
        return None if "/" in full_name else super().read(full_name, context)

    def exists(self, full_name: str, context: Context) -> bool:
        return "/" not in full_name and super().exists(full_name, context)

    def document(self, full_name: str, files: Mapping[str, bytes]) -> Node:
        return described(next(iter(files.values()), None), self.type_name)

    def files(self, full_name: str, document: Node, before: Mapping[str, bytes]) -> dict[str, bytes]:
        return {path_of(self.stored_type, full_name): description(document, self.type_name)}

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        yield from self.naming_problems(full_name, context)

    def naming_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        if "/" in full_name:
            yield problem("crud-name", name=full_name)

    def deletion_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        inside = f"{full_name}/".casefold()
        every = Components(context.state).list(self.stored_type)
        if any(stored.full_name.casefold().startswith(inside) for stored in every):
            yield problem("folder-not-empty", name=full_name)

    def rename(self, old: str, new: str, context: Context) -> None:
        store, inside = Components(context.state), f"{old}/".casefold()
        for stored in store.list(self.stored_type):
            if stored.full_name.casefold().startswith(inside):
                moved = f"{new}/{stored.full_name[len(inside) :]}"
                files = self.moved(store.files(self.stored_type, stored.full_name), stored.full_name, moved)
                store.rename(self.stored_type, stored.full_name, moved, files, author=context.author)
        super().rename(old, new, context)
