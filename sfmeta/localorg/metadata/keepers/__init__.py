"""Where the components of each type are kept, behind one face: the synchronous operations see only that."""

from __future__ import annotations

from functools import cache

from sfmeta.localorg.metadata.keepers.base import Keeper
from sfmeta.localorg.metadata.keepers.bundle import BundleKeeper
from sfmeta.localorg.metadata.keepers.child import ChildKeeper
from sfmeta.localorg.metadata.keepers.content import ContentKeeper
from sfmeta.localorg.metadata.keepers.document import DocumentKeeper, SettingsKeeper
from sfmeta.localorg.metadata.keepers.folder import FolderKeeper
from sfmeta.localorg.metadata.kinds import CHILDREN, FOLDERS, abstract_types, is_settings_type, type_of
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.model.registry import Shape

_FILE_BASED_ONLY = frozenset({"ApexClass", "ApexTestSuite", "ApexTrigger"})
"""Real orgs offer these to deploy and retrieve only (jsforce#1206)."""


@cache
def keeper_of(type_name: str) -> Keeper | None:
    """Who keeps the components of a type; None where the synchronous operations do not know it.

    Args:
        type_name: as ``xsi:type`` or ``type`` name it; settings by their own types (``SecuritySettings``).
    """
    if type_name in _FILE_BASED_ONLY or type_name in abstract_types() or type_name == "Settings":
        return None
    if type_name in CHILDREN:
        return ChildKeeper(type_name)
    if type_name in FOLDERS:
        return FolderKeeper(type_name)
    if is_settings_type(type_name):
        return SettingsKeeper(type_name)
    entry = type_of(type_name)
    if entry is None:
        return None
    if entry.shape is Shape.BUNDLE or (entry.shape is Shape.MIXED and not _has_content(type_name)):
        return BundleKeeper(type_name)
    if entry.shape in (Shape.CONTENT, Shape.MIXED):
        return ContentKeeper(type_name)
    return DocumentKeeper(type_name)


def _has_content(type_name: str) -> bool:
    return "content" in (salesforce_schema().fields(type_name) or {})
