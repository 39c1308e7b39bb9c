"""Looking at an org again and again: what is told is every change of state, not every look."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

from sfmeta.errors import OperationFailed, OrgRefused, OrgUnreachable, SfmetaError, StillRunning
from sfmeta.model.deployment import stamp
from sfmeta.model.drift import Drift
from sfmeta.ops.ports import Clock


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look found.

    Attributes:
        at: when, UTC, ISO 8601.
        drift: what was found; None where the org could not be asked.
        error: why it could not be.
    """

    at: str
    drift: Drift | None = None
    error: SfmetaError | None = None

    @property
    def state(self) -> Hashable:
        """Equal for two looks that found the same."""
        if self.drift is not None:
            return ("seen", self.drift.state)
        return ("unseen", "" if self.error is None else self.error.code)

    @property
    def exit_code(self) -> int:
        """What a command that looked once would end with."""
        if self.drift is None:
            return 1 if self.error is None else self.error.exit_code
        return 0 if self.drift.is_clean else 3


def watch(look: Callable[[], Drift], every_s: float, clock: Clock) -> Iterator[Sight]:
    """Look until somebody stops asking.

    An org that cannot be reached, does not let us in, refuses or takes too long is a state like any other: said once,
    and looked at again. So is a machine that fails, such as the remote that ledgers are shared with. What is wrong
    with the project or with what was asked for ends it.

    Args:
        look: one look at the org.
        every_s: from the beginning of one look to the beginning of the next.
        clock: waits.

    Yields:
        The first state, then every other one.
    """
    last: Sight | None = None
    while True:
        begun = clock.monotonic()
        sight = _sight(look, clock)
        if last is None or last.state != sight.state:
            yield sight
        last = sight
        clock.sleep(max(0.0, begun + every_s - clock.monotonic()))


def _sight(look: Callable[[], Drift], clock: Clock) -> Sight:
    try:
        found = look()
    except (OrgUnreachable, OrgRefused, StillRunning, OperationFailed) as error:
        return Sight(stamp(clock.now()), error=error)
    return Sight(stamp(clock.now()), found)
