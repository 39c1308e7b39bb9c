"""Code that hands out session ids, and endpoints that lead back into the same org: uses of the API that no log names.

Found by name in what can be read; the code of managed packages is hidden (``(hidden)``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from sfmeta.ops.audit.components import Components
from sfmeta.ops.audit.reading import Reader
from sfmeta.ops.audit.rows import text

_APEX = re.compile(r"UserInfo\s*\.\s*getSessionId\s*\(", re.IGNORECASE)
# Visualforce Developer Guide, $Api; the others are the merge field and the function of buttons and formulas
_PAGE = re.compile(r"(?i:\$Api\s*\.\s*Session_ID|\bAPI\s*\.\s*Session_ID)|GETSESSIONID\s*\(")
_TABLES = (
    ("ApexClass", "Body", "Apex class"),
    ("ApexTrigger", "Body", "Apex trigger"),
    ("ApexPage", "Markup", "Visualforce page"),
    ("ApexComponent", "Markup", "Visualforce component"),
)
_HIDDEN = "(hidden)"
_ENDPOINTS = ("NamedCredential", "ExternalCredential", "AuthProvider")
_URL = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Code:
    """What a search of the code found.

    Attributes:
        evidence: by name.
        searched: how many pieces were read.
        hidden: how many belong to managed packages and cannot be.
        unseen: tables that the org does not show us.
    """

    evidence: tuple[str, ...] = ()
    searched: int = 0
    hidden: int = 0
    unseen: tuple[str, ...] = ()


def search_code(reader: Reader) -> Code:
    """Looks through Apex and Visualforce."""
    evidence, unseen, searched, hidden = [], [], 0, 0
    for sobject, field, what in _TABLES:
        table = reader.table_if_any(sobject, ["Name", "NamespacePrefix", field])
        if table is None:
            unseen.append(sobject)
            continue
        for row in table.rows:
            body = text(row, field)
            hidden += body == _HIDDEN
            searched += body != _HIDDEN
            evidence += [f"{what} {text(row, 'Name')}: {words}" for words in found_in(body)]
    return Code(tuple(evidence), searched, hidden, tuple(unseen))


def found_in(body: str) -> Iterator[str]:
    """What in a text hands out session ids, as it stands there."""
    for pattern in (_APEX, _PAGE):
        found = pattern.search(body)
        if found:
            yield "".join(found[0].split()).rstrip("(")


def calls_back(components: Components, instance_url: str) -> tuple[str, ...]:
    """Named credentials and the like whose endpoint is this org itself.

    Args:
        components: their files.
        instance_url: of the org; its My Domain has the same first label under every Salesforce domain.
    """
    own = urlsplit(instance_url).hostname or ""
    found = []
    for type_name in _ENDPOINTS:
        for full_name, root in components.of(type_name):
            hosts = _hosts(element.text for _, element in root.walk() if element.text)
            if any(_is_own(host, own) for host in hosts):
                found.append(f"{type_name} {full_name}: calls back into this org")
    return tuple(found)


def _hosts(texts: Iterable[str]) -> Iterator[str]:
    for one in texts:
        for url in _URL.findall(one):
            try:
                yield (urlsplit(url).hostname or "").lower()
            except ValueError:
                continue


def _is_own(host: str, own: str) -> bool:
    """Whether a host is the org: the same, or its My Domain (``acme``, ``acme--dev``) under another Salesforce name."""
    if host == own:
        return True
    salesforce = (".salesforce.com", ".force.com", ".visualforce.com", ".salesforce-sites.com")
    of_salesforce = host.endswith(salesforce) and own.endswith(salesforce)
    return of_salesforce and host.partition(".")[0] == own.partition(".")[0]
