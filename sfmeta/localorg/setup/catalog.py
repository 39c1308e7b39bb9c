"""What Setup lets a person do, and what it says when it does not; ``sfmeta localorg rules`` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.sourced import Sourced

_USAGE = "Help xcloud.connected_app_manage_current_sessions"
_OAUTH = "Help xcloud.connected_app_manage_oauth"
_EXPIRY = "Help platform.permissions_assign_expire_how"

_PERMISSIONS: tuple[Sourced, ...] = (
    Sourced(
        "setup-view",
        "Setup is seen by holders of View Setup and Configuration; Connected Apps OAuth Usage, Users and Login History "
        "also ask for Manage Users.",
        f"{_USAGE} for Connected Apps OAuth Usage; object reference, LoginHistory; the words are ours",
        "A",
        "Insufficient Privileges: you need {permissions}",
    ),
    Sourced(
        "setup-manage-apps",
        "Installing, uninstalling, blocking and editing the policies of apps needs Customize Application and either "
        "Modify All Data or Manage Connected Apps.",
        f"{_USAGE}; {_OAUTH}; for API Access Control itself Help xcloud.security_api_access_control_all_users",
        "A",
        "Insufficient Privileges: you need {permissions}",
    ),
    Sourced(
        "setup-grant-apps",
        "Attaching profiles and permission sets to an app needs Customize Application, Modify All Data and Manage "
        "Profiles and Permission Sets.",
        _OAUTH,
        "A",
        "Insufficient Privileges: you need {permissions}",
    ),
    Sourced(
        "setup-assign",
        "Assigning a permission set needs Assign Permission Sets (or Manage Users).",
        f"{_EXPIRY}; object reference, PermissionSetAssignment",
        "A",
        "Insufficient Privileges: you need {permissions}",
    ),
    Sourced(
        "setup-manage-users",
        "Adding, activating and deactivating users needs Manage Users.",
        "object reference, User; that Setup asks for the same is by analogy",
        "A",
        "Insufficient Privileges: you need {permissions}",
    ),
    Sourced(
        "setup-edit-external",
        "Editing the policies of an external client app needs the same as editing those of a connected app here.",
        "Help names 'view all external client apps, view their settings, and edit their policies' without a permission",
        "emulator",
    ),
)

_APPS: tuple[Sourced, ...] = (
    Sourced(
        "setup-usage-lists",
        "Connected Apps OAuth Usage lists an app while somebody's authorisation for it is alive, and an app that is "
        "not installed also when attempts to use it were denied.",
        f"{_USAGE}; packaging guide, Monitor Usage for an OAuth Connected App",
        "A",
    ),
    Sourced(
        "setup-install-used",
        "An app from elsewhere can be installed once it is on that page: somebody used it, or tried to.",
        f"{_USAGE}; help.scratchpad.com for the way round; the words are ours",
        "A",
        "{app} is not on the page: a user with Approve Uninstalled Connected Apps must use it once",
    ),
    Sourced(
        "setup-install-name",
        "Two apps of one name are not installed side by side.",
        "Salesforce-Inspector-reloaded, docs/troubleshooting.md",
        "C",
        "Managed Application Installation Error",
    ),
    Sourced(
        "setup-install-open",
        "A newly installed app lets all users self-authorize.",
        "cirrusinsight.com (a vendor's steps for administrators)",
        "C",
    ),
    Sourced(
        "setup-install-tokens",
        "Whether installing an app ends the authorisations that users gave it before.",
        "docs.movedata.io says to authorise again; nothing official found",
        "emulator",
        assumption="install_ends_authorizations",
    ),
    Sourced(
        "setup-uninstall",
        "Uninstalling removes the access and refresh tokens of all users of the app, and with the app its policies and "
        "who was pre-authorised. The app falls back to what its own org says of it.",
        "packaging guide, Uninstall a Connected App",
        "A",
    ),
    Sourced(
        "setup-uninstall-installed",
        "Only an app of another org is uninstalled; an own one is deleted, by metadata.",
        "packaging guide: Install and Uninstall stand beside apps of other orgs; the words are ours",
        "A",
        "{app} is not installed from another org",
    ),
    Sourced(
        "setup-block",
        "Block ends all sessions of the app and lets none begin; it is not permanent.",
        "packaging guide, Monitoring Usage for a Connected App; Metadata API guide, BlacklistedConsumer",
        "A",
    ),
    Sourced(
        "setup-block-twice",
        "What is blocked is not blocked again, and what is not blocked is not unblocked.",
        "Setup shows one of the two buttons; the words are ours",
        "emulator",
        "{app} {state}",
    ),
    Sourced(
        "setup-block-external",
        "An external client app is not blocked on Connected Apps OAuth Usage but disabled by its policies.",
        "Metadata API guide, ExtlClntAppConfigurablePolicies.isEnabled; that the page has no Block for it is judgement",
        "emulator",
        "{app} is an external client app: disable it in its policies",
    ),
    Sourced(
        "setup-admin-approved",
        "Switching Permitted Users to admin approved shuts out everyone who is not pre-authorised; Setup asks before.",
        f"{_OAUTH}; Help xcloud.preauth_user_app_access_through_eca",
        "A",
        "Users of this app lose access unless their profile or permission set is attached to it.",
    ),
    Sourced(
        "setup-admin-approved-tokens",
        "Whether that switch also ends the authorisations there are.",
        "cirrusinsight.com speaks of a warning about all existing authorizations; nothing official found",
        "emulator",
        assumption="admin_approval_ends_authorizations",
    ),
    Sourced(
        "setup-policy-value",
        "A policy has the values that metadata knows.",
        "Metadata API guide, ConnectedAppOauthPolicy, ConnectedAppSessionPolicy, ExtlClntAppOauthConfigurablePolicies",
        "A",
        "{field}: {value} is not a value of this policy",
    ),
    Sourced(
        "setup-policy-timeout",
        "The session timeout of an app is one of those that Setup offers for the whole org, from 15 minutes to 24 "
        "hours, or the org's own. One that a deployment set stays.",
        "Help, Modify Session Security Settings (Timeout Value); that an app's policy offers the same is by analogy",
        "emulator",
        "Timeout Value: {value} minutes are not offered; choose {offered}, or 0 for the org's own",
    ),
    Sourced(
        "setup-policy-none",
        "An app that is not installed, or that has no OAuth settings, has no policies to edit.",
        f"{_USAGE}: install an app to manage its policies; the words are ours",
        "A",
        "{app} has no policies here",
    ),
    Sourced(
        "setup-boxes-feature",
        "API Access Control is not in Setup until Support enables it.",
        "Help xcloud.security_api_access_control_about",
        "A",
        "To enable this feature, request API Access Control from Salesforce Customer Support.",
    ),
    Sourced(
        "setup-visualforce-box",
        "Allow Visualforce pages to access APIs is kept and shown, and decides nothing here: no page runs in this org.",
        "docs.fieldfx.com for the box; no metadata field for it was found",
        "emulator",
    ),
)

_PEOPLE: tuple[Sourced, ...] = (
    Sourced(
        "setup-assign-expiry",
        "A permission set that gives Assign Permission Sets, Manage Profiles and Permission Sets or Manage Users is "
        "not assigned with an expiration date.",
        f"{_EXPIRY}; the words are ours",
        "A",
        "{name} can't have an expiration date: it gives {permission}",
    ),
    Sourced(
        "setup-assign-past",
        "An expiration date lies ahead.",
        "nothing found",
        "emulator",
        "Expiration date must be in the future",
        "past_expiration_is_refused",
    ),
    Sourced(
        "setup-assign-twice",
        "A user has a permission set once.",
        "public reports of the duplicate error of PermissionSetAssignment",
        "B",
        "Duplicate PermissionSetAssignment. Assignee: {user}; Permission Set: {name}",
    ),
    Sourced(
        "setup-assign-own",
        "What a profile gives is not taken from a user, nor assigned.",
        "object reference, PermissionSetAssignment; the words are ours",
        "A",
        "{name} belongs to a profile",
    ),
    Sourced(
        "setup-username",
        "A username is an e-mail address in form, and nobody else's.",
        "object reference, User.Username; the words of the duplicate are remembered",
        "A",
        "Username: {problem}",
    ),
    Sourced(
        "setup-user-value",
        "A user has a last name, a profile of this org and a type that Salesforce knows.",
        "object reference, User; the words are ours",
        "A",
        "{field}: {value} is not possible",
    ),
    Sourced(
        "setup-deactivate-self",
        "Nobody deactivates themself.",
        "remembered from Setup, not verified",
        "emulator",
        "You cannot deactivate yourself",
    ),
    Sourced(
        "setup-deactivate",
        "Deactivating a user ends their sessions.",
        "Help, Deactivate Users: they can no longer log in; that open sessions end is judgement",
        "emulator",
    ),
    Sourced(
        "setup-not-there",
        "What an action is about must exist.",
        "judgement; the words are ours",
        "emulator",
        "There is no {kind} {name}",
    ),
)

_TRAIL: tuple[Sourced, ...] = (
    Sourced(
        "setup-trail",
        "Every action writes SetupAuditTrail, under Salesforce's names and in its sentences: "
        "insertConnectedApplication, deleteConnectedApplication, unblockConnectedApplication, "
        "changeUserRuntimeAccessPolicy, changeIpRelaxationPolicy, insertConnectedAppSessionPolicy, "
        "SetupEntityAccessAudit_..., PermSetAssign, PermSetAssign_HasExpiration, PermSetUnassign, createduser, "
        "activateduser, deactivateduser.",
        "a public reference of observed audit trail rows; blockConnectedApplication from a public monitor's list",
        "B",
    ),
    Sourced(
        "setup-trail-ours",
        "For API Access Control, refresh token policies and external client apps no name was found: "
        "changedApiAccessControl, changeRefreshTokenPolicy, changeSessionPolicy and changeExternalClientAppPolicy are "
        "this org's own.",
        "nothing found",
        "emulator",
    ),
)

SETUP_RULES: tuple[Sourced, ...] = (*_PERMISSIONS, *_APPS, *_PEOPLE, *_TRAIL)
"""Every rule of Setup."""

_BY_ID: Mapping[str, Sourced] = MappingProxyType({rule.id: rule for rule in SETUP_RULES})


def say(rule_id: str, **names: object) -> str:
    """The words of a rule about certain names."""
    return _BY_ID[rule_id].message.format_map(names)
