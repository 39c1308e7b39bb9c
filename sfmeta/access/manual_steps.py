"""Installed apps: what a person must do in Setup, because no API is known to do it."""

from __future__ import annotations

from sfmeta.access.grants import AllowSet
from sfmeta.access.wanted import ManualStep, Work
from sfmeta.model.policy import App, Decision, Duration, IpRelaxation, PermittedUsers, RefreshToken, RefreshTokenRule

USAGE_PAGE = "Setup > Connected Apps OAuth Usage"
POLICY_PAGE = "Setup > Manage Connected Apps"

_PERMITTED_USERS = {
    PermittedUsers.ADMIN_APPROVED: "Admin approved users are pre-authorized",
    PermittedUsers.EVERYONE: "All users may self-authorize",
}
_IP_RELAXATION = {
    IpRelaxation.ENFORCE: "Enforce IP restrictions",
    IpRelaxation.RELAX_WITH_SECOND_FACTOR: "Relax IP restrictions for activated devices",
    IpRelaxation.RELAX: "Relax IP restrictions",
    IpRelaxation.ENFORCE_BUT_RELAX_FOR_REFRESH: "Enforce IP restrictions, but relax for refresh tokens",
}


def manual_steps(app: App, label: str, allow: AllowSet | None) -> list[ManualStep]:
    """What to do in Setup for an installed app: one visit.

    Args:
        app: its policy.
        label: how Setup shows it.
        allow: its generated permission set, deployed and assigned before this visit.
    """
    if app.decision is Decision.BLOCK:
        return [_block(app, label)]
    if app.decision is not Decision.ALLOW:
        return []
    actions = [f"On {USAGE_PAGE}: if the row of {label} shows Install, press it; if it shows Unblock, press that"]
    names = [allow.label] if allow else []
    if app.grants:
        names += app.grants.permission_sets or ()
    actions += _policies(app)
    if app.permitted_users is PermittedUsers.ADMIN_APPROVED:
        # that Setup offers the lists only for approved users is an assumption; where it does not, they may come first
        actions.append("Go on at once: until the next is done, the app lets in nobody who is not on its lists already")
    if names:
        actions.append(f"Manage Permission Sets: select {', '.join(names)}")
    if app.grants and app.grants.profiles:
        actions.append(f"Manage Profiles: select {', '.join(app.grants.profiles)}")
    # for a person to paste; nothing here sends it
    verify = [
        "SELECT Id, Name, OptionsAllowAdminApprovedUsersOnly FROM ConnectedApplication WHERE Name = "  # noqa: S608 (shown to a person, never run)
        + _quoted(label)
    ]
    if names or (app.grants and app.grants.profiles):
        verify.append(
            "SELECT Parent.Name, Parent.Profile.Name FROM SetupEntityAccess "
            "WHERE SetupEntityType = 'ConnectedApplication' AND SetupEntityId = '<the Id of the first query>'"
        )
    return [ManualStep(app.key, f"Set up {label}", f"{POLICY_PAGE} > {label}", tuple(actions), tuple(verify))]


def _block(app: App, label: str) -> ManualStep:
    action = f"In the row of {label}: press Block. This ends all its sessions"
    verify = "sfmeta retrieve -m 'BlacklistedConsumer:*': a blocked app has a component there"
    return ManualStep(app.key, f"Block {label}", USAGE_PAGE, (action,), (verify,), Work.BLOCK)


def _policies(app: App) -> list[str]:
    settings = []
    if app.permitted_users:
        settings.append(f"Permitted Users: {_PERMITTED_USERS[app.permitted_users]}")
    if app.ip_relaxation:
        settings.append(f"IP Relaxation: {_IP_RELAXATION[app.ip_relaxation]}")
    if app.refresh_token:
        settings.append(f"Refresh Token Policy: {_refresh_token(app.refresh_token)}")
    if app.session and app.session.timeout_minutes:
        settings.append(f"Session timeout: {app.session.timeout_minutes} minutes")
    return [f"Edit Policies: set {setting}" for setting in settings]


def _refresh_token(rule: RefreshToken) -> str:
    if rule.rule is RefreshTokenRule.UNTIL_REVOKED:
        return "Refresh token is valid until revoked"
    if rule.rule is RefreshTokenRule.IMMEDIATELY:
        return "Immediately expire refresh token"
    period = _period(rule.duration) if rule.duration else ""
    if rule.rule is RefreshTokenRule.EXPIRE_AFTER:
        return f"Expire refresh token after {period}"
    return f"Expire refresh token if not used for {period}"


def _period(duration: Duration) -> str:
    unit = duration.unit.lower()
    return f"{duration.amount} {unit.removesuffix('s') if duration.amount == 1 else unit}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
