"""What the checks ask of an org, asked once and remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from sfmeta.change.guards import SWITCHES
from sfmeta.errors import OrgRefused
from sfmeta.model.element import Element
from sfmeta.model.names import ApiVersion, ComponentId
from sfmeta.ops.doctor.holdings import FOR_USERS, NEEDED, Holder, holders_of
from sfmeta.ops.ports import Org, Tools
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.org.soql import quoted

APP_TYPES = ("ConnectedApp", "ExtlClntAppGlobalOauthSettings")
"""What holds consumer keys."""
SETTINGS = ComponentId.of("Settings", "ConnectedApp")
"""What holds the boxes."""


class DoctorOrg(Org, Protocol):
    """What the doctor needs of an org beside the usual."""

    @property
    def login_kind(self) -> str:
        """How we logged in."""

    def versions(self) -> tuple[ApiVersion, ...]:
        """The API versions that the org speaks, ascending."""

    def server_time(self) -> datetime | None:
        """The time of its web server."""

    def field_names(self, sobject: str) -> frozenset[str]:
        """The fields of an sobject."""

    def limits(self) -> Mapping[str, object]:
        """What is left of its limits."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the doctor knows from elsewhere than the org.

    Attributes:
        break_glass: the username in ``policy.yml``; "" for none named, None without a project.
        group_members_preauthorize: what a probe found out about groups, None for nothing.
    """

    break_glass: str | None = None
    group_members_preauthorize: bool | None = None


class Examination:
    """One org while it is looked at. Everything is asked when the first check needs it, and only once."""

    def __init__(self, org: DoctorOrg, tools: Tools, circumstances: Circumstances) -> None:
        """Args:
        org: logged in.
        tools: the clock, progress and scratch space.
        circumstances: what is known from elsewhere.
        """
        self.org = org
        self.tools = tools
        self.known = circumstances

    @property
    def now(self) -> datetime:
        """By this machine's clock."""
        return self.tools.now

    def rows(self, soql: str) -> list[Mapping[str, object]]:
        """All rows of a query."""
        return list(self.org.query(soql))

    @cached_property
    def permission_fields(self) -> frozenset[str]:
        """The fields of PermissionSet: a permission that the org does not have has none."""
        return self.org.field_names("PermissionSet")

    @cached_property
    def settings(self) -> Element | None:
        """The file ``Settings:ConnectedApp``; None where the org does not give it."""
        snapshot = take_snapshot(self.org, [SETTINGS], self.tools)
        snapshot.require_readable("what is said of API Access Control")
        return next(iter(snapshot.documents.values()), None)

    @property
    def boxes(self) -> Mapping[str, bool]:
        """Each box that the org has, and whether it is ticked."""
        found = {} if self.settings is None else {name: self.settings.value(name) for name in SWITCHES}
        return {name: text == "true" for name, text in found.items() if text is not None}

    @cached_property
    def app_files(self) -> Sequence[tuple[ComponentId, Element]]:
        """Every connected app, and the keys of every external client app, that the org gives."""
        wanted = [ComponentId.of(type_name, "*") for type_name in APP_TYPES]
        return tuple(take_snapshot(self.org, wanted, self.tools).documents.items())

    def own_app_files(self) -> Iterator[tuple[ComponentId, Element, Element]]:
        """Of these, those that hold our own consumer key, and the element that it stands in."""
        key = self.org.info.client_id
        for component, root in self.app_files if key else ():
            config = root.first("oauthConfig") if root.name == "ConnectedApp" else root
            if config is not None and config.value("consumerKey") == key:
                yield component, root, config

    @cached_property
    def ourselves(self) -> Holder:
        """What our own user holds of what sfmeta needs or is helped by."""
        return self.holder(self.org.info.user_id, (*NEEDED, *FOR_USERS))

    def holder(self, user_id: str, permissions: Sequence[str]) -> Holder:
        """What a user holds of some permissions, by profile, permission sets and groups."""
        known = [name for name in permissions if f"Permissions{name}" in self.permission_fields]
        return holders_of(self.rows, user_id, known, self.now)

    @cached_property
    def own_app_label(self) -> str:
        """The label of the app we are logged in through, as the newest row of LoginHistory has it; "" not known.

        Source: object reference, LoginHistory.Application; one's own rows are visible to everybody.
        """
        user = quoted(self.org.info.user_id)
        soql = (
            "SELECT Application, LoginType, LoginTime FROM LoginHistory "  # noqa: S608 (quoted)
            f"WHERE UserId = {user} ORDER BY LoginTime DESC LIMIT 1"
        )
        row = next(iter(self.rows(soql)), {})
        label = str(row.get("Application") or "")
        is_app = str(row.get("LoginType") or "").startswith("Remote Access")
        return label if is_app and label not in ("N/A", "Browser") else ""

    def optional_rows(self, soql: str) -> list[Mapping[str, object]] | None:
        """All rows, or None where the org has no such object or field (as far as this user sees)."""
        try:
            return self.rows(soql)
        except OrgRefused as error:
            if error.code in ("INVALID_TYPE", "INVALID_FIELD"):
                return None
            raise
