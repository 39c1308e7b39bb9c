"""Open questions that the audit itself answers: somebody did what would be refused if the answer were the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sfmeta.access.forecasting.view import View
from sfmeta.model.forecast import Answer
from sfmeta.model.inventory import Inventory, Use, Way

FRESH = timedelta(days=7)
"""How old a login may be that proves something about today: our choice, as Salesforce switches orgs over in steps."""
_ANY_API_AUTH = "use_any_api_auth_required"


def observed_answers(inventory: Inventory, now: View, answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
    """The answers that are given, and those that the audit shows.

    A SOAP login() that worked without Use Any API Auth shows that this org does not ask for it.

    Args:
        inventory: the audit.
        now: the org as it is.
        answers: what probes found; they stand.
    """
    if _ANY_API_AUTH in answers:
        return answers
    proof = next((use for use in inventory.uses if use.way is Way.SOAP_LOGIN and _proves(use, inventory, now)), None)
    if proof is None or proof.last_used is None:
        return answers
    how = (
        f"{inventory.users[proof.user_id].username} logged in with SOAP login() on {proof.last_used:%Y-%m-%d} "
        "without Use Any API Auth"
    )
    org_id = str(inventory.org_id)
    return {
        **answers,
        _ANY_API_AUTH: Answer(_ANY_API_AUTH, False, inventory.taken_at, org_id, inventory.org_name, how),
    }


def _proves(use: Use, inventory: Inventory, now: View) -> bool:
    if use.last_used is None or inventory.taken_at - use.last_used > FRESH:
        return False
    return "UseAnyApiAuth" not in now.user(use.user_id).person.permissions
