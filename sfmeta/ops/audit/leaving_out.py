"""What an inventory leaves out, and says so: rows of users that were not read, and remains of deleted probes.

Tables are read at the same time, so that a user may be made in between; and rows may belong to users whom the org does
not list to us. An inventory names nobody whom it does not hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sfmeta.model.inventory import App, Assignment, Gap, Source, Standing, Use
from sfmeta.ops.probe.marks import PREFIX
from sfmeta.report.words import counted

_OF_PROBES = f"{PREFIX}_"
_AGAIN = "Audit again, as a user with View All Users or View All Data"


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays.

    Attributes:
        apps: by key.
        uses: each of a user and an app that the inventory holds.
        gaps: what was left out.
        token_gaps: those of them that hide authorisations.
    """

    apps: Mapping[str, App]
    uses: tuple[Use, ...]
    gaps: tuple[Gap, ...] = ()
    token_gaps: tuple[Gap, ...] = ()


def kept(apps: Mapping[str, App], uses: Iterable[Use], users: Collection[str]) -> Kept:
    """Apps and uses without the remains of probes, and without users who were not read.

    Args:
        apps: by key.
        uses: all that were joined.
        users: ids of those who were read.
    """
    remains = {key: app for key, app in apps.items() if is_remains(app)}
    staying = {key: app for key, app in apps.items() if key not in remains}
    found, lost = list[Use](), list[Use]()
    for use in uses:
        if use.app not in remains:
            (found if use.user_id in users and (not use.app or use.app in staying) else lost).append(use)
    unknown = (_unknown(lost),) if lost else ()
    return Kept(
        staying,
        tuple(found),
        (*unknown, *((_remains(remains.values()),) if remains else ())),
        unknown if any(Source.OAUTH_TOKEN in use.sources for use in lost) else (),
    )


def is_remains(app: App) -> bool:
    """Whether it is an app of a probe that is over: only traces of its use are left."""
    return app.standing is Standing.USED_ONLY and app.label.startswith(_OF_PROBES)


def kept_assignments(
    found: Iterable[Assignment], users: Collection[str], permission_sets: Collection[str]
) -> tuple[tuple[Assignment, ...], tuple[Gap, ...]]:
    """Assignments of users and permission sets that were read, and how many others there were."""
    every = tuple(found)
    staying = tuple(one for one in every if one.user_id in users and one.permission_set_id in permission_sets)
    number = len(every) - len(staying)
    if not number:
        return staying, ()
    said = f"{counted(number, 'assignment')} of users or permission sets that the org does not list were left out"
    return staying, (Gap("assignments-of-unknown", said, _AGAIN),)


def _unknown(lost: Collection[Use]) -> Gap:
    people = len({use.user_id for use in lost})
    said = f"{counted(len(lost), 'use')} of {counted(people, 'user')} whom the org does not list were left out"
    return Gap("uses-of-unknown-users", said, _AGAIN)


def _remains(apps: Iterable[App]) -> Gap:
    names = sorted(app.label for app in apps)
    said = f"{counted(len(names), 'app')} of probes that are over ({', '.join(names)}) left out: nobody uses them"
    return Gap("probe-remains", said)
