"""Every login before and after the stages of a policy, and what the policy says of it."""

from __future__ import annotations

from sfmeta.codec.schema import Schema
from sfmeta.localorg.seed import format as form
from sfmeta.model.forecast import Stage
from sfmeta.model.inventory import Way
from tests.forecast.agreement import tried
from tests.forecast.orgs.memory import MemoryOrg
from tests.forecast.orgs.tries import Client, Tried, Tries
from tests.plan_property.carried import Carrier
from tests.plan_property.cases import PlanCase
from tests.plan_property.oracle import Expected, Oracle


def wrong_logins(case: PlanCase, schema: Schema) -> list[str]:
    """Carries out both stages, tries every user with every app before, between and after, and asks the oracle."""
    with MemoryOrg.build(case.seed) as org:
        tries = Tries(org)
        pairs = [(user, app) for user in case.seed.users for app in case.seed.apps]
        before = {(user.username, app.label): _by_browser(tries, user, app).works for user, app in pairs}
        carrier = Carrier(org, case.policy, schema)
        carrier.carry_out(Stage.PREPARE)
        wrong = [
            f"prepare shuts out {user.username} with {app.label}"
            for user, app in pairs
            if before[user.username, app.label] and not _by_browser(tries, user, app).works
        ]
        carrier.carry_out(Stage.RESTRICT)
        carrier.close()
        oracle = Oracle(case.seed, case.policy)
        for user, app in pairs:
            expected = oracle.expected(user, app)
            came = _by_any_way(tries, org, user, app) if expected is Expected.OUT else _by_browser(tries, user, app)
            should = before[user.username, app.label] if expected is Expected.AS_BEFORE else expected is Expected.IN
            if expected is not Expected.UNSAID and came.works is not should:
                got = "gets in" if came.works else f"does not get in: {came.said}"
                wrong.append(f"the policy {expected.value} {user.username} with {app.label}, who {got}")
    return wrong


def _by_browser(tries: Tries, user: form.User, app: form.App) -> Tried:
    """Signs in, presses Allow, and uses what comes of it: nothing is needed that a person does not have."""
    return tried(tries, Client(user.username, app.label, Way.WEB))


def _by_any_way(tries: Tries, org: MemoryOrg, user: form.User, app: form.App) -> Tried:
    """The first that works; whether the user an app runs as needs a grant is an open question."""
    ways = [way for way in tries.ways(user.username, org.app(app.label)) if way is not Way.CLIENT_CREDENTIALS]
    found = [tried(tries, Client(user.username, app.label, way)) for way in ways]
    return next((one for one in found if one.works), found[0])
