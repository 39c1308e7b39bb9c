"""The apps of a seed: those it lists, and the one that sfmeta itself comes in with."""

from __future__ import annotations

import re
from dataclasses import replace

from sfmeta.localorg.seed import format as form

ADMIN_APP = form.App(
    label="sfmeta",
    developer_name="sfmeta",
    ownership="installed",
    consumer_key="localorg.sfmeta",
    key_pair=True,
    permitted_users="admin_approved",
)
"""The app that sfmeta itself comes in with; the admin's profile is attached to it."""


def apps_of(seed: form.Seed) -> list[form.App]:
    """All apps that an org of this seed knows; ``ADMIN_APP`` is the last, where there is an administrator."""
    if not seed.admin:
        return list(seed.apps)
    profile = next(user.profile for user in seed.users if user.username.lower() == seed.admin.lower())
    return [*seed.apps, replace(ADMIN_APP, profiles=(profile,))]


def key_names(seed: form.Seed) -> list[str]:
    """The API names of the apps that get a key pair."""
    return [developer_name(app) for app in apps_of(seed) if app.key_pair]


def developer_name(app: form.App) -> str:
    """An app's API name: given, or its label with all else than letters and digits turned into single underscores."""
    return app.developer_name or re.sub(r"[^A-Za-z0-9]+", "_", app.label).strip("_")
