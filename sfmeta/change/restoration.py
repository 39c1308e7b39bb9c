"""Completing a file of an earlier revision, so that deploying it also takes back what came after it.

A file says something or leaves it to the org. What a later file said and the earlier one leaves to the org would
stay as it is; it has to go back to what the org held before, or be taken away explicitly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sfmeta.change.absence import explicit_absence
from sfmeta.change.overlap import Trail
from sfmeta.codec import compare
from sfmeta.codec.compare_rules import Rules, rules_for
from sfmeta.codec.meaning import child_at, is_absent, keys_of
from sfmeta.model import registry
from sfmeta.model.change import FieldChange, Kind
from sfmeta.model.element import Element
from sfmeta.model.names import TypeName

# For these a file is the whole truth: what it leaves out is gone (established for permission sets from API 40 on).
WHOLE = frozenset({"PermissionSet", "MutingPermissionSet", "PermissionSetGroup"})
"""Types of which a file takes back everything that it leaves out."""
_GRANTS = frozenset({"permissionSetName", "profileName", "commaSeparatedPermissionSet", "commaSeparatedProfile"})


@dataclass(slots=True)
class Restoration:
    """One component's way back.

    Attributes:
        type: of the component.
        held: what the org held before; None where it is not recorded or there was nothing.
        recorded: whether it is known what the org held before.
        losses: what cannot be taken back, or only without proof: where, and what happens to it.
    """

    type: TypeName
    held: Element | None
    recorded: bool
    losses: list[tuple[Trail, str]] = field(default_factory=list)

    def complete(self, wanted: Element, said: Element) -> Element:
        """The earlier file with everything that the later one said beyond it brought back to what it was.

        Args:
            wanted: the root of the earlier file.
            said: the root of the later one.
        """
        if self.type in WHOLE:
            return wanted
        return self._completed(wanted, said, self.held, "", ())

    def regain(self, wanted: Element, actual: Element) -> Element:
        """The file with what the org held before, holds no more, and no file ever spoke of.

        A deployment may have cleared what it left out; no source says that it does not.

        Args:
            wanted: the file so far.
            actual: what the org holds now.
        """
        if self.held is None or self.type in WHOLE or self._adds():
            return wanted
        gone = {change.path for change in compare.compare(self.type, actual, self.held) if change.kind is Kind.ADDED}
        back = []
        for change in compare.compare(self.type, wanted, self.held):
            place, name = "/".join(change.path), change.path[0].partition("[")[0]
            if (
                change.kind is not Kind.ADDED
                or change.new is None
                or change.path not in gone
                or place in registry.CONSUMER_KEY_PATHS
            ):
                continue
            if name in _GRANTS:
                # somebody may have taken it away on purpose
                self.losses.append((change.path, "was there before and is not granted again"))
            elif "[" not in change.path[-1] or next(wanted.all(name), None) is None:
                back.append(FieldChange(change.path, None, self._without_keys(change)))
        return compare.apply(self.type, tuple(back), wanted) if back else wanted

    def _without_keys(self, change: FieldChange) -> Element | None:
        element, place = change.new, "/".join(change.path)
        for key in registry.CONSUMER_KEY_PATHS:
            if element is not None and key.startswith(f"{place}/"):
                element = element.without(key.removeprefix(f"{place}/"))
        return element

    def _completed(
        self, wanted: Element, said: Element, held: Element | None, path: str, trail: tuple[str, ...]
    ) -> Element:
        rules = rules_for(self.type)
        children = list(wanted.children)
        for name in dict.fromkeys(child.name for child in said.children):
            below = f"{path}/{name}" if path else name
            if below in rules.ignored:
                continue
            if self._is_list(rules, below, said, name) and not self._adds():
                if wanted.first(name) is None:
                    children += self._list_before(said, held, name, below, trail)
                continue
            for step, element in _steps(rules, below, said, name):
                there = child_at(rules, path, wanted, step)
                before = child_at(rules, path, held, step) if held is not None else None
                if there is None:
                    children += self._before(element, before, below, (*trail, step))
                elif there.children and element.children:
                    filled = self._completed(there, element, before, below, (*trail, step))
                    children[children.index(there)] = filled
        return wanted.with_children(tuple(children))

    def _adds(self) -> bool:
        return registry.types()[self.type].merge is registry.Merge.ADD

    def _is_list(self, rules: Rules, path: str, said: Element, name: str) -> bool:
        return path in rules.sets or path in rules.keys or len(list(said.all(name))) > 1

    def _list_before(
        self, said: Element, held: Element | None, name: str, path: str, trail: tuple[str, ...]
    ) -> Iterator[Element]:
        """A list that the earlier file does not hold: the whole list as it was."""
        before = list(held.all(name)) if held is not None else []
        if before:
            yield from before
            return
        yield from self._before(next(said.all(name)), None, path, (*trail, name))

    def _before(self, element: Element, before: Element | None, path: str, trail: tuple[str, ...]) -> Iterator[Element]:
        """What to write for an element that only the later file has."""
        if before is not None:
            yield before
            return
        if is_absent(rules_for(self.type), path, element):
            # said as `false`: nothing to take away, and what stood there before is gone unless it was recorded
            if not self.recorded:
                self.losses.append((trail, "stays false: its state before is not recorded"))
            return
        away = explicit_absence(self.type, path, element)
        if away is None:
            self.losses.append((trail, "stays as it is: no way is established to take it away"))
            return
        if not self.recorded:
            self.losses.append((trail, "is taken away, though its state before is not recorded"))
        yield away


def _steps(rules: Rules, path: str, parent: Element, name: str) -> Iterator[tuple[str, Element]]:
    """The children of one name with the step that finds each again."""
    for child in parent.all(name):
        if path in rules.keys or path in rules.sets:
            yield f"{name}[{next(iter(keys_of(rules, path, child)))}]", child
        else:
            yield name, child
