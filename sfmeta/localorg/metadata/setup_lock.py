"""What a job says that meets another change at work."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

SETUP_LOCKED = Sourced(
    "setup_locked",
    "A deployment that meets another change at work ends as Failed with ALREADY_IN_PROCESS, and has saved nothing. "
    "Here only on demand: this org runs one deployment after the other.",
    "SFDO-Tooling/CumulusCI#218, RoseSilverSoftware/IlluminatedCloud#330 and #488",
    "B",
    message="null: The changes you requested require salesforce.com to temporarily lock your organization's "
    "administration setup. However, the administration setup has already been locked by another change. Please wait "
    "for the previous action to finish, then try again later.",
)
