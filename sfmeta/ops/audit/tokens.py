"""Every row of OauthToken, however many there are, and the proof.

OauthToken gives 2,500 rows of a query and says nothing of the rest, 500 in a page; ``COUNT()`` tells their true number
(Object Reference, OauthToken). So they are counted first; past 2,500 the users are split into groups until none has
more, each group is counted, and small groups are read together. That a filter by UserId finds every row is what public
tools build on (j-schreiber/js-sf-cli-security-audit); LIMIT with OFFSET is not used: it ends at 2,000 in general SOQL.

Users who logged in last come first: they hold most of the tokens, so that few groups hold all of them, and once the sum
is the total the rest need not be counted. ``AccessToken`` and ``DeleteToken`` are never asked for: they are secrets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import NamedTuple

from sfmeta.model.inventory import Gap, Proof
from sfmeta.ops.audit.crew import Crew
from sfmeta.ops.audit.reading import Reader
from sfmeta.ops.audit.rows import Row, number, record_id, text
from sfmeta.org.soql import moment_of
from sfmeta.report.words import counted

SOBJECT = "OauthToken"
MOST_ROWS = 2500
_FIELDS = ("AppName", "UserId", "UseCount", "LastUsedDate", "CreatedDate", "AppMenuItem.ApplicationId")
# of 15 characters each with quotes and a comma: a URL may have 16 KB (Salesforce's limit for URI and headers)
_MOST_USERS = 700
# how full a group is meant to be: users differ
_FILLED = 0.8
_GROUPS_AT_A_TIME = 16
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Part:
    """Some users and how many tokens they have together."""

    users: tuple[str, ...]
    rows: int


class Token(NamedTuple):
    """A row of OauthToken; a tuple, as there may be hundreds of thousands.

    Attributes:
        user_id: whose.
        app_id: of its app, "" where the row names none.
        name: of its app.
        uses: how often it was used.
        last_used: when last.
        created: when it was given.
    """

    user_id: str
    app_id: str
    name: str
    uses: int
    last_used: datetime | None
    created: datetime | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What was read.

    Attributes:
        rows: of OauthToken.
        proof: that these are all.
        gaps: where they are not.
    """

    rows: Sequence[Token]
    proof: Proof
    gaps: tuple[Gap, ...] = ()


@dataclass(slots=True)
class _Read:
    """One chunk, as it was read."""

    part: Part
    rows: Sequence[Token] = ()
    counts: int = 0
    calls: int = 0

    def is_whole(self) -> bool:
        return len(self.rows) == self.part.rows


def read_directly(reader: Reader, total: int) -> Tokens | None:
    """All tokens by one query; None where there are more than it can give.

    Args:
        reader: the org.
        total: what ``COUNT()`` said.
    """
    if total > MOST_ROWS:
        return None
    read = _settled(reader, Part((), total))
    if read.part.rows > MOST_ROWS:
        return None
    proof = Proof(SOBJECT, read.part.rows, len(read.rows), read.calls, 1 + read.counts)
    return Tokens(read.rows, proof, () if read.is_whole() else (_moved(read.part.rows, len(read.rows)),))


def read_by_users(reader: Reader, crew: Crew, total: int, users: Sequence[str]) -> Tokens:
    """All tokens, user by user.

    Args:
        reader: the org.
        crew: who reads.
        total: what ``COUNT()`` said.
        users: ids of all users, those first who are likely to have tokens.
    """
    parts = _counted(reader, crew, total, users)
    chunks = together([part for part in parts if part.rows])
    read = [one for found in crew.each(lambda chunk: _read(reader, chunk), chunks, "authorisations") for one in found]
    rows = [row for one in read for row in one.rows]
    # counted again at the end: what came or went meanwhile shows
    total = reader.count(SOBJECT)
    unread = sum(max(0, one.part.rows - MOST_ROWS) for one in read)
    gaps = [_too_many(one.part) for one in read if one.part.rows > MOST_ROWS]
    if len(rows) + unread != total:
        gaps.append(_moved(total, len(rows) + unread))
    calls, counts = sum(one.calls for one in read), 2 + len(parts) + sum(one.counts for one in read)
    return Tokens(rows, Proof(SOBJECT, total, len(rows), calls, counts, max(1, len(parts))), tuple(gaps))


