"""Reading what an org holds: the zip that it hands over once may be lost on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO

import pytest

from sfmeta.errors import OrgUnreachable
from sfmeta.model.names import ComponentId, JobId
from sfmeta.model.outcome import RetrieveOutcome
from sfmeta.ops.snapshot import take_snapshot
from tests.ops.fake_org import FakeOrg, tools

WANTED = ComponentId.of("PermissionSet", "Allow")


class Losing(FakeOrg):
    """An org whose first answers with a zip are lost, or lose their end."""

    lost = 0
    cut = False
    asked = 0

    def start_retrieve(self, components: Sequence[ComponentId]) -> JobId:
        self.asked += 1
        return super().start_retrieve(components)

    def retrieve_status(self, job: JobId, sink: BinaryIO) -> RetrieveOutcome:
        outcome = super().retrieve_status(job, sink)
        if self.asked > self.lost:
            return outcome
        size = sink.tell() // 2 if self.cut else 0
        sink.truncate(size)
        return replace(outcome, zip_bytes=size)


@pytest.mark.parametrize("cut", [False, True])
def test_a_zip_that_was_lost_is_asked_for_anew(cut: bool) -> None:
    org = Losing()
    org.lost, org.cut = 2, cut
    snapshot = take_snapshot(org, {WANTED}, tools())
    assert org.asked == 3
    assert snapshot.absent == {WANTED}, "what the org does not have, and not what got lost"


def test_an_org_whose_zips_never_arrive_is_not_taken_for_an_empty_one() -> None:
    org = Losing()
    org.lost = 99
    with pytest.raises(OrgUnreachable, match="lost on its way"):
        take_snapshot(org, {WANTED}, tools())
