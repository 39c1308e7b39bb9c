"""A flip of API Access Control that is open: said by every command that meets the org, and in the way of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import typer

from sfmeta.errors import GuardRefused, SfmetaError

if TYPE_CHECKING:
    # start-up: a command imports what it needs when it needs it
    from pathlib import Path

    from sfmeta.cli.ui import Ui
    from sfmeta.model.enforcement import Flip
    from sfmeta.model.outcome import OrgInfo
    from sfmeta.ops.enforce.logins import Doors
    from sfmeta.ops.orgs import Workshop
    from sfmeta.ops.ports import Tools
    from sfmeta.org.client import OrgClient
    from sfmeta.workspace.flips import Noted
    from sfmeta.workspace.ledger import Ledger
    from sfmeta.workspace.places import Places

UNSETTLED = "flip-unsettled"
"""The code of the error where a flip has to be settled first."""


class _Records(Protocol):
    def lock(self, info: OrgInfo, *, settling: bool = False) -> None: ...

    def ledger_if_any(self, info: OrgInfo) -> Ledger | None: ...


class Workplace(Protocol):
    """What of a ``Desk`` this needs; the desk itself comes here whenever it connects."""

    ui: Ui

    @property
    def places(self) -> Places:
        """The user's own folders."""

    @property
    def records(self) -> _Records:
        """Locks and ledgers."""

    @property
    def who(self) -> str:
        """Who runs this."""

    def tools(self, wait_minutes: int) -> Tools:
        """What the verbs are given."""

    def workshop(self) -> Workshop:
        """The stored logins."""


def heed(desk: Workplace, org: OrgClient, alias: str) -> None:
    """Say that a flip of this org is open; where its process is gone, offer on a terminal to take it back now."""
    from sfmeta.workspace.flips import Flips

    noted = Flips(desk.places.config, org.info.id).open()
    if noted is None:
        return
    is_left = noted.is_left(desk.tools(0).clock.now())
    said = _words(noted, org.info, is_left=is_left)
    if is_left and desk.ui.interactive and _wants(desk.ui, said):
        flip = _taken_back(desk, org, alias)
        desk.ui.warn(f"The flip of {flip.began_at} was taken back")
        return
    desk.ui.warn(f"{said}. Settle it: sfmeta enforce confirm -o {alias}, or sfmeta enforce off --yes -o {alias}")


def require_settled(config: Path, info: OrgInfo, now: float) -> None:
    """Refuse to change an org while a flip of it is open.

    Args:
        config: the user's configuration folder.
        info: the org.
        now: seconds since the epoch.

    Raises:
        GuardRefused: naming what settles it.
    """
    from sfmeta.workspace.flips import Flips

    noted = Flips(config, info.id).open()
    if noted is not None:
        raise GuardRefused(
            f"{_words(noted, info, is_left=noted.is_left(now))}: nothing else is changed before that is settled",
            "Confirm it: sfmeta enforce confirm -o ORG; or take it back: sfmeta enforce off --yes -o ORG",
            UNSETTLED,
        )


def doors_of(desk: Workplace, org: OrgClient, alias: str) -> Doors:
    """The stored logins of an org."""
    from sfmeta.ops.enforce.logins import Doors

    work = desk.workshop()
    return Doors(work, work.registry.find(alias or desk.ui.environ.get("SFMETA_TARGET_ORG", "")).alias, org.info.id)


def _words(noted: Noted, info: OrgInfo, *, is_left: bool) -> str:
    flip = noted.flip
    left = "left open by a process that has ended" if is_left else "waiting to be confirmed"
    until = f" (until {flip.deadline})" if flip.deadline else ""
    return f"A flip of API Access Control in {info.title}, begun {flip.began_at}, is {left}{until}"


def _wants(ui: Ui, said: str) -> bool:
    ui.finish_progress()
    return typer.confirm(f"{said}. Take it back now?", default=False, err=True)


def _taken_back(desk: Workplace, org: OrgClient, alias: str) -> Flip:
    from sfmeta.cli.signals import unbroken
    from sfmeta.ops.enforce.left import take_back
    from sfmeta.workspace.flips import Flips

    doors, tools = doors_of(desk, org, alias), desk.tools(10)
    desk.records.lock(org.info, settling=True)
    flips = Flips(desk.places.config, org.info.id)
    try:
        with unbroken("The flip is being taken back; wait for that"):
            return take_back(org, doors, flips, desk.records.ledger_if_any(org.info), tools, desk.who)[0]
    except SfmetaError as error:
        error.hint = f"{error.hint}. By hand: Setup > API Access Control".lstrip(". ")
        raise
