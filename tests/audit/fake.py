"""An org for faults that no org makes on demand. It knows no SOQL: it looks which table is asked, and for whom."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from sfmeta.errors import OrgRefused
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import JobStatus, OrgInfo, RetrieveMessage, RetrieveOutcome
from tests.ops.fake_org import INFO

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
SETTINGS = {
    f"settings/{name}.settings": f"<{name}Settings {NS}/>" for name in ("ConnectedApp", "OauthOidc", "Security")
}
_PAGE, _MOST = 500, 2500
Row = Mapping[str, object]


@dataclass
class FakeAuditOrg:
    """See the module.

    Attributes:
        tokens: by user id, how many.
        missing: tables that it does not have.
        before: called before every query, with its text.
        tables: rows of other tables.
        hidden: ids of users who have tokens, and whom the org does not list.
        held: permissions of our user.
        left: API requests.
        files: what a retrieve gives.
        problems: what it says instead of other files.
        asked: every query and count.
    """

    tokens: dict[str, int] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    before: Callable[[str], None] = lambda soql: None
    tables: dict[str, list[Row]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    held: tuple[str, ...] = ("CustomizeApplication", "ManageUsers", "ViewSetup")
    left: int = 100_000
    files: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))
    problems: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    info: OrgInfo = INFO

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Row]]:
        table = self._table(soql)
        rows = self._tokens(soql)[:_MOST] if table == "OauthToken" else self._rows(table, soql)
        for start in range(0, max(1, len(rows)), _PAGE):
            yield rows[start : start + _PAGE]

    def count(self, soql: str) -> int:
        table = self._table(soql)
        return len(self._tokens(soql) if table == "OauthToken" else self._rows(table, soql))

    def limits(self) -> Mapping[str, object]:
        return {"DailyApiRequests": {"Max": 100_000, "Remaining": self.left}}

    def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
        return JobId("09S000000000001AAA")

    def retrieve_status(self, job: JobId, sink: BinaryIO) -> RetrieveOutcome:
        with zipfile.ZipFile(sink, "w") as opened:
            for path, text in self.files.items():
                opened.writestr(f"unpackaged/{path}", HEAD + text)
        messages = tuple(RetrieveMessage("package.xml", problem) for problem in self.problems)
        done = RetrieveOutcome(job, JobStatus.SUCCEEDED, done=True, success=True, messages=messages)
        return replace(done, zip_bytes=sink.tell())

    @property
    def token_queries(self) -> list[str]:
        """Queries for rows of OauthToken, without the counts."""
        return [soql for soql in self.asked if " FROM OauthToken" in soql and "COUNT()" not in soql]

    def _table(self, soql: str) -> str:
        self.before(soql)
        self.asked.append(soql)
        table = soql.partition(" FROM ")[2].split()[0]
        if table in self.missing:
            raise OrgRefused(f"sObject type '{table}' is not supported", code="INVALID_TYPE")
        return table

    def _rows(self, table: str, soql: str) -> list[Row]:
        if table == "User":
            users = [id_ for id_ in self.tokens if id_ not in self.hidden]
            return [{"Id": id_, "Username": f"{id_}@x.example", "IsActive": True} for id_ in users]
        if table == "PermissionSetAssignment" and "PermissionSet.Permissions" in soql:
            return [{"PermissionSet": {f"Permissions{name}": True for name in self.held}}]
        if table == "Organization" and table not in self.tables:
            return [{"Id": "00D000000000001EAA", "TimeZoneSidKey": "GMT"}]
        return list(self.tables.get(table, ()))

    def _tokens(self, soql: str) -> list[Row]:
        listed = set(re.findall(r"'(\w+)'", soql.partition(" WHERE ")[2]))
        users = [id_ for id_ in self.tokens if not listed or id_[:15] in listed]
        return [{"UserId": id_, "AppName": "App", "UseCount": 1} for id_ in users for _ in range(self.tokens[id_])]


def user_id(number: int) -> str:
    return f"005{number:012d}AAA"
