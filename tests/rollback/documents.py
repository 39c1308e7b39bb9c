"""Metadata as flat dictionaries, written to XML and read from it. Shares nothing with the code under test.

A place is the way from the root to a leaf: ``("oauthConfig", "isAdminApproved")``; an element of a list carries its
key: ``("userPermissions[ApiEnabled]", "enabled")``, ``("permissionSetName[Allow_A]",)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as Tree
from xml.sax.saxutils import escape

Place = tuple[str, ...]
Doc = dict[Place, str]

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
KEYS = {
    "userPermissions": ("name",),
    "classAccesses": ("apexClass",),
    "loginIpRanges": ("startAddress", "endAddress"),
    "ipRanges": ("start", "end"),
}
VALUES = frozenset({"permissionSetName", "profileName", "scopes"})


@dataclass(frozen=True)
class Form:
    """Where a type's files lie."""

    root: str
    folder: str
    suffix: str

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}.{self.suffix}"


FORMS = {
    "PermissionSet": Form("PermissionSet", "permissionsets", "permissionset"),
    "Profile": Form("Profile", "profiles", "profile"),
    "ConnectedApp": Form("ConnectedApp", "connectedApps", "connectedApp"),
    "ExtlClntAppOauthConfigurablePolicies": Form(
        "ExtlClntAppOauthConfigurablePolicies", "extlClntAppOauthPolicies", "ecaOauthPlcy"
    ),
    "Settings": Form("OauthOidcSettings", "settings", "settings"),
}


@dataclass(frozen=True)
class File:
    """What a file says: values, and lists that are there and empty."""

    component: str
    doc: tuple[tuple[Place, str], ...]
    cleared: frozenset[Place] = frozenset()

    @property
    def data(self) -> bytes:
        return render(self.component, dict(self.doc), self.cleared)


def kind_of(component: str) -> str:
    return component.partition(":")[0]


def path_of(component: str) -> str:
    kind, _, name = component.partition(":")
    return FORMS[kind].path(name)


def component_of(path: str) -> str:
    folder, _, file = path.rpartition("/")
    name, _, _ = file.partition(".")
    [kind] = [kind for kind, form in FORMS.items() if form.folder == folder]
    return f"{kind}:{name}"


def source_path(component: str) -> str:
    return f"force-app/main/default/{path_of(component)}-meta.xml"


def list_of(step: str) -> str:
    return step.partition("[")[0]


def render(component: str, doc: Mapping[Place, str], cleared: Iterable[Place] = ()) -> bytes:
    root = FORMS[kind_of(component)].root
    body = _children(dict(doc) | dict.fromkeys(cleared, ""))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{body}</{root}>\n'.encode()


def _children(doc: Mapping[Place, str]) -> str:
    text = []
    for step in sorted({place[0] for place in doc}):
        name, _, key = step.partition("[")
        below = {place[1:]: value for place, value in doc.items() if place[0] == step and len(place) > 1}
        keys = zip(KEYS.get(name, ()), key[:-1].split(", "), strict=False) if key else ()
        inner = "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in keys)
        inner += _children(below) if below else escape(doc.get((step,), ""))
        text.append(f"<{name}>{inner}</{name}>")
    return "".join(text)


def parse(data: bytes) -> tuple[Doc, frozenset[Place]]:
    """The values, and the places of empty elements."""
    doc: Doc = {}
    cleared: set[Place] = set()
    _read(Tree.fromstring(data), (), doc, cleared)
    return doc, frozenset(cleared)


def _read(parent: Tree.Element, at: Place, doc: Doc, cleared: set[Place]) -> None:
    for child in parent:
        name, text = child.tag.partition("}")[2], (child.text or "").strip()
        if name in KEYS:
            found = {item.tag.partition("}")[2]: (item.text or "").strip() for item in child}
            here = (*at, f"{name}[{', '.join(found.pop(key) for key in KEYS[name])}]")
            doc |= {(*here, leaf): value for leaf, value in found.items()} or {here: ""}
        elif len(child):
            _read(child, (*at, name), doc, cleared)
        elif not text:
            cleared.add((*at, name))
        else:
            doc[(*at, f"{name}[{text}]" if name in VALUES else name)] = text
