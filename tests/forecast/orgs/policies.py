"""Random policies about an org."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import strategies as st

from sfmeta.localorg.seed import format as form
from tests.forecast.orgs.draws import mostly, rare, some

_REFRESH_IN_POLICY: tuple[Any, ...] = (
    None,
    "until_revoked",
    {"expire_after": "7 days"},
    {"expire_if_unused_for": "3 days"},
    {"expire_after": "12 hours"},
    "immediately",
)
_RELAXATION_IN_POLICY = (None, "enforce", "relax", "relax_with_second_factor", "enforce_but_relax_for_refresh")


@st.composite
def policies(draw: st.DrawFn, seed: form.Seed) -> str:
    """The text of a policy about an org that agrees with itself, and that the org could take."""
    has_boxes = "ApiAccessControl" in seed.org.features
    usernames = [user.username for user in seed.users]
    content: dict[str, Any] = {"version": 1}
    has_pattern = not draw(rare(10))
    if has_pattern:
        content["defaults"] = {"permission_set": "Allow {label}"}
    apps = {
        f"app_{number}": draw(_app_policy(app, seed, usernames, has_pattern))
        for number, app in enumerate(seed.apps, 1)
        if not draw(rare(5))
    }
    if apps:
        content["apps"] = apps
    if has_boxes:
        exceptions = draw(some(usernames, 1))
        if exceptions:
            content["any_api_client"] = [{"username": exceptions[0], "until": "2026-12-20T18:00Z", "reason": "SOAP"}]
    profiles = {profile.name: draw(_profile_policy(has_boxes)) for profile in seed.profiles[1:] if draw(rare(4))}
    if profiles:
        content["profiles"] = profiles
    losses = [
        {"user": user, "app": key, "reason": "old", "approved_by": "ciso@acme.example", "until": "2027-01-31"}
        for user in draw(some(usernames, 1))
        for key in draw(some(sorted(apps), 1))
    ]
    if losses:
        content["accepted_losses"] = losses
    if has_boxes:
        content["enforcement"] = {
            name: value
            for name in ("internal_users", "external_users")
            if (value := draw(st.sampled_from([True, False, None]))) is not None
        }
    return yaml.safe_dump(content, sort_keys=False, width=200)


@st.composite
def _app_policy(
    draw: st.DrawFn, app: form.App, seed: form.Seed, usernames: list[str], has_pattern: bool
) -> dict[str, Any]:
    said: dict[str, Any] = {"match": {"label": app.label}}
    if app.kind == "external_client_app":
        said["kind"] = app.kind
    if app.ownership != "owned":
        said["ownership"] = "installed"
    said["decision"] = decision = draw(mostly("allow", "block", "undecided", one_in=3))
    if decision != "allow":
        return said
    permitted = draw(st.sampled_from(["admin_approved", "everyone", None]))
    values = {
        "wave": draw(st.sampled_from([None, 1, 2])),
        "permitted_users": permitted,
        "refresh_token": draw(st.sampled_from(_REFRESH_IN_POLICY)),
        "ip_relaxation": draw(mostly(*_RELAXATION_IN_POLICY, one_in=3)),
        "session": draw(mostly(None, {"timeout_minutes": 60})),
    }
    said |= {name: value for name, value in values.items() if value is not None}
    stays_approved = permitted is None and app.permitted_users == "admin_approved" and app.ownership != "uninstalled"
    if permitted == "admin_approved" or stays_approved:
        grants = draw(_grants(seed, usernames, has_pattern))
        if grants or draw(rare()):
            said["grants"] = grants
    return said


@st.composite
def _grants(draw: st.DrawFn, seed: form.Seed, usernames: list[str], has_pattern: bool) -> dict[str, Any]:
    grants: dict[str, Any] = {}
    if draw(rare(3)):
        grants["profiles"] = draw(some([profile.name for profile in seed.profiles]))
    if draw(rare(3)):
        grants["permission_sets"] = draw(some([one.name for one in seed.permission_sets]))
    if has_pattern:
        ends = (None, None, "2026-11-28", "2027-06-30T12:00Z")
        users = [(name, draw(st.sampled_from(ends))) for name in draw(some(usernames, 3))]
        if users:
            grants["users"] = [name if end is None else {"username": name, "until": end} for name, end in users]
    return grants


@st.composite
def _profile_policy(draw: st.DrawFn, has_boxes: bool) -> dict[str, Any]:
    names = ["ApiEnabled", "CanApproveUninstalledApps", *(["UseAnyApiClient"] if has_boxes else [])]
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    return {"user_permissions": {name: draw(st.booleans()) for name in chosen}}
