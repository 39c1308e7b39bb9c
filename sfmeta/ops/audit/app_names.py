"""Which app a token, a login or a call means. By id where there is one, by name where the name is one app's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sfmeta.model.inventory import App, Gap
from sfmeta.model.policy import AppKind
from sfmeta.ops.audit.apps import USED
from sfmeta.report.words import counted

# LoginHistory.Application (Salesforce's field reference: length 64); the label of an app may be longer
_LOGIN_NAME = 64
_NO_APP = frozenset({"", "N/A", "Browser", "Unknown"})


class AppNames:
    """The apps that are known, growing by those that are only seen in use.

    Args:
        apps: defined or installed here, or blocked, by key.

    Attributes:
        apps: all, by key.
        gaps: names that two apps have.
    """

    def __init__(self, apps: Mapping[str, App]) -> None:
        self.apps = dict(apps)
        self.gaps: list[Gap] = []
        self._by_id = {app.id[:15]: app.key for app in apps.values() if app.id}
        self._by_name: dict[str, list[str]] = {}
        self._ambiguous: set[str] = set()
        self._by_login: dict[str, list[str]] = {}
        # of used-only apps; None where nothing told yet whether it has one (the block list names it)
        self._ids: dict[str, str | None] = {app.key: None for app in apps.values() if not app.id}
        for app in apps.values():
            self._by_name.setdefault(app.label, []).append(app.key)

    def of_tokens(self, seen: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Keys of the apps that rows of OauthToken mean.

        By ``AppMenuItem.ApplicationId`` first and by name second (public code joins so: the name may differ from the
        app's). A name counts only where one app has it, and no token of that app names it by its id: else the token is
        another app's of the same name.

        Args:
            seen: application id, "" for none, and name.
        """
        ordered = sorted(seen, key=lambda one: (not one[0], one))
        named_by_id = {self._by_id[id_[:15]] for id_, _ in ordered if id_[:15] in self._by_id}
        return {(id_, name): self._of_token(id_, name, named_by_id) for id_, name in ordered}

    def of_login(self, application: str) -> list[str]:
        """Keys of the apps that a login may mean: one; several of one name; none where no name is given."""
        if application in _NO_APP:
            return []
        if application not in self._by_login:
            found = [key for name, keys in self._by_name.items() if _fits(name, application) for key in keys]
            self._by_login[application] = found or [self._used_only(application, "")]
        keys = self._by_login[application]
        if len(keys) > 1 and application not in self._ambiguous:
            self._ambiguous.add(application)
            said = (
                f"{counted(len(keys), 'app')} are called {application}: logins by that name are shown at each of them"
            )
            self.gaps.append(Gap("ambiguous-app", said))
        return keys

    def of_call(self, app_id: str) -> str:
        """The key of an app by its id, "" where nothing here has it."""
        return self._by_id.get(app_id[:15], "")

    def _of_token(self, id_: str, name: str, named_by_id: set[str]) -> str:
        if id_:
            return self._by_id.get(id_[:15]) or self._used_only(name, id_)
        same = [key for key in self._by_name.get(name, []) if key not in named_by_id]
        others = len(self._by_name.get(name, [])) - len(same)
        if len(same) == 1 and not others:
            return same[0]
        if same or others:
            said = f"Tokens without an app's id name {name}, as another app is called too: shown as an app of its own"
            self.gaps.append(Gap("ambiguous-app", said))
        return self._used_only(name, "")

    def _used_only(self, name: str, id_: str) -> str:
        key = f"{USED}{name}"
        if self._ids.get(key) not in (None, id_):
            key = f"{USED}{name} ({id_ or 'no id'})"
        if key not in self.apps:
            kind = AppKind.EXTERNAL_CLIENT_APP if id_.startswith("0xI") else AppKind.CONNECTED_APP
            self.apps[key] = App(key, name, kind)
            self._by_name.setdefault(name, []).append(key)
        self._ids[key] = id_
        if id_:
            self._by_id[id_[:15]] = key
        return key


def _fits(name: str, application: str) -> bool:
    return name == application or (len(application) == _LOGIN_NAME and name[:_LOGIN_NAME] == application)
