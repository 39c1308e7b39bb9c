"""Open questions about Salesforce that decide who gets in. Each is answered by a probe, or stays open.

The names are those of the local org's assumptions, so that what a probe learns serves both. Nothing here is an answer:
where a question is open and its answer matters, a forecast says "unknown" and names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Question:
    """One open question.

    Attributes:
        name: stable; a key of the findings file.
        text: what is not established.
        evidence: what speaks for yes, and what for no, with sources.
    """

    name: str
    text: str
    evidence: str


_ALL = (
    Question(
        "admin_approval_ends_authorizations",
        "Does switching Permitted Users to admin approved end authorisations that users gave before?",
        "yes: cirrusinsight.com (C) mentions a warning in Setup; no: Help says that users lose access unless a "
        "permission authorises the app",
    ),
    Question(
        "approve_uninstalled_passes_first_box",
        "May a holder of Approve Uninstalled Connected Apps use an uninstalled app under the box for internal users?",
        "no: Help 005228838 took the same from holders of Use Any API Client; nothing says it of this permission",
    ),
    Question(
        "client_credentials_ignore_permitted_users",
        "Is the execution user of the client credentials flow exempt from Permitted Users?",
        "yes: a vendor's page (C); nothing official was found",
    ),
    Question(
        "deleting_a_block_unblocks",
        "Does deleting a BlacklistedConsumer by a deployment let the app in again?",
        "yes: the obvious inverse of deploying one; no: no example was found, and only Setup's Unblock is documented",
    ),
    Question(
        "flip_rewrites_app_policies",
        "Does ticking the box for internal users set every connected app to admin-approved users?",
        "yes: trufflecorp.com part 2 (C); no: nothing in the Metadata API guide says that a setting changes apps",
    ),
    Question(
        "flip_writes_blocks",
        "Does ticking a box block each app in use that is not installed, for everybody?",
        "yes: BlacklistedConsumer.blockedByApiWhitelisting, Inspector's docs; no: the guide's text on that field",
    ),
    Question(
        "group_members_preauthorize",
        "Is a user pre-authorised for an app by a permission set that comes with a permission set group?",
        "yes: a group gives what its permission sets give (Help); no: an app names permission sets, not groups",
    ),
    Question(
        "install_ends_authorizations",
        "Does installing an app end the authorisations that users gave it before?",
        "yes: docs.movedata.io (C) has users authorise again after Install; no: the packaging guide says it of "
        "uninstalling only",
    ),
    Question(
        "omitted_app_grants_stay",
        "Does a deployment of an app that leaves out its permission sets or profiles keep the grants there are?",
        "yes: the guide has an empty element that removes all grants; no: an app deploys as a whole file",
    ),
    Question(
        "refresh_policy_hits_issued_tokens",
        "Does a changed refresh token policy count for refresh tokens that were issued before?",
        "yes: the Metadata API guide evaluates the policy when a token is used; no: nothing says which policy",
    ),
    Question(
        "second_factor_covers_refresh",
        "Does 'Relax IP restrictions for activated devices' spare refresh tokens of the web server flow, too?",
        "Help connected_app_continuous_ip names the web server flow and says nothing of refresh tokens",
    ),
    Question(
        "self_authorize_survives_first_box",
        "Do apps with 'All users may self-authorize' go on working under the box for internal users?",
        "yes: Metadata API guide, ConnectedAppSettings ('approved or installed'); no: Help "
        "security_api_access_control_about ('unless they're pre-authorized')",
    ),
    Question(
        "soap_login_refused_under_box",
        "Does SOAP login() itself fail under the box, and not only the use of the session it gives?",
        "yes: Help 000383352, Validity's note; no: sessions of other kinds exist and only fail when used",
    ),
    Question(
        "use_any_api_auth_required",
        "Does SOAP login() need the permission Use Any API Auth in this org?",
        "Help 005132110: from Summer '26, in new orgs",
    ),
    Question(
        "use_any_api_client_covers_soap_login",
        "May a holder of Use Any API Client log in with SOAP login() under the box for internal users?",
        "yes: Help 005228838, 'unrestricted access to Salesforce APIs'; nothing says it of login() itself",
    ),
    Question(
        "use_any_api_client_covers_ui_sessions",
        "May a holder of Use Any API Client use the API with a session of the browser under the box?",
        "yes: Help 005228838; no: it speaks of API clients, and browser tools that reuse a session are none",
    ),
    Question(
        "use_any_api_client_exempts_external_users",
        "Does Use Any API Client exempt a customer or partner from the box for external users?",
        "nothing found; the Metadata API guide names only 'installed and unblocked' for that box",
    ),
    Question(
        "use_any_api_client_opens_admin_approved_apps",
        "May a holder of Use Any API Client use a connected app with admin-approved users without a grant?",
        "yes: Help says so of external client apps; nothing was found for connected apps",
    ),
)

ADDRESS_NOT_SEEN = "address_not_seen"
RELAXATION_NOT_SEEN = "ip_relaxation_not_seen"
SCOPES_NOT_SEEN = "scopes_not_seen"
PERMITTED_USERS_NOT_SEEN = "permitted_users_not_seen"
RHYTHM_NOT_SEEN = "rhythm_not_seen"
FLOWS_NOT_SEEN = "oauth_settings_not_seen"
NEW_KEY_NOT_SEEN = "new_key_not_seen"
OMITTED_STAYS = "omitted_app_settings_stay"
NO_OTHER_BLOCK = "other_block_not_seen"
SEEN_OTHERWISE = "why_it_works_not_seen"

_UNSEEN = (
    Question(
        ADDRESS_NOT_SEEN,
        "Does the client come from an address outside the login IP ranges of the user's profile?",
        "no login of the window shows an address; look at the client itself",
    ),
    Question(
        RELAXATION_NOT_SEEN,
        "Does the app's IP Relaxation keep the login IP ranges?",
        "no API gives this policy of an app that another org made; look at Setup > Manage Connected Apps",
    ),
    Question(
        SCOPES_NOT_SEEN,
        "Does the app call the API, and not only open pages or tell who somebody is?",
        "no API gives the scopes of an app that another org made; look at Setup > Connected Apps OAuth Usage",
    ),
    Question(
        PERMITTED_USERS_NOT_SEEN,
        "May all users authorize the app themselves, and not only admin-approved ones?",
        "its Permitted Users could not be read, or are its maker's when it is installed; write permitted_users",
    ),
    Question(
        RHYTHM_NOT_SEEN,
        "Is the app used often enough for a refresh token that ends when it is not used?",
        "it was used more seldom than the policy asks for; ask whoever runs it",
    ),
    Question(
        FLOWS_NOT_SEEN,
        "Does the org let this OAuth flow through?",
        "OauthOidcSettings could not be read; look at Setup > OAuth and OpenID Connect Settings",
    ),
    Question(
        NEW_KEY_NOT_SEEN,
        "Does the client sign with the key of the new certificate from that moment on?",
        "no API tells which key a client holds; ask whoever runs it",
    ),
    Question(
        NO_OTHER_BLOCK,
        "Is the app open once that block is gone, and not shut by its own policy or switch as well?",
        "an audit tells one block of an app; look at its policies in Setup",
    ),
    Question(
        OMITTED_STAYS,
        "Does what an app's file leaves out (a policy, IP ranges, a certificate) stay as it is in the org?",
        "not established, and no probe asks it; write it into the file: an org gives every policy that it has",
    ),
    Question(
        SEEN_OTHERWISE,
        "Does the client get in today still, by what, and does that stay?",
        "it was seen to get in within the last days, though what the audit saw would refuse it",
    ),
)

UNSEEN: Mapping[str, Question] = MappingProxyType({question.name: question for question in _UNSEEN})
"""Questions about this org that the audit could not answer; no probe can either."""

QUESTIONS: Mapping[str, Question] = MappingProxyType({question.name: question for question in _ALL})
"""Every open question that a rule asks, by its name."""

PROBEABLE = frozenset(
    {
        "client_credentials_ignore_permitted_users",
        "deleting_a_block_unblocks",
        "group_members_preauthorize",
        "omitted_app_grants_stay",
        "self_authorize_survives_first_box",
        "use_any_api_client_opens_admin_approved_apps",
    }
)
"""Those of ``QUESTIONS`` that ``sfmeta doctor --probe`` can answer; the others need a person, a password or the box."""

EVERY_QUESTION: Mapping[str, Question] = MappingProxyType({**QUESTIONS, **UNSEEN})
"""Both."""
