"""What a page is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sfmeta.localorg.http.call import Call
from sfmeta.localorg.records import Record
from sfmeta.localorg.setup.refused import Needed
from sfmeta.localorg.state import State

Given: TypeAlias = Mapping[str, tuple[str, ...]]
"""The fields of a posted form; one name may stand several times."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who is logged in to Setup.

    Attributes:
        state: the org.
        call: the request.
        user: who.
        token: the session.
        names: the parts of the path that stand for something (``id``).
        given: the posted form, empty for a GET.
    """

    state: State
    call: Call
    user: Record
    token: str
    names: Mapping[str, str] = field(default_factory=dict)
    given: Given = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The record id in the path."""
        return self.names.get("id", "")

    def value(self, name: str) -> str:
        """A field of the form, "" where it was not sent; spaces around it do not count."""
        return next(iter(self.given.get(name, ())), "").strip()

    def ticked(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        return name in self.given

    def secret(self, name: str) -> str:
        """A field of the form exactly as it was sent."""
        return next(iter(self.given.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Page:
    """A page to show.

    Attributes:
        template: its file, without ``.html``.
        title: of the window and the page.
        content: what the template needs.
        section: the path of the entry of the menu that it belongs to.
        status: the HTTP status.
    """

    template: str
    title: str
    content: Mapping[str, Any] = field(default_factory=dict)
    section: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Redirect:
    """Another page to go to, by GET, after something was done.

    Attributes:
        to: a path below ``/setup``.
        done: what was done, a key of ``DONE``; "" says nothing.
    """

    to: str
    done: str = ""


View: TypeAlias = Callable[[Visit], Page]
Act: TypeAlias = Callable[[Visit], Redirect | Page]


@dataclass(frozen=True, slots=True)
class Route:
    """A path of Setup.

    Attributes:
        pattern: below ``/setup``; ``{id}`` is a record id.
        view: what GET shows, also after an act was refused.
        act: what POST does, None where there is nothing to do.
        needed: who may see it.
    """

    pattern: str
    view: View
    act: Act | None = None
    needed: Needed = (("ViewSetup",),)


def confirm(
    title: str, question: str, button: str, back: str, section: str, *, danger: bool = False, warning: str = ""
) -> Page:
    """A page that asks before something is done.

    Args:
        title: of the page.
        question: what is about to be done.
        button: the word on the button that does it.
        back: where Cancel goes.
        section: see ``Page``.
        danger: it takes access away.
        warning: what follows from it, by Salesforce's word.
    """
    content = {"question": question, "button": button, "back": back, "danger": danger, "warning": warning}
    return Page("confirm", title, content, section)


DONE: Mapping[str, str] = {
    "installed": "The connected app was installed. All users may self-authorize it until you edit its policies.",
    "uninstalled": "The connected app was uninstalled, and the tokens of its users were removed.",
    "blocked": "The connected app is blocked, and its sessions are over.",
    "unblocked": "The connected app is unblocked.",
    "revoked": "The user's access was revoked.",
    "policies": "The policies were saved.",
    "attached": "The assignments of the app were saved.",
    "boxes": "API Access Control was saved.",
    "user": "The user was added.",
    "activated": "The user was activated.",
    "deactivated": "The user was deactivated.",
    "assigned": "The permission set was assigned.",
    "unassigned": "The assignment was removed.",
}
"""What a page says about what was just done."""
