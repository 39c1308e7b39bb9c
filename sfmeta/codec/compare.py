"""Semantic comparison: what differs between two files of a type, never how they are written.

Order, formatting, equal spellings and what an org does not give back never show; ``codec.compare_rules`` holds what is
known of each type.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sfmeta.codec import application, block_stream, difference, xml
from sfmeta.codec import unmet as assertion
from sfmeta.codec.compare_rules import Rules, rules_for
from sfmeta.codec.meaning import normal
from sfmeta.codec.unmet import Aliases, renamed
from sfmeta.model.change import FieldChange
from sfmeta.model.element import Element

__all__ = ["Aliases", "apply", "compare", "compare_files", "in_places", "meaning", "renamed", "unmet", "unmet_files"]


def compare(type_name: str, old: Element, new: Element) -> tuple[FieldChange, ...]:
    """What differs, by name and key.

    Args:
        type_name: the metadata type (``Settings`` for every settings document).
        old: the root before.
        new: the root after.

    Returns:
        The changes, sorted by place. ``apply`` of them on ``old`` is equivalent to ``new``.
    """
    rules = rules_for(type_name)
    return _showable(rules, difference.differences(rules, old, new))


def meaning(type_name: str, root: Element) -> str:
    """sha256 of all that a document says: two documents that do not differ have the same.

    Args:
        type_name: the metadata type.
        root: of the document.
    """
    return hashlib.sha256(repr(normal(rules_for(type_name), "", root)).encode()).hexdigest()


def compare_files(
    type_name: str, old: bytes, new: bytes, *, files: tuple[str, str] = ("", "")
) -> tuple[FieldChange, ...]:
    """What differs between two files, without making values of what is the same in both.

    Args:
        type_name: the metadata type.
        old: the file before.
        new: the file after.
        files: their paths, for messages.

    Returns:
        The same changes as ``compare`` of the parsed files.

    Raises:
        SourceError: one of them cannot be parsed.
    """
    return compare(type_name, *_what_differs(type_name, old, new, files))


def _what_differs(type_name: str, old: bytes, new: bytes, files: tuple[str, str]) -> tuple[Element, Element]:
    """The two documents, where possible without what is the same in both."""
    rest = block_stream.remainder(type_name, old, new, files)
    if rest is not None:
        old, new = rest.old, rest.new
    return xml.parse(old, files[0]), xml.parse(new, files[1])


def _showable(rules: Rules, changes: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """The changes without the secrets that an added or removed element holds somewhere below."""
    if not rules.ignored:
        return tuple(changes)
    return tuple(
        FieldChange(change.path, _stripped(rules, change.path, change.old), _stripped(rules, change.path, change.new))
        for change in changes
    )


def _stripped(rules: Rules, path: tuple[str, ...], element: Element | None) -> Element | None:
    if element is None or not element.children:
        return element
    place = "/".join(step.partition("[")[0] for step in path)
    for secret in rules.ignored:
        if secret.startswith(f"{place}/"):
            element = element.without(secret.removeprefix(f"{place}/"))
    return element


def in_places(type_name: str, changes: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """The same changes, a block that came or went as a whole taken apart into the values that stand in it.

    Two who change different values of one block do not meet, also where the block comes or goes with them.

    Args:
        type_name: the metadata type.
        changes: what ``compare`` or ``unmet`` found.
    """
    rules = rules_for(type_name)
    return tuple(place for change in changes for place in difference.places(rules, change))


def apply(type_name: str, changes: Iterable[FieldChange], element: Element) -> Element:
    """A root after these changes.

    Raises:
        SourceError: what a change takes away or changes is not there.
    """
    return application.applied(rules_for(type_name), list(changes), element)


def unmet(
    type_name: str, asserted: Element, actual: Element, aliases: Aliases | None = None
) -> tuple[FieldChange, ...]:
    """What a file asserts and the org does not hold.

    A permission set asserts all of itself; a profile and a settings document only what they say; of other types, a list
    that is there is the whole list and an element that is not there says nothing.

    Args:
        type_name: the metadata type.
        asserted: the file's root.
        actual: the root that the org gave back.
        aliases: by element name, names that mean the same in this org.

    Returns:
        The changes from the actual to the asserted; empty where the org holds what the file says.
    """
    rules = rules_for(type_name)
    return _showable(rules, assertion.unmet(rules, asserted, actual, aliases))


def unmet_files(
    type_name: str,
    asserted: bytes,
    actual: bytes,
    aliases: Aliases | None = None,
    *,
    files: tuple[str, str] = ("", ""),
) -> tuple[FieldChange, ...]:
    """``unmet`` of two files, without making values of what is the same in both.

    Args:
        type_name: the metadata type.
        asserted: the file.
        actual: what the org gave back.
        aliases: as for ``unmet``.
        files: the paths of the two, for messages.

    Raises:
        SourceError: one of them cannot be parsed.
    """
    # only types whose equal blocks assert nothing about their neighbours are cut into blocks
    return unmet(type_name, *_what_differs(type_name, asserted, actual, files), aliases)
