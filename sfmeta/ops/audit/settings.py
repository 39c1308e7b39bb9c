"""The switches of the org, and what only their files tell about profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from sfmeta.access.app_elements import ip_ranges
from sfmeta.access.profile_elements import SESSION_MINUTES, STANDARD_PROFILES, login_hours
from sfmeta.codec.time_zones import is_time_zone
from sfmeta.model.element import Element
from sfmeta.model.inventory import Gap, OrgSettings, Profile
from sfmeta.model.names import ComponentId
from sfmeta.ops.audit.components import Components

_USUAL_MINUTES = 120


def org_settings(components: Components, known_permissions: frozenset[str], time_zone: str) -> OrgSettings:
    """The switches; None for what could not be read."""
    boxes = components.setting("ConnectedApp")
    oauth = components.setting("OauthOidc")
    security = components.setting("Security")
    session = security.first("sessionSettings") if security else None
    timeout = (session.value("sessionTimeout") if session else None) or ""
    return OrgSettings(
        internal_box=_box(boxes, "enableAdminApprovedAppsOnly"),
        external_box=_box(boxes, "enableAdminApprovedAppsOnlyForExternalUser"),
        password_flow_blocked=_switch(oauth, "blockOAuthUnPwFlow"),
        user_agent_flow_blocked=_switch(oauth, "blockOAuthUsrAgtFlow"),
        ranges_on_every_request=_switch(session, "enforceIpRangesEveryRequest") is True,
        session_minutes=SESSION_MINUTES.get(timeout, _USUAL_MINUTES),
        known_permissions=known_permissions,
        time_zone=time_zone,
    )


def known_zone(time_zone: str) -> tuple[str, tuple[Gap, ...]]:
    """An org's time zone, UTC in place of one that this computer does not know.

    Args:
        time_zone: ``Organization.TimeZoneSidKey``, "" where it could not be read.
    """
    if is_time_zone(time_zone):
        return time_zone, ()
    said = f"The time zone {time_zone} is not known here" if time_zone else "The org does not tell its time zone"
    return "UTC", (Gap("time-zone", f"{said}: login hours are taken for hours in UTC"),)


def with_files(profiles: Mapping[str, Profile], components: Components) -> tuple[dict[str, Profile], tuple[Gap, ...]]:
    """Profiles with the full names of their components, their login hours and IP ranges.

    A file belongs to the profile whose id the retrieve gave for it; else to the one of that name. Names of files spell
    some characters as URLs do (``Custom%3A Sales``).
    """
    completed, gaps = dict(profiles), []
    names = {one.name: one.id for one in profiles.values()}
    for full_name, root in components.of("Profile"):
        given = components.ids.get(ComponentId.of("Profile", full_name), "")
        name = unquote(full_name)
        id_ = given if given in profiles else names.get(name) or names.get(STANDARD_PROFILES.get(name, ""), "")
        ranges, hours = ip_ranges(root, "loginIpRanges", "startAddress", "endAddress"), login_hours(root)
        if id_:
            completed[id_] = replace(completed[id_], ip_ranges=ranges, hours=hours, full_name=full_name)
        elif ranges or hours:
            said = f"The profile file {full_name} has login hours or IP ranges, and no profile is known by that name"
            gaps.append(Gap("profile-file", said))
    return completed, tuple(gaps)


def _box(settings: Element | None, name: str) -> bool | None:
    """A box of API Access Control: None where the file does not name it, as the org does not have the feature."""
    value = settings.value(name) if settings else None
    return None if value is None else value == "true"


def _switch(settings: Element | None, name: str) -> bool | None:
    """A switch: off where a file that was read does not name it; None without a file."""
    return None if settings is None else settings.value(name) == "true"
