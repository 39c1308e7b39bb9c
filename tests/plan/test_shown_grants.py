"""Whether an org really lets in whom a package said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from sfmeta.model.plan import AppGrants
from sfmeta.ops.plan.shown_grants import missing_grants
from sfmeta.ops.ports import Org


class Namesakes:
    """Two apps of one label: the one that is meant is shut, the other open."""

    def query(self, soql: str) -> Iterator[Mapping[str, object]]:
        if " FROM ConnectedApplication " in soql:
            yield from ({"Id": id_, "Name": "Loader"} for id_ in ("0H4meant", "0H4other"))
        else:
            parent = {"Name": "Allow_Loader", "Label": "Allow Loader", "Profile": None}
            yield {"SetupEntityId": "0H4other", "Parent": parent}


ORG = cast("Org", Namesakes())
WANTED = {7: AppGrants("Loader", ("Allow_Loader",))}


def test_a_namesake_that_is_open_does_not_hide_one_that_is_shut() -> None:
    assert missing_grants(ORG, WANTED, {7: "0H4meant"}) == {7: ("permission set Allow_Loader",)}
    assert missing_grants(ORG, WANTED, {7: "0H4other"}) == {}


def test_two_of_one_label_are_looked_at_each() -> None:
    both = {1: WANTED[7], 2: WANTED[7]}
    assert set(missing_grants(ORG, both, {1: "0H4meant", 2: "0H4other"})) == {1}


def test_where_nobody_knows_which_is_meant_the_nearest_is() -> None:
    assert missing_grants(ORG, WANTED) == {}
