"""What an auditor asks for: who decided, what was done, who may do what now, and who is an exception. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sfmeta.model.deployment import Deployment, Purpose
from sfmeta.model.forecast import Forecast
from sfmeta.model.inventory import Coverage
from sfmeta.model.policy import Policy
from sfmeta.model.records import RecordChange
from sfmeta.model.watch import Watch

_APPS = ("BlacklistedConsumer", "ConnectedApp", "ExternalClientApplication", "ExtlClntAppOauthConfigurablePolicies")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What git shows of who wrote something and who agreed.

    Attributes:
        revision: the commit, "" where it was not committed.
        dirty: it differs from that commit.
        authors: who wrote it; git's names are claims.
        approved_by: somebody else who agreed, "" where git shows none.
        how: in words.
        approved_in: the commit that shows it.
        trouble: why git could not be asked, "" otherwise.
    """

    revision: str = ""
    dirty: bool = False
    authors: tuple[str, ...] = ()
    approved_by: str = ""
    how: str = ""
    approved_in: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One deployment, with what was known before it and who agreed.

    Attributes:
        record: as the ledger has it.
        review: of what it deployed; None where it deployed nothing of the files.
        foreseen: what the forecast said before it, as JSON; None where none was made or recorded.
        boxes: of a flip, each box as it was afterwards; empty where that is not known, and for everything else.
        writes: the grants that it wrote.
    """

    record: Deployment
    review: Reviewed | None = None
    foreseen: Mapping[str, object] | None = None
    boxes: Mapping[str, bool] = field(default_factory=dict)
    writes: tuple[RecordChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Exemption:
    """Somebody, or something, that is an exception.

    Attributes:
        kind: ``any_api_client``, ``dated_grant``, ``accepted_loss``, ``accepted_blind_spot``, ``powerful_permission``.
        who: the user, or the class of access.
        what: of what kind.
        until: when it ends; None: it does not.
        why: the reason that is written down, "" for none.
        approved_by: who agreed, "" where nobody is written down.
        source: ``policy`` or ``org``.
    """

    kind: str
    who: str
    what: str
    until: datetime | None = None
    why: str = ""
    approved_by: str = ""
    source: str = "policy"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it, of one org at one time.

    Attributes:
        made_at: when.
        made_by: whom git knows, "" where it knows nobody.
        policy: as it is in the file.
        policy_digest: sha256 of the file.
        policy_review: who wrote it and who agreed.
        now: the org as it is: each row's ``before`` says whether the client gets in today.
        acts: the deployments, newest first.
        watch: the days since the last change that takes access away; None where there was none.
        unwatched: why there is none, "" otherwise.
        exemptions: standing exceptions.
    """

    made_at: datetime
    made_by: str
    policy: Policy
    policy_digest: str
    policy_review: Reviewed
    now: Forecast
    acts: tuple[Act, ...] = ()
    watch: Watch | None = None
    unwatched: str = ""
    exemptions: tuple[Exemption, ...] = field(default=())

    @property
    def not_visible(self) -> tuple[tuple[Coverage, bool], ...]:
        """Each class of access that the audit does not see, or not whole, and whether the policy accepts that."""
        accepted = {str(spot.name) for spot in self.policy.accepted_blind_spots}
        spots = (one for one in self.now.inventory.coverage if one.is_blind_spot)
        return tuple((spot, spot.name in accepted) for spot in spots)

    @property
    def before(self) -> Act | None:
        """The newest act that was forecast: a flip of the boxes, else what touched an app, else whatever came last."""
        foreseen = [act for act in self.acts if act.foreseen is not None]
        flips = [act for act in foreseen if act.record.kind == Purpose.ENFORCE]
        of_apps = [act for act in foreseen if any(one.type in _APPS for one in act.record.components)]
        return next(iter(flips or of_apps or foreseen), None)
