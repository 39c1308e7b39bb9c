"""What the files of an app tell that its tables do not. Secrets in them are never looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sfmeta.access.app_elements import certificate_print, ip_range, ip_ranges, options, scopes
from sfmeta.model.element import Element
from sfmeta.model.inventory import App, Blocked
from sfmeta.ops.audit.components import Components


@dataclass(frozen=True, slots=True)
class Family:
    """The files of an external client app; an empty element stands for one that is not there."""

    settings: Element
    shared: Element
    policies: Element
    switches: Element


def of_connected_app(app: App, root: Element) -> App:
    """The app, completed by its file."""
    config = root.first("oauthConfig") or Element("oauthConfig")
    policy = root.first("oauthPolicy") or Element("oauthPolicy")
    runs_as = config.value("oauthClientCredentialUser") or ""
    return replace(
        app,
        consumer_key=config.value("consumerKey") or "",
        refresh_policy=policy.value("refreshTokenPolicy") or "",
        ip_relaxation=policy.value("ipRelaxation") or "",
        ip_ranges=ip_ranges(root, "ipRanges", "start", "end"),
        # one that lists none is not known: every OAuth app has some
        scopes=scopes(listed) if (listed := [one.text.strip() for one in config.all("scopes")]) else None,
        options=options(config),
        execution_user=runs_as.lower() if config.value("isClientCredentialEnabled") == "true" else "",
        has_certificate=bool(config.value("certificate")),
        certificate=certificate_print(config.value("certificate")),
    )


def attached_to_connected_app(root: Element) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the permission sets and profiles that the file attaches."""
    names = [frozenset(one.text.strip() for one in root.all(name)) for name in ("permissionSetName", "profileName")]
    return names[0], names[1]


def family_of(api_name: str, components: Components) -> Family:
    """The files that belong to an external client app: they say whose they are, their own names follow no pattern."""

    def belonging(type_name: str) -> Element:
        found = components.holding(type_name, "externalClientApplication", api_name)
        return components.files[found[0]] if found else Element(type_name)

    return Family(
        belonging("ExtlClntAppOauthSettings"),
        belonging("ExtlClntAppGlobalOauthSettings"),
        belonging("ExtlClntAppOauthConfigurablePolicies"),
        belonging("ExtlClntAppConfigurablePolicies"),
    )


def of_external_app(app: App, family: Family) -> App:
    """The app, completed by its files."""
    policies, shared = family.policies, family.shared
    off = [family.switches.value(name) for name in ("isEnabled", "isOauthPluginEnabled")].count("false")
    action = policies.value("policyAction")
    listed = family.settings.value("commaSeparatedOauthScopes")
    ranges = family.settings.value("trustedIpRanges") or ""
    runs_as = policies.value("clientCredentialsFlowUser") or ""
    return replace(
        app,
        consumer_key=shared.value("consumerKey") or "",
        blocked=Blocked.BY_POLICY if action == "Block" else Blocked.DISABLED if off else Blocked.NO,
        ip_relaxation=(policies.value("ipRelaxationPolicyType") or ("Enforce" if policies.children else "")).upper(),
        ip_ranges=tuple(ip_range(one) for one in ranges.split(",") if one.strip()),
        raises_session_level=action == "RaiseSessionLevel",
        scopes=None if listed is None else scopes([one.strip() for one in listed.split(",")]),
        options=options(shared) | options(policies),
        execution_user=runs_as.lower() if policies.value("isClientCredentialsFlowEnabled") == "true" else "",
        has_certificate=bool(shared.value("certificate")),
        certificate=certificate_print(shared.value("certificate")),
    )


def attached_to_external_app(family: Family) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the permission sets and profiles that the policies attach."""
    elements = ("commaSeparatedPermissionSet", "commaSeparatedProfile")
    lists = [(family.policies.value(name) or "").split(",") for name in elements]
    names = [frozenset(one.strip() for one in listed if one.strip()) for listed in lists]
    return names[0], names[1]
