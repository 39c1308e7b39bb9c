"""What has to be true before a box is ticked: every condition is judged and told together, and nothing is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from sfmeta.access.listing import some
from sfmeta.errors import GuardRefused, LoginRefused, OrgRefused, SourceError
from sfmeta.model.diagnosis import Level
from sfmeta.model.forecast import Forecast
from sfmeta.model.inventory import POWERFUL_PERMISSIONS
from sfmeta.model.policy import Enforcement, Policy
from sfmeta.ops.doctor.break_glass import judge_break_glass
from sfmeta.ops.doctor.check import Verdict as Judgement
from sfmeta.ops.doctor.examination import Examination
from sfmeta.ops.doctor.own_app import judge_own_app
from sfmeta.ops.enforce.boxes import EXTERNAL, INTERNAL, named
from sfmeta.ops.enforce.logins import RENEWING, Doors, troubles
from sfmeta.ops.gates import Gate, Verdict, passed, refused
from sfmeta.org.soql import quoted
from sfmeta.report.forecast_words import app_title, plain

BROWSER_DAYS = 7
"""So old may the last browser login of the break-glass admin be, unless somebody says otherwise: our choice."""
_FIELDS = {INTERNAL: "internal_users", EXTERNAL: "external_users"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be ticked, and how strict to be.

    Attributes:
        boxes: the fields to tick; they are not ticked now.
        browser_days: so old may the last browser login of the break-glass admin be.
        setup_open: somebody says that Setup is open now; None where a person will be asked last.
        skipped: canaries to do without.
    """

    boxes: tuple[str, ...]
    browser_days: int = BROWSER_DAYS
    setup_open: bool | None = False
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """What the conditions are judged by.

    Attributes:
        seen: the org, looked at; it knows the break-glass admin.
        policy: its usernames resolved.
        doors: the stored logins.
        foresee: audits the org and forecasts a policy's stage ``enforce`` as it is.
    """

    seen: Examination
    policy: Policy
    doors: Doors
    foresee: Callable[[Policy], Forecast]


def canaries_of(policy: Policy, skipped: Sequence[str] = ()) -> tuple[str, ...]:
    """The canaries that have to get in."""
    left_out = {name.casefold() for name in skipped}
    return tuple(name for name in (one.text for one in policy.canaries) if name.casefold() not in left_out)


def judge(asked: Asked, ground: Ground) -> tuple[Gate, ...]:
    """Every condition, in the order in which they are told. Logs in, and changes nothing.

    Raises:
        OrgUnreachable: the org cannot be reached any more.
    """
    seen = ground.seen
    tools = seen.tools
    gates = [_policy_gate(asked, ground.policy)]
    tools.progress.step("Judging who would stop working")
    gates.append(_forecast_gate(asked, ground))
    gates.append(_feature_gate(asked, seen))
    gates.append(_break_glass_gate(asked, seen))
    gates.append(_own_app_gate(seen))
    tools.progress.step("Logging in anew, as sfmeta and as each canary")
    gates.append(_own_login_gate(ground.doors))
    gates.append(_canary_gate(asked, ground))
    gates.append(_setup_gate(asked, ground.policy))
    return tuple(gates)


def _policy_gate(asked: Asked, policy: Policy) -> Gate:
    said = policy.enforcement or Enforcement()
    wanted = {INTERNAL: said.internal_users, EXTERNAL: said.external_users}
    missing = [_FIELDS[box] for box in asked.boxes if wanted[box] is not True]
    if missing:
        lines = " and ".join(f"{name}: true" for name in missing)
        return refused("policy", f"{policy.file or 'the policy'} does not ask for it", f"Write enforcement: {lines}")
    return passed("policy", f"asks for the box for {named(asked.boxes)}")


def _forecast_gate(asked: Asked, ground: Ground) -> Gate:
    enforcement = Enforcement(INTERNAL in asked.boxes or None, EXTERNAL in asked.boxes or None)
    try:
        found = ground.foresee(replace(ground.policy, enforcement=enforcement))
    except (GuardRefused, OrgRefused, SourceError) as error:
        return refused("forecast", f"no forecast: {error.message}", error.hint or "See above")
    if found.is_clean:
        return passed("forecast", "nobody stops working who is not accepted by name, as far as can be seen")
    harmed = [f"{plain(row.user.username)} with {plain(app_title(row))}" for row in found.outstanding]
    others = [*map(plain, found.unresolved), *(f"{spot.title} cannot be seen" for spot in found.blind_spots)]
    what = [f"{some(harmed)} would stop working, or might"] if harmed else []
    hint = "See: sfmeta forecast --stage enforce --as-is -o ORG. Do what it says, or accept each by name in policy.yml"
    return refused("forecast", "; ".join([*what, *others]), hint, [*harmed, *others])


