"""Large logs, missing columns and tables, busy orgs, ended sessions."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sfmeta.errors import OrgRefused, UsageError
from sfmeta.model.secret import Secret
from sfmeta.ops.audit import AuditRequest, audit
from sfmeta.ops.audit.groups import Log, read_groups
from sfmeta.ops.audit.reading import Reader
from sfmeta.ops.audit.rows import stamp
from sfmeta.ops.audit.window import Window
from sfmeta.org.auth import JwtBearer
from sfmeta.org.client import OrgClient
from tests.audit.conftest import Start, audited, tools
from tests.audit.fake import FakeAuditOrg, user_id
from tests.ops.fake_org import FakeClock
from tests.org.conftest import wsdl

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LOG = Log("LoginHistory", "LoginTime", ("UserId",))


@dataclass
class LogOrg(FakeAuditOrg):
    """Has one log: moments, each a group of its own. Refuses or cuts answers of more than 2,000 groups."""

    moments: list[datetime] = field(default_factory=list)
    refuses: bool = False

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        self.asked.append(soql)
        found = self._within(soql)
        if self.refuses and len(found) > 2000:
            raise OrgRefused("Aggregate query does not support queryMore(), use LIMIT", code="EXCEEDED_ID_LIMIT")
        yield [{"UserId": str(place), "n": 1, "latest": stamp(one)} for place, one in enumerate(found[:2000])]

    def count(self, soql: str) -> int:
        return len(self._within(soql))

    def _within(self, soql: str) -> list[datetime]:
        start, *end = (datetime.fromisoformat(one) for one in re.findall(r"[<=] (\S+Z)", soql))
        return [one for one in self.moments if one >= start and (not end or one < end[0])]


def log(moments: list[datetime], *, refuses: bool = False) -> LogOrg:
    return LogOrg(moments=moments, refuses=refuses)


@pytest.mark.parametrize("refuses", [False, True])
@pytest.mark.parametrize("number", [0, 1999, 2000, 9000])
def test_a_log_of_any_size_is_read_whole(number: int, refuses: bool) -> None:
    moments = [NOW - timedelta(minutes=place * 10) for place in range(number)]
    org = log(moments, refuses=refuses)
    found = read_groups(Reader(org, FakeClock()), LOG, Window.of_days(NOW, 90))
    assert len(found.rows) == number
    assert found.gaps == ()
    assert found.proof is not None
    assert (found.proof.counted, found.proof.read) == (number, number)
    assert found.proof.queries <= 4 * max(1, number // 1000)


def test_a_log_that_no_cutting_makes_small_is_a_gap() -> None:
    found = read_groups(Reader(log([NOW - timedelta(hours=1)] * 2500), FakeClock()), LOG, Window.of_days(NOW, 90))
    assert [gap.name for gap in found.gaps] == ["incomplete-LoginHistory"]
    assert found.proof is not None
    assert found.proof.read < found.proof.counted == 2500


def test_logins_of_an_org_whose_clock_is_ahead_are_seen() -> None:
    found = read_groups(Reader(log([NOW + timedelta(days=40)]), FakeClock()), LOG, Window.of_days(NOW, 90))
    assert len(found.rows) == 1


MISSING = {
    "UserLogin": "frozen-users",
    "LoginHistory": "logins",
    "SetupEntityAccess": "grants",
    "ExternalClientApplication": "external-apps",
}


@pytest.mark.parametrize("table", MISSING)
def test_a_table_that_the_org_lacks_is_a_gap(table: str) -> None:
    found = audit(FakeAuditOrg({user_id(1): 1}, missing={table}), AuditRequest(), tools())
    assert [gap.name for gap in found.gaps] == [MISSING[table]]


@pytest.mark.parametrize("table", ["User", "PermissionSet", "OauthToken", "ConnectedApplication"])
def test_a_table_that_nothing_goes_without_ends_the_audit(table: str) -> None:
    with pytest.raises(OrgRefused, match=table):
        audit(FakeAuditOrg({user_id(1): 1}, missing={table}), AuditRequest(), tools())


def test_a_column_that_the_org_lacks_is_left_out() -> None:
    class Lacking(FakeAuditOrg):
        def _table(self, soql: str) -> str:
            table = super()._table(soql)
            if "ExpirationDate" in soql:
                raise OrgRefused("No such column 'ExpirationDate' on entity 'PermissionSetAssignment'")
            return table

    org = Lacking({user_id(1): 1})
    assert audit(org, AuditRequest(), tools()).gaps == ()
    needed = Reader(org, FakeClock())
    with pytest.raises(OrgRefused):
        needed.table("PermissionSetAssignment", ["ExpirationDate"])


def test_a_busy_org_is_waited_for_and_a_used_up_one_is_not() -> None:
    refused: list[str] = []

    def busy(soql: str) -> None:
        if soql.endswith("FROM PermissionSet") and len(refused) < 3:
            refused.append(soql)
            raise OrgRefused(
                "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", code="REQUEST_LIMIT_EXCEEDED"
            )

    assert audit(FakeAuditOrg({user_id(1): 1}, before=busy), AuditRequest(), tools()).uses
    assert len(refused) == 3

    def used_up(soql: str) -> None:
        if "FROM LoginHistory" in soql:
            raise OrgRefused("TotalRequests Limit exceeded.", code="REQUEST_LIMIT_EXCEEDED")

    with pytest.raises(OrgRefused, match="TotalRequests"):
        audit(FakeAuditOrg({user_id(1): 1}, before=used_up), AuditRequest(), tools())


def test_the_org_s_own_words_for_its_limits_are_understood(start: Start) -> None:
    org = start()
    org.faults.add("concurrent-limit", path="/services/data/*/query*", nth=4)
    assert [gap.name for gap in audited(org).gaps] == ["installed-apps"]
    org.faults.clear()
    org.faults.add("request-limit", path="/services/data/*/query*", nth=8)
    with pytest.raises(OrgRefused) as refused:
        audited(org)
    assert refused.value.code == "REQUEST_LIMIT_EXCEEDED"
    assert "used up" in refused.value.hint


def test_a_session_that_ends_in_the_middle_is_renewed_once_for_all_workers(start: Start) -> None:
    org = start()
    admin = org.admin
    key = Secret(Path(admin.private_key_file).read_text())
    sessions: list[object] = []
    flow = JwtBearer(admin.client_id, admin.username, key, org.url)
    client = OrgClient.connect(flow, wsdl(), on_login=sessions.append)
    try:
        org.faults.add("expire-session", path="/services/data/*/query*", nth=6)
        found = audit(client, AuditRequest(parallel=6), tools())
    finally:
        client.close()
    assert found.users
    assert len(sessions) == 2


def test_metadata_that_we_may_not_read_is_a_gap_and_no_end() -> None:
    class Closed(FakeAuditOrg):
        def start_retrieve(self, components: object) -> object:  # type: ignore[override]
            raise OrgRefused("Insufficient access; need Modify Metadata", code="INSUFFICIENT_ACCESS")

    found = audit(Closed({user_id(1): 1}), AuditRequest(), tools())  # type: ignore[arg-type]
    assert [gap.name for gap in found.gaps] == ["metadata"]
    assert found.settings.internal_box is None
    assert found.settings.password_flow_blocked is None


@pytest.mark.parametrize(
    ("key", "zone", "said"),
    [
        ("Europe/Berlin", "Europe/Berlin", ""),
        ("Europe/Atlantis", "UTC", "Europe/Atlantis is not known here"),
        (None, "UTC", "does not tell its time zone"),
    ],
)
def test_a_time_zone_that_is_not_known_here_is_a_gap(key: str | None, zone: str, said: str) -> None:
    row = {"Id": "00D000000000001EAA", "TimeZoneSidKey": key}
    found = audit(FakeAuditOrg({user_id(1): 1}, tables={"Organization": [row]}), AuditRequest(), tools())
    assert found.settings.time_zone == zone
    assert [gap.name for gap in found.gaps] == (["time-zone"] if said else [])
    assert said in " ".join(gap.message for gap in found.gaps)


def test_an_error_ends_what_the_other_workers_do() -> None:
    org = FakeAuditOrg({user_id(1): 1}, missing={"User"})
    with pytest.raises(OrgRefused):
        audit(org, AuditRequest(parallel=2), tools())
    assert [one.name for one in threading.enumerate() if one.name.startswith("audit")] == []
    assert len(org.asked) < 20


def test_what_is_asked_for_wrongly_is_said_before_anything_is_read() -> None:
    for wrong in ({"days": 0}, {"parallel": 0}, {"parallel": 99}):
        with pytest.raises(UsageError, match="An audit"):
            AuditRequest(**wrong)
