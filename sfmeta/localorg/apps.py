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
        """Its own policy shuts it: session policy Block, or an external client app that is not enabled.

        Source: Metadata API guide, ConnectedAppSessionPolicy.policyAction, ExtlClntAppConfigurablePolicies.isEnabled.
        """
        if self.kind is Kind.EXTERNAL:
            stopped = self.policy is not None and self.policy["PolicyAction"] == "Block"
            return stopped or self.record["IsEnabled"] is False
        return self.record["SessionPolicyAction"] == "Block"

    @property
    def timeout_minutes(self) -> int:
        """How long a session lives unused; an org's default is two hours."""
        value = self.policy["SessionTimeoutInMinutes"] if self.policy else self.record["SessionTimeout"]
        return int(value) if value else 120


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
