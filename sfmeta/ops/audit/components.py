"""The files that an audit reads in one retrieve: apps, blocks, profiles, settings, and what calls out.

A component that the org lists and cannot give is a gap, never the end of the audit: 8 of 20 listed connected apps
failed in one org (sfdx-hardis#2070), and an app that another org defined may be listed and not readable
(certinia/apex-mdapi#108).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import BinaryIO

from sfmeta.access.file_index import FileIndex
from sfmeta.codec import xml
from sfmeta.errors import OrgRefused, SourceError
from sfmeta.model.element import Element
from sfmeta.model.inventory import Gap
from sfmeta.model.names import ComponentId, to_18
from sfmeta.model.outcome import RetrieveOutcome
from sfmeta.ops.audit.reading import Reader, ends_all
from sfmeta.ops.ports import Clock
from sfmeta.ops.snapshot import by_component, ended_retrieve, read_messages
from sfmeta.source.archive import read_zip

_WHOLE = (
    "ConnectedApp",
    "ExternalClientApplication",
    "ExtlClntAppOauthSettings",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppConfigurablePolicies",
    "BlacklistedConsumer",
    "Profile",
    "NamedCredential",
    "ExternalCredential",
    "AuthProvider",
)
# with what is not known where the org does not give them
_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "ConnectedApp": "whether API Access Control is on",
        "OauthOidc": "whether the OAuth username-password flow and the user-agent flow are blocked",
        "Security": "the session timeout, and whether login IP ranges count for every request",
    }
)
_WANTED = (*(ComponentId.of(name, "*") for name in _WHOLE), *(ComponentId.of("Settings", name) for name in _SETTINGS))
_HOW = "Audit as a user with Modify Metadata Through Metadata API Functions or Modify All Data"


@dataclass(frozen=True)
class Components:
    """What the retrieve gave.

    Attributes:
        files: the root element of each component.
        ids: record ids by component, where the org gave them.
        gaps: what it would not give.
        is_read: whether there was an answer at all.
    """

    files: Mapping[ComponentId, Element] = field(default_factory=dict)
    ids: Mapping[ComponentId, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    is_read: bool = True

    def of(self, type_name: str) -> Iterable[tuple[str, Element]]:
        """Full names and files of one type."""
        return ((one.full_name, root) for one, root in self.files.items() if one.type == type_name)

    def holding(self, type_name: str, path: str, text: str) -> Sequence[ComponentId]:
        """The components of a type whose file says ``text`` at ``path``."""
        return self._index.holding(type_name, path, text)

    def with_id(self, record_id: str) -> ComponentId | None:
        """The component whose record has an id; None where none does, or the org gave no file of it."""
        return self._by_id.get(record_id)

    @cached_property
    def _index(self) -> FileIndex:
        return FileIndex(self.files)

    @cached_property
    def _by_id(self) -> Mapping[str, ComponentId]:
        return {id_: one for one, id_ in self.ids.items() if one in self.files}

    def setting(self, name: str) -> Element | None:
        """A settings file, None where the org did not give it: that is no "off"."""
        return self.files.get(ComponentId.of("Settings", name))


def read_components(reader: Reader, clock: Clock, sink: BinaryIO, deadline_s: float) -> Components:
    """Retrieves them and waits for the answer.

    Args:
        reader: the org.
        clock: to wait by.
        sink: a scratch file for the zip; it may hold secrets of external client apps, which nobody looks at.
        deadline_s: how long to wait.

    Raises:
        OrgUnreachable: the deadline passed.
    """
    wanted, gaps = list(_WANTED), list[Gap]()
    while True:
        outcome, words = _retrieved(reader, wanted, clock, sink, deadline_s)
        if outcome is not None:
            break
        unknown = {one for one in wanted if f"'{one.type}'" in words and one.full_name == "*"}
        if not unknown:
            return _nothing(words)
        # one type that this org or version does not know is no reason to know nothing
        gaps += [_unreadable(str(one), words) for one in sorted(unknown)]
        wanted = [one for one in wanted if one not in unknown]
    sink.seek(0)
    _, unreadable = read_messages(outcome, wanted)
    gaps += [_unreadable(str(one), words) for one, words in sorted(unreadable.items())]
    gaps += [_unreadable("", message.problem) for message in outcome.messages if _is_other(message.problem, unreadable)]
    files = _files(sink, gaps) if outcome.zip_bytes else {}
    gaps += _without_settings(files, gaps)
    # 000000000000000AAA stands for "no record" (settings)
    ids = {one: to_18(id_) for one, id_ in outcome.ids.items() if len(id_) in (15, 18) and not id_.startswith("000")}
    return Components(files, ids, tuple(gaps))


def _retrieved(
    reader: Reader, wanted: list[ComponentId], clock: Clock, sink: BinaryIO, deadline_s: float
) -> tuple[RetrieveOutcome | None, str]:
    """What came of one retrieve; None, and the org's words, where it gave nothing."""
    try:
        outcome = ended_retrieve(reader.org, wanted, clock, deadline_s, sink, before_poll=reader.go_on)
    except OrgRefused as refusal:
        if ends_all(refusal):
            raise
        return None, f"{refusal.code}: {refusal.message}"
    return (outcome, "") if outcome.success else (None, outcome.error or str(outcome.status))


def _files(sink: BinaryIO, gaps: list[Gap]) -> dict[ComponentId, Element]:
    files: dict[ComponentId, Element] = {}
    for component, entries in by_component(read_zip(sink, "the org's zip")).items():
        try:
            files[component] = xml.parse(entries[0].read(), entries[0].path)
        except SourceError as error:
            gaps.append(_unreadable(str(component), error.message))
    return files


def _without_settings(files: Mapping[ComponentId, Element], told: Iterable[Gap]) -> list[Gap]:
    """A gap for each settings file that is not there, where none says so yet."""
    said = " ".join(gap.message for gap in told)
    missing = {name: ComponentId.of("Settings", name) for name in _SETTINGS}
    return [
        Gap("settings", f"The org gave no {name} settings: {_SETTINGS[name]} is not known", _HOW)
        for name, component in missing.items()
        if component not in files and str(component) not in said
    ]


def _is_other(problem: str, known: Mapping[ComponentId, str]) -> bool:
    return problem not in known.values() and "cannot be found" not in problem


def _unreadable(name: str, words: str) -> Gap:
    return Gap("component", f"The org would not give {name or 'a component'}: {words}")


def _nothing(words: str) -> Components:
    said = f"The org gave no metadata ({words}): policies, blocks, IP ranges and switches are not known"
    return Components(gaps=(Gap("metadata", said, _HOW),), is_read=False)
