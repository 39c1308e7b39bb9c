"""The rules about permission sets, profiles, apps, blocks and settings; see ``rules.catalog``."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_APP = "Metadata API guide v67, ConnectedApp"

APP_RULES: tuple[Sourced, ...] = (  # permission sets and profiles
    Sourced(
        "permission-unknown",
        "A user permission must exist in the org.",
        "declarative-lookup-rollup-summaries#58",
        "B",
        "Unknown user permission: {name}",
    ),
    Sourced(
        "reference-missing",
        "What a file refers to must exist.",
        "sfdx-hardis deployTipsList and others",
        "B",
        "In field: {field} - no {type} named {name} found",
    ),
    Sourced(
        "object-permission-dependency",
        "Create, edit and delete on an object need read.",
        "a text pasted from a real org for create; the others by analogy",
        "B",
        "Permission {permission} {object} depends on permission(s): Read {object}",
    ),
    Sourced(
        "permission-set-replaces",
        "From API 40 a permission set's file is the whole truth, before it adds.",
        "Salesforce product notice, quoted at salesforce.stackexchange 169048",
        "B",
    ),
    Sourced(
        "profile-adds",
        "A profile's file adds: what it does not mention stays; an empty loginHours or loginIpRanges clears them.",
        "Copado's documentation; Metadata API guide, Profile, for loginHours; loginIpRanges by analogy",
        "C",
    ),
    Sourced(
        "profile-created", "Deploying a profile that does not exist creates it.", "Metadata API guide, Profile", "A"
    ),
    Sourced(
        "ip-range",
        "A range of IP addresses, of a profile, an app or the org, runs from an address up to another of its kind.",
        "Metadata API guide, Profile.loginIpRanges, ConnectedApp.ipRanges, SecuritySettings.networkAccess; the words "
        "were not found",
        "emulator",
        "Invalid IP address range: {first} - {last}",
    ),
    Sourced(
        "permission-set-assigned",
        "A permission set that is assigned to users is not deleted.",
        "remembered from Help for Setup; not found for the Metadata API, nor the words",
        "emulator",
        "This permission set is assigned to users and can't be deleted: {name}",
        "assigned_permission_set_can_be_deleted",
    ),
    Sourced(
        "profile-in-use",
        "A profile that users have is not deleted.",
        "judgement; the words are those for other references",
        "emulator",
        "This Profile is referenced elsewhere in salesforce.com",
    ),
    # connected apps
    Sourced(
        "app-creation",
        "New connected apps can be made only where Support enabled it.",
        "Help 005228017 (A) for the rule; the words were not found",
        "emulator",
        "You can't create a connected app. To enable connected app creation, contact Salesforce Customer Support.",
    ),
    Sourced(
        "app-key-taken",
        "A consumer key is unique across Salesforce; another org's generated key is taken.",
        "sfdx_dev_troubleshoot_consumer_key_taken; forcedotcom/devops-center-feedback#256",
        "B",
        "The consumer key is already taken",
    ),
    Sourced(
        "app-key-given",
        "An existing app's key cannot be replaced; its own key may stand in the file.",
        "SFDO-Tooling/CumulusCI#2943, ready-to-fly#29 for the words; that the own key passes is judgement",
        "B",
        "You cannot provide a Consumer Key",
    ),
    Sourced(
        "app-key-form",
        "A consumer key has 8 to 256 letters and digits (dots and underscores pass, as generated keys have them).",
        f"{_APP}; the words were not found",
        "emulator",
        "Invalid consumer key: it must have 8 to 256 alphanumeric characters",
    ),
    Sourced("app-secret", "A consumer secret is taken at creation, ignored later and never given back.", _APP, "A"),
    Sourced(
        "app-grants-need-admin-approval",
        "permissionSetName and profileName need isAdminApproved.",
        f"{_APP}; that a deployment fails without it, and the words, were not found",
        "emulator",
        "In field: {field} - isAdminApproved must be true",
    ),
    Sourced(
        "app-grants-permission",
        "Changing an app's grants needs Customize Application, Modify All Data, Manage Profiles and Permission Sets.",
        "Help connected_app_manage_additional_settings, of Setup; that a deployment asks the same was not found",
        "emulator",
        "insufficient access rights on cross-reference id",
    ),
    Sourced(
        "app-grants-unique",
        "A name is granted once.",
        f"{_APP}; the words were not found",
        "emulator",
        "duplicate value found: {field} duplicates value {name}",
    ),
    Sourced(
        "app-grants-empty",
        "An empty permissionSetName or profileName removes all grants of that kind.",
        _APP,
        "A",
    ),
    Sourced(
        "app-grants-omitted",
        "Leaving permissionSetName or profileName out keeps the grants there are.",
        "not found",
        "emulator",
        "",
        "omitted_app_grants_stay",
    ),
    Sourced(
        "app-scopes",
        "On retrieve Address, Email, Phone and Profile are Basic, OfflineAccess is RefreshToken.",
        _APP,
        "A",
    ),
    Sourced(
        "app-certificate",
        "A certificate comes back as bare base64.",
        "real retrieves in public repositories",
        "B",
    ),
    Sourced(
        "app-policy-value",
        "ipRelaxation and refreshTokenPolicy take the guide's values only.",
        f"{_APP}; the words were not found",
        "emulator",
        "'{value}' is not a valid value for {element}",
    ),
    Sourced(
        "app-plugin-user",
        "A pluginExecutionUser that the org does not have is dropped without a word.",
        _APP,
        "A",
    ),
    Sourced(
        "app-not-owned",
        "Installed apps of other orgs are no metadata of this one.",
        "certinia/apex-mdapi#108, of 2015; a sentence of the guide points the other way",
        "B",
    ),
    # external client apps, blocks, settings
    Sourced(
        "eca-global-secret",
        "Key and secret are generated where none is given; the secret is never given back.",
        "Metadata API guide, ExtlClntAppGlobalOauthSettings",
        "A",
    ),
    Sourced(
        "eca-deleted-with-family",
        "Deleting an external client app deletes its settings, policies and grants.",
        "judgement",
        "emulator",
    ),
    Sourced(
        "block-key-fixed",
        "The consumer key of a block cannot be changed.",
        "Metadata API guide, BlacklistedConsumer; the words were not found",
        "emulator",
        "You cannot change the consumer key of a blocked consumer",
    ),
    Sourced("block-deleted", "Deleting a block lets the app in again.", "inference; no example was found", "emulator"),
    Sourced(
        "boxes-need-feature",
        "The boxes of API Access Control can be set only where Support enabled it.",
        "Metadata API guide, ConnectedAppSettings; what a deployment without it does was not found",
        "emulator",
        "Property '{element}' is not available: API Access Control is not enabled for this organization",
        "boxes_without_feature_are_ignored",
    ),
    Sourced(
        "settings-add",
        "A settings file changes what it mentions.",
        "judgement",
        "emulator",
    ),
    Sourced(
        "settings-always-there",
        "ConnectedApp, OauthOidc and Security settings are retrieved with what counts now, also where nobody ever set "
        "them: of Security only what the doors obey, beside what was deployed.",
        "retrieves in public repositories; that every org has these three is concluded from them",
        "B",
    ),
    Sourced(
        "settings-not-deletable",
        "Settings cannot be deleted.",
        "judgement; the words were not found",
        "emulator",
        "You cannot delete Settings: {name}",
    ),
)
"""Type by type."""
