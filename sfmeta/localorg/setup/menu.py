"""The menu at the left of every page of Setup, in Salesforce's groups and words."""

from __future__ import annotations

from sfmeta.localorg.setup.pages.access import SECTION
from sfmeta.localorg.setup.pages.apps import EXTERNAL, MANAGED, USAGE
from sfmeta.localorg.setup.pages.logs import DEPLOYMENTS, LOGINS, TRAIL
from sfmeta.localorg.setup.pages.people import SETS, USERS

MENU: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Users", ((USERS, "Users"), (SETS, "Permission Sets"))),
    (
        "Apps",
        (
            (USAGE, "Connected Apps OAuth Usage"),
            (MANAGED, "Manage Connected Apps"),
            (EXTERNAL, "External Client App Manager"),
        ),
    ),
    ("Environments", ((DEPLOYMENTS, "Deployment Status"),)),
    ("Company Settings", (("", "Company Information"),)),
    ("Identity", ((LOGINS, "Login History"),)),
    ("Security", ((SECTION, "API Access Control"), (TRAIL, "View Setup Audit Trail"))),
)
"""Groups, each with paths below ``/setup`` and their words. Where API Access Control stands is judgement."""
