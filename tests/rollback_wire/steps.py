"""What can happen, as values: a list of them is a life that can be lived again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Slot = tuple[str, ...]

POLICY: dict[Slot, tuple[Any, ...]] = {
    ("apps", "billing_sync", "refresh_token"): (
        {"expire_if_unused_for": "30 days"},
        {"expire_after": "7 days"},
        "immediately",
    ),
    ("apps", "billing_sync", "ip_relaxation"): ("enforce", "relax"),
    ("apps", "billing_sync", "session"): ({"timeout_minutes": 120}, {"timeout_minutes": 60}),
    ("apps", "billing_sync", "permitted_users"): ("admin_approved", "everyone"),
    ("apps", "billing_sync", "callback_url"): ("https://billing.acme.example/callback", "https://new.example/callback"),
    ("apps", "billing_sync", "scopes"): (["Api", "RefreshToken"], ["Api"], ["Api", "RefreshToken", "Web"]),
    ("apps", "billing_sync", "grants"): (
        {"profiles": ["Integration User"]},
        {"profiles": ["Integration User"], "permission_sets": ["Allow_Partner_Portal"]},
        {"profiles": ["Integration User", "Standard User"]},
        {"profiles": ["Integration User"], "permission_sets": ["Nobody_Made_It"]},
    ),
    ("apps", "partner_portal", "permitted_users"): ("admin_approved", "everyone"),
    ("apps", "partner_portal", "grants"): (
        {"profiles": ["Integration User"]},
        {"profiles": ["Integration User"], "permission_sets": ["Allow_Billing_Sync"]},
    ),
    ("defaults", "permission_set"): ("Allow {label}", "Let {label} in"),
    ("defaults", "contact_email"): ("security@acme.example", "api@acme.example"),
    ("profiles", "Integration User", "user_permissions"): (
        {"ApiEnabled": True, "UseAnyApiClient": False},
        {"ApiEnabled": True, "UseAnyApiClient": True},
        {"ApiEnabled": True, "ViewSetup": True},
    ),
}
"""The places of the policy that are edited, and what may stand there; the first of each is what Acme begins with."""

SETS = ("Allow_Billing_Sync", "Allow_Dataloader_io", "Allow_Partner_Portal", "Use_Any_API_Client")
APPS = ("Billing Sync", "Partner Portal", "Dataloader.io")
USERS = ("super.user@acme.example", "soapui.dev@acme.example", "billing.integration@acme.example")
PARTS = ("PermissionSet", "ConnectedApp", "ExtlClntAppOauthConfigurablePolicies", "Profile")
ENDS = ("", "2036-01-01T00:00:00.000+0000", "2037-01-01T00:00:00.000+0000")


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with a command: at most one thing.

    Attributes:
        fault: a kind of fault of the local org, "" for none.
        operation: of SOAP at which it falls.
        killed: the moment at which the process is killed, 0 for never.
    """

    fault: str = ""
    operation: str = "deploy"
    killed: int = 0


NO_TROUBLE = Trouble()


@dataclass(frozen=True)
class Deploy:
    """The policy is edited, generated, committed and deployed: all of it, or the components of some types.

    Attributes:
        edits: which value of ``POLICY`` stands at which place from now on.
        only: types; none stands for everything.
        trouble: what goes wrong.
    """

    edits: tuple[tuple[Slot, int], ...]
    only: tuple[str, ...] = ()
    trouble: Trouble = NO_TROUBLE


@dataclass(frozen=True)
class Promote:
    """The same to uat, and from there promoted to the org on stage."""

    edits: tuple[tuple[Slot, int], ...]


@dataclass(frozen=True)
class Setup:
    """A person edits the policies of an app in Setup."""

    app: str
    change: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Assign:
    """A person assigns a permission set, or takes it away (``ends`` is None)."""

    name: str
    user: str
    ends: str | None


@dataclass(frozen=True)
class Open:
    """A person opens an app to a permission set, or closes it."""

    name: str
    app: str
    opens: bool


@dataclass(frozen=True)
class Describe:
    """A person edits a permission set, and makes it where there is none."""

    name: str
    field: str
    value: str | bool


