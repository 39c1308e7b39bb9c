"""Who stops working after a stage: from an audit and a policy, with what probes found out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sfmeta.access.forecasting.forecast import forecast
from sfmeta.access.forecasting.stages import last_wave, stages_of
from sfmeta.errors import SourceError, UsageError
from sfmeta.model.environment import Usernames
from sfmeta.model.forecast import Answer, Forecast, Stage
from sfmeta.model.inventory import Inventory
from sfmeta.model.policy import App, EnvText, Policy

_FRESH, _OLD = timedelta(hours=1), timedelta(days=7)
_SKEW = timedelta(hours=1)
"""So far may the clocks of two machines be apart."""


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """What is asked.

    Attributes:
        stage: up to and with which stage; None for all that the policy has.
        wave: of ``restrict``, up to and with which wave; None for all.
        at: the moment to look at; None for now.
        by_the_clock: the time of day of ``at`` is meant.
        as_is: the stage alone, on the org as it is; else those before it count as done.
    """

    stage: Stage | None = None
    wave: int | None = None
    at: datetime | None = None
    by_the_clock: bool = False
    as_is: bool = False


def look_ahead(
    inventory: Inventory, policy: Policy, request: ForecastRequest, answers: Mapping[str, Answer], now: datetime
) -> Forecast:
    """Forecasts.

    Args:
        inventory: one audit.
        policy: its usernames resolved; see ``resolved``.
        request: what is asked.
        answers: what probes found out, for this org.
        now: what is looked at where no moment is asked for: an inventory from a file may be old.

    Raises:
        UsageError: a wave is asked for of another stage, or one that the policy does not have.
        SourceError: an app of the policy cannot be told from another in this org, or looks misspelt; or the inventory
            was not taken yet.
    """
    stage = request.stage or (Stage.RESTRICT if request.wave is not None else stages_of(policy, inventory.settings))
    if request.wave is not None:
        if stage is not Stage.RESTRICT:
            raise UsageError(f"--wave goes with the stage restrict, not with {stage}", "Leave --wave out")
        if not 1 <= request.wave <= last_wave(policy):
            raise UsageError(f"the policy has no wave {request.wave}", f"Its last wave is {last_wave(policy)}")
    age = age_of(inventory, now)
    found = forecast(
        inventory,
        policy,
        stage,
        wave=request.wave,
        at=request.at or moment_of(inventory, now),
        answers=answers,
        by_the_clock=request.by_the_clock,
        as_is=request.as_is,
    )
    found = replace(found, unresolved=(*age, *found.unresolved))
    if request.stage is None and stage is not Stage.ENFORCE and not inventory.settings.internal_box:
        short = f"the policy ticks no box: this forecast ends with {stage}, and says nothing of ticking one"
        found = replace(found, warnings=(short, *found.warnings))
    return found


def age_of(inventory: Inventory, now: datetime) -> tuple[str, ...]:
    """What an inventory's age leaves open: whoever began to use an app since then is hit without a word.

    Raises:
        SourceError: it was not taken yet.
    """
    age = now - inventory.taken_at
    if age < -_SKEW:
        message = f"the inventory was taken on {inventory.taken_at:%Y-%m-%d %H:%M} UTC, which is still to come"
        raise SourceError.at(message, "", hint="See that the clock of this machine is right, and audit again")
    if age <= _OLD:
        return ()
    return (f"the inventory is {age.days} days old, and nobody knows who came since: audit again",)


def moment_of(inventory: Inventory, now: datetime) -> datetime | None:
    """The moment to look at, where nobody asks for one: now, where the inventory is not fresh; None for its own."""
    return now if now - inventory.taken_at > _FRESH else None


def named_here(policy: Policy, usernames: Usernames | None) -> Policy:
    """A policy whose users are called as they are in one environment.

    Args:
        policy: its usernames resolved.
        usernames: of the environment; None where they are called as in the files.
    """
    if usernames is None:
        return policy
    return _renamed(policy, lambda text: EnvText(usernames.name_here(text.text)))


def resolved(policy: Policy, environ: Mapping[str, str]) -> Policy:
    """A policy whose usernames are known: every ``${env:NAME}`` in them replaced.

    Args:
        policy: as read.
        environ: the environment, handed in by whoever may read it.

    Raises:
        UsageError: a variable is not set.
    """

    def known(text: EnvText) -> EnvText:
        return EnvText(text.resolve(environ)) if text.names else text

    return _renamed(policy, known)


def _renamed(policy: Policy, known: Callable[[EnvText], EnvText]) -> Policy:
    """A policy with every username in it replaced."""

    def app_with_users(app: App) -> App:
        if app.grants is None or not app.grants.users:
            return app
        users = tuple(replace(user, username=known(user.username)) for user in app.grants.users)
        return replace(app, grants=replace(app.grants, users=users))

    glass = policy.break_glass
    return replace(
        policy,
        apps={key: app_with_users(app) for key, app in policy.apps.items()},
        any_api_client=tuple(replace(one, username=known(one.username)) for one in policy.any_api_client),
        accepted_losses=tuple(replace(loss, user=known(loss.user)) for loss in policy.accepted_losses),
        break_glass=replace(glass, username=known(glass.username)) if glass else None,
        canaries=tuple(map(known, policy.canaries)),
    )
