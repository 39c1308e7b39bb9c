"""Opening installed apps to permission sets by records, where somebody lets us try it. Pure.

A grant on an app that another org made stands in no file of this org. Its record is SetupEntityAccess, which can be
created (object reference); that an org takes one for such an app, and before its users must be approved, is believed
and not established, so that nothing of this happens without being asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sfmeta.access.matching import Matches
from sfmeta.model.inventory import Inventory, Standing
from sfmeta.model.policy import AppKind, Decision, PermittedUsers, Policy
from sfmeta.model.records import Record, RecordChange, RecordId, RecordKind

_KINDS = {
    AppKind.CONNECTED_APP: "ConnectedApplication",
    AppKind.EXTERNAL_CLIENT_APP: "ExternalClientApplication",
}


def app_access(
    policy: Policy, matches: Matches, inventory: Inventory, sets: Mapping[str, str]
) -> tuple[tuple[RecordChange, ...], tuple[str, ...]]:
    """What is to be attached to installed apps, and what is left to a person.

    Args:
        policy: says which permission sets; of profiles nothing is attached here.
        matches: what its apps are in the org.
        inventory: the org.
        sets: API name of each app's "Allow" set, by the policy's key.

    Returns:
        Records to make, in the order of the policy; and one sentence for each app that needs a person.
    """
    found: list[RecordChange] = []
    left: list[str] = []
    labels = [app.label for app in inventory.apps.values()]
    for key, seen in matches.apps.items():
        app = policy.apps[key]
        if (
            app.is_owned
            or app.decision is not Decision.ALLOW
            or app.permitted_users is not PermittedUsers.ADMIN_APPROVED
        ):
            continue
        if seen.standing is not Standing.INSTALLED:
            left.append(f"{seen.label} is not installed: a record can be attached to it only then")
            continue
        if labels.count(seen.label) > 1:
            left.append(f"several apps are called {seen.label}: attach its permission sets in Setup")
            continue
        wanted = [*([sets[key]] if key in sets else []), *(app.grants.permission_sets or () if app.grants else ())]
        held = {inventory.permission_sets[one].name for one in seen.grants if one in inventory.permission_sets}
        for name in _names(wanted, inventory, sets.values()):
            if name not in held:
                record = RecordId(RecordKind.APP_ACCESS, name, f"{_KINDS[seen.kind]}/{seen.label}")
                found.append(RecordChange(None, Record(record)))
    return tuple(found), tuple(left)


def _names(wanted: Collection[str], inventory: Inventory, coming: Collection[str]) -> Iterator[str]:
    """API names of permission sets that are named by API name or label, and are there or made by us."""
    real = [one for one in inventory.permission_sets.values() if not one.profile_id and not one.group_id]
    names = {one.name for one in real}
    for name in dict.fromkeys(wanted):
        labelled = [one.name for one in real if one.label == name]
        if name in names or name in coming:
            yield name
        elif len(labelled) == 1:
            yield labelled[0]
