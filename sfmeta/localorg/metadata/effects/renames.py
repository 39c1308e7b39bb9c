"""What else changes when a component gets another name: the documents that name it."""

from __future__ import annotations

from sfmeta.localorg.metadata.links import links_to
from sfmeta.localorg.metadata.store import Components
from sfmeta.localorg.state import State


def follow(state: State, type_name: str, old: str, new: str) -> None:
    """Puts the new name of a component where documents of the access family hold the old one.

    Orgs hold such references by id and show the name of the moment; here the documents hold names.
    """
    store, wanted = Components(state), old.casefold()
    for link in links_to(type_name):
        for stored in store.list(link.holder):
            document = store.document(link.holder, stored.full_name)
            nodes = [] if document is None else list(link.nodes(document))
            named = [node for node in nodes if _name(node.text.strip(), link.is_start).casefold() == wanted]
            if document is None or not named:
                continue
            for node in named:
                node.text = new + node.text.strip()[len(old) :]
            store.put_document(link.holder, stored.full_name, document, author=stored.modified_by, record_id=stored.id)


def _name(text: str, is_start: bool) -> str:
    return text.partition(".")[0] if is_start else text