def _feature_gate(asked: Asked, seen: Examination) -> Gate:
    missing = tuple(box for box in (INTERNAL, EXTERNAL) if box not in seen.boxes)
    if missing:
        what = f"the org has no box for {named(missing)}"
        return refused("feature", what, "Ask Salesforce Support for API Access Control: sfmeta doctor -o ORG says how")
    return passed("feature", f"the org has both boxes, {named(asked.boxes)} not ticked")


def _break_glass_gate(asked: Asked, seen: Examination) -> Gate:
    return _judged("break-glass", lambda: judge_break_glass(seen, asked.browser_days), (Level.OK,))


def _own_app_gate(seen: Examination) -> Gate:
    # what a warning says, all users or a group, is an open question: the forecast judges our own way by it
    return _judged("own-app", lambda: judge_own_app(seen), (Level.OK, Level.WARNING))


def _judged(name: str, judge_it: Callable[[], Judgement], good: Sequence[Level]) -> Gate:
    try:
        said = judge_it()
    except (OrgRefused, LoginRefused) as error:
        return refused(name, f"this could not be looked at: {error.message}", error.hint or "See above")
    if said.level in good:
        return passed(name, said.found)
    return refused(name, said.found, said.fix or "See: sfmeta doctor -o ORG")


def _own_login_gate(doors: Doors) -> Gate:
    record = doors.own_record
    if record.login not in RENEWING:
        what = f"{record.alias} is a login by {record.login}, which cannot come in again by itself"
        how = "Add the org by JWT, client credentials or a refresh token: sfmeta org add --help"
        return refused("own-login", what, how)
    proof = doors.prove(record.username, record.alias)
    if not proof.works:
        what = f"a fresh login as {record.username} does not work: {proof.trouble}"
        return refused("own-login", what, "Repair the login, or add the org again")
    return passed("own-login", f"{record.username} has just logged in anew ({record.login})")


def _canary_gate(asked: Asked, ground: Ground) -> Gate:
    policy = ground.policy
    if not policy.canaries:
        what = f"{policy.file or 'the policy'} names no canary, so nobody but sfmeta would prove that access works"
        return refused(
            "canaries", what, "Name users without powerful permissions under canaries:, and add their logins"
        )
    strangers = [
        name for name in asked.skipped if name.casefold() not in {one.text.casefold() for one in policy.canaries}
    ]
    if strangers:
        return refused("canaries", f"{some(strangers)} is no canary of the policy", "Leave --skip-canary out")
    wanted = canaries_of(policy, asked.skipped)
    found = [trouble for name in wanted for trouble in _canary_troubles(name, ground)]
    if found:
        what = "; ".join(one for one, _ in found)
        satisfy = ". ".join(dict.fromkeys(hint for _, hint in found))
        return refused("canaries", what, satisfy, [one for one, _ in found])
    skipped = f"; skipped: {some(list(asked.skipped))}" if asked.skipped else ""
    return passed("canaries", f"{some(list(wanted)) or 'nobody'} got in just now{skipped}")


def _canary_troubles(name: str, ground: Ground) -> Iterator[tuple[str, str]]:
    """What is wrong with a canary, and what to do about it."""
    seen, doors = ground.seen, ground.doors
    skip = f"or do without: --skip-canary {name}"
    try:
        rows = seen.rows(f"SELECT Id, IsActive FROM User WHERE Username = {quoted(name)}")  # noqa: S608 (quoted)
        if not rows or rows[0].get("IsActive") is not True:
            yield f"{name} is no active user of this org", "Name another canary in policy.yml"
            return
        held = seen.holder(str(rows[0]["Id"]), POWERFUL_PERMISSIONS)
    except OrgRefused as error:
        yield f"{name} could not be looked at: {error.message}", "Let our user read users and their permissions"
        return
    if powers := [power for power in POWERFUL_PERMISSIONS if held.has(power)]:
        # Use Any API Client is exempt from the box; whoever holds one of the others proves nothing about the rest
        yield f"{name} holds {some(powers)}, so that its login proves nothing", "Name a canary without such permissions"
    logins = doors.of(name)
    if not logins:
        yield (
            f"no login of {name} is stored here",
            f"Add one through an app it uses: sfmeta org add ALIAS -u {name} ... (JWT or a refresh token), {skip}",
        )
    proofs = [doors.prove(name, record.alias) for record in logins]
    if said := troubles(proofs):
        yield f"already before the flip {said}", f"Repair the login, {skip}"


def _setup_gate(asked: Asked, policy: Policy) -> Gate:
    who = policy.break_glass.username.text if policy.break_glass else "the break-glass admin"
    if asked.setup_open is None:
        return Gate("setup-open", Verdict.OPEN, f"asked last: has {who} Setup > API Access Control open right now?")
    if asked.setup_open:
        return passed("setup-open", f"somebody says that {who} has Setup > API Access Control open now")
    what = f"nobody says that {who} has Setup > API Access Control open in a browser now"
    return refused("setup-open", what, "Let that person open it; then add --setup-open, or run this on a terminal")
