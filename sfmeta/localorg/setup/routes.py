"""Every path of Setup, with its page, what its form does, and who may see it."""

from __future__ import annotations

from sfmeta.localorg.setup.pages import access, apps, logs, people
from sfmeta.localorg.setup.pages.page import Route
from sfmeta.localorg.setup.refused import VIEW_USERS

ROUTES: tuple[Route, ...] = (
    Route("", logs.home_page),
    Route("oauth-usage", apps.usage_page, needed=VIEW_USERS),
    Route("oauth-usage/{id}", apps.users_page, needed=VIEW_USERS),
    Route("oauth-usage/{id}/revoke/{token}", apps.revoke_page, apps.revoke, VIEW_USERS),
    Route("apps", apps.managed_page),
    Route("external-client-apps", apps.external_page),
    Route("apps/{id}", apps.app_page),
    Route("apps/{id}/install", apps.install_page, apps.install),
    Route("apps/{id}/uninstall", apps.uninstall_page, apps.uninstall),
    Route("apps/{id}/block", apps.block_page, apps.block),
    Route("apps/{id}/unblock", apps.unblock_page, apps.unblock),
    Route("apps/{id}/edit", apps.edit_page, apps.edit),
    Route("apps/{id}/profiles", apps.profiles_page, apps.attach_profiles),
    Route("apps/{id}/permission-sets", apps.permission_sets_page, apps.attach_permission_sets),
    Route("api-access-control", access.boxes_page, access.save_boxes),
    Route("users", people.users_page, needed=VIEW_USERS),
    Route("users/new", people.new_user_page, people.add_user, VIEW_USERS),
    Route("users/{id}", people.user_page, needed=VIEW_USERS),
    Route("users/{id}/activate", people.activate_page, people.activate, VIEW_USERS),
    Route("users/{id}/deactivate", people.deactivate_page, people.deactivate, VIEW_USERS),
    Route("users/{id}/assign", people.assign_page, people.assign),
    Route("permission-sets", people.sets_page),
    Route("permission-sets/{id}", people.set_page),
    Route("permission-sets/{id}/assign", people.assign_page, people.assign),
    Route("assignments/{id}/remove", people.remove_page, people.remove),
    Route("login-history", logs.logins_page, needed=VIEW_USERS),
    Route("deployments", logs.deployments_page),
    Route("deployments/{id}", logs.deployment_page),
    Route("audit-trail", logs.trail_page),
)
"""The first that fits counts: ``users/new`` stands before ``users/{id}``."""
