"""The three kinds of OAuth client that stand before an org, under one face."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State


class Kind(StrEnum):
    """Where an app is defined, as far as this org is concerned."""

    CONNECTED = "connected app"
    """Owned by this org, or installed in it."""
    EXTERNAL = "external client app"
    FOREIGN = "uninstalled app"
    """Defined by another org and not installed here."""


_SOBJECTS = {
    "ConnectedApplication": Kind.CONNECTED,
    "ExternalClientApplication": Kind.EXTERNAL,
    "ForeignApp": Kind.FOREIGN,
}

_REFRESH_KINDS = {"SpecificLifetime": "specific_lifetime", "SpecificInactivity": "specific_inactivity", "Zero": "zero"}

CLIENT_FIELDS = (
    "CallbackUrl",
    "IpRanges",
    "IsConsumerSecretOptional",
    "IsDeviceFlowEnabled",
    "IsIntrospectAllTokens",
    "IsPkceRequired",
    "IsRefreshTokenRotationEnabled",
    "IsSecretRequiredForRefreshToken",
    "Scopes",
)
"""The fields of an app's row that say what it is as an OAuth client, whoever installs it."""

USUAL_SCOPES = frozenset({"api", "id", "refresh_token", "web"})
"""The scopes of an app that says nothing of its own."""


@dataclass(frozen=True, slots=True)
class App:
    """An OAuth client.

    Attributes:
        record: its row.
        policy: an external client app's ExtlClntAppOauthPlcyCnfg, None for the others or where it has none.
    """

    record: Record
    policy: Record | None = None

    @property
    def id(self) -> str:
        """The record's id."""
        return self.record.id

    @property
    def kind(self) -> Kind:
        """Where it is defined."""
        return _SOBJECTS[self.record.sobject]

    @property
    def label(self) -> str:
        """The name people see; ``OauthToken.AppName``."""
        return self.record.text("MasterLabel" if self.kind is Kind.EXTERNAL else "Name")

    @property
    def consumer_key(self) -> str:
        """The client id."""
        return self.record.text("ConsumerKey")

    @property
    def admin_approved_only(self) -> bool:
        """Permitted Users is "Admin approved users are pre-authorized"."""
        if self.kind is Kind.EXTERNAL:
            return self.policy is not None and self.policy["PermittedUsersPolicyType"] == "AdminApprovedPreAuthorized"
        return self.record.flag("OptionsAllowAdminApprovedUsersOnly")

    @property
    def blocked_by_policy(self) -> bool:
        """Its own policy shuts it: session policy Block, or an external client app not enabled, or not for OAuth.

        Source: Metadata API guide, ConnectedAppSessionPolicy.policyAction, ExtlClntAppConfigurablePolicies.isEnabled.
        """
        if self.kind is Kind.EXTERNAL:
            stopped = self.policy is not None and self.policy["PolicyAction"] == "Block"
            return stopped or self.record["IsEnabled"] is False or self.record["IsOauthEnabled"] is False
        return self.record["SessionPolicyAction"] == "Block"

    @property
    def raises_session_level(self) -> bool:
        """Its sessions must have high assurance, which a flow without an approval step cannot give them."""
        if self.policy is not None:
            asks = self.policy["PolicyAction"] == "RaiseSessionLevel"
            return asks and self.policy["RequiredSessionLevel"] in (None, "HIGH_ASSURANCE")
        return self.record["SessionPolicyAction"] == "RaiseSessionLevel"

    @property
    def timeout_minutes(self) -> int | None:
        """How long its sessions live unused; None where the org's own rule counts."""
        value = self.policy["SessionTimeoutInMinutes"] if self.policy else self.record["SessionTimeout"]
        return int(value) if value else None

    @property
    def scopes(self) -> frozenset[str]:
        """What its tokens may be good for, in OAuth's spelling. An app of which nothing is known has the usual ones."""
        text = self.record["Scopes"]
        return USUAL_SCOPES if text is None else frozenset(str(text).split())

    @property
    def callback_urls(self) -> tuple[str, ...]:
        """Where the approval page may send a browser back to."""
        return tuple(line.strip() for line in self.record.text("CallbackUrl").splitlines() if line.strip())

    @property
    def ip_relaxation(self) -> str:
        """``ENFORCE``, ``BYPASS``, ``BYPASS_2FACTOR`` or ``ENFORCE_RELAXREFRESH``."""
        text = self.policy.text("IpRelaxationPolicyType") if self.policy else self.record.text("IpRelaxation")
        return text.upper() or "ENFORCE"

    @property
    def ip_ranges(self) -> str:
        """Its own trusted ranges: ``start-end``, separated by commas."""
        return self.record.text("IpRanges")

    def option(self, name: str) -> bool:
        """A switch of its OAuth settings, by its name in metadata (``isPkceRequired``)."""
        return self.record.flag(name[0].upper() + name[1:])

    @property
    def allows_device_flow(self) -> bool:
        """The device flow is enabled for it, and it is installed."""
        return self.kind is not Kind.FOREIGN and self.option("isDeviceFlowEnabled")

    @property
    def refresh_policy(self) -> str:
        """How long refresh tokens live, as ConnectedApp metadata spells it: ``specific_lifetime:7:DAYS``."""
        if self.kind is not Kind.EXTERNAL:
            return self.record.text("RefreshTokenPolicy") or "infinite"
        if self.policy is None:
            return "infinite"
        kind = _REFRESH_KINDS.get(self.policy.text("RefreshTokenPolicyType"), "infinite")
        amount, unit = self.policy["RefreshTokenValidityPeriod"], self.policy.text("RefreshTokenValidityUnit")
        return f"{kind}:{amount}:{unit.upper()}" if amount else kind


def app_by_id(state: State, id_: str) -> App | None:
    """The app with a record id, or None."""
    record = state.records.get(id_) if id_ else None
    return None if record is None or record.sobject not in _SOBJECTS else _with_policy(state, record)


def app_by_key(state: State, consumer_key: str) -> App | None:
    """The app with a consumer key, or None. An installed app comes before the world outside."""
    if not consumer_key:
        return None
    for sobject in _SOBJECTS:
        record = state.records.first(sobject, ConsumerKey=consumer_key)
        if record is not None:
            return _with_policy(state, record)
    return None


def all_apps(state: State) -> list[App]:
    """Every app that this org owns, has installed or defines as an external client app."""
    return [
        _with_policy(state, record)
        for sobject in ("ConnectedApplication", "ExternalClientApplication")
        for record in state.records.find(sobject)
    ]


def _with_policy(state: State, record: Record) -> App:
    if record.sobject != "ExternalClientApplication":
        return App(record)
    return App(record, state.records.first("ExtlClntAppOauthPlcyCnfg", ExternalClientApplicationId=record.id))
