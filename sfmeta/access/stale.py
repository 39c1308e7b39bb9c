"""Files that an earlier policy asked for and this one does not. They are reported, never deleted.

There is no memory of earlier runs, so only what is clearly generated is recognised: a permission set that says nothing
but a label of the pattern in ``defaults``, "Use Any API Client", blocks that an administrator made, and an app that no
entry of the policy matches while its file still names such a permission set. An app that a person set up, or one whose
policy never asked for a permission set, looks the same with and without a policy: nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sfmeta.access.file_index import SATELLITES, FileIndex
from sfmeta.access.grants import ANY_API_CLIENT_LABEL
from sfmeta.access.names import api_name_of
from sfmeta.access.wanted import Wish
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import Policy


def stale_components(policy: Policy, wish: Wish, existing: Mapping[ComponentId, Element]) -> tuple[ComponentId, ...]:
    """What generate clearly wrote for a policy that asks for it no more.

    Args:
        policy: as it is now.
        wish: what it asks for.
        existing: the components of the project; a value is asked for only where it matters.

    Returns:
        Sorted.
    """
    index = FileIndex(existing)
    wanted = {component.id for component in wish.components}
    allow_sets = [component for component in _allow_sets(policy, index) if component not in wanted]
    stale = {*allow_sets, *_blocks(index)}
    if allow_sets:
        stale |= set(_apps(policy, wanted, allow_sets, index))
    any_client = ComponentId.of("PermissionSet", api_name_of(ANY_API_CLIENT_LABEL))
    if any_client in existing:
        stale.add(any_client)
    return tuple(sorted(stale - wanted))


def _allow_sets(policy: Policy, index: FileIndex) -> Iterator[ComponentId]:
    """Permission sets of the policy's pattern that hold nothing but their label."""
    before, found, after = policy.permission_set_pattern.partition("{label}")
    if not found:
        return
    head, tail = api_name_of(before), api_name_of(after) if after.strip() else ""
    for component in index.of_type("PermissionSet"):
        if component.full_name.startswith(head) and component.full_name.endswith(tail):
            content = index.existing[component]
            label = content.value("label") or ""
            bare = all(child.name == "label" for child in content.children)
            if bare and label.startswith(before) and label.endswith(after):
                yield component


def _blocks(index: FileIndex) -> Iterator[ComponentId]:
    for component in index.of_type("BlacklistedConsumer"):
        if index.existing[component].value("blockedByApiWhitelisting") != "true":
            yield component


def _apps(
    policy: Policy, wanted: Iterable[ComponentId], allow_sets: Iterable[ComponentId], index: FileIndex
) -> Iterator[ComponentId]:
    """Apps outside the policy that still name a stale "Allow" set, with all their files."""
    ours = {*wanted, *(index.find(app, policy.file) for app in policy.apps.values())}
    for allow in allow_sets:
        for component in index.holding("ConnectedApp", "permissionSetName", allow.full_name):
            if component not in ours:
                yield component
        for policies in index.of_type("ExtlClntAppOauthConfigurablePolicies"):
            content = index.existing[policies]
            named = {name.strip() for name in (content.value("commaSeparatedPermissionSet") or "").split(",")}
            app = ComponentId.of("ExternalClientApplication", content.value("externalClientApplication") or "*")
            if allow.full_name in named and app not in ours:
                yield from (app,) if app in index.existing else ()
                for satellite in SATELLITES:
                    yield from index.holding(satellite, "externalClientApplication", app.full_name)
