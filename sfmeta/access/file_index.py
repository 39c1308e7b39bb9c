"""Finding an app's files in a project: by label, API name or consumer key; satellites by the app they name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from sfmeta.errors import Problem
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import App, AppKind

_APP_TYPE = {AppKind.CONNECTED_APP: "ConnectedApp", AppKind.EXTERNAL_CLIENT_APP: "ExternalClientApplication"}
SATELLITES = (
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
)
"""The types whose files belong to an external client app, which they name in ``externalClientApplication``."""

_FAMILY = {
    AppKind.CONNECTED_APP: frozenset({"ConnectedApp"}),
    AppKind.EXTERNAL_CLIENT_APP: frozenset({"ExternalClientApplication", *SATELLITES}),
}


def app_type(app: App) -> str:
    """The metadata type of an app of that kind."""
    return _APP_TYPE[app.kind]


@dataclass(slots=True)
class FileIndex:
    """What a project holds, looked at only where somebody asks.

    Attributes:
        existing: every component of the project; reading a value may parse its file.
        unreadable: those that turned out to be no XML; they seem empty, and their own problem is reported elsewhere.
    """

    existing: Mapping[ComponentId, Element]
    unreadable: Collection[ComponentId] = ()
    _by_type: dict[str, list[ComponentId]] = field(default_factory=dict)
    _by_text: dict[tuple[str, str], dict[str, list[ComponentId]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for component in sorted(self.existing):
            self._by_type.setdefault(component.type, []).append(component)

    def of_type(self, type_name: str) -> list[ComponentId]:
        """Every component of a type, sorted."""
        return self._by_type.get(type_name, [])

    def may_be_unreadable(self, app: App) -> bool:
        """Whether a file that cannot be read may be one of the app's: what seems missing may be in there."""
        return any(component.type in _FAMILY[app.kind] for component in self.unreadable)

    def has_unreadable(self, type_name: str) -> bool:
        """Whether a file of a type cannot be read."""
        return any(component.type == type_name for component in self.unreadable)

    def get(self, component: ComponentId) -> Element | None:
        """The content of a component's file; None where there is none."""
        return self.existing.get(component)

    def holding(self, type_name: str, path: str, text: str) -> list[ComponentId]:
        """The components of a type whose file says ``text`` at ``path``."""
        table = self._by_text.get((type_name, path))
        if table is None:
            table = {}
            for component in self.of_type(type_name):
                for element in self.existing[component].find(path):
                    table.setdefault(element.text.strip(), []).append(component)
            self._by_text[type_name, path] = table
        return table.get(text, [])

    def find(self, app: App, file: str) -> ComponentId | Problem | None:
        """The app's own file.

        Args:
            app: all that its match gives must agree.
            file: the policy, for messages.

        Returns:
            Its id; None where the project has none, or where it may be in a file that cannot be read; a problem where
            several fit or what is given disagrees.
        """
        candidates = list(self._candidates(app))
        found = set(candidates[0]).intersection(*candidates[1:]) if candidates else set()
        place = app.match.place
        if len(found) == 1:
            return found.pop()
        some = sorted(set().union(*candidates)) if candidates else []
        names = ", ".join(map(str, some))
        if found:
            message = f"'{app.match}' fits several files: {names}"
            return Problem(message, "policy-match", file, place.line, place.column, "Give match.api_name as well")
        if some and not self.may_be_unreadable(app):
            message = f"no file fits all that the match of '{app.key}' says; some of it: {names}"
            return Problem(
                message, "policy-match", file, place.line, place.column, "Correct label, api_name or consumer_key"
            )
        return None

    def _candidates(self, app: App) -> Iterator[list[ComponentId]]:
        type_name, match = app_type(app), app.match
        if match.api_name:
            component = ComponentId.of(type_name, match.api_name)
            yield [component] if component in self.existing else []
        if match.label:
            yield self.holding(type_name, "label", match.label)
        if match.consumer_key and app.kind is AppKind.CONNECTED_APP:
            # a file without its key (the usual way in git) says nothing for or against
            keyed = self.holding(type_name, "oauthConfig/consumerKey", match.consumer_key)
            if keyed or not (match.api_name or match.label):
                yield keyed
