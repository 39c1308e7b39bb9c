"""What a policy grants: the pairs of user and app that it names, whether or not anybody was seen to use them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sfmeta.access.forecasting.stages import Staging
from sfmeta.access.matching import Matches
from sfmeta.model.inventory import App, Use, Way
from sfmeta.model.policy import Decision, Policy

Pair = tuple[str, str]
"""A user's id and an ``App.key``, "" without an app."""


def promised(policy: Policy, matches: Matches, staging: Staging) -> frozenset[Pair]:
    """Every pair that a policy names in ``grants.users`` or, as ``(user, "")``, in ``any_api_client``."""
    pairs: set[Pair] = set()
    for key, seen in matches.apps.items():
        app = policy.apps[key]
        if app.decision is not Decision.ALLOW or app.grants is None:
            continue
        ids = (staging.user_id(user.username.text, f"grants of '{key}'") for user in app.grants.users)
        pairs |= {(user_id, seen.key) for user_id in ids if user_id}
    holders = (staging.user_id(one.username.text, "any_api_client") for one in policy.any_api_client)
    return frozenset(pairs | {(user_id, "") for user_id in holders if user_id})


def unseen_uses(pairs: Collection[Pair], apps: Mapping[str, App]) -> list[Use]:
    """Uses that nobody was seen to make yet: by the flow that such a client would take."""
    return [Use(user_id, key, _likely_way(apps.get(key))) for user_id, key in sorted(pairs)]


def _likely_way(app: App | None) -> Way:
    if app is None:
        return Way.SOAP_LOGIN
    return Way.JWT_BEARER if app.has_certificate else Way.WEB
