"""All that a person can do in Setup, in one place: for the pages, the back door and tests.

Each takes the org and, as ``by``, the id of the user who does it, whose permissions count; "" is the org itself, which
may everything. Each happens wholly or raises ``SetupRefused`` and changed nothing.
"""

from sfmeta.localorg.setup.app_actions import block, install, revoke, unblock, uninstall
from sfmeta.localorg.setup.boxes import set_boxes
from sfmeta.localorg.setup.people import NewUser, add_user, assign, set_active, unassign
from sfmeta.localorg.setup.policies import Policy
from sfmeta.localorg.setup.policy_actions import PolicyChange, policy_of, set_policy
from sfmeta.localorg.setup.refused import SetupRefused

__all__ = [
    "NewUser",
    "Policy",
    "PolicyChange",
    "SetupRefused",
    "add_user",
    "assign",
    "block",
    "install",
    "policy_of",
    "revoke",
    "set_active",
    "set_boxes",
    "set_policy",
    "unassign",
    "unblock",
    "uninstall",
]
