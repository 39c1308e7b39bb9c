"""Ticking a box of the org, from wherever: Setup, a deployment, the back door. What else that does is not established.

The boxes are org-wide switches by their metadata names (``enableAdminApprovedAppsOnly``). Three open questions are
answered here, each a switch of the org: whether ticking the box for internal users rewrites the policies of connected
apps, whether it writes blocks, and whether it ends the session of who ticked it.
"""

from __future__ import annotations

from sfmeta.localorg.assumptions import assumed
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.doors.blocks import block
from sfmeta.localorg.doors.sessions import hashed
from sfmeta.localorg.records import Record
from sfmeta.localorg.state import State

BOXES = (INTERNAL_BOX, EXTERNAL_BOX)
"""The two boxes of API Access Control."""

# which apps the tick made admin-approved, so that unticking can give their users back what they had
_REWRITTEN = "apps_rewritten_by_box"


def set_box(state: State, name: str, value: bool, by_user_id: str = "", session_id: str = "") -> None:
    """Ticks or unticks an org-wide switch, with all that follows from it in this org.

    Args:
        state: the org.
        name: the switch as metadata names it. Nothing follows from one that is no box of API Access Control.
        value: ticked or not.
        by_user_id: who does it, "" for the org itself (a seed).
        session_id: the token it is done with; "" stands for every session of ``by_user_id``.
    """
    with state.transaction():
        if state.org.setting(name) is value:
            # said again: nothing changes, so nothing follows
            state.set_setting(name, value)
            return
        state.set_setting(name, value)
        if name == INTERNAL_BOX:
            _rewrite_policies(state, value)
        if name in BOXES:
            _write_blocks(state, value)
            if assumed(state.org, "flip_ends_callers_session"):
                _end_callers_session(state, by_user_id, session_id)


def _rewrite_policies(state: State, ticked: bool) -> None:
    if ticked and assumed(state.org, "flip_rewrites_app_policies"):
        open_apps = [app for app in state.records.find("ConnectedApplication") if not _is_admin_approved(app)]
        for app in open_apps:
            state.records.update(app.id, OptionsAllowAdminApprovedUsersOnly=True)
        state.set_fact(_REWRITTEN, [app.id for app in open_apps])
    elif not ticked and assumed(state.org, "unticking_undoes_the_flip"):
        for app_id in state.fact(_REWRITTEN, []):
            if state.records.get(app_id) is not None:
                state.records.update(app_id, OptionsAllowAdminApprovedUsersOnly=False)
        state.set_fact(_REWRITTEN, [])


def _is_admin_approved(app: Record) -> bool:
    return app.flag("OptionsAllowAdminApprovedUsersOnly")


def _write_blocks(state: State, ticked: bool) -> None:
    """The blocks that ticking a box makes, one for each app in use that is not installed; they go with the last box."""
    if ticked:
        if assumed(state.org, "flip_writes_blocks"):
            for app in state.records.find("ForeignApp"):
                block(state, app.text("ConsumerKey"), app.text("Name"), app.text("Name"), by_box=True)
    elif any(state.org.setting(box) for box in BOXES):
        return
    elif assumed(state.org, "unticking_undoes_the_flip"):
        state.records.delete_all(state.records.find("BlacklistedConsumer", BlockedByApiWhitelisting=True))


def _end_callers_session(state: State, user_id: str, session_id: str) -> None:
    if session_id:
        state.records.delete_all(state.records.find("AuthSession", Token=hashed(session_id)))
    elif user_id:
        state.records.delete_all(state.records.find("AuthSession", UsersId=user_id))
