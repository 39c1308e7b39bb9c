"""Random changes that a package makes of an org, drawn from its seed alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.seed import format as form
from tests.forecast.orgs.draws import some
from tests.forecast.orgs.memory import NOW
from tests.forecast.orgs.seeds import SPECIAL


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a package.

    Attributes:
        kind: which, a key of ``making.KINDS``.
        target: the app's label, the permission set's name, the profile's name, the switch.
        values: what it is set to.
    """

    kind: str
    target: str = ""
    values: tuple[Any, ...] = ()


@st.composite
def edits(draw: st.DrawFn, seed: form.Seed) -> tuple[Edit, ...]:
    """One to three changes that could be made of an org."""
    return tuple(draw(_edit(seed)) for _ in range(draw(st.integers(1, 3))))


@st.composite
def _edit(draw: st.DrawFn, seed: form.Seed) -> Edit:
    apps = [app for app in seed.apps if app.ownership == "owned"]
    sets = [one.name for one in seed.permission_sets]
    profiles = [one.name for one in seed.profiles]
    users = [user.username for user in seed.users]
    kinds = ["profile", "network", "box", "flow", "block", "made"]
    kinds += ["unblock"] if any(app.blocked == "block_list" for app in seed.apps) else []
    kinds += ["restrict", "restrict", "open", "omit", "session", "policy", "key", "scopes", "runs_as"] if apps else []
    kinds += ["switch"] if any(app.kind == "external_client_app" for app in apps) else []
    kinds += ["set", "delete", "assign", "assign", "attach"] if sets else []
    # whether a file that lists no permission sets empties its group is not established: undoing would be one
    groups = [group.name for group in seed.permission_set_groups if group.permission_sets]
    kinds += ["group"] if groups else []
    kind = draw(st.sampled_from(kinds))
    permissions = tuple(draw(some((*SPECIAL, "ApiEnabled"))))
    if kind in ("box", "flow", "block", "unblock"):
        return _edit_of_org(draw, kind, seed)
    match kind:
        case "profile":
            on = draw(st.booleans())
            return Edit(kind, draw(st.sampled_from(profiles[1:])), (permissions, on))
        case "network":
            ranges = draw(st.sampled_from([(), ("10.0.0.0", "10.255.255.255"), ("127.0.0.1", "127.0.0.1")]))
            hours = draw(st.sampled_from([(), ("480", "1080"), ("0", "480"), None]))
            return Edit(kind, draw(st.sampled_from(profiles[1:])), (ranges, hours))
        case "made":
            app = draw(st.sampled_from([app.label for app in apps])) if apps else ""
            return Edit(kind, app, (permissions, draw(st.sampled_from(users)), draw(st.booleans())))
        case "set":
            return Edit(kind, draw(st.sampled_from(sets)), (permissions, draw(st.integers(0, 5)) == 5))
        case "delete":
            return Edit(kind, draw(st.sampled_from(sets)))
        case "assign":
            end = draw(st.sampled_from([None, None, NOW + timedelta(days=3)]))
            return Edit(kind, draw(st.sampled_from(sets)), (draw(st.sampled_from(users)), draw(st.booleans()), end))
        case "attach":
            there = [app.label for app in seed.apps if app.ownership != "uninstalled"]
            label = draw(st.sampled_from(there)) if there else ""
            return Edit(kind, draw(st.sampled_from(sets)), (label, draw(st.booleans())))
        case "group":
            return Edit(kind, draw(st.sampled_from(groups)), tuple(draw(some(sets, 3))))
        case _:
            return _edit_of_app(draw, kind, apps, sets, profiles, users)


def _edit_of_app(
    draw: st.DrawFn, kind: str, apps: list[form.App], sets: list[str], profiles: list[str], users: list[str]
) -> Edit:
    if kind == "switch":
        apps = [app for app in apps if app.kind == "external_client_app"]
    values: Mapping[str, st.SearchStrategy[tuple[Any, ...]]] = {
        "restrict": st.tuples(some(sets).map(tuple), some(profiles).map(tuple)),
        "open": st.just(()),
        "omit": st.tuples(st.booleans()),
        "session": st.tuples(st.sampled_from(["Block", "RaiseSessionLevel", ""])),
        "policy": st.tuples(
            st.sampled_from(["infinite", "zero", "specific_lifetime:7:DAYS", "specific_inactivity:3:DAYS"]),
            st.sampled_from(["ENFORCE", "BYPASS", "BYPASS_2FACTOR", "ENFORCE_RELAXREFRESH"]),
        ),
        "key": st.tuples(st.sampled_from(["other", "none"])),
        "scopes": st.tuples(st.sampled_from([("Api", "RefreshToken"), ("Web", "RefreshToken"), ("OpenID",)])),
        "runs_as": st.tuples(st.sampled_from(["", *users])),
        "switch": st.tuples(st.booleans()),
    }
    return Edit(kind, draw(st.sampled_from([app.label for app in apps])), draw(values[kind]))


def _edit_of_org(draw: st.DrawFn, kind: str, seed: form.Seed) -> Edit:
    match kind:
        case "box":
            return Edit(kind, draw(st.sampled_from([INTERNAL_BOX, EXTERNAL_BOX])), (draw(st.booleans()),))
        case "flow":
            name = draw(st.sampled_from(["blockOAuthUnPwFlow", "blockOAuthUsrAgtFlow"]))
            return Edit(kind, name, (draw(st.booleans()),))
        case "block":
            return Edit(kind, draw(st.sampled_from([app.label for app in seed.apps])))
        case _:
            return Edit(kind, draw(st.sampled_from([app.label for app in seed.apps if app.blocked == "block_list"])))
