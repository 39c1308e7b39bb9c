"""BlacklistedConsumer: a consumer key that the org does not let in."""

from __future__ import annotations

from collections.abc import Iterable

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.doors.blocks import leave_block
from sfmeta.localorg.metadata.effects.base import Effect, leaf
from sfmeta.localorg.metadata.xml import Node
from sfmeta.localorg.records import Record, Value
from sfmeta.localorg.state import State


class BlacklistedConsumerEffect(Effect):
    """The row is the block: the gate looks it up by key."""

    watched = ("BlacklistedConsumer",)

    def apply(self, state: State, full_name: str, document: Node) -> str:
        fields: dict[str, Value] = {
            "DeveloperName": full_name,
            "ConsumerKey": document.value("consumerKey"),
            "ConsumerName": document.value("consumerName"),
            "MasterLabel": document.value("masterLabel"),
            "BlockedByApiWhitelisting": document.flag("blockedByApiWhitelisting"),
        }
        record = self._record(state, full_name)
        if record is None:
            return state.records.insert("BlacklistedConsumer", fields)
        state.records.update(record.id, **fields)
        return record.id

    def remove(self, state: State, full_name: str) -> None:
        record = self._record(state, full_name)
        if record is not None:
            state.records.delete(record.id)
            if not assumed(state.org, "deleting_a_block_unblocks"):
                leave_block(state, record.text("ConsumerKey"))

    def renamed(self, state: State, old: str, new: str) -> None:
        record = self._record(state, old)
        if record is not None:
            state.records.update(record.id, DeveloperName=new)

    def unstored(self, state: State) -> Iterable[tuple[str, Node, str]]:
        for record in state.records.find("BlacklistedConsumer"):
            name = record.text("DeveloperName") or record.text("ConsumerName").replace(" ", "_")
            if not record.text("DeveloperName"):
                state.records.update(record.id, DeveloperName=name)
            yield (
                name,
                Node.of(
                    "BlacklistedConsumer",
                    leaf("blockedByApiWhitelisting", record.flag("BlockedByApiWhitelisting")),
                    leaf("consumerKey", record.text("ConsumerKey")),
                    leaf("consumerName", record.text("ConsumerName")),
                    leaf("masterLabel", record.text("MasterLabel")),
                ),
                record.id,
            )

    @staticmethod
    def _record(state: State, full_name: str) -> Record | None:
        every = state.records.find("BlacklistedConsumer")
        wanted = full_name.casefold()
        return next((record for record in every if record.text("DeveloperName").casefold() == wanted), None)
