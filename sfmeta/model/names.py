"""Names made by parsers: once one of these types is in hand, its text is known to be well formed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NewType, Self

from sfmeta.errors import UsageError

TypeName = NewType("TypeName", str)
"""A metadata type as Salesforce spells it: ``PermissionSet``. Case matters."""

FullName = NewType("FullName", str)
"""A component's API name within its type, decoded: ``Allow_Dataloader_io``, ``Account.X__c``."""

JobId = NewType("JobId", str)
"""An asynchronous Metadata API job: ``0Af...`` (deploy) or ``09S...`` (retrieve), 15 or 18 characters."""

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?\Z")
_SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@dataclass(frozen=True, slots=True, order=True)
class ComponentId:
    """One piece of metadata, written ``Type:FullName``."""

    type: TypeName
    full_name: FullName

    def __str__(self) -> str:
        return f"{self.type}:{self.full_name}"

    @classmethod
    def of(cls, type_name: str, full_name: str) -> Self:
        """From two texts that are known to be good (a registry entry, a parsed file)."""
        return cls(TypeName(type_name), FullName(full_name))

    @classmethod
    def parse(cls, text: str) -> Self:
        """From a command line.

        Args:
            text: ``Type:FullName``; the name may hold further colons and ``*``.

        Raises:
            UsageError: there is no colon, or nothing before it.
        """
        type_name, colon, full_name = text.partition(":")
        if not type_name.strip():
            raise UsageError(f"'{text}' names no component", "Write Type:FullName, e.g. PermissionSet:Allow_X")
        return cls.of(type_name.strip(), full_name.strip() if colon and full_name.strip() else "*")


@dataclass(frozen=True, slots=True, order=True)
class ApiVersion:
    """An API version; ``str()`` gives the form used in URLs and manifests, ``63.0``."""

    major: int

    def __str__(self) -> str:
        return f"{self.major}.0"

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``63``, ``63.0`` or ``v63.0``.

        Raises:
            UsageError: it is no such number.
        """
        match = re.fullmatch(r"v?([1-9]\d{0,2})(?:\.0)?", text.strip())
        if match is None:
            raise UsageError(f"'{text}' is no API version", "Write it like 63.0")
        return cls(int(match[1]))


@dataclass(frozen=True, slots=True, order=True)
class OrgId:
    """An organization id, always in its 18-character form. Two spellings of one org compare equal."""

    value: str

    def __str__(self) -> str:
        return self.value

    @classmethod
    def parse(cls, text: str) -> Self:
        """From the 15- or 18-character form.

        Raises:
            UsageError: it is no id of an organization (``00D...``).
        """
        if not _ID.match(text) or not text.startswith("00D"):
            raise UsageError(f"'{text}' is no org id", "An org id starts with 00D and has 15 or 18 characters")
        return cls(to_18(text))


def to_18(record_id: str) -> str:
    """The case-safe 18-character form of a record id.

    Args:
        record_id: 15 or 18 characters; of an 18-character id the last three are computed anew.

    Source: three check characters, one per five characters, each bit set by an upper-case letter
        (Salesforce help "What is the difference between the 15-digit and 18-digit ID").
    """
    body = record_id[:15]
    suffix = ""
    for chunk in (body[0:5], body[5:10], body[10:15]):
        bits = sum(1 << position for position, char in enumerate(chunk) if char.isascii() and char.isupper())
        suffix += _SUFFIX_ALPHABET[bits]
    return body + suffix