@dataclass(frozen=True)
class Drop:
    """A person deletes a permission set, after everybody lost it."""

    name: str


@dataclass(frozen=True)
class Tick:
    """A person ticks or unticks the box for internal users."""

    internal: bool


@dataclass(frozen=True)
class Back:
    """A rollback before one of the last deployments; 0 is the last.

    Attributes:
        back: which.
        side: ours, theirs, or "" for neither.
        forecast: whom it locks out is asked first.
        trouble: what goes wrong.
    """

    back: int = 0
    side: str = ""
    forecast: bool = False
    trouble: Trouble = NO_TROUBLE


@dataclass(frozen=True)
class BackTo:
    """A rollback to one of the last commits; 1 is the one before the last."""

    back: int = 1
    side: str = ""


Step = Deploy | Promote | Setup | Assign | Open | Describe | Drop | Tick | Back | BackTo


def _edit(slot: Slot) -> st.SearchStrategy[tuple[Slot, int]]:
    return st.tuples(st.just(slot), st.integers(0, len(POLICY[slot]) - 1))


_edits = st.lists(
    st.sampled_from(sorted(POLICY)).flatmap(_edit), min_size=1, max_size=4, unique_by=lambda edit: edit[0]
).map(tuple)
_troubles = st.one_of(
    st.just(NO_TROUBLE),
    st.just(NO_TROUBLE),
    st.builds(
        Trouble,
        st.sampled_from(["drop-before", "drop-after", "cut", "org-locked", "unavailable"]),
        st.sampled_from(["deploy", "deploy", "checkDeployStatus", "retrieve"]),
    ),
    st.builds(Trouble, st.just(""), st.just("deploy"), st.integers(1, 80)),
)
_only = st.one_of(
    st.just(()), st.just(()), st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True).map(tuple)
)
_setup = st.sampled_from(
    [
        ("refresh_token", "zero"),
        ("refresh_token", "specific_lifetime:7:DAYS"),
        ("ip_relaxation", "BYPASS"),
        ("ip_relaxation", "ENFORCE"),
        ("permitted_users", "everyone"),
        ("permitted_users", "admin_approved"),
        ("session_timeout", 30),
        ("permission_sets", ["Allow_Partner_Portal"]),
        ("permission_sets", ["Use_Any_API_Client"]),
        ("remove_permission_sets", ["Allow_Billing_Sync"]),
        ("profiles", ["Standard User"]),
        ("remove_profiles", ["Integration User"]),
    ]
)
_names = st.sampled_from(SETS)
_sides = st.sampled_from(["", "ours", "theirs", "ours", "theirs"])

deployments: st.SearchStrategy[Step] = st.one_of(
    st.builds(Deploy, _edits, _only, _troubles), st.builds(Deploy, _edits, _only, _troubles), st.builds(Promote, _edits)
)
by_hand: st.SearchStrategy[Step] = st.one_of(
    st.builds(Setup, st.sampled_from(APPS[:2]), st.tuples(_setup)),
    st.builds(Setup, st.sampled_from(APPS[:2]), st.tuples(_setup)),
    st.builds(Assign, _names, st.sampled_from(USERS), st.sampled_from([None, *ENDS, *ENDS])),
    st.builds(Open, _names, st.sampled_from(APPS), st.booleans()),
    st.one_of(
        st.builds(Describe, _names, st.just("Description"), st.sampled_from(["by hand", "again"])),
        st.builds(Describe, _names, st.just("Label"), st.sampled_from(["by hand", "again"])),
        st.builds(Describe, _names, st.just("PermissionsViewSetup"), st.booleans()),
    ),
    st.builds(Drop, _names),
)
rollbacks: st.SearchStrategy[Step] = st.one_of(
    st.builds(Back, st.integers(0, 2), _sides, st.sampled_from([False, False, True])),
    st.builds(Back, st.integers(0, 2), _sides),
    st.builds(Back, st.integers(0, 2), _sides, st.just(False), _troubles),
)
steps: st.SearchStrategy[Step] = st.one_of(
    deployments, by_hand, rollbacks, st.builds(BackTo, st.integers(1, 2), _sides), st.builds(Tick, st.booleans())
)
