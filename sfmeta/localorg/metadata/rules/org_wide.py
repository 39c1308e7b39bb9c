"""Blocked consumers and settings."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.doors.boxes import BOXES
from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.addresses import range_problems
from sfmeta.localorg.metadata.rules.base import Context, TypeRules, problem
from sfmeta.localorg.metadata.xml import Node


class BlacklistedConsumerRules(TypeRules):
    """The key of a block is fixed."""

    order = 70

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        before, node = context.current("BlacklistedConsumer", full_name), document.first("consumerKey")
        if before is not None and node is not None and before.value("consumerKey") != node.text.strip():
            yield problem("block-key-fixed", node)


class SettingsRules(TypeRules):
    """One component per feature, each with its own root; what a file does not mention stays."""

    order = 90

    def root(self, full_name: str) -> str:
        return f"{full_name}Settings"

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        org, network = context.org, document.first("networkAccess")
        if network is not None:
            yield from range_problems(network, "ipRanges")
        if full_name != "ConnectedApp" or org.has_feature(API_ACCESS_CONTROL):
            return
        if assumed(org, "boxes_without_feature_are_ignored"):
            return
        for name in BOXES:
            node = document.first(name)
            if node is not None:
                yield problem("boxes-need-feature", node, element=name)

    def merged(self, full_name: str, document: Node, context: Context) -> Node:
        before = context.current("Settings", full_name)
        if before is None:
            return document
        said = {child.name for child in document.children}
        kept = [child for child in before.children if child.name not in said]
        return Node(document.name, "", [*kept, *document.children], document.attributes)

    def deletion_problems(self, full_name: str, context: Context) -> Iterator[Problem]:
        yield problem("settings-not-deletable", name=full_name)
