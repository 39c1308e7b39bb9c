"""How a drafted app is named: its key in the policy, the match that only it fits, the label of its permission set."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, count

from sfmeta.access.grants import ANY_API_CLIENT_LABEL, wants_allow_set
from sfmeta.access.matching import match_apps
from sfmeta.access.names import MAX_LENGTH, api_name_of
from sfmeta.config.policy_rules import identities
from sfmeta.config.policy_shape import API_NAME, CONSUMER_KEY
from sfmeta.config.policy_text import scalar
from sfmeta.model.inventory import App as SeenApp
from sfmeta.model.inventory import Inventory, Standing
from sfmeta.model.policy import App, Decision, Match, Ownership, Policy

PATTERN = "Allow {label}"


def ownership_of(seen: SeenApp) -> Ownership:
    """What the policy calls it; an app that is only used becomes an installed one."""
    return Ownership.OWNED if seen.standing is Standing.OWNED else Ownership.INSTALLED


def label_can_be_written(label: str) -> bool:
    """Whether a policy can hold a label so that it reads back the same: one line, no reference, no lone surrogate."""
    try:
        label.encode()
    except UnicodeEncodeError:
        return False
    return bool(label) and label == label.strip() and "${" not in label and not re.search(r"[\r\n\0]", label)


class Identities:
    """Matches for the apps of an inventory, each of which fits one app only."""

    def __init__(self, inventory: Inventory, policy: Policy) -> None:
        self.inventory = inventory
        self._taken = {identity for app in policy.apps.values() for identity in identities(app)}
        self._by_name: dict[str, list[SeenApp]] = {}
        for seen in inventory.apps.values():
            for name in {seen.label, seen.api_name.lower(), seen.consumer_key} - {""}:
                self._by_name.setdefault(name, []).append(seen)

    def match(self, seen: SeenApp) -> Match | None:
        """The shortest match that fits this app and no other.

        Returns:
            None where nothing that the org tells sets it apart, or nothing of it can be written.
        """
        label = seen.label if label_can_be_written(seen.label) else ""
        api_name = seen.api_name if re.fullmatch(API_NAME, seen.api_name) else ""
        key = seen.consumer_key if re.fullmatch(CONSUMER_KEY, seen.consumer_key) else ""
        tries = dict.fromkeys((Match(label), Match(label, api_name), Match("", api_name), Match("", "", key)))
        rivals = self._rivals(seen)
        for match in tries:
            app = App("it", match, seen.kind, ownership_of(seen), Decision.UNDECIDED)
            if match != Match() and self._taken.isdisjoint(identities(app)) and self._fits(app, seen, rivals):
                self._taken.update(identities(app))
                return match
        return None

    def _rivals(self, seen: SeenApp) -> dict[str, SeenApp]:
        names = (seen.label, seen.api_name.lower(), seen.consumer_key)
        return {other.key: other for name in names if name for other in self._by_name[name]}

    def _fits(self, app: App, seen: SeenApp, rivals: dict[str, SeenApp]) -> bool:
        if app.match == Match(app.match.label) and len(self._by_name[app.match.label]) > 1:
            return False  # ownership may tell them apart today; a match that does is clearer for people
        return match_apps(Policy(apps={"it": app}), replace(self.inventory, apps=rivals)).apps.get("it") == seen


class Keys:
    """The policy's own names for apps: derived from the label, stable, each given once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {key.lower() for key in taken}

    def give(self, seen: SeenApp) -> str:
        """The label in lower case, else the API name, else ``app``; with a number where that is taken."""
        base = _key_of(seen.label) or _key_of(seen.api_name) or "app"
        key, number = base, 1
        while key in self._taken:
            number += 1
            key = f"{base}_{number}"
        self._taken.add(key)
        return key


def _key_of(text: str) -> str:
    """A name that is safe without quotes; "" where nothing of the text is left."""
    key = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60].strip("_")
    return f"app_{key}" if key and scalar(key) != key else key


class PermissionSets:
    """Labels of "Allow" sets that clash with no other of the policy."""

    def __init__(self, policy: Policy) -> None:
        self.pattern = policy.permission_set_pattern
        self._taken = {api_name_of(ANY_API_CLIENT_LABEL).lower()}
        for app in policy.apps.values():
            if wants_allow_set(app):
                self._taken.add(api_name_of(app.permission_set.replace("{label}", app.match.label)).lower())

    def give(self, app: App) -> str:
        """What to write as ``permission_set`` of an app; "" where the policy's default does."""
        numbered = (f"Allow {app.key} {number}" for number in count(2))
        for text in chain((self.pattern, PATTERN, f"Allow {app.key}"), numbered):
            label = text.replace("{label}", app.match.label)
            name = api_name_of(label)
            usable = text and name and (app.match.label or "{label}" not in text)
            if usable and len(label) <= MAX_LENGTH and len(name) <= MAX_LENGTH and name.lower() not in self._taken:
                self._taken.add(name.lower())
                return "" if text == self.pattern else text
        raise AssertionError("there is always another number")
