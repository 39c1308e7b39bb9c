"""Everything that data says and does with its source and how sure it is. ``sfmeta localorg rules`` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.data.catalog_facts import DATA_FACTS
from sfmeta.localorg.data.catalog_many import MANY_TEXTS
from sfmeta.localorg.data.catalog_rest import REST_TEXTS
from sfmeta.localorg.data.catalog_soql import SOQL_TEXTS
from sfmeta.localorg.sourced import Sourced

DATA_RULES: tuple[Sourced, ...] = (*DATA_FACTS, *SOQL_TEXTS, *REST_TEXTS, *MANY_TEXTS)
"""All of it, in the order in which a reader meets it."""

_BY_ID: Mapping[str, Sourced] = MappingProxyType({one.id: one for one in DATA_RULES})


def words(text_id: str, **names: object) -> tuple[str, str]:
    """The error code and the words of a text about certain names."""
    code, _, message = _BY_ID[text_id].message.partition(": ")
    return code, message.format_map(names)
