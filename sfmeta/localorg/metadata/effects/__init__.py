"""What a deployed or deleted component means for the org's records, and the way back from records to components.

Everything that puts metadata into the org goes through ``put`` and ``delete``: deployments, seeds, Setup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import NamedTuple

from sfmeta.localorg.audit import note_all
from sfmeta.localorg.metadata.arrange import arranged
from sfmeta.localorg.metadata.effects import trail
from sfmeta.localorg.metadata.effects.base import Effect
from sfmeta.localorg.metadata.effects.blacklisted_consumer import BlacklistedConsumerEffect
from sfmeta.localorg.metadata.effects.connected_app import ConnectedAppEffect
from sfmeta.localorg.metadata.effects.external_client_app import (
    ConfigurablePoliciesEffect,
    ExternalClientApplicationEffect,
    GlobalOauthSettingsEffect,
    OauthPoliciesEffect,
    OauthSettingsEffect,
)
from sfmeta.localorg.metadata.effects.permission_set import PermissionSetEffect
from sfmeta.localorg.metadata.effects.permission_set_group import MutingPermissionSetEffect, PermissionSetGroupEffect
from sfmeta.localorg.metadata.effects.profile import ProfileEffect
from sfmeta.localorg.metadata.effects.renames import follow
from sfmeta.localorg.metadata.effects.settings import SettingsEffect
from sfmeta.localorg.metadata.layout import path_of
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.store import Components, Stored, changed
from sfmeta.localorg.metadata.xml import Node, write
from sfmeta.localorg.state import State

EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "BlacklistedConsumer": BlacklistedConsumerEffect(),
        "ConnectedApp": ConnectedAppEffect(),
        "ExternalClientApplication": ExternalClientApplicationEffect(),
        "ExtlClntAppConfigurablePolicies": ConfigurablePoliciesEffect(),
        "ExtlClntAppGlobalOauthSettings": GlobalOauthSettingsEffect(),
        "ExtlClntAppOauthConfigurablePolicies": OauthPoliciesEffect(),
        "ExtlClntAppOauthSettings": OauthSettingsEffect(),
        "MutingPermissionSet": MutingPermissionSetEffect(),
        "PermissionSet": PermissionSetEffect(),
        "PermissionSetGroup": PermissionSetGroupEffect(),
        "Profile": ProfileEffect(),
        "Settings": SettingsEffect(),
    }
)
"""Every type that is more than its file."""

_NONE = Effect()
# the component of such a type is its record: without the row it is gone
_ARE_RECORDS = frozenset(
    {
        "BlacklistedConsumer",
        "ConnectedApp",
        "ExternalClientApplication",
        "MutingPermissionSet",
        "PermissionSet",
        "PermissionSetGroup",
        "Profile",
    }
)


def put(state: State, type_name: str, full_name: str, document: Node, *, author: str = "") -> Stored:
    """Makes a component that is one XML document part of the org, records included.

    Args:
        state: the org.
        type_name: the metadata type.
        full_name: decoded.
        document: all that the component says; nothing is checked here.
        author: the id of the user who does it, "" for the org itself.
    """
    with state.joined():
        done = replace(state, type_name, full_name, document, author=author)
        if author:
            note_all(state, author, trail.lines(type_name, done.stored.full_name, done.before, done.after))
    return done.stored


class Replaced(NamedTuple):
    """What ``replace`` did.

    Attributes:
        stored: the component.
        before: as the org gave it back until then, None where there was none.
        after: as it gives it back from now on.
    """

    stored: Stored
    before: Node | None
    after: Node


def replace(state: State, type_name: str, full_name: str, document: Node, *, author: str = "") -> Replaced:
    """``put`` without a word in the audit trail: whoever replaces many components writes ``trail.lines`` at once."""
    effect = EFFECTS.get(type_name, _NONE)
    with state.joined():
        before = current(state, type_name, full_name)
        record_id = effect.enact(state, full_name, document, author)
        kept = arranged(effect.kept(document), salesforce_schema())
        stored = Components(state).put_document(type_name, full_name, kept, author=author, record_id=record_id)
        shown = effect.reflect(state, stored.full_name, kept)
        after = kept if shown is kept else arranged(shown, salesforce_schema())
        return Replaced(stored, before, after)


def delete(state: State, type_name: str, full_name: str, *, author: str = "") -> bool:
    """Takes a component and its records out of the org; False where there was none."""
    with state.joined():
        stored = Components(state).get(type_name, full_name)
        if stored is None:
            return False
        if author and trail.is_told(type_name):
            before = current(state, type_name, full_name)
            note_all(state, author, trail.lines(type_name, stored.full_name, before, None))
        EFFECTS.get(type_name, _NONE).remove(state, full_name)
        return Components(state).delete(type_name, full_name)


def rename(state: State, type_name: str, old: str, new: str, *, author: str = "") -> None:
    """Gives a component another name. Its records, grants and assignments stay its own.

    Args:
        state: the org.
        type_name: of a type whose components are one document.
        old: the name that it has, in any case.
        new: a name that no component of the type has.
        author: the id of the user who does it.
    """
    store = Components(state)
    with state.transaction():
        document = store.document(type_name, old)
        if document is None:
            return
        # the effect finds its record through the component of the old name
        EFFECTS.get(type_name, _NONE).renamed(state, old, new)
        store.rename(type_name, old, new, {path_of(type_name, new): write(document)}, author=author)
        follow(state, type_name, old, new)
        if author:
            trail.tell_rename(state, author, type_name, old, new, current(state, type_name, new))


def current(state: State, type_name: str, full_name: str) -> Node | None:
    """A component as the org would give it back now, in the schema's order; None where there is none."""
    with state.lock:
        stored = Components(state).get(type_name, full_name)
        document = None if stored is None else Components(state).document(type_name, full_name)
        if stored is None or document is None:
            return None
        shown = EFFECTS.get(type_name, _NONE).reflect(state, stored.full_name, document)
        # what the store holds was arranged before it was kept
        return shown if shown is document else arranged(shown, salesforce_schema())


