"""What a forecast is about: an org before and after something, and what is known about that change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sfmeta.access.forecasting.losses import Reach
from sfmeta.access.forecasting.promises import Pair
from sfmeta.access.forecasting.second_look import Concern
from sfmeta.access.forecasting.state import OrgState
from sfmeta.model.forecast import Pending, Stage
from sfmeta.model.policy import AnyApiClient, App


@dataclass(frozen=True, slots=True)
class Course:
    """A change of an org: the stages of a policy, or a package.

    Attributes:
        before: the org as it is.
        after: the org then.
        reach: how far the change may take access away.
        concern: what it has to do with.
        stage: up to which stage; None for a package.
        wave: of ``restrict``, up to which wave; None for all.
        as_is: it happens to the org as it is; else the stages before it count as done.
        subject: what it is where it is no stage: "this package".
        promised: the pairs of user and app that it grants, whether or not anybody was seen to use them.
        exceptions: entries of the policy under ``any_api_client``, by the user's id.
        allow_set_id: the id of an app's "Allow" set, "" where it has none.
        pending: what counts as done and is not.
        unresolved: what leaves open whom it hits.
        warnings: what else the reader should know.
        wants_decisions: apps in use that the policy has not decided about stand against it.
    """

    before: OrgState
    after: OrgState
    reach: Reach
    concern: Concern
    stage: Stage | None = None
    wave: int | None = None
    as_is: bool = True
    subject: str = ""
    promised: frozenset[Pair] = frozenset()
    exceptions: Mapping[str, AnyApiClient] = field(default_factory=dict)
    allow_set_id: Callable[[App], str] = lambda _: ""
    pending: tuple[Pending, ...] = ()
    unresolved: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    wants_decisions: bool = False
