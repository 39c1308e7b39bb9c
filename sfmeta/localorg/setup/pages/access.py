"""The page API Access Control."""

from __future__ import annotations

from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.setup.boxes import BOX_LABELS, VISUALFORCE_BOX, has_boxes, set_boxes
from sfmeta.localorg.setup.catalog import say
from sfmeta.localorg.setup.pages.page import Page, Redirect, Visit, confirm

SECTION = "api-access-control"
TITLE = "API Access Control"

_HELP = {
    INTERNAL_BOX: "Users reach the APIs only through connected apps that are installed, unblocked and allow them in.",
    EXTERNAL_BOX: "Customers and partners reach the APIs only through connected apps that are installed and unblocked.",
    VISUALFORCE_BOX: "Kept and shown here; no Visualforce page runs in a local org.",
}


def boxes_page(visit: Visit) -> Page:
    """The boxes, or how to get them."""
    org = visit.state.org
    boxes = [
        {
            "name": name,
            "label": label,
            "help": _HELP[name],
            "ticked": visit.ticked(name) if visit.given else org.setting(name),
        }
        for name, label in BOX_LABELS.items()
    ]
    content = {"boxes": boxes, "available": has_boxes(visit.state), "absent": say("setup-boxes-feature")}
    return Page("api_access_control", TITLE, content, SECTION)


def save_boxes(visit: Visit) -> Redirect | Page:
    """Saves the boxes; asks before one is ticked that shuts users out."""
    wanted = {name: visit.ticked(name) for name in BOX_LABELS}
    org = visit.state.org
    ticking = [BOX_LABELS[name] for name in (INTERNAL_BOX, EXTERNAL_BOX) if wanted[name] and not org.setting(name)]
    if ticking and has_boxes(visit.state) and not visit.ticked("confirmed"):
        return confirm(
            TITLE,
            " ".join(f"Tick “{label}”?" for label in ticking),
            "Save",
            SECTION,
            SECTION,
            danger=True,
            warning="API access that is not allowed by the box stops at its next use, also for sessions that are open.",
        )
    set_boxes(visit.state, wanted, visit.user.id, visit.token)
    return Redirect(SECTION, "boxes")
