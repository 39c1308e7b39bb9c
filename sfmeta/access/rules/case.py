"""What the rules look at: one person with one app, or without one, by one way, in an org as it is or as it will be.

A case holds only what decides, so that a hundred thousand users fall into a few hundred cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from sfmeta.model.inventory import Blocked, Standing, Way
from sfmeta.model.policy import AppKind


class Granted(IntEnum):
    """How a profile or permission set of the person is attached to the app."""

    NO = 0
    BY_GROUP = 1
    """Only as a member of a permission set group."""
    DIRECTLY = 2


class Place(IntEnum):
    """Where the person's clients come from, as the profile's login IP ranges see it."""

    ANYWHERE = 0
    """The profile has no ranges, or all addresses lie in them."""
    OUTSIDE = 1
    OUTSIDE_BUT_IN_APPS = 2
    """Outside the profile's ranges, but inside the app's own trusted ranges (or the app has none)."""
    UNSEEN = 3
    """The profile has ranges and no address was seen."""


class TokenAge(IntEnum):
    """What the refresh token policy says of an authorisation."""

    GOOD = 0
    TOO_OLD = 1
    """By the policy that it was issued under."""
    TOO_OLD_BY_NEW_POLICY = 2
    """Good by the policy it was issued under, too old by one that came later."""
    GOOD_BY_NEW_POLICY = 3
    """Too old by the policy it was issued under, good by a later one."""
    UNSURE = 4
    """It ends when it is not used, and it was used more seldom than the policy asks for."""
    NONE = 5
    """There is no authorisation."""


class Key(IntEnum):
    """What becomes of the certificate by which an app knows its JWT bearer clients."""

    SAME = 0
    """It stays, or nothing is known of it."""
    REPLACED = 1
    GONE = 2


class Person(NamedTuple):
    """Who, as far as it decides. A tuple, as there may be hundreds of thousands.

    Attributes:
        is_external: customer, partner or guest.
        is_active: see ``User``.
        is_frozen: likewise.
        permissions: of ``WATCHED_PERMISSIONS``, those in effect.
        in_hours: the profile's login hours let users in (at the moment that is looked at, or at all).
    """

    is_external: bool = False
    is_active: bool = True
    is_frozen: bool = False
    permissions: frozenset[str] = frozenset({"ApiEnabled"})
    in_hours: bool = True


@dataclass(frozen=True, slots=True)
class Client:
    """An app, as far as it decides.

    Attributes:
        kind: connected app or external client app.
        standing: owned, installed or used-only.
        admin_approved: Permitted Users is "Admin approved users are pre-authorized"; None where not known.
        blocked: what shuts it.
        raises_session_level: its policy asks for high assurance.
        opens_api: its scopes hold api or full; None where they are not known.
        device_flow: the device flow is on for it; also where that is not known.
        ip_relaxation: ``ENFORCE``, ...; "" where not known.
        becomes_restricted: it was everyone's and becomes admin-approved in this forecast.
        becomes_installed: it was used-only and becomes installed in this forecast.
        key: what becomes of its certificate in this forecast.
        runs_as_another: its client credentials flow runs as another user than today, or not at all.
        is_deleted: it is no more.
    """

    kind: AppKind = AppKind.CONNECTED_APP
    standing: Standing = Standing.INSTALLED
    admin_approved: bool | None = False
    blocked: Blocked = Blocked.NO
    raises_session_level: bool = False
    opens_api: bool | None = True
    device_flow: bool = True
    ip_relaxation: str = "ENFORCE"
    becomes_restricted: bool = False
    becomes_installed: bool = False
    key: Key = Key.SAME
    runs_as_another: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Org:
    """The org, as far as it decides.

    Attributes:
        internal_box: ticked.
        external_box: ticked.
        ticks_internal_box: this forecast ticks it: what ticking does by itself is an open question.
        ticks_a_box: likewise for any of the two.
        password_flow_blocked: the OAuth username-password flow is blocked for all; None where not known.
        user_agent_flow_blocked: the user-agent flow is blocked for all; None likewise.
    """

    internal_box: bool = False
    external_box: bool = False
    ticks_internal_box: bool = False
    ticks_a_box: bool = False
    password_flow_blocked: bool | None = False
    user_agent_flow_blocked: bool | None = False


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be judged.

    Attributes:
        org: where.
        person: who.
        client: with what; None without an app.
        way: how.
        granted: whether and how the person is pre-authorised.
        token: the state of the authorisation that the person gave the app.
        place: where from.
    """

    org: Org
    person: Person
    client: Client | None
    way: Way
    granted: Granted = Granted.NO
    token: TokenAge = TokenAge.NONE
    place: Place = Place.ANYWHERE

    @property
    def is_boxed(self) -> bool:
        """The box that counts for this person is ticked."""
        return self.org.external_box if self.person.is_external else self.org.internal_box

    @property
    def is_authorised(self) -> bool:
        """The person authorised the app once, whether or not a refresh token still lives."""
        return self.token is not TokenAge.NONE

    @property
    def without_page(self) -> bool:
        """The flow has no page on which a person could do more."""
        return self.way in (Way.JWT_BEARER, Way.CLIENT_CREDENTIALS, Way.OAUTH_PASSWORD)

    def has(self, permission: str) -> bool:
        """Whether the person holds a permission."""
        return permission in self.person.permissions
