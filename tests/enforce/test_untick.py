"""The way back, by itself: which ways are tried, and what it never claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from sfmeta.errors import LoginRefused, OperationFailed
from sfmeta.ops.enforce.untick import Way, untick
from tests.ops.fake_org import FakeOrg, tools

INTERNAL = "enableAdminApprovedAppsOnly"
PATH = "settings/ConnectedApp.settings"


def settings(*, ticked: bool) -> bytes:
    body = f"<{INTERNAL}>{str(ticked).lower()}</{INTERNAL}>"
    return (
        f'<ConnectedAppSettings xmlns="http://soap.sforce.com/2006/04/metadata">{body}</ConnectedAppSettings>'.encode()
    )


class BusyOrg(FakeOrg):
    """One in which a job of ours runs for ever."""

    def pages(self, soql: str, *, tooling: bool = False) -> Iterator[Sequence[Mapping[str, object]]]:
        return iter([[{"Id": "0Af", "Status": "InProgress"}]] if "DeployRequest" in soql else [])


def org_with(kind: type[FakeOrg], *, ticked: bool) -> FakeOrg:
    return kind(held={PATH: settings(ticked=ticked)})


def no_way() -> Any:
    raise LoginRefused("no")


def test_the_next_way_is_taken_where_one_is_shut() -> None:
    org = org_with(FakeOrg, ticked=True)
    done = untick([Way("the first", no_way), Way("the second", lambda: org)], (INTERNAL,), None, tools())
    assert done.boxes == (INTERNAL,)
    assert done.by == "the second"
    assert done.troubles == ("the first: no",)


def test_what_may_still_be_ticked_is_never_called_unticked() -> None:
    """A job that nothing here knows of may be the flip itself, not yet at its end."""
    org = org_with(BusyOrg, ticked=False)
    with pytest.raises(OperationFailed, match="may tick the box yet"):
        untick([Way("the session", lambda: org)], (INTERNAL,), None, replace(tools(), deadline_s=5.0))


def test_a_box_that_is_ticked_waits_for_nobody() -> None:
    org = org_with(BusyOrg, ticked=True)
    assert untick([Way("the session", lambda: org)], (INTERNAL,), None, tools()).boxes == (INTERNAL,)


def test_without_any_way_all_are_named() -> None:
    with pytest.raises(OperationFailed, match="the first: no; the second: no"):
        untick([Way("the first", no_way), Way("the second", no_way)], (INTERNAL,), None, tools())
