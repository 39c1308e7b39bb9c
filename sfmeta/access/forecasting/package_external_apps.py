"""What deploying the files of an external client app makes of it.

Source: Metadata API guide and WSDL, ExternalClientApplication and the ExtlClntApp types; what a file leaves out is open
as with a connected app.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from sfmeta.access.app_elements import ip_range, options, refresh_policy, scopes
from sfmeta.access.forecasting.app_draft import AppDraft
from sfmeta.access.forecasting.package_apps import AppFiles, shut
from sfmeta.model.element import Element

BELONGS_TO = "externalClientApplication"
"""The element by which the other files of an external client app say whose they are."""

_OF_POLICIES = frozenset(
    {
        "isClientCredentialsFlowEnabled",
        "isGuestCodeCredFlowEnabled",
        "isNamedUserJwtEnabled",
        "isTokenExchangeFlowEnabled",
    }
)
_Deploy: TypeAlias = Callable[[AppFiles, AppDraft, Element, Element | None], None]


def _names(root: Element, element: str) -> list[str] | None:
    """The names of a comma-separated list; None where the file leaves it out."""
    text = root.value(element)
    return None if text is None else [name for part in text.split(",") if (name := part.strip())]


def _policies(files: AppFiles, draft: AppDraft, root: Element, _: Element | None) -> None:
    permitted = root.value("permittedUsersPolicyType")
    approved = permitted == "AdminApprovedPreAuthorized"
    files.written(draft, lambda app: replace(app, admin_approved=approved), is_written=bool(permitted))
    files.grants(draft, _names(root, "commaSeparatedPermissionSet"), _names(root, "commaSeparatedProfile"))
    kind = root.value("refreshTokenPolicyType") or ""
    amount, unit = root.value("refreshTokenValidityPeriod") or "", root.value("refreshTokenValidityUnit") or ""
    refresh = refresh_policy(kind, amount, unit)
    files.written(draft, lambda app: replace(app, refresh_policy=refresh), is_written=bool(kind))
    relaxation = (root.value("ipRelaxationPolicyType") or "").upper()
    files.written(draft, lambda app: replace(app, ip_relaxation=relaxation or "ENFORCE"), is_written=bool(relaxation))
    minutes = root.value("sessionTimeoutInMinutes") or ""
    timeout = int(minutes) if minutes.isdigit() else None
    files.written(draft, lambda app: replace(app, session_minutes=timeout), is_written=timeout is not None)
    action = root.value("policyAction") or ""
    files.session(draft, action, is_written=bool(action))
    runs_as = (root.value("clientCredentialsFlowUser") or "").lower()
    is_on = root.value("isClientCredentialsFlowEnabled") == "true"
    given = options(root)
    draft.change(
        lambda app: replace(app, execution_user=runs_as if is_on else "", options=given | (app.options - _OF_POLICIES))
    )


def _switches(_files: AppFiles, draft: AppDraft, root: Element, _: Element | None) -> None:
    is_off = "false" in (root.value("isEnabled"), root.value("isOauthPluginEnabled"))
    draft.is_off = is_off
    draft.change(lambda app: replace(app, blocked=shut(app, is_off=is_off)))


def _oauth_settings(files: AppFiles, draft: AppDraft, root: Element, _: Element | None) -> None:
    listed = _names(root, "commaSeparatedOauthScopes")
    files.scopes(draft, None if listed is None else scopes(listed))
    ranges = tuple(ip_range(one) for one in _names(root, "trustedIpRanges") or ())
    files.written(draft, lambda app: replace(app, ip_ranges=ranges), is_written=bool(ranges))


def _global_settings(files: AppFiles, draft: AppDraft, root: Element, held: Element | None) -> None:
    files.switches(draft, options(root), _OF_POLICIES)
    files.certificate(draft, root.value("certificate"))
    files.callbacks(draft, root.value("callbackUrl"), held.value("callbackUrl") if held else None)


DEPLOY: Mapping[str, _Deploy] = MappingProxyType(
    {
        "ExtlClntAppConfigurablePolicies": _switches,
        "ExtlClntAppGlobalOauthSettings": _global_settings,
        "ExtlClntAppOauthConfigurablePolicies": _policies,
        "ExtlClntAppOauthSettings": _oauth_settings,
    }
)
"""What deploying a file of an external client app does, by type."""
