"""The environments: the chain of orgs that a package goes through, and what differs in each of them.

Every value of ``environments.yml`` has its place here. Values are well formed; whether an org agrees with them is asked
only where something is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sfmeta.model.names import ComponentId, OrgId
from sfmeta.model.outcome import TestLevel
from sfmeta.model.policy import NOWHERE, Duration, Place, TimeUnit

_HOUR_S = 3600
_SECONDS = {TimeUnit.HOURS: _HOUR_S, TimeUnit.DAYS: 24 * _HOUR_S}


class Approval(StrEnum):
    """Who must have agreed to a promotion."""

    SECOND_PERSON = "second_person"
    """Somebody who wrote none of what is promoted."""


@dataclass(frozen=True, slots=True)
class Usernames:
    """How the usernames that stand in metadata are called in an environment.

    Attributes:
        suffix: is put behind each of them, as Salesforce does it in a new sandbox; "" where there is a map.
        map: the name here by the name in the files; one that is not in it stays as it is.
    """

    suffix: str = ""
    map: Mapping[str, str] = field(default_factory=dict)

    def name_here(self, username: str) -> str:
        """What a user of the files is called in the environment.

        Args:
            username: as the files have it. Salesforce compares usernames without case.
        """
        if self.suffix:
            return username if username.lower().endswith(self.suffix.lower()) else username + self.suffix
        return {old.lower(): new for old, new in self.map.items()}.get(username.lower(), username)

    def name_in_files(self, here: str) -> str:
        """The other way round: what a user of the environment is called in the files, as far as that can be told."""
        if self.suffix:
            is_suffixed = here.lower().endswith(self.suffix.lower()) and len(here) > len(self.suffix)
            return here[: -len(self.suffix)] if is_suffixed else here
        return {new.lower(): old for old, new in self.map.items()}.get(here.lower(), here)


@dataclass(frozen=True, slots=True)
class Setting:
    """One element that has its own value in an environment.

    Attributes:
        component: whose.
        path: of the element below the root, ``oauthConfig/callbackUrl``.
        text: what it holds there; None takes it out.
        place: where it is written.
    """

    component: ComponentId
    path: str
    text: str | None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Gates:
    """What must be shown before a package may be promoted; a clean verify and a clean forecast always must.

    Attributes:
        after: the environment that must have had the same package; "" where none is named.
        soak: for how long; None where that is not asked.
        approval: by whom it must have been agreed to; None where that is not asked.
        validated: a check must have proven it with at least these tests, and that check is deployed; None where that
            is not asked. Holds for a deployment of files, too.
        place: where they are written.
    """

    after: str = ""
    soak: Duration | None = None
    approval: Approval | None = None
    validated: TestLevel | None = None
    place: Place = NOWHERE

    @property
    def soak_s(self) -> int:
        """How long the package must have been in the environment before, in seconds."""
        return self.soak.amount * _SECONDS[self.soak.unit] if self.soak else 0


NO_GATES = Gates()


@dataclass(frozen=True, slots=True)
class Environment:
    """One org of the chain.

    Attributes:
        name: ours, ``uat``.
        org: its alias on this machine (``sfmeta org list``).
        org_id: which org that is. A refreshed sandbox is another one.
        usernames: how users are called there; None where as in the files.
        settings: the elements that have a value of their own there, in reading order.
        gates: what a promotion to it must pass.
        test_level: which Apex tests a promotion to it runs; None leaves that to the org.
        place: where it is written.
    """

    name: str
    org: str
    org_id: OrgId
    usernames: Usernames | None = None
    settings: tuple[Setting, ...] = ()
    gates: Gates = NO_GATES
    test_level: TestLevel | None = None
    place: Place = NOWHERE

    @property
    def tests_to_run(self) -> TestLevel | None:
        """The tests of a promotion, or of its check: those of ``test_level``, or more where the gates ask for more."""
        least = self.gates.validated
        if self.test_level is None or (least is not None and not self.test_level.covers(least)):
            return least
        return self.test_level


@dataclass(frozen=True, slots=True)
class Environments:
    """The chain.

    Attributes:
        file: where it was read from, for messages.
        chain: in order, by name.
    """

    file: str = "environments.yml"
    chain: Mapping[str, Environment] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Environment]:
        return iter(self.chain.values())


NO_ENVIRONMENTS = Environments()
