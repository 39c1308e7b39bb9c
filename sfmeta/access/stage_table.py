"""Which component, which record and which visit to Setup belongs to which stage. The one table of it; pure.

A stage selects whole components, by their type and by the decision about the app they belong to; it edits no file.

Source: DESIGN of the roll-out. A grant on an owned app or an external client app needs admin-approved users (Metadata
API guide, ConnectedApp.permissionSetName), so it comes with the restriction; profile changes and token policies take
access away, so they do, too. A record that opens an app to one more permission set takes nothing from anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.access.forecasting.stages import last_wave
from sfmeta.access.wanted import Wanted, Work
from sfmeta.model.forecast import Stage
from sfmeta.model.names import TypeName
from sfmeta.model.policy import Decision, Policy
from sfmeta.model.records import RecordKind

_BY_DECISION: Mapping[Decision, Stage] = MappingProxyType({Decision.ALLOW: Stage.RESTRICT, Decision.BLOCK: Stage.BLOCK})
BY_TYPE: Mapping[TypeName, Stage | None] = MappingProxyType(
    {
        TypeName("PermissionSet"): Stage.PREPARE,
        TypeName("ConnectedApp"): None,
        TypeName("ExternalClientApplication"): None,
        TypeName("ExtlClntAppConfigurablePolicies"): None,
        TypeName("ExtlClntAppGlobalOauthSettings"): None,
        TypeName("ExtlClntAppOauthConfigurablePolicies"): None,
        TypeName("ExtlClntAppOauthSettings"): None,
        TypeName("Profile"): Stage.RESTRICT,
        TypeName("BlacklistedConsumer"): Stage.BLOCK,
        TypeName("Settings"): Stage.ENFORCE,
    }
)
"""Every type that a policy asks for; None: the decision about its app says it."""
BY_RECORD: Mapping[RecordKind, Stage] = MappingProxyType(
    {RecordKind.ASSIGNMENT: Stage.PREPARE, RecordKind.APP_ACCESS: Stage.PREPARE}
)
BY_WORK: Mapping[Work, Stage] = MappingProxyType(
    {
        Work.ASSIGN: Stage.PREPARE,
        Work.SEE_ASSIGNED: Stage.PREPARE,
        Work.SETUP: Stage.RESTRICT,
        Work.BLOCK: Stage.BLOCK,
    }
)
"""What a person does in Setup."""


def stage_of(wanted: Wanted, policy: Policy) -> Stage:
    """The stage that a component belongs to.

    Args:
        wanted: what the policy asks for.
        policy: knows the decision about its app; nothing is asked for of an app that is undecided.
    """
    stage = BY_TYPE[wanted.id.type]
    return _BY_DECISION[policy.apps[wanted.app].decision] if stage is None else stage


def is_due(app: str, policy: Policy, wave: int | None) -> bool:
    """Whether what belongs to an app is restricted up to and with a wave.

    Args:
        app: its key; "" for what belongs to none (profiles), which is of the last wave, as are apps without a wave.
        policy: knows the waves.
        wave: None for all.
    """
    if wave is None:
        return True
    own = policy.apps[app].wave if app else None
    return (last_wave(policy) if own is None else own) <= wave
