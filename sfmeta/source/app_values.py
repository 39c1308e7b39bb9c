"""Values of an app's file that the schema calls mere strings, and what binds the file to one org.

Empty elements and placeholders are left alone, as they are where the schema has an enumeration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from sfmeta.codec.schema_values import PLACEHOLDER
from sfmeta.errors import Problem, Severity
from sfmeta.model.component import Component

# Metadata API guide, ConnectedApp, ConnectedAppOauthPolicy.ipRelaxation
_IP_RELAXATION = ("ENFORCE", "ENFORCE_RELAXREFRESH", "BYPASS", "BYPASS_2FACTOR")
# Metadata API guide, ConnectedApp, ConnectedAppSessionPolicy.policyAction
_POLICY_ACTION = ("Block", "RaiseSessionLevel")
# Metadata API guide, ConnectedApp, ConnectedAppOauthPolicy.refreshTokenPolicy
_REFRESH_PLAIN = ("infinite", "zero")
_REFRESH_COUNTED = ("specific_lifetime", "specific_inactivity")
_UNITS = ("HOURS", "DAYS", "MONTHS")
_REFRESH = re.compile(f"{'|'.join(_REFRESH_PLAIN)}|(?:{'|'.join(_REFRESH_COUNTED)}):[1-9][0-9]*:(?:{'|'.join(_UNITS)})")
_REFRESH_FORMS = (*_REFRESH_PLAIN, *(f"{name}:<number>:{'|'.join(_UNITS)}" for name in _REFRESH_COUNTED))


def app_values(component: Component, _files: object) -> Iterator[Problem]:
    """Values of a ConnectedApp that no org knows."""
    for path, known in (("oauthPolicy/ipRelaxation", _IP_RELAXATION), ("sessionPolicy/policyAction", _POLICY_ACTION)):
        for element in component.content.find(path):
            text = element.text.strip()
            if text and text not in known and not PLACEHOLDER.search(text):
                yield _wrong(component, element.name, text, element.line, known, _nearest(text, known))
    for element in component.content.find("oauthPolicy/refreshTokenPolicy"):
        text = element.text.strip()
        if text and not _REFRESH.fullmatch(text) and not PLACEHOLDER.search(text):
            yield _wrong(component, element.name, text, element.line, _REFRESH_FORMS, _nearest_refresh(text))


def certificate(component: Component, _files: object) -> Iterator[Problem]:
    """The certificate that logins by JWT are checked with. One for SAML is another matter."""
    for path in ("oauthConfig/certificate", "certificate"):
        for element in component.content.find(path):
            if element.text.strip() and not PLACEHOLDER.fullmatch(element.text):
                message = (
                    "the certificate belongs to a key pair; deployed to another org it replaces the one there, "
                    "and whoever logs in with the old key is refused"
                )
                hint = "Keep it only where the same key pair is meant for every org"
                yield Problem(
                    message, "certificate-of-one-org", component.file, element.line, 0, hint, Severity.WARNING
                )


def _wrong(component: Component, name: str, text: str, line: int, known: Sequence[str], near: str) -> Problem:
    shown = text if len(text) <= 60 else text[:57] + "..."
    hint = f"Did you mean {near}?" if near else "Known: " + ", ".join(known)
    return Problem(f"'{shown}' is no value of {name}", "app-wrong-value", component.file, line, hint=hint)


def _nearest(text: str, known: Sequence[str]) -> str:
    folded = {word.lower(): word for word in known}
    near = get_close_matches(text.lower(), folded, n=1)
    return folded[near[0]] if near else ""


def _nearest_refresh(text: str) -> str:
    rule, *rest = text.split(":")
    if rule.lower() == "immediately":  # Setup's word
        return "zero"
    name = _nearest(rule, (*_REFRESH_PLAIN, *_REFRESH_COUNTED))
    if name not in _REFRESH_COUNTED:
        return name
    amount = rest[0].strip() if rest else ""
    unit = _nearest(rest[1].strip(), _UNITS) if len(rest) > 1 else ""
    good = re.fullmatch("0*[1-9][0-9]*", amount)
    return f"{name}:{amount.lstrip('0') if good else '<number>'}:{unit or '|'.join(_UNITS)}"
