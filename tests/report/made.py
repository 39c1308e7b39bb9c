"""Forecasts made by hand: small ones to read, large ones to measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sfmeta.model.forecast import (
    Answer,
    Decision,
    Ending,
    Forecast,
    Harm,
    Pending,
    Review,
    Row,
    RuleInfo,
    Stage,
    Verdict,
)
from sfmeta.model.inventory import (
    App,
    Assignment,
    Coverage,
    Gap,
    Inventory,
    PermissionSet,
    Proof,
    Source,
    Standing,
    Use,
    User,
    Visibility,
    Way,
)
from sfmeta.model.names import OrgId
from sfmeta.model.policy import AcceptedLoss, EnvText, Until

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
OPEN = RuleInfo("anyone-may", "Anyone may use an app without a box ticked.", "Help, API Access Control", "A")
BLOCKED = RuleInfo("app-blocked", "The app is blocked for everybody.", "Metadata API guide, BlacklistedConsumer", "A")
NO_GRANT = RuleInfo("not-preauthorised", "The app asks for pre-authorised users, and the user is none.", "Help", "A")
SELF = RuleInfo(
    "self-authorised-under-box",
    "Under the first box an app that users authorise themselves may be refused.",
    "sources disagree",
    "assumption",
)
WEAK = RuleInfo("box-refuses-uninstalled", "The box refuses an app that is not installed.", "a vendor's page", "C")
GRANTED = RuleInfo("preauthorised", "A permission set pre-authorises the user for the app.", "Help", "A")

WORKS = Decision(Verdict.WORKS, OPEN)
STAYS = Decision(Verdict.WORKS, GRANTED)

LOADER = App("0H4A", "Dataloader.io", standing=Standing.INSTALLED, id="0H4A", grants=frozenset({"0PS1"}))
BILLING = App("0H4B", "Billing Sync", standing=Standing.OWNED, id="0H4B", api_name="Billing_Sync")
ROGUE = App("used:Rogue Exporter", "Rogue Exporter")
MOBILE = App("0H4M", "Salesforce for Android", standing=Standing.INSTALLED, id="0H4M")

SOAP_SPOT = Coverage(
    "browser_session",
    "Session reuse by browser tools",
    Visibility.NOT_VISIBLE,
    "A session that a tool copies leaves no trace of its own.",
    "Buy Event Monitoring and look at API events",
    2,
    ("SessionHelper", "LegacyPage"),
)
LOGINS = Coverage("oauth_tokens", "OAuth with tokens", Visibility.SEEN, "Read from OauthToken, counted.", found=12)
GUESTS = Coverage("guests", "Guest users", Visibility.PARTLY, "Site visits are not logged.", "Look at site logs")


def user(login: str, number: int = 0, /, **more: object) -> User:
    """A user of Acme."""
    made = User(f"005{number:012d}AAA", f"{login}@acme.example", name=login.replace(".", " ").title())
    return replace(made, **more)  # type: ignore[arg-type]


def use(who: User, app: App | None, way: Way, days_ago: float | None, count: int = 10) -> Use:
    """A use that a token shows."""
    last = NOW - timedelta(days=days_ago) if days_ago is not None else None
    return Use(who.id, app.key if app else "", way, last, count, sources=frozenset({Source.OAUTH_TOKEN}))


def refused(rule: RuleInfo) -> Decision:
    """By that rule."""
    return Decision(Verdict.REFUSED, rule)


def forecast(rows: Sequence[Row], **more: object) -> Forecast:
    """Of these rows, in the order of a forecast: harm first."""
    ordered = sorted(rows, key=lambda row: row.harm is Harm.NONE)
    users = {row.user.id: row.user for row in rows}
    apps = {row.app.key: row.app for row in rows if row.app}
    inventory = Inventory(
        OrgId("00D000000000001AAA"),
        "Acme (sandbox)",
        False,
        NOW,
        90,
        "admin@acme.example",
        apps=apps,
        users=users,
        uses=tuple(row.use for row in rows if row.use),
        permission_sets={
            "0PS1": PermissionSet("0PS1", "Allow_Dataloader", "Allow Dataloader.io"),
            "0PS9": PermissionSet("0PS9", "Admins", "Admins", frozenset({"ModifyAllData", "CustomizeApplication"})),
        },
        assignments=tuple(Assignment(one, "0PS9") for one in list(users)[:1]),
        coverage=(LOGINS, SOAP_SPOT, GUESTS),
        gaps=(Gap("tokens-moved", "3 tokens came or went while they were read.", "Run the audit again"),),
        proofs=(Proof("OauthToken", 4211, 4211, 12, 3, 3),),
    )
    harmed = sum(1 for row in rows if row.harm is not Harm.NONE)
    made = Forecast(inventory, Stage.ENFORCE, None, NOW, tuple(ordered), harmed)
    return replace(made, **more)  # type: ignore[arg-type]


def acme() -> Forecast:
    """The story: somebody stops, somebody might, somebody's loss is accepted, some keep what they have."""
    own, robot, script = user("deployer", 1), user("billing.robot", 2), user("old.script", 3)
    ana, former, worker = user("ana.field", 4), user("former.tool.user", 5), user("super.user", 6)
    late = user("late.loader", 7)
    loss = AcceptedLoss(
        EnvText("former.tool.user@acme.example"),
        "SEC-1003, the project has ended",
        EnvText("ciso@acme.example"),
        Until(datetime(2027, 1, 31, 23, 59, tzinfo=UTC), False, "2027-01-31"),
        app="rogue_exporter",
    )
    ending = Ending(NOW + timedelta(days=12), "the assignment of Allow Dataloader.io ends", GRANTED)
    unknown = Decision(Verdict.UNKNOWN, SELF, ("self_authorize_survives_first_box",))
    jwt, token = Way.JWT_BEARER, Way.REFRESH_TOKEN
    fix_billing = "Assign a permission set that Billing Sync names"
    ends = Row(late, LOADER, token, WORKS, STAYS, use=use(late, LOADER, token, 9), ending=ending)
    rows = [
        Row(own, BILLING, jwt, WORKS, refused(NO_GRANT), Harm.STOPS, use(own, BILLING, jwt, 0, 90), None, fix_billing,
            is_own=True, is_integration=True),
        Row(robot, BILLING, jwt, WORKS, refused(NO_GRANT), Harm.STOPS, use(robot, BILLING, jwt, 1, 4000), None,
            fix_billing, is_integration=True),
        Row(script, None, Way.SOAP_LOGIN, WORKS, refused(WEAK), Harm.STOPS, use(script, None, Way.SOAP_LOGIN, 40, 3),
            None, "Move the script to OAuth", is_integration=True),
        Row(ana, MOBILE, Way.WEB, WORKS, unknown, Harm.MIGHT_STOP, use(ana, MOBILE, Way.WEB, 2, 55), None,
            "Pre-authorise the app for her profile"),
        Row(former, ROGUE, token, WORKS, refused(BLOCKED), Harm.STOPS, use(former, ROGUE, token, 80, 2), accepted=loss),
        Row(worker, LOADER, token, WORKS, STAYS, use=use(worker, LOADER, token, 3), is_granted_by_policy=True),
        ends,
        Row(user("newcomer", 8), LOADER, token, refused(NO_GRANT), STAYS, is_granted_by_policy=True),
    ]  # fmt: skip
    return forecast(
        rows,
        endings=(ends,),
        blind_spots=(SOAP_SPOT,),
        accepted_blind_spots=(GUESTS,),
        reviews=(Review(datetime(2027, 6, 1, tzinfo=UTC), "the review of 'dataloader_io' is due (data-team)"),),
        questions={
            "self_authorize_survives_first_box": "Do apps that users authorise themselves go on working under the box?"
        },
        answers={
            "flip_writes_blocks": Answer(
                "flip_writes_blocks", False, NOW, "00D000000000001AAA", "Acme UAT", "Ticked the box"
            )
        },
        pending=(
            Pending(Stage.PREPARE, "Allow Billing Sync: it is not assigned to billing.robot@acme.example"),
            Pending(Stage.RESTRICT, "Dataloader.io: the refresh token policy as the policy writes it", False),
        ),
        warnings=("the policy calls 'x' owned, but in this org it is installed",),
    )


def clean() -> Forecast:
    """Nobody stops, nothing is hidden."""
    worker = user("super.user", 6)
    return forecast([Row(worker, LOADER, Way.REFRESH_TOKEN, WORKS, STAYS, use=use(worker, LOADER, Way.WEB, 3))])


def large(rows: int, harmed: int, apps: int = 50) -> Forecast:
    """As many rows as asked for."""
    many = [App(f"0H4{number:03d}", f"App number {number}") for number in range(apps)]
    made = []
    for number in range(rows):
        who, app = user(f"user.{number}", number), many[number % apps]
        seen = use(who, app, Way.REFRESH_TOKEN, number % 90)
        after = refused(BLOCKED) if number < harmed else STAYS
        harm, fix = (Harm.STOPS, "Unblock the app") if number < harmed else (Harm.NONE, "")
        made.append(Row(who, app, Way.REFRESH_TOKEN, WORKS, after, harm, seen, fix=fix))
    return forecast(made)
