"""ConnectedApp: creation, keys, grants, policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sfmeta.localorg.features import CONNECTED_APP_CREATION
from sfmeta.localorg.metadata import grants, references
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.addresses import range_problems
from sfmeta.localorg.metadata.rules.base import Context, TypeRules, missing_reference, problem
from sfmeta.localorg.metadata.xml import Node, is_true
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

_KEY = re.compile(r"[A-Za-z0-9._]{8,256}")
_TO_GRANT = ("CustomizeApplication", "ModifyAllData", "ManageProfilesPermissionsets")
_POLICIES = {
    "ipRelaxation": re.compile("ENFORCE|BYPASS|BYPASS_2FACTOR|ENFORCE_RELAXREFRESH"),
    "refreshTokenPolicy": re.compile(r"infinite|zero|specific_(lifetime|inactivity):[1-9]\d*:(HOURS|DAYS|MONTHS)"),
}


class ConnectedAppRules(TypeRules):
    """An app is the whole file, except what the org alone knows."""

    order = 60

    def problems(self, full_name: str, document: Node, context: Context) -> Iterator[Problem]:
        record = references.owned_app(context.state, full_name)
        if record is None and not context.org.has_feature(CONNECTED_APP_CREATION):
            yield problem("app-creation")
            return
        config = document.first("oauthConfig")
        if config is not None:
            yield from _key_problems(config, record, context.state)
            user = config.first("oauthClientCredentialUser")
            if user is not None and user.text.strip() and references.user(context.state, user.text.strip()) is None:
                yield missing_reference(user.name, "User", user)
        approved = config is not None and is_true(config.value("isAdminApproved"))
        yield from _grant_problems(
            document, "permissionSetName", "PermissionSet", references.permission_set_of_app, approved, context
        )
        yield from _grant_problems(document, "profileName", "Profile", references.profile, approved, context)
        if _changes_grants(document, record, context.state) and not context.may(*_TO_GRANT):
            yield problem("app-grants-permission", document)
        yield from _policy_problems(document)
        yield from range_problems(document, "ipRanges")

    def merged(self, full_name: str, document: Node, context: Context) -> Node:
        user = document.value("pluginExecutionUser")
        if user and references.user(context.state, user) is None:
            document.children = [child for child in document.children if child.name != "pluginExecutionUser"]
        return document


def _key_problems(config: Node, record: Record | None, state: State) -> Iterator[Problem]:
    node = config.first("consumerKey")
    key = "" if node is None else node.text.strip()
    if not key or node is None:
        return
    if record is not None and record.text("ConsumerKey"):
        if key != record.text("ConsumerKey"):
            taken = grants.consumer_key_taken(state, key, record.id)
            yield problem("app-key-taken" if taken else "app-key-given", node)
    elif grants.consumer_key_taken(state, key):
        yield problem("app-key-taken", node)
    elif not _KEY.fullmatch(key):
        yield problem("app-key-form", node)


def _grant_problems(
    document: Node,
    element: str,
    type_name: str,
    find: Callable[[State, str], Record | None],
    approved: bool,
    context: Context,
) -> Iterator[Problem]:
    seen: set[str] = set()
    for node in document.all(element):
        name = node.text.strip()
        if not name:
            continue
        record = find(context.state, name)
        if record is None:
            yield missing_reference(element, type_name, node)
        elif not approved:
            yield problem("app-grants-need-admin-approval", node, field=element)
        elif record.id in seen:
            yield problem("app-grants-unique", node, field=element, name=name)
        if record is not None:
            seen.add(record.id)


def _changes_grants(document: Node, record: Record | None, state: State) -> bool:
    before = grants.granted(state, record) if record is not None else ([], [])
    held_as = "Label" if references.names_labels(state) else "Name"
    pairs = (
        ("permissionSetName", references.permission_set_of_app, held_as, before[0]),
        ("profileName", references.profile, "Name", before[1]),
    )
    for element, find, name, held in pairs:
        if document.first(element) is not None:
            found = [find(state, text) for text in document.values(element)]
            if sorted(one.text(name) for one in found if one is not None) != held:
                return True
    return False


def _policy_problems(document: Node) -> Iterator[Problem]:
    policy = document.first("oauthPolicy")
    for element, pattern in _POLICIES.items():
        node = policy.first(element) if policy is not None else None
        if node is not None and node.text.strip() and not pattern.fullmatch(node.text.strip()):
            yield problem("app-policy-value", node, element=element, value=node.text.strip())
