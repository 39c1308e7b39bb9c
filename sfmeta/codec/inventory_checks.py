"""What the type hints of an inventory do not say: references lead somewhere, and shapes are whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from sfmeta.codec.time_zones import is_time_zone
from sfmeta.codec.typed_json import WrongValue
from sfmeta.model.inventory import Inventory

_DAYS = 7
_Problem = tuple[str, str]


def checked(inventory: Inventory) -> Inventory:
    """The inventory with usernames in lower case, as an audit writes them: people may have written this one.

    Raises:
        WrongValue: a reference leads nowhere, or a shape is not whole.
    """
    problem = next((found for check in _CHECKS for found in check(inventory)), None)
    if problem:
        raise WrongValue(*problem)
    return replace(
        inventory,
        users={id_: replace(user, username=user.username.lower()) for id_, user in inventory.users.items()},
        apps={key: replace(app, execution_user=app.execution_user.lower()) for key, app in inventory.apps.items()},
    )


def _settings(inventory: Inventory) -> Iterator[_Problem]:
    settings = inventory.settings
    if not settings.known_permissions:
        yield "settings.known_permissions", "this names no permission; audit again"
    if not is_time_zone(settings.time_zone):
        yield "settings.time_zone", f"'{settings.time_zone}' is no time zone that this computer knows"


def _hours(inventory: Inventory) -> Iterator[_Problem]:
    for place, profile in enumerate(inventory.profiles.values()):
        if profile.hours and len(profile.hours.days) != _DAYS:
            yield f"profiles[{place}].hours.days", f"this has {len(profile.hours.days)} days, not {_DAYS}"


def _assignments(inventory: Inventory) -> Iterator[_Problem]:
    for place, one in enumerate(inventory.assignments):
        at = f"assignments[{place}]"
        yield from _named(one.user_id, inventory.users, f"{at}.user_id", "users")
        yield from _named(
            one.permission_set_id, inventory.permission_sets, f"{at}.permission_set_id", "permission_sets"
        )


def _uses(inventory: Inventory) -> Iterator[_Problem]:
    for place, use in enumerate(inventory.uses):
        yield from _named(use.user_id, inventory.users, f"uses[{place}].user_id", "users")
        if use.app:
            yield from _named(use.app, inventory.apps, f"uses[{place}].app", "apps")


def _named(reference: str, known: Collection[str], where: str, what: str) -> Iterator[_Problem]:
    if reference not in known:
        yield where, f"'{reference}' is not among the {what} of this file"


_CHECKS: tuple[Callable[[Inventory], Iterator[_Problem]], ...] = (_settings, _hours, _assignments, _uses)
