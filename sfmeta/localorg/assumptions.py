"""Open questions about Salesforce that the org needs an answer to. Each is a switch of the org, none is a belief.

A seed answers them under ``assumptions``; what it leaves out has the default given here. ``sfmeta localorg rules``
prints them with both readings, so that a forecast that was checked here is never taken for proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sfmeta.localorg.state import OrgFacts


@dataclass(frozen=True, slots=True)
class Assumption:
    """One open question.

    Attributes:
        name: the key in a seed.
        question: what is not established about Salesforce.
        default: the answer unless a seed says otherwise.
        evidence: what speaks for the default and what against it.
    """

    name: str
    question: str
    default: bool
    evidence: str


_ALL = (
    Assumption(
        "self_authorize_survives_first_box",
        "Do installed apps with 'All users may self-authorize' go on working under the box for internal users?",
        True,
        "for: Metadata API guide, ConnectedAppSettings ('approved or installed'), a practitioner's procedure (C); "
        "against: Help security_api_access_control_about ('unless they're pre-authorized')",
    ),
    Assumption(
        "use_any_api_client_covers_soap_login",
        "May a holder of Use Any API Client log in with SOAP login() under the box for internal users?",
        True,
        "for: Help 005228838, 'unrestricted access to Salesforce APIs'; nothing says it of login() itself",
    ),
    Assumption(
        "use_any_api_client_opens_admin_approved_apps",
        "May a holder of Use Any API Client use an installed app with admin-approved users without a grant?",
        False,
        "for: Help says so of external client apps only; against: nothing found for connected apps",
    ),
    Assumption(
        "use_any_api_client_exempts_external_users",
        "Does Use Any API Client exempt a customer or partner from the box for external users?",
        False,
        "nothing found; the Metadata API guide names only 'installed and unblocked' for that box",
    ),
    Assumption(
        "approve_uninstalled_passes_first_box",
        "May a holder of Approve Uninstalled Connected Apps use an uninstalled app under the box for internal users?",
        False,
        "for: nothing found; against: Help 005228838 took the same from holders of Use Any API Client",
    ),
    Assumption(
        "soap_login_refused_under_box",
        "Does SOAP login() itself fail under the box (and not only the use of the session it gives)?",
        True,
        "for: Help 000383352 (Data Loader: 'your administrator has blocked access to this client'), Validity's note "
        "that API logins 'will not work'; against: sessions of other kinds exist and only fail when used",
    ),
    Assumption(
        "use_any_api_auth_required",
        "Does SOAP login() need the permission Use Any API Auth in this org?",
        False,
        "Help 005132110: from Summer '26, in new orgs",
    ),
    Assumption(
        "jwt_without_grant_says_not_approved",
        "Does JWT bearer answer a user without a grant on an admin-approved app with 'user hasn't approved this "
        "consumer' (and not with 'user is not admin approved to access this app')?",
        True,
        "for: forcedotcom/cli#3260, vendors; against: the text that the web server flow gives",
    ),
    Assumption(
        "client_credentials_ignore_permitted_users",
        "Is the execution user of the client credentials flow exempt from Permitted Users?",
        True,
        "for: a vendor's page (C); nothing official found",
    ),
    Assumption(
        "jwt_tokens_are_listed",
        "Do JWT bearer and client credentials logins show in OauthToken?",
        True,
        "an open question: one source (C) says they may not appear",
    ),
    Assumption(
        "past_expiration_is_refused",
        "Is a PermissionSetAssignment with an ExpirationDate in the past refused?",
        True,
        "nothing found; refusing is the answer that shows a mistake",
    ),
    Assumption(
        "lapsed_assignment_is_duplicate",
        "Does an assignment that has expired stand in the way of a new one of the same permission set?",
        True,
        "for: the duplicate error exists, and IsActive would need no value for rows that go; against: nothing says "
        "that the row stays",
    ),
    Assumption(
        "setup_entity_access_takes_apps",
        "Can SetupEntityAccess records be created for connected apps and external client apps?",
        True,
        "for: the object reference allows create for the sobject; no public report for apps was found",
    ),
    Assumption(
        "omitted_app_grants_stay",
        "Does a deployment of an app that leaves out permissionSetName or profileName keep the grants there are?",
        True,
        "for: the guide has an empty element that removes all grants, which omission would make needless; "
        "against: an app deploys as a whole file",
    ),
    Assumption(
        "boxes_without_feature_are_ignored",
        "Does a deployment of the boxes to an org without API Access Control succeed and change nothing?",
        False,
        "an open question: the guide says only that Support must enable the feature",
    ),
    Assumption(
        "use_any_api_client_covers_ui_sessions",
        "May a holder of Use Any API Client go on using the API with a session of the browser under the box?",
        True,
        "for: Help 005228838, 'unrestricted access to Salesforce APIs'; against: it speaks of API clients, and browser "
        "tools that reuse a session are none",
    ),
    Assumption(
        "group_members_preauthorize",
        "Is a user pre-authorised for an app by a permission set that comes with a permission set group?",
        True,
        "for: a group gives what its permission sets give (Help, permission set groups); against: an app names "
        "permission sets, and nothing says that it looks into groups",
    ),
    Assumption(
        "api_scope_counts_for_soap",
        "Do SOAP doors refuse a token without the scope api, as the REST API does?",
        True,
        "for: the scope's description speaks of APIs (Help remoteaccess_oauth_tokens_scopes); against: Help 005226515 "
        "says it of the REST API only",
    ),
    Assumption(
        "refresh_policy_hits_issued_tokens",
        "Does a changed refresh token policy count for refresh tokens that were issued before?",
        True,
        "for: the Metadata API guide evaluates the policy when a token is used; against: nothing says which policy",
    ),
    Assumption(
        "second_factor_covers_refresh",
        "Does IP Relaxation 'Relax IP restrictions for activated devices' (BYPASS_2FACTOR) also spare refresh tokens "
        "that were given in the web server flow?",
        False,
        "against: Help connected_app_continuous_ip names the flows with a page and confirmation of identity, and says "
        "nothing of refresh, of which another policy speaks ('relax for refresh tokens'); for: the person confirmed "
        "who they are when the token was given",
    ),
    Assumption(
        "deleting_a_block_unblocks",
        "Does deleting a BlacklistedConsumer by metadata let the app in again?",
        True,
        "for: the obvious inverse of deploying one; against: no example was found, and Setup's Unblock is the only "
        "documented way",
    ),
    Assumption(
        "permission_set_names_are_labels",
        "Does ConnectedApp.permissionSetName hold labels (and not API names) in what an org takes and gives back?",
        False,
        "for: trailheadapps/ready-to-fly deploys a label, profileName holds the label; against: the guide says name",
    ),
    Assumption(
        "installed_apps_are_components",
        "Are apps that another org defined and that are installed here listed, retrieved and deployed as ConnectedApp?",
        False,
        "for: the guide ('connected app consumers can edit this setting when deploying'); against: certinia/"
        "apex-mdapi#108 (2015), only apps created in the org appear",
    ),
    Assumption(
        "flip_rewrites_app_policies",
        "Does ticking the box for internal users set every connected app to admin-approved users?",
        False,
        "for: trufflecorp.com part 2 (C) reads the switch as treating every connected app as admin-approved; "
        "against: nothing in the Metadata API guide says that a setting changes apps",
    ),
    Assumption(
        "flip_writes_blocks",
        "Does ticking a box write a BlacklistedConsumer with blockedByApiWhitelisting=true for each app in use that "
        "is not installed?",
        False,
        "for: the field's name, Inspector's docs (such an app then shows as blocked); against: the guide's text on the "
        "field speaks of the Permitted Users policy",
    ),
    Assumption(
        "unticking_undoes_the_flip",
        "Does unticking the boxes take back what ticking them wrote, policies and blocks?",
        True,
        "nothing found; this decides only where one of the two questions above is answered with yes",
    ),
    Assumption(
        "flip_ends_callers_session",
        "Does ticking or unticking a box end the session it was done with?",
        False,
        "nothing found; for: blocking an app ends sessions (guide, BlacklistedConsumer)",
    ),
    Assumption(
        "install_ends_authorizations",
        "Does installing an app in Connected Apps OAuth Usage end the authorisations that users gave it before?",
        False,
        "for: docs.movedata.io (C) has users authorise again after Install; against: only of uninstalling does the "
        "packaging guide say that tokens are removed",
    ),
    Assumption(
        "admin_approval_ends_authorizations",
        "Does switching Permitted Users to admin approved end the app's authorisations and sessions, and not only "
        "refuse users who are not pre-authorised?",
        False,
        "for: cirrusinsight.com (C) mentions a warning in Setup about all existing authorizations; against: Help says "
        "that users lose access unless a permission authorises the app, so who is attached loses nothing",
    ),
    Assumption(
        "assigned_permission_set_can_be_deleted",
        "Can a permission set that is assigned to users be deleted by a deployment?",
        False,
        "against: Setup refuses it (remembered from Help, not verified); nothing found for the Metadata API",
    ),
    Assumption(
        "zip_limits_go_by_api_version",
        "Do the limits of a zip (5,000 files up to API 33, 400 MB up to API 63) go by the version of the request?",
        True,
        "for: the Metadata API guide of each version names its own; against: a limit of the platform would be today's "
        "for all, and the guide says of one limit only (AppExchange packages) that it goes by version",
    ),
    Assumption(
        "finalizing_has_the_clis_name",
        "Is the status before the end of a deployment Finalizing on the wire (and not FinalizingDeploy)?",
        True,
        "for: salesforcecli/plugin-deploy-retrieve#1416 and forcedotcom/source-deploy-retrieve#1595 add it as a state "
        "from the server, and sf 2.146.3 fails on any other word; against: the Apex reference's Metadata.DeployStatus",
    ),
)

ASSUMPTIONS: Mapping[str, Assumption] = MappingProxyType({assumption.name: assumption for assumption in _ALL})
"""Every open question by its name."""


def assumed(org: OrgFacts, name: str) -> bool:
    """How this org answers an open question."""
    return bool(org.assumptions.get(name, ASSUMPTIONS[name].default))
