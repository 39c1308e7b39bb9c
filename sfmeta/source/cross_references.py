"""What the schema cannot say: rules between elements of one file, and between files.

Each rule is a function in a table. A rule is an error where a deploy would fail or would take access away whatever org
it goes to, and a warning where it depends on the org.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from sfmeta.codec.schema_values import PLACEHOLDER
from sfmeta.errors import Problem, Severity
from sfmeta.model.component import Component
from sfmeta.model.element import Element
from sfmeta.model.names import TypeName
from sfmeta.model.registry import CONSUMER_KEY_PATHS, types
from sfmeta.source.app_values import app_values, certificate

_GRANTS = ("permissionSetName", "profileName")
_PRE_AUTHORIZED = "AdminApprovedPreAuthorized"
# what generate calls the permission sets it makes, as an API name or as a label
_GENERATED = re.compile(r"Allow[_ ]")


@dataclass(frozen=True, slots=True)
class Files:
    """What all the files together hold, for rules that look beyond one.

    Attributes:
        permission_sets: API names and labels of the permission sets among them.
        external_client_apps: names of the external client apps among them.
    """

    permission_sets: frozenset[str]
    external_client_apps: frozenset[str]

    @classmethod
    def of(cls, components: Mapping[str, list[Component]]) -> Files:
        """From the components by the name of their root element."""
        sets = set()
        for component in components.get("PermissionSet", ()):
            sets.add(str(component.id.full_name))
            sets.add(component.content.value("label") or "")
        apps = {str(component.id.full_name) for component in components.get("ExternalClientApplication", ())}
        return cls(frozenset(sets - {""}), frozenset(apps))


Rule = Callable[[Component, Files], Iterator[Problem]]


def cross_check(component: Component, files: Files) -> Iterator[Problem]:
    """All that one component breaks of the rules for its type."""
    for rule in (*RULES.get(component.content.name, ()), _secrets):
        yield from rule(component, files)


def _warning(problem: Problem) -> Problem:
    return replace(problem, severity=Severity.WARNING)


def _is_placeholder(text: str) -> bool:
    return PLACEHOLDER.fullmatch(text) is not None


def _secrets(component: Component, _files: Files) -> Iterator[Problem]:
    entry = types().get(TypeName(component.content.name))
    for path in entry.secret_paths if entry is not None else ():
        for element in component.content.find(path):
            if element.text.strip() and not _is_placeholder(element.text):
                message = f"{element.name} is a secret and stands in a file"
                hint = "Remove it, and change it in the org: it may have been seen"
                yield Problem(message, "secret-in-file", component.file, element.line, hint=hint)


def _consumer_key(component: Component, _files: Files) -> Iterator[Problem]:
    for path in CONSUMER_KEY_PATHS:
        for element in component.content.find(path):
            if element.text.strip() and not _is_placeholder(element.text):
                # "The consumer key is already taken" (forcedotcom/devops-center-feedback#256), "You cannot provide a
                # Consumer Key" (SFDO-Tooling/CumulusCI#2943)
                message = "consumerKey binds the file to the org it came from; another org refuses it"
                hint = "Remove it: an existing app keeps its key, a new one gets its own"
                yield _warning(Problem(message, "app-consumer-key", component.file, element.line, hint=hint))


def _empty_grants(component: Component, _files: Files) -> Iterator[Problem]:
    for name in _GRANTS:
        for element in component.content.all(name):
            if not element.text.strip():
                # guide, ConnectedApp: an empty permissionSetName or profileName removes all of them
                message = f"an empty {name} takes every grant of that kind off the app"
                hint = "Remove the element, or name what shall keep access"
                yield Problem(message, "app-empty-grant", component.file, element.line, hint=hint)


def _grants_need_approval(component: Component, _files: Files) -> Iterator[Problem]:
    root = component.content
    grants = [element for name in _GRANTS for element in root.all(name) if element.text.strip()]
    if not grants:
        return
    oauth = root.first("oauthConfig")
    approved = oauth.value("isAdminApproved") if oauth is not None else None
    if approved in ("true", "1") or _is_placeholder(approved or ""):
        return
    message = f"{grants[0].name} without isAdminApproved=true: everyone may use the app, the grant says nothing"
    hint = "Set oauthConfig/isAdminApproved to true, or remove the grants"
    problem = Problem(message, "app-grant-without-approval", component.file, grants[0].line, hint=hint)
    # an app without OAuth (SAML only) has no such element; what an org makes of its profiles is not documented
    yield problem if oauth is not None else _warning(problem)


def _permission_sets_exist(component: Component, files: Files) -> Iterator[Problem]:
    for element in component.content.all("permissionSetName"):
        yield from _known_permission_set(element.text.strip(), element, component, files)


def _listed_permission_sets_exist(component: Component, files: Files) -> Iterator[Problem]:
    for element in component.content.all("commaSeparatedPermissionSet"):
        for name in element.text.split(","):
            yield from _known_permission_set(name.strip(), element, component, files)


def _known_permission_set(name: str, element: Element, component: Component, files: Files) -> Iterator[Problem]:
    """A permission set may live in the org alone, so its absence here is a warning.

    One that generate would have made is an error where the project holds permission sets: then it got lost, or its name
    is misspelt. An app file alone, as a retrieve gives it, stays a warning.
    """
    if not name or name in files.permission_sets or _is_placeholder(name):
        return
    close = get_close_matches(name, files.permission_sets, n=1)
    hint = f"Did you mean {close[0]}?" if close else "The org must already have it, or the deploy fails"
    problem = Problem(
        f"no permission set {name} in these files",
        "app-unknown-permission-set",
        component.file,
        element.line,
        hint=hint,
    )
    yield problem if _GENERATED.match(name) and files.permission_sets else _warning(problem)


def _lists_need_approval(component: Component, _files: Files) -> Iterator[Problem]:
    root = component.content
    policy = root.value("permittedUsersPolicyType")
    for name in ("commaSeparatedPermissionSet", "commaSeparatedProfile"):
        element = root.first(name)
        if element is not None and element.text.strip() and policy not in (None, "", _PRE_AUTHORIZED):
            if _is_placeholder(policy or ""):
                continue
            message = f"{name} without permittedUsersPolicyType {_PRE_AUTHORIZED}: the grant says nothing"
            hint = f"Set permittedUsersPolicyType to {_PRE_AUTHORIZED}, or remove the list"
            yield _warning(Problem(message, "app-grant-without-approval", component.file, element.line, hint=hint))


def _external_client_app_exists(component: Component, files: Files) -> Iterator[Problem]:
    for element in component.content.all("externalClientApplication"):
        name = element.text.strip()
        if name and name not in files.external_client_apps and not _is_placeholder(name):
            message = f"no external client app {name} in these files"
            hint = "The org must already have it, or the deploy fails"
            yield _warning(Problem(message, "app-unknown-app", component.file, element.line, hint=hint))


RULES: Mapping[str, tuple[Rule, ...]] = {
    "ConnectedApp": (
        app_values,
        certificate,
        _consumer_key,
        _empty_grants,
        _grants_need_approval,
        _permission_sets_exist,
    ),
    "ExtlClntAppConfigurablePolicies": (_external_client_app_exists,),
    "ExtlClntAppGlobalOauthSettings": (certificate, _consumer_key, _external_client_app_exists),
    "ExtlClntAppOauthConfigurablePolicies": (
        _lists_need_approval,
        _listed_permission_sets_exist,
        _external_client_app_exists,
    ),
    "ExtlClntAppOauthSettings": (_external_client_app_exists,),
}
"""By root element. A secret is looked for in every type that can hold one."""
