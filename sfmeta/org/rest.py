"""The REST API of an org: who am I, which versions, queries, records, limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlencode

from sfmeta.errors import OrgRefused, OrgUnreachable, SfmetaError
from sfmeta.model.names import ApiVersion
from sfmeta.org.auth import Door
from sfmeta.org.faults import no_salesforce, refused
from sfmeta.org.http import Answer, Http
from sfmeta.org.session import Session

_MAX_PAGES = 100_000  # of at most 2,000 rows each; an org that never says "done" must not hold us for ever
_PLAIN = "',()"
# what is wrong with a query comes behind the query, a caret and its place: only a short line of it all is kept
_WITHOUT_QUERY = re.compile(r"\A.*?\^\s*ERROR at Row:\d+:Column:\d+\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a session is, as ``/services/oauth2/userinfo`` says."""

    org_id: str
    user_id: str
    username: str


class Rest:
    """REST calls through the door of an org."""

    def __init__(self, http: Http, door: Door, version: ApiVersion) -> None:
        """Args:
        http: the connections.
        door: gives and renews the session.
        version: for versioned resources; see ``versions``.
        """
        self._http = http
        self._door = door
        self.version = version

    def identity(self) -> Identity | None:
        """Who we are; None where this kind of session may not ask (no OAuth session, or no ``id`` scope).

        Raises:
            OrgUnreachable, SessionExpired, LoginRefused: as always.
        """
        try:
            said = self._get_object("/services/oauth2/userinfo")
        except OrgRefused as exc:
            if exc.code in ("HTTP_403", "INVALID_SESSION_ID"):
                return None
            raise
        org_id, user_id, username = (said.get(key) for key in ("organization_id", "user_id", "preferred_username"))
        if not (isinstance(org_id, str) and isinstance(user_id, str) and isinstance(username, str)):
            return None
        return Identity(org_id, user_id, username)

    def versions(self) -> tuple[ApiVersion, ...]:
        """The API versions that the org speaks, ascending."""
        said = self._call("GET", "/services/data", idempotent=True)
        numbers = (
            [str(entry.get("version")) for entry in said if isinstance(entry, dict)] if isinstance(said, list) else []
        )
        versions = sorted(ApiVersion(int(n.removesuffix(".0"))) for n in numbers if n.removesuffix(".0").isdigit())
        if not versions:
            raise no_salesforce(self._door.session.instance_url, "its list of API versions is empty")
        return tuple(versions)

    def query(self, soql: str, *, tooling: bool = False) -> Iterator[Mapping[str, object]]:
        """The rows of a SOQL query, page by page, without their ``attributes``.

        Args:
            soql: one statement.
            tooling: ask the Tooling API.
        """
        for page in self.pages(soql, tooling=tooling):
            yield from page

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        """The same in pages as the org cuts them; each of them is one call.

        Args:
            soql: one statement.
            tooling: ask the Tooling API.
        """
        path: object = self._query_path(soql, tooling=tooling)
        for _ in range(_MAX_PAGES):
            if not isinstance(path, str) or not path.startswith("/services/"):
                raise self._strange("its query answer names a next page elsewhere")
            page = self._get_object(path)
            yield self._rows(page)
            if page.get("done") is not False:
                return
            path = page.get("nextRecordsUrl")
        raise self._strange("its query answer never ends")

    def count(self, soql: str) -> int:
        """How many rows there are: the answer to ``SELECT COUNT() FROM ...``, in one call."""
        size = self._get_object(self._query_path(soql)).get("totalSize")
        if not isinstance(size, int):
            raise self._strange("its answer to COUNT() has no number")
        return size

    def create(self, sobject: str, fields: Mapping[str, object]) -> str:
        """Creates a record; its id.

        Raises:
            OrgRefused: with the org's code, for example ``DUPLICATE_VALUE``.
        """
        said = self._call("POST", f"{self._data}/sobjects/{quote(sobject, safe='')}", body=dict(fields))
        if not isinstance(said, dict) or not isinstance(said.get("id"), str):
            raise self._strange("its answer to a new record has no id")
        return str(said["id"])

    def update(self, sobject: str, record_id: str, fields: Mapping[str, object]) -> None:
        """Changes fields of a record."""
        self._call("PATCH", self._record(sobject, record_id), body=dict(fields))

    def delete(self, sobject: str, record_id: str) -> None:
        """Deletes a record."""
        self._call("DELETE", self._record(sobject, record_id))

    def limits(self) -> Mapping[str, object]:
        """What is left of the org's limits, as it says: name -> ``{"Max", "Remaining"}``."""
        return self._get_object(f"{self._data}/limits")

    def field_names(self, sobject: str) -> frozenset[str]:
        """The fields that an sobject has in this org, as far as this user sees them (``describe``).

        Raises:
            OrgRefused: there is no such sobject.
        """
        fields = self._get_object(f"{self._data}/sobjects/{quote(sobject, safe='')}/describe").get("fields")
        if not isinstance(fields, list):
            raise self._strange("its describe names no fields")
        return frozenset(str(entry.get("name")) for entry in fields if isinstance(entry, dict))

    def _query_path(self, soql: str, *, tooling: bool = False) -> str:
        kind = "tooling/query" if tooling else "query"
        # a query string may hold quotes and commas as they are (RFC 3986), and a long list of ids has many
        return f"{self._data}/{kind}?{urlencode({'q': soql}, safe=_PLAIN, quote_via=quote)}"

    def _rows(self, page: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
        records = page.get("records")
        if not isinstance(records, list):
            raise self._strange("its query answer has no records")
        rows = [_plain(record) for record in records]
        for row in rows:
            if not isinstance(row, dict):
                raise self._strange("its query answer holds a row that is no object")
        return cast("list[Mapping[str, object]]", rows)

    @property
    def _data(self) -> str:
        return f"/services/data/v{self.version}"

    def _record(self, sobject: str, record_id: str) -> str:
        return f"{self._data}/sobjects/{quote(sobject, safe='')}/{quote(record_id, safe='')}"

    def _get_object(self, path: str) -> dict[str, object]:
        said = self._call("GET", path, idempotent=True)
        if not isinstance(said, dict):
            raise self._strange("its answer is no JSON object")
        return said

    def _call(self, method: str, path: str, *, body: object = None, idempotent: bool = False) -> object:
        def call(session: Session) -> object:
            headers = {"Authorization": f"Bearer {session.access_token.reveal()}", "Accept": "application/json"}
            if body is not None:
                headers["Content-Type"] = "application/json"
            data = None if body is None else json.dumps(body).encode()
            url = f"{session.instance_url}{path}"
            answer = self._http.call(method, url, headers=headers, data=data, idempotent=idempotent)
            if answer.status >= 400:
                raise _refusal(answer, session)
            return _json(answer)

        return self._door.through(call)

    def _strange(self, why: str) -> OrgUnreachable:
        return no_salesforce(self._door.session.instance_url, why)


def _json(answer: Answer) -> object:
    if answer.status == 204 or not answer.body:
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        # no cause is kept: it would hold the whole answer
        raise no_salesforce(answer.url, f"it answers HTTP {answer.status} without JSON") from None


def _refusal(answer: Answer, session: Session) -> SfmetaError:
    """``[{"message", "errorCode"}]``, as users quote it; userinfo answers 403 with a bare word as HTML (remembered)."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    first = said[0] if isinstance(said, list) and said else said
    if isinstance(first, dict) and isinstance(first.get("errorCode"), str):
        message = _WITHOUT_QUERY.sub("", str(first.get("message") or ""))
        return refused(first["errorCode"], message, (session.access_token,))
    if answer.status in (401, 403) and re.fullmatch(rb"\w{1,80}", answer.body.strip()):
        return refused(f"HTTP_{answer.status}", answer.body.decode(), (session.access_token,))
    return no_salesforce(answer.url, f"it answers HTTP {answer.status}")


def _plain(value: object) -> object:
    """A row without the ``attributes`` that REST puts into every record, at any depth."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key != "attributes"}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