@contextmanager
def by_its_record(state: State, type_name: str, full_name: str, author: str) -> Iterator[None]:
    """What is written inside to a component's record by another way than metadata: adopted, and in the audit trail.

    Args:
        state: the org.
        type_name: of a type whose components are records.
        full_name: of the component, also where it is made inside.
        author: the id of the user who does it, "" for the org itself.
    """
    with state.transaction():
        adopt(state)
        before = current(state, type_name, full_name)
        yield
        adopt(state)
        if author:
            after = current(state, type_name, full_name)
            note_all(state, author, trail.lines(type_name, full_name, before, after))


def adopt(state: State) -> None:
    """Makes components of records that came by another way (REST, Setup) and forgets those whose record is gone.

    Types of which nothing was written since the last time are passed over.
    """
    with state.transaction():
        for type_name, effect in EFFECTS.items():
            stamp = state.changes.stamp((changed(type_name), *effect.watched))
            if effect.watched and not state.changes.is_seen(f"adopt:{type_name}", stamp):
                _adopt(state, type_name, effect)
                state.changes.see(f"adopt:{type_name}", stamp)


def _adopt(state: State, type_name: str, effect: Effect) -> None:
    store = Components(state)
    held = {stored.id: stored for stored in store.list(type_name)}
    names = {stored.full_name.casefold() for stored in held.values()}
    for full_name, document, record_id in effect.unstored(state):
        if record_id not in held and full_name.casefold() not in names:
            kept = arranged(effect.kept(document), salesforce_schema())
            store.put_document(type_name, full_name, kept, record_id=record_id)
    for stored in held.values():
        if type_name in _ARE_RECORDS and state.records.get(stored.id) is None:
            store.delete(type_name, stored.full_name)
