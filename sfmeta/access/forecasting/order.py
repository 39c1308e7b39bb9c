"""The order of those with harm: sfmeta's own way in, integration users, who stops before who might, then by use."""

from __future__ import annotations

from collections.abc import Callable

from sfmeta.access.forecasting.own_way import OwnWay
from sfmeta.model.inventory import Inventory, Use, User

_MOST_USES = 2**32 - 1


def order_by_harm(
    inventory: Inventory, own: OwnWay, is_integration: Callable[[User], bool]
) -> Callable[[Use, bool], int]:
    """A number for a use, smaller the earlier it comes.

    One number, as there may be a million: a number is compared faster than its parts. Who is equal otherwise stands by
    name.

    Args:
        inventory: whose users and apps.
        own: sfmeta's own way in.
        is_integration: whether a user looks like an integration user.

    Returns:
        A function of a use and whether it only might stop.
    """
    by_name = sorted(inventory.users.values(), key=lambda one: one.username)
    of_user = {one.id: (not is_integration(one), place) for place, one in enumerate(by_name)}
    by_label = sorted(inventory.apps.values(), key=lambda one: one.label)
    of_app = {"": 0} | {one.key: place for place, one in enumerate(by_label, 1)}
    app_bits, user_bits = len(of_app).bit_length(), len(of_user).bit_length()
    is_own = own.is_own

    def order(use: Use, might: bool) -> int:
        is_person, place = of_user[use.user_id]
        first = (0 if is_own(use) else 4) + 2 * is_person + might
        seldom = _MOST_USES - min(use.count, _MOST_USES)
        return ((first << 32 | seldom) << user_bits | place) << app_bits | of_app[use.app]

    return order