def _counted(reader: Reader, crew: Crew, total: int, users: Sequence[str]) -> list[Part]:
    """Groups of users of whom none has more tokens than a query gives, but a single user. Each took one count."""
    size = max(1, min(_MOST_USERS, int(_FILLED * MOST_ROWS * len(users) / max(1, total))))
    groups = [tuple(users[start : start + size]) for start in range(0, len(users), size)]
    parts: list[Part] = []
    for start in range(0, len(groups), _GROUPS_AT_A_TIME):
        some = groups[start : start + _GROUPS_AT_A_TIME]
        for found in crew.each(lambda group: _split(reader, group), some, "authorisations counted"):
            parts += found
        if sum(part.rows for part in parts) >= total:
            break
    return parts


def _split(reader: Reader, users: tuple[str, ...], rows: int | None = None) -> list[Part]:
    """A group, halved until no part has too many. Each part costs one count: a half's sister is the difference."""
    rows = reader.count(SOBJECT, _of(users)) if rows is None else rows
    if rows <= MOST_ROWS or len(users) == 1:
        return [Part(users, rows)]
    middle = len(users) // 2
    first, second = users[:middle], users[middle:]
    of_first = min(rows, reader.count(SOBJECT, _of(first)))
    return [*_split(reader, first, of_first), *_split(reader, second, rows - of_first)]


def together(parts: Iterable[Part]) -> list[Part]:
    """Small parts as one chunk, the largest first, as many as a query gives and a URL carries."""
    chunks: list[Part] = []
    for part in sorted(parts, key=lambda one: (-one.rows, one.users)):
        for place, chunk in enumerate(chunks):
            fits = chunk.rows + part.rows <= MOST_ROWS and len(chunk.users) + len(part.users) <= _MOST_USERS
            if fits:
                chunks[place] = Part(chunk.users + part.users, chunk.rows + part.rows)
                break
        else:
            chunks.append(part)
    return chunks


def _settled(reader: Reader, chunk: Part) -> _Read:
    """One chunk, read and counted again until both say the same, or until it has more rows than a query gives."""
    read = _Read(chunk)
    for _ in range(_TRIES):
        table = reader.table(SOBJECT, _FIELDS, where=_of(chunk.users))
        read.rows, read.calls = [_token(row) for row in table.rows], read.calls + table.calls
        if read.is_whole() or read.part.rows > MOST_ROWS:
            break  # the latter of a single user, who has too many
        read.part = Part(chunk.users, reader.count(SOBJECT, _of(chunk.users)))
        read.counts += 1
        if read.is_whole() or (read.part.rows > MOST_ROWS and len(chunk.users) != 1):
            break
    return read


def _read(reader: Reader, chunk: Part) -> list[_Read]:
    """One chunk; in parts where it has outgrown a query meanwhile."""
    read = _settled(reader, chunk)
    if read.part.rows <= MOST_ROWS or len(chunk.users) == 1:
        return [read]
    parts = _split(reader, chunk.users, read.part.rows)
    lost = _Read(Part((), 0), counts=read.counts + len(parts) - 1, calls=read.calls)
    return [lost, *(one for part in parts for one in _read(reader, part))]


def _token(row: Row) -> Token:
    # the same few names and ids come again and again: each is kept once
    return Token(
        intern(record_id(row, "UserId")),
        intern(record_id(row, "AppMenuItem.ApplicationId")),
        intern(text(row, "AppName")),
        number(row, "UseCount"),
        moment_of(row, "LastUsedDate"),
        moment_of(row, "CreatedDate"),
    )


def _of(users: Sequence[str]) -> str:
    """The condition for some users; for all of them where none is named."""
    if not users:
        return ""
    # ids are letters and digits: they come from the org's own User table
    return f"UserId IN ({','.join(repr(one[:15]) for one in users)})"


def _too_many(part: Part) -> Gap:
    (user,) = part.users
    return Gap(
        "tokens-of-one-user",
        f"User {user} alone has {part.rows:,} authorisations, and the org gives no more than {MOST_ROWS:,}",
        "Revoke those that are not needed (Setup, Connected Apps OAuth Usage) and audit again",
    )


def _moved(total: int, rows: int) -> Gap:
    return Gap(
        "tokens-moved",
        f"{counted(abs(total - rows), 'authorisation')} came or went while they were read: the org counts {total:,}, "
        f"{rows:,} were read",
        "Audit again at a quieter time",
    )
