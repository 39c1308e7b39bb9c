"""destructiveChanges*.xml carried out."""

from __future__ import annotations

from sfmeta.localorg.metadata import effects
from sfmeta.localorg.metadata.layout import parent_of
from sfmeta.localorg.metadata.manifest import Manifest
from sfmeta.localorg.metadata.messages import Message
from sfmeta.localorg.metadata.package import holds_child
from sfmeta.localorg.metadata.rules.base import Context, problem
from sfmeta.localorg.metadata.rules.table import rules_of
from sfmeta.localorg.metadata.store import Components


def delete_components(manifest: Manifest, context: Context, file_name: str, ignore_warnings: bool) -> list[Message]:
    """Deletes what a manifest names, what depends on others first.

    Args:
        manifest: of deletions.
        context: the org, and the package's version.
        file_name: of the manifest, for messages.
        ignore_warnings: what is not there does not fail the deployment.
    """
    messages = [
        Message(file_name, name, "", problem=problem("destructive-wildcard"), success=False)
        for name, members in manifest.members.items()
        if "*" in members
    ]
    pairs = sorted(manifest.pairs(), key=lambda pair: -rules_of(pair[0]).order)
    return messages + [_delete(*pair, context, file_name, ignore_warnings) for pair in pairs]


def _delete(type_name: str, full_name: str, context: Context, file_name: str, ignore_warnings: bool) -> Message:
    stored = Components(context.state).get(type_name, full_name)
    if stored is None and not _delete_child(type_name, full_name, context):
        missing = problem("deletion-missing", type=type_name, name=full_name)._replace(is_warning=True)
        return Message(file_name, full_name, type_name, problem=missing, success=ignore_warnings)
    if stored is not None:
        wrong = next(rules_of(type_name).deletion_problems(full_name, context), None)
        if wrong is not None:
            return Message(file_name, full_name, type_name, stored.id, problem=wrong, success=False)
        effects.delete(context.state, type_name, full_name, author=context.author)
    return Message(file_name, full_name, type_name, stored.id if stored else "", changed=True, deleted=True)


def _delete_child(type_name: str, full_name: str, context: Context) -> bool:
    """Takes a child component, such as a field, out of its parent's file."""
    place = parent_of(type_name, full_name)
    document = context.current(place[0], place[1]) if place else None
    child = holds_child(document, place[2], place[3]) if place and document else None
    if place is None or document is None or child is None:
        return False
    document.children = [node for node in document.children if node is not child]
    effects.put(context.state, place[0], place[1], document, author=context.author)
    return True
