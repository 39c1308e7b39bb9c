"""An app while a package changes it: one thing, or several where open questions decide what it becomes."""

from __future__ import annotations

from collections.abc import Callable

from sfmeta.access.forecasting.state import Worlds
from sfmeta.model.inventory import App

Change = Callable[[App], App]


class AppDraft:
    """An app to be changed.

    Args:
        audited: as the audit read it.

    Attributes:
        audited: likewise.
        is_touched: a package says something of it.
        stops_by_policy: what the package says of its policy Block, None where it says nothing.
        is_off: what the package says of its switch, None likewise.
    """

    def __init__(self, audited: App) -> None:
        self.audited = audited
        self.is_touched = False
        self.stops_by_policy: bool | None = None
        self.is_off: bool | None = None
        self._questions: tuple[str, ...] = ()
        self._apps: dict[tuple[bool, ...], App] = {(): audited}

    def change(self, change: Change) -> None:
        """Changes it, whatever it has become."""
        self.is_touched = True
        self._apps = {said: change(app) for said, app in self._apps.items()}

    def fork(self, question: str, yes: Change, no: Change) -> None:
        """Changes it by the answer to a question; the question counts only where its answers differ.

        Args:
            question: its name.
            yes: what becomes of it if the answer is yes.
            no: likewise.
        """
        self.is_touched = True
        if question in self._questions:
            place = self._questions.index(question)
            self._apps = {said: (yes if said[place] else no)(app) for said, app in self._apps.items()}
            return
        if all(yes(app) == no(app) for app in self._apps.values()):
            self.change(yes)
            return
        self._questions += (question,)
        self._apps = {
            (*said, answer): change(app)
            for said, app in self._apps.items()
            for answer, change in ((True, yes), (False, no))
        }

    @property
    def app(self) -> App:
        """What it becomes, if every answer is yes."""
        return self._apps[(True,) * len(self._questions)]

    @property
    def worlds(self) -> Worlds | None:
        """What it may become; None where that is not open."""
        return Worlds(self._questions, dict(self._apps)) if self._questions else None


def same(app: App) -> App:
    """The change that changes nothing."""
    return app
