"""Record ids as Salesforce makes them: a key prefix, a number, and the three-letter checksum of the 18-character form.

Key prefixes: the public key prefix lists; ``OauthToken`` has none that is documented (its reference says that Id is
reserved and always null), so the local org uses one of its own for the row.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import string
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKSUM = string.ascii_uppercase + "012345"
_NUMBER_LENGTH = 9

KEY_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "ApexClass": "01p",
        "ApexPage": "066",
        "ApexTrigger": "01q",
        "AppMenuItem": "0DS",
        "AuthSession": "0Ak",
        "ConnectedApplication": "0H4",
        "DeployRequest": "0Af",
        "ExternalClientApplication": "0xI",
        "LoginHistory": "0Ya",
        "MutingPermissionSet": "0QM",
        "Organization": "00D",
        "PermissionSet": "0PS",
        "PermissionSetAssignment": "0Pa",
        "PermissionSetGroup": "0PG",
        "PermissionSetGroupComponent": "0PH",
        "Profile": "00e",
        "RetrieveRequest": "09S",
        "SetupAuditTrail": "0Ym",
        "SetupEntityAccess": "0J0",
        "User": "005",
        "UserLicense": "100",
        "UserLogin": "0Yw",
    }
)
"""The documented prefix of each sobject. What is not here gets a made-up prefix that starts with ``zz``."""


def to_18(id_: str) -> str:
    """The 18-character form of an id.

    Args:
        id_: 15 or 18 characters; 18 are given back with the checksum put right.

    Returns:
        The id with its checksum: one character per block of five, a bit per upper-case letter.

    Raises:
        ValueError: it is neither 15 nor 18 characters long.
    """
    if len(id_) not in (15, 18):
        raise ValueError(f"an id has 15 or 18 characters, not {len(id_)}")
    return id_[:15] + _mark(id_[:5]) + _mark(id_[5:10]) + _mark(id_[10:15])


@lru_cache(maxsize=4096)
def _mark(block: str) -> str:
    """The character of the checksum that stands for five; the ids of an org share most of theirs."""
    return _CHECKSUM[sum(1 << place for place, letter in enumerate(block) if letter in string.ascii_uppercase)]


def is_id(text: str) -> bool:
    """Whether a text has the shape of a record id."""
    return len(text) in (15, 18) and text.isascii() and text.isalnum()


class Ids:
    """Gives out ids, one after the other, without repeating one, also after a restart.

    Args:
        connection: where the last number is kept (table ``id_number``).
        seed: the same seed gives the same ids; None draws the start at random, as two orgs share no ids.
    """

    def __init__(self, connection: sqlite3.Connection, seed: str | None = None) -> None:
        self._connection = connection
        self._pod = ""
        self._last = 0
        connection.execute("CREATE TABLE IF NOT EXISTS id_number (key TEXT PRIMARY KEY, value INTEGER NOT NULL)")
        if connection.execute("SELECT 1 FROM id_number").fetchone() is None:
            source = secrets.token_bytes(8) if seed is None else hashlib.sha256(seed.encode()).digest()
            pod = int.from_bytes(source[:2], "big") % 62**2
            start = int.from_bytes(source[2:6], "big")
            connection.executemany("INSERT INTO id_number VALUES (?, ?)", [("pod", pod), ("last", start)])
            if connection.in_transaction:
                connection.commit()

    def new(self, sobject: str) -> str:
        """The next id for a record of that sobject (or job type, such as ``DeployRequest``)."""
        return self.block(sobject, 1)[0]

    def block(self, sobject: str, count: int) -> list[str]:
        """The next ids for so many records of that sobject."""
        update = "UPDATE id_number SET value = MAX(value, ?) + ? WHERE key = 'last' RETURNING value"
        # an id that a check-only deployment told is not given again, though the transaction that drew it is undone
        self._last = int(self._connection.execute(update, (self._last, count)).fetchall()[0][0])
        if not self._pod:  # never changes
            row = self._connection.execute("SELECT value FROM id_number WHERE key = 'pod'").fetchone()
            self._pod = _base62(int(row[0]), 2)
        start = (KEY_PREFIXES.get(sobject) or _made_up_prefix(sobject)) + self._pod + "0"
        numbers = range(self._last - count + 1, self._last + 1)
        return [to_18(start + _base62(number, _NUMBER_LENGTH)) for number in numbers]


def _made_up_prefix(sobject: str) -> str:
    return "zz" + _DIGITS[hashlib.sha256(sobject.encode()).digest()[0] % 62]


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits
